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
        "merged_in", "message_added", "message_deleted", "message_edited", "noted", "rejected", "reopened", "split",
        "validated",        "withdrawn",
    }
)  # fmt: skip
# Non-public events that still put a question to the reporter.
_QUESTIONS = frozenset({"message_added", "message_edited", "completion_reminded"})
# What is said to whoever did it, and to nobody else who reported the same problem.
_THANKS = frozenset({"confirmed", "disputed", "answered"})
# The changes of a leading report that the reporters of the merged ones hear of. Not what only its own reporter was asked,
# told or thanked for.
_FOLLOWED = frozenset(
    {
        "abandoned", "accepted", "corrected", "dispatched", "disposition", "escalated", "extended", "follow_up_refused",
        "merged", "noted", "rejected", "reopened", "resolved", "returned", "validated",
    }
)  # fmt: skip


def topics(report: Report, entry: Entry) -> list[str]:
    """The topic destinations of an entry, `events` last: when that is done, all are."""
    told = entry.told
    agencies: list[str] = []
    if entry.event == "dispatched":
        agencies = [str(told.data["agency"])] if "agency" in told.data else []
    elif entry.event in ("reminded", "escalated", "proof_doubted"):
        agencies = [str(code) for code in told.data.get("to", ())]
    elif entry.event in _FOR_THE_AGENCY:
        holder = holder_at(report, entry.seq)
        agencies = [holder] if holder and not (told.role == Role.AGENCY and told.by == holder) else []
    return [*(f"agency:{code}" for code in agencies), EVENTS]


def tells_reporter(entry: Entry) -> bool:
    """Whether the reporter is written to: every public change, and every question; not what they did themselves but the
    acknowledgement, and not what another entry of the same change tells already."""
    told = entry.told
    if entry.body is None:
        return False
    if told.data.get("for"):  # somebody else's doing: of that only what it changed is news here
        return told.public and entry.event not in _THANKS
    if told.quiet:
        return False
    if entry.event in _QUESTIONS:
        return bool(told.data.get("missing")) or entry.event == "completion_reminded"
    return told.public


def told_followers(report: Report, entry: Entry) -> list[str]:
    """The merged reports whose reporters hear of an entry of the one that leads: of those merged before it, all, each public
    change; of a question none (see `asked_instead`)."""
    told = entry.told
    if entry.body is None or not told.public:
        return []
    doer = str(told.data.get("for", ""))
    if entry.event in _THANKS:
        return [doer] if doer in report.leads and not told.quiet else []
    by_a_reporter = told.role == Role.REPORTER  # who is told elsewhere: nobody but them
    if entry.event not in _FOLLOWED or (told.quiet and not by_a_reporter):
        return []
    later = joined_after(report, entry.seq)
    return [each for each in report.leads if each not in later and not (told.quiet and each == doer)]


def asked_instead(report: Report, entry: Entry) -> list[str]:
    """The merged reports whose reporters may be asked a question that the leading one's cannot be: the first that can
    answer is asked."""
    if entry.body is None or entry.event != "asked" or report.answerable:
        return []
    later = joined_after(report, entry.seq)
    return [each for each in report.leads if each not in later]


def joined_after(report: Report, seq: int) -> set[str]:
    """The merged reports that came after that entry: what was before is no news to them."""
    return {
        each
        for entry in report.entries()[seq:]
        if entry.event == "merged_in"
        for each in (str(entry.told.data.get("follower", "")), *entry.told.data.get("with", ()))
    }


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
