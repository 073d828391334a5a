"""A Chalice request as the layers below see it: public URL, lower-case headers, raw body."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlencode

from chalicelib.channels.message import Request
from chalicelib.domain.errors import Malformed
from chalicelib.settings import Settings


def request_of(current: Any, path: str, settings: Settings) -> Request:
    """The request at `path`. Its URL starts with PUBLIC_URL: the Host header is never believed."""
    pairs = [(name, value) for name in current.query_params or () for value in current.query_params.getlist(name)]
    url = f"{settings.public_url}{path}"
    return Request(
        method=current.method,
        url=f"{url}?{urlencode(pairs)}" if pairs else url,
        headers={name.lower(): value for name, value in current.headers.items()},
        query=dict(pairs),
        body=body_of(current),
    )


def body_of(current: Any) -> bytes:
    """The raw body. Raises Malformed for one that is no bytes at all."""
    try:
        body = current.raw_body
    except (UnicodeEncodeError, ValueError) as error:
        raise Malformed("The body cannot be read.", details={"body": "not readable"}) from error
    return body if isinstance(body, bytes) else body.encode()


def typed_of(parameter: str) -> str:
    """A path parameter as it was typed: API Gateway decodes it, Chalice's local gateway does not."""
    return unquote(parameter, errors="replace") if "%" in parameter else parameter


def query_of(current: Any, name: str) -> str:
    """One query parameter, empty when absent."""
    return str((current.query_params or {}).get(name) or "")


def header_of(current: Any, name: str) -> str:
    """One header, empty when absent."""
    return str(current.headers.get(name) or "")
