"""How all open reports stand: counted, by agency and by area, from as little of each as can be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from chalicelib.city.model import AREA_KINDS, City, Policy
from chalicelib.domain.lifecycle import WITH_AGENCY, Status

TOP = 3
NOWHERE, NOBODY = "", ""


class Standing(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Where an open report stands, as short as can be: an overview reads it of every open one. `respond_by` and
    `resolve_by` (epoch seconds) are those of running clocks, while a pause is on too (`paused`)."""

    status: str
    agency: str = ""
    unit: str = ""
    area: str = ""
    category: str = ""
    level: int = 0
    extended: bool = False
    asked_extension: bool = False
    paused: bool = False
    respond_by: int | None = None
    resolve_by: int | None = None
    followers: int = 0
    confidential: bool = False

    def overdue(self, now: float) -> bool:
        """Whether a running clock has passed its end by `now` (epoch seconds). While the clocks stand still nothing passes:
        what had passed before has climbed the ladder."""
        if self.paused:
            return self.level > 0
        return any(by is not None and by < now for by in (self.respond_by, self.resolve_by))


class Open(msgspec.Struct, frozen=True):
    """One open report."""

    tracking: str
    standing: Standing


class Figures(msgspec.Struct, kw_only=True):
    """Counts of open reports. `incomplete`, `waiting`, `with_agency` and `validation` make up `open`; `on_time` and `overdue`
    make up `with_agency`. The others are counted among these. `reporters` counts those of merged reports too."""

    open: int = 0
    reporters: int = 0
    incomplete: int = 0
    waiting: int = 0
    waiting_overdue: int = 0
    with_agency: int = 0
    on_time: int = 0
    overdue: int = 0
    paused: int = 0
    extended: int = 0
    asked_extension: int = 0
    validation: int = 0
    level_1: int = 0
    level_2: int = 0
    level_3: int = 0

    def add(self, standing: Standing, now: float) -> None:
        """Counts one report more."""
        late = standing.overdue(now)
        self.open += 1
        self.reporters += 1 + standing.followers
        if standing.status in WITH_AGENCY:
            self.with_agency += 1
            self.overdue += late
            self.on_time += not late
        elif standing.status == Status.AWAITING_VALIDATION:
            self.validation += 1
        elif standing.status == Status.WAITING:
            self.waiting += 1
            self.waiting_overdue += late
        else:
            self.incomplete += 1
        self.paused += standing.paused
        self.extended += standing.extended
        self.asked_extension += standing.asked_extension
        self.level_1 += standing.level == 1
        self.level_2 += standing.level == 2
        self.level_3 += standing.level == TOP


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one agency, office or area, by its code ("": none). `inner`: there are rows below it."""

    code: str
    figures: Figures
    inner: bool = False


class Late(msgspec.Struct, frozen=True, kw_only=True):
    """A report on the highest rung of the ladder: whose it is, and since when it has stood there."""

    tracking: str
    agency: str
    unit: str
    area: str
    category: str
    since: datetime | None
    with_followers: int


def total(rows: Iterable[Open], now: datetime) -> Figures:
    """All of them together. A merged report is counted with the one that leads."""
    figures, at = Figures(), now.timestamp()
    for row in rows:
        figures.add(row.standing, at)
    return figures


def within(rows: Iterable[Open], city: City, *, area: str = "", agency: str = "") -> list[Open]:
    """Those in an area (or in what lies in it), and those of an agency or one of its units."""
    above = _areas_above(city) if area else {}
    return [
        row
        for row in rows
        if (not area or area in above.get(row.standing.area, ()))
        and (not agency or agency in (row.standing.agency, row.standing.unit))
    ]


def by_agency(rows: Iterable[Open], now: datetime, *, agency: str = "") -> list[Row]:
    """A row for each agency that has open reports, the most overdue first; of one `agency`, a row for each of its units (of a
    unit, one). What
    was returned is nobody's: it waits, and does not count for who returned it."""
    if agency:
        return _ranked(
            _grouped((row for row in rows if agency in (row.standing.agency, row.standing.unit)), _unit, now)
        )
    rows = list(rows)
    units = {row.standing.agency for row in rows if row.standing.unit}
    return _ranked(_grouped((row for row in rows if row.standing.agency), _agency, now), units)


def by_area(rows: Iterable[Open], now: datetime, city: City, *, area: str = "") -> list[Row]:
    """A row for each kota, or for each kecamatan or kelurahan in `area`, the most overdue first. Reports whose place is not
    known have a row of their own."""
    level = AREA_KINDS[0]
    if area in city.areas:
        level = AREA_KINDS[min(AREA_KINDS.index(city.areas[area].level) + 1, len(AREA_KINDS) - 1)]
    above = _areas_above(city)

    def of(standing: Standing) -> str:
        line = above.get(standing.area, ())
        return next((code for code in line if city.areas[code].level == level), NOWHERE)

    grouped = _grouped(within(rows, city, area=area), of, now)
    return _ranked(grouped, set(grouped) - {NOWHERE} if level != AREA_KINDS[-1] else set())


def highest(rows: Iterable[Open], policy: Policy) -> list[Late]:
    """Every report on the highest rung, longest there first."""
    found = [
        Late(
            tracking=row.tracking,
            agency=row.standing.agency,
            unit=row.standing.unit,
            area=row.standing.area,
            category=row.standing.category,
            since=_since(row.standing, policy),
            with_followers=row.standing.followers,
        )
        for row in rows
        if row.standing.level == TOP
    ]
    last = datetime.max.replace(tzinfo=UTC)
    return sorted(found, key=lambda late: (late.since or last, late.tracking))


def _since(standing: Standing, policy: Policy) -> datetime | None:
    """The rung's own instant on the clock that ran out first."""
    ends = [by for by in (standing.respond_by, standing.resolve_by) if by is not None]
    after = next((rung.after_hours for rung in policy.ladder if rung.level == TOP), None)
    return datetime.fromtimestamp(min(ends), UTC) + timedelta(hours=after) if ends and after is not None else None


def _agency(standing: Standing) -> str:
    return standing.agency


def _unit(standing: Standing) -> str:
    return standing.unit


def _grouped(rows: Iterable[Open], of: Callable[[Standing], str], now: datetime) -> dict[str, Figures]:
    groups: dict[str, Figures] = {}
    at = now.timestamp()
    for row in rows:
        groups.setdefault(of(row.standing), Figures()).add(row.standing, at)
    return groups


def _ranked(groups: Mapping[str, Figures], inner: Iterable[str] = ()) -> list[Row]:
    more = set(inner)
    made = [Row(code=code, figures=figures, inner=code in more) for code, figures in groups.items()]
    return sorted(made, key=lambda row: (not row.code, -row.figures.overdue, -row.figures.open, row.code))


def _areas_above(city: City) -> dict[str, Sequence[str]]:
    """Each area with all that it lies in, itself first."""
    lines: dict[str, Sequence[str]] = {}
    for code in city.areas:
        line, above = [], code
        while above:
            line.append(above)
            above = city.areas[above].parent or ""
        lines[code] = line
    return lines
