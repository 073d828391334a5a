"""One HTTP call that cannot surprise: no redirects, no proxies, a bounded answer, and an end in time whatever the peer does."""

from __future__ import annotations

import contextlib
import http.client
import math
import socket
import ssl
import threading
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import msgspec

from .outcome import SendFailed, SendRefused

MAX_ANSWER = 64 * 1024
MAX_RETRY_AFTER = 3_600.0

# 401, 402 and 407 are our account's trouble, not this text's: once mended, the text can still go out.
_LATER = frozenset({401, 402, 407, 408, 425, 429})


class Answer(msgspec.Struct, frozen=True):
    """What came back: `body` is at most MAX_ANSWER bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def call(method: str, url: str, headers: Mapping[str, str], body: bytes | None, *, timeout: float) -> Answer:
    """The answer to a call, if it says that it was taken (2xx). Raises SendRefused for other 4xx, and SendFailed for
    everything that may pass: 5xx, 408, 425, 429, bad credentials, redirects, no connection, no answer in time."""
    answer = exchange(method, url, headers, body, timeout)
    if 200 <= answer.status < 300:
        return answer
    reason = f"HTTP {answer.status}{_code(answer.body)}"
    if 400 <= answer.status < 500 and answer.status not in _LATER:
        raise SendRefused(reason)
    raise SendFailed(reason, retry_after(answer.headers))


def exchange(method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float) -> Answer:
    """The answer to a call, whatever it says: some providers tell "never" from "later" in the body only. Raises SendFailed
    when there is none."""
    connection = _connection(url, timeout)
    # A peer that drips a byte at a time never trips the socket's own timeout: this ends the whole call.
    deadline = threading.Timer(timeout, _hang_up, [connection])
    deadline.daemon = True
    deadline.start()
    try:
        connection.connect()
        if not deadline.is_alive():
            raise TimeoutError
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, {"User-Agent": "tanggap", "Connection": "close", **headers})
        response = connection.getresponse()
        fields = {name.lower(): value for name, value in response.getheaders()}
        answer = Answer(response.status, fields, _beginning(response))
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: a line break in a header
        # Without the cause, here and below: its words may repeat an address or a header, and would stand in the log.
        raise SendFailed(f"no answer: {type(error).__name__}") from None
    finally:
        deadline.cancel()
        connection.close()
    return answer


def _beginning(response: http.client.HTTPResponse) -> bytes:
    """The body, as far as it comes. The status is known by now: a text that was taken must not be sent again because the
    rest of the answer is missing."""
    try:
        return response.read(MAX_ANSWER)
    except (OSError, http.client.HTTPException, ValueError):
        return b""


def _connection(url: str, timeout: float) -> http.client.HTTPConnection:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise SendFailed("the provider's address cannot be read") from None
    if not host or parts.scheme not in ("http", "https"):
        raise SendFailed("the provider's address cannot be read")
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=timeout)
    return http.client.HTTPSConnection(host, port, timeout=timeout, context=_tls())


def _tls() -> ssl.SSLContext:
    global _context
    if _context is None:
        _context = ssl.create_default_context()  # reads the certificates: 10 ms, once
    return _context


_context: ssl.SSLContext | None = None


def _hang_up(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        with contextlib.suppress(OSError):  # it may be closed already
            # The plain socket's own method: the TLS one would pull the session from under the reading thread.
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds: a number, or a date seen from the answer's own Date."""
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            later, sooner = parsedate_to_datetime(value), parsedate_to_datetime(headers.get("date", ""))
            seconds = (later - sooner).total_seconds()
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    return None if math.isnan(seconds) else min(max(seconds, 0.0), MAX_RETRY_AFTER)


def _code(body: bytes) -> str:
    """The provider's own error number, if it gives one; its words may repeat the person's number, and are left out."""
    try:
        document = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return ""
    code = document.get("code") if isinstance(document, dict) else None
    return f" (code {code})" if isinstance(code, int) and abs(code) < 10**9 else ""
