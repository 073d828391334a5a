"""Makes a city pack's outlines of kelurahan (for small maps) from a boundary GeoJSON.

    python scripts/build_outlines.py GEOJSON OUT

The GeoJSON's features are kelurahan, `properties.code` their official code. OUT is JSON: code → rings; a ring is a text of
whole numbers, in ten-thousandths of a degree (11 m): longitude and latitude of its first point, then the step to each next
one. Rings too small to be seen are left out, unless the kelurahan has no other.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path

PER_DEGREE = 10_000
_LEAST_POINTS = 4


def ring_text(ring: list[list[float]]) -> tuple[str, int]:
    """The ring as text, and how many points it has."""
    points: list[tuple[int, int]] = []
    for lng, lat, *_ in ring:
        point = (round(lng * PER_DEGREE), round(lat * PER_DEGREE))
        if not points or points[-1] != point:
            points.append(point)
    if points and points[0] == points[-1]:
        points.pop()
    steps = [points[0], *((x - a, y - b) for (a, b), (x, y) in pairwise(points))]
    return " ".join(f"{x} {y}" for x, y in steps), len(points)


def outlines(document: dict[str, object]) -> dict[str, list[str]]:
    """Code → outer rings, by code."""
    found: dict[str, list[str]] = {}
    for feature in document["features"]:  # type: ignore[attr-defined]
        shape = feature["geometry"]
        polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        rings = sorted((ring_text(polygon[0]) for polygon in polygons), key=lambda pair: -pair[1])
        kept = [text for text, points in rings if points >= _LEAST_POINTS] or [rings[0][0]]
        found[feature["properties"]["code"]] = kept
    return dict(sorted(found.items()))


def main(source: str, out: str) -> None:
    """Writes the file, one line for each kelurahan, so that a change can be read."""
    found = outlines(json.loads(Path(source).read_text("utf-8")))
    lines = ",\n".join(
        f"{json.dumps(code)}:{json.dumps(rings, separators=(',', ':'))}" for code, rings in found.items()
    )
    Path(out).write_text("{\n" + lines + "\n}\n", "utf-8")
    print(f"{len(found)} kelurahan, {sum(map(len, found.values()))} rings, {Path(out).stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:3])
