"""What a report says when its pictures have been looked at; and ids of uploads, which prove themselves."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.city.model import City
from chalicelib.domain import deadlines, pictures
from chalicelib.domain.announcements import tells_reporter, topics
from chalicelib.domain.errors import NotYours
from chalicelib.domain.intake import join
from chalicelib.domain.lifecycle import Role, Status
from chalicelib.domain.pictured import UNREADABLE, Outcome, pictured
from chalicelib.domain.place import Place
from chalicelib.domain.report import Report, record
from tests.domain.builders import CITY, GAMBIR, POINT, city, deed, fresh, h, hours, partly, waiting

KEY = b"k" * 32
MONAS = Outcome(lat=-6.1754, lng=106.8272)
GONE = Outcome(reason="gone")
HEIC = Outcome(shown=False)


@pytest.fixture(autouse=True)
def _area(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small city has one kelurahan, where Monas is."""
    monkeypatch.setattr(City, "area_at", lambda self, lat, lng: GAMBIR if abs(lat + 6.1754) < 0.01 else None)


def with_pictures(report: Report, *photos: str, **more: Any) -> Report:
    return msgspec.structs.replace(report, photos=tuple(f"pending:{photo}" for photo in photos), **more)


def looked(report: Report, outcomes: dict[str, Outcome], at: float = 1, where: City = CITY) -> Report:
    return pictured(
        report, deed("picture", "system", at), outcomes, where, {photo: f"cell-{photo}" for photo in outcomes}
    )


def without_place(**more: Any) -> Report:
    report = msgspec.structs.replace(
        waiting(), status=Status.INCOMPLETE, missing=("place",), place=Place(), respond=None, resolve=None,
        complete_at=None, cell=None, **more,
    )  # fmt: skip
    return with_pictures(report, "a")


def test_each_picture_is_settled_by_name_in_one_entry() -> None:
    report = with_pictures(waiting(), "a", "b", "c", "d")
    after = looked(report, {"a": Outcome(), "b": GONE, "c": HEIC})
    assert after.photos == ("a", "kept:c", "pending:d")
    assert pictures.ready(after.photos) == ["a"]
    assert pictures.pending(after.photos) == ["d"]
    assert [pictures.state_of(photo) for photo in after.photos] == ["ready", "kept", "pending"]
    assert [pictures.id_of(photo) for photo in after.photos] == ["a", "c", "d"]
    (entry,) = after.entries()[len(report.entries()) :]
    assert entry.event == "pictures_processed"
    assert entry.told.data == {"ready": ["a"], "refused": {"b": "gone"}, "undecodable": ["c"]}
    assert not entry.told.public
    assert not tells_reporter(entry)
    assert after.status == report.status


def test_what_is_settled_is_not_settled_again() -> None:
    report = looked(with_pictures(waiting(), "a"), {"a": Outcome()})
    assert looked(report, {"a": GONE, "z": Outcome()}) is report


def test_in_every_status_by_the_system_alone() -> None:
    for status in Status:
        report = with_pictures(waiting(), "a", status=status)
        assert looked(report, {"a": Outcome()}).status is status
    for role in set(Role) - {Role.SYSTEM}:
        with pytest.raises(NotYours):
            pictured(with_pictures(waiting(), "a"), deed("picture", role, 1), {"a": Outcome()}, CITY, {})


def test_where_it_was_taken_completes_a_report_that_lacks_only_the_place() -> None:
    after = looked(without_place(), {"a": MONAS}, at=2)
    assert (after.status, after.missing, after.cell) == (Status.WAITING, (), "cell-a")
    assert after.place == Place(lat=-6.1754, lng=106.8272, area=GAMBIR, in_city=True, from_photo=True)
    assert [entry.event for entry in after.entries()[-2:]] == ["pictures_processed", "completed"]
    assert tells_reporter(after.entries()[-1])
    assert after.complete_at == h(2)
    assert after.respond
    assert hours(after.respond.by) == 8
    assert after.entries()[-1].told.data["respond_by"]


def test_other_fields_stay_missing() -> None:
    report = msgspec.structs.replace(without_place(), missing=("place", "name"))
    after = looked(report, {"a": MONAS})
    assert (after.status, after.missing, after.place.from_photo) == (Status.INCOMPLETE, ("name",), True)
    assert after.complete_at is None


@pytest.mark.parametrize("stop", ["kelurahan", "agency", "admin"])
def test_nobody_is_sent_to_where_only_a_picture_was_taken(stop: str) -> None:
    where = city(first_stop={"aplikasi": stop, "surat-elektronik": stop}, auto_dispatch=True)
    after = looked(without_place(category="jalan"), {"a": MONAS}, where=where)
    assert (after.status, after.agency) == (Status.WAITING, None)


@pytest.mark.parametrize("told", [POINT, Place(address="Jl. Mawar 3"), Place(landmark="Monas", area=GAMBIR)])
def test_a_place_that_was_told_stays(told: Place) -> None:
    report = with_pictures(waiting(), "a", place=told)
    after = looked(report, {"a": MONAS})
    assert after.place == told
    assert "place" not in after.entries()[-1].told.data


def test_half_a_place_is_asked_further_and_not_guessed() -> None:
    after = looked(msgspec.structs.replace(without_place(), place=Place(landmark="depan halte")), {"a": MONAS})
    assert (after.place.landmark, after.place.from_photo, after.missing) == ("depan halte", False, ("place",))


@pytest.mark.parametrize(
    "outcome", [Outcome(lat=-7.8, lng=110.4), Outcome(), Outcome(reason="broken", lat=-6.1754, lng=106.8272)]
)
def test_a_picture_from_elsewhere_or_from_nowhere_is_no_place(outcome: Outcome) -> None:
    after = looked(without_place(), {"a": outcome})
    assert (after.status, after.missing, after.place) == (Status.INCOMPLETE, ("place",), Place())


def test_once_an_agency_has_it_the_place_is_not_touched() -> None:
    report = with_pictures(fresh(), "a", place=Place())
    assert looked(report, {"a": MONAS}).place == Place()


def test_a_place_that_is_told_later_counts_more() -> None:
    report = looked(msgspec.structs.replace(without_place(), missing=("place", "name")), {"a": MONAS})
    after = join(report, partly(2, "place", place=Place(address="Jl. Melati 5")), CITY)
    assert after.place == Place(address="Jl. Melati 5")
    again = join(report, partly(2, place=Place(landmark="dekat pos")), CITY)
    assert (again.place.landmark, again.place.from_photo) == ("dekat pos", True)


def proven(*photos: str, status: Status = Status.AWAITING_VALIDATION) -> Report:
    """Said to be done, with these photos to prove it; both clocks have stopped."""
    stopped = deadlines.held_until(deadlines.stopped(fresh(), h(5)), h(5))
    data = {"photos": list(photos)}
    return with_pictures(
        record(stopped, deed("resolve", "agency", 5), "resolved", status=status, data=data, held_since=None),
        *photos,
    )


def test_work_whose_photos_are_all_no_pictures_goes_back_at_once() -> None:
    before = proven("a", "b")
    after = looked(before, {"a": Outcome(reason="broken"), "b": Outcome(reason="not_a_picture")}, at=6)
    assert (after.status, after.photos, after.held_since) == (Status.FOLLOW_UP_REFUSED, (), h(6))
    assert after.resolve
    assert before.resolve
    assert (after.resolve.running, after.resolve.by, after.resolve.run) == (True, before.resolve.by, before.resolve.run)
    assert after.respond
    assert not after.respond.running
    first, back = after.entries()[-2:]
    assert (first.event, back.event) == ("pictures_processed", "follow_up_refused")
    assert (back.told.role, back.told.public, back.told.data) == ("system", True, {"reason_code": UNREADABLE})
    assert back.told.action_id == first.told.action_id, "a repetition finds itself"
    assert topics(after, back) == ["agency:bina-marga", "events"]
    assert tells_reporter(back)


def test_photos_that_are_settled_one_after_the_other() -> None:
    half = looked(proven("a", "b"), {"a": Outcome(reason="broken")}, at=6)
    assert half.status is Status.AWAITING_VALIDATION, "one is still to be looked at"
    assert looked(half, {"b": GONE}, at=7).status is Status.FOLLOW_UP_REFUSED


@pytest.mark.parametrize("usable", [Outcome(), HEIC])
def test_one_usable_photo_is_enough_to_be_validated(usable: Outcome) -> None:
    after = looked(proven("a", "b"), {"a": Outcome(reason="broken"), "b": usable}, at=6)
    assert after.status is Status.AWAITING_VALIDATION
    assert after.entries()[-1].event == "pictures_processed"


@pytest.mark.parametrize("status", set(Status) - {Status.AWAITING_VALIDATION})
def test_a_report_that_has_moved_on_stays_where_it_is(status: Status) -> None:
    assert looked(proven("a", status=status), {"a": GONE}, at=6).status is status


def test_only_the_photos_of_the_last_resolve_count() -> None:
    again = msgspec.structs.replace(proven("b"), photos=("pending:a", "pending:b"))
    assert looked(again, {"a": GONE}, at=6).status is Status.AWAITING_VALIDATION
    assert looked(proven(), {}, at=6).status is Status.AWAITING_VALIDATION


def test_which_entries_bring_pictures() -> None:
    assert pictures.brings_pictures({"pictures": ["a"]})
    assert pictures.brings_pictures({"photos": ["a"]})
    assert not pictures.brings_pictures({"photos": [], "pictures": []})
    assert not pictures.brings_pictures({"photos": ["a"], "entries": []})  # taken out, not brought
    report = join(waiting(), partly(0.2, photos=("a" * 24,)), CITY)
    assert pictures.brings_pictures(report.entries()[-1].told.data)


@given(st.binary(min_size=12, max_size=16))
def test_an_upload_id_proves_itself(random: bytes) -> None:
    photo = pictures.upload_id(KEY, random)
    assert len(photo) == 28
    assert pictures.is_upload_id(KEY, photo)
    assert not pictures.is_upload_id(b"another key", photo)
    assert not pictures.is_upload_id(KEY, photo[::-1])


@given(st.text(max_size=40))
def test_no_other_text_is_one(text: str) -> None:
    assert not pictures.is_upload_id(KEY, text)
