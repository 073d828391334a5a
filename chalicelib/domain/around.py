"""What somebody wants to hear of: new reports in a kelurahan, or within a circle; and under which keys a circle is found
from any point in it. Keys are the kelurahan's code, or H3 cells as wide as the circle asks for, so that they are few.
"""

from __future__ import annotations

import msgspec

from chalicelib.domain.proof import distance

RADII = (300, 1_000, 3_000)
"""Metres, that one can choose among."""
MOST_CELLS = 19
_RESOLUTION = {300: 8, 1_000: 8, 3_000: 7}
# A hexagon's own radius, in metres, with what the projection adds near the city: a cell further away touches nothing.
_REACH = {8: 640.0, 7: 1_700.0}
_DECIMALS = 3
"""Of degrees, about a hundred metres: nobody's own door is kept."""


class Around(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Either a kelurahan (`area`, its code) or a circle (`lat` and `lng`, degrees WGS 84, and `radius`, metres); of one category
    (its code) or of all ("")."""

    area: str = ""
    lat: float = 0.0
    lng: float = 0.0
    radius: int = 0
    category: str = ""


def circle(lat: float, lng: float, radius: int, category: str = "") -> Around:
    """A circle whose middle is kept no more exactly than it needs to be. `radius` is one of `RADII`."""
    return Around(lat=round(lat, _DECIMALS), lng=round(lng, _DECIMALS), radius=radius, category=category)


def keys_of(around: Around) -> list[str]:
    """Under which keys it is kept: 1 for a kelurahan, at most 19 cells for a circle."""
    if around.area:
        return [f"area#{around.area}"]
    import h3  # 10 ms that only who looks up places should pay

    resolution = _RESOLUTION[around.radius]
    middle = (around.lat, around.lng)
    cells = h3.grid_disk(h3.latlng_to_cell(*middle, resolution), 2)
    near = [cell for cell in cells if distance(middle, h3.cell_to_latlng(cell)) <= around.radius + _REACH[resolution]]
    return sorted(near)[:MOST_CELLS]


def keys_at(area: str, point: tuple[float, float] | None) -> list[str]:
    """Under which keys are all that a report there may concern: at most three."""
    import h3

    cells = [h3.latlng_to_cell(*point, resolution) for resolution in sorted(_REACH)] if point else []
    return [*([f"area#{area}"] if area else []), *cells]


def concerns(around: Around, area: str, point: tuple[float, float] | None, category: str) -> bool:
    """Whether a report there, of that category, is one of those wanted."""
    if around.category and around.category != category:
        return False
    if around.area:
        return around.area == area
    return point is not None and distance((around.lat, around.lng), point) <= around.radius
