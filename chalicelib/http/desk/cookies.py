"""Cookies of the desk: sealed with AES-256-GCM, so that nobody reads, makes or changes one; and how they are set."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chalicelib.http.requests import header_of

_NONCE = 12
_MOST = 4096
T = TypeVar("T")


def sealed(content: msgspec.Struct, purpose: str, key: bytes) -> str:
    """The cookie's value. One sealed for one purpose opens for no other."""
    nonce = os.urandom(_NONCE)
    text = AESGCM(key).encrypt(nonce, msgspec.json.encode(content), purpose.encode())
    return base64.urlsafe_b64encode(nonce + text).decode().rstrip("=")


def opened(value: str, purpose: str, kind: type[T], key: bytes) -> T | None:
    """What was sealed; None for anything that was not sealed by us, with this key, for this purpose."""
    if not value or len(value) > _MOST:
        return None
    try:
        raw = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], purpose.encode()), type=kind)
    except (binascii.Error, InvalidTag, ValueError, msgspec.DecodeError):
        return None


def named(name: str, public_url: str) -> str:
    """The cookie's full name. With https a browser takes a `__Host-` cookie only from this very host."""
    return f"__Host-{name}" if public_url.startswith("https:") else name


def values_of(request: Any, name: str) -> Iterator[str]:
    """The values the request brings under that name."""
    for part in header_of(request, "cookie").split(";"):
        found, equals, value = part.strip().partition("=")
        if equals and found == name:
            yield value.strip('"')


def set_cookie(name: str, value: str, public_url: str, *, seconds: int | None = None) -> str:
    """A Set-Cookie header. Without `seconds` it ends with the browser; 0 takes the cookie away."""
    parts = [f"{named(name, public_url)}={value}", "Path=/", "HttpOnly", "SameSite=Lax"]
    if seconds is not None:
        parts.append(f"Max-Age={seconds}")
    if public_url.startswith("https:"):
        parts.append("Secure")
    return "; ".join(parts)
