"""Which of a report's changes matter to somebody who decides on it with an older state before them."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.history import Entry
from chalicelib.domain.lifecycle import Status
from chalicelib.domain.report import Report

# What moves the status, the agency, the category, the place or the clocks, and what was asked and answered. The rest
# (notes, pictures, flags, reminders, views of an identity, …) leaves a decision as right as it was.
MATTERS = frozenset(
    {
        "abandoned", "accepted", "answered", "asked", "completed", "confirmed", "corrected", "dispatched", "disposition",
        "disputed", "extended", "extension_refused", "extension_requested", "follow_up_refused", "merged", "merged_in",
        "proof_doubted", "redacted", "rejected", "reopened", "resolved", "resumed", "returned", "split", "validated",
        "withdrawn",
    }
)  # fmt: skip
# Events that only now and then change more than words: what a report was told before anybody had it.
_WITH_WORDS = frozenset({"message_added", "message_edited"})
_BEFORE_WORK = frozenset({Status.INCOMPLETE, Status.WAITING})


def since(report: Report, seq: int) -> list[dict[str, Any]]:
    """What has changed after the entry `seq`, oldest first: `{seq, at, event, by, role, status}`. An entry that was erased
    since says no more than that."""
    return [
        {
            "seq": entry.seq,
            "at": entry.at,
            "event": entry.event,
            "by": entry.told.by,
            "role": entry.told.role,
            "status": entry.told.status,
        }
        for entry in report.entries()[max(seq, 0) :]
        if _matters(entry)
    ]


def _matters(entry: Entry) -> bool:
    told = entry.told
    if entry.event in _WITH_WORDS:
        return bool(told.data.get("filled")) and told.status in _BEFORE_WORK
    # Half a merge that is taken back leaves everything as it was before.
    return entry.event in MATTERS and "undone" not in told.data
