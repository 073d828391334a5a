"""SNS messages to HTTP endpoints, with retries. An endpoint that is dead or slow holds up nobody but itself."""

from __future__ import annotations

import heapq
import http.client
import itertools
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

RETRIES = (0.2, 0.5, 1.0, 3.0, 10.0, 20.0, 20.0, 20.0, 20.0, 20.0)
"""Seconds before each retry. AWS waits 20 s before each of three."""
TIMEOUT = 15.0


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One message to one endpoint: `body` makes it when it is posted, `failed` is called when it is given up."""

    endpoint: str
    headers: Mapping[str, str]
    body: Callable[[], bytes]
    failed: Callable[[], None] = lambda: None


class Postman:
    """Delivers in the background, one thread per endpoint."""

    def __init__(self) -> None:
        self._rounds: dict[str, _Round] = {}
        self._lock = threading.Lock()

    def post(self, delivery: Delivery) -> None:
        """Deliver soon. Never waits and never raises."""
        with self._lock:
            if delivery.endpoint not in self._rounds:
                self._rounds[delivery.endpoint] = _Round(delivery.endpoint)
            worker = self._rounds[delivery.endpoint]
        worker.add(delivery)

    def stop(self) -> None:
        with self._lock:
            workers = list(self._rounds.values())
        for worker in workers:
            worker.stop()


class _Round:
    """The deliveries to one endpoint, due ones first."""

    def __init__(self, endpoint: str) -> None:
        self._due: list[tuple[float, int, int, Delivery]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        threading.Thread(target=self._run, name=f"sns {endpoint}", daemon=True).start()

    def add(self, delivery: Delivery, attempt: int = 0, wait: float = 0.0) -> None:
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + wait, next(self._order), attempt, delivery))
            self._changed.notify()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            attempt, delivery = job
            verdict = post(delivery)
            if verdict == "delivered":
                continue
            if verdict == "refused" or attempt >= len(RETRIES):
                print(f"sns: gave up delivering to {delivery.endpoint} ({verdict})", file=sys.stderr, flush=True)
                delivery.failed()
            else:
                self.add(delivery, attempt + 1, RETRIES[attempt])

    def _next(self) -> tuple[int, Delivery] | None:
        with self._changed:
            while not self._stopped:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    _, _, attempt, delivery = heapq.heappop(self._due)
                    return attempt, delivery
                self._changed.wait(wait)
        return None


def post(delivery: Delivery) -> str:
    """Post once: "delivered", "refused" (a 4xx other than 429: SNS does not try those again) or what went wrong."""
    url = urlsplit(delivery.endpoint)
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=TIMEOUT)
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    try:
        connection.request("POST", target, delivery.body(), dict(delivery.headers))
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError) as error:
        return type(error).__name__
    finally:
        connection.close()
    if 200 <= status < 300:
        return "delivered"
    return "refused" if 400 <= status < 500 and status != 429 else f"status {status}"
