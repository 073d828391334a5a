"""Fetching what a stranger's address leads to, without being led anywhere else: only the public internet, only so much, only
so long. The reasons of a refusal: "forbidden_address", "too_large", "gone".
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from .media import Located, same_origin
from .senders.outcome import SendFailed, SendRefused

MOST_BYTES = 15_000_000
SECONDS = 20.0
REDIRECTS = 3
FORBIDDEN, TOO_LARGE, GONE = "forbidden_address", "too_large", "gone"
_MOVED = frozenset({301, 302, 303, 307, 308})
_LATER = frozenset({408, 425, 429})
_OUR_ACCOUNT = frozenset({401, 402, 403, 407})  # once mended, the picture can still be had
_PORTS = {"http": 80, "https": 443}
_CHUNK = 65_536
_AS_IT_IS = "/%:@!$&'()*+,;=~-._?"
# What Python's is_global lets through in one version or another, and what leads back to IPv4 by a translator.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
_PUBLIC_6 = ipaddress.ip_network("2000::/3")


def fetch(located: Located, base: str = "", *, most: int = MOST_BYTES, seconds: float = SECONDS) -> bytes:
    """What is at that address: GET, at most three redirects, `most` bytes and `seconds` in all. Only a `trusted` address on
    the origin of `base` may be anywhere but on the public internet. Raises SendRefused with one of the reasons above, or
    SendFailed when it may work later."""
    url, headers, ends = located.url, dict(located.headers), time.monotonic() + seconds
    for _ in range(REDIRECTS + 1):
        parts = _readable(url)
        trusted = located.trusted and same_origin(url, base)
        response = _Exchange(parts, headers, trusted=trusted, ends=ends)
        with contextlib.closing(response):
            answer = response.answer()
            if answer.status in _MOVED and answer.headers.get("location"):
                target = _joined(url, str(answer.headers["location"]).strip())
                headers = headers if same_origin(target, url) else {}
                url = target
                continue
            _check(answer.status, trusted)
            return response.body(most)
    raise SendRefused(GONE)


def is_public(address: str) -> bool:
    """Whether an address, as DNS gave it, belongs to the public internet."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:  # also one with a scope
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _PUBLIC_6:
        return False  # mapped, translated, local, multicast: the public internet is 2000::/3
    return ip.is_global and not any(ip in network for network in _NOT_PUBLIC if network.version == ip.version)


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise SendRefused(FORBIDDEN) from error


def _readable(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:  # a port that is none, a host that cannot be one; its words would repeat the address in the log
        raise SendRefused(FORBIDDEN) from None
    if parts.scheme not in _PORTS or not host or parts.username is not None or parts.password is not None or port == 0:
        raise SendRefused(FORBIDDEN)
    return parts


def _check(status: int, trusted: bool) -> None:
    if 200 <= status < 300:
        return
    if status < 500 and status not in _LATER and not (trusted and status in _OUR_ACCOUNT):
        raise SendRefused(GONE)
    raise SendFailed(f"HTTP {status}")


class _Exchange:
    """One request to one address, with an end in time. The connection goes to the very address that was checked."""

    def __init__(self, parts: SplitResult, headers: Mapping[str, str], *, trusted: bool, ends: float) -> None:
        self._parts = parts
        self._headers = headers
        self._trusted = trusted
        self._ends = ends
        self._ended = False
        self._sock: socket.socket | None = None
        self._connection: http.client.HTTPConnection | None = None
        self._response: http.client.HTTPResponse | None = None
        # A peer that drips a byte at a time never trips the socket's own timeout: this ends the whole exchange.
        self._timer = threading.Timer(self._left(), self._hang_up)
        self._timer.daemon = True
        self._timer.start()

    def answer(self) -> http.client.HTTPResponse:
        """Status and headers."""
        parts = self._parts
        target = quote(parts.path or "/", safe=_AS_IT_IS)
        target += "?" + quote(parts.query, safe=_AS_IT_IS) if parts.query else ""
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port or _PORTS[parts.scheme]
        self._sock = self._connected(host, port)
        try:
            if parts.scheme == "https":
                # The handshake by itself: so that it can be ended as well.
                secured = self._sock = _tls().wrap_socket(
                    self._sock, server_hostname=host, do_handshake_on_connect=False
                )
                secured.do_handshake()
            connection = self._connection = http.client.HTTPConnection(host, parts.port, timeout=self._left())
            connection.sock = self._sock
            connection.default_port = _PORTS[parts.scheme]  # none of it in the Host header
            connection.request("GET", target, headers={**_HEADERS, **self._headers})
            self._response = connection.getresponse()
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SendFailed(f"no answer: {type(error).__name__}") from None
        return self._response

    def body(self, most: int) -> bytes:
        """The whole content. Raises SendRefused when there is more than is taken."""
        response = self._response or self.answer()
        if (response.length or 0) > most:
            raise SendRefused(TOO_LARGE)
        content = bytearray()
        try:
            while chunk := response.read1(_CHUNK):
                content += chunk
                if len(content) > most:
                    raise SendRefused(TOO_LARGE)
                self._left()
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            raise SendFailed(f"no whole answer: {type(error).__name__}") from error
        if self._ended or response.length:
            raise SendFailed("no whole answer")
        return bytes(content)

    def close(self) -> None:
        """Hangs up."""
        self._timer.cancel()
        for each in (self._response, self._connection, self._sock):
            if each is not None:
                each.close()

    def _left(self) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise SendFailed("no whole answer in time")
        return left

    def _connected(self, host: str, port: int) -> socket.socket:
        addresses = _resolved(host, port, self._left())
        if not self._trusted and not all(map(is_public, addresses)):
            raise SendRefused(FORBIDDEN)
        error: OSError = OSError("no address")
        for address in addresses:
            try:
                return socket.create_connection((address, port), timeout=self._left())
            except OSError as refused:
                error = refused
        raise SendFailed(f"no answer: {type(error).__name__}") from error

    def _hang_up(self) -> None:
        self._ended = True
        if self._sock is not None:
            with contextlib.suppress(OSError):  # it may be closed already
                # The plain socket's own method: the TLS one would pull the session from under the reading thread.
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)


_HEADERS = {
    "User-Agent": "tanggap",
    "Accept": "image/*, */*;q=0.1",
    "Accept-Encoding": "identity",
    "Connection": "close",
}


def _resolved(host: str, port: int, seconds: float) -> list[str]:
    """The addresses of a name, in the resolver's order. The system's resolver knows no deadline of its own."""
    found: queue.Queue[list[str] | OSError] = queue.Queue()

    def ask() -> None:
        try:
            told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.put(list(dict.fromkeys(str(each[4][0]) for each in told)))
        except (OSError, UnicodeError) as error:
            found.put(OSError(str(error)))

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        answer = found.get(timeout=seconds)
    except queue.Empty:
        raise SendFailed("the name was not resolved in time") from None
    if isinstance(answer, OSError):
        raise SendFailed("the name cannot be resolved") from answer
    return answer


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
