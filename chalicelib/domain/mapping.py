"""A screen of the map → what is read for it: at most 19 cells of resolution 9 (each a query for its reports), else hexagons
counted beforehand, at the finest resolution whose tiles are at most 19. Whatever anybody asks for, never more.

A screen that even the coarsest hexagons would not cover is narrowed around its middle until they do.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import h3

from chalicelib.city.outlines import Window
from chalicelib.domain.place import CELL_RESOLUTION

MOST_READS = 19
TILE_RESOLUTIONS = {8: 200, 7: 320, 6: 320}
"""The resolutions that are counted beforehand, finest first, and how many hexagons of each a screen shows at most: of more,
none could be told from the other."""
PARENT_STEPS = 2
"""A tile of hexagons of resolution R is that of their parent of resolution R - 2: 49 of them."""
LEAST_DEGREES, MOST_LATITUDE = 0.001, 85.0
_KM = 111.32  # of a degree of latitude
_DECIMALS = 5
_ROOM = 1.6  # how much larger than the average a cell may be, and how much a screen's edge catches


class Cover(NamedTuple):
    """What a screen needs. `points`: `cells` are of resolution 9, one query each; else they are the hexagons that show, and
    `parents` the tiles that hold them. `screen` is the one asked for, or the narrower one."""

    screen: Window
    points: bool
    resolution: int
    cells: frozenset[str]
    parents: tuple[str, ...]

    @property
    def reads(self) -> int:
        """How many reads it costs."""
        return len(self.cells) if self.points else len(self.parents)


def screen_of(text: str) -> Window:
    """The window in "west,south,east,north" (degrees WGS 84); one of less than a hundred metres is widened. Raises ValueError,
    whose text is a reason of `map_wish.REASONS`."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError("numbers") from None
    if not all(math.isfinite(number) for number in (west, south, east, north)):
        raise ValueError("numbers")
    if not (-180 <= west <= 180 and -180 <= east <= 180):
        raise ValueError("longitude")
    if not (-MOST_LATITUDE <= south <= MOST_LATITUDE and -MOST_LATITUDE <= north <= MOST_LATITUDE):
        raise ValueError("latitude")
    if west >= east:
        raise ValueError("west_east")
    if south >= north:
        raise ValueError("south_north")
    return widened(Window(west, south, east, north))


def text_of(screen: Window) -> str:
    """The window as addresses have it: to about a metre."""
    return ",".join(
        f"{round(number, _DECIMALS):g}" if number == round(number) else f"{number:.5f}" for number in screen
    )


def widened(screen: Window) -> Window:
    """The screen, at least a hundred metres wide and high."""
    wide = max(LEAST_DEGREES - (screen.east - screen.west), 0) / 2
    high = max(LEAST_DEGREES - (screen.north - screen.south), 0) / 2
    return Window(screen.west - wide, screen.south - high, screen.east + wide, screen.north + high)


def fitted(screen: Window, aspect: float) -> Window:
    """The smallest window around the screen whose width is `aspect` times its height on the ground."""
    lat, lng = middle(screen)
    shrink = math.cos(math.radians(lat))
    wide, high = (screen.east - screen.west) * shrink, screen.north - screen.south
    high = max(high, wide / aspect)
    return around(lat, lng, high, high * aspect / shrink)


def around(lat: float, lng: float, high: float, wide: float) -> Window:
    """The window of so many degrees around a point."""
    return Window(lng - wide / 2, lat - high / 2, lng + wide / 2, lat + high / 2)


def middle(screen: Window) -> tuple[float, float]:
    """The screen's middle as (latitude, longitude)."""
    return (screen.south + screen.north) / 2, (screen.west + screen.east) / 2


def moved(screen: Window, *, east: float = 0, north: float = 0) -> Window:
    """The screen, shifted by shares of its own width and height; it stays on the map."""
    x, y = (screen.east - screen.west) * east, (screen.north - screen.south) * north
    x = min(max(x, -180 - screen.west), 180 - screen.east)
    y = min(max(y, -MOST_LATITUDE - screen.south), MOST_LATITUDE - screen.north)
    return Window(screen.west + x, screen.south + y, screen.east + x, screen.north + y)


def zoomed(screen: Window, factor: float) -> Window:
    """The screen with its sides `factor` times as long, around the same middle; it stays on the map."""
    lat, lng = middle(screen)
    high = min((screen.north - screen.south) * factor, 2 * (MOST_LATITUDE - abs(lat)))
    wide = min((screen.east - screen.west) * factor, 2 * (180 - abs(lng)))
    return widened(around(lat, lng, high, wide))


def shared(one: Window, other: Window) -> Window | None:
    """What two windows have in common; None when they do not meet."""
    if not one.meets(other):
        return None
    return Window(
        max(one.west, other.west), max(one.south, other.south), min(one.east, other.east), min(one.north, other.north)
    )


def cover(screen: Window, city: Window | None) -> Cover:
    """What is read for a screen of a city whose outlines lie in that window (None: it has none, and may be anywhere)."""
    while True:
        seen = shared(screen, city) if city else screen
        if seen is None:
            return Cover(screen, False, min(TILE_RESOLUTIONS), frozenset(), ())
        if (found := _cover(screen, widened(seen))) is not None:
            return found
        screen = zoomed(screen, 0.8)


def _cover(screen: Window, seen: Window) -> Cover | None:
    if (cells := cells_over(seen, CELL_RESOLUTION, MOST_READS)) is not None:
        return Cover(screen, True, CELL_RESOLUTION, cells, ())
    for resolution, most in TILE_RESOLUTIONS.items():
        cells = cells_over(seen, resolution, most)
        if cells is not None:
            parents = tuple(sorted({h3.cell_to_parent(cell, resolution - PARENT_STEPS) for cell in cells}))
            if len(parents) <= MOST_READS:
                return Cover(screen, False, resolution, cells, parents)
    return None


def cells_over(screen: Window, resolution: int, most: int) -> frozenset[str] | None:
    """The cells that the screen has any part of; None when they are more than `most` (without counting a continent's)."""
    shrink = math.cos(math.radians(max(abs(screen.south), abs(screen.north))))
    wide, high = (screen.east - screen.west) * _KM * shrink, (screen.north - screen.south) * _KM
    if wide * high > most * h3.average_hexagon_area(resolution) * _ROOM:
        return None
    if math.hypot(wide, high) > most * 2 * h3.average_hexagon_edge_length(resolution) * _ROOM:
        return None
    corners = [(screen.south, screen.west), (screen.south, screen.east), (screen.north, screen.east)]
    shape = h3.LatLngPoly([*corners, (screen.north, screen.west)])
    cells = frozenset(h3.h3shape_to_cells_experimental(shape, resolution, "overlap"))
    return cells if len(cells) <= most else None


def boundary(cell: str) -> tuple[tuple[float, float], ...]:
    """A cell's corners as (latitude, longitude) in degrees."""
    return tuple((lat, lng) for lat, lng in h3.cell_to_boundary(cell))


def home(windows: list[Window]) -> Window | None:
    """Where the map begins: all the city's areas but those far off the others (islands out at sea), by the fences that
    box plots have. None for a city without any."""
    if not windows:
        return None
    middles = [middle(window) for window in windows]
    fences = [_fence([each[axis] for each in middles]) for axis in (0, 1)]
    near = [
        window
        for window, point in zip(windows, middles, strict=True)
        if all(low <= point[axis] <= high for axis, (low, high) in enumerate(fences))
    ]
    return around_all(near)


def around_all(windows: list[Window]) -> Window:
    """The window that holds them all."""
    west, south, east, north = zip(*windows, strict=True)
    return Window(min(west), min(south), max(east), max(north))


def _fence(numbers: list[float]) -> tuple[float, float]:
    ordered = sorted(numbers)
    low, high = ordered[len(ordered) // 4], ordered[len(ordered) * 3 // 4]
    reach = 1.5 * (high - low)
    return low - reach, high + reach
