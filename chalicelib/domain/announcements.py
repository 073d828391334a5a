"""Whom a history entry is announced to: one table. Destinations are `events` (everything, for the system's own
consumers), `agency:<code>` (also the oversight offices) and `reporter`.
"""

from __future__ import annotations

from chalicelib.city.model import City, Rung
from chalicelib.domain.history import Entry
from chalicelib.domain.lifecycle import Role
from chalicelib.domain.report import Report

EVENTS = "events"
REPORTER = "reporter"

# Events that the agency holding the report hears of, unless it caused them itself.
_FOR_THE_AGENCY = frozenset(
    {
        "answered", "confirmed", "corrected", "disputed", "extended", "extension_refused", "follow_up_refused", "merged",
        "merged_in", "message_added", "message_deleted", "message_edited", "noted", "rejected", "reopened", "validated",
        "withdrawn",
    }
)  # fmt: skip
# Non-public events that still put a question to the reporter.
_QUESTIONS = frozenset({"message_added", "message_edited", "completion_reminded"})


def topics(report: Report, entry: Entry) -> list[str]:
    """The topic destinations of an entry, `events` last: when that is done, all are."""
    told = entry.told
    agencies: list[str] = []
    if entry.event == "dispatched":
        agencies = [str(told.data["agency"])] if "agency" in told.data else []
    elif entry.event in ("reminded", "escalated"):
        agencies = [str(code) for code in told.data.get("to", ())]
    elif entry.event in _FOR_THE_AGENCY:
        holder = holder_at(report, entry.seq)
        agencies = [holder] if holder and not (told.role == Role.AGENCY and told.by == holder) else []
    return [*(f"agency:{code}" for code in agencies), EVENTS]


def tells_reporter(entry: Entry) -> bool:
    """Whether the reporter is written to: every public change, and every question; not what they did themselves but the
    acknowledgement, and not what another entry of the same change tells already."""
    told = entry.told
    if entry.body is None or told.quiet:
        return False
    if entry.event in _QUESTIONS:
        return bool(told.data.get("missing")) or entry.event == "completion_reminded"
    return told.public


def office_codes(rung: Rung, report: Report, city: City) -> list[str]:
    """Who a rung of the ladder tells, as agency codes: `agency` stands for whoever has the report. Never an accused
    agency or one above it."""
    codes = rung.to_unassigned
    if report.agency is not None and report.agency in city.agencies:
        codes = tuple(report.agency if code == "agency" else code for code in rung.to)
    accused = accused_chain(report, city)
    told = [code for code in codes if code not in accused]
    return told or [code for code in rung.to_unassigned if code not in accused]


def accused_chain(report: Report, city: City) -> list[str]:
    """The agency a report is about and every agency above it: none of them is ever told."""
    chain: list[str] = []
    code = report.accused
    while code is not None and code not in chain:
        chain.append(code)
        above = city.agencies.get(code)
        code = above.parent if above else None
    return chain


def holder_at(report: Report, seq: int) -> str | None:
    """Which agency had the report after that entry: an old entry is no news for whoever has it now."""
    holder: str | None = None
    for entry in report.entries()[:seq]:
        told = entry.told
        if entry.event == "dispatched" and "agency" in told.data:
            holder = str(told.data["agency"])
        elif entry.event == "returned" or "taken_from" in told.data:
            holder = None
    return holder
