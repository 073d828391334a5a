"""What the front page tells: the newest reports that anybody may list, of the city or of one's own neighbourhood. At most
eleven reads."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.city.model import City
from chalicelib.domain.errors import Invalid
from chalicelib.store.listings import Row
from chalicelib.usecases.desk import Desk

SHOWN = 6
"""How many reports are told."""
DAYS = 45
_LOOKED_AT = 40  # of a kelurahan: not all of them are public


def newest(desk: Desk, area: str = "") -> list[Row]:
    """The newest listed reports, newest first: of the city, or of a kelurahan or kecamatan. One query (at a month's beginning
    one more), or one for each kelurahan. Raises Invalid naming `area`."""
    end = desk.now()
    start = end - timedelta(days=DAYS)
    if not area:
        return desk.listings.newest(start, end, limit=SHOWN)
    found: list[Row] = []
    for kelurahan in _kelurahan(area, desk.city):
        found += desk.listings.in_area(kelurahan, start, end, limit=_LOOKED_AT)[0][:SHOWN]
    return sorted(found, key=lambda row: (row.listed.received_at, row.tracking), reverse=True)[:SHOWN]


def _kelurahan(area: str, city: City) -> list[str]:
    known = city.areas.get(area)
    if known is None or known.level not in ("kelurahan", "kecamatan"):
        raise Invalid("There is no such area.", details={"area": "a kelurahan or kecamatan of this city"})
    if known.level == "kelurahan":
        return [area]
    return [each.code for each in city.areas.values() if each.parent == area]
