"""The sweep: every minute, what is due and nothing else. Bounded in each run; what is left is the first thing of the
next."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from chalicelib.city.model import City
from chalicelib.domain import deadlines
from chalicelib.domain.announcements import office_codes
from chalicelib.domain.errors import Conflict
from chalicelib.domain.intake import asked_for
from chalicelib.domain.lifecycle import Action, Role, lead_to
from chalicelib.domain.report import Deed, Report, next_version, record
from chalicelib.observability import count, logger
from chalicelib.store.items import SHARDS
from chalicelib.usecases.decide import ended
from chalicelib.usecases.desk import Desk

PER_SHARD = 50
_FAILURES_PASSED = 10
SECONDS = 40

_ACTIONS = {
    "completion_reminder": Action.REMIND,
    "abandon": Action.ABANDON,
    "resume": Action.RESUME,
    "remind": Action.REMIND,
    "escalate": Action.ESCALATE,
}


class Swept(NamedTuple):
    """How many reports were due, moved on, and failed (they are tried again next time)."""

    due: int
    moved: int
    failed: int


def sweep(desk: Desk, *, seed: str, per_shard: int = PER_SHARD, seconds: float = SECONDS) -> Swept:
    """Takes one step for each report that is due, at most `per_shard` of each shard and for at most `seconds`."""
    ends = desk.ticks() + seconds
    due = moved = failed = 0
    for shard in range(SHARDS):
        here = 0
        # Reports that fail stay first in their shard: they must not use up what others may take.
        for tracking in desk.reports.due(shard, desk.now(), limit=per_shard * _FAILURES_PASSED):
            if desk.ticks() > ends:
                return Swept(due, moved, failed)
            if here >= per_shard:
                break
            due += 1
            try:
                here += 1 if _stepped(desk, tracking, seed) else 0
            except Exception:  # one report that cannot be moved on must not stop the deadlines of all others
                failed += 1
                logger().exception("a due report could not be moved on", extra={"tracking": tracking})
                count("SweepFailed", tracking=tracking)
        moved += here
    return Swept(due, moved, failed)


def _stepped(desk: Desk, tracking: str, seed: str) -> bool:
    before = desk.reports.get(tracking)
    now = desk.now()
    after = step(before, now, desk.city, seed=seed)
    if after is None:
        return False
    try:
        desk.reports.change(before, after)
    except Conflict:  # somebody acted just now: the next sweep looks at what came of it
        return False
    return True


def step(report: Report, now: datetime, city: City, *, seed: str) -> Report | None:
    """The report after the one step that is due, None when none is. Pure; taken twice from the same report, the second
    write is refused."""
    due = deadlines.due(report, now, city.policy)
    if due is None:
        return None
    action = _ACTIONS[due.kind]
    run = ""
    if due.clock:
        clock = deadlines.clock_of(report, due.clock)
        run = f"{due.clock}:{clock.run if clock else 0}:{due.rung}"
    deed = Deed(
        action=action,
        role=Role.SYSTEM,
        action_id=f"sweep:{due.kind}:{run}:{report.version}",
        at=now,
        seed=seed,
    )
    status = lead_to(action, report.status, deed.role)
    match due.kind:
        case "completion_reminder":
            nudged = report.nudged + 1
            after = record(report, deed, "completion_reminded", nudged=nudged, data=asked_for(report))
        case "abandon":
            after = record(ended(report, deed), deed, "abandoned", status=status, public=True)
        case "resume":
            after = record(deadlines.resumed(report, now), deed, "resumed", public=True)
        case _:
            after = _climbed(report, due, deed, city)
    return next_version(report, after)


def _climbed(report: Report, due: deadlines.Step, deed: Deed, city: City) -> Report:
    rung = city.policy.ladder[due.rung]
    data = {"clock": due.clock, "level": due.level, "to": office_codes(rung, report, city)}
    event = "escalated" if due.level else "reminded"
    return record(deadlines.climbed(report, due), deed, event, public=bool(due.level), data=data)
