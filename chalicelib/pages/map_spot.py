"""A small map without any other host: the outlines of the kelurahan around a point, drawn as SVG by the server."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from chalicelib.city.model import City
from chalicelib.city.outlines import Outline, Window, outline_of, outlines_in
from chalicelib.pages.drawing import KM, Sheet, centre, clipped, extent, safe, scale

WIDTH, HEIGHT = 640, 400
_SPAN_KM = 1.6  # of the map's height around a point
_LEAST_NAMED = 2500  # square units of the drawing: smaller ones have no room for a name


class Mark(NamedTuple):
    """A point on the map. `kind` is its class in the style sheet: "here" or "other"; "view" is only where
    the map is; `label` is read out."""

    lat: float
    lng: float
    kind: str = "here"
    label: str = ""


def spot(
    city: City, *, label: str, marks: Sequence[Mark] = (), area: str | None = None, span_km: float | None = None
) -> str:
    """The map as an `<svg>`: around the first of `marks`, else of a whole kelurahan; "" when there is neither (or the pack has
    no outlines). `label` says what it shows to who cannot see it. Its `data-` attributes tell a script what lies where."""
    own = outline_of(city.outlines_path, area) if area else None
    if marks:
        sheet = _around(marks[0].lat, marks[0].lng, span_km or _SPAN_KM)
    elif own is not None:
        sheet = _whole(own.window)
    else:
        return ""
    window = Window(
        sheet.west, sheet.north - HEIGHT / sheet.y_per_degree, sheet.west + WIDTH / sheet.x_per_degree, sheet.north
    )
    shapes = outlines_in(city.outlines_path, window)
    if not shapes:
        return ""
    told = "".join(_shape(shape, sheet, own=shape.code == area) for shape in shapes)
    names = "".join(_name(city, shape, sheet, own=shape.code == area) for shape in shapes)
    return (
        f'<svg class="map" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{safe(label)}" '
        f'data-west="{sheet.west:.6f}" data-north="{sheet.north:.6f}" '
        f'data-x="{sheet.x_per_degree:.3f}" data-y="{sheet.y_per_degree:.3f}">'
        f"<title>{safe(label)}</title>{told}{names}{scale(sheet, HEIGHT)}{''.join(_mark(mark, sheet) for mark in marks)}</svg>"
    )


def _around(lat: float, lng: float, span_km: float) -> Sheet:
    y_per_degree = HEIGHT / span_km * KM
    x_per_degree = y_per_degree * math.cos(math.radians(lat))
    return Sheet(lng - WIDTH / 2 / x_per_degree, lat + HEIGHT / 2 / y_per_degree, x_per_degree, y_per_degree)


def _whole(window: Window) -> Sheet:
    lat, lng = (window.south + window.north) / 2, (window.west + window.east) / 2
    high = (window.north - window.south) * KM
    wide = (window.east - window.west) * KM * math.cos(math.radians(lat)) * HEIGHT / WIDTH
    return _around(lat, lng, max(high, wide, 0.5) * 1.15)


def _shape(shape: Outline, sheet: Sheet, *, own: bool) -> str:
    paths = []
    for ring in shape.rings:
        points = [(round(sheet.x(lng)), round(sheet.y(lat))) for lng, lat in ring]
        kept = [point for point, before in zip(points, [None, *points], strict=False) if point != before]
        paths.append("M" + "L".join(f"{x} {y}" for x, y in kept) + "Z")
    return f'<path class="{"own" if own else "area"}" d="{"".join(paths)}"/>'


def _name(city: City, shape: Outline, sheet: Sheet, *, own: bool) -> str:
    """The kelurahan's name in the middle of what is seen of it, if there is room; the one asked for (`own`) has always one."""
    known = city.areas.get(shape.code)
    seen = [clipped([(sheet.x(lng), sheet.y(lat)) for lng, lat in ring], WIDTH, HEIGHT) for ring in shape.rings]
    largest = max(seen, key=extent)
    if known is None or extent(largest) < (1 if own else _LEAST_NAMED):
        return ""
    x, y = centre(largest)
    edge = len(known.name) * 4
    x, y = min(max(x, edge), WIDTH - edge), min(max(y, 16), HEIGHT - 28)
    return f'<text x="{x:.0f}" y="{y:.0f}">{safe(known.name)}</text>'


def _mark(mark: Mark, sheet: Sheet) -> str:
    x, y = sheet.x(mark.lng), sheet.y(mark.lat)
    if mark.kind == "view":
        return ""
    title = f"<title>{safe(mark.label)}</title>" if mark.label else ""
    if mark.kind == "here":
        pin = "M0 0C-5-9-11-13-11-21A11 11 0 1 1 11-21C11-13 5-9 0 0Z"
        return f'<g class="here" transform="translate({x:.0f} {y:.0f})">{title}<path d="{pin}"/><circle cy="-21" r="4"/></g>'
    return f'<circle class="other" cx="{x:.0f}" cy="{y:.0f}" r="7">{title}</circle>'
