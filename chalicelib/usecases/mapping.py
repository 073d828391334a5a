"""One screen of the map: the reports on it as points, or counts in hexagons. At most 19 reads, whatever the table's size.

Points are reports that anybody may list: public, and read by the staff; what nobody has read yet is only counted. Places
are as open as their category lets them be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache

import msgspec

from chalicelib.city.model import City
from chalicelib.city.outlines import Window, outlines_within, windows
from chalicelib.domain import mapping
from chalicelib.domain.lifecycle import OPEN, Status
from chalicelib.domain.listing import Listed
from chalicelib.domain.map_wish import STATES, Wish, areas_under, counted_period, span_of
from chalicelib.domain.mapping import Cover
from chalicelib.domain.openness import open_place
from chalicelib.store.listings import Row
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.figures import tiles

MOST_IN_A_CELL = 100
_ANYWHERE = Window(-30.0, -30.0, 30.0, 30.0)


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One report on the map. Not `exact`: in the middle of its cell. `state` is one of STATES; `row` what a list says."""

    tracking: str
    lat: float
    lng: float
    exact: bool
    state: str
    row: Listed


class Hexagon(msgspec.Struct, frozen=True, kw_only=True):
    """How many reports a cell has, in each of the states that were asked for."""

    cell: str
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A screen. `cover.points` tells which of the two it has: `points`, newest first (`cut`: there are more than were looked
    at), or `hexagons`, with the counts of the same reports by kelurahan (`areas`; "" where it is not known). `period` is
    the one counted."""

    cover: Cover
    period: str
    points: tuple[Point, ...] = ()
    cut: bool = False
    hexagons: tuple[Hexagon, ...] = ()
    areas: dict[str, dict[str, int]] = {}

    @property
    def total(self) -> int:
        """How many reports the screen shows."""
        return len(self.points) + sum(each.total for each in self.hexagons)


def look(desk: Desk, wish: Wish, *, aspect: float | None = None) -> Seen:
    """What the screen shows that was asked for; with `aspect`, of the smallest screen of that shape around it."""
    city = desk.city
    screen = wish.screen or place_of(city, wish.area)
    cover = mapping.cover(mapping.fitted(screen, aspect) if aspect else screen, whole(city.outlines_path))
    return _points(desk, wish, cover, city) if cover.points else _hexagons(desk, wish, cover, city)


def place_of(city: City, area: str) -> Window:
    """The window of an area, with a little room around it; of "" and of one without an outline, where the map begins."""
    inside = areas_under(city, area) if area else frozenset()
    found = [each.window for each in outlines_within(city.outlines_path, inside)]
    return mapping.zoomed(mapping.around_all(found), 1.1) if found else start(city.outlines_path)


@lru_cache(maxsize=2)
def start(path: str) -> Window:
    """Where the map of a city with these outlines begins."""
    return mapping.home(windows(path)) or _ANYWHERE


@lru_cache(maxsize=2)
def whole(path: str) -> Window | None:
    """The window beyond which the city has nothing; None for one without outlines."""
    found = windows(path)
    return mapping.around_all(found) if found else None


def state_of(row: Listed) -> str:
    """How a listed report shows; "" where there is nothing (any more) to show."""
    if row.disputed:
        return "disputed"
    if row.status == Status.DONE:
        return "done"
    return "open" if row.status in OPEN else ""


def _points(desk: Desk, wish: Wish, cover: Cover, city: City) -> Seen:
    start, end = span_of(wish.period, city, desk.now())
    takes, found, cut = wish.filter(city), list[Point](), False
    for cell in sorted(cover.cells):
        rows, more = desk.listings.in_cell(cell, start, end, limit=MOST_IN_A_CELL)
        found += _shown(rows, takes, wish.states, cover.screen, city)
        cut = cut or more
    found.sort(key=lambda point: (point.row.received_at, point.tracking), reverse=True)
    return Seen(cover=cover, period=wish.period, points=tuple(found), cut=cut)


def _shown(
    rows: Iterable[Row], takes: Callable[[str, str], bool], states: tuple[str, ...], screen: Window, city: City
) -> Iterable[Point]:
    for row in rows:
        place, state = open_place(row.listed, city), state_of(row.listed)
        if place is None or state not in states or not takes(row.listed.category, row.listed.area):
            continue
        if screen.west <= place.lng <= screen.east and screen.south <= place.lat <= screen.north:
            yield Point(
                tracking=row.tracking, lat=place.lat, lng=place.lng, exact=place.exact, state=state, row=row.listed
            )


def _hexagons(desk: Desk, wish: Wish, cover: Cover, city: City) -> Seen:
    period, takes = counted_period(wish.period, city.local_day(desk.now())), wish.filter(city)
    cells: dict[str, Counter[str]] = {}
    areas: dict[str, Counter[str]] = {}
    states, sums = frozenset(wish.states), dict[tuple[str, str, str], int]()
    for cell, area, category, state, n in tiles(desk, cover.resolution, cover.parents, period):
        # A large city's year is a hundred thousand rows: nothing is made here for each of them.
        if state in states and cell in cover.cells and takes(category, area):
            key = (cell, area, state)
            sums[key] = sums.get(key, 0) + n
    for (cell, area, state), n in sums.items():
        cells.setdefault(cell, Counter())[state] += n
        areas.setdefault(area, Counter())[state] += n
    return Seen(
        cover=cover,
        period=period,
        hexagons=tuple(Hexagon(cell=cell, counts=_ordered(counts)) for cell, counts in sorted(cells.items())),
        areas={area: _ordered(areas[area]) for area in sorted(areas, key=lambda each: (-areas[each].total(), each))},
    )


def _ordered(counts: Counter[str]) -> dict[str, int]:
    return {state: counts[state] for state in STATES if counts[state]}
