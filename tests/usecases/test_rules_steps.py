"""Every action of the staff and the reporter as a rule: what it takes, where it leads, what it records, who may not."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from chalicelib.domain import history
from chalicelib.domain.errors import Invalid, NotAllowedNow, NotYours, ReportError, TooLarge
from chalicelib.domain.intake import begin
from chalicelib.domain.lifecycle import TERMINAL, TRANSITIONS, Role, Status
from chalicelib.domain.report import ExtensionRequest, Report
from chalicelib.usecases.act import ACTIONS, REPORTER_ACTIONS, STAFF_ACTIONS
from tests.domain.builders import (
    CITY,
    GAMBIR,
    IDENTITY,
    POINT,
    TRACKING,
    city,
    deed,
    fresh,
    h,
    partly,
    put,
    told,
    waiting,
)
from tests.usecases.rules import BY, WISH, accepted, do, done, lead, resolved

EVENTS = {
    "dispatch": "dispatched", "accept": "accepted", "disposition": "disposition", "note": "noted", "ask": "asked",
    "answer": "answered", "extend": "extension_requested", "approve-extension": "extended",
    "refuse-extension": "extension_refused", "return": "returned", "resolve": "resolved", "validate": "validated",
    "refuse": "follow_up_refused", "reject": "rejected", "merge": "merged", "correct": "corrected",
    "redact": "redacted", "withdraw": "withdrawn", "reopen": "reopened", "confirm": "confirmed",
    "dispute": "disputed", "split": "split", "rate": "rated", "withdraw-consent": "consent_withdrawn",
}  # fmt: skip


def in_status(status: Status) -> Report:
    """A report in that status, with everything an action could ask for."""
    if status is Status.INCOMPLETE:
        return begin(IDENTITY, partly(0, "problem"), CITY)
    report = fresh() if status is not Status.WAITING else waiting()
    request = ExtensionRequest(until=h(300), reason="aspal", requested_at=h(0))
    report = put(report, status, extension=request if status in WITH_AGENCY else None)
    if status is Status.DONE:
        report = put(done(21), Status.DONE)
    return report


WITH_AGENCY = {Status.COORDINATION, Status.DISPOSITION, Status.IN_PROGRESS, Status.FOLLOW_UP_REFUSED}


def test_every_action_of_the_issue_has_a_rule() -> None:
    named = (
        "dispatch accept disposition note ask extend approve-extension refuse-extension return resolve validate refuse "
        "reject merge split correct redact"
    )
    assert set(named.split()) == {str(action) for action in STAFF_ACTIONS}
    assert {str(action) for action in REPORTER_ACTIONS} == {
        "answer", "withdraw", "reopen", "confirm", "dispute", "add", "rate", "notify", "withdraw-consent", "erase",
    }  # fmt: skip
    assert set(EVENTS) == {str(action) for action in ACTIONS}


@pytest.mark.parametrize(("status", "action"), [*itertools.product(Status, EVENTS)], ids=str)
def test_each_rule_keeps_to_the_table(status: Status, action: str) -> None:
    statuses, roles, target = TRANSITIONS[deed(action, "admin").action]
    before = in_status(status)
    for role in Role:
        wish: dict[str, Any] = {"until": h(500).isoformat()} if action == "extend" else {}
        start = msgspec.structs.replace(before, extension=None) if action == "extend" else before
        by = "biro-pemerintahan" if role in (Role.ADMIN, Role.VALIDATOR) else ""
        if role not in roles:
            with pytest.raises(NotYours):
                do(start, 30, action, role=role, by=by, **wish)
            continue
        if status not in statuses:
            with pytest.raises(NotAllowedNow) as refused:
                do(start, 30, action, role=role, by=by, **wish)
            assert refused.value.details["status"] == status
            continue
        after = do(start, 30, action, role=role, by=by, **wish)
        reopens = action == "dispute" and status is Status.DONE
        assert after.status == (Status.COORDINATION if reopens else target or status)
        assert status not in TERMINAL or after.status == status or action == "reopen" or reopens
        entry = after.entries()[-1]
        assert (
            "disputed" if entry.event == "reopened" and reopens else entry.event,
            entry.told.role,
            entry.told.status,
        ) == (EVENTS[action], role, after.status)
        assert (after.changed_at, len(after.history)) == (h(30), len(start.history) + 1)
        assert history.broken_at(after.entries()) is None
        assert after.did(entry.told.action_id)
        assert not start.did(entry.told.action_id)


PUBLIC = set(EVENTS) - {"note", "answer", "extend", "refuse-extension", "correct", "redact", "rate", "withdraw-consent"}


@pytest.mark.parametrize("action", EVENTS)
def test_citizens_see_every_step_of_the_flow(action: str) -> None:
    status = next(one for one in Status if one in TRANSITIONS[deed(action, "admin").action][0] and one != "incomplete")
    before = msgspec.structs.replace(in_status(status), extension=None) if action == "extend" else in_status(status)
    after = do(before, 1, action)
    assert after.entries()[-1].told.public == (action in PUBLIC)


# what must be said, and is refused when it is missing or blank
REQUIRED = {
    "disposition": "unit", "note": "note", "ask": "question", "answer": "text", "return": "reason", "resolve": "note",
    "refuse": "reason", "reject": "reason", "refuse-extension": "reason", "extend": "reason",
}  # fmt: skip


@pytest.mark.parametrize("blank", ["", "   ", "\n\t"])
@pytest.mark.parametrize("action", REQUIRED)
def test_what_must_be_said(action: str, blank: str) -> None:
    status = next(one for one in Status if one in TRANSITIONS[deed(action, "admin").action][0] and one != "incomplete")
    before = msgspec.structs.replace(in_status(status), extension=None) if action == "extend" else in_status(status)
    with pytest.raises(Invalid) as refused:
        do(before, 1, action, **{REQUIRED[action]: blank})
    assert set(refused.value.details) == {REQUIRED[action]}


SPEAKING = {**REQUIRED, "dispatch": "note", "accept": "note", "validate": "note", "withdraw": "reason",
            "reopen": "reason", "merge": "note"}  # fmt: skip


@pytest.mark.parametrize("action", SPEAKING)
def test_no_identity_stays_in_what_is_said(action: str) -> None:
    status = next(one for one in Status if one in TRANSITIONS[deed(action, "admin").action][0] and one != "incomplete")
    before = msgspec.structs.replace(in_status(status), extension=None) if action == "extend" else in_status(status)
    words = "hubungi 0812-3456-7890 atau warga@contoh.example"
    after = do(before, 1, action, **{SPEAKING[action]: words})
    assert "3456-7890" not in msgspec.json.encode(after).decode()
    assert "warga@" not in msgspec.json.encode(after).decode()


# --- dispatch ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "agency", "category"),
    [
        ({"agency": "lingkungan-hidup"}, "lingkungan-hidup", None),
        ({"agency": None, "category": "sampah"}, "lingkungan-hidup", "sampah"),
        ({"agency": "bina-marga", "category": "sampah"}, "bina-marga", "sampah"),
        ({"agency": "kelurahan-gambir"}, "kelurahan-gambir", None),
        ({"agency": "kecamatan-gambir"}, "kecamatan-gambir", None),
    ],
)
def test_dispatch_by_agency_or_by_category(wish: dict[str, Any], agency: str, category: str | None) -> None:
    after = do(waiting(), 1, "dispatch", **wish)
    assert (after.status, after.agency, after.category, after.automatic) == ("coordination", agency, category, False)
    assert after.held_since == h(1)
    assert after.entries()[-1].told.data["agency"] == agency


def test_dispatch_without_saying_whereto_uses_the_category() -> None:
    report = waiting(category="sampah")
    assert do(report, 1, "dispatch", agency=None).agency == "lingkungan-hidup"
    with pytest.raises(Invalid) as refused:
        do(waiting(), 1, "dispatch", agency=None)
    assert "agency" in refused.value.details


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"agency": "tidak-ada"}, "agency"),
        ({"agency": "gubernur"}, "agency"),
        ({"agency": "biro-pemerintahan"}, "agency"),
        ({"agency": "kelurahan"}, "agency"),  # a placeholder of the pack, no office
        ({"agency": None, "category": "tidak-ada"}, "category"),
        ({"agency": "bina-marga", "category": "tidak-ada"}, "category"),
    ],
)
def test_dispatch_to_nobody(wish: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        do(waiting(), 1, "dispatch", **wish)
    assert field in refused.value.details


def test_a_category_of_the_kelurahan_goes_to_the_kelurahan_of_the_place() -> None:
    report = waiting(place=msgspec.structs.replace(POINT, in_city=True), channel="sms")
    assert do(report, 1, "dispatch", agency=None, category="ppsu").agency == "kelurahan-gambir"
    with pytest.raises(Invalid):  # the place's kelurahan is not known
        do(waiting(), 1, "dispatch", agency=None, category="ppsu")


def test_dispatch_to_whoever_has_it() -> None:
    with pytest.raises(Invalid):
        do(fresh(), 1, "dispatch", agency="bina-marga")


def test_dispatch_makes_an_incomplete_report_complete() -> None:
    after = do(begin(IDENTITY, partly(0, "problem"), CITY), 2, "dispatch")
    assert (after.missing, after.complete_at, after.agency) == ((), h(2), "lingkungan-hidup")


@pytest.mark.parametrize("agency", ["sudin-bina-marga", "bina-marga"])
def test_a_report_about_an_agency_goes_neither_to_it_nor_to_its_parent(agency: str) -> None:
    report = do(waiting(), 1, "correct", accused="sudin-bina-marga", confidential=True)
    with pytest.raises(Invalid):
        do(report, 2, "dispatch", agency=agency)
    assert do(report, 2, "dispatch", agency="inspektorat").agency == "inspektorat"


def test_handing_on_takes_unit_and_request_away() -> None:
    report = do(do(fresh(), 1, "disposition"), 2, "extend")
    after = do(report, 3, "dispatch")
    assert (after.unit, after.extension, after.agency) == ("", None, "lingkungan-hidup")


# --- agency ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["sudin-bina-marga", "bina-marga", "Seksi Jalan"])
def test_disposition_to_a_unit(unit: str) -> None:
    assert do(fresh(), 1, "disposition", unit=unit).unit == unit


def test_an_officer_is_named_as_the_agency_wrote_it() -> None:
    after = do(fresh(), 1, "disposition", unit=" Regu 7,\n Pak  Slamet ")
    assert (after.unit, after.entries()[-1].told.data) == ("Regu 7, Pak Slamet", {"unit": "Regu 7, Pak Slamet"})
    both = do(fresh(), 1, "disposition", unit="sudin-bina-marga", officer="Pak Slamet").entries()[-1].told.data
    assert both == {"unit": "sudin-bina-marga", "officer": "Pak Slamet", "office": "sudin-bina-marga"}
    assert "0812" not in do(fresh(), 1, "disposition", unit="Pak Slamet 0812-3456-7890").unit


@pytest.mark.parametrize("unit", ["", " \n", "x" * 201])
def test_a_unit_is_a_name(unit: str) -> None:
    with pytest.raises(Invalid) as refused:
        do(fresh(), 1, "disposition", unit=unit)
    assert list(refused.value.details) == ["unit"]


def test_disposition_to_somebody_elses_unit() -> None:
    with pytest.raises(Invalid):
        do(fresh(), 1, "disposition", unit="lingkungan-hidup")


def test_a_returned_report_has_no_agency() -> None:
    after = do(do(fresh(), 1, "disposition"), 2, "return")
    assert (after.status, after.agency, after.unit, after.held_since) == ("waiting", None, "", None)
    assert after.entries()[-1].told.data["from"] == "bina-marga"
    assert after.entries()[-1].told.note == "bukan wewenang kami"


def test_a_returned_report_is_not_left_without_a_clock() -> None:
    after = do(accepted(1), 2, "return")
    assert after.respond
    assert after.respond.running
    assert after.resolve
    assert after.resolve.running


def test_photos_are_optional_by_policy() -> None:
    assert resolved().status == "awaiting_validation"
    strict = city(photos_required=True)
    with pytest.raises(Invalid) as refused:
        do(accepted(), 2, "resolve", strict)
    assert set(refused.value.details) == {"photos"}
    after = do(accepted(), 2, "resolve", strict, photos=["p1"])
    assert after.photos == ("pending:p1",)
    assert after.entries()[-1].told.data["photos"] == ["p1"]
    assert do(after, 3, "redact", photos=["p1"]).photos == ()


def test_nobody_validates_the_work_of_their_own_agency() -> None:
    for action in ("validate", "refuse"):
        with pytest.raises(NotYours):
            do(resolved(), 30, action, by="bina-marga")
        assert do(resolved(), 30, action, by="biro-pemerintahan")


# --- notes --------------------------------------------------------------------------------------------------------------


def test_notes_stop_at_100_kb_and_steps_of_the_flow_still_fit() -> None:
    report = fresh()
    refused = False
    for number in range(200):
        try:
            report = do(report, 1 + number / 100, "note", note=f"{number} " + "panjang sekali " * 70)
        except TooLarge:
            refused = True
    assert refused
    assert 95_000 < history.size(report.history) <= 100_000
    report = do(do(do(report, 10, "accept"), 11, "resolve"), 12, "validate")
    assert report.status == "done"


@pytest.mark.parametrize("character", ["a", '"', "\\", "\n-", "é", "\U0001f6a7", "\x07-"])
@pytest.mark.parametrize("action", ["note", "return", "resolve", "ask", "refuse-extension", "dispatch"])
def test_whatever_is_said_the_report_still_fits_one_item(action: str, character: str) -> None:
    """DynamoDB takes 400 kB; a character can take six bytes once it is JSON in JSON."""
    before = fresh() if action != "refuse-extension" else do(fresh(), 1, "extend")
    for length in (1_000, 90_000, 900_000):
        try:
            after = do(before, 2, action, **{SPEAKING[action]: character * length})
        except (Invalid, TooLarge):
            assert length > 1_000
            return
        assert history.size(after.history) < 150_000


def test_a_public_note_is_public() -> None:
    assert do(fresh(), 1, "note", public=True).entries()[-1].told.public
    assert not do(fresh(), 1, "note").entries()[-1].told.public


# --- decide --------------------------------------------------------------------------------------------------------------


def test_a_merged_report_points_at_the_one_that_leads() -> None:
    leader = msgspec.structs.replace(fresh(), tracking="JKT-0000-0000-0001")
    follower = fresh()
    led, merged = lead(leader, follower, 2), do(follower, 2, "merge", into=leader.tracking)
    assert (merged.status, merged.merged_into, led.leads) == ("merged", leader.tracking, (TRACKING,))
    assert lead(led, follower, 3).leads == (TRACKING,)
    with pytest.raises(Invalid):
        do(follower, 2, "merge", into=TRACKING)
    with pytest.raises(NotAllowedNow):
        lead(merged, follower, 3)


def test_a_complete_report_does_not_vanish_in_an_incomplete_one() -> None:
    """The leader has no clocks and would be abandoned: either it takes the follower's, or it is refused."""
    incomplete = msgspec.structs.replace(begin(IDENTITY, partly(0, "problem"), CITY), tracking="JKT-0000-0000-0001")
    try:
        led = lead(incomplete, fresh(), 2)
    except ReportError:
        return
    assert led.respond
    assert led.resolve


# --- correct and redact ----------------------------------------------------------------------------------------------------


def test_corrections() -> None:
    after = do(waiting(), 1, "correct", area=GAMBIR, address="Jalan Melati", landmark="pos polisi", private=True)
    assert (after.place.area, after.place.address, after.place.landmark) == (GAMBIR, "Jalan Melati", "pos polisi")
    assert (after.private, after.status) == (True, "waiting")
    assert not do(after, 2, "correct", private=False).private


@pytest.mark.parametrize(
    ("wish", "fields"),
    [
        ({"area": "31.71.01"}, {"area"}),  # a kecamatan
        ({"area": "99.99.99.9999"}, {"area"}),
        ({"category": "tidak-ada"}, {"category"}),
        ({"accused": "tidak-ada"}, {"accused"}),
        ({"lat": -6.1}, {"lat", "lng"}),
        ({"lat": 91.0, "lng": 106.0}, {"lat", "lng"}),
        ({"lat": -6.1, "lng": 200.0}, {"lat", "lng"}),
    ],
)
def test_corrections_that_cannot_be(wish: dict[str, Any], fields: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        do(waiting(), 1, "correct", **{"landmark": None, **wish})
    assert set(refused.value.details) == fields


def test_nothing_to_correct() -> None:
    with pytest.raises(Invalid):
        do(waiting(), 1, "correct", landmark=None)


def test_a_sensitive_category_makes_it_confidential_until_the_admin_says_otherwise() -> None:
    report = do(waiting(), 1, "correct", category="pungli")
    assert report.confidential
    opened = do(report, 2, "correct", confidential=False)
    assert not opened.confidential
    assert not do(opened, 3, "correct", category="pungli").confidential
    assert do(waiting(), 1, "dispatch", agency=None, category="pungli").confidential


def test_another_category_keeps_it_confidential() -> None:
    report = do(waiting(), 1, "correct", category="pungli")
    assert do(report, 2, "correct", category="jalan").confidential


def test_the_admin_may_call_a_report_complete() -> None:
    after = do(begin(IDENTITY, partly(0, "problem"), CITY), 3, "correct", complete=True)
    assert (after.status, after.missing, after.complete_at) == ("waiting", (), h(3))
    assert after.respond
    assert after.respond.by == h(9)


def test_redaction_takes_words_out_and_leaves_the_chain() -> None:
    report = do(do(fresh(), 1, "note", note="Pelapor bernama X"), 2, "accept", note="baik")
    seq = next(entry.seq for entry in report.entries() if entry.event == "noted")
    after = do(report, 3, "redact", problem="jalan rusak", entries=[seq])
    assert history.broken_at(after.entries()) is None
    assert after.problem == "jalan rusak"
    assert "bernama" not in msgspec.json.encode(after).decode()
    assert [entry.event for entry in after.entries()] == [*(e.event for e in report.entries()), "redacted"]
    assert [entry.hash for entry in after.entries()][:-1] == [entry.hash for entry in report.entries()]
    assert after.entries()[seq].told.note == "baik"


@pytest.mark.parametrize("entries", [[0], [-1], [99]])
def test_redaction_of_what_is_not_there(entries: list[int]) -> None:
    with pytest.raises(Invalid) as refused:
        do(fresh(), 1, "redact", entries=entries)
    assert set(refused.value.details) == {"entries"}


def test_redaction_of_nothing() -> None:
    with pytest.raises(Invalid):
        do(fresh(), 1, "redact", problem=None)


# --- the reporter's own steps --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "may"), [(0, True), (13.9, True), (14, True), (14 + 1 / 86400, False), (100, False)])
def test_reopening_within_14_days_after_it_was_done(days: float, may: bool) -> None:
    report = do(done(21), 21 + 24 * 5, "note")  # a remark in between does not count
    at = 21 + 24 * days
    if days < 5:
        report = done(21)
    if may:
        after = do(report, at, "reopen")
        assert (after.status, after.agency, after.held_since) == ("coordination", "bina-marga", h(at))
    else:
        with pytest.raises(NotAllowedNow):
            do(report, at, "reopen")


def test_reopened_twice_counts_from_the_last_time_it_was_done() -> None:
    again = do(do(do(done(21), 300, "reopen"), 310, "resolve"), 320, "validate")
    assert do(again, 320 + 24 * 14, "reopen").status == "coordination"


def test_everything_ended_holds_nothing_any_more() -> None:
    for action in ("reject", "merge", "withdraw"):
        report = do(do(do(fresh(), 1, "ask"), 2, "extend"), 3, action)
        assert (report.extension, report.pause, report.held_since) == (None, None, None)


def test_everybodys_usual_role_may() -> None:
    assert {BY.get(action, "admin") for action in WISH} <= {role.value for role in Role}
    assert told(0).filled


# --- who validates ----------------------------------------------------------------------------------------------------------

DINAS, SUDIN = "bina-marga", "sudin-bina-marga"


@pytest.mark.parametrize(
    ("agency", "unit", "doer", "validator", "may"),
    [
        (DINAS, "", DINAS, DINAS, False),
        (DINAS, SUDIN, SUDIN, SUDIN, False),
        (DINAS, SUDIN, SUDIN, DINAS, False),
        (DINAS, SUDIN, DINAS, SUDIN, False),
        (SUDIN, "", SUDIN, SUDIN, False),
        (SUDIN, "", DINAS, DINAS, False),  # the Dinas did itself what its Suku Dinas had
        (SUDIN, "", DINAS, SUDIN, False),
        (SUDIN, "", SUDIN, DINAS, True),
        (DINAS, "", DINAS, "inspektorat", True),
        (SUDIN, "", DINAS, "", True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("action", ["validate", "refuse"])
def test_whoever_did_the_work_does_not_judge_it(
    action: str, agency: str, unit: str, doer: str, validator: str, may: bool
) -> None:
    report = msgspec.structs.replace(accepted(), agency=agency, unit=unit)
    report = do(report, 20, "resolve", by=doer)
    if may:
        assert do(report, 21, action, by=validator).status != "awaiting_validation"
        return
    with pytest.raises(NotYours):
        do(report, 21, action, by=validator)


def test_the_last_who_said_it_was_done_counts() -> None:
    report = msgspec.structs.replace(accepted(), agency=SUDIN)
    report = do(do(report, 20, "resolve", by=DINAS), 21, "refuse")
    assert do(do(report, 22, "resolve", by=SUDIN), 23, "validate", by=DINAS).status == "done"
