"""When and where a picture was taken, from its EXIF: anybody may have written that, so nothing of it can raise."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from PIL import Image

_EXIF, _GPS = 0x8769, 0x8825
_ORIENTATION = 0x0112
_TIMES = ((0x9003, 0x9011), (0x9004, 0x9012))  # taken, digitised: the time and its offset
_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")
_MOST_CHARACTERS = 64


def orientation(image: Image.Image) -> int:
    """1 to 8, as EXIF counts; 1 when it says nothing that makes sense."""
    value = _tags(image, None).get(_ORIENTATION)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def taken_at(image: Image.Image) -> datetime | None:
    """When it was taken: aware where the picture tells the offset, naive (the camera's own time) where it does not."""
    tags = _tags(image, _EXIF)
    for name, offset in _TIMES:
        try:
            # Naive on purpose: which zone a camera was set to, only the caller can guess.
            taken = datetime.strptime(_text(tags.get(name)), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
        except ValueError:
            continue
        zone = _zone(_text(tags.get(offset)))
        return taken.replace(tzinfo=zone) if zone else taken
    return None


def taken_where(image: Image.Image) -> tuple[float, float] | None:
    """Where it was taken: latitude and longitude, WGS 84 degrees. 0, 0 is what a camera without a fix writes."""
    tags = _tags(image, _GPS)
    lat = _degrees(tags.get(2), _text(tags.get(1)), "N", "S", 90)
    lng = _degrees(tags.get(4), _text(tags.get(3)), "E", "W", 180)
    if lat is None or lng is None or (abs(lat) < 1e-6 and abs(lng) < 1e-6):
        return None
    return round(lat, 6), round(lng, 6)


def _tags(image: Image.Image, part: int | None) -> Mapping[int, Any]:
    try:
        whole = image.getexif()
        return dict(whole if part is None else whole.get_ifd(part))
    except Exception:  # Pillow's reader of EXIF raises whatever a wrong offset leads to: there is no base class
        return {}


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
