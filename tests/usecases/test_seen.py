"""What a person decides on with an older state before them: refused when what matters has changed, with what and by whom."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain import changes
from chalicelib.domain.errors import Conflict, Invalid
from chalicelib.domain.lifecycle import Action, Role
from chalicelib.domain.report import record
from chalicelib.usecases.act import Actor, act
from chalicelib.usecases.flagging import flag
from chalicelib.usecases.submit import submit
from tests.domain.builders import SEED, deed, fresh, waiting
from tests.usecases.test_submit import COMPLETE

ADMIN = Actor(role=Role.ADMIN, subject="a")
AGENCY = Actor(role=Role.AGENCY, agency="bina-marga", subject="b")

MATTER = {
    "abandoned", "accepted", "answered", "asked", "completed", "confirmed", "corrected", "dispatched", "disposition",
    "disputed", "extended", "extension_refused", "extension_requested", "follow_up_refused", "merged", "merged_in",
    "redacted", "rejected", "reopened", "resolved", "resumed", "returned", "split", "validated", "withdrawn",
}  # fmt: skip
DO_NOT = {
    "noted", "flagged", "pictures_processed", "reminded", "escalated", "identity_viewed", "duplicate_differs", "silenced",
    "completion_reminded", "message_added", "message_edited", "message_deleted", "split_off", "received",
    "stepped_back", "rated", "notices_changed", "consent_withdrawn", "erased",
}  # fmt: skip


@pytest.mark.parametrize("event", sorted(MATTER | DO_NOT))
def test_which_events_matter(event: str) -> None:
    report = fresh()
    after = record(report, deed("note", "agency", 1), event)
    found = changes.since(after, report.seq)
    assert bool(found) == (event in MATTER)
    if found:
        (told,) = found
        assert told == {
            "seq": report.seq + 1,
            "at": "2026-11-21T02:00:00.000Z",
            "event": event,
            "by": "bina-marga",
            "role": "agency",
            "status": "coordination",
        }


def test_a_message_that_fills_something_matters() -> None:
    """Until an agency has the report: then it is a remark."""
    for report, matters in ((waiting(), ["message_added"]), (fresh(), [])):
        after = record(report, deed("note", "admin", 1), "message_added", data={"filled": ["place"]})
        assert [each["event"] for each in changes.since(after, report.seq)] == matters


def test_half_a_merge_that_is_taken_back_changes_nothing() -> None:
    report = fresh()
    after = record(report, deed("note", "admin", 1), "merged_in", data={"undone": "JKT-0000-0000-0001"})
    assert changes.since(after, report.seq) == []


def test_the_second_is_told_what_the_first_did_and_nothing_is_stored(desk: Any) -> None:
    report = submit(desk, COMPLETE, seed=SEED).report
    act(desk, report.tracking, Action.ACCEPT, AGENCY, b"{}", action_id="1", seed=SEED, seen=report.seq)
    wish = b'{"reason": "bukan kami"}'
    with pytest.raises(Conflict) as refused:
        act(desk, report.tracking, Action.RETURN, AGENCY, wish, action_id="2", seed=SEED, seen=report.seq)
    now = desk.reports.get(report.tracking)
    assert now.entries()[-1].event == "accepted"
    details = refused.value.details
    assert (details["status"], details["seq"]) == ("in_progress", now.seq)
    (told,) = details["changed"]  # type: ignore[misc]
    assert (told["event"], told["by"], told["role"]) == ("accepted", "bina-marga", "agency")
    act(desk, report.tracking, Action.RETURN, AGENCY, wish, action_id="2", seed=SEED, seen=now.seq)


def test_a_repetition_of_one_s_own_is_no_conflict(desk: Any) -> None:
    report = submit(desk, COMPLETE, seed=SEED).report
    for _ in range(2):
        after = act(desk, report.tracking, Action.ACCEPT, AGENCY, b"{}", action_id="1", seed=SEED, seen=report.seq)
    assert after.seq == report.seq + 1


def test_what_does_not_matter_does_not_stand_in_the_way(desk: Any) -> None:
    report = submit(desk, COMPLETE, seed=SEED).report
    flag(desk, report.tracking, "same-text", action_id="f", seed=SEED)
    act(desk, report.tracking, Action.NOTE, ADMIN, b'{"note": "x"}', action_id="n", seed=SEED)
    act(desk, report.tracking, Action.ACCEPT, AGENCY, b"{}", action_id="1", seed=SEED, seen=report.seq)


def test_a_note_is_taken_whatever_has_happened(desk: Any) -> None:
    report = submit(desk, COMPLETE, seed=SEED).report
    act(desk, report.tracking, Action.ACCEPT, AGENCY, b"{}", action_id="1", seed=SEED)
    act(desk, report.tracking, Action.NOTE, AGENCY, b'{"note": "x"}', action_id="n", seed=SEED, seen=report.seq)


def test_a_merge_looks_too(desk: Any) -> None:
    import msgspec

    one = submit(desk, COMPLETE, seed=SEED).report
    two = submit(desk, msgspec.structs.replace(COMPLETE, id="msg-2"), seed=SEED).report
    act(desk, two.tracking, Action.ACCEPT, AGENCY, b"{}", action_id="1", seed=SEED)
    wish = b'{"into": "%s"}' % one.tracking.encode()
    with pytest.raises(Conflict):
        act(desk, two.tracking, Action.MERGE, ADMIN, wish, action_id="m", seed=SEED, seen=two.seq)
    assert desk.reports.get(one.tracking).leads == ()


@pytest.mark.parametrize("seen", [-1, 99])
def test_a_state_that_never_was(desk: Any, seen: int) -> None:
    report = submit(desk, COMPLETE, seed=SEED).report
    with pytest.raises(Invalid):
        act(desk, report.tracking, Action.ACCEPT, AGENCY, b"{}", action_id="1", seed=SEED, seen=seen)


def test_whoever_loses_the_race_itself_is_told_as_much(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    report = submit(desk, COMPLETE, seed=SEED).report
    get, quick = desk.reports.get, []

    def slow(tracking: str, **more: Any) -> Any:
        found = get(tracking, **more)
        if not quick:
            quick.append(True)
            act(desk, tracking, Action.ACCEPT, AGENCY, b"{}", action_id="1", seed=SEED)
        return found

    monkeypatch.setattr(desk.reports, "get", slow)
    with pytest.raises(Conflict) as refused:
        act(desk, report.tracking, Action.ASK, ADMIN, b'{"question": "di mana?"}', action_id="2", seed=SEED)
    assert [each["event"] for each in refused.value.details["changed"]] == ["accepted"]  # type: ignore[attr-defined]
