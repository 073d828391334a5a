"""Whom a history entry is announced to: one table. Destinations are `events` (everything, for the system's own
consumers), `agency:<code>` (also the oversight offices) and `reporter`.
"""

from __future__ import annotations

from chalicelib.city.model import City, Rung
from chalicelib.domain.history import Entry
from chalicelib.domain.lifecycle import Role
from chalicelib.domain.offices import accuses
from chalicelib.domain.report import Report

EVENTS = "events"
REPORTER = "reporter"

# Events that the offices holding the report (the agency, and the office below it that was given it) hear of, unless they
# caused them themselves.
_FOR_THE_AGENCY = frozenset(
    {
        "answered", "confirmed", "corrected", "disputed", "extended", "extension_refused", "follow_up_refused", "merged",
        "merged_in", "message_added", "message_deleted", "message_edited", "noted", "rejected", "reopened", "split",
        "validated", "withdrawn",
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
    elif entry.event == "disposition":
        agencies = [str(told.data["office"])] if told.data.get("office", told.by) != told.by else []
    elif entry.event in ("reminded", "escalated", "proof_doubted"):
        agencies = [str(code) for code in told.data.get("to", ())]
    elif entry.event in _FOR_THE_AGENCY:
        doer = told.by if told.role == Role.AGENCY else ""
        agencies = [code for code in holders_at(report, entry.seq) if code != doer]
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
    if entry.event == "notices_changed":  # a stranger may have been named: they are told why, and how to stop it
        return bool(told.data.get("new"))
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


def tells_joiners(entry: Entry) -> bool:
    """Whether those who joined a public report hear of an entry: what the reporters of merged ones hear of, and that it was
    taken back."""
    told = entry.told
    if entry.body is None or not told.public or (told.quiet and told.role != Role.REPORTER):
        return False
    return entry.event in _FOLLOWED or entry.event == "withdrawn"


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
    agency, nor one above or below it."""
    codes = rung.to_unassigned
    if report.agency is not None and report.agency in city.agencies:
        codes = tuple(report.agency if code == "agency" else code for code in rung.to)
    told = [code for code in codes if not accuses(report, code, city)]
    return told or [code for code in rung.to_unassigned if not accuses(report, code, city)]


def holders_at(report: Report, seq: int) -> list[str]:
    """Which offices had the report after that entry, each once: the agency, then the office below it that had it in hand.
    An old entry is no news for whoever has it now."""
    holders: list[str] = []
    for entry in report.entries()[:seq]:
        told = entry.told
        if entry.event == "dispatched" and "agency" in told.data:
            holders = [str(told.data["agency"])]
        elif entry.event == "disposition" and holders:
            holders = list(dict.fromkeys([holders[0], str(told.data.get("office", holders[0]))]))
        elif entry.event == "returned" or "taken_from" in told.data:
            holders = []
    return holders
