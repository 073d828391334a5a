"""Whether a request brings the key of a report: in `X-Report-Key`, as `?key=`, or, where something is only read, in the
cookie that a page was opened with. The cookie lives on one report's addresses only and is no permission to change anything:
a form brings the key itself."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import urlsplit

import msgspec

from chalicelib.domain.report import Report
from chalicelib.http.context import desk
from chalicelib.http.desk.cookies import values_of
from chalicelib.http.requests import header_of, query_of

_DAYS_30 = 30 * 86_400


def has_key(request: Any, report: Report) -> bool:
    """Whether it is the reporter who asks."""
    if given := header_of(request, "x-report-key") or query_of(request, "key"):
        return fits(given, report)
    if request.method not in ("GET", "HEAD"):
        return False
    return any(fits(value, report) for value in values_of(request, _name(report.tracking)))


def key_in(body: bytes) -> tuple[bytes, str]:
    """A JSON body without its `key`, and that key ("" when there is none)."""
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body, ""  # said where it is read
    if not isinstance(told, dict) or not isinstance(told.get("key"), str):
        return body, ""
    key = told.pop("key")
    return msgspec.json.encode(told), key


def fits(given: str, report: Report) -> bool:
    """Whether this is the report's key, in capital or small letters."""
    expected = desk().key_of(report.tracking, report.key_version)
    return hmac.compare_digest(given.strip().upper().encode("utf-8", "replace"), expected.encode())


def remembering(report: Report) -> str:
    """A Set-Cookie header by which this browser is the reporter's on the report's page, for 30 days."""
    return _cookie(report.tracking, desk().key_of(report.tracking, report.key_version), _DAYS_30)


def forgetting(tracking: str) -> str:
    """A Set-Cookie header that takes it away again."""
    return _cookie(tracking, "", 0)


def _name(tracking: str) -> str:
    return f"tanggap_key_{tracking.replace('-', '')}"


def _cookie(tracking: str, value: str, seconds: int) -> str:
    public_url = desk().settings.public_url
    path = f"{urlsplit(public_url).path.rstrip('/')}/reports/{tracking}"
    parts = [f"{_name(tracking)}={value}", f"Path={path}", f"Max-Age={seconds}", "HttpOnly", "SameSite=Strict"]
    return "; ".join([*parts, "Secure"] if public_url.startswith("https:") else parts)
