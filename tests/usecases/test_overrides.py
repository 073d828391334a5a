"""What an admin changes while the city runs: live at once here and within half a minute elsewhere, versioned, undone, and
never the end of the desk."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from chalicelib import city as packs
from chalicelib.domain.errors import Conflict, Invalid, NotYours, Unknown
from chalicelib.domain.lifecycle import Role
from chalicelib.store.overrides import Stored
from chalicelib.usecases import overrides as usecase
from chalicelib.usecases.act import Actor
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.submit import submit
from tests.faults import failing
from tests.usecases.test_submit import COMPLETE, SEED

ADMIN = Actor(role=Role.ADMIN, subject="admin-1")
OTHER = Actor(role=Role.ADMIN, subject="admin-2")
TEXT = ("texts", "id", "app.received")
RECEIVED = "Laporan {tracking} kami catat."


@pytest.fixture
def other(settings: Any, desk: Any) -> Any:
    """Another process of the same installation, whose seconds are the test's."""

    class Another(Desk):
        seconds = 1000.0

        def ticks(self) -> float:
            return self.seconds

    return Another(settings)


def change(desk: Any, values: dict[tuple[str, ...], object], version: int = 0, **told: Any) -> Any:
    given = {"why": "Diminta Biro", "section": "texts", "name": "Rina", **told}
    return usecase.change(desk, given.pop("actor", ADMIN), version=version, values=values, **given)


def test_a_change_is_live_here_at_once_and_elsewhere_within_half_a_minute(desk: Any, other: Any) -> None:
    assert other.city.version == 0
    made = change(desk, {TEXT: RECEIVED})
    assert made.version == desk.city.version == 1
    assert desk.city.text("app.received", "id", tracking="J") == "Laporan J kami catat."
    other.seconds += 29
    assert other.city.version == 0
    other.seconds += 1.1
    assert other.city.version == 1
    assert other.city.texts == desk.city.texts


@pytest.mark.parametrize("changed", [False, True])
def test_the_table_is_read_once_in_half_a_minute(
    desk: Any, other: Any, calls: Callable[[], list[str]], changed: bool
) -> None:
    if changed:
        change(desk, {TEXT: RECEIVED})
        calls()
    for _ in range(50):
        _ = other.city
    assert calls() == ["dynamodb.GetItem"]
    other.seconds += 31
    before = other.city
    assert calls() == ["dynamodb.GetItem"]
    assert other.city is before, "the same version is the same value: nothing is built anew"


def test_a_report_keeps_the_version_it_was_filed_under(desk: Any) -> None:
    first = submit(desk, COMPLETE, seed=SEED).report
    change(desk, {("categories", "jalan"): {"hours": 1}, ("routing", "jalan"): {"agency": "cipta-karya"}})
    second = submit(desk, _again(), seed=SEED).report
    assert (first.pack, second.pack) == (0, 1)
    kept = desk.reports.get(first.tracking)
    assert (kept.resolve, kept.agency, kept.pack) == (first.resolve, first.agency, 0)
    assert first.agency == "bina-marga"
    assert second.agency == "cipta-karya"
    assert second.resolve.by < first.resolve.by


def _again() -> Any:
    return msgspec.structs.replace(COMPLETE, id="another")


def test_reports_are_stored_by_the_present_city(desk: Any) -> None:
    change(desk, {("first_stop", "aplikasi"): "admin", ("policy", "auto_dispatch"): False})
    assert submit(desk, COMPLETE, seed=SEED).report.agency is None


def test_what_the_settings_say_comes_after(desk: Any, settings: Any) -> None:
    change(desk, {("categories", "jalan"): {"hours": 10}, ("channels", "telegram"): {"active": True}})
    quick = Desk(msgspec.structs.replace(settings, sla_scale=0.5, channels_off=frozenset({"telegram"})))
    assert quick.city.categories["jalan"].hours == 5
    assert not quick.city.channels["telegram"].active
    assert quick.city.version == 1


def test_the_second_of_two_admins_is_told_what_changed(desk: Any) -> None:
    change(desk, {TEXT: RECEIVED})
    with pytest.raises(Conflict) as conflict:
        change(desk, {("holidays", "2027-03-12"): True}, actor=OTHER)
    (told,) = conflict.value.details["changed"]  # type: ignore[misc]
    assert told["what"] == ["texts/id/app.received"]
    assert (told["who"], told["why"]) == ("Rina", "Diminta Biro")
    assert conflict.value.details["version"] == 1
    assert desk.city.version == 1
    assert change(desk, {("holidays", "2027-03-12"): True}, version=1, actor=OTHER).version == 2


def test_two_at_the_very_same_moment(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read version 0; the other one is quicker between our read and our write."""
    write = desk.overrides.write

    def later(*args: Any, **named: Any) -> Stored | None:
        monkeypatch.undo()
        change(desk, {("holidays", "2027-03-12"): True}, actor=OTHER)
        told: Stored | None = write(*args, **named)
        return told

    monkeypatch.setattr(desk.overrides, "write", later)
    with pytest.raises(Conflict) as conflict:
        change(desk, {TEXT: RECEIVED})
    assert conflict.value.details["changed"][0]["what"] == ["holidays/2027-03-12"]  # type: ignore[index]
    assert desk.city.version == 1
    assert [each.version for each in usecase.history(desk, ADMIN)] == [1]


@pytest.mark.parametrize(
    ("values", "why", "where"),
    [
        ({TEXT: "{siapa}"}, "ada", "texts/id/app.received"),
        ({TEXT: 5}, "ada", "texts/id/app.received"),
        ({("texts", "id"): "a"}, "ada", "texts/id"),
        ({("nothing", "a"): 1}, "ada", "nothing/a"),
        ({TEXT: RECEIVED}, "  ", "why"),
        ({TEXT: RECEIVED}, "a" * 501, "why"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(
    desk: Any, calls: Callable[[], list[str]], values: Any, why: str, where: str
) -> None:
    with pytest.raises(Invalid) as refused:
        change(desk, values, why=why)
    assert list(refused.value.details) == [where]
    assert calls() == ["dynamodb.GetItem"]
    assert desk.overrides.head() is None


def test_only_admins(desk: Any) -> None:
    for role in (Role.AGENCY, Role.VALIDATOR, Role.COUNTER, Role.ANALYST):
        actor = Actor(role=role, subject="x")
        with pytest.raises(NotYours):
            change(desk, {TEXT: RECEIVED}, actor=actor)
        with pytest.raises(NotYours):
            usecase.present(desk, actor)
        with pytest.raises(NotYours):
            usecase.undo(desk, actor, 1, version=1, why="x")


def test_every_change_is_kept_and_journalled(desk: Any, clock: Any) -> None:
    change(desk, {TEXT: RECEIVED})
    clock.pass_by(minutes=1)
    change(desk, {TEXT: None, ("texts", "en", "app.received"): "Noted: {tracking}."}, version=1, why="Kembali")
    second, first = usecase.history(desk, ADMIN)
    assert [patch.after for patch in first.patches] == [RECEIVED]
    assert [(patch.before, patch.after) for patch in second.patches] == [
        (RECEIVED, None),
        (None, "Noted: {tracking}."),
    ]
    assert (second.version, second.who, second.why) == (2, "admin-1", "Kembali")
    assert usecase.history(desk, ADMIN, before=2) == [first]
    told = [entry for _, entry in desk.journal.month(desk.now(), limit=9)]
    assert [(entry.what, entry.about, entry.why) for entry in told] == [
        ("settings_changed", "settings/2", "Kembali"),
        ("settings_changed", "settings/1", "Diminta Biro"),
    ]


def test_no_change_is_no_version(desk: Any) -> None:
    change(desk, {TEXT: RECEIVED})
    assert change(desk, {TEXT: RECEIVED}, version=1) is None
    assert change(desk, {("holidays", "2027-03-12"): None}, version=1) is None
    assert desk.city.version == 1


def test_a_change_is_undone_by_another_version(desk: Any) -> None:
    pack = packs.load("jakarta")
    change(desk, {TEXT: RECEIVED})
    change(desk, {("categories", "jalan"): {"keywords": list("abcde")}}, version=1, section="categories")
    undone = usecase.undo(desk, OTHER, 1, version=2, why="Keliru")
    assert undone is not None
    assert (undone.version, undone.undoes, undone.section) == (3, 1, "texts")
    assert desk.city.texts == pack.texts
    assert desk.city.categories["jalan"].keywords == tuple("abcde")
    assert usecase.undo(desk, OTHER, 2, version=3, why="Keliru")
    assert desk.city.categories == pack.categories
    assert usecase.undo(desk, OTHER, 3, version=4, why="Ternyata benar")
    assert desk.city.texts["id"]["app.received"] == RECEIVED


def test_what_was_changed_again_is_not_undone_underneath(desk: Any) -> None:
    change(desk, {TEXT: RECEIVED})
    change(desk, {TEXT: f"{RECEIVED} Terima kasih."}, version=1)
    with pytest.raises(Conflict) as conflict:
        usecase.undo(desk, ADMIN, 1, version=2, why="Keliru")
    assert conflict.value.details["changed"] == ["texts/id/app.received"]
    with pytest.raises(Unknown):
        usecase.undo(desk, ADMIN, 9, version=2, why="Keliru")


def test_a_category_that_was_added_is_never_forgotten(desk: Any) -> None:
    tram = {
        "label": {"id": "Trem", "en": "Trams"},
        "agency": "perhubungan",
        "pillar": "mobility",
        "keywords": ["trem", "rel trem", "halte trem", "tiket trem", "masinis trem"],
    }
    change(desk, {("categories", "trem"): tram}, section="categories")
    usecase.undo(desk, ADMIN, 1, version=1, why="Belum jadi")
    assert desk.city.categories["trem"].label["id"] == "Trem", "reports may have it"
    assert "trem" not in desk.city.open_categories()


BROKEN = ['{"document": {"texts"', '{"a": 1}', '{"document": 5, "change": 1}', "\x00"]
GOOD_SHAPE = (
    '{"document": %s, "change": {"version": 1, "at": "2026-11-21T00:00:00Z", "who": "a", "why": "b", "section": "texts",'
    ' "patches": []}}'
)
BROKEN += [GOOD_SHAPE % '{"texts": {"id": {"gone.key": "a"}}}', GOOD_SHAPE % '{"sections": 1}', GOOD_SHAPE % "[]"]


@pytest.mark.parametrize("body", BROKEN)
def test_a_broken_document_leaves_the_pack_and_raises_an_alarm(
    desk: Any, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.usecases import live_city

    counted: list[str] = []
    monkeypatch.setattr(live_city, "count", lambda name, **_: counted.append(name))
    desk.things.put("override", "head", body, if_absent=True)
    assert desk.city.texts == packs.load("jakarta").texts
    assert counted == ["OverridesBroken"]
    _ = desk.city
    assert counted == ["OverridesBroken"]
    shown = usecase.present(desk, ADMIN)
    assert shown.faults
    assert submit(desk, COMPLETE, seed=SEED).new


def test_a_broken_document_is_mended_by_an_admin(desk: Any) -> None:
    desk.things.put("override", "head", GOOD_SHAPE % '{"texts": {"id": {"gone.key": "a"}}}', if_absent=True)
    shown = usecase.present(desk, ADMIN)
    assert shown.version == 1
    assert list(shown.faults) == ["texts/id/gone.key"]
    with pytest.raises(Invalid):
        change(desk, {TEXT: RECEIVED}, version=1)
    assert change(desk, {("texts", "id", "gone.key"): None, TEXT: RECEIVED}, version=1).version == 2
    assert desk.city.texts["id"]["app.received"] == RECEIVED


def test_an_unreadable_document_is_replaced(desk: Any) -> None:
    desk.things.put("override", "head", "{", if_absent=True)
    assert change(desk, {TEXT: RECEIVED}, version=1).version == 2
    assert desk.city.version == 2


def test_a_table_that_cannot_be_read_leaves_the_last_good_city(
    desk: Any, other: Any, caplog: pytest.LogCaptureFixture
) -> None:
    change(desk, {TEXT: RECEIVED})
    assert other.city.version == 1
    change(desk, {("holidays", "2027-03-12"): True}, version=1)
    other.seconds += 31
    with failing("dynamodb", "GetItem", "500", times=9), caplog.at_level(logging.WARNING):
        assert other.city.version == 1
    other.seconds += 6
    assert other.city.version == 2, "it is tried again soon"


def test_a_process_that_never_could_read_works_with_the_pack(other: Any) -> None:
    with failing("dynamodb", "GetItem", "throttle", times=9):
        assert other.city.version == 0
    assert other.city.texts == packs.load("jakarta").texts


def test_a_change_whose_own_item_was_not_written_is_made_good_for(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.overrides, "_keep", lambda _: None)  # as if the process had ended in between
    change(desk, {TEXT: RECEIVED})
    monkeypatch.undo()
    assert desk.overrides.changes(limit=9) == []
    assert [each.version for each in usecase.history(desk, ADMIN)] == [1], "it is in the head"
    change(desk, {("holidays", "2027-03-12"): True}, version=1)
    assert [each.version for each in usecase.history(desk, ADMIN)] == [2, 1]
    assert desk.overrides.change(1).section == "texts"


def test_an_added_category_whose_office_is_gone_is_dropped_when_an_admin_mends(desk: Any) -> None:
    keywords = ["trem", "rel trem", "halte trem", "tiket trem", "masinis trem"]
    tram = {"label": {"id": "Trem", "en": "Trams"}, "agency": "gone", "pillar": "mobility", "keywords": keywords}
    document = {"categories": {"trem": tram}, "holidays": {"2027-03-12": True}}
    told = msgspec.json.encode(document).decode()
    desk.things.put("override", "head", GOOD_SHAPE % told, if_absent=True)
    assert "trem" not in desk.city.categories
    assert any(f"{day}" == "2027-03-12" for day in desk.city.policy.holidays), "what can be used is"
    shown = usecase.present(desk, ADMIN)
    assert {where.split("/")[1] for where in shown.faults} == {"trem"}
    assert change(desk, {("categories", "trem"): None}, version=1).version == 2
    shown = usecase.present(desk, ADMIN)
    assert (shown.faults, list(shown.document.categories), len(shown.document.holidays)) == ({}, [], 1)


def test_a_holiday_of_the_packs_own_is_said_to_be_one(desk: Any) -> None:
    with pytest.raises(Invalid) as refused:
        change(desk, {("holidays", "2027-12-25"): True, ("holidays", "2027-03-12"): False}, section="holidays")
    assert set(refused.value.details) == {"holidays/2027-12-25", "holidays/2027-03-12"}


def test_ones_own_write_whose_answer_was_lost_is_no_conflict(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put = desk.things.put

    def twice(kind: str, id: str, body: Any, **how: Any) -> bool:
        """As botocore tries again what took effect."""
        first: bool = put(kind, id, body, **how)
        return put(kind, id, body, **how) if (kind, id) == ("override", "head") else first

    monkeypatch.setattr(desk.things, "put", twice)
    assert change(desk, {TEXT: RECEIVED}).version == 1
    assert desk.city.texts["id"]["app.received"] == RECEIVED
    assert len(desk.journal.month(desk.now(), limit=9)) == 1


def test_a_process_whose_first_read_fails_reads_again(other: Any, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    change(desk, {("channels", "qlue"): {"active": False, "instead": "JAKI"}}, section="channels")
    head, calls = other.overrides.head, []

    def fails_once() -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise TimeoutError
        return head()

    monkeypatch.setattr(other.overrides, "head", fails_once)
    assert not other.city.channels["qlue"].active
