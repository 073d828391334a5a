"""What the admin's office sees of everything: figures of all open reports, those on the highest rung by name, and who has
looked at whom."""

from __future__ import annotations

from datetime import datetime
from threading import Lock
from typing import NamedTuple

from chalicelib.domain import overview
from chalicelib.domain.errors import Invalid, NotYours
from chalicelib.domain.lifecycle import Role
from chalicelib.domain.overview import Figures, Late, Open, Row
from chalicelib.store.journal import Entry
from chalicelib.store.members import KIND as MEMBER
from chalicelib.store.members import Member
from chalicelib.usecases.act import Actor
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.journal import latest

KEPT_SECONDS = 3.0
LOOKED = frozenset({"identity_viewed", "reporter_searched"})
VIEWS = 50


class Seen(NamedTuple):
    """All open reports as they stood `at` that instant; `cut`: there are more."""

    rows: list[Open]
    cut: bool
    at: datetime


class Overview(NamedTuple):
    """Everything for one page. `total` is of the area and agency that were asked for. `areas` are those in `area`; `late` all
    on the highest rung there."""

    total: Figures
    agencies: list[Row]
    areas: list[Row]
    late: list[Late]
    at: datetime
    cut: bool


class View(NamedTuple):
    """Somebody looked up who a reporter is, or searched for a person: `name` is theirs as far as there is one."""

    entry: Entry
    name: str


class Standing:
    """What this process has read of all open reports, for three seconds."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._until = float("-inf")
        self._seen: Seen | None = None

    def of(self, desk: Desk) -> Seen:
        """The reports as they stand; whoever else asks meanwhile waits, and gets the same."""
        with self._lock:
            if self._seen is None or desk.ticks() >= self._until:
                found = desk.open_reports.read()
                self._seen = Seen(found.rows, found.cut, desk.now())
                self._until = desk.ticks() + KEPT_SECONDS
            return self._seen


def look(desk: Desk, actor: Actor, *, area: str = "", agency: str = "") -> Overview:
    """The figures, live but for three seconds. An analyst's rows and names leave confidential reports out; they are in the
    city's totals. Raises Invalid for an unknown area or agency, NotYours."""
    if actor.role not in (Role.ADMIN, Role.ANALYST):
        raise NotYours("The overview is the admins' and analysts'.", details={"role": actor.role})
    city = desk.city
    wrong: dict[str, object] = {}
    if area and area not in city.areas:
        wrong["area"] = "there is no such area"
    if agency and agency not in city.agencies:
        wrong["agency"] = "there is no such agency"
    if wrong:
        raise Invalid("There is nothing to show.", details=wrong)
    seen, now = desk.standing.of(desk), desk.now()
    known = seen.rows
    if actor.role is not Role.ADMIN:
        known = [row for row in known if not row.standing.confidential]
    chosen = overview.within(known, city, area=area, agency=agency)
    whole = chosen if area or agency else seen.rows
    return Overview(
        total=overview.total(whole, now),
        agencies=overview.by_agency(chosen, now, agency=agency),
        areas=overview.by_area(chosen, now, city, area=area),
        late=overview.highest(chosen, city.policy),
        at=seen.at,
        cut=seen.cut,
    )


def views(desk: Desk, actor: Actor) -> list[View]:
    """The latest fifty times that somebody looked at who a reporter is, or searched for a person, among the thousand latest
    lines of the journal. Admins only."""
    if actor.role is not Role.ADMIN:
        raise NotYours("Only admins see this.", details={"role": actor.role})
    found = latest(desk, LOOKED, VIEWS)
    subs = {entry.who for entry in found if entry.who}
    members = desk.things.get_many((MEMBER, sub) for sub in subs)
    names = {item.id: item.told(Member).name for item in members}
    return [View(entry, names.get(entry.who, "")) for entry in found]
