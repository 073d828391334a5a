"""What the admin decides on: lines of the queues from an index alone, and one report with all that speaks for a decision."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from chalicelib.city.model import AREA_KINDS, City
from chalicelib.domain.lifecycle import OPEN, Action, Status, allowed
from chalicelib.domain.offices import accuses
from chalicelib.domain.place import Place
from chalicelib.domain.report import ExtensionRequest, Report
from chalicelib.store.items import queue_of
from chalicelib.store.reports import QueueRow
from chalicelib.triage.areas import area_suggestion
from chalicelib.triage.screening import screen
from chalicelib.triage.suggestion import Choice, Suggestion, suggest_agency
from chalicelib.usecases.act import Actor
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.duplicates import Duplicates, near_duplicates
from chalicelib.usecases.sender_record import SenderRecord, sender_record

QUEUES = ("waiting", "incomplete", "extensions", "doubted")
PAGE = 50
SHOWN_CHOICES = 2
_OWN_QUEUES = ("waiting", "incomplete")
_LIKELY = 0.5
_DOUBTS = frozenset({"abuse", "not_public", "outside", "several", "same-text", "flood"})
# Statuses in which nobody has taken the report up, so that its first clock still runs.
_UNANSWERED = frozenset({Status.INCOMPLETE, Status.WAITING, Status.COORDINATION})


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One report in a queue. `due` is the deadline it is ordered by, `own` the citizen's category; `accept` is the choice
    that may be taken without opening it, `doubtful` says that it had better not; `seq` None where the index does not tell it yet."""

    tracking: str
    status: str
    received_at: datetime
    due: datetime | None
    text: str
    channel: str
    area: str | None
    own: str | None
    agency: str | None
    flags: tuple[str, ...]
    photos: int
    choices: tuple[Choice, ...]
    accept: Choice | None
    doubtful: bool
    seq: int | None
    asked: ExtensionRequest | None


class Beside(NamedTuple):
    """The reports before and after one in its queue."""

    before: str | None
    after: str | None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What speaks for a decision on one report. `choices` are those that it can be given to while it `waits`; `found` is the place that its
    text tells where none is known; `area_from` says where its area is from: "point", "photo", "text", "given", "ask"."""

    suggestion: Suggestion
    waits: bool
    choices: tuple[Choice, ...]
    duplicates: Duplicates
    record: SenderRecord
    flags: tuple[str, ...]
    area_from: str
    found: Place | None
    beside: Beside
    actions: frozenset[str]


def lines(desk: Desk, queue: str, *, cursor: str | None = None) -> tuple[list[Line], str | None]:
    """Fifty lines of a queue in deadline order, and the cursor of the next: one query that reads fifty items. Raises Invalid on a
    wrong cursor."""
    rows, following = desk.reports.queue(queue, limit=PAGE, cursor=cursor)
    return [_line(row, queue, desk.city) for row in rows], following


def facts_of(desk: Desk, report: Report, actor: Actor) -> Facts:
    """All that is shown beside a report. Bounded: seven queries around it, one of its sender, two of its queue, and the
    reports and photos they lead to."""
    city = desk.city
    suggestion = suggest_agency(report.problem, city, category=report.category, area=report.place.area)
    # What an agency has already goes elsewhere by a form that says so, not by one letter.
    waits = report.status in (Status.WAITING, Status.INCOMPLETE)
    choices = tuple(
        each
        for each in suggestion.choices
        if waits and takes(city, each.agency) and not accuses(report, each.agency, city)
    )
    area_from, found = area_suggestion(report.place, report.problem, city)
    return Facts(
        suggestion=suggestion,
        waits=waits,
        choices=choices[:SHOWN_CHOICES],
        duplicates=near_duplicates(desk, report, actor) if report.status in OPEN else Duplicates(),
        record=sender_record(desk, report),
        flags=flags_of(report, city),
        area_from=area_from,
        found=found,
        beside=_beside(desk, report),
        actions=frozenset(map(str, allowed(report.status, actor.role))) - _undecided(report),
    )


def takes(city: City, code: str) -> bool:
    """Whether a report can be given to that office."""
    known = city.agencies.get(code)
    return known is not None and known.kind != "oversight" and not (known.kind in AREA_KINDS and known.area is None)


def flags_of(report: Report, city: City) -> tuple[str, ...]:
    """What stands out about a report: its flags, what its other fields say, and what its words do; each once, what is urgent
    first."""
    told = {
        "emergency": report.emergency,
        "confidential": report.confidential,
        "outside": report.place.in_city is False,
        "unverified": not report.verified,
        "private": report.private,
        "anonymous": report.anonymous,
        "photo-place": report.place.from_photo,
        "unanswerable": not report.answerable,
        "returned": report.status is Status.WAITING and bool(report.held),
    }
    screened = (flag.name for flag in screen(report.problem, city, place=report.place))
    return tuple(dict.fromkeys((*(name for name, is_so in told.items() if is_so), *report.flags, *screened)))


def _line(row: QueueRow, queue: str, city: City) -> Line:
    told = row.summary
    own = told.get("category") if told.get("given") else None
    text, area = str(told.get("problem") or ""), told.get("area")
    # Only a report that waits is given to somebody; what an agency has already needs no suggestion.
    waits = queue in _OWN_QUEUES
    choices = suggest_agency(text, city, category=own, area=area).choices[:SHOWN_CHOICES] if waits else ()
    best, flags = next(iter(choices), None), _short_flags(told)
    quick = queue == "waiting" and best is not None and takes(city, best.agency) and not told.get("confidential")
    return Line(
        tracking=row.tracking,
        status=row.status,
        received_at=datetime.fromisoformat(told["received_at"]),
        due=_due(row.status, told),
        text=text,
        channel=str(told.get("channel") or ""),
        area=area,
        own=own,
        agency=row.agency,
        flags=flags,
        photos=int(told.get("photos") or 0),
        choices=choices,
        accept=best if quick else None,
        doubtful=best is None or best.confidence < _LIKELY or not _DOUBTS.isdisjoint(flags),
        seq=told.get("seq"),
        asked=msgspec.convert(told["asked"], ExtensionRequest) if told.get("asked") else None,
    )


def _due(status: str, told: dict[str, Any]) -> datetime | None:
    clocks = ("respond_by", "resolve_by") if status in _UNANSWERED else ("resolve_by",)
    ends = [datetime.fromisoformat(told[name]) for name in clocks if told.get(name)]
    return min(ends, default=None)


def _short_flags(told: dict[str, Any]) -> tuple[str, ...]:
    own = {
        "emergency": bool(told.get("emergency")),
        "confidential": bool(told.get("confidential")),
        "outside": told.get("lat") is not None and told.get("area") is None,
        "unverified": told.get("verified") is False,
    }
    return tuple(dict.fromkeys((*(name for name, is_so in own.items() if is_so), *told.get("flags", ()))))


def _beside(desk: Desk, report: Report) -> Beside:
    """Its neighbours in the queue that it is in, or was in: an admin goes on from there."""
    queue = queue_of(report)
    queue = queue if queue in _OWN_QUEUES else "waiting"
    before = desk.neighbours.beside(queue, report, forward=False)
    after = desk.neighbours.beside(queue, report, forward=True)
    if after is None:
        first = desk.neighbours.first(queue)
        after = first if first != report.tracking else None
    return Beside(before, after)


def _undecided(report: Report) -> set[str]:
    """Decisions on an extension that nobody asked for."""
    return set() if report.extension else {Action.APPROVE_EXTENSION.value, Action.REFUSE_EXTENSION.value}
