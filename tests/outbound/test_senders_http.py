"""SMS and webhooks against providers on loopback that check what they get, refuse, dawdle and misbehave."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest
from standardwebhooks import Webhook

from chalicelib.channels import signatures
from chalicelib.city.model import Channel
from chalicelib.outbound.senders import SendFailed, SendRefused, Sent, sms_http, webhook
from chalicelib.outbound.senders.call import MAX_ANSWER, call

NOW = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
SECRETS = {"account_sid": "AC1", "auth_token": "s3cret", "from_number": "+6281100", "api_key": "k3y"}
TWILIO = {
    "url": "{base}/2010-04-01/Accounts/{account_sid}/Messages.json",
    "base": "https://api.invalid",
    "method": "POST",
    "content_type": "application/x-www-form-urlencoded",
    "recipient": "To",
    "sender": "From",
    "text": "Body",
    "auth": "basic",
    "user": "{account_sid}",
    "password": "{auth_token}",
}


class Provider:
    """A provider on loopback: keeps the calls it got and gives one prepared answer."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.status = 201
        self.headers: dict[str, str] = {}
        self.body = b'{"sid": "SM7"}'
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                provider.calls.append(
                    {
                        "method": self.command,
                        "path": self.path,
                        "headers": {name.lower(): value for name, value in self.headers.items()},
                        "body": self.rfile.read(length),
                    }
                )
                self.send_response(provider.status)
                for name, value in provider.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(provider.body)))
                self.end_headers()
                self.wfile.write(provider.body)

            do_GET = do_POST = answer

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def call(self) -> dict[str, Any]:
        assert len(self.calls) == 1
        return self.calls[0]


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.server.shutdown()
    provider.server.server_close()


@pytest.fixture
def raw_peer() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """A peer that speaks no HTTP of its own: what it does with a connection is the test's."""
    listener = socket.create_server(("127.0.0.1", 0))

    def start(behave: Callable[[socket.socket], None]) -> str:
        def run() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                try:
                    behave(connection)
                except OSError:
                    return

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/x"

    yield start
    listener.close()


def sms(**outbound: str) -> Channel:
    return Channel(
        id="sms", label={"id": "SMS"}, group="x", adapter="sms_http", geo_tagged=False, outbound=outbound or TWILIO
    )


class TestSms:
    def test_twilios_call(self, provider: Provider) -> None:
        sent = sms_http.send(sms(), {**SECRETS, "base_url": provider.url + "/"}, "+628123", "Laporan & diterima é")
        assert sent == Sent("SM7")
        assert (provider.call["method"], provider.call["path"]) == ("POST", "/2010-04-01/Accounts/AC1/Messages.json")
        assert dict(parse_qsl(provider.call["body"].decode())) == {
            "To": "+628123",
            "From": "+6281100",
            "Body": "Laporan & diterima é",
        }
        headers = provider.call["headers"]
        assert headers["authorization"] == "Basic " + base64.b64encode(b"AC1:s3cret").decode()
        assert headers["content-type"] == "application/x-www-form-urlencoded"

    def test_json_with_a_bearer_token(self, provider: Provider) -> None:
        provider.body = b'{"messages":[{"messageId":"M1"}]}'
        outbound = {
            "url": "{base}/sms/2/text/advanced",
            "base": provider.url,
            "content_type": "application/json",
            "recipient": "messages.0.destinations.0.to",
            "sender": "messages.0.from",
            "text": "messages.0.text",
            "auth": "bearer",
            "password": "{api_key}",
        }
        assert sms_http.send(sms(**outbound), SECRETS, "+628123", "Halo") == Sent("M1")
        assert provider.call["headers"]["authorization"] == "Bearer k3y"
        assert json.loads(provider.call["body"]) == {
            "messages": [{"destinations": [{"to": "+628123"}], "from": "+6281100", "text": "Halo"}]
        }

    def test_get_with_a_key_in_a_header(self, provider: Provider) -> None:
        provider.body = b"OK"
        outbound = {"url": "{base}/send?v=1", "base": provider.url, "method": "GET", "recipient": "to", "text": "msg"}
        outbound |= {"auth": "header", "header": "X-Api-Key", "password": "{api_key}"}
        assert sms_http.send(sms(**outbound), SECRETS, "+628123", "a&b=c") == Sent("")
        assert provider.call["path"] == "/send?v=1&to=%2B628123&msg=a%26b%3Dc"
        assert provider.call["headers"]["x-api-key"] == "k3y"
        assert provider.call["body"] == b""

    def test_a_secret_cannot_leave_its_place_in_the_url(self) -> None:
        prepared = sms_http.prepare(TWILIO, {**SECRETS, "account_sid": "../x?y=/z"}, "+62", "x")
        assert prepared.url == "https://api.invalid/2010-04-01/Accounts/..%2Fx%3Fy%3D%2Fz/Messages.json"

    @pytest.mark.parametrize("missing", ["account_sid", "auth_token"])
    def test_a_secret_that_is_not_set_yet_can_be_mended(self, missing: str) -> None:
        secrets = {name: value for name, value in SECRETS.items() if name != missing}
        with pytest.raises(SendFailed, match=missing):
            sms_http.send(sms(), secrets, "+628123", "Halo")

    def test_a_line_break_in_a_secret_adds_no_header(self, provider: Provider) -> None:
        outbound = {"url": provider.url, "auth": "header", "header": "X-Key", "password": "{api_key}"}
        with pytest.raises(SendFailed):
            sms_http.send(sms(**outbound), {"api_key": "a\r\nX-Evil: 1"}, "+62", "x")
        assert provider.calls == []

    @pytest.mark.parametrize("body", [b"", b"OK", b"[]", b'{"sid": null}', b'{"sid": {"a": 1}}', b"\xff", b"[" * 9_999])
    def test_an_answer_without_an_id(self, provider: Provider, body: bytes) -> None:
        provider.body = body
        assert sms_http.send(sms(), {**SECRETS, "base_url": provider.url}, "+628123", "Halo") == Sent("")

    def test_the_id_may_be_anywhere(self, provider: Provider) -> None:
        provider.body = b'{"sid":"no","data":[{"ref":817790313235066447}]}'
        channel = msgspec.structs.replace(sms(), outbound={**TWILIO, "id": "data.0.ref"})
        assert sms_http.send(channel, {**SECRETS, "base_url": provider.url}, "+628123", "x").id == "817790313235066447"


class TestStatuses:
    @pytest.mark.parametrize("status", [400, 403, 404, 409, 410, 413, 422, 451])
    def test_refused_for_good(self, provider: Provider, status: int) -> None:
        provider.status = status
        provider.body = b'{"code": 21211, "message": "+628123 is not a number"}'
        with pytest.raises(SendRefused) as caught:
            sms_http.send(sms(), {**SECRETS, "base_url": provider.url}, "+628123", "Halo")
        assert caught.value.reason == f"HTTP {status} (code 21211)"

    @pytest.mark.parametrize("status", [301, 302, 304, 307, 308, 401, 402, 407, 408, 425, 429, 500, 502, 503, 504, 599])
    def test_later(self, provider: Provider, status: int) -> None:
        provider.status, provider.body = status, b""
        provider.headers = {"Location": provider.url + "/elsewhere"}
        with pytest.raises(SendFailed) as caught:
            sms_http.send(sms(), {**SECRETS, "base_url": provider.url}, "+628123", "Halo")
        assert (caught.value.reason, caught.value.retry_after) == (f"HTTP {status}", None)
        assert len(provider.calls) == 1  # no redirect was followed

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"Retry-After": "7"}, 7.0),
            ({"Retry-After": "0.5"}, 0.5),
            ({"Retry-After": "999999"}, 3600.0),
            ({"Retry-After": "-3"}, 0.0),
            ({"Retry-After": "inf"}, 3600.0),
            ({"Retry-After": "nan"}, None),
            ({"Retry-After": "soon"}, None),
        ],
    )
    def test_retry_after(self, provider: Provider, headers: dict[str, str], seconds: float | None) -> None:
        provider.status, provider.headers = 429, headers
        with pytest.raises(SendFailed) as caught:
            call("POST", provider.url, {}, b"", timeout=5)
        assert caught.value.retry_after == seconds

    def test_retry_after_as_a_date(self, provider: Provider) -> None:
        provider.status, provider.headers = 503, {"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"}
        with pytest.raises(SendFailed) as caught:
            call("GET", provider.url, {}, None, timeout=5)
        assert caught.value.retry_after == 3600.0


class TestPeersThatMisbehave:
    def test_nobody_listens(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with pytest.raises(SendFailed):
            call("POST", f"http://127.0.0.1:{port}/", {}, b"", timeout=5)

    @pytest.mark.parametrize(
        "url", ["", "nonsense", "ftp://x/", "http://", "http://[", "http://x:99999/", "file:///etc/passwd"]
    )
    def test_addresses_that_are_none(self, url: str) -> None:
        with pytest.raises(SendFailed):
            call("POST", url, {}, b"", timeout=5)

    @pytest.mark.parametrize(
        "said", [b"", b"HELLO\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200]
    )
    def test_no_http(self, raw_peer: Callable[..., str], said: bytes) -> None:
        with pytest.raises(SendFailed):
            call("POST", raw_peer(lambda connection: connection.sendall(said)), {}, b"x", timeout=5)

    def test_silence_ends(self, raw_peer: Callable[..., str]) -> None:
        start = time.monotonic()
        with pytest.raises(SendFailed):
            call("POST", raw_peer(lambda _: time.sleep(2)), {}, b"x", timeout=0.2)
        assert time.monotonic() - start < 1.5

    def test_a_dripping_head_ends(self, raw_peer: Callable[..., str]) -> None:
        def drip(connection: socket.socket) -> None:
            for _ in range(100):
                connection.sendall(b"X")
                time.sleep(0.03)

        start = time.monotonic()
        with pytest.raises(SendFailed):
            call("POST", raw_peer(drip), {}, b"x", timeout=0.2)
        assert time.monotonic() - start < 1.5

    def test_what_was_taken_is_not_sent_again_for_a_dripping_answer(self, raw_peer: Callable[..., str]) -> None:
        def drip(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(100):
                connection.sendall(b"X")
                time.sleep(0.03)

        start = time.monotonic()
        assert call("POST", raw_peer(drip), {}, b"x", timeout=0.2).status == 201
        assert time.monotonic() - start < 1.5

    def test_an_endless_answer_is_read_in_part(self, provider: Provider) -> None:
        provider.body = b"x" * 1_000_000
        assert len(call("GET", provider.url, {}, None, timeout=5).body) == MAX_ANSWER


class TestWebhook:
    SECRET = "whsec_" + base64.b64encode(b"a key of 24 octets length").decode()
    OTHER = "whsec_" + base64.b64encode(b"the key that came after").decode()
    PAYLOAD = {"type": "report.accepted", "tracking": "JKT-7K3M-92QX-4HTC", "message": "Diterima – é"}

    def test_the_app_can_verify_it(self, provider: Provider) -> None:
        sent = webhook.send(provider.url + "/hook", self.SECRET, self.PAYLOAD, message_id="JKT#3", now=NOW)
        assert sent == Sent("JKT#3")
        headers, body = provider.call["headers"], provider.call["body"]
        assert (provider.call["path"], headers["content-type"]) == ("/hook", "application/json")
        assert json.loads(body) == self.PAYLOAD
        assert headers["webhook-id"] == "JKT#3"
        assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
        assert headers["webhook-signature"] == Webhook(self.SECRET).sign("JKT#3", NOW, body.decode())
        self.verify(headers, body, self.SECRET)

    def verify(self, headers: dict[str, str], body: bytes, secret: str) -> None:
        signatures.standard_webhooks(
            secret,
            message_id=headers["webhook-id"],
            timestamp=headers["webhook-timestamp"],
            body=body,
            signature=headers["webhook-signature"],
            now=NOW,
        )

    def test_signed_with_both_secrets_while_they_rotate(self, provider: Provider) -> None:
        webhook.send(provider.url, f"{self.SECRET} {self.OTHER}", self.PAYLOAD, message_id="m", now=NOW)
        headers, body = provider.call["headers"], provider.call["body"]
        self.verify(headers, body, self.SECRET)
        self.verify(headers, body, self.OTHER)

    @pytest.mark.parametrize("secret", ["", " ", "whsec_", "not base64!", "whsec_é", "a"])
    def test_an_unusable_secret_sends_nothing(self, provider: Provider, secret: str) -> None:
        with pytest.raises(SendFailed):
            webhook.send(provider.url, secret, self.PAYLOAD, message_id="m", now=NOW)
        assert provider.calls == []

    def test_gone(self, provider: Provider) -> None:
        provider.status = 410
        with pytest.raises(SendRefused):
            webhook.send(provider.url, self.SECRET, self.PAYLOAD, message_id="m", now=NOW)
