"""The agencies of the demo: they hear by SNS and act by the staff API, give work on to their sub-units, and show it in
pictures. What each does with a report is drawn from its tracking number, the seed and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from local.demo_camera import Camera
from local.demo_citizens import Citizens
from local.demo_staff import Staff

UnitAt = Callable[[str, "str | None"], "str | None"]
"""(agency, area's code) → the sub-unit of the agency for that area, None when it has none."""
AGAIN = 0.07
"""The share of pictures of finished work that were shown before, for other work."""


class Agencies:
    """What agencies do with what their topics tell them."""

    def __init__(self, staff: Staff, citizens: Citizens, camera: Camera, unit_at: UnitAt, city_hours: float) -> None:
        self._staff, self._citizens, self._camera, self._unit_at = staff, citizens, camera, unit_at
        self._scale = city_hours  # real seconds of a city hour
        self.leaders: dict[str, str] = {}  # a problem that several tell → the report that the others may be merged into
        self.delays: list[float] = []  # real seconds from what happened until an agency's endpoint heard of it
        self._accepted: set[tuple[str, str]] = set()
        self._with: dict[str, str] = {}  # report → the sub-unit that has it
        self._resolved = 0

    def take(self, agency: str, event: dict[str, Any], _at: float) -> None:
        """One CloudEvent of an agency's topic."""
        data, tracking = event["data"], event["subject"]
        self.delays.append((datetime.now(UTC) - datetime.fromisoformat(event["time"])).total_seconds())
        chance, habits = self._staff.chance(tracking, data["event"], data["seq"]), self._staff.habits
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
                self._later(chance.uniform(2, 9), lambda: self._resolve(agency, tracking, data, chance))
            case "answered":
                self._later(chance.uniform(0.3, 1.5), lambda: self._accept(agency, tracking, data, chance))
            case "follow_up_refused":
                if chance.random() < habits.repeated:
                    self._later(chance.uniform(1, 4), lambda: self._resolve(agency, tracking, data, chance))
            case "reopened":
                self._accepted.discard((agency, tracking))
                self._later(chance.uniform(0.5, 3), lambda: self._accept(agency, tracking, data, chance))

    def _later(self, hours: float, task: Callable[[], None]) -> None:
        self._staff.agenda.after(hours, task)

    def _act(self, agency: str, tracking: str, action: str, body: dict[str, Any]) -> bool:
        """Done by the sub-unit where one has it."""
        office = self._with.get(tracking, agency)
        return self._staff.act(("agency", office), tracking, action, body)

    def _received(self, agency: str, tracking: str, data: Mapping[str, Any], chance: Random) -> None:
        self._accepted.discard((agency, tracking))
        self._with.pop(tracking, None)
        if (group := self._citizens.groups.get(tracking)) is not None:
            self.leaders.setdefault(group, tracking)
        kind, habits = chance.random(), self._staff.habits
        if kind < 0.05 and "from" not in data:
            body = {"reason": self._staff.words("return", chance), "reason_code": "wrong-agency"}
            self._later(chance.uniform(0.3, 3), lambda: self._act(agency, tracking, "return", body) and None)
        elif kind < 0.09 and tracking in self._citizens.keys:
            self._later(chance.uniform(0.3, 2), lambda: self._ask(agency, tracking, chance))
        elif kind > 0.09 + 0.91 * habits.taken_up:
            if (
                chance.random() < 0.35 and habits.finished == 1
            ):  # late, by themselves; the others when they are reminded
                self._later(chance.uniform(6.3, 11), lambda: self._accept(agency, tracking, data, chance))
        else:
            self._taken_up(agency, tracking, data, chance)

    def _taken_up(self, agency: str, tracking: str, data: Mapping[str, Any], chance: Random) -> None:
        hours, habits = min(chance.lognormvariate(0.2, 0.7), 5.4), self._staff.habits
        if chance.random() < habits.given_on:
            self._later(hours / 2, lambda: self._give_on(agency, tracking, data, chance))
            if chance.random() >= habits.begun:
                return
        self._later(hours, lambda: self._accept(agency, tracking, data, chance))

    def _give_on(self, agency: str, tracking: str, data: Mapping[str, Any], chance: Random) -> None:
        """To the sub-unit of the place, or to people of the agency's own."""
        unit = self._unit_at(agency, (data.get("area") or {}).get("code"))
        body = {"unit": unit or self._staff.words("officer", chance), "note": self._staff.words("accept", chance)}
        if self._act(agency, tracking, "disposition", body) and unit:
            self._with[tracking] = unit

    def _ask(self, agency: str, tracking: str, chance: Random) -> None:
        if self._act(agency, tracking, "ask", {"question": self._staff.words("question", chance)}):
            self._later(chance.uniform(0.5, 3), lambda: self._citizens.answer(tracking))

    def _accept(self, agency: str, tracking: str, data: Mapping[str, Any], chance: Random) -> None:
        if (agency, tracking) in self._accepted:  # a colleague was quicker
            return
        self._accepted.add((agency, tracking))
        if not self._act(agency, tracking, "accept", {"note": self._staff.words("accept", chance)}):
            return
        habits = self._staff.habits
        if chance.random() < 0.06:
            note = {"note": self._staff.words("note", chance), "public": True}
            self._later(0.4, lambda: self._act(agency, tracking, "note", note) and None)
        light = _hours_between(data["received_at"], data["resolve_by"]) * 3600 / self._scale <= 24
        third = habits.finished < 1 and len(self._accepted) == 3  # so that a small day has one as well
        if third or chance.random() < habits.extended * (1 if light else 1.5):
            self._later(chance.uniform(0.3, 1.5), lambda: self._extend(agency, tracking, data, chance))
        elif chance.random() >= habits.finished:
            return
        elif (light and chance.random() < 0.82) or habits.finished < 1:
            self._later(chance.uniform(0.4, 2.4), lambda: self._resolve(agency, tracking, data, chance))
        else:
            hours = chance.uniform(4, 16 if light else 24)
            self._later(hours, lambda: self._resolve(agency, tracking, data, chance))

    def _extend(self, agency: str, tracking: str, data: Mapping[str, Any], chance: Random) -> None:
        """A date a few city days after the present deadline."""
        by = datetime.fromisoformat(data["resolve_by"])
        until = max(by, datetime.now(UTC)) + timedelta(seconds=self._scale * 24 * chance.randint(1, 7))
        body = {"until": until.isoformat(), "reason": self._staff.words("extend", chance)}
        if not self._act(agency, tracking, "extend", body):
            self._resolve(agency, tracking, data, chance)

    def _resolve(self, agency: str, tracking: str, data: Mapping[str, Any], chance: Random) -> None:
        body: dict[str, Any] = {"note": self._staff.words("resolve", chance)}
        if chance.random() < self._staff.habits.pictured:
            self._resolved += 1
            again = self._resolved % round(1 / AGAIN) == 0
            category = (data.get("category") or {}).get("code") or ""
            photo = self._camera.finished(tracking, category, again=again)
            body |= {"photos": [photo]} if photo else {}
        self._act(agency, tracking, "resolve", body)


def _hours_between(since: str, until: str) -> float:
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds() / 3600
