"""What drawings of maps have in common: from degrees to a sheet's units, cutting rings at its edges, a bar for the scale."""

from __future__ import annotations

from typing import NamedTuple

KM = 111.32
"""Of a degree of latitude."""
Ring = list[tuple[float, float]]
_ROUND_KM = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)


class Sheet(NamedTuple):
    """How degrees become the drawing's units."""

    west: float
    north: float
    x_per_degree: float
    y_per_degree: float

    def x(self, lng: float) -> float:
        """Units from the left."""
        return (lng - self.west) * self.x_per_degree

    def y(self, lat: float) -> float:
        """Units from the top."""
        return (self.north - lat) * self.y_per_degree


def clipped(ring: Ring, width: float, height: float) -> Ring:
    """What of a ring lies on a sheet of that size: cut at one side after the other (Sutherland and Hodgman)."""
    for axis, bound, sign in ((0, 0, 1), (0, width, -1), (1, 0, 1), (1, height, -1)):
        kept: Ring = []
        for one, other in zip(ring, [*ring[1:], *ring[:1]], strict=True):
            first, second = (one[axis] - bound) * sign, (other[axis] - bound) * sign
            if first >= 0:
                kept.append(one)
            if (first >= 0) != (second >= 0):
                share = first / (first - second)
                kept.append((one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share))
        ring = kept
    return ring


def extent(ring: Ring) -> float:
    """A ring's area in square units."""
    return abs(sum(_cross(one, other) for one, other in _sides(ring))) / 2


def centre(ring: Ring) -> tuple[float, float]:
    """The centre of gravity of a ring with an area."""
    whole = sum(_cross(one, other) for one, other in _sides(ring)) * 3
    x = sum((one[0] + other[0]) * _cross(one, other) for one, other in _sides(ring)) / whole
    y = sum((one[1] + other[1]) * _cross(one, other) for one, other in _sides(ring)) / whole
    return x, y


def _sides(ring: Ring) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    return list(zip(ring, [*ring[1:], *ring[:1]], strict=True))


def _cross(one: tuple[float, float], other: tuple[float, float]) -> float:
    return one[0] * other[1] - other[0] * one[1]


def scale(sheet: Sheet, height: int, width: int = 640) -> str:
    """A bar of a round length at the foot of the sheet, at most a quarter of its width, as SVG."""
    per_km = sheet.y_per_degree / KM
    km = max((each for each in _ROUND_KM if each * per_km <= width / 4), default=_ROUND_KM[0])
    long = km * per_km
    told = f"{km:g} km" if km >= 1 else f"{km * 1000:.0f} m"
    y = height - 14
    return f'<path class="scale" d="M14 {y - 5}V{y}H{14 + long:.0f}V{y - 5}"/><text class="scale" x="{20 + long:.0f}" y="{y}">{told}</text>'


def safe(text: str) -> str:
    """Text as SVG has it, also in an attribute."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
