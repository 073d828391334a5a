"""The local run's played providers behind a real socket, for tests of senders: what they take is in `outbox`."""

from __future__ import annotations

import json
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from local.outbox import Outbox
from local.providers import Providers

SECRETS: dict[str, dict[str, str]] = tomllib.loads(
    (Path(__file__).parents[2] / "local" / "secrets.toml").read_text("utf-8")
)["outbound"]


class Played:
    """Providers at `url`, with the development secrets."""

    def __init__(self) -> None:
        self.outbox = Outbox()
        self.calls: list[tuple[str, str]] = []
        played = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                played.calls.append((self.command, self.path))
                name, *rest = map(unquote, parts.path.removeprefix("/_local/providers/").split("/"))
                query = dict(parse_qsl(parts.query))
                status, fields, content = played.providers.call(name, self.command, tuple(rest), query, headers, body)
                self.send_response(status)
                for field, value in fields:
                    self.send_header(field, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.secrets = {
            channel: {name: value.replace("{url}", self.url) for name, value in table.items()}
            for channel, table in SECRETS.items()
        }
        self.providers = Providers(self.outbox, self.secrets)
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def fails(self, name: str, **wish: Any) -> None:
        """Its next answers are these."""
        self.providers.call(name, "POST", ("_fail",), {}, {}, json.dumps(wish).encode())

    def holds(self, name: str, media_id: str, content: bytes, kind: str = "image/jpeg") -> None:
        """A picture is laid down there."""
        self.providers.call(name, "PUT", ("_media", *media_id.split("/")), {}, {"content-type": kind}, content)

    def sent(self) -> list[dict[str, Any]]:
        """What was taken, newest first."""
        return self.outbox.newest({})

    def stop(self) -> None:
        """Take nothing more."""
        self._server.shutdown()
        self._server.server_close()
