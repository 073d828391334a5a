"""Open311 GeoReport v2: a posted form becomes one `Message`, or an answer that names everything that is wrong with it.

Reading and the routes are in `http/open311.py`: this channel has addresses and errors of its own.
"""

from __future__ import annotations

import hmac
import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from ..city.model import Attribute, City
from ..domain.errors import Invalid
from .instants import read_instant
from .message import Location, Message
from .open311_form import Posted
from .payload import MAX_TEXT, fingerprint
from .phones import e164

MAX_PHOTOS = 10
MAX_UPDATE_ID = 100
_MAX_URL = 2_048
_LONGEST = {
    "description": MAX_TEXT,
    "first_name": 200,
    "last_name": 200,
    "email": 254,
    "phone": 40,
    "address_string": 1_000,
    "address_id": 200,
    "account_id": 200,
    "device_id": 200,
}
_DEGREES = re.compile(r"[+-]?\d{1,3}(\.\d{1,30})?", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,20}([.,]\d{1,20})?", re.ASCII)
_WEB = re.compile(r"https?://[^\s/?#\\]+[^\s\\]*", re.IGNORECASE)


class Slip(msgspec.Struct, frozen=True):
    """One thing wrong with a request: Open311's code and what to do about it."""

    code: int
    description: str


class Refused(Invalid):
    """A request that is not taken, with everything that is wrong with it."""

    def __init__(self, slips: Sequence[Slip]) -> None:
        named = {slip.description.partition(" ")[0]: slip.description for slip in slips}
        super().__init__("The request is not acceptable.", details=named)
        self.slips = tuple(slips)
        if self.status == 403:
            self.code = "unauthenticated"

    @property
    def status(self) -> int:
        """The answer's own code: no key outweighs what is not found, and that outweighs what is wrong."""
        codes = {slip.code for slip in self.slips}
        return next((code for code in (403, 404) if code in codes), 400)


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """A posted `servicerequestupdate`: what another system says about a report. `known` is what identifies its author."""

    update_id: str
    service_request_id: str
    status: str
    text: str
    at: datetime | None
    known: tuple[str, ...]
    raw: bytes


def key_slips(posted: Posted, secrets: str) -> list[Slip]:
    """What is wrong with the api_key: nothing when it is one of those in use (separated by blanks while one replaces
    another)."""
    given = posted.one("api_key").encode()
    if not given:
        return [Slip(403, "api_key is missing: it is required to post.")]
    fits = [hmac.compare_digest(given, key.encode()) for key in secrets.split()]
    return [] if any(fits) else [Slip(403, "api_key is not valid.")]


def parse(posted: Posted, city: City, channel: str, slips: Sequence[Slip] = ()) -> Message:
    """The report in a form; its id stands for its content. Raises Refused naming every slip (and those found before)."""
    wrong = [*slips, *_service(posted, city), *_too_long(posted)]
    location = _location(posted, city, wrong)
    photos = _photos(posted, wrong)
    code = posted.one("service_code")
    attributes = _attributes(posted, city, code, wrong)
    if wrong:
        raise Refused(wrong)
    name = " ".join(part for part in (posted.one("first_name"), posted.one("last_name")) if part)
    phone, email = posted.one("phone"), posted.one("email")
    phone = e164(phone) or phone
    language = city.policy.languages[0]
    text = posted.one("description") or city.categories[code].label[language]
    content = posted.content()
    account = posted.one("account_id") or posted.one("device_id")
    return Message(
        channel=channel,
        id=fingerprint(content),
        sender=phone or email.lower() or (f"account:{account}" if account else f"unnamed:{fingerprint(content)}"),
        text="\n".join((text, *attributes)),
        name=name,
        phone=phone,
        email=email,
        location=location,
        category=code,
        photos=photos,
        answerable=bool(phone or email),
        raw=content,
    )


def parse_update(posted: Posted, slips: Sequence[Slip] = ()) -> Update:
    """The update in a form. Raises Refused naming every slip."""
    wrong = [*slips]
    for field, most in (("update_id", MAX_UPDATE_ID), ("service_request_id", 100)):
        if not posted.one(field):
            wrong.append(Slip(400, f"{field} is missing."))
        elif len(posted.one(field)) > most:
            wrong.append(Slip(400, f"{field} has more than {most} characters."))
    told = posted.one("updated_datetime")
    at = read_instant(told)
    if told and at is None:
        wrong.append(Slip(400, "updated_datetime is no time such as 2026-11-21T14:30:00+07:00."))
    wrong += _too_long(posted)
    if len(posted.one("status")) > 100:
        wrong.append(Slip(400, "status has more than 100 characters."))
    if wrong:
        raise Refused(wrong)
    first, last = posted.one("first_name"), posted.one("last_name")
    known = (" ".join(part for part in (first, last) if part), posted.one("email"), posted.one("phone"))
    title, text = posted.one("title")[:500], posted.one("description")
    return Update(
        update_id=posted.one("update_id"),
        service_request_id=posted.one("service_request_id"),
        status=posted.one("status").lower(),
        text="\n".join(part for part in (title, text) if part),
        at=at,
        known=tuple(part for part in known if part.strip("- ")),
        raw=posted.content(),
    )


def _service(posted: Posted, city: City) -> list[Slip]:
    code = posted.one("service_code")
    if not code:
        return [Slip(400, "service_code is missing.")]
    return [] if code in city.open_categories() else [Slip(404, f"service_code '{code[:100]}' was not found.")]


def _too_long(posted: Posted) -> list[Slip]:
    return [
        Slip(400, f"{field} has more than {most} characters.")
        for field, most in _LONGEST.items()
        if len(posted.one(field)) > most
    ]


def _location(posted: Posted, city: City, wrong: list[Slip]) -> Location | None:
    """Where it is. Both degrees zero means that the client knew no place."""
    slips: list[Slip] = []
    lat, lng = _degrees(posted, "lat", slips), _degrees(posted, "long", slips)
    if lat is not None and lng is not None and abs(lat) > 90 >= abs(lng):
        lat, lng = lng, lat  # beyond 90 it can only be a longitude: the client has swapped them
    if lat is not None and abs(lat) > 90:
        slips.append(Slip(400, "lat must be degrees from -90 to 90."))
    if not slips and (lat is None) != (lng is None):
        slips.append(Slip(400, f"{'lat' if lat is None else 'long'} is missing: lat and long belong together."))
    wrong += slips
    if lat == 0 and lng == 0:
        lat = lng = None
    area = city.areas.get(posted.one("address_id"))
    address = posted.one("address_string")
    if area is not None and not address and lat is None:
        address = f"{area.level.capitalize()} {area.name}"
    if lat is None and not address:
        if not slips:
            unknown = " (that address_id is not known here)" if posted.one("address_id") else ""
            wrong.append(Slip(400, f"A location is missing: lat and long, address_string or address_id{unknown}."))
        return None
    kelurahan = area.code if area is not None and area.level == "kelurahan" else ""
    return Location(lat=lat, lng=lng, address=address, area=kelurahan)


def _degrees(posted: Posted, field: str, wrong: list[Slip]) -> float | None:
    text = posted.one(field)
    if not text:
        return None
    value = float(text) if _DEGREES.fullmatch(text) else math.nan
    if not -180 <= value <= 180:  # also refuses NaN
        wrong.append(Slip(400, f"{field} must be degrees such as {'-6.1754' if field == 'lat' else '106.8272'}."))
        return None
    return value


def _photos(posted: Posted, wrong: list[Slip]) -> tuple[str, ...]:
    urls = tuple(dict.fromkeys(posted.every("media_url")))
    if len(urls) > MAX_PHOTOS:
        wrong.append(Slip(400, f"media_url is there more than {MAX_PHOTOS} times."))
    if not all(len(url) <= _MAX_URL and _WEB.fullmatch(url) for url in urls):
        wrong.append(Slip(400, "media_url must be an address that begins with http:// or https://."))
    return urls


def _attributes(posted: Posted, city: City, code: str, wrong: list[Slip]) -> list[str]:
    """What the attributes say, in words for whoever reads the report. Unknown ones are passed over: clients send their
    own along (they stay in the sealed original)."""
    given = posted.attributes()
    lines: list[str] = []
    language = city.policy.languages[0]
    for attribute in city.attributes.get(code, ()):
        values = given.get(attribute.code, ())
        if not values and attribute.required:
            wrong.append(Slip(400, f"attribute[{attribute.code}] is required for {code}."))
        if not values or not attribute.variable:
            continue
        words = _in_words(attribute, values, language)
        if words is None:
            wrong.append(Slip(400, f"attribute[{attribute.code}] {_expected(attribute)}."))
        else:
            lines.append(f"{attribute.description[language]}: {words}")
    return lines


def _in_words(attribute: Attribute, values: Sequence[str], language: str) -> str | None:
    """The values as people read them; None for what the datatype does not take."""
    first = values[0]
    match attribute.datatype:
        case "singlevaluelist" | "multivaluelist":
            names = _names(attribute)
            if attribute.datatype == "multivaluelist":
                values = [
                    part for value in values for part in ([value] if value.lower() in names else value.split(","))
                ]
            chosen = [names.get(value.strip().lower()) for value in values]
            if None in chosen or (attribute.datatype == "singlevaluelist" and len(chosen) > 1):
                return None
            by_key = {choice.key: choice.name[language] for choice in attribute.values}
            return ", ".join(dict.fromkeys(by_key[key] for key in chosen if key is not None))
        case "number":
            return first if _NUMBER.fullmatch(first) else None
        case "datetime":
            return first if read_instant(first) is not None else None
        case "string":
            return " ".join(first.split()) if len(first) <= 500 else None
    return first if len(first) <= 4_000 else None


def _names(attribute: Attribute) -> Mapping[str, str]:
    """The key of each choice, by key and by name in any language."""
    names = {name.lower(): choice.key for choice in attribute.values for name in choice.name.values()}
    return names | {choice.key.lower(): choice.key for choice in attribute.values}


def _expected(attribute: Attribute) -> str:
    if attribute.values:
        one = "one" if attribute.datatype == "singlevaluelist" else "some"
        return f"must be {one} of {', '.join(choice.key for choice in attribute.values)}"
    return {
        "number": "must be a number",
        "datetime": "must be a time such as 2026-11-21T14:30:00+07:00",
    }.get(attribute.datatype, "is too long")
