"""Makes a city pack's point → kelurahan table from a boundary GeoJSON, or measures how well a table agrees with one.

    python scripts/build_area_cells.py GEOJSON OUT               make the table
    python scripts/build_area_cells.py --check GEOJSON TABLE     measure it on random points

The GeoJSON's features are kelurahan, `properties.code` their official code. A cell of H3 resolution 12 (about 10 m from
centre to corner; 99.4 % agreement with the polygons, where resolution 11 has 98.2 %) belongs to the kelurahan its centre
lies in; whole sets of seven become their parent. The kelurahan of the islands (`--islands PREFIX`, for Jakarta 31.01) also
own the sea up to 500 m from their shore, so that a point on a jetty has one. Land borders get no such margin: a point
beyond them is in another city.

The file: header (magic, finest and coarsest resolution, number of areas, length of their codes, number of cells), the codes
joined by line feeds, then zlib of the cells (uint64, ascending) and their areas (uint16), by byte planes.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import h3.api.basic_int as h3

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from chalicelib.city import cells

RESOLUTION = 12
SHORE_RESOLUTION = 10  # the margin's outer edge needs no finer cells
SHORE_M = 500.0
RINGS = 6  # of resolution 10 around an island's edge: more than 500 m
METRES_PER_DEGREE = 111_195.0
Ring = list[tuple[float, float]]  # (lng, lat)


class Polygon(NamedTuple):
    """One part of an area: its outer ring, then its holes; `box` is west, south, east, north."""

    area: str
    rings: list[Ring]
    box: tuple[float, float, float, float]

    def holds(self, lat: float, lng: float) -> bool:
        """Whether the point lies inside (even-odd rule, so holes count as outside)."""
        west, south, east, north = self.box
        if not (west <= lng <= east and south <= lat <= north):
            return False
        inside = False
        for ring in self.rings:
            x1, y1 = ring[-1]
            for x2, y2 in ring:
                if (y1 > lat) != (y2 > lat) and lng < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
                    inside = not inside
                x1, y1 = x2, y2
        return inside

    def metres_to(self, lat: float, lng: float) -> float:
        """From the point to the nearest edge, on a plane that is good enough for a few kilometres."""
        squeeze = math.cos(math.radians(lat)) * METRES_PER_DEGREE
        best = math.inf
        for ring in self.rings:
            x1, y1 = (ring[-1][0] - lng) * squeeze, (ring[-1][1] - lat) * METRES_PER_DEGREE
            for point in ring:
                x2, y2 = (point[0] - lng) * squeeze, (point[1] - lat) * METRES_PER_DEGREE
                dx, dy = x2 - x1, y2 - y1
                length = dx * dx + dy * dy
                along = 0.0 if length == 0 else min(1.0, max(0.0, -(x1 * dx + y1 * dy) / length))
                best = min(best, math.hypot(x1 + along * dx, y1 + along * dy))
                x1, y1 = x2, y2
        return best


def polygons_of(path: str) -> list[Polygon]:
    """Every part of every area, in the order of the areas' codes."""
    with open(path, encoding="utf-8") as file:
        features = json.load(file)["features"]
    found = []
    for feature in sorted(features, key=lambda feature: str(feature["properties"]["code"])):
        shape = feature["geometry"]
        parts = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        for part in parts:
            rings = [[(float(point[0]), float(point[1])) for point in ring] for ring in part]
            xs, ys = [x for x, _ in rings[0]], [y for _, y in rings[0]]
            found.append(Polygon(feature["properties"]["code"], rings, (min(xs), min(ys), max(xs), max(ys))))
    return found


def land(polygons: list[Polygon]) -> dict[int, str]:
    """The cells whose centre is in an area; where areas overlap, the one with the lower code."""
    owner: dict[int, str] = {}
    for polygon in polygons:
        outer, *holes = [[(lat, lng) for lng, lat in ring] for ring in polygon.rings]
        for cell in h3.h3shape_to_cells(h3.LatLngPoly(outer, *holes), RESOLUTION):
            owner.setdefault(cell, polygon.area)
    return owner


def shore(islands: list[Polygon], owner: dict[int, str]) -> dict[int, str]:
    """The cells of the sea within 500 m of an island, with the nearest island's area. None of them is land."""
    nearest: dict[int, tuple[float, str]] = {}
    for island in islands:
        edge = {h3.latlng_to_cell(lat, lng, SHORE_RESOLUTION) for lng, lat in island.rings[0]}
        for cell in {near for start in edge for near in h3.grid_disk(start, RINGS)}:
            distance = island.metres_to(*h3.cell_to_latlng(cell))
            if distance <= SHORE_M and (distance, island.area) < nearest.get(cell, (math.inf, "")):
                nearest[cell] = (distance, island.area)
    return {
        child: area
        for cell, (_, area) in nearest.items()
        for child in h3.cell_to_children(cell, RESOLUTION)
        if child not in owner
    }


def compacted(owner: dict[int, str]) -> dict[int, str]:
    """The same ground in fewer cells: seven children of one area become their parent."""
    by_area: dict[str, list[int]] = {}
    for cell, area in owner.items():
        by_area.setdefault(area, []).append(cell)
    return {cell: area for area, members in by_area.items() for cell in h3.compact_cells(members)}


def build(geojson: str, out: str, islands: str) -> None:
    polygons = polygons_of(geojson)
    owner = land(polygons)
    sea = shore([polygon for polygon in polygons if islands and polygon.area.startswith(islands)], owner)
    table = compacted(owner | sea)
    coarsest = min(h3.get_resolution(cell) for cell in table)
    raw = cells.encode(table, RESOLUTION, coarsest)
    Path(out).write_bytes(raw)
    areas = len({polygon.area for polygon in polygons})
    if missing := {polygon.area for polygon in polygons} - set(table.values()):
        sys.exit(f"no cell for {', '.join(sorted(missing))}")
    print(
        f"{areas} areas, {len(owner)} cells of land and {len(sea)} of shore, compacted to {len(table)}: {len(raw)} bytes"
    )


class Polygons:
    """The truth: which area a point is in, by the polygons themselves."""

    def __init__(self, polygons: list[Polygon]) -> None:
        self.all = polygons
        boxes = [polygon.box for polygon in polygons]
        self.box = (
            min(b[0] for b in boxes),
            min(b[1] for b in boxes),
            max(b[2] for b in boxes),
            max(b[3] for b in boxes),
        )

    def area_at(self, lat: float, lng: float) -> str | None:
        return next((polygon.area for polygon in self.all if polygon.holds(lat, lng)), None)

    def metres_away(self, lat: float, lng: float, within: float) -> float:
        """To the nearest area's edge, if that is less than about `within`; else infinite."""
        reach = within / METRES_PER_DEGREE * 1.1
        near = (
            polygon.metres_to(lat, lng)
            for polygon in self.all
            if polygon.box[0] - reach < lng < polygon.box[2] + reach
            and polygon.box[1] - reach < lat < polygon.box[3] + reach
        )
        return min(near, default=math.inf)

    def points(self, count: int, seed: int, *, inside: bool) -> Iterator[tuple[float, float, str | None]]:
        """Random points of the city; or of its surroundings, more than 600 m from any of its land."""
        dice = random.Random(seed)
        west, south, east, north = self.box
        while count:
            lat, lng = dice.uniform(south - 0.05, north), dice.uniform(west, east)
            area = self.area_at(lat, lng)
            if (area is not None) if inside else (area is None and self.metres_away(lat, lng, 600) > 600):
                count -= 1
                yield lat, lng, area


# (south, north, west, east): land of the next city, well inside it.
NEIGHBOUR = (-6.46, -6.38, 106.78, 106.84)


def agreement(truth: Polygons, table: str, count: int = 20_000, seed: int = 11) -> float:
    """The share of random points in the city for which the table names the polygon's area."""
    same = sum(cells.area_at(table, lat, lng) == area for lat, lng, area in truth.points(count, seed, inside=True))
    return same / count


def false_finds(truth: Polygons, table: str, count: int = 5_000, seed: int = 12) -> tuple[int, int]:
    """How many random points around the city, and in the neighbour city, the table wrongly gives an area."""
    around = sum(cells.area_at(table, lat, lng) is not None for lat, lng, _ in truth.points(count, seed, inside=False))
    dice, (south, north, west, east) = random.Random(seed), NEIGHBOUR
    spots = [(dice.uniform(south, north), dice.uniform(west, east)) for _ in range(count)]
    return around, sum(cells.area_at(table, lat, lng) is not None for lat, lng in spots)


def over_the_border(truth: Polygons, table: str, count: int = 2_000, seed: int = 13) -> int:
    """How many random points 60 to 500 m beyond a mainland border the table wrongly gives an area."""
    dice = random.Random(seed)
    wrong = 0
    while count:
        lat, lng = dice.uniform(-6.40, -6.10), dice.uniform(106.66, 107.0)
        if truth.area_at(lat, lng) is None and 60 < truth.metres_away(lat, lng, 500) < 500:
            count -= 1
            wrong += cells.area_at(table, lat, lng) is not None
    return wrong


def check(geojson: str, table: str) -> bool:
    truth = Polygons(polygons_of(geojson))
    cells.area_at(table, 0.0, 0.0)
    share = agreement(truth, table)
    around, neighbour = false_finds(truth, table)
    border = over_the_border(truth, table)
    spots = [(lat, lng) for lat, lng, _ in truth.points(5_000, 14, inside=True)]
    started = time.perf_counter()
    for lat, lng in spots:
        cells.area_at(table, lat, lng)
    micros = (time.perf_counter() - started) / len(spots) * 1e6
    print(f"agreement with the polygons  {share:.2%} of 20,000 random points in the city (at least 98 %)")
    print(f"far from the city            {around} of 5,000 points given an area (0)")
    print(f"in the neighbour city        {neighbour} of 5,000 points given an area (0)")
    print(f"just over a land border      {border} of 2,000 points given an area (0)")
    print(f"a look-up                    {micros:.1f} µs (at most 100)")
    return share >= 0.98 and not (around or neighbour or border) and micros < 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("geojson")
    parser.add_argument("table", help="the file to make, or with --check to measure")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--islands", default="31.01", help="codes that begin so own the sea around them, 500 m")
    given = parser.parse_args()
    if given.check:
        sys.exit(0 if check(given.geojson, given.table) else 1)
    build(given.geojson, given.table, given.islands)


if __name__ == "__main__":
    main()
