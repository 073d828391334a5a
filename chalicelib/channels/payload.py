"""Reading what a provider sent over HTTP: content type, size, JSON, form fields, clean text. Errors name the slip."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from urllib.parse import parse_qsl

import msgspec

from ..domain.errors import Malformed, TooLarge, WrongContentType
from .message import Request

MAX_BODY = 1_000_000
MAX_TEXT = 20_000
MAX_FIELDS = 1_000
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

_UNCLEAN = {0: None, **dict.fromkeys(range(0xD800, 0xE000))}


def clean(text: str) -> str:
    """`text` without NUL and lone surrogates, which no store here can hold; everything else is verbatim."""
    if text.isascii() and "\0" not in text:
        return text
    return text.translate(_UNCLEAN)


def media_type(headers: Mapping[str, str]) -> str:
    """The content type without its parameters, in lower case; "" when there is none."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def expect(request: Request, content_type: str) -> None:
    """Refuse a body of another type (WrongContentType) or of more than MAX_BODY bytes (TooLarge)."""
    if media_type(request.headers) != content_type:
        raise WrongContentType(f"this channel reads {content_type}")
    if len(request.body) > MAX_BODY:
        raise TooLarge(f"at most {MAX_BODY} bytes are taken", details={"limit": MAX_BODY})


def form_pairs(encoded: str) -> list[tuple[str, str]]:
    """The name and value pairs of a form or a query, in order, undecodable bytes replaced. Raises Malformed."""
    try:
        return parse_qsl(encoded, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise Malformed(f"the form has more than {MAX_FIELDS} fields") from error


def loads(body: bytes) -> object:
    """JSON as plain values, read the forgiving way: invalid UTF-8 replaced, lone surrogates and control characters let
    through, NaN and Infinity as floats. Raises Malformed for what is no JSON at all."""
    try:
        return json.loads(body.decode("utf-8-sig", "replace"), strict=False)
    except (ValueError, RecursionError) as error:
        raise Malformed("the body is not JSON") from error


def json_document(body: bytes) -> object:
    """JSON as plain values, quickly when it is clean. Raises Malformed."""
    try:
        document: object = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return loads(body)
    return document


def fingerprint(*parts: str | bytes) -> str:
    """A stable digest (128 bits, hex) of parts, each set apart from the next by its length."""
    digest = hashlib.sha256()
    for part in parts:
        octets = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(octets))
        digest.update(octets)
    return digest.hexdigest()[:32]
