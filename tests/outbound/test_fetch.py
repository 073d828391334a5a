"""Fetching a stranger's address: a hostile server on loopback, and names that lead where they should not."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.outbound import fetch as fetching
from chalicelib.outbound.fetch import fetch, is_public
from chalicelib.outbound.media import Located
from chalicelib.outbound.senders.outcome import SendFailed, SendRefused

PICTURE = b"\xff\xd8\xff" + b"x" * 1_000


class Hostile(BaseHTTPRequestHandler):
    """Does what its path says."""

    seen: list[tuple[str, dict[str, str]]] = []
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        type(self).seen.append((self.path, dict(self.headers)))
        name, _, rest = self.path.lstrip("/").partition("/")
        getattr(self, name.partition("?")[0], self.picture)(rest)

    def picture(self, rest: str) -> None:
        self._answer(200, PICTURE)

    def status(self, rest: str) -> None:
        self._answer(int(rest), b"")

    def to(self, rest: str) -> None:
        self.send_response(302)
        self.send_header("Location", rest)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def again(self, rest: str) -> None:
        self.to(f"/again/{int(rest) - 1}" if int(rest) else "/picture")

    def endless(self, rest: str) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x" * 65_536)
        except OSError:
            self.close_connection = True

    def says_too_much(self, rest: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(10**12))
        self.end_headers()

    def cut(self, rest: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5000")
        self.end_headers()
        self.wfile.write(b"x" * 100)
        self.close_connection = True

    def drip(self, rest: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5000")
        self.end_headers()
        self._drip(b"x" * 5_000)

    def drip_headers(self, rest: str) -> None:
        self._drip(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5_000)

    def silent(self, rest: str) -> None:
        time.sleep(3)

    def nonsense(self, rest: str) -> None:
        self.wfile.write(b"\x00\x01\x02 nonsense\r\n\r\n")
        self.close_connection = True

    def _drip(self, content: bytes) -> None:
        try:
            for byte in content:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            self.close_connection = True

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Hostile.seen = []
    made = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    made.server_close()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Says what DNS answers."""

    def answer(*addresses: str) -> None:
        def told(host: str, port: int, **_: Any) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

        monkeypatch.setattr(fetching.socket, "getaddrinfo", told)

    return answer


def trusted(server: str, path: str, **more: Any) -> bytes:
    return fetch(Located(f"{server}/{path}", trusted=True), server, **more)


def test_a_picture_comes_whole(server: str) -> None:
    assert trusted(server, "picture?size=1&n=%20x") == PICTURE
    path, headers = Hostile.seen[0]
    assert path == "/picture?size=1&n=%20x"
    assert headers["Host"] == server.removeprefix("http://")
    assert headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250",
        "240.0.0.1", "255.255.255.255", "192.88.99.1",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1",
        "fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "2001:db8::1", "2001::1",
        "2002:7f00:1::", "100::1", "fec0::1", "5f00::1", "", "localhost", "1.1.1", "0x7f.1",
    ],
)  # fmt: skip
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "103.10.66.1", "2606:4700:4700::1111", "2404:6800:4003::1"])
def test_what_is_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses())
def test_whatever_the_address_the_answer_is_yes_or_no(address: object) -> None:
    assert is_public(str(address)) in (True, False)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "0", "2130706433", "0x7f000001", "017700000001", "127.1", "[::1]", "[::ffff:7f00:1]"],
)
def test_however_loopback_is_written(server: str, host: str) -> None:
    port = server.rpartition(":")[2]
    with pytest.raises((SendRefused, SendFailed)):
        fetch(Located(f"http://{host}:{port}/picture"))
    assert Hostile.seen == []


@pytest.mark.parametrize("among", [["10.1.2.3"], ["93.184.216.34", "169.254.169.254"], ["::ffff:10.0.0.1"]])
def test_one_address_that_is_not_public_is_enough(names: Callable[..., None], among: list[str]) -> None:
    names(*among)
    with pytest.raises(SendRefused, match="forbidden_address"):
        fetch(Located("https://foto.example/1.jpg"))


def test_the_address_that_was_checked_is_the_one_connected_to(
    server: str, names: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that answers otherwise the second time (rebinding) is not asked a second time."""
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    asked: list[str] = []
    called: list[tuple[str, int]] = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(2, 1, 6, "", (next(answers)[0], port))]

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(fetching.socket, "getaddrinfo", resolve)
    monkeypatch.setattr(fetching.socket, "create_connection", connect)
    with pytest.raises(SendFailed):
        fetch(Located("http://foto.example/1.jpg"))
    assert (asked, called) == (["foto.example"], [("93.184.216.34", 80)])


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data", "http://10.0.0.1/", "http://[fd00:ec2::254]/", "file:///etc/passwd",
        "ftp://foto.example/x", "gopher://x", "http://user:pass@foto.example/", "http://foto.example:0/", "http://",
        "http://foto.example:99999/", "http://[::1", "http://a..b/", "//169.254.169.254/x", "http://" + "a" * 300 + ".x/",
    ],
)  # fmt: skip
def test_a_redirect_leads_nowhere_that_is_forbidden(server: str, target: str) -> None:
    with pytest.raises(SendRefused, match=r"forbidden_address|gone"):
        trusted(server, f"to/{target}")
    with pytest.raises(SendRefused):
        fetch(Located(target))


def test_a_redirect_back_to_another_port_of_this_machine_is_not_trusted(server: str) -> None:
    other = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    try:
        with pytest.raises(SendRefused, match="forbidden_address"):
            trusted(server, f"to/http://127.0.0.1:{other.server_port}/picture")
    finally:
        other.server_close()


def test_only_the_origin_of_the_base_is_trusted(server: str) -> None:
    with pytest.raises(SendRefused, match="forbidden_address"):
        fetch(Located(f"{server}/picture", trusted=True), "https://api.example")
    with pytest.raises(SendRefused, match="forbidden_address"):
        fetch(Located(f"{server}/picture"), server)


def test_three_redirects_and_no_more(server: str) -> None:
    assert trusted(server, "again/2") == PICTURE
    with pytest.raises(SendRefused, match="gone"):
        trusted(server, "again/3")


def test_credentials_stay_with_their_origin(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "is_public", lambda address: True)
    other = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    threading.Thread(target=other.serve_forever, args=(0.02,), daemon=True).start()
    elsewhere = f"http://127.0.0.1:{other.server_port}"
    try:
        located = Located(f"{server}/to/{elsewhere}/picture", {"Authorization": "Basic c2VjcmV0"}, trusted=True)
        assert fetch(located, server) == PICTURE
    finally:
        other.shutdown()
        other.server_close()
    assert ["Authorization" in headers for _, headers in Hostile.seen] == [True, False]


@pytest.mark.parametrize("path", ["endless", "says_too_much"])
def test_too_much(server: str, path: str) -> None:
    with pytest.raises(SendRefused, match="too_large"):
        trusted(server, path, most=1_000_000)


@pytest.mark.parametrize("path", ["drip", "drip_headers", "silent"])
def test_too_slow(server: str, path: str) -> None:
    began = time.monotonic()
    with pytest.raises(SendFailed):
        trusted(server, path, seconds=0.6)
    assert time.monotonic() - began < 2


def test_a_resolver_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching.socket, "getaddrinfo", lambda *_, **__: [time.sleep(3)][:0])
    began = time.monotonic()
    with pytest.raises(SendFailed):
        fetch(Located("http://foto.example/"), seconds=0.3)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("status/404", SendRefused), ("status/410", SendRefused), ("status/304", SendRefused), ("status/500", SendFailed),
        ("status/503", SendFailed), ("status/429", SendFailed), ("status/401", SendFailed), ("cut", SendFailed),
        ("nonsense", SendFailed),
    ],
)  # fmt: skip
def test_what_comes_of_it(server: str, path: str, outcome: type[Exception]) -> None:
    with pytest.raises(outcome):
        trusted(server, path)


def test_a_server_that_speaks_no_tls(server: str) -> None:
    address = server.replace("http:", "https:")
    with pytest.raises(SendFailed):
        fetch(Located(f"{address}/picture", trusted=True), address)


@given(st.text(max_size=60))
def test_no_address_raises_anything_else(names: Callable[..., None], text: str) -> None:
    names("127.0.0.1")
    for url in (text, f"http://foto.example{text}", f"http://foto.example/{text}"):
        with pytest.raises((SendRefused, SendFailed)):
            fetch(Located(url), seconds=0.2)
