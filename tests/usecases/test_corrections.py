"""Decisions are kept: once each, with what was suggested then; none of what must stay where it is; never in the way."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.domain.lifecycle import Action, Role, Status
from chalicelib.domain.report import Deed, Report
from chalicelib.usecases.correct import Correct, correct
from chalicelib.usecases.corrections import Correction, exported, keep_corrections, note_correction
from chalicelib.usecases.dispatch import Dispatch, dispatch
from scripts.export_corrections import months
from tests.domain.builders import waiting

MONTH = "2026-11"


def deed(report: Report, action: Action, role: Role = Role.ADMIN) -> Deed:
    return Deed(action=action, role=role, by="biro-pemerintahan", action_id="x1", at=report.changed_at, seed="5e" * 16)


@pytest.fixture
def before(desk: Any) -> Report:
    return msgspec.structs.replace(waiting(), problem="got mampet, air meluap", category=None)


def kept(desk: Any) -> list[Correction]:
    return list(exported(desk.things, desk.finding, [MONTH]))


def test_a_dispatch_by_a_person_is_kept_once(desk: Any, before: Report) -> None:
    after = dispatch(before, deed(before, Action.DISPATCH), Dispatch(agency="bina-marga"), desk.city)
    assert desk.reports.add(after)
    for _ in range(2):
        assert note_correction(desk, before, after, after.entries()[-1])
    (decision,) = kept(desk)
    assert (decision.agency, decision.suggested) == ("bina-marga", "sumber-daya-air")
    assert decision.text == "got mampet, air meluap"
    assert 0 < decision.confidence < 1
    (item,) = desk.things.query(f"correction#{MONTH}", limit=5)
    assert item.expires_at is not None
    assert "mampet" not in item.body, "the words stay with the report"


def test_a_change_of_category_is_kept_and_other_changes_are_not(desk: Any, before: Report) -> None:
    after = correct(before, deed(before, Action.CORRECT), Correct(category="tutup-saluran"), desk.city)
    assert desk.reports.add(after)
    assert note_correction(desk, before, after, after.entries()[-1])
    assert [(each.agency, each.chosen_category) for each in kept(desk)] == [("sumber-daya-air", "tutup-saluran")]
    other = correct(before, deed(before, Action.CORRECT), Correct(landmark="dekat pasar"), desk.city)
    assert not note_correction(desk, before, other, other.entries()[-1])


def test_what_the_rules_did_and_what_is_hidden_is_not_kept(desk: Any, before: Report) -> None:
    by_rule = dispatch(before, deed(before, Action.DISPATCH, Role.SYSTEM), Dispatch(agency="bina-marga"), desk.city)
    assert not note_correction(desk, before, by_rule, by_rule.entries()[-1])
    for field in ("confidential", "private"):
        hidden = msgspec.structs.replace(before, **{field: True})
        after = dispatch(hidden, deed(hidden, Action.DISPATCH), Dispatch(agency="bina-marga"), desk.city)
        assert not note_correction(desk, hidden, after, after.entries()[-1])
    assert kept(desk) == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({}, "got mampet, air meluap"),
        ({"problem": "got mampet"}, "got mampet"),
        ({"problem": ""}, None),
        ({"private": True}, None),
        ({"confidential": True}, None),
        ({"status": Status.REJECTED}, None),
        ({"status": Status.WITHDRAWN}, None),
        ({"status": Status.DONE}, "got mampet, air meluap"),
    ],
)
def test_the_words_taken_out_are_those_the_report_has_by_then(
    desk: Any, before: Report, change: dict[str, Any], text: str | None
) -> None:
    after = dispatch(before, deed(before, Action.DISPATCH), Dispatch(agency="bina-marga"), desk.city)
    assert note_correction(desk, before, after, after.entries()[-1])
    assert kept(desk) == [], "of a report that is not there any more, or not yet"
    assert desk.reports.add(msgspec.structs.replace(after, **change))
    assert [each.text for each in kept(desk)] == ([text] if text else [])


def test_a_failure_is_no_hindrance(desk: Any, before: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    after = dispatch(before, deed(before, Action.DISPATCH), Dispatch(agency="bina-marga"), desk.city)

    def refuse(*_: Any, **__: Any) -> bool:
        raise OSError("no table")

    monkeypatch.setattr(desk.things, "put", refuse)
    keep_corrections(desk, {}, after, after.entries()[-1:])


def test_the_months_that_are_taken_out() -> None:
    from datetime import UTC, datetime

    assert months(datetime(2026, 2, 1, tzinfo=UTC), 3) == ["2025-11", "2025-12", "2026-01", "2026-02"]
