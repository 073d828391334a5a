"""The agencies' own endpoints on loopback: subscribed by the admin's API, confirmed, and handing on each event."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from local.demo_http import Http

Take = Callable[[str, dict[str, Any], float], None]
"""(agency, CloudEvent, when it came by time.perf_counter())."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class Listener:
    """One HTTP server with a path per agency. Redeliveries are handed on once."""

    def __init__(self, take: Take) -> None:
        self.confirmed: set[str] = set()
        self._take = take
        self._seen: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                at = time.perf_counter()
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()
                listener._arrived(urlsplit(self.path).path.strip("/"), message, at)

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, name="agencies", daemon=True).start()

    def subscribe(self, http: Http, admin: Mapping[str, str], agency: str) -> int:
        """The HTTP status of putting our endpoint on the agency's topic."""
        endpoint = f"http://127.0.0.1:{self._server.server_address[1]}/{agency}"
        wish = {"protocol": "http", "endpoint": endpoint}
        return http.json("POST", f"/staff/agencies/{agency}/subscriptions", wish, admin)[0]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _arrived(self, agency: str, message: dict[str, Any], at: float) -> None:
        if message["Type"] == "SubscriptionConfirmation":
            with urllib.request.urlopen(message["SubscribeURL"], timeout=10) as answer:
                answer.read()
            self.confirmed.add(agency)
            return
        event = json.loads(message["Message"])
        with self._lock:
            if (agency, event["id"]) in self._seen:
                return
            self._seen.add((agency, event["id"]))
        self._take(agency, event, at)
