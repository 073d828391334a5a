"""The admin and the validators of the demo: they look at their queues again and again and take what is new, or leave it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from local.demo_agencies import Agencies
from local.demo_camera import Camera
from local.demo_citizens import Citizens
from local.demo_day import likely_category
from local.demo_staff import ADMIN, VALIDATOR, Row, Staff

# What the admin answers to a flag; what is none of these gets one of the reasons in words.
_REJECTED_FOR = {"abuse": "abusive", "not_public": "not-public", "outside": "outside-city"}


class Desks:
    """`left` are the reports that they have looked at and leave as they are, by queue."""

    def __init__(
        self,
        staff: Staff,
        agencies: Agencies,
        citizens: Citizens,
        camera: Camera,
        texts: Mapping[str, Any],
        handles: Mapping[str, str],
    ) -> None:
        self._staff, self._agencies, self._citizens, self._camera = staff, agencies, citizens, camera
        self._texts, self._handles = texts, handles  # category → agency
        self.left: set[tuple[str, str]] = set()
        self._in_hand: set[tuple[str, str]] = set()
        self._times: Counter[tuple[str, str]] = Counter()
        every, habits = staff.agenda.every, staff.habits
        every(0.9, lambda: self._look("waiting", ADMIN, habits.triaged, (0.2, 1.6), self._wait))
        every(1.2, lambda: self._look("extensions", ADMIN, habits.decided, (0.3, 2.0), self._decide))
        every(1.0, lambda: self._look("validation", VALIDATOR, habits.judged, (0.3, 2.0), self._check))

    def _look(
        self,
        queue: str,
        who: tuple[str, str],
        share: float,
        hours: tuple[float, float],
        take: Callable[[Row, Random], None],
    ) -> None:
        for row in self._staff.queue(queue, who):
            key = (queue, row["tracking"])
            if key not in self._in_hand and key not in self.left:
                self._take(key, row, share, hours, take)

    def _take(
        self,
        key: tuple[str, str],
        row: Row,
        share: float,
        hours: tuple[float, float],
        take: Callable[[Row, Random], None],
    ) -> None:
        self._times[key] += 1
        chance = self._staff.chance(*key, self._times[key])
        first = share < 1 and all(queue != key[0] for queue, _ in self.left)  # something stays on every desk
        if first or chance.random() >= self._share(key, share):
            self.left.add(key)
            return
        self._in_hand.add(key)

        def once() -> None:
            try:
                take(row, chance)
            finally:
                self._staff.agenda.after(0.5, lambda: self._in_hand.discard(key))  # queues may lag a little

        forgotten = key[0] == "waiting" and share == 1 and chance.random() < 0.06
        self._staff.agenda.after(chance.uniform(9, 14) if forgotten else chance.uniform(*hours), once)

    def _share(self, key: tuple[str, str], share: float) -> float:
        """Of proof that was seen before most is left to whoever looks at the desk afterwards; of what several people tell, the
        admin takes more than of the rest."""
        if share == 1:
            return share
        if key[0] == "validation":
            return 0.2 if key[1] in self._camera.reused else share
        return 0.55 if key[1] in self._citizens.groups else share

    def _wait(self, row: Row, chance: Random) -> None:
        tracking, view = row["tracking"], self._staff.view(row["tracking"])
        if view is None or view["status"]["code"] != "waiting":
            return
        tried = {entry["data"]["from"] for entry in view["history"] if entry["event"] == "returned"}
        category = (view["category"] or view["suggested"] or {}).get("code")
        category = category or likely_category(view["problem"] or "", self._texts)
        unwanted = next((_REJECTED_FOR[flag] for flag in view["flags"] if flag in _REJECTED_FOR), "")
        group = self._citizens.groups.get(tracking, "")
        leader = self._agencies.leaders.setdefault(group, tracking) if group else tracking
        if tried:
            others = sorted(set(self._handles.values()) - tried)
            self._act(tracking, "dispatch", {"agency": chance.choice(others), "note": "Mohon ditangani."})
        elif unwanted and chance.random() < 0.8:
            self._act(tracking, "reject", {"reason_code": unwanted})
        elif not unwanted and chance.random() < 0.03:
            self._act(tracking, "reject", {"reason": self._staff.words("reject", chance)})
        elif leader != tracking and chance.random() < 0.7 and self._act(tracking, "merge", {"into": leader}):
            return
        elif "several" in view["flags"]:
            second = self._citizens.seconds.get(tracking)
            if second and self._act(
                tracking, "split", {"problem": second, "category": likely_category(second, self._texts)}
            ):
                self._act(tracking, "dispatch", {"category": category})
        else:
            self._act(tracking, "dispatch", {"category": category})

    def _act(self, tracking: str, action: str, body: dict[str, Any]) -> bool:
        return self._staff.act(ADMIN, tracking, action, body)

    def _decide(self, row: Row, chance: Random) -> None:
        if chance.random() < 0.85:
            self._act(row["tracking"], "approve-extension", {})
        else:
            reason = {"reason": self._staff.words("extension_refused", chance)}
            self._act(row["tracking"], "refuse-extension", reason)

    def _check(self, row: Row, chance: Random) -> None:
        tracking, staff = row["tracking"], self._staff
        if tracking in self._camera.reused:
            staff.act(VALIDATOR, tracking, "refuse", {"reason_code": "reused-photo"})
        elif chance.random() < (0.07 if staff.habits.judged == 1 else 0.2):
            staff.act(VALIDATOR, tracking, "refuse", {"reason": staff.words("refuse", chance)})
        elif (
            staff.act(VALIDATOR, tracking, "validate", {"note": staff.words("validate", chance)})
            and chance.random() < 0.03
            and tracking in self._citizens.keys
        ):
            staff.agenda.after(chance.uniform(1, 4), lambda: self._citizens.reopen(tracking))
