"""What is known of a report's sender from their other reports: how many, how they ended. Never who it is."""

from __future__ import annotations

import msgspec

from chalicelib.domain.lifecycle import OPEN, Status
from chalicelib.domain.report import Report
from chalicelib.usecases.desk import Desk

LAST = 50


class SenderRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The sender's other reports, among the last fifty (`more`: there are more). `open` and `before` are tracking numbers,
    newest first; `before` are those that came earlier."""

    verified: bool
    reports: int
    rejected: int
    done: int
    open: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    more: bool = False

    @property
    def first(self) -> bool:
        """Whether nothing came from this sender before."""
        return not self.before and not self.more


def sender_record(desk: Desk, report: Report) -> SenderRecord:
    """The record of whoever sent this report, without the report itself. One query."""
    found = desk.neighbours.of_sender(report.sender, limit=LAST)
    others = [row for row in found.rows if row.tracking != report.tracking]
    return SenderRecord(
        verified=report.verified,
        reports=len(others),
        rejected=sum(row.status == Status.REJECTED for row in others),
        done=sum(row.status == Status.DONE for row in others),
        open=tuple(row.tracking for row in others if row.status in OPEN),
        before=tuple(row.tracking for row in others if row.received_at < report.received_at),
        more=found.more,
    )
