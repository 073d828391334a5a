"""Which kelurahan a report is of, and how that is known: for the page on which a person decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .places import find_place

if TYPE_CHECKING:
    from chalicelib.city.model import City
    from chalicelib.domain.place import Place

POINT, PHOTO, TEXT, GIVEN, ASK = "point", "photo", "text", "given", "ask"


class AreaSuggestion(NamedTuple):
    """`source` says where the area is from: "point", "photo" (where one was taken), "text" (the words name it), "given", or
    "ask" where it is not known; `found` is the place that the words tell then."""

    source: str
    found: Place | None = None


def area_suggestion(place: Place, problem: str, city: City) -> AreaSuggestion:
    """How the area of a report is known, from its place and masked text."""
    if place.area is not None and place.has_point:
        return AreaSuggestion(PHOTO if place.from_photo else POINT)
    told = find_place(problem, city) if problem and not place.has_point else None
    if place.area is not None:
        return AreaSuggestion(TEXT if told is not None and told.area == place.area else GIVEN)
    return AreaSuggestion(ASK, told)
