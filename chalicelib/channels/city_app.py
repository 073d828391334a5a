"""City apps (JAKI, Qlue, Jakarta Aman, LAPOR!): one JSON report per call, signed after Standard Webhooks.

What is of the wrong type or out of bounds is refused, naming every field; what is merely missing (even the reporter's
name) is accepted: an incomplete report is asked back, never lost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from ..domain.errors import BadSignature, Invalid, Malformed
from . import signatures
from .fields import point, unnamed, wrong_types
from .instants import read_instant
from .message import Location, Message, Request
from .payload import JSON, MAX_TEXT, clean, expect, loads
from .phones import e164

if TYPE_CHECKING:
    from ..city.model import Channel

MAX_PHOTOS = 10
MAX_URL = 2_048
MAX_ID = 200

_LONGEST = (
    ("text", MAX_TEXT),
    ("category", 100),
    ("reporter.name", 200),
    ("reporter.address", 1_000),
    ("reporter.phone", 40),
    ("reporter.email", 254),
    ("location.address", 1_000),
    ("location.landmark", 500),
)
_WEB = re.compile(r"https?://[^\s/?#\\]+[^\s\\]*")


class _Reporter(msgspec.Struct):
    name: str | None = None
    address: str | None = None
    phone: str | None = None
    email: str | None = None


class _Where(msgspec.Struct):
    lat: float | str | None = None
    lng: float | str | None = None
    address: str | None = None
    landmark: str | None = None


class _Body(msgspec.Struct):
    id: int | str | None = None
    created_at: float | str | None = None
    text: str | None = None
    reporter: _Reporter | None = None
    location: _Where | None = None
    category: str | None = None
    photos: list[str] | None = None
    private: bool | None = None
    anonymous: bool | None = None
    confidential: bool | None = None


_INNER = {"reporter": _Reporter, "location": _Where}
_decoder = msgspec.json.Decoder(_Body)

RECEIPT = True


def handshake(channel: Channel, request: Request, secrets: Mapping[str, str]) -> tuple[str, str] | None:
    """There is none."""
    return None


def verify(channel: Channel, request: Request, secrets: Mapping[str, str], now: datetime) -> None:
    """Check the Standard Webhooks signature on the raw body. Raises BadSignature, and nothing else."""
    if request.method != "POST":
        raise BadSignature("a city app posts its reports")
    headers = request.headers
    signatures.standard_webhooks(
        secrets.get(channel.inbound.get("secret", "secret"), ""),
        message_id=headers.get("webhook-id"),
        timestamp=headers.get("webhook-timestamp"),
        body=request.body,
        signature=headers.get("webhook-signature"),
        now=now,
    )


def parse(channel: Channel, request: Request, now: datetime) -> Message:
    """The report in a verified request; its id is the `webhook-id`. Raises Malformed, Invalid (its details name each
    field by its dotted path), TooLarge or WrongContentType."""
    expect(request, JSON)
    body = _read(request.body)
    reporter, where = body.reporter or _NOBODY, body.location
    wrong: dict[str, str] = {}
    message_id = clean(request.headers.get("webhook-id", "")).strip()
    if not 0 < len(message_id) <= MAX_ID:
        wrong["webhook-id"] = f"must have 1 to {MAX_ID} characters"
    sent_at = read_instant(body.created_at)
    if sent_at is None and body.created_at not in (None, ""):
        wrong["created_at"] = "must be a time such as 2026-11-21T14:30:00+07:00"
    location = _location(where, wrong) if where else None
    photos = _photos(body.photos, wrong) if body.photos else ()
    name, address, phone, email = map(_tidy, (reporter.name, reporter.address, reporter.phone, reporter.email))
    text, category = clean(body.text or ""), _tidy(body.category)
    landmark, place = (location.landmark, location.address) if location else ("", "")
    _bounded((text, category, name, address, phone, email, place, landmark), wrong)
    if wrong:
        raise Invalid("some fields are wrong", details=wrong)
    phone = e164(phone) or phone
    return Message(
        channel=channel.id,
        id=message_id,
        sender=phone or email.lower() or unnamed(name, address, message_id),
        text=text,
        sent_at=sent_at,
        name=name,
        address=address,
        phone=phone,
        email=email,
        location=location,
        category=category,
        photos=photos,
        private=body.private or False,
        anonymous=body.anonymous or False,
        confidential=body.confidential or False,
        raw=request.body,
    )


def parse_all(channel: Channel, request: Request, now: datetime) -> tuple[Message, ...]:
    """The reports in a verified request: always one."""
    return (parse(channel, request, now),)


def http_answer(channel: Channel) -> tuple[str, str]:
    """Nothing: the caller gets the receipt."""
    return "{}", "application/json"


_NOBODY = _Reporter()


def _read(raw: bytes) -> _Body:
    """The body, typed. The quick decoder reads what is clean; the slow way says what is wrong or mends the encoding."""
    try:
        return _decoder.decode(raw)
    except (ValueError, RecursionError):
        document = loads(raw)
    if not isinstance(document, dict):
        raise Malformed("the body must be a JSON object")
    wrong = wrong_types(document, _Body, _INNER)
    if wrong:
        raise Invalid("some fields have the wrong type", details=wrong)
    return msgspec.convert(document, _Body)


def _location(where: _Where, wrong: dict[str, str]) -> Location | None:
    """Where the app says it is."""
    slips: dict[str, str] = {}
    lat, lng = point(where.lat, where.lng, slips)
    for name, reason in slips.items():
        wrong[f"location.{name}"] = reason
    address, landmark = _tidy(where.address), _tidy(where.landmark)
    if lat is None and not address and not landmark:
        return None
    return Location(lat=lat, lng=lng, address=address, landmark=landmark)


def _bounded(values: tuple[str, ...], wrong: dict[str, str]) -> None:
    for (field, longest), value in zip(_LONGEST, values, strict=True):
        if len(value) > longest:
            wrong[field] = f"must be at most {longest} characters"


def _photos(urls: list[str], wrong: dict[str, str]) -> tuple[str, ...]:
    if len(urls) > MAX_PHOTOS:
        wrong["photos"] = f"must be at most {MAX_PHOTOS}"
    for index, url in enumerate(urls[:MAX_PHOTOS]):
        if len(url) > MAX_URL or not url.isprintable() or not _WEB.fullmatch(url):
            wrong[f"photos.{index}"] = "must be an http or https URL"
    return tuple(urls)


def _tidy(text: str | None) -> str:
    return clean(text).strip() if text else ""
