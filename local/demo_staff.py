"""The demo's staff as one client of the staff API: it signs in, acts and counts. How much the offices leave undone, too."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote

from local.demo_agenda import Agenda
from local.demo_http import Http

Row = dict[str, Any]
ADMIN, VALIDATOR = ("admin", ""), ("validator", "")


@dataclass(frozen=True, kw_only=True)
class Habits:
    """The shares of what comes before them that offices deal with: `triaged` by the admin, `taken_up`, `begun` (after a
    disposition) and `finished` by the agencies, `decided` extension requests, `judged` by the validators, `repeated` work
    that was refused; `given_on` is how much goes to a sub-unit, `pictured` how much finished work is shown in a picture."""

    triaged: float = 1.0
    taken_up: float = 0.81
    given_on: float = 0.15
    begun: float = 1.0
    finished: float = 1.0
    decided: float = 1.0
    judged: float = 1.0
    repeated: float = 1.0
    extended: float = 0.06
    pictured: float = 0.16


WORKED_OFF = Habits()
"""A day to its end, as fits a run with deadlines of its own."""
HALF_DONE = Habits(
    triaged=0.3, taken_up=0.74, given_on=0.4, begun=0.55, finished=0.6, decided=0.4, judged=0.5, repeated=0.4,
    extended=0.12, pictured=1.0,
)  # fmt: skip
"""A day of which every desk has something left to be looked at."""


class Staff:
    """Signs in once per role and agency, acts, and counts the answers that refused an action (4xx)."""

    def __init__(self, http: Http, agenda: Agenda, texts: Mapping[str, Any], habits: Habits, seed: int) -> None:
        self.http, self.agenda, self.texts, self.habits, self.seed = http, agenda, texts["staff"], habits, seed
        self.actions: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self._tokens: dict[tuple[str, str], dict[str, str]] = {}
        self._lock = threading.Lock()

    def signed_in(self, role: str, agency: str = "") -> dict[str, str]:
        """The headers of a role's (an agency's) token."""
        with self._lock:
            if (role, agency) not in self._tokens:
                asked = f"role={role}" + (f"&agency={agency}" if agency else "")
                token = self.http.json("GET", f"/_local/token?{asked}")[1]["token"]
                self._tokens[role, agency] = {"Authorization": f"Bearer {token}"}
            return self._tokens[role, agency]

    def act(self, who: tuple[str, str], tracking: str, action: str, body: dict[str, Any]) -> bool:
        """Whether the action was done."""
        headers = self.signed_in(*who) | {"Idempotency-Key": f"{time.time_ns():x}"}
        status, answer = self.http.json("POST", f"/staff/reports/{tracking}/{action}", body, headers)
        with self._lock:
            if status == 200:
                self.actions[action] += 1
            elif 400 <= status < 500:
                self.refusals[f"{action}: {status} {(answer or {}).get('message', '')}"] += 1
        return status == 200

    def view(self, tracking: str) -> dict[str, Any] | None:
        """The report as the admin sees it, None when it could not be read."""
        status, view = self.http.json("GET", f"/staff/reports/{tracking}", None, self.signed_in(*ADMIN))
        return view if status == 200 else None

    def queue(self, name: str, who: tuple[str, str] = ADMIN) -> Iterator[Row]:
        """All rows of a queue, a page at a time."""
        cursor: str | None = ""
        while cursor is not None:
            path = f"/staff/reports?queue={quote(name)}&limit=200" + (f"&cursor={quote(cursor)}" if cursor else "")
            status, page = self.http.json("GET", path, None, self.signed_in(*who))
            yield from page["items"] if status == 200 else ()
            cursor = page["next"] if status == 200 else None

    def chance(self, *of: object) -> Random:
        """Chances that are the same for the same seed, report and occasion."""
        return Random(":".join(map(str, (self.seed, *of))))

    def words(self, kind: str, chance: Random) -> str:
        """Something an office writes."""
        return str(chance.choice(self.texts[kind]))
