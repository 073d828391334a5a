"""The place of the problem: a point, an address, or a landmark with its kelurahan."""

from __future__ import annotations

import h3
import msgspec

CELL_RESOLUTION = 9
"""Of H3: cells of about 0.1 km²."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Degrees are WGS 84. `area` is a kelurahan code; `in_city` is None while no point is known. `same_as_reporter`
    marks a place the reporter gave as their own address: then `address` holds the street without the house, never the
    whole. `from_photo`: nobody said where it is; the point is where a picture was taken."""

    lat: float | None = None
    lng: float | None = None
    address: str = ""
    landmark: str = ""
    area: str | None = None
    in_city: bool | None = None
    same_as_reporter: bool = False
    from_photo: bool = False

    @property
    def has_point(self) -> bool:
        """Whether a point is known (a point outside the city counts: it is marked, and left to the admin)."""
        return self.lat is not None and self.lng is not None

    @property
    def is_enough(self) -> bool:
        """Whether an agency could find it: a point, an address, or a landmark and its kelurahan."""
        return self.has_point or self.same_as_reporter or bool(self.address or (self.landmark and self.area))


def cell_of(place: Place | None) -> str | None:
    """The H3 cell of a point in the city."""
    if place is None or place.lat is None or place.lng is None or not place.in_city:
        return None
    return str(h3.latlng_to_cell(place.lat, place.lng, CELL_RESOLUTION))
