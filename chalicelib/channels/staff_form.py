"""Reports entered by staff, at a counter or for somebody who cannot write: one JSON body, its sender is the reporter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import get_type_hints

import msgspec

from ..domain.errors import Invalid, Malformed, TooLarge
from .fields import FORM_ID, Fields, message_of
from .message import Message
from .payload import MAX_BODY, json_document

# What this form calls the fields.
PATHS = {
    "name": "reporter.name",
    "address": "reporter.address",
    "phone": "reporter.phone",
    "email": "reporter.email",
    "lat": "location.lat",
    "lng": "location.lng",
    "place_address": "location.address",
    "landmark": "location.landmark",
    "kelurahan": "location.kelurahan",
}
_WORDS = {"str": "text", "float": "a number", "int": "a whole number", "bool": "true or false", "object": "an object"}


class Reporter(msgspec.Struct, frozen=True):
    """Whose report it is."""

    name: str | None = None
    address: str | None = None
    phone: str | None = None
    email: str | None = None


class Where(msgspec.Struct, frozen=True):
    """Where the problem is. `kelurahan` is a name or a code."""

    lat: float | str | None = None
    lng: float | str | None = None
    address: str | None = None
    landmark: str | None = None
    kelurahan: str | None = None


class Form(msgspec.Struct, frozen=True):
    """The body of POST /staff/reports. `form_id` is made by the page: the same one is the same report."""

    channel: str | None = None
    text: str | None = None
    reporter: Reporter | None = None
    location: Where | None = None
    category: str | None = None
    photos: list[str] | None = None
    private: bool | None = None
    anonymous: bool | None = None
    confidential: bool | None = None
    form_id: str | None = None
    lang: str | None = None


_PARTS: dict[str, type[msgspec.Struct]] = {"reporter": Reporter, "location": Where}


def read(raw: bytes) -> Form:
    """The body, typed. Raises Malformed, TooLarge, or Invalid naming every field that is unknown or of a wrong type."""
    if len(raw) > MAX_BODY:
        raise TooLarge(f"At most {MAX_BODY} bytes are taken.", details={"limit": MAX_BODY})
    document = json_document(raw)
    if not isinstance(document, dict):
        raise Malformed("The body must be a JSON object.", details={"body": "must be an object"})
    wrong = _wrong(document, Form, "")
    form_id = document.get("form_id")
    if isinstance(form_id, str) and not FORM_ID.fullmatch(form_id):
        wrong["form_id"] = "must be 1 to 128 letters, digits or . _ ~ -"
    if not document.get("channel"):
        wrong["channel"] = "is required"
    if wrong:
        raise Invalid("Some fields are wrong.", details=wrong)
    return msgspec.convert(document, Form)


def message(form: Form, channel: str, *, message_id: str, raw: bytes, sent_at: datetime | None = None) -> Message:
    """The message of a form that was read. Raises Invalid naming every field that is not acceptable."""
    who, where = form.reporter or Reporter(), form.location or Where()
    told = Fields(
        text=form.text or "",
        name=who.name or "",
        address=who.address or "",
        phone=who.phone or "",
        email=who.email or "",
        place_address=where.address or "",
        landmark=where.landmark or "",
        kelurahan=where.kelurahan or "",
        lat=where.lat,
        lng=where.lng,
        category=form.category or "",
        photos=tuple(form.photos or ()),
        private=form.private or False,
        anonymous=form.anonymous or False,
        confidential=form.confidential or False,
    )
    return message_of(
        told,
        {} if (form.text or "").strip() else {"text": "is required"},
        channel=channel,
        message_id=message_id,
        paths=PATHS,
        sent_at=sent_at,
        lang=form.lang or "",
        raw=raw,
    )


def _wrong(document: Mapping[str, object], shape: type[msgspec.Struct], path: str) -> dict[str, str]:
    """Every field of `document` that `shape` does not take, by its dotted path."""
    hints = get_type_hints(shape)
    wrong = {f"{path}{name[:80]}": "is not known here" for name in document if name not in hints}
    for name, wanted in hints.items():
        value = document.get(name)
        if name in _PARTS and not path and isinstance(value, dict):
            wrong |= _wrong(value, _PARTS[name], f"{name}.")
            continue
        try:
            msgspec.convert(value, wanted)
        except msgspec.ValidationError as error:
            reason, _, inside = str(error).partition(" - at `$")
            wrong[path + name + inside.rstrip("`").replace("[", ".").replace("]", "")] = _in_words(reason)
    return wrong


def _in_words(reason: str) -> str:
    """msgspec's "Expected `str | null`, got `int`" as a reason for people."""
    if not reason.startswith("Expected"):
        return "is out of range"
    names = reason.split("`")[1].split(" | ")
    return "must be " + " or ".join(_WORDS.get(name, "a list") for name in names if name != "null")
