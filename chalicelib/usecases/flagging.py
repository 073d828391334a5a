"""Flags: what the admin should see about a report ("link", "flood", "same-text"). They change nothing, and hide nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.lifecycle import Action, Role, lead_to
from chalicelib.domain.report import Deed, Report, record
from chalicelib.usecases.act import changed
from chalicelib.usecases.desk import Desk


def flag(
    desk: Desk, tracking: str, flag: str, *, action_id: str, seed: str, data: Mapping[str, Any] | None = None
) -> Report:
    """Puts a flag on a report, once; recorded in its history with `data`."""
    deed = Deed(action=Action.FLAG, role=Role.SYSTEM, action_id=action_id, at=desk.now(), seed=seed)

    def flagged(report: Report) -> Report:
        lead_to(deed.action, report.status, deed.role)
        return record(
            report,
            deed,
            "flagged",
            data={"flag": flag, **(data or {})},
            flags=tuple(dict.fromkeys((*report.flags, flag))),
        )

    return changed(desk, tracking, Action.FLAG, action_id, flagged)
