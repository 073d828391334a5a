"""What is built once from a city and kept with it: indexes that a pack's data make."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from chalicelib.city.model import City

T = TypeVar("T")
_MOST = 8


def per_city(build: Callable[[City], T]) -> Callable[[City], T]:
    """`build`, remembering its result for as long as that very city is in use (cities cannot be hashed)."""
    built: dict[int, tuple[City, T]] = {}

    def of(city: City) -> T:
        known = built.get(id(city))
        if known is not None and known[0] is city:
            return known[1]
        if len(built) >= _MOST:
            built.clear()
        made = build(city)
        built[id(city)] = (city, made)
        return made

    return of
