"""The map as the server draws it, for whoever has no script: outlines of kelurahan, and on them points or hexagons. Each
point has its number in the list beside it and a shape for its state, each hexagon its count: nothing is told by colour alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from chalicelib.city.model import City
from chalicelib.city.outlines import Outline, Window, outlines_in
from chalicelib.domain.mapping import boundary
from chalicelib.pages.drawing import Ring, Sheet, centre, clipped, extent, safe, scale

WIDTH, HEIGHT = 640, 480
ASPECT = WIDTH / HEIGHT
LEVELS = (5, 20, 100, 500)
"""From how many reports on a hexagon is a shade darker."""
_STEPS = (
    (0.06, 1),
    (0.18, 2),
    (0.25, 3),
)  # up to so many degrees from west to east, lines go by steps of so many units
_WIDEST_STEP = 4
_NAMED, _ROOMY = 9_000, 14  # square units that a name needs, and how many names a map has room for
_CLOSE = 16  # units: nearer points are one mark


_Side = tuple[tuple[int, int], tuple[int, int]]


class Dot(NamedTuple):
    """A report's number in the list, place and state."""

    number: int
    lat: float
    lng: float
    state: str


class Count(NamedTuple):
    """A cell and how many reports it has."""

    cell: str
    n: int


class _Land(NamedTuple):
    """The kelurahan of a screen: what of each is on the sheet, and all borders as path data in units of `step`."""

    sheet: Sheet
    step: int
    parts: tuple[tuple[str, tuple[Ring, ...]], ...]
    borders: str


def drawn(
    city: City,
    screen: Window,
    *,
    label: str,
    dots: Sequence[Dot] = (),
    counts: Sequence[Count] = (),
    chosen: frozenset[str] = frozenset(),
) -> str:
    """The screen (of this sheet's shape) as an `<svg>`. The kelurahan in `chosen` are told apart."""
    land = _land(city.outlines_path, screen)
    own = _filled((ring for code, parts in land.parts if code in chosen for ring in parts), land.step)
    chosen_too = f'<path class="own" d="{own}"/>' if own else ""
    return (
        f'<svg class="city" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{safe(label)}">'
        f'<g transform="scale({land.step})">{chosen_too}<path class="area" d="{land.borders}"/></g>'
        f"{_hexagons(counts, land.sheet)}{_names(city, land.parts)}{_dots(dots, land.sheet)}"
        f"{scale(land.sheet, HEIGHT)}</svg>"
    )


@lru_cache(maxsize=8)
def _land(path: str, screen: Window) -> _Land:
    """What lies under the reports; kept for the screens that are asked for often, above all the first."""
    wide = screen.east - screen.west
    sheet = Sheet(screen.west, screen.north, WIDTH / wide, HEIGHT / (screen.north - screen.south))
    step = next((step for most, step in _STEPS if wide < most), _WIDEST_STEP)
    parts = tuple((shape.code, tuple(_rings(shape, sheet))) for shape in outlines_in(path, screen))
    return _Land(sheet, step, parts, _borders((ring for _, rings in parts for ring in rings), step))


def level(n: int) -> int:
    """1 to 5: how dark a hexagon with so many reports is."""
    return 1 + sum(n >= least for least in LEVELS)


def short(n: int) -> str:
    """A count that fits into a hexagon: 950, 1.2k, 12k."""
    if n < 1000:
        return str(n)
    return f"{n / 1000:.1f}k" if n < 9_950 else f"{n / 1000:.0f}k"


def _rings(shape: Outline, sheet: Sheet) -> list[Ring]:
    """What of a kelurahan lies on the sheet, with a little beyond its edges so that the edge itself is no border."""
    found = []
    for ring in shape.rings:
        moved = [(sheet.x(lng) + 4, sheet.y(lat) + 4) for lng, lat in ring]
        if len(kept := clipped(moved, WIDTH + 8, HEIGHT + 8)) > 2:
            found.append([(x - 4, y - 4) for x, y in kept])
    return found


def _stepped(ring: Ring, step: int) -> list[tuple[int, int]]:
    """The ring in whole steps, which neighbours share, as numbers of steps."""
    points = [(round(x / step), round(y / step)) for x, y in ring]
    kept = [point for point, before in zip(points, [None, *points], strict=False) if point != before]
    return kept if len(set(kept)) > 2 else []


def _filled(rings: Iterable[Ring], step: int) -> str:
    """Rings as closed path data."""
    return "".join(f"{_path(points)}z" for ring in rings if (points := _stepped(ring, step)))


def _borders(rings: Iterable[Ring], step: int) -> str:
    """Rings as path data in which a border of two neighbours is one line."""
    told, known = [], set[_Side]()
    for ring in rings:
        run: list[tuple[int, int]] = []
        for one, other in _sides(_stepped(ring, step)):
            if _either_way((one, other)) in known:
                told += [_path(run)] if run else []
                run = []
                continue
            known.add(_either_way((one, other)))
            run = [*(run or [one]), other]
        told += [_path(run)] if run else []
    return "".join(told)


def _sides(points: list[tuple[int, int]]) -> list[_Side]:
    pairs = zip(points, [*points[1:], *points[:1]], strict=True)
    return [(one, other) for one, other in pairs if one != other]


def _either_way(side: _Side) -> _Side:
    return (min(side), max(side))


def _path(points: Sequence[tuple[int, int]]) -> str:
    """Path data of an open line by relative steps, half as long as by points; steps that go straight on are one."""
    steps: list[tuple[int, int]] = []
    for (x, y), (next_x, next_y) in pairwise(points):
        across, down = next_x - x, next_y - y
        if steps and steps[-1][0] * down == steps[-1][1] * across and steps[-1][0] * across + steps[-1][1] * down > 0:
            across, down = steps[-1][0] + across, steps[-1][1] + down
            steps.pop()
        steps.append((across, down))
    told = " ".join(f"{across} {down}" for across, down in steps).replace(" -", "-")
    return f"M{points[0][0]} {points[0][1]}l{told}"


def _names(city: City, rings: Sequence[tuple[str, Sequence[Ring]]]) -> str:
    """The names of the kelurahan that there is room for."""
    seen = []
    for code, parts in rings:
        if parts and code in city.areas:
            largest = max(parts, key=extent)
            seen.append((extent(largest), code, largest))
    told = []
    for size, code, ring in sorted(seen, reverse=True)[:_ROOMY]:
        if size >= _NAMED:
            name, (x, y) = city.areas[code].name, centre(ring)
            edge = len(name) * 5
            x, y = min(max(x, edge), WIDTH - edge), min(max(y, 20), HEIGHT - 34)
            told.append(f'<text class="name" x="{x:.0f}" y="{y:.0f}">{safe(name)}</text>')
    return "".join(told)


def _hexagons(counts: Sequence[Count], sheet: Sheet) -> str:
    """The hexagons, a shade after the other, and their numbers."""
    high, shapes, numbers = 12.0, dict[int, str](), dict[int, str]()
    for count in counts:
        ring = [(sheet.x(lng), sheet.y(lat)) for lat, lng in boundary(count.cell)]
        x, y = sum(x for x, _ in ring) / len(ring), sum(y for _, y in ring) / len(ring)
        high = min(max(math.dist(ring[0], (x, y)) * 0.85, 8), 26)
        shade = level(count.n)
        shapes[shade] = f"{shapes.get(shade, '')}{_path([(round(x), round(y)) for x, y in ring])}z"
        numbers[shade] = f'{numbers.get(shade, "")}<text x="{x:.0f}" y="{y:.0f}">{short(count.n)}</text>'
    told = "".join(f'<path class="q{shade}" d="{shapes[shade]}"/>' for shade in sorted(shapes))
    told += "".join(f'<g class="n{shade}">{numbers[shade]}</g>' for shade in sorted(numbers))
    return f'<g class="hex" font-size="{high:.0f}">{told}</g>' if told else ""


_SHAPES = {
    "open": '<circle r="13"/>',
    "done": '<path d="M-12-12h24v24h-24z"/>',
    "disputed": '<path d="M0-17 17 0 0 17-17 0z"/>',
}


def _dots(dots: Sequence[Dot], sheet: Sheet) -> str:
    """The points; those that would hide one another are one mark, with the first's number and a plus."""
    groups: dict[tuple[int, int, str], list[Dot]] = {}
    for dot in dots:
        key = (round(sheet.x(dot.lng) / _CLOSE), round(sheet.y(dot.lat) / _CLOSE), dot.state)
        groups.setdefault(key, []).append(dot)
    told = []
    for group in reversed(groups.values()):
        first = group[0]
        more = "+" if len(group) > 1 else ""
        title = f"<title>{', '.join(str(dot.number) for dot in group)}</title>" if more else ""
        told.append(
            f'<g class="{first.state}" transform="translate({sheet.x(first.lng):.0f} {sheet.y(first.lat):.0f})">'
            f"{title}{_SHAPES[first.state]}<text>{first.number}{more}</text></g>"
        )
    return f'<g class="dots">{"".join(told)}</g>' if told else ""
