"""Alerts: whoever wants to hear of new public reports around a place is told once of each, when everybody may list it."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from chalicelib.channels.message import Message
from chalicelib.city.kelurahan import full_name, kelurahan_meant
from chalicelib.city.model import City
from chalicelib.domain import tracking as numbers
from chalicelib.domain.around import RADII, Around, circle, concerns, keys_at
from chalicelib.domain.errors import Invalid
from chalicelib.domain.lifecycle import TERMINAL, Status
from chalicelib.domain.listing import listed
from chalicelib.domain.openness import category_of, open_place
from chalicelib.domain.report import Report
from chalicelib.store.followers import ALERT
from chalicelib.usecases import following
from chalicelib.usecases.desk import Desk

RECENT = timedelta(days=14)
"""A report that came in longer ago is no news, though it is listed only now."""
_NO_NEWS = TERMINAL - {Status.DONE}
"""What was refused, taken back or merged first of all is nobody's news: no one passes on what the staff did not let stand."""
A_DAY = 10
"""Alerts that one person gets on one day; then one line says that there is more."""
PAGE = 500


class Alerted(msgspec.Struct, frozen=True, kw_only=True):
    """A message on the replies queue: that `who` hears of a new report, by their alert `of`."""

    tracking: str
    who: str
    of: str


class Everybody(msgspec.Struct, frozen=True, kw_only=True):
    """A message on the replies queue: that those hear of a report who want to under that key of its place, after `after`."""

    tracking: str
    key: str
    after: str


def around_of(
    city: City, *, kelurahan: str = "", lat: str = "", lng: str = "", radius: str = "", category: str = ""
) -> Around:
    """What somebody means by the fields of a form: a kelurahan by name or code, or a point in the city with a radius in
    metres; and a category's code ("": all). Raises Invalid naming every wrong field."""
    wrong: dict[str, object] = {}
    if category and category not in city.open_categories():
        wrong["category"] = "is no category of this city"
    found: Around | None = None
    if kelurahan.strip():
        meant = kelurahan_meant(city, kelurahan)
        if len(meant) == 1:
            found = Around(area=meant[0].code, category=category)
        else:
            wrong["kelurahan"] = [full_name(city, each) for each in meant] or "is no kelurahan of this city"
    elif not (lat or lng):
        wrong["kelurahan"] = "is required, or a point"
    else:
        metres = int(radius) if radius.isascii() and radius.isdecimal() else 0
        point = _point(city, lat, lng)
        if metres not in RADII:
            wrong["radius"] = f"one of {', '.join(map(str, RADII))}"
        if point is None:
            wrong["lat"] = "must be a point in the city"
        elif metres in RADII:
            found = circle(*point, metres, category)
    if wrong or found is None:
        raise Invalid("Some fields are wrong.", details=wrong)
    return found


def ask(desk: Desk, around: Around, *, email: str, lang: str, seed: str) -> None:
    """Asks an address, by mail, whether it wants these alerts. Raises Invalid on `email`."""
    following.ask(desk, ALERT, name_of(around), email=email, lang=lang, seed=seed, around=around)


def watch_by(desk: Desk, around: Around, message: Message, *, lang: str, seed: str) -> None:
    """Alerts by a channel that proves who writes: they count at once. Raises NotAllowedNow when they have too many."""
    following.take(desk, ALERT, name_of(around), message, lang=lang, seed=seed, around=around)


def name_of(around: Around) -> str:
    """The id of an alert: the same place and category of one person are one alert."""
    return numbers.digest_of("alert", msgspec.json.encode(around).decode()).hex()[:16]


def look(desk: Desk, report: Report) -> None:
    """Puts one message on the replies queue for each alert around a report that everybody may list since lately; once for
    each report, or, where that was cut short, again: each delivery is claimed by itself."""
    if not is_news(desk, report) or desk.followers.all_told(report.tracking):
        return
    for key in keys_at(report.place.area or "", _open_point(desk, report)):
        fan_out(desk, report, key)
    desk.followers.note_all_told(report.tracking, until=report.received_at + RECENT + timedelta(days=1))


def is_news(desk: Desk, report: Report) -> bool:
    """Whether a report is one that alerts tell of: recent, in the city, on everybody's lists, and open or done."""
    if report.status in _NO_NEWS:
        return False
    there = bool(report.place.area) or _open_point(desk, report) is not None
    return there and desk.now() - report.received_at < RECENT and listed(report) is not None


def fan_out(desk: Desk, report: Report, key: str, after: str = "") -> int:
    """Puts a message on the queue for each alert under one key of the report's place: a page of them, and one message for the
    next page."""
    area, point, category = report.place.area or "", _open_point(desk, report), category_of(report)
    page = desk.followers.around(key, limit=PAGE, after=after)
    if len(page) == PAGE:
        rest = Everybody(tracking=report.tracking, key=key, after=page[-1][0])
        desk.answers.put(msgspec.json.encode({"everybody": rest}).decode())
    told = [id.partition(".") for id, around in page if concerns(around, area, point, category)]
    desk.answers.put_all(
        msgspec.json.encode({"alert": Alerted(tracking=report.tracking, who=who, of=of)}).decode()
        for who, _, of in told
    )
    return len(told)


def _open_point(desk: Desk, report: Report) -> tuple[float, float] | None:
    """Where the report is, as everybody may know it: many small circles must not tell more than the map does."""
    point = open_place(report, desk.city)
    return (point.lat, point.lng) if point else None


def _point(city: City, lat: str, lng: str) -> tuple[float, float] | None:
    try:
        point = (float(lat), float(lng))
    except ValueError:
        return None
    return point if city.area_at(*point) is not None else None
