"""What a feed holds: the newest public reports of the city, of an area, an agency or a category."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from chalicelib.city.model import City
from chalicelib.domain.errors import Unknown
from chalicelib.domain.listing import Listed
from chalicelib.store.listings import Row
from chalicelib.usecases.desk import Desk

MOST = 50
BY = ("area", "agency", "category")
_WINDOW = timedelta(days=90)
_MOST_QUERIES = 5
_LOOKED_AT = 200


def newest(desk: Desk, by: str = "", code: str = "") -> list[Row]:
    """Up to MOST listed reports of the last 90 days, the newest first: of the whole city, or of one area (and what lies in
    it), agency (and its units) or category. At most five queries, so of a very quiet agency or category only what is among
    the newest reports of the city. Raises Unknown."""
    now = desk.now()
    if not by:
        return desk.listings.newest(now - _WINDOW, now, limit=MOST)
    city = desk.city
    known: dict[str, Collection[str]] = {"area": city.areas, "agency": city.agencies, "category": city.categories}
    if code not in known.get(by, ()):
        raise Unknown("There is no such feed.", details={by[:20]: code[:80]})
    if by == "area" and city.areas[code].level == "kelurahan":
        return desk.listings.in_area(code, now - _WINDOW, now, limit=_LOOKED_AT)[0][:MOST]
    found: list[Row] = []
    for queries, page in enumerate(desk.listings.received(now - _WINDOW, now), 1):
        found += [row for row in page if code in _line(row.listed, by, city)]
        if len(found) >= MOST or queries == _MOST_QUERIES:
            break
    return found[:MOST]


def _line(row: Listed, by: str, city: City) -> list[str]:
    """The code of a row, and those above it."""
    code: str | None = {"area": row.area, "agency": row.agency, "category": row.category}[by]
    line: list[str] = []
    while code and code not in line:
        line.append(code)
        above = city.areas.get(code) if by == "area" else city.agencies.get(code) if by == "agency" else None
        code = above.parent if above else None
    return line
