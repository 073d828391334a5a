"""Silence: whoever sends BERHENTI is told nothing more about the reports they have made, and cannot be asked."""

from __future__ import annotations

from chalicelib.domain.lifecycle import Action, Role, lead_to
from chalicelib.domain.report import Deed, Report, record
from chalicelib.usecases.act import changed
from chalicelib.usecases.desk import Desk


def silence(desk: Desk, report: Report, *, action_id: str, seed: str, again: bool = False) -> Report:
    """The report of somebody who wants no more messages: they cannot be asked, and no clock waits for them. `again`: they
    want them after all."""
    deed = Deed(action=Action.EDIT, role=Role.REPORTER, action_id=action_id, at=desk.now(), seed=seed)

    def silenced(report: Report) -> Report:
        lead_to(deed.action, report.status, deed.role)
        return record(report, deed, "silenced", data={"again": again}, answerable=again)

    return changed(desk, report.tracking, Action.EDIT, action_id, silenced)


def is_silenced(report: Report) -> bool:
    """Whether its sender has asked for silence, and not taken that back."""
    told = [entry.told.data for entry in report.entries() if entry.event == "silenced"]
    return bool(told) and not told[-1].get("again")
