"""Where a report is, as everybody may know it. A category about persons or homes (`place` of categories.csv, and every
sensitive one) shows the middle of the cell of about 0.1 km² that the place is in: never the point, never the street.
Whatever is public goes through here: pages, the map, lists, Open311, feeds and the open data. Who has the report's key, and
the staff, see the place as it is.
"""

from __future__ import annotations

import h3
import msgspec

from chalicelib.city.model import City
from chalicelib.domain.listing import Listed
from chalicelib.domain.place import CELL_RESOLUTION, Place
from chalicelib.domain.report import Report

_DECIMALS = 5
"""Of degrees: a metre. A cell's middle needs no more, and reads the same everywhere."""


class OpenPoint(msgspec.Struct, frozen=True):
    """A point that everybody may know, in degrees WGS 84. Not `exact`: the middle of the cell it is in."""

    lat: float
    lng: float
    exact: bool


def is_open(category: str, city: City) -> bool:
    """Whether everybody may know exactly where a report of this category is. `category` is a code; "" (none given yet) and
    one that the city does not know are open."""
    known = city.categories.get(category)
    return known is None or known.place_is_open


def open_point(lat: float | None, lng: float | None, category: str, city: City) -> OpenPoint | None:
    """The point as everybody may know it; None where there is none."""
    if lat is None or lng is None:
        return None
    if is_open(category, city):
        return OpenPoint(lat, lng, True)
    middle = h3.cell_to_latlng(h3.latlng_to_cell(lat, lng, CELL_RESOLUTION))
    return OpenPoint(round(middle[0], _DECIMALS), round(middle[1], _DECIMALS), False)


def category_of(report: Report | Listed) -> str:
    """The category that decides: the one given, or the one suggested until then."""
    if isinstance(report, Listed):
        return report.category
    return report.category or report.suggested or ""


def open_place(report: Report | Listed, city: City) -> OpenPoint | None:
    """Where a report, or a row of a list, is: as everybody may know it. None where no point is known."""
    where = report if isinstance(report, Listed) else report.place
    return open_point(where.lat, where.lng, category_of(report), city)


def opened(row: Listed, city: City) -> Listed:
    """The row with no more of its place than everybody may know: the point coarsened, street and landmark left out. Doing it
    twice changes nothing more."""
    if is_open(row.category, city):
        return row
    point = open_place(row, city)
    return msgspec.structs.replace(
        row, lat=point.lat if point else None, lng=point.lng if point else None, address="", landmark=""
    )


def opened_place(report: Report, city: City) -> Place:
    """The report's place with no more than everybody may know."""
    if is_open(category_of(report), city):
        return report.place
    point = open_place(report, city)
    return msgspec.structs.replace(
        report.place, lat=point.lat if point else None, lng=point.lng if point else None, address="", landmark=""
    )
