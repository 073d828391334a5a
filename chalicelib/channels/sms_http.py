"""SMS from any provider that calls a URL: which field holds what, and how it proves itself, is the channel's `inbound`.

Field names may be paths into JSON ("results.0.from"); a path through item 0 reads every item of that list, since such
providers send several messages at once. The sender's words are kept as they came: cleaning them up is triage's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from ..domain.errors import BadSignature, Invalid, Malformed
from . import signatures
from .instants import WIB, read_instant
from .message import Message, Request, Skipped
from .payload import FORM, MAX_TEXT, clean, expect, form_pairs, json_document
from .phones import INDONESIA, e164

if TYPE_CHECKING:
    from ..city.model import Channel

MAX_PHOTOS = 10
MAX_ID = 200
MAX_URL = 2_048

_ANSWERS = {
    "twiml": ('<?xml version="1.0" encoding="UTF-8"?><Response></Response>', "text/xml"),
    "json": ("{}", "application/json"),
    "empty": ("", "text/plain"),
}

RECEIPT = False


def handshake(channel: Channel, request: Request, secrets: Mapping[str, str]) -> tuple[str, str] | None:
    """There is none."""
    return None


def verify(channel: Channel, request: Request, secrets: Mapping[str, str], now: datetime) -> None:
    """Check the provider's proof on the raw request. Raises BadSignature, and nothing else."""
    inbound = channel.inbound
    secret = secrets.get(inbound.get("secret", "secret"), "")
    given = request.headers.get(inbound.get("signature_header", "").lower())
    prefix = inbound.get("prefix", "")
    match inbound.get("signature"):
        case "twilio":
            _verify_twilio(channel, request, secret, given)
        case "hmac-sha256":
            signed = request.url.partition("?")[2].encode() if request.method == "GET" else request.body
            stamped = inbound.get("timestamp_header", "").lower()
            signatures.hmac_sha256(
                secret,
                body=signed,
                signature=given,
                prefix=prefix,
                timestamp=request.headers.get(stamped),
                now=now if stamped else None,
            )
        case "shared-secret":
            if "signature_query" in inbound:
                given = request.query.get(inbound["signature_query"])
            signatures.shared_secret(secret, given=given, prefix=prefix)
        case "basic":
            signatures.basic(secret, authorization=request.headers.get("authorization"))
        case _:
            raise BadSignature("this channel has no way to prove its sender")


def parse(channel: Channel, request: Request, now: datetime) -> Message:
    """The one message of a request. Raises Invalid when a provider's batch holds more: then ask `parse_all`."""
    first, *more = parse_all(channel, request, now)
    if more or isinstance(first, Skipped):
        raise Invalid("the request holds several messages", details={channel.inbound["id"]: "one message is expected"})
    return first


def parse_all(channel: Channel, request: Request, now: datetime) -> tuple[Message | Skipped, ...]:
    """Every message of a verified request. Raises Malformed, Invalid (naming the provider's own field), TooLarge or
    WrongContentType. One bad message of a batch is Skipped: refused, it would hold up the others for ever."""
    inbound = channel.inbound
    method = inbound.get("method", "POST").upper()
    if request.method.upper() != method:
        raise Malformed(f"this channel is called by {method}")
    document = _document(channel, request)
    raw = request.url.partition("?")[2].encode("utf-8", "replace") if method == "GET" else request.body
    rows = list(_rows(document, inbound))
    if not rows:
        raise Invalid("the request holds no message", details={inbound["id"]: "is missing"})
    told = tuple(_told(channel, document, fields, raw if item is None else item) for fields, item in rows)
    if all(isinstance(each, Skipped) for each in told):  # say what is wrong, with the first of them
        fields, item = rows[0]
        return (_message(channel, document, fields, raw if item is None else item),)
    return told


def http_answer(channel: Channel) -> tuple[str, str]:
    """What the provider needs to hear, and its content type. Never a text for the sender: those go out by `replies`."""
    return _ANSWERS.get(channel.inbound.get("response", "empty"), _ANSWERS["empty"])


def _verify_twilio(channel: Channel, request: Request, secret: str, given: str | None) -> None:
    if request.method == "GET":
        signatures.twilio(secret, url=request.url, signature=given)
    elif channel.inbound.get("content_type", FORM) != FORM:
        signatures.twilio(secret, url=request.url, body=request.body, signature=given)
    else:
        try:
            params = form_pairs(request.body.decode("utf-8", "replace"))
        except Malformed as error:
            raise BadSignature("the signed form cannot be read") from error
        signatures.twilio(secret, url=request.url, params=params, signature=given)


def _document(channel: Channel, request: Request) -> object:
    """The fields as plain values: of a query, a form or JSON, whichever the channel sends."""
    if request.method == "GET":
        return dict(request.query) or dict(form_pairs(request.url.partition("?")[2]))
    content_type = channel.inbound.get("content_type", FORM)
    expect(request, content_type)
    if content_type == FORM:
        return dict(form_pairs(request.body.decode("utf-8", "replace")))
    document = json_document(request.body)
    if not isinstance(document, dict | list):
        raise Malformed("the body must be a JSON object")
    return document


def _rows(document: object, inbound: Mapping[str, str]) -> Iterator[tuple[Mapping[str, str], bytes | None]]:
    """The channel's field names for each message of the document: once, or per item of the list they go through. Then also
    the item as it is sealed: each by itself, since other people's texts stand beside it."""
    before, through, _ = f".{inbound['id']}".partition(".0.")
    if not through:
        yield inbound, None
        return
    items = _at(document, before[1:]) if before else document
    head = f"{before}.0."[1:]
    for index in range(len(items) if isinstance(items, list) else 0):
        row = f"{before}.{index}."[1:]
        fields = {key: row + path[len(head) :] if path.startswith(head) else path for key, path in inbound.items()}
        yield fields, json.dumps(_at(items, str(index))).encode()


def _told(channel: Channel, document: object, fields: Mapping[str, str], raw: bytes) -> Message | Skipped:
    """One of several: should it be unreadable, the others count all the same."""
    try:
        return _message(channel, document, fields, raw)
    except Invalid:
        return Skipped(reason="unreadable", id=_needed(document, fields["id"], {})[:MAX_ID])


def _message(channel: Channel, document: object, fields: Mapping[str, str], raw: bytes) -> Message:
    wrong: dict[str, object] = {}
    message_id = _needed(document, fields["id"], wrong)
    number = _needed(document, fields["sender"], wrong)
    if len(message_id) > MAX_ID:
        wrong[fields["id"]] = f"must be at most {MAX_ID} characters"
    text = _at(document, fields["text"])
    if text is not None and not isinstance(text, str):
        wrong[fields["text"]] = "must be text"
    elif text and len(text) > MAX_TEXT:
        wrong[fields["text"]] = f"must be at most {MAX_TEXT} characters"
    if wrong:
        raise Invalid("some fields are missing or wrong", details=wrong)
    phone = e164(number, country=fields.get("country_code", INDONESIA))
    return Message(
        channel=channel.id,
        id=message_id,
        sender=phone or number[:64],
        text=clean(text) if isinstance(text, str) else "",
        sent_at=_sent_at(document, fields),
        phone=phone or "",
        photos=_photos(document, fields),
        conversational=True,
        answerable=phone is not None,
        raw=raw,
    )


def _needed(document: object, path: str, wrong: dict[str, object]) -> str:
    """A text or whole number that must be there; what is wrong with it goes into `wrong`."""
    value = _at(document, path)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**40 else ""
    if value is not None and not isinstance(value, str):
        wrong[path] = "must be text"
        return ""
    text = clean(value or "").strip()
    if not text:
        wrong[path] = "is missing"
    return text


def _at(document: object, path: str) -> object:
    """The value at a dotted path, None when there is none. A name that itself holds dots is found at the top."""
    if isinstance(document, dict) and path in document:
        return document[path]
    value = document
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isascii() and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _sent_at(document: object, fields: Mapping[str, str]) -> datetime | None:
    value = _at(document, fields["time"]) if fields.get("time") else None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    offset = fields.get("utc_offset")
    return read_instant(value, naive=timezone(timedelta(hours=float(offset))) if offset else WIB)


def _photos(document: object, fields: Mapping[str, str]) -> tuple[str, ...]:
    """The http(s) addresses of attached media: one field per item ("MediaUrl{n}"), a list, or a single field."""
    template = fields.get("media_url")
    if not template:
        return ()
    if "{n}" in template:
        count = _at(document, fields.get("media_count", "")) or 0
        amount = int(count) if isinstance(count, int) or (isinstance(count, str) and count.isdecimal()) else 0
        found = [_at(document, template.replace("{n}", str(index))) for index in range(min(amount, MAX_PHOTOS))]
    else:
        value = _at(document, template)
        found = value[:MAX_PHOTOS] if isinstance(value, list) else [value]
    ours = "provider:" if fields.get("signature") == "twilio" else ""  # Twilio's media may ask for our account
    return tuple(f"{ours}{url}" for url in found if isinstance(url, str) and _is_web_address(url))


def _is_web_address(url: str) -> bool:
    return url.startswith(("https://", "http://")) and len(url) <= MAX_URL and url.isprintable() and " " not in url
