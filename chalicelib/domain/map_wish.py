"""What somebody wants to see of the map: a part of it, and which reports. Read from an address, so that it can be shared: it
holds nothing about the reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.city.kelurahan import areas_meant
from chalicelib.city.model import City
from chalicelib.city.outlines import Window
from chalicelib.domain.mapping import screen_of

STATES = ("open", "done", "disputed")
"""How a report shows. A "done" that its reporter disputes is `disputed`, and not done."""
LAST_DAYS, DAYS = "30d", 30
FIRST_YEAR = 2015
REASONS = {
    "numbers": "four numbers: west,south,east,north",
    "longitude": "longitudes are -180 to 180",
    "latitude": "latitudes are -85 to 85",
    "west_east": "west must be less than east",
    "south_north": "south must be less than north",
    "category": "there is no such category",
    "pillar": "there is no such pillar",
    "status": "open, done, disputed or all",
    "area": "there is no such area",
    "areas": "several areas have this name: add the kecamatan after a comma",
    "period": "a month (2026-11), a year (2026) or 30d",
    "future": "that has not begun",
    "past": "there are no figures of so long ago",
}
"""Why a field is refused, in English; pages have words of their own for each."""
_PERIOD = re.compile(r"(\d{4})(?:-(\d{2}))?")


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """`screen` None: that of `area`, or the city's. `category`, `pillar`, `area` are codes, "" for all; `status` one of STATES
    or "all"; `period` a month, a year, or "30d"."""

    screen: Window | None = None
    category: str = ""
    pillar: str = ""
    status: str = "all"
    area: str = ""
    period: str = ""

    @property
    def states(self) -> tuple[str, ...]:
        """The states that show."""
        return STATES if self.status == "all" else (self.status,)

    def filter(self, city: City) -> Callable[[str, str], bool]:
        """Tells of a category's and a kelurahan's code whether such a report is wanted."""
        wanted = {
            code
            for code, category in city.categories.items()
            if self.category in ("", code) and self.pillar in ("", category.pillar)
        }
        every = not (self.category or self.pillar)
        inside = areas_under(city, self.area) if self.area else frozenset()

        def takes(category: str, area: str) -> bool:
            return (every or category in wanted) and (not self.area or area in inside)

        return takes


def read(asked: Mapping[str, str], city: City, today: date) -> tuple[Wish, dict[str, str]]:
    """The wish in these fields, and which of them are wrong (field → key of REASONS): those are as if they were not there."""
    wish, wrong = Wish(period=str(today.year)), dict[str, str]()
    for name in ("bbox", "category", "pillar", "status", "area", "period"):
        if not (told := asked.get(name, "").strip()):
            continue
        try:
            wish = msgspec.structs.replace(wish, **{_FIELD.get(name, name): _read(name, told, city, today)})
        except ValueError as error:
            wrong[name] = str(error)
    if asked.get("near", wish.area) != wish.area and wish.area:
        # The form was sent from a map of somewhere else: the area that was chosen now is what is looked for.
        wish = msgspec.structs.replace(wish, screen=None)
    return wish, wrong


_FIELD = {"bbox": "screen"}


def _read(name: str, told: str, city: City, today: date) -> Window | str:
    match name:
        case "bbox":
            return screen_of(told)
        case "area":
            return _area(told, city)
        case "period":
            return _period(told, today)
    if told in {"category": city.categories, "pillar": _pillars(city), "status": (*STATES, "all")}[name]:
        return told
    raise ValueError(name)


def _area(told: str, city: City) -> str:
    found = areas_meant(city, told[:100])
    if len(found) != 1:
        raise ValueError("areas" if found else "area")
    return found[0].code


def _period(told: str, today: date) -> str:
    if told == LAST_DAYS:
        return told
    found = _PERIOD.fullmatch(told)
    if found is None or not (1 <= int(found[2] or 1) <= 12):
        raise ValueError("period")
    if int(found[1]) < FIRST_YEAR:
        raise ValueError("past")
    if told > f"{today:%Y-%m}"[: len(told)]:
        raise ValueError("future")
    return told


def _pillars(city: City) -> set[str]:
    return {category.pillar for category in city.categories.values()}


def span_of(period: str, city: City, now: datetime) -> tuple[datetime, datetime]:
    """The first instant of a period and its last millisecond, UTC; a month and a year are the city's."""
    if period == LAST_DAYS:
        return now - timedelta(days=DAYS), now + timedelta(seconds=1)
    year, month = int(period[:4]), int(period[5:] or 0)
    first = date(year, month or 1, 1)
    after = date(year + 1, 1, 1) if month in (0, 12) else date(year, month + 1, 1)
    zone = ZoneInfo(city.timezone)
    start, end = (datetime.combine(day, time.min, zone).astimezone(UTC) for day in (first, after))
    return start, end - timedelta(milliseconds=1)  # what is stored is stamped in milliseconds


def counted_period(period: str, today: date) -> str:
    """The month or year whose counts stand for a period: hexagons are counted by whole months and years."""
    return f"{today:%Y-%m}" if period == LAST_DAYS else period


def months_until(today: date, count: int) -> list[str]:
    """So many months up to this one, the latest first."""
    number = today.year * 12 + today.month - 1
    return [f"{each // 12}-{each % 12 + 1:02d}" for each in range(number, number - count, -1)]


def areas_under(city: City, code: str) -> frozenset[str]:
    """An area and all that lie in it."""
    found = {code}
    for area in city.areas.values():
        at, above = area, [area.code]
        while at.parent and at.parent in city.areas and at.parent not in above:
            at = city.areas[at.parent]
            above.append(at.code)
        if code in above:
            found.add(area.code)
    return frozenset(found)
