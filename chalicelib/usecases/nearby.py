"""Before a report is sent: open public reports that may tell the same problem. Shows, and tells by its answers, nothing but
what everybody may know already."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.channels.message import Message
from chalicelib.domain.lifecycle import TERMINAL
from chalicelib.domain.listing import Listed, listed
from chalicelib.domain.openness import open_point, opened
from chalicelib.domain.report import Report
from chalicelib.store.neighbours import Row
from chalicelib.triage.duplicates import WITHIN, Case, ordered
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.duplicates import around, case_of_row
from chalicelib.usecases.understand import structured

SHOWN = 3
_READ = 9
_WORDS = 220


class Similar(msgspec.Struct, frozen=True, kw_only=True):
    """A public report near by. `words` are masked and cut; `metres` (to the next ten) is None without two points; `photo` is
    the id of one that may be shown, or ""."""

    tracking: str
    words: str
    status: str
    received_at: datetime
    metres: int | None = None
    photo: str = ""


def similar_to(desk: Desk, message: Message, *, seed: str) -> tuple[Similar, ...]:
    """At most three, the likeliest first, of the last 14 days within 150 m (or, without a point, of the same kelurahan). None
    for a confidential message. At most seven queries of 50 rows and one read of nine reports."""
    if message.confidential:
        return ()
    now, key = desk.now(), desk.secrets.key("recognition", desk.ticks())
    said = structured(message, desk.city, now=now, seed=seed, key=key).said
    if said.place is None:
        return ()
    here = Case(
        tracking="",
        text=said.problem,
        category=said.category or said.suggested,
        lat=said.place.lat,
        lng=said.place.lng,
        area=said.place.area,
        received_at=now,
    )
    rows = {row.tracking: row for found in around(desk, said.place, now - WITHIN, now) for row in found.rows}
    open_rows = (_open_case(desk, row) for row in rows.values() if row.status not in TERMINAL)
    wanted = [case.tracking for case, _ in ordered(here, open_rows, desk.city)[:_READ]]
    public = {
        report.tracking: row
        for report in desk.listings.reports(wanted)
        if report.status not in TERMINAL and (row := _public(desk, report)) is not None
    }
    cases = (_case(tracking, row) for tracking, row in public.items())
    return tuple(
        _similar(case.tracking, public[case.tracking], why.metres)
        for case, why in ordered(here, cases, desk.city)[:SHOWN]
    )


def _open_case(desk: Desk, row: Row) -> Case:
    # From the first comparison on only what is open of it: else one could find out where a sensitive report is, by asking
    # around it.
    case = case_of_row(row)
    point = open_point(case.lat, case.lng, case.category or "", desk.city)
    return msgspec.structs.replace(case, lat=point.lat if point else None, lng=point.lng if point else None)


def _public(desk: Desk, report: Report) -> Listed | None:
    # Compared again: an index lags behind.
    row = listed(report)
    return opened(row, desk.city) if row is not None else None


def _case(tracking: str, row: Listed) -> Case:
    return Case(
        tracking=tracking,
        text=row.problem,
        category=row.category or None,
        lat=row.lat,
        lng=row.lng,
        area=row.area or None,
        received_at=row.received_at,
    )


def _similar(tracking: str, row: Listed, metres: float | None) -> Similar:
    return Similar(
        tracking=tracking,
        words=row.problem if len(row.problem) <= _WORDS else f"{row.problem[:_WORDS].rsplit(' ', 1)[0]}…",
        status=row.status,
        received_at=row.received_at,
        metres=None if metres is None else max(10, round(metres / 10) * 10),
        photo=row.photo,
    )
