"""The fields of a form, whoever fills it in: checked together, so that every slip is named at once, then one `Message`.

What is of the wrong type or out of bounds is refused; what is merely missing is not: an incomplete report is asked back.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import get_type_hints

import msgspec

from ..domain.errors import Invalid
from .message import Location, Message
from .payload import MAX_TEXT, clean, fingerprint
from .phones import e164

MAX_PHOTOS = 10
FORM_ID = re.compile(r"[A-Za-z0-9._~-]{1,128}")
# Whose it is, and whether it is one of ours, is found out when it is claimed.
UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")

_LONGEST = {
    "text": MAX_TEXT,
    "category": 100,
    "name": 200,
    "address": 1_000,
    "phone": 40,
    "email": 254,
    "place_address": 1_000,
    "landmark": 500,
    "kelurahan": 200,
}
_EXPECTED = {
    "str": "text",
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "object": "an object",
}
_DEGREES = re.compile(r"[+-]?\d{1,3}(\.\d{1,20})?", re.ASCII)
_MAIL = re.compile(r"[^@\s<>\"(),;:\\]{1,64}@[^@\s<>\"(),;:\\]+\.[^@\s<>\"(),;:\\.]{2,}")


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """What a form says, as it was typed. `address` is the reporter's own, `place_address` the problem's."""

    text: str = ""
    name: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    place_address: str = ""
    landmark: str = ""
    kelurahan: str = ""
    lat: float | str | None = None
    lng: float | str | None = None
    category: str = ""
    photos: tuple[str, ...] = ()
    private: bool = False
    anonymous: bool = False
    confidential: bool = False


def message_of(
    told: Fields,
    wrong: Mapping[str, object],
    *,
    channel: str,
    message_id: str,
    paths: Mapping[str, str],
    sent_at: datetime | None = None,
    lang: str = "",
    raw: bytes = b"",
) -> Message:
    """The message that these fields make. `wrong` holds what the caller has found already, `paths` what this form calls a
    field where that is not its name here. Raises Invalid naming every wrong field."""
    words = {name: _tidy(getattr(told, name)) for name in _LONGEST} | {"text": clean(told.text).strip()}
    slips = _slips(told, words)
    lat, lng = point(_decimal(told.lat), _decimal(told.lng), slips)
    if slips or wrong:
        named: dict[str, object] = {paths.get(name, name): reason for name, reason in slips.items()}
        raise Invalid("Some fields are wrong.", details=named | dict(wrong))
    phone = e164(words["phone"]) or ""
    place = Location(
        lat=lat, lng=lng, address=words["place_address"], landmark=words["landmark"], area=words["kelurahan"]
    )
    return Message(
        channel=channel,
        id=message_id,
        sender=phone or words["email"].lower() or unnamed(words["name"], words["address"], message_id),
        text=words["text"],
        sent_at=sent_at,
        name=words["name"],
        address=words["address"],
        phone=phone,
        email=words["email"],
        location=place if place != _NOWHERE else None,
        category=words["category"],
        photos=tuple(f"upload:{photo}" for photo in told.photos),
        private=told.private,
        anonymous=told.anonymous,
        confidential=told.confidential,
        answerable=bool(phone or words["email"]),
        lang=lang,
        raw=raw,
    )


_NOWHERE = Location()


def _slips(told: Fields, words: Mapping[str, str]) -> dict[str, str]:
    slips = {name: f"must be at most {most} characters" for name, most in _LONGEST.items() if len(words[name]) > most}
    if words["phone"] and not e164(words["phone"]):
        slips.setdefault("phone", "must be a telephone number such as 0812 3456 7890")
    if words["email"] and not _MAIL.fullmatch(words["email"]):
        slips.setdefault("email", "must be an e-mail address such as nama@contoh.id")
    if len(told.photos) > MAX_PHOTOS:
        slips["photos"] = f"must be at most {MAX_PHOTOS}"
    return slips | {
        f"photos.{index}": "must be the id that POST /uploads gave"
        for index, photo in enumerate(told.photos[:MAX_PHOTOS])
        if not UPLOAD_ID.fullmatch(photo)
    }


def wrong_types(
    document: Mapping[str, object],
    shape: type[msgspec.Struct],
    inner: Mapping[str, type[msgspec.Struct]],
    path: str = "",
) -> dict[str, str]:
    """Every field of `document` whose value `shape` does not take, by its dotted path; `inner` are the shapes of the
    objects in it. Unknown fields are no matter."""
    wrong: dict[str, str] = {}
    for field, wanted in get_type_hints(shape).items():
        value = document.get(field)
        if not path and field in inner and isinstance(value, dict):
            wrong |= wrong_types(value, inner[field], {}, f"{field}.")
            continue
        if isinstance(value, str):
            value = clean(value)  # half an emoji is no UTF-8, which msgspec's own message needs
        try:
            msgspec.convert(value, wanted)
        except msgspec.ValidationError as error:
            reason, _, place = str(error).partition(" - at `$")
            wrong[path + field + place.rstrip("`").replace("[", ".").replace("]", "")] = _in_words(reason)
    return wrong


def _in_words(reason: str) -> str:
    """msgspec's "Expected `str | null`, got `int`" as a reason for people."""
    if not reason.startswith("Expected"):
        return "is out of range"
    names = reason.split("`")[1].split(" | ")
    return "must be " + " or ".join(_EXPECTED.get(name, "a list") for name in names if name != "null")


def point(lat: float | str | None, lng: float | str | None, slips: dict[str, str]) -> tuple[float | None, float | None]:
    """The two degrees, or none of them; what is wrong goes into `slips` as "lat" and "lng". Both zero means that the
    device knew no place; beyond 90 the two can only be swapped."""
    north, east = _degrees(lat, "lat", slips), _degrees(lng, "lng", slips)
    if north is not None and east is not None and abs(north) > 90 >= abs(east):
        north, east = east, north
    if north is not None and abs(north) > 90:
        slips["lat"] = "must be degrees from -90 to 90"
    if (north is None) != (east is None):
        slips.setdefault("lat" if north is None else "lng", "is needed with the other one")
    return (None, None) if north == 0 and east == 0 else (north, east)


def _decimal(typed: float | str | None) -> float | str | None:
    """Degrees as people type them, with a comma."""
    return typed.replace(",", ".") if isinstance(typed, str) else typed


def _degrees(value: float | str | None, field: str, slips: dict[str, str]) -> float | None:
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return None
        value = float(text) if _DEGREES.fullmatch(text) else math.nan
    if value is None:
        return None
    if not -180 <= value <= 180:  # also refuses NaN
        slips[field] = "must be degrees from -180 to 180"
        return None
    return float(value)


def _tidy(text: str) -> str:
    return " ".join(clean(text).split())


def unnamed(name: str, address: str, message_id: str) -> str:
    """A sender for a reporter without phone and e-mail: the same person is the same sender, nobody is nobody else."""
    return "person:" + (fingerprint(name, address) if name or address else fingerprint(message_id))
