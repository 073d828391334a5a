"""Who hears of what: topics by event, and what the reporter is written. The entry's own words stand beside each case."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.domain import history
from chalicelib.domain.announcements import office_codes, tells_reporter, topics
from chalicelib.domain.history import Body, Entry
from chalicelib.domain.lifecycle import Status
from chalicelib.domain.report import Report, record
from tests.domain.builders import CITY, POLICY, T0, deed, fresh, put, waiting

MINE = "agency:bina-marga"


def entry(event: str, role: str = "admin", by: str = "", **words: Any) -> Entry:
    body = Body(role=role, action_id="a", status="coordination", by=by, **words)
    return history.append(98, "ef" * 32, T0, event, body, "ab" * 16)


def with_agency(status: Status = Status.COORDINATION) -> Report:
    return put(fresh(), status)


# event, role, by, data, the agency topics while Bina Marga has the report
TOPICS = [
    ("received", "reporter", "", {}, []),
    ("completed", "reporter", "", {}, []),
    ("dispatched", "system", "", {"agency": "bina-marga", "automatic": True}, [MINE]),
    ("dispatched", "admin", "", {"agency": "lingkungan-hidup", "from": "bina-marga"}, ["agency:lingkungan-hidup"]),
    ("accepted", "agency", "bina-marga", {}, []),
    ("disposition", "agency", "bina-marga", {"unit": "Seksi Jalan"}, []),
    ("noted", "agency", "bina-marga", {}, []),
    ("noted", "admin", "", {}, [MINE]),
    ("noted", "validator", "biro-pemerintahan", {}, [MINE]),
    ("asked", "agency", "bina-marga", {}, []),
    ("answered", "reporter", "", {}, [MINE]),
    ("message_added", "reporter", "", {}, [MINE]),
    ("extension_requested", "agency", "bina-marga", {}, []),
    ("extended", "admin", "", {}, [MINE]),
    ("extension_refused", "admin", "", {}, [MINE]),
    ("resolved", "agency", "bina-marga", {}, []),
    ("validated", "validator", "", {}, [MINE]),
    ("follow_up_refused", "validator", "", {}, [MINE]),
    ("rejected", "admin", "", {}, [MINE]),
    ("merged", "admin", "", {"into": "X"}, [MINE]),
    ("merged_in", "admin", "", {"follower": "X"}, [MINE]),
    ("corrected", "admin", "", {"changed": ["address"]}, [MINE]),
    ("withdrawn", "reporter", "", {}, [MINE]),
    ("reopened", "reporter", "", {}, [MINE]),
    ("reminded", "system", "", {"clock": "respond", "level": 0, "to": ["bina-marga"]}, [MINE]),
    ("escalated", "system", "", {"clock": "respond", "level": 2, "to": ["biro-pemerintahan"]},
     ["agency:biro-pemerintahan"]),
    ("escalated", "system", "", {"clock": "respond", "level": 3, "to": ["gubernur"]}, ["agency:gubernur"]),
    ("proof_doubted", "system", "", {"to": ["biro-pemerintahan"], "sign": "alike"}, ["agency:biro-pemerintahan"]),
    ("completion_reminded", "system", "", {}, []),
    ("abandoned", "system", "", {}, []),
    ("duplicate_differs", "reporter", "", {}, []),
    ("redacted", "admin", "", {}, []),
]  # fmt: skip


@pytest.mark.parametrize(("event", "role", "by", "data", "agencies"), TOPICS)
def test_topics(event: str, role: str, by: str, data: dict[str, Any], agencies: list[str]) -> None:
    """`events` last: when that is done, all are."""
    assert topics(with_agency(), entry(event, role, by, data=data)) == [*agencies, "events"]


@pytest.mark.parametrize("event", [row[0] for row in TOPICS if row[0] not in ("dispatched", "reminded", "escalated")])
def test_while_nobody_has_it_only_the_system_hears(event: str) -> None:
    assert topics(waiting(), entry(event)) == ["events"]


def test_an_agency_does_not_hear_of_its_own_note_whatever_became_of_the_report() -> None:
    own = entry("noted", "agency", "bina-marga")
    for status in (Status.IN_PROGRESS, Status.AWAITING_VALIDATION, Status.DONE):
        assert topics(with_agency(status), own) == ["events"]


def test_it_hears_of_another_agencys() -> None:
    assert topics(with_agency(), entry("noted", "agency", "lingkungan-hidup")) == [MINE, "events"]


@pytest.mark.parametrize("event", sorted({row[0] for row in TOPICS}))
def test_an_erased_entry_breaks_nothing(event: str) -> None:
    gone = history.erase(entry(event, data={"agency": "bina-marga", "to": ["gubernur"]}))
    assert topics(with_agency(), gone)[-1] == "events"
    assert not tells_reporter(gone)


UNIT = "agency:sudin-bina-marga"


def given(by: str = "bina-marga", **data: str) -> Report:
    """With Bina Marga, and given on."""
    done = deed("disposition", "agency", 1, by)
    return record(fresh(), done, "disposition", status=Status.DISPOSITION, data={"unit": "x", **data})


def test_a_disposition_is_announced_to_the_unit_that_is_given_the_report() -> None:
    by_dinas = given(office="sudin-bina-marga")
    assert topics(by_dinas, by_dinas.entries()[-1]) == [UNIT, "events"]
    by_itself = given("sudin-bina-marga", office="sudin-bina-marga")
    assert topics(by_itself, by_itself.entries()[-1]) == ["events"]


@pytest.mark.parametrize(
    "event", ["extended", "extension_refused", "answered", "follow_up_refused", "validated", "noted", "withdrawn"]
)
def test_what_follows_is_for_the_agency_and_its_unit(event: str) -> None:
    report = given(office="sudin-bina-marga")
    assert topics(report, entry(event, "system")) == [MINE, UNIT, "events"]
    assert topics(report, entry(event, "agency", "sudin-bina-marga")) == [MINE, "events"]
    assert topics(report, entry(event, "agency", "bina-marga")) == [UNIT, "events"]


@pytest.mark.parametrize(
    ("event", "data", "told"),
    [
        ("disposition", {"unit": "Seksi Jalan"}, [MINE]),
        ("disposition", {"unit": "bina-marga", "office": "bina-marga"}, [MINE]),
        ("dispatched", {"agency": "lingkungan-hidup"}, ["agency:lingkungan-hidup"]),
        ("returned", {"from": "bina-marga"}, []),
        ("corrected", {"taken_from": "bina-marga"}, []),
    ],
)
def test_a_unit_that_has_it_no_more_hears_nothing(event: str, data: dict[str, str], told: list[str]) -> None:
    report = record(given(office="sudin-bina-marga"), deed("note", "admin", 2), event, data=data)
    assert topics(report, entry("validated")) == [*told, "events"]


# event, words, whether the reporter is written to
TELLS = [
    ("received", {"role": "reporter", "public": True}, True),
    ("received", {"role": "reporter", "public": True, "data": {"missing": ["name"]}}, True),
    ("completed", {"role": "reporter", "public": True}, True),
    ("dispatched", {"public": True}, True),
    ("dispatched", {"role": "system", "public": True, "quiet": True}, False),  # the acknowledgement tells it
    ("accepted", {"role": "agency", "public": True}, True),
    ("disposition", {"role": "agency", "public": True}, True),
    ("noted", {"public": False}, False),
    ("noted", {"public": True}, True),
    ("asked", {"public": True}, True),
    ("answered", {"role": "reporter"}, False),
    ("message_added", {"role": "reporter", "data": {"missing": ["name"]}}, True),
    ("message_added", {"role": "reporter", "data": {"missing": []}}, False),
    ("message_added", {"role": "reporter"}, False),
    ("completion_reminded", {"role": "system", "data": {"missing": ["name"]}}, True),
    ("extension_requested", {"role": "agency"}, False),
    ("extended", {"public": True}, True),
    ("returned", {"role": "agency", "public": True}, True),
    ("resolved", {"role": "agency", "public": True}, True),
    ("validated", {"role": "validator", "public": True}, True),
    ("follow_up_refused", {"role": "validator", "public": True}, True),
    ("rejected", {"public": True}, True),
    ("merged", {"public": True}, True),
    ("merged_in", {}, False),
    ("corrected", {"public": False}, False),
    ("corrected", {"public": True}, True),
    ("redacted", {}, False),
    ("withdrawn", {"role": "reporter", "public": True}, True),
    ("reopened", {"role": "reporter", "public": True}, True),
    ("abandoned", {"role": "system", "public": True}, True),
    ("reminded", {"role": "system"}, False),
    ("escalated", {"role": "system", "public": True}, True),
    ("duplicate_differs", {"role": "reporter"}, False),
]


@pytest.mark.parametrize(("event", "words", "told"), TELLS)
def test_what_the_reporter_is_told(event: str, words: dict[str, Any], told: bool) -> None:
    assert tells_reporter(entry(event, **words)) == told


# --- the ladder's offices ---------------------------------------------------------------------------------------------

OFFICES = [["bina-marga"], ["bina-marga"], ["biro-pemerintahan"], ["gubernur"]]
UNASSIGNED = [["biro-pemerintahan"], ["biro-pemerintahan"], ["biro-pemerintahan"], ["gubernur"]]


def test_each_rung_has_its_office() -> None:
    assert [office_codes(rung, fresh(), CITY) for rung in POLICY.ladder] == OFFICES
    assert [office_codes(rung, waiting(), CITY) for rung in POLICY.ladder] == UNASSIGNED


def test_an_agency_that_the_pack_does_not_know_any_more_counts_as_nobody() -> None:
    report = msgspec.structs.replace(fresh(), agency="dinas-lama")
    assert [office_codes(rung, report, CITY) for rung in POLICY.ladder] == UNASSIGNED


@pytest.mark.parametrize("accused", ["bina-marga", "sudin-bina-marga"])
def test_the_accused_unit_and_its_parent_hear_of_no_rung_and_the_ladder_is_not_silent(accused: str) -> None:
    report = msgspec.structs.replace(fresh(), accused=accused, confidential=True)
    for rung in POLICY.ladder:
        offices = office_codes(rung, report, CITY)
        assert not {"bina-marga", "sudin-bina-marga"} & set(offices)
        assert offices, f"nobody hears of level {rung.level}"
