"""Reading the filters of Open311's lists. What is empty counts as absent; every filter that makes no sense is named."""

from __future__ import annotations

import math
import re
from calendar import monthrange
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from chalicelib.channels.instants import with_plus
from chalicelib.city.model import City
from chalicelib.domain.errors import Invalid, Unknown
from chalicelib.usecases.open311 import MOST, SPAN, Found, Wanted

MOST_NAMES = 1_000
# Times are kept far enough from the ends of the calendar for 90 days to be taken off and for any offset.
_FIRST, _LAST = datetime(1971, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_STATUSES = frozenset({"open", "closed"})
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
# Beyond the end of any list; reading is bounded anyway.
_DEEPEST = 1_000_000
_FARTHEST_METRES = 100_000.0


def jurisdiction(current: Any, city: City) -> None:
    """Raises Unknown for somebody else's jurisdiction, where the pack names its own; one city needs none."""
    own = next(
        (each.inbound.get("jurisdiction_id") for each in city.channels.values() if each.adapter == "open311"), ""
    )
    asked = one(current, "jurisdiction_id")
    if own and asked and asked != own:
        raise Unknown(f"jurisdiction_id {asked[:100]} was not found.")


def every(current: Any, name: str) -> list[str]:
    """A parameter's values, none of them empty."""
    given = current.query_params.getlist(name) if current.query_params and name in current.query_params else []
    return [text for value in given if (text := str(value).strip())]


def one(current: Any, name: str) -> str:
    """A parameter's last value, empty when it is absent."""
    values = every(current, name)
    return values[-1] if values else ""


def listed(current: Any, name: str) -> list[str]:
    """A parameter that may hold several values, separated by commas or given several times."""
    return [part.strip() for value in every(current, name) for part in value.split(",") if part.strip()][:MOST_NAMES]


def wanted(current: Any, now: datetime, city: City) -> Wanted:
    """The filters of the list of requests. Raises Invalid naming each one that makes no sense."""
    wrong: dict[str, object] = {}
    statuses = frozenset(status.lower() for status in listed(current, "status"))
    if statuses - _STATUSES:
        wrong["status"] = "open or closed"
    changed = None
    if one(current, "updated_after") or one(current, "updated_before"):
        changed = _span(current, "updated_after", "updated_before", now, city, wrong)
    start, end = _span(current, "start_date", "end_date", now, city, wrong)
    if changed and not one(current, "start_date"):
        start = datetime.fromtimestamp(0, end.tzinfo)
    size = _count(current, "page_size", MOST, wrong)
    number = _count(current, "page", 1, wrong)
    box, around = _box(current, wrong), _around(current, wrong)
    if wrong:
        raise Invalid("Some filters make no sense.", details=wrong)
    return Wanted(
        start=start,
        end=end,
        codes=frozenset(listed(current, "service_code")),
        statuses=statuses,
        changed=changed,
        box=box,
        around=around,
        page=number,
        size=min(size, MOST),
    )


def window(current: Any, now: datetime, city: City) -> tuple[datetime, datetime, int]:
    """Start, end and page of the list of updates. Raises Invalid."""
    wrong: dict[str, object] = {}
    start, end = _span(current, "start_date", "end_date", now, city, wrong)
    number = _count(current, "page", 1, wrong)
    if wrong:
        raise Invalid("Some filters make no sense.", details=wrong)
    return start, end, number


def following(current: Any, asked: Wanted, found: Found) -> str:
    """The query of the next page."""
    if found.until is not None:
        return replaced(current, page="1", end_date=found.until.isoformat())
    return replaced(current, page=str(asked.page + 1))


def replaced(current: Any, **values: str) -> str:
    """The query with other values, without the key that some clients send along."""
    names = dict.fromkeys(current.query_params or ())
    kept = [(name, value) for name in names if name not in {"api_key", *values} for value in every(current, name)]
    return urlencode([*kept, *values.items()])


def _span(
    current: Any, first: str, last: str, now: datetime, city: City, wrong: dict[str, object]
) -> tuple[datetime, datetime]:
    """From when to when: 90 days at most, up to the end that was asked for, otherwise the latest."""
    start, end = _instant(current, first, city, wrong), _instant(current, last, city, wrong, whole=True)
    if end is None:
        end = start + SPAN if start else now
    end = min(end, now)  # nothing is later, and 90 days before the end begin here
    if start is None or end - start > SPAN:
        start = end - SPAN
    return start, end


def _instant(current: Any, name: str, city: City, wrong: dict[str, object], *, whole: bool = False) -> datetime | None:
    """A W3C date or time. A date alone is the city's day; as an end (`whole`) it is there to its last moment."""
    text = one(current, name)
    if not text:
        return None
    zone = ZoneInfo(city.timezone)
    match = _DATE.fullmatch(text)
    at = _day(match, zone, whole) if match else _time(text, zone)
    if at is None:
        wrong[name] = "must be a time such as 2026-11-21T14:30:00+07:00"
        return None
    return min(max(at, _FIRST), _LAST)


def _time(text: str, zone: ZoneInfo) -> datetime | None:
    """A time; without an offset it is the city's."""
    if len(text) > 64 or "-" not in text:
        return None
    try:
        at = datetime.fromisoformat(with_plus(text))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _day(match: re.Match[str], zone: ZoneInfo, whole: bool) -> datetime | None:
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        if not whole:
            return datetime(year or 0, month or 1, day or 1, tzinfo=zone)
        month = month or 12
        day = day or monthrange(year or 0, month)[1]
        return datetime.combine(date(year or 0, month, day), time.max, zone)
    except ValueError:
        return None


def _count(current: Any, name: str, default: int, wrong: dict[str, object]) -> int:
    text = one(current, name)
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and text.strip("0")):
        wrong[name] = "must be a number above zero"
        return default
    return int(text) if len(text) < len(str(_DEEPEST)) else _DEEPEST


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _box(current: Any, wrong: dict[str, object]) -> tuple[float, float, float, float] | None:
    text = one(current, "bbox")
    if not text:
        return None
    sides = [_number(part) for part in text.split(",")]
    if len(sides) != 4 or not all(-180 <= side <= 180 for side in sides):
        wrong["bbox"] = "must be west,south,east,north in degrees"
        return None
    return sides[0], sides[1], sides[2], sides[3]


def _around(current: Any, wrong: dict[str, object]) -> tuple[float, float, float] | None:
    texts = {name: one(current, name) for name in ("lat", "long", "radius")}
    if not any(texts.values()):
        return None
    lat, lng = _number(texts["lat"]), _number(texts["long"])
    radius = _number(texts["radius"]) if texts["radius"] else 1_000.0
    bounds = {"lat": (lat, -90.0, 90.0), "long": (lng, -180.0, 180.0), "radius": (radius, 0.0, _FARTHEST_METRES)}
    for name, (value, least, most) in bounds.items():
        if not least <= value <= most:  # also refuses NaN
            wrong[name] = f"must be a number from {least:g} to {most:g}"
    return lat, lng, radius
