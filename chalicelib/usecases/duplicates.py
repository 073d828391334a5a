"""Near-duplicates of a report: those of its place and time, likeliest first, with both texts and photos to hold side by side.

By point: its cell and the ring around it. Without one: its kelurahan, by words. Every question is bounded; `cut` says when
there was more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import h3
import msgspec

from chalicelib.city.model import City
from chalicelib.domain.lifecycle import TERMINAL, Role, Status
from chalicelib.domain.pictures import ready
from chalicelib.domain.place import CELL_RESOLUTION, Place
from chalicelib.domain.report import Report
from chalicelib.store.neighbours import Found, Row
from chalicelib.triage.duplicates import WITHIN, Case, Likeness, ordered
from chalicelib.usecases.act import Actor
from chalicelib.usecases.decide import unfit
from chalicelib.usecases.desk import Desk

A_QUESTION = 50
LOOKED_AT = 12
SHOWN = 5
_PHOTOS = 4  # of one report
# Of a problem that was merged, refused or taken back there is nothing to merge into.
_NOTHING_THERE = TERMINAL - {Status.DONE}


class Near(msgspec.Struct, frozen=True, kw_only=True):
    """A report that may tell the same problem. `leads`: this one could be merged into it now."""

    report: Report
    why: Likeness
    leads: bool


class Duplicates(msgspec.Struct, frozen=True, kw_only=True):
    """Those found, likeliest first; `cut`: there were more reports around it than are looked at."""

    near: tuple[Near, ...] = ()
    cut: bool = False


def near_duplicates(desk: Desk, report: Report, actor: Actor) -> Duplicates:
    """What may be the same problem as this report. At most seven queries of 50 rows, one read of twelve reports and one of
    their photos' hashes. What is confidential is there for admins only."""
    asked = around(desk, report.place, report.received_at - WITHIN, report.received_at + WITHIN)
    here = msgspec.structs.replace(case_of(report, {}), unseen=bool(ready(report.photos)))
    rows = {row.tracking: row for found in asked for row in found.rows if _may_be(row, actor)}
    first = ordered(here, (case_of_row(row) for row in rows.values()), desk.city)
    wanted = [case.tracking for case, _ in first[:LOOKED_AT]]
    reports = [each for each in desk.listings.reports(wanted) if _may_show(each, actor)]
    prints = desk.neighbours.prints([photo for each in (report, *reports) for photo in ready(each.photos)[:_PHOTOS]])
    by_number = {each.tracking: each for each in reports}
    whole = ordered(case_of(report, prints), (case_of(each, prints) for each in reports), desk.city)
    near = tuple(
        Near(report=by_number[case.tracking], why=why, leads=_may_lead(by_number[case.tracking], report, desk.city))
        for case, why in whole[:SHOWN]
    )
    return Duplicates(near=near, cut=any(found.more for found in asked) or len(first) > LOOKED_AT)


def case_of(report: Report, prints: Mapping[str, str]) -> Case:
    """What is compared of a report; `prints` are hashes by photo ids."""
    return Case(
        tracking=report.tracking,
        text=report.problem,
        category=report.category or report.suggested,
        lat=report.place.lat,
        lng=report.place.lng,
        area=report.place.area,
        received_at=report.received_at,
        photos=tuple(prints[photo] for photo in ready(report.photos)[:_PHOTOS] if photo in prints),
    )


def cells_around(lat: float, lng: float) -> list[str]:
    """The cell of a point and the ring around it: nothing within 150 m lies beyond."""
    return sorted(h3.grid_disk(h3.latlng_to_cell(lat, lng, CELL_RESOLUTION), 1))


def around(desk: Desk, place: Place, since: datetime, until: datetime) -> list[Found]:
    """Reports around a place received in between: of its point's cell and the ring around it (seven queries), else of its
    kelurahan (one); each of at most A_QUESTION rows."""
    if place.lat is not None and place.lng is not None:
        cells: Iterable[str] = cells_around(place.lat, place.lng)
        return [desk.neighbours.in_cell(cell, since, until, limit=A_QUESTION) for cell in cells]
    if place.area:
        return [desk.neighbours.in_area(place.area, since, until, limit=A_QUESTION)]
    return []


def _may_be(row: Row, actor: Actor) -> bool:
    return row.status not in _NOTHING_THERE and (actor.role is Role.ADMIN or not row.summary.get("confidential"))


def _may_show(report: Report, actor: Actor) -> bool:
    # An index lags behind, so the report itself has the last word.
    return report.status not in _NOTHING_THERE and (actor.role is Role.ADMIN or not report.confidential)


def _may_lead(report: Report, follower: Report, city: City) -> bool:
    """Whether the other one may be merged into this one (`decide.lead`)."""
    complete = report.complete_at is not None or follower.complete_at is None
    return report.status not in TERMINAL and complete and not unfit(report, follower, city)


def case_of_row(row: Row) -> Case:
    """What an index tells of a report to compare it by; its photos are not looked at."""
    told = row.summary
    return Case(
        tracking=row.tracking,
        text=str(told.get("problem") or ""),
        category=told.get("category"),
        lat=told.get("lat"),
        lng=told.get("lng"),
        area=told.get("area"),
        received_at=row.received_at,
        unseen=bool(told.get("photos")),
    )
