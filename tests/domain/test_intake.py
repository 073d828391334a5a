"""From messages to a report: whatever comes in how many messages, in whatever order, it is complete when the same is known;
where it goes first; who may be told."""

from __future__ import annotations

from functools import reduce
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import history
from chalicelib.domain.contribution import Contribution
from chalicelib.domain.errors import ReportError
from chalicelib.domain.first_stop import first_stop_of
from chalicelib.domain.intake import begin, join, note_difference
from chalicelib.domain.lifecycle import Status
from chalicelib.domain.place import Place
from chalicelib.domain.proposal import Proposal
from chalicelib.domain.report import Report
from tests.domain.builders import (
    ALL,
    CITY,
    GAMBIR,
    IDENTITY,
    POINT,
    city,
    fresh,
    h,
    partly,
    put,
    quick,
    told,
    waiting,
)


def play(messages: list[Contribution]) -> Report:
    first, *later = messages
    return reduce(lambda report, said: join(report, said, CITY), later, begin(IDENTITY, first, CITY))


def events(report: Report) -> list[str]:
    return [entry.event for entry in report.entries()]


# --- completeness -----------------------------------------------------------------------------------------------------

splits = st.integers(1, 4).flatmap(
    lambda count: st.lists(st.integers(0, count - 1), min_size=4, max_size=4).map(
        lambda where: [tuple(f for f, at in zip(ALL, where, strict=True) if at == index) for index in range(count)]
    )
)


@quick(100)
@given(splits)
def test_the_four_fields_in_any_number_of_messages(split: list[tuple[str, ...]]) -> None:
    report, known = None, set()
    for number, filled in enumerate(split):
        said = partly(number * 0.1, *filled)
        report = join(report, said, CITY) if report else begin(IDENTITY, said, CITY)
        before, known = known == set(ALL), known | set(filled)
        assert report.missing == tuple(field for field in ALL if field not in known)
        assert (report.status == "waiting") == (known == set(ALL)) == (report.complete_at is not None)
        if known == set(ALL) and not before:
            assert report.complete_at == said.at
        assert report.version == number + 1
    assert report
    assert (report.status, report.problem, report.place.address) == ("waiting", "Ada lubang", "Jalan Mawar")
    assert history.broken_at(report.entries()) is None
    assert events(report).count("completed") == (0 if set(split[0]) == set(ALL) else 1)


@quick(100)
@given(splits, st.booleans())
def test_told_at_once_or_bit_by_bit_the_report_is_the_same(split: list[tuple[str, ...]], pinned: bool) -> None:
    place = POINT if pinned else Place(address="Jalan Mawar")
    messages = [
        partly(0.1 * number, *filled, place=place if "place" in filled else None, category="jalan", channel="jaki")
        for number, filled in enumerate(split)
    ]
    whole = begin(IDENTITY, partly(0, *ALL, place=place, category="jalan", channel="jaki"), CITY)
    report = play(messages)
    for field in (
        "status",
        "category",
        "agency",
        "place",
        "problem",
        "missing",
        "automatic",
        "private",
        "confidential",
    ):
        assert getattr(report, field) == getattr(whole, field)
    assert report.respond
    assert report.resolve
    assert report.complete_at
    assert (report.respond.by - report.complete_at).total_seconds() == 6 * 3600
    assert (report.resolve.by - report.complete_at).total_seconds() == 168 * 3600


@quick(100)
@given(splits)
def test_retelling_gives_the_very_same_report(split: list[tuple[str, ...]]) -> None:
    """What saves the read: the conversation's own log, folded again, is the report that is stored, hashes included."""
    messages = [partly(0.1 * number, *filled) for number, filled in enumerate(split)]
    once, again = play(messages), play(messages)
    assert once == again
    assert once.history == again.history
    logged = [msgspec.json.decode(msgspec.json.encode(said), type=Contribution) for said in messages]
    assert play(logged) == once
    halfway = msgspec.json.decode(msgspec.json.encode(play(messages[:1])), type=Report)
    assert reduce(lambda report, said: join(report, said, CITY), messages[1:], halfway) == once


@pytest.mark.parametrize(
    ("place", "enough"),
    [
        (Place(), False),
        (POINT, True),
        (Place(lat=-6.4, lng=106.8, in_city=False), True),  # outside: marked, and left to the admin
        (Place(address="Jalan Mawar 2"), True),
        (Place(landmark="pos polisi"), False),
        (Place(area=GAMBIR), False),
        (Place(landmark="pos polisi", area=GAMBIR), True),
        (Place(same_as_reporter=True), True),
        (Place(lat=-6.4), False),
    ],
)
def test_what_is_a_place(place: Place, enough: bool) -> None:
    report = begin(IDENTITY, partly(0, "problem", "name", "address", place=place), CITY)
    assert report.missing == (() if enough else ("place",))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_landmark_and_kelurahan_may_come_apart(order: tuple[int, int]) -> None:
    parts = [Place(landmark="pos polisi"), Place(area=GAMBIR)]
    report = begin(IDENTITY, partly(0, "problem", "name", "address", place=parts[order[0]]), CITY)
    assert report.missing == ("place",)
    report = join(report, partly(0.1, place=parts[order[1]]), CITY)
    assert (report.missing, report.status) == ((), "waiting")
    assert (report.place.landmark, report.place.area) == ("pos polisi", GAMBIR)


def test_an_empty_first_message_is_a_report_too() -> None:
    report = begin(IDENTITY, partly(0), CITY)
    assert (report.status, report.missing, events(report)) == ("incomplete", ALL, ["received"])
    assert report.entries()[0].told.data["missing"] == list(ALL)
    assert report.entries()[0].told.public


# --- joining -----------------------------------------------------------------------------------------------------------


def test_a_pin_and_a_photo_join_a_complete_report_that_waits() -> None:
    report = join(waiting(), partly(0.2, "place", place=POINT, photos=("p1",), problem="dan makin lebar"), CITY)
    assert (report.place.lat, report.place.address) == (POINT.lat, "Jalan Mawar")
    assert report.problem == "Ada lubang\ndan makin lebar"
    assert len(report.photos) == 1
    assert report.active_at == h(0.2)


HELD = [Status.COORDINATION, Status.DISPOSITION, Status.IN_PROGRESS, Status.FOLLOW_UP_REFUSED,
        Status.AWAITING_VALIDATION]  # fmt: skip


@pytest.mark.parametrize("status", HELD)
def test_after_dispatch_a_message_is_a_note(status: Status) -> None:
    before = put(fresh(), status)
    after = join(
        before,
        partly(0.2, "place", "name", problem="salah, di sana", category="sampah", place=Place(address="X")),
        CITY,
    )
    for field in ("problem", "place", "category", "status", "agency", "respond", "resolve", "complete_at", "missing"):
        assert getattr(after, field) == getattr(before, field)
    entry = after.entries()[-1]
    assert (entry.event, entry.told.note, entry.told.public) == ("message_added", "salah, di sana", False)


@pytest.mark.parametrize("status", [status for status in Status if put(fresh(), status).terminal])
def test_a_message_changes_nothing_of_a_report_that_has_ended(status: Status) -> None:
    before = put(fresh(), status)
    try:
        after = join(before, partly(0.2, "place", problem="lagi", place=Place(address="X")), CITY)
    except ReportError:
        return
    for field in ("problem", "place", "category", "status", "respond", "resolve"):
        assert getattr(after, field) == getattr(before, field)


def test_a_message_completes_only_once() -> None:
    report = play([partly(0, "problem"), partly(1, "place", "name", "address"), partly(1.2, "name", "address")])
    assert events(report) == ["received", "message_added", "completed", "message_added"]
    assert report.complete_at == h(1)


def test_completing_with_a_known_category_and_a_point_goes_to_the_agency() -> None:
    report = play([partly(0, "problem", category="jalan"), partly(1, "name", "address", place=POINT)])
    assert events(report) == ["received", "message_added", "completed", "dispatched"]
    assert (report.status, report.agency, report.automatic, report.held_since) == (
        "coordination", "bina-marga", True, h(1),
    )  # fmt: skip


def test_the_same_id_with_another_body_is_kept_in_history_and_changes_nothing() -> None:
    before = fresh()
    after = note_difference(before, told(0, body_hash="other"))
    same = msgspec.structs.replace(
        after, history=before.history, seq=before.seq, head=before.head, version=1, changed_at=before.changed_at
    )
    assert same == before
    assert (after.version, events(after)[-1]) == (2, "duplicate_differs")
    assert after.entries()[-1].told.data["body_hash"] == "other"


def test_however_much_a_citizen_writes_the_report_fits_one_item() -> None:
    """DynamoDB takes 400 kB. A text of 10,000 characters is stored whole; what does not fit is refused clearly."""
    report = begin(IDENTITY, partly(0, "problem", problem="x" * 10_000), CITY)
    assert report.problem == "x" * 10_000
    for number in range(1, 60):
        try:
            report = join(report, partly(number / 100, problem=f"{number}" + "x" * 10_000), CITY)
        except ReportError:
            break
    assert history.size(report.history) + len(report.problem) < 380_000


def test_so_it_does_after_dispatch() -> None:
    report = fresh()
    for number in range(1, 60):
        try:
            report = join(report, partly(number / 100, problem=f"{number}" + "x" * 10_000), CITY)
        except ReportError:
            break
    assert history.size(report.history) + len(report.problem) < 380_000


# --- flags ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["private", "anonymous", "confidential"])
def test_flags(flag: str) -> None:
    report = fresh(**{flag: True})
    assert {name for name in ("private", "anonymous", "confidential") if getattr(report, name)} == {flag}
    assert report.hidden == (flag != "anonymous")
    later = join(begin(IDENTITY, partly(0, "problem"), CITY), partly(0.1, **{flag: True}), CITY)
    assert getattr(later, flag)
    assert getattr(join(later, partly(0.2), CITY), flag), "a later message does not take a flag back"


@pytest.mark.parametrize("flag", ["private", "anonymous", "confidential"])
def test_a_wish_for_secrecy_counts_after_dispatch_too(flag: str) -> None:
    assert getattr(join(fresh(), partly(0.2, problem="mohon dirahasiakan", **{flag: True}), CITY), flag)


@pytest.mark.parametrize("field", ["category", "suggested"])
def test_a_sensitive_category_is_confidential(field: str) -> None:
    assert fresh(**{"category": None, field: "pungli"}).confidential
    assert not fresh(**{"category": None, field: "jalan"}).confidential
    report = join(begin(IDENTITY, partly(0, "problem"), CITY), partly(0.1, **{field: "pungli"}), CITY)
    assert report.confidential


# --- first stops ---------------------------------------------------------------------------------------------------------

UNKNOWN: dict[str, Any] = {"category": None}
OUTSIDE: dict[str, Any] = {"place": Place(lat=-6.4, lng=106.8, in_city=False)}
ADDRESS: dict[str, Any] = {"place": Place(address="Jalan Mawar")}

FIRST_STOPS = [
    # policy, what is said, the agency it goes to at once (None: it waits for the admin)
    ({}, {}, "bina-marga"),
    ({}, {"category": "sampah"}, "lingkungan-hidup"),
    ({}, {"channel": "sms"}, "bina-marga"),
    ({}, UNKNOWN, None),
    ({}, {**UNKNOWN, "suggested": "jalan"}, None),
    ({}, {"category": "tidak-ada"}, None),
    ({}, OUTSIDE, None),
    ({}, ADDRESS, None),
    ({}, {"verified": False}, None),
    ({}, {"category": "ppsu"}, "kelurahan-gambir"),
    ({"auto_dispatch": False}, {}, None),
    ({"first_stop": {"aplikasi": "kelurahan"}}, {}, "kelurahan-gambir"),
    ({"first_stop": {"aplikasi": "kelurahan"}}, UNKNOWN, "kelurahan-gambir"),
    ({"first_stop": {"aplikasi": "kelurahan"}}, {"verified": False}, None),
    ({"first_stop": {"aplikasi": "kelurahan"}}, {"place": Place(landmark="pos", area=GAMBIR)}, "kelurahan-gambir"),
    ({"first_stop": {"aplikasi": "kelurahan"}}, {**ADDRESS}, None),
    ({"first_stop": {"aplikasi": "kelurahan"}}, OUTSIDE, None),
    ({"first_stop": {"aplikasi": "kelurahan"}, "auto_dispatch": False}, {}, "kelurahan-gambir"),
    ({"first_stop": {"aplikasi": "kelurahan"}}, {"channel": "sms", **ADDRESS}, None),
    ({"first_stop": {"aplikasi": "agency"}}, ADDRESS, "bina-marga"),
    ({"first_stop": {"aplikasi": "agency"}, "auto_dispatch": False}, ADDRESS, "bina-marga"),
    ({"first_stop": {"aplikasi": "agency"}}, UNKNOWN, None),
    ({"first_stop": {"aplikasi": "agency"}}, {"verified": False}, None),
    ({"first_stop": {}}, ADDRESS, None),
]


@pytest.mark.parametrize(("policy", "said", "agency"), FIRST_STOPS)
def test_where_a_report_goes_first(policy: dict[str, Any], said: dict[str, Any], agency: str | None) -> None:
    where = city(**policy)
    report = begin(IDENTITY, told(0, **said), where)
    assert first_stop_of(report, where) == agency == report.agency
    assert report.status == ("coordination" if agency else "waiting")
    assert report.automatic == (agency is not None)
    assert events(report) == ["received", "dispatched"][: 2 if agency else 1]
    if agency:
        entry = report.entries()[-1]
        assert entry.told.role == "system"
        assert entry.told.data == {"agency": agency, "automatic": True}
        assert report.held_since == h(0)


def test_a_confidential_report_does_not_go_to_its_own_kelurahan_by_itself() -> None:
    where = city(first_stop={"aplikasi": "kelurahan"})
    assert begin(IDENTITY, told(0, category="pungli"), where).agency != "kelurahan-gambir"
    assert begin(IDENTITY, told(0, confidential=True, category=None), where).agency is None


def test_an_incomplete_report_goes_nowhere() -> None:
    for policy in ({}, {"first_stop": {"aplikasi": "kelurahan"}}, {"first_stop": {"aplikasi": "agency"}}):
        report = begin(IDENTITY, told(0, filled=("problem", "place")), city(**policy))
        assert (report.status, report.agency) == ("incomplete", None)


def test_an_unverified_sender_waits_whatever_comes_later() -> None:
    report = play([partly(0, "problem", category="jalan", verified=False), partly(1, "name", "address", place=POINT)])
    assert (report.status, report.agency) == ("waiting", None)


def test_emergencies_are_flagged_and_filed() -> None:
    report = begin(IDENTITY, told(0, emergency=True), CITY)
    assert report.emergency
    assert report.status == "coordination"
    assert report.entries()[0].told.data["emergency"] is True
    assert join(begin(IDENTITY, partly(0, "problem"), CITY), partly(0.1, emergency=True), CITY).emergency


# --- a proposal in place of a category --------------------------------------------------------------------------------

SURE = Proposal(agency="lingkungan-hidup", category="", confidence=0.95, reasons=(("words", "got, mampet"),))


def offered(**more: Any) -> Report:
    """A complete report with a point in the city and a proposal."""
    said = told(place=POINT, category=more.pop("category", None), proposal=more.pop("proposal", SURE), **more)
    return begin(IDENTITY, said, city(auto_dispatch=True))


def test_what_is_sure_goes_at_once_and_says_why() -> None:
    report = offered()
    assert (report.status, report.agency, report.automatic) == (Status.COORDINATION, "lingkungan-hidup", True)
    entry = report.entries()[-1]
    assert entry.event == "dispatched"
    assert entry.told.data["automatic"] is True
    assert entry.told.data["confidence"] == 0.95
    assert entry.told.data["reasons"] == [["words", "got, mampet"]]


def test_the_category_it_would_have_sets_its_clock() -> None:
    code, known = next((code, each) for code, each in CITY.categories.items() if not each.sensitive)
    report = offered(proposal=msgspec.structs.replace(SURE, agency=known.agency, category=code))
    assert (report.category, report.classified) == (code, True)


@pytest.mark.parametrize(
    "more",
    [
        {"proposal": None},
        {"verified": False},
        {"confidential": True},
        {"emergency": True},
        {"flags": ("abuse",)},
        {"flags": ("not_public",)},
        {"flags": ("several",)},
        {"flags": ("flood",)},
        {"flags": ("link",)},
        {"proposal": msgspec.structs.replace(SURE, agency="gone")},
    ],
    ids=str,
)
def test_what_waits_for_a_person_all_the_same(more: dict[str, Any]) -> None:
    report = offered(**more)
    assert (report.status, report.agency) == (Status.WAITING, None)


def test_words_that_surely_speak_of_another_agency_than_the_category_wait() -> None:
    assert offered(category="jalan", proposal=None).agency == "bina-marga"
    assert offered(category="jalan", proposal=msgspec.structs.replace(SURE, agency="bina-marga")).agency == "bina-marga"
    assert offered(category="jalan").status is Status.WAITING
    assert offered(category="jalan", proposal=None, flags=("several",)).status is Status.WAITING


def test_a_proposal_of_an_earlier_message_counts_when_the_last_one_completes() -> None:
    first = told(filled=("problem", "place"), category=None, proposal=SURE)
    assert play([first]).status is Status.INCOMPLETE
    later = told(1, filled=("name", "address"), problem="", place=None, category=None)
    report = join(begin(IDENTITY, first, city(auto_dispatch=True)), later, city(auto_dispatch=True))
    assert report.agency == "lingkungan-hidup"


def test_what_is_about_an_office_waits_for_a_person_when_it_becomes_complete() -> None:
    place = Place(lat=-6.1754, lng=106.8272, area="31.71.01.1001", in_city=True)
    asked = begin(IDENTITY, partly(0, "problem", "name", "address", category="jalan", channel="jaki"), CITY)
    rest = partly(1, place=place, channel="jaki")
    assert join(asked, rest, CITY).agency == "bina-marga", "by the standing rule"
    after = join(msgspec.structs.replace(asked, accused="bina-marga", confidential=True), rest, CITY)
    assert (after.status, after.agency) == ("waiting", None)
