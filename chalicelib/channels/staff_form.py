"""Reports entered by staff, at a counter or for somebody who cannot write: one JSON body, its sender is the reporter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

import msgspec

from ..domain.errors import Malformed, TooLarge
from .fields import FORM_ID, Fields, message_of, wrong_types
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


def read(raw: bytes) -> tuple[Form, dict[str, str]]:
    """The body, typed, and every field that is unknown or of a wrong type: those are empty in the form. Raises Malformed or
    TooLarge."""
    if len(raw) > MAX_BODY:
        raise TooLarge(f"At most {MAX_BODY} bytes are taken.", details={"limit": MAX_BODY})
    document = json_document(raw)
    if not isinstance(document, dict):
        raise Malformed("The body must be a JSON object.", details={"body": "must be an object"})
    wrong = _unknown(document, Form, "")
    for name, shape in _PARTS.items():
        if isinstance(part := document.get(name), dict):
            wrong |= _unknown(part, shape, f"{name}.")
    wrong |= wrong_types(document, Form, _PARTS)
    if isinstance(photos := document.get("photos"), list):
        wrong |= {f"photos.{at}": "must be text" for at, each in enumerate(photos) if not isinstance(each, str)}
    form_id = document.get("form_id")
    if isinstance(form_id, str) and not FORM_ID.fullmatch(form_id):
        wrong["form_id"] = "must be 1 to 128 letters, digits or . _ ~ -"
    if not document.get("channel"):
        wrong["channel"] = "is required"
    return msgspec.convert(_sound(document, wrong), Form), wrong


def message(
    form: Form,
    channel: str,
    *,
    message_id: str,
    raw: bytes,
    wrong: Mapping[str, object] = MappingProxyType({}),
    sent_at: datetime | None = None,
) -> Message:
    """The message of a form that was read. Raises Invalid naming every field that is not acceptable, and those in
    `wrong`, which others have found."""
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
        ({} if (form.text or "").strip() else {"text": "is required"}) | dict(wrong),
        channel=channel,
        message_id=message_id,
        paths=PATHS,
        sent_at=sent_at,
        lang=form.lang or "",
        raw=raw,
    )


def _unknown(document: Mapping[str, object], shape: type[msgspec.Struct], path: str) -> dict[str, str]:
    known = shape.__struct_fields__
    return {f"{path}{name[:80]}": "is not known here" for name in document if name not in known}


def _sound(document: Mapping[str, object], wrong: Mapping[str, str]) -> dict[str, object]:
    """The form without what is wrong in it, so that the rest can be looked at as well."""
    sound: dict[str, object] = {}
    for name, value in document.items():
        if name in wrong:
            continue
        if name in _PARTS and isinstance(value, dict):
            value = {field: inside for field, inside in value.items() if f"{name}.{field}" not in wrong}
        elif name == "photos" and isinstance(value, list):
            value = [each if isinstance(each, str) else "" for each in value]
        sound[name] = value
    return sound
