"""An office's queue: what it has in hand by deadline, a page at a time, perhaps only part of it."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from chalicelib.city.model import City
from chalicelib.domain.errors import Invalid, NotYours, Unknown
from chalicelib.domain.lifecycle import Role, Status
from chalicelib.domain.offices import line_of
from chalicelib.store.reports import OFFICE, QueueRow
from chalicelib.usecases.act import Actor
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.rows import rows_for

PAGE = 50
MOST_READ = 500
_STEP = 100
NO_UNIT = "-"


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What of a queue is wanted: an area's code (of any level), a category, a status, a sub-unit ("-": none has it
    yet)."""

    area: str = ""
    category: str = ""
    status: str = ""
    unit: str = ""

    @property
    def any(self) -> bool:
        """Whether something is to be left out after reading. A sub-unit's reports have a queue of their own."""
        return bool(self.area or self.category or self.status or self.unit == NO_UNIT)

    def fit(self, row: QueueRow) -> bool:
        """Whether the row is wanted."""
        about = row.summary
        area = str(about.get("area") or "")
        return (
            (not self.area or area == self.area or area.startswith(f"{self.area}."))
            and (not self.category or about.get("category") == self.category)
            and (not self.status or row.status == self.status)
            and (self.unit != NO_UNIT or not about.get("unit"))
        )


class Page(NamedTuple):
    """Rows of a queue, the cursor of the next ones, how many were looked at, and whether that was the most at once."""

    rows: list[QueueRow]
    next: str | None
    looked_at: int
    cut: bool


def office_of(desk: Desk, actor: Actor, asked: str = "") -> str:
    """The office whose queue is meant: a member's own, or one below it; any for an admin. "" when an admin names none.
    Raises Unknown, NotYours."""
    if asked and asked not in desk.city.agencies:
        raise Unknown("There is no such agency.", details={"agency": asked[:80]})
    if actor.role is Role.ADMIN:
        return asked
    if actor.role is not Role.AGENCY or not actor.agency or (asked and actor.agency not in line_of(desk.city, asked)):
        raise NotYours("This queue is not yours.", details={"agency": asked[:80]})
    return asked or actor.agency


def queue_of(city: City, office: str) -> str:
    """The queue that an office works on: of one that is under another, only what was given to itself."""
    known = city.agencies.get(office)
    return f"{OFFICE}{office}" if known and known.parent else f"agency#{office}"


def page(desk: Desk, actor: Actor, office: str, wanted: Filters, *, cursor: str = "") -> Page:
    """One page, as this member may see it (`rows.rows_for`). Without filters it reads what it shows; with them at most
    MOST_READ reports. Raises Invalid."""
    _check(desk.city, office, wanted)
    has_own = wanted.unit and wanted.unit != NO_UNIT
    name = f"{OFFICE}{wanted.unit}" if has_own else queue_of(desk.city, office)
    if not wanted.any:
        rows, following = desk.reports.queue(name, limit=PAGE, cursor=cursor or None)
        return Page(rows_for(actor, rows, desk.city), following, len(rows), False)
    found: list[QueueRow] = []
    at, looked_at = cursor or None, 0
    while looked_at < MOST_READ:
        rows, at = desk.reports.queue(name, limit=_STEP, cursor=at)
        for index, row in enumerate(rows_for(actor, rows, desk.city)):
            if wanted.fit(row):
                found.append(row)
            if len(found) == PAGE and (at or index + 1 < len(rows)):
                return Page(found, desk.reports.cursor_at(name, row), looked_at + index + 1, False)
        looked_at += len(rows)
        if at is None:
            return Page(found, None, looked_at, False)
    return Page(found, at, looked_at, True)


def _check(city: City, office: str, wanted: Filters) -> None:
    wrong: dict[str, object] = {}
    if wanted.area and wanted.area not in city.areas:
        wrong["area"] = "there is no such area"
    if wanted.category and wanted.category not in city.categories:
        wrong["category"] = "there is no such category"
    if wanted.status and wanted.status not in set(Status):
        wrong["status"] = "there is no such status"
    if wanted.unit and wanted.unit != NO_UNIT and office not in line_of(city, wanted.unit):
        wrong["unit"] = "not a unit of this office"
    if wrong:
        raise Invalid("This cannot be filtered by.", details=wrong)
