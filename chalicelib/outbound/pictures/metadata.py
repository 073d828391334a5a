"""When and where a picture was taken, from its EXIF: anybody may have written that, so nothing of it can raise."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone

from . import exif
from .exif import Exif

_TIMES = ((exif.TAKEN, exif.TAKEN_OFFSET), (exif.DIGITISED, exif.DIGITISED_OFFSET))
_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")
_MOST_CHARACTERS = 64


def orientation(told: Exif) -> int:
    """1 to 8, as EXIF counts; 1 when it says nothing that makes sense."""
    value = told.main.get(exif.ORIENTATION)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def taken_at(told: Exif) -> datetime | None:
    """When it was taken: aware where the picture tells the offset, naive (the camera's own time) where it does not."""
    for name, offset in _TIMES:
        try:
            # Naive on purpose: which zone a camera was set to, only the caller can guess.
            taken = datetime.strptime(_text(told.taking.get(name)), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
        except ValueError:
            continue
        zone = _zone(_text(told.taking.get(offset)))
        return taken.replace(tzinfo=zone) if zone else taken
    return None


def taken_where(told: Exif) -> tuple[float, float] | None:
    """Where it was taken: latitude and longitude, WGS 84 degrees. 0, 0 is what a camera without a fix writes."""
    lat = _degrees(told.place.get(exif.LAT), _text(told.place.get(exif.LAT_SIDE)), "N", "S", 90)
    lng = _degrees(told.place.get(exif.LNG), _text(told.place.get(exif.LNG_SIDE)), "E", "W", 180)
    if lat is None or lng is None or (abs(lat) < 1e-6 and abs(lng) < 1e-6):
        return None
    return round(lat, 6), round(lng, 6)


def software(told: Exif) -> str:
    """What it says it was made with; "" when it says nothing."""
    return _text(told.main.get(exif.SOFTWARE))


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    return value.strip("\0 ")[:_MOST_CHARACTERS] if isinstance(value, str) else ""


def _zone(text: str) -> timezone | None:
    match = _OFFSET.fullmatch(text)
    if match is None or int(match[2]) > 14 or int(match[3]) > 59:
        return None
    span = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(-span if match[1] == "-" else span)


def _degrees(value: object, side: str, positive: str, negative: str, most: int) -> float | None:
    if not isinstance(value, tuple | list) or len(value) != 3 or side.upper() not in (positive, negative):
        return None
    try:
        degrees, minutes, seconds = (float(each) for each in value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    total = degrees + minutes / 60 + seconds / 3600
    fits = all(math.isfinite(each) and each >= 0 for each in (degrees, minutes, seconds)) and total <= most
    return (-total if side.upper() == negative else total) if fits else None
