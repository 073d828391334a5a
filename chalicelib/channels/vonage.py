"""SMS from Vonage: GET, a form or JSON, signed by `sig`; long texts come as parts, one request each, in any order.

https://developer.vonage.com/messaging/sms/guides/inbound-sms, …/getting-started/concepts/signing-messages. `signature` in
the channel's `inbound` names the method chosen in Vonage's dashboard, `tolerance_seconds` how old a request may be.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from ..domain.errors import BadSignature, Invalid, Malformed, ReportError, TooLarge, WrongContentType
from .instants import read_instant
from .message import Message, Part, Request, Skipped
from .payload import FORM, JSON, MAX_BODY, MAX_FIELDS, MAX_TEXT, clean, json_document, media_type
from .phones import e164
from .signatures import TOLERANCE_SECONDS

if TYPE_CHECKING:
    from ..city.model import Channel

MAX_ID = 200
MAX_PARTS = 255  # one octet of the user data header

_HMACS = {"md5": "md5", "sha1": "sha1", "sha256": "sha256", "sha512": "sha512"}
_ENDS_A_FIELD = str.maketrans("&=", "__")

RECEIPT = False


def handshake(channel: Channel, request: Request, secrets: Mapping[str, str]) -> tuple[str, str] | None:
    """There is none."""
    return None


def verify(channel: Channel, request: Request, secrets: Mapping[str, str], now: datetime) -> None:
    """Check `sig` over all fields and how old `timestamp` is. Raises BadSignature, and nothing else."""
    try:
        fields = _fields(request)
    except ReportError as error:
        raise BadSignature("the signed fields cannot be read") from error
    given = fields.pop("sig", "").strip().lower().encode("utf-8", "replace")
    method = channel.inbound.get("signature", "sha256")
    secret = secrets.get(channel.inbound.get("secret", "signature_secret"), "")
    if not given or not (method in _HMACS or method == "md5hash"):
        raise BadSignature("the signature is missing")
    _recent(fields.get("timestamp", ""), now, float(channel.inbound.get("tolerance_seconds", TOLERANCE_SECONDS)))
    # Vonage's own libraries differ on whether empty fields are signed, and on what becomes of half an emoji.
    signed = {
        _signed(each).encode("utf-8", errors)
        for each in (fields, {name: value for name, value in fields.items() if value.strip()})
        for errors in ("surrogatepass", "replace")
    }
    right = False
    for key in secret.split():
        for octets in signed:
            right |= hmac.compare_digest(_digest(method, key.encode(), octets), given)
    if not right:
        raise BadSignature("the signature is wrong")


def parse_all(channel: Channel, request: Request, now: datetime) -> tuple[Message | Skipped, ...]:
    """The text in a verified request, or Skipped for a delivery receipt sent to the same address. Half an emoji at the end
    of a part is kept for the other half to join. Raises Malformed, Invalid, TooLarge or WrongContentType."""
    fields = _fields(request)
    message_id = clean(fields.get("messageId", "")).strip()
    if "status" in fields and "type" not in fields and "text" not in fields:
        return (Skipped(reason="status", id=message_id[:MAX_ID]),)
    number = clean(fields.get("msisdn", "")).strip()
    text, kind = fields.get("text", ""), fields.get("type", "text").strip().lower()
    wrong = {name: "is missing" for name, value in (("messageId", message_id), ("msisdn", number)) if not value}
    if len(message_id) > MAX_ID:
        wrong["messageId"] = f"must be at most {MAX_ID} characters"
    if len(text) > MAX_TEXT:
        wrong["text"] = f"must be at most {MAX_TEXT} characters"
    if wrong:
        raise Invalid("some fields are missing or wrong", details=wrong)
    part = _part(fields) if kind != "binary" else None
    # always with the country's code, never with a plus
    phone = e164(number if number.startswith(("+", "0")) else f"+{number}")
    return (
        Message(
            channel=channel.id,
            id=message_id,
            sender=phone or number[:64],
            text="" if kind == "binary" else text.replace("\0", "") if part else clean(text),
            sent_at=read_instant(fields.get("message-timestamp"), naive=UTC),
            phone=phone or "",
            conversational=True,
            answerable=phone is not None,
            unread="binary" if kind == "binary" else "",
            part=part,
            raw=_raw(request),
        ),
    )


def http_answer(channel: Channel) -> tuple[str, str]:
    """Any 200 will do; without one Vonage sends again for 24 hours."""
    return "", "text/plain"


def _fields(request: Request) -> dict[str, str]:
    """The fields by name, decoded as far as they can be. Where one comes twice the last counts, for the signature too."""
    if request.method.upper() == "GET":
        return dict(request.query) or _form(request.url.partition("?")[2])
    if len(request.body) > MAX_BODY:
        raise TooLarge(f"at most {MAX_BODY} bytes are taken", details={"limit": MAX_BODY})
    content_type = media_type(request.headers)
    if content_type == FORM:
        return _form(request.body.decode("latin-1"))
    if content_type != JSON:
        raise WrongContentType(f"this channel reads {FORM} and {JSON}")
    document = json_document(request.body)
    if not isinstance(document, dict):
        raise Malformed("the body must be a JSON object")
    if len(document) > MAX_FIELDS:
        raise Malformed(f"there are more than {MAX_FIELDS} fields")
    return {str(name): _plain(str(name), value) for name, value in document.items()}


def _plain(name: str, value: object) -> str:
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() if abs(value) < 10**40:
            return str(value)
        case float():
            return repr(value)
    raise Invalid("some fields have the wrong type", details={clean(name)[:100]: "must be text"})


def _form(encoded: str) -> dict[str, str]:
    """A form's fields. Half an emoji, which some encode as if it were a character, is kept."""
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, max_num_fields=MAX_FIELDS, encoding="latin-1")
    except ValueError as error:
        raise Malformed(f"the form has more than {MAX_FIELDS} fields") from error
    return {_decoded(name): _decoded(value) for name, value in pairs}


def _decoded(octets: str) -> str:
    raw = octets.encode("latin-1", "replace")
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace")


def _raw(request: Request) -> bytes:
    if request.method.upper() == "GET":
        return request.url.partition("?")[2].encode("utf-8", "replace")
    return request.body


def _part(fields: Mapping[str, str]) -> Part | None:
    """Which part this is. None for a whole text, and where the numbers make no sense: it is then taken by itself."""
    if fields.get("concat", "").strip().lower() != "true":
        return None
    ref, number, total = (fields.get(f"concat-{name}", "").strip() for name in ("ref", "part", "total"))
    if not (ref and len(ref) <= 40 and ref.isascii() and all(_is_small(each) for each in (number, total))):
        return None
    if not 1 <= int(number) <= int(total) <= MAX_PARTS or int(total) == 1:
        return None
    return Part(ref=ref, number=int(number), total=int(total))


def _is_small(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3


def _recent(timestamp: str, now: datetime, tolerance: float) -> None:
    text = timestamp.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise BadSignature("the timestamp cannot be read")
    if abs(now.timestamp() - int(text)) > tolerance:
        raise BadSignature("the timestamp is too far from now")


def _signed(fields: Mapping[str, str]) -> str:
    """What is signed: `&name=value` in the order of the names, `&` and `=` inside them made `_`."""
    return "".join(
        f"&{name.translate(_ENDS_A_FIELD)}={fields[name].translate(_ENDS_A_FIELD)}" for name in sorted(fields)
    )


def _digest(method: str, key: bytes, signed: bytes) -> bytes:
    if method == "md5hash":  # the oldest of Vonage's methods; no choice of ours
        return hashlib.md5(signed + key, usedforsecurity=False).hexdigest().encode()
    return hmac.digest(key, signed, _HMACS[method]).hex().encode()
