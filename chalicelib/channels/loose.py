"""Values of a provider's JSON that may be missing or of another type: each reader gives what can be used, or nothing.

For chat providers a webhook that is refused is sent again and holds up those behind it: what is unreadable there is passed
over, where a city app would be told of its slip.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from .message import Location
from .payload import MAX_TEXT, clean

MAX_ID = 200

_TRACKING = re.compile(r"\b[A-Z]{2,4}(?:-[0-9A-Z]{4}){3}\b")
_NONE: Mapping[str, Any] = {}


def struct(value: object, *steps: str) -> Mapping[str, Any]:
    """The JSON object at a path below `value`; an empty one when there is none."""
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else _NONE


def rows(value: object) -> list[Any]:
    """A list; empty when it is none."""
    return value if isinstance(value, list) else []


def identity(*values: object) -> str:
    """The first usable id among `values`, as text: a whole number and its digits are the same id. "" when none is."""
    for value in values:
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**40:
            return str(value)
        if isinstance(value, str) and 0 < len(found := clean(value).strip()) <= MAX_ID:
            return found
    return ""


def words(value: object, most: int = MAX_TEXT) -> str:
    """A text, at most so long; "" when it is none."""
    return clean(value)[:most] if isinstance(value, str) else ""


def instant_value(value: object) -> str | float | None:
    """What `read_instant` takes."""
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def number(value: object) -> float:
    """A number; NaN when it is none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan


def point(lat: float, lng: float) -> tuple[float, float] | None:
    """Degrees as (latitude, longitude), put right where they can only be swapped. None for what is nowhere, and for 0,0:
    the phone knew no place."""
    if abs(lat) > 90 >= abs(lng):
        lat, lng = lng, lat
    if not (abs(lat) <= 90 and abs(lng) <= 180) or (lat == 0 and lng == 0):
        return None
    return lat, lng


def location(lat: object, lng: object, *, address: str = "", landmark: str = "") -> Location | None:
    """Where something is, as far as it can be told; None when nothing can."""
    found = _point_of(lat, lng)
    if found is None and not address and not landmark:
        return None
    return Location(
        lat=found[0] if found else None, lng=found[1] if found else None, address=address, landmark=landmark
    )


def tracking_in(text: str) -> str:
    """The first tracking number in a text of ours; "" when it holds none."""
    found = _TRACKING.search(text)
    return found.group() if found else ""


def _point_of(lat: object, lng: object) -> tuple[float, float] | None:
    try:
        return point(number(lat), number(lng))
    except OverflowError:  # a whole number too large for any float
        return None
