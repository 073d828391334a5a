"""What the figures know of one report: a pure function of the report and the city, the same whenever it is asked and in
whichever language. Nothing of who reported, and no words, is in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from chalicelib.city.cells import parent
from chalicelib.city.model import City
from chalicelib.domain.history import Entry
from chalicelib.domain.lifecycle import OPEN, Status
from chalicelib.domain.listing import accepted
from chalicelib.domain.report import Report

CELL_RESOLUTION = 8
"""Of H3: cells of about 0.7 km², the finest that the map's hexagons have."""
STATES = ("open", "done", "disputed", "other")
# What ends a pause that a question began (a correction only where it takes the report from its agency).
_RESUMING = frozenset(
    {
        "answered", "message_added", "message_edited", "message_deleted", "completed", "resumed", "dispatched", "extended",
        "returned", "resolved", "rejected", "merged", "withdrawn", "stepped_back", "abandoned", "consent_withdrawn", "erased",
    }
)  # fmt: skip
# Whoever does one of these has the report in hand: then the city has responded.
_RESPONDED = frozenset({"accepted", "resolved"})


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One report in figures. `day` is the city's date of `received_at`, on which it counts for ever. `category`, `agency` and
    `area` (a kelurahan's code) are "" while unknown; `cell` is the H3 cell (resolution 8, hex) of a report that everybody
    may list, else "". `on_time` and `late`: see `facts_of`. `rerouted` and `reopened` are how often. `reason` is the code of
    a rejection ("" where it has words alone). Hours have the pauses taken out. A merged report has no more than its status
    to say: it goes on in the one that leads; a hidden one tells neither reason nor stars."""

    tracking: str
    version: int
    day: str
    received_at: datetime
    channel: str
    category: str = ""
    agency: str = ""
    area: str = ""
    status: Status
    hidden: bool = False
    listed: bool = False
    cell: str = ""
    complete_at: datetime | None = None
    done_at: datetime | None = None
    on_time: bool = False
    late: bool = False
    extended: bool = False
    rerouted: int = 0
    reopened: int = 0
    disputed: bool = False
    reason: str = ""
    respond_hours: float | None = None
    resolve_hours: float | None = None
    stars: int | None = None

    @property
    def done(self) -> bool:
        """Done, and nobody disputes it: what every figure calls done."""
        return self.status is Status.DONE and not self.disputed

    @property
    def state(self) -> str:
        """One of STATES: how the map shows it."""
        if self.disputed:
            return "disputed"
        return "done" if self.done else "open" if self.status in OPEN else "other"


def facts_of(report: Report, city: City) -> Facts:
    """The facts. Done is on time when the resolve clock stopped by its end and that end was never missed before (the
    ladder's step at the breach is in the history); else it is late. So is an open report whose end was missed. A report
    that was reopened is measured from when it was first complete; its new clock says whether it is on time."""
    entries = report.entries()
    merged = report.status is Status.MERGED
    listed = not report.hidden and accepted(report)
    about = Facts(
        tracking=report.tracking,
        version=report.version,
        day=city.local_day(report.received_at).isoformat(),
        received_at=report.received_at,
        channel=report.channel,
        category=report.category or report.suggested or "",
        agency=report.agency or "",
        area=report.place.area or "",
        status=report.status,
        hidden=report.hidden,
        listed=listed,
        cell=_cell(report.cell) if listed else "",
        reason=_reason(entries) if report.status is Status.REJECTED and not report.hidden else "",
    )
    if merged:
        return about
    done = report.status is Status.DONE
    late = _missed(report, entries)
    against = disputed(report, entries)
    return msgspec.structs.replace(
        about,
        complete_at=report.complete_at,
        done_at=_last(entries, "validated") or report.changed_at if done else None,
        on_time=done and not late and not against,
        late=late and (done or report.status in OPEN),
        extended=report.extended,
        rerouted=_rerouted(entries),
        reopened=sum(entry.event == "reopened" for entry in entries),
        disputed=against,
        respond_hours=_responded(report, entries),
        resolve_hours=_resolved(report, entries) if done and not against else None,
        stars=None if report.hidden else report.stars,
    )


def disputed(report: Report, entries: Sequence[Entry] | None = None) -> bool:
    """Whether a reporter says that it is not done, and that is not settled: by the same reporter's `confirmed`, by new work
    (a later `resolved`, then `validated` with no dispute in between), or by its end otherwise. A validator's word without new
    work settles nothing. `entries` is the report's history, where it is decoded already."""
    if report.status in (Status.REJECTED, Status.WITHDRAWN, Status.MERGED, Status.ABANDONED):
        return False
    against: set[str] = set()
    worked = False
    for entry in entries if entries is not None else report.entries():
        # The reporter of a report that was merged into this one, or its own: known also when the words are erased.
        who = str(entry.told.data.get("for") or report.said_for.get(str(entry.seq), ""))
        match entry.event:
            case "disputed" | "reopened":
                against.add(who)
                worked = False
            case "confirmed" | "stepped_back":
                against.discard(who)
            case "resolved":
                worked = True
            case "validated" if worked:
                against.clear()
    return bool(against)


def _cell(cell: str | None) -> str:
    return f"{parent(int(cell, 16), CELL_RESOLUTION):x}" if cell else ""


def _last(entries: Sequence[Entry], event: str) -> datetime | None:
    return next((entry.moment for entry in reversed(entries) if entry.event == event), None)


def _missed(report: Report, entries: Sequence[Entry]) -> bool:
    """Whether the end of a resolve clock has been missed, now or before: the last one by where it stopped, earlier ones by
    what the ladder said then."""
    if report.resolve is not None and report.resolve.was_missed:
        return True
    return any(entry.event == "escalated" and entry.told.data.get("clock") == "resolve" for entry in entries)


def _rerouted(entries: Sequence[Entry]) -> int:
    """How often it was given to another agency than the one before. One whose entry is erased is not counted."""
    times, before = 0, ""
    for entry in entries:
        agency = str(entry.told.data.get("agency") or "") if entry.event == "dispatched" else ""
        if agency:
            times += bool(before) and agency != before
            before = agency
    return times


def _reason(entries: Sequence[Entry]) -> str:
    last = next((entry for entry in reversed(entries) if entry.event == "rejected"), None)
    code = last.told.data.get("reason_code") if last else ""
    return code if isinstance(code, str) else ""


def _responded(report: Report, entries: Sequence[Entry]) -> float | None:
    """Hours from when it was complete until an agency took it up for the first time."""
    since = report.complete_at
    at = next((entry.moment for entry in entries if entry.event in _RESPONDED), None)
    if since is None or at is None:
        return None
    return _hours(at - since - _paused(entries, at))


def _resolved(report: Report, entries: Sequence[Entry]) -> float | None:
    """Hours from when it was complete until the agency said last that it was done, which was then accepted. All pauses lie in
    between: a question stops no clock of work that is said to be done."""
    since, at = report.complete_at, _last(entries, "resolved")
    if since is None or at is None:
        return None
    return _hours(at - since - timedelta(seconds=report.paused_seconds))


def _paused(entries: Sequence[Entry], until: datetime) -> timedelta:
    """How long the clocks stood still before that instant, as the history tells it."""
    stood, since, ends = timedelta(), None, until
    for entry in entries:
        if entry.moment >= until:
            break
        if since is not None and _resumes(entry):
            stood += max(min(entry.moment, ends) - since, timedelta())
            since = None
        limit = entry.told.data.get("until") if entry.event == "asked" else None
        if since is None and isinstance(limit, str):
            since, ends = entry.moment, datetime.fromisoformat(limit)
    return stood + max(min(until, ends) - since, timedelta()) if since is not None else stood


def _resumes(entry: Entry) -> bool:
    return entry.event in _RESUMING or (entry.event == "corrected" and bool(entry.told.data.get("taken_from")))


def _hours(span: timedelta) -> float:
    return round(max(span.total_seconds(), 0.0) / 3600, 3)
