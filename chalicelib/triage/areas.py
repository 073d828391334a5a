"""Which kelurahan a report is of, and how that is known: for the page on which a person decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .places import find_place
from .reading import read

if TYPE_CHECKING:
    from chalicelib.city.model import City
    from chalicelib.domain.place import Place

POINT, TEXT, ASK = "point", "text", "ask"
_OTHERS = 5


class AreaSuggestion(NamedTuple):
    """`area` is a kelurahan's code, None when it has to be asked for. `source` is "point" (the point lies there), "text" (the
    words name it) or "ask". `others` are kelurahan codes that the words name or may mean as well."""

    area: str | None
    source: str
    others: tuple[str, ...] = ()


def area_suggestion(place: Place, problem: str, city: City) -> AreaSuggestion:
    """The area of a report from its place and masked text. A point in the city decides; else the area its place has; else
    what its address, landmark or text name."""
    words = ". ".join(part for part in (place.address, place.landmark, problem) if part)
    named = tuple(_named(words, city))
    if place.lat is not None and place.lng is not None:
        there = city.area_at(place.lat, place.lng)
        if there is not None:
            return AreaSuggestion(there, POINT, _without(named, there))
    told = place.area
    if told is None and words:
        found = find_place(words, city)
        told = found.area if found else None
    if told is not None:
        return AreaSuggestion(told, TEXT, _without(named, told))
    return AreaSuggestion(None, ASK, named[:_OTHERS])


def _named(words: str, city: City) -> dict[str, None]:
    """The kelurahan that the words name, and those of a kecamatan that they name alone."""
    found: dict[str, None] = {}
    districts: dict[str, None] = {}
    for hit in read(words, city).hits if words else ():
        if hit.kelurahan is not None:
            found[hit.kelurahan] = None
        elif hit.kecamatan is not None:
            districts[hit.kecamatan] = None
    if not found and len(districts) == 1:
        (district,) = districts
        found = {code: None for code, area in city.areas.items() if area.parent == district}
    return found


def _without(named: tuple[str, ...], area: str) -> tuple[str, ...]:
    return tuple(code for code in named if code != area)[:_OTHERS]
