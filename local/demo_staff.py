"""The city's staff in the demo: agencies that hear by SNS and act by the staff API, the admin and the validators at
their queues. What each does with a report is drawn from the report's own tracking number, the seed and nothing else.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from local.demo_agenda import Agenda
from local.demo_citizens import Citizens
from local.demo_day import likely_category
from local.demo_http import Http

Row = dict[str, Any]


class Staff:
    """Signs in once per role and agency, acts, and counts the answers that refused an action (4xx)."""

    def __init__(self, http: Http, agenda: Agenda, texts: Mapping[str, Any], seed: int) -> None:
        self.http, self.agenda, self.texts, self.seed = http, agenda, texts["staff"], seed
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

    def chance(self, *of: object) -> Random:
        """Chances that are the same for the same seed, report and occasion."""
        return Random(":".join(map(str, (self.seed, *of))))

    def words(self, kind: str, chance: Random) -> str:
        """Something an office writes."""
        return str(chance.choice(self.texts[kind]))


class Agencies:
    """What agencies do with what their topics tell them."""

    def __init__(self, staff: Staff, citizens: Citizens, city_hours: float) -> None:
        self._staff, self._citizens = staff, citizens
        self._scale = city_hours  # real seconds of a city hour
        self.leaders: dict[str, str] = {}  # category → a report that others may be merged into
        self.delays: list[float] = []  # real seconds from what happened until an agency's endpoint heard of it
        self._accepted: set[tuple[str, str]] = set()

    def take(self, agency: str, event: dict[str, Any], _at: float) -> None:
        """One CloudEvent of an agency's topic."""
        data, tracking = event["data"], event["subject"]
        self.delays.append((datetime.now(UTC) - datetime.fromisoformat(event["time"])).total_seconds())
        chance = self._staff.chance(tracking, data["event"], data["seq"])
        holds = (data["agency"] or {}).get("code") == agency
        if not holds:  # an oversight office, or an agency that does not have it any more
            return
        match data["event"]:
            case "dispatched":
                self._received(agency, tracking, data, chance)
            case "reminded" | "escalated" if data.get("clock") == "respond":
                if chance.random() < 0.45:
                    self._later(chance.uniform(0.2, 2.5), lambda: self._accept(agency, tracking, data, chance))
            case "extended" | "extension_refused":
                self._later(chance.uniform(2, 9), lambda: self._resolve(agency, tracking, chance))
            case "answered":
                self._later(chance.uniform(0.3, 1.5), lambda: self._accept(agency, tracking, data, chance))
            case "follow_up_refused":
                self._later(chance.uniform(1, 4), lambda: self._resolve(agency, tracking, chance))
            case "reopened":
                self._accepted.discard((agency, tracking))
                self._later(chance.uniform(0.5, 3), lambda: self._accept(agency, tracking, data, chance))

    def _later(self, hours: float, task: Callable[[], None]) -> None:
        self._staff.agenda.after(hours, task)

    def _act(self, agency: str, tracking: str, action: str, body: dict[str, Any]) -> bool:
        return self._staff.act(("agency", agency), tracking, action, body)

    def _received(self, agency: str, tracking: str, data: Mapping[str, Any], chance: Random) -> None:
        self._accepted.discard((agency, tracking))
        if data["category"]:
            self.leaders[data["category"]["code"]] = tracking
        kind = chance.random()
        if kind < 0.05 and "from" not in data:
            body = {"reason": self._staff.words("return", chance)}
            self._later(chance.uniform(0.3, 3), lambda: self._act(agency, tracking, "return", body) and None)
        elif kind < 0.09 and tracking in self._citizens.keys:
            self._later(chance.uniform(0.3, 2), lambda: self._ask(agency, tracking, chance))
        elif kind < 0.19:
            return  # forgotten, until the ladder reminds
        elif kind < 0.26:
            self._later(chance.uniform(6.3, 11), lambda: self._accept(agency, tracking, data, chance))
        else:
            hours = min(chance.lognormvariate(0.2, 0.7), 5.4)
            if chance.random() < 0.15:
                unit = {"unit": self._staff.words("unit", chance)}
                self._later(hours / 2, lambda: self._act(agency, tracking, "disposition", unit) and None)
            self._later(hours, lambda: self._accept(agency, tracking, data, chance))

    def _ask(self, agency: str, tracking: str, chance: Random) -> None:
        if self._act(agency, tracking, "ask", {"question": self._staff.words("question", chance)}):
            self._later(chance.uniform(0.5, 3), lambda: self._citizens.answer(tracking))

    def _accept(self, agency: str, tracking: str, data: Mapping[str, Any], chance: Random) -> None:
        if (agency, tracking) in self._accepted:  # a colleague was quicker
            return
        self._accepted.add((agency, tracking))
        if not self._act(agency, tracking, "accept", {"note": self._staff.words("accept", chance)}):
            return
        if chance.random() < 0.06:
            note = {"note": self._staff.words("note", chance), "public": True}
            self._later(0.4, lambda: self._act(agency, tracking, "note", note) and None)
        light = _hours_between(data["received_at"], data["resolve_by"]) * 3600 / self._scale <= 24
        if chance.random() < (0.06 if light else 0.09):
            self._later(chance.uniform(0.3, 1.5), lambda: self._extend(agency, tracking, data, chance))
        elif light and chance.random() < 0.82:
            self._later(chance.uniform(0.4, 2.4), lambda: self._resolve(agency, tracking, chance))
        else:
            self._later(chance.uniform(4, 16 if light else 24), lambda: self._resolve(agency, tracking, chance))

    def _extend(self, agency: str, tracking: str, data: Mapping[str, Any], chance: Random) -> None:
        """A date a few city days after the present deadline."""
        by = datetime.fromisoformat(data["resolve_by"])
        until = max(by, datetime.now(UTC)) + timedelta(seconds=self._scale * 24 * chance.randint(1, 7))
        body = {"until": until.isoformat(), "reason": self._staff.words("extend", chance)}
        if not self._act(agency, tracking, "extend", body):
            self._resolve(agency, tracking, chance)

    def _resolve(self, agency: str, tracking: str, chance: Random) -> None:
        self._act(agency, tracking, "resolve", {"note": self._staff.words("resolve", chance)})


class Desks:
    """The admin and the validators: they look at their queues again and again and take what is new."""

    def __init__(
        self, staff: Staff, agencies: Agencies, citizens: Citizens, texts: Mapping[str, Any], handles: Mapping[str, str]
    ) -> None:
        self._staff, self._agencies, self._citizens, self._texts = staff, agencies, citizens, texts
        self._handles = handles  # category → agency
        self._in_hand: set[tuple[str, str]] = set()
        self._times: Counter[tuple[str, str]] = Counter()
        staff.agenda.every(0.5, lambda: self._look("waiting", "admin", (0.2, 1.6), self._wait))
        staff.agenda.every(0.9, lambda: self._look("extensions", "admin", (0.3, 2.0), self._decide))
        staff.agenda.every(0.7, lambda: self._look("validation", "validator", (0.3, 2.0), self._check))

    def _look(self, queue: str, role: str, hours: tuple[float, float], take: Callable[[Row, Random], None]) -> None:
        status, page = self._staff.http.json(
            "GET", f"/staff/reports?queue={queue}&limit=200", None, self._staff.signed_in(role)
        )
        for row in page["items"] if status == 200 else []:
            self._take(queue, row, hours, take)

    def _take(self, queue: str, row: Row, hours: tuple[float, float], take: Callable[[Row, Random], None]) -> None:
        key = (queue, row["tracking"])
        if key in self._in_hand:
            return
        self._in_hand.add(key)
        self._times[key] += 1
        chance = self._staff.chance(*key, self._times[key])

        def once() -> None:
            try:
                take(row, chance)
            finally:
                self._staff.agenda.after(0.5, lambda: self._in_hand.discard(key))  # queues may lag a little

        forgotten = queue == "waiting" and chance.random() < 0.06
        self._staff.agenda.after(chance.uniform(9, 14) if forgotten else chance.uniform(*hours), once)

    def _wait(self, row: Row, chance: Random) -> None:
        tracking, admin = row["tracking"], ("admin", "")
        status, view = self._staff.http.json("GET", f"/staff/reports/{tracking}", None, self._staff.signed_in("admin"))
        if status != 200 or view["status"]["code"] != "waiting":
            return
        tried = {entry["data"]["from"] for entry in view["history"] if entry["event"] == "returned"}
        category = (view["category"] or view["suggested"] or {}).get("code")
        category = category or likely_category(view["problem"] or "", self._texts)
        leader = self._agencies.leaders.get(category)
        if tried:
            others = sorted(set(self._handles.values()) - tried)
            self._staff.act(admin, tracking, "dispatch", {"agency": chance.choice(others), "note": "Mohon ditangani."})
        elif chance.random() < 0.06:
            self._staff.act(admin, tracking, "reject", {"reason": self._staff.words("reject", chance)})
        elif leader and leader != tracking and chance.random() < 0.15:
            self._staff.act(admin, tracking, "merge", {"into": leader})
        else:
            self._staff.act(admin, tracking, "dispatch", {"category": category})

    def _decide(self, row: Row, chance: Random) -> None:
        if chance.random() < 0.85:
            self._staff.act(("admin", ""), row["tracking"], "approve-extension", {})
        else:
            reason = {"reason": self._staff.words("extension_refused", chance)}
            self._staff.act(("admin", ""), row["tracking"], "refuse-extension", reason)

    def _check(self, row: Row, chance: Random) -> None:
        tracking, validator = row["tracking"], ("validator", "")
        if chance.random() < 0.07:
            self._staff.act(validator, tracking, "refuse", {"reason": self._staff.words("refuse", chance)})
        elif (
            self._staff.act(validator, tracking, "validate", {"note": self._staff.words("validate", chance)})
            and chance.random() < 0.03
            and tracking in self._citizens.keys
        ):
            self._staff.agenda.after(chance.uniform(1, 4), lambda: self._citizens.reopen(tracking))


def _hours_between(since: str, until: str) -> float:
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds() / 3600
