"""Meta's APIs on loopback, as local/fakes plays them, with the answers to be sent there."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chalicelib.city.model import Channel
from chalicelib.outbound.sealing import Sealed
from chalicelib.outbound.senders.outgoing import Outgoing
from local.outbox import Outbox
from local.providers import Providers

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
SECRETS = {
    "facebook": {"page_token": "local-only-page", "page_id": "100000000000001"},
    "instagram": {"page_token": "local-only-insta", "account_id": "17840000000000001"},
    "whatsapp": {"access_token": "local-only-wa", "phone_number_id": "106540352242922"},
}
OUTBOUND = {
    "facebook": {"token": "page_token", "account": "page_id"},
    "instagram": {"token": "page_token", "account": "account_id"},
    "whatsapp": {"token": "access_token", "account": "phone_number_id", "template": "kabar_laporan"},
}
OBJECTS = {"facebook": "page", "instagram": "instagram", "whatsapp": "whatsapp_business_account"}


class Played:
    """The providers, what they were asked, and what they took. `planned` answers come before the fake's own."""

    def __init__(self) -> None:
        self.outbox = Outbox()
        self.providers = Providers(self.outbox, SECRETS)
        self.asked: list[tuple[str, str]] = []
        self.planned: list[tuple[int, dict[str, str], bytes]] = []
        played = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                parts = urlsplit(self.path)
                name, *path = parts.path.strip("/").split("/")
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                played.asked.append((self.command, "/".join(path)))
                headers = {key.lower(): value for key, value in self.headers.items()}
                if played.planned:
                    status, more, content = played.planned.pop(0)
                    fields = list(more.items())
                else:
                    query = dict(parse_qsl(parts.query))
                    status, fields, content = played.providers.call(
                        name, self.command, tuple(path), query, headers, body
                    )
                self.send_response(status)
                for key, value in fields:
                    self.send_header(key, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def plan(self, code: int, *, subcode: int = 0, status: int = 400, headers: Mapping[str, str] | None = None) -> None:
        """One error of Graph's before the next answer."""
        body = b'{"error":{"message":"x","type":"OAuthException","code":%d,"error_subcode":%d}}' % (code, subcode)
        self.planned.append((status, dict(headers or {}), body))

    @property
    def taken(self) -> list[dict[str, Any]]:
        """What was taken, oldest first."""
        return self.outbox.newest({})[::-1]

    def base(self, name: str) -> str:
        """The address a channel's sender calls."""
        return f"{self.url}/{name}"


def outgoing(
    played: Played, name: str, *, hours: float = 1, secrets: Mapping[str, str] | None = None, **more: Any
) -> Outgoing:
    """An answer to somebody who wrote `hours` ago; `to_…` are the fields of how they are reached."""
    to = Sealed(**{key.removeprefix("to_"): more.pop(key) for key in list(more) if key.startswith("to_")})
    outbound = {**OUTBOUND[name], **more.pop("outbound", {})}
    channel = Channel(
        id=name,
        label={"id": name},
        group="media-sosial",
        adapter="meta",
        geo_tagged=False,
        inbound={"object": OBJECTS[name]},
        outbound=outbound,
    )
    fields: dict[str, Any] = {
        "id": "JKT-0000-0000-0000#1",
        "channel": channel,
        "secrets": {**(SECRETS[name] if secrets is None else secrets), "base_url": played.base(name)},
        "to": to,
        "tracking": "JKT-0000-0000-0000",
        "event": "received",
        "lang": "id",
        "short": "Laporan diterima",
        "chat": "Laporan JKT-0000-0000-0000 diterima.\nIkuti: https://kota.example/r",
        "subject": "",
        "body": "",
        "heard_at": NOW - timedelta(hours=hours),
        "now": NOW,
    }
    return Outgoing(**{**fields, **more})
