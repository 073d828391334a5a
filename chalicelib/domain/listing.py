"""What anyone may list of a report: a public one that somebody of the staff has had in hand. Stored beside the report,
so that a list reads an index and nothing else; free of language, because each reader has their own.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.domain.history import Entry, decode
from chalicelib.domain.lifecycle import Role, Status
from chalicelib.domain.open_photos import STAFF, open_photos
from chalicelib.domain.report import Report

MOST_CHARACTERS = 4_000
_MOST_NOTE = 1_000
_NOBODY_YET = frozenset({Status.INCOMPLETE, Status.WAITING})
# Statuses that a report reaches without anybody of the staff.
_BY_ITSELF = frozenset({Status.WITHDRAWN, Status.ABANDONED})


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a public history entry says: the event, and what its wording needs. `agency` and `reason` are codes."""

    event: str
    at: datetime
    status: str = ""
    note: str = ""
    agency: str = ""
    until: str = ""
    level: int = 0
    reason: str = ""


class Listed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One report in a list. `changed_at` is the last change that everybody sees, `expected` the resolve clock's end.
    `disputed`: a reporter says that it is not done, so that no list calls it done."""

    status: str
    received_at: datetime
    changed_at: datetime
    expected: datetime | None = None
    category: str = ""
    agency: str = ""
    area: str = ""
    lat: float | None = None
    lng: float | None = None
    address: str = ""
    landmark: str = ""
    problem: str = ""
    photo: str = ""
    into: str = ""
    told: Told | None = None
    disputed: bool = False


def accepted(report: Report) -> bool:
    """Whether somebody of the staff has had it in hand: dispatched by a person, or taken up by the agency. Being sent on by
    a standing rule is not enough, nor is what its own reporter or the clock does to it."""
    if report.status in _NOBODY_YET or (report.status is Status.COORDINATION and report.automatic):
        return bool(report.held) and _touched(report)
    return report.status not in _BY_ITSELF or _touched(report)


def _touched(report: Report) -> bool:
    return any(entry.told.role in STAFF for entry in report.entries())


def listed(report: Report) -> Listed | None:
    """What a list says of it; None while it is in none."""
    if report.hidden or not accepted(report):
        return None
    return seen(report)


def seen(report: Report) -> Listed:
    """The report as it would be listed, its words as they are."""
    from chalicelib.domain.facts import disputed  # which asks this module what is listed

    place, last = report.place, last_public(report)
    pictures = open_photos(report)
    return Listed(
        status=report.status,
        received_at=report.received_at,
        changed_at=last.at if last else report.received_at,
        expected=report.resolve.by if report.resolve else None,
        category=report.category or report.suggested or "",
        agency=report.agency or "",
        area=place.area or "",
        lat=place.lat,
        lng=place.lng,
        address=place.address,
        landmark=place.landmark,
        problem=report.problem[:MOST_CHARACTERS],
        photo=pictures[0] if pictures else "",
        into=report.merged_into or "",
        told=_with_words(report, last),
        disputed=disputed(report),
    )


def _with_words(report: Report, last: Told | None) -> Told | None:
    """What a list says of the last change: of a report that is done, what its agency wrote, where the step that closed it
    has no words of its own."""
    if last is None or last.note or report.status is not Status.DONE:
        return last
    for text in reversed(report.history):
        entry = decode(text)
        if entry.event == "resolved":
            told = told_of(entry, most=_MOST_NOTE) if entry.body is not None and entry.told.public else last
            return told if told.note else last
    return last


def withheld(row: Listed) -> Listed:
    """Without what nobody has read yet: the words and the picture."""
    told = msgspec.structs.replace(row.told, note="") if row.told else None
    return msgspec.structs.replace(row, problem="", photo="", address="", landmark="", told=told)


def last_public(report: Report) -> Told | None:
    """The last history entry that everybody sees."""
    for text in reversed(report.history):
        entry = decode(text)
        if entry.body is not None and entry.told.public:
            return told_of(entry, most=_MOST_NOTE)
    return None


def told_of(entry: Entry, *, most: int = MOST_CHARACTERS) -> Told:
    """What an entry says to everybody."""
    told = entry.told
    level = told.data.get("level")
    return Told(
        event=entry.event,
        at=entry.moment,
        status=told.status,
        note="" if told.role == Role.REPORTER else told.note[:most],  # nobody of the staff has read that
        agency=str(told.data.get("agency") or told.data.get("from") or told.by),
        until=str(told.data.get("until") or ""),
        level=level if isinstance(level, int) else 0,
        reason=str(told.data.get("reason_code") or ""),
    )
