"""The two clocks of a report, the recorded events that move them, and the ladder that is climbed when they run out.

Only these events move a clock: classification, extension, pause (its end), re-routing, merge, reopening. Each of them
starts a new run of the ladder. Stopping a clock, or starting a stopped one again after a refused follow-up, never
moves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from chalicelib.city.model import Policy, Rung
from chalicelib.domain.errors import NotAllowedNow
from chalicelib.domain.lifecycle import WITH_AGENCY, Status
from chalicelib.domain.report import Clock, ExtensionRequest, Pause, Report

ClockName = Literal["respond", "resolve"]
CLOCKS: tuple[ClockName, ClockName] = ("respond", "resolve")
StepKind = Literal["completion_reminder", "abandon", "resume", "remind", "escalate"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What the sweep has to do with a report now. `rung` is the ladder's, counted from 0; `level` the one it
    announces."""

    kind: StepKind
    clock: ClockName | None = None
    rung: int = 0
    level: int = 0


def _moved(clock: Clock, *, at: datetime, by: datetime) -> Clock:
    return Clock(since=at, by=by, run=clock.run + 1, stopped_at=clock.stopped_at)


def started(report: Report, at: datetime, policy: Policy, hours: float | None) -> Report:
    """Both clocks from the moment the report is complete. `hours` are the category's, None when it is not known yet."""
    resolve = timedelta(hours=policy.default_resolve_hours if hours is None else hours)
    return msgspec.structs.replace(
        report,
        complete_at=at,
        respond=Clock(since=at, by=at + timedelta(hours=policy.respond_hours)),
        resolve=Clock(since=at, by=at + resolve),
        classified=hours is not None,
    )


def classified(report: Report, at: datetime, hours: float) -> Report:
    """The first classification sets the resolve clock to the category's hours after completion; a later one does
    nothing."""
    if report.classified or report.resolve is None or report.complete_at is None:
        return report
    if report.extended:  # an approved date is a promise to the reporter: finding the category does not take it back
        return msgspec.structs.replace(report, classified=True)
    by = report.complete_at + timedelta(hours=hours, seconds=report.paused_seconds)
    if report.leads:  # the earliest clock of all merged reports still leads
        by = min(by, report.resolve.by)
    # During a pause the clock stands still as the other one does: from the pause's beginning.
    since = report.pause.since if report.pause else at
    return msgspec.structs.replace(report, classified=True, resolve=_moved(report.resolve, at=since, by=by))


def extended(report: Report, at: datetime, until: datetime) -> Report:
    """The resolve clock ends at the approved date."""
    clock = _started(report, "resolve")
    return msgspec.structs.replace(report, resolve=_moved(clock, at=at, by=until), extension=None, extended=True)


def extension_bound(report: Report, policy: Policy) -> datetime:
    """The latest date an extension may name."""
    return (report.complete_at or report.received_at) + timedelta(days=policy.extension_max_days)


def rerouted(report: Report, at: datetime, policy: Policy) -> Report:
    """A new agency: its respond clock starts afresh, the resolve clock goes on as it is."""
    run = _started(report, "respond").run + 1
    clock = Clock(since=at, by=at + timedelta(hours=policy.respond_hours), run=run)
    return msgspec.structs.replace(report, respond=clock)


def merged(leader: Report, follower: Report, at: datetime) -> Report:
    """The leader after a merge: of each pair of running clocks the earlier one leads. A follower whose reporter is being
    asked brings its clocks as they are after that pause. A leader whose work is said to be done takes the earlier end as
    well, on a resolve clock that goes on standing still: it counts should the work be refused."""
    follower = resumed(follower, at)
    changes = {}
    for name in CLOCKS:
        mine, theirs = clock_of(leader, name), clock_of(follower, name)
        if mine is None or theirs is None or not theirs.running or theirs.by >= mine.by:
            continue
        if mine.running or (name == "resolve" and leader.status is Status.AWAITING_VALIDATION):
            changes[name] = _moved(mine, at=at, by=theirs.by)
    return msgspec.structs.replace(leader, **changes)


def taken_over(before: Report, after: Report) -> dict[str, dict[str, Clock]]:
    """The clocks that a merge moved, as they were and as they became: what giving them back needs."""
    pairs = ((name, clock_of(before, name), clock_of(after, name)) for name in CLOCKS)
    return {name: {"was": was, "became": became} for name, was, became in pairs if was and became and was != became}


def given_back(report: Report, taken: Mapping[str, Mapping[str, Any]]) -> Report:
    """The report with its own clocks again, after a merge that was undone: same end, same rungs as before. A clock that
    something else has moved since stays where that put it."""
    changes = {}
    for name in CLOCKS:
        now, kept = clock_of(report, name), taken.get(name)
        if now is None or not kept:
            continue
        was, became = (msgspec.convert(kept[part], Clock) for part in ("was", "became"))
        if (now.run, now.by) == (became.run, became.by):
            changes[name] = msgspec.structs.replace(was, run=now.run + 1, stopped_at=now.stopped_at)
    return msgspec.structs.replace(report, **changes)


def reopened(report: Report, at: datetime, policy: Policy, hours: float | None) -> Report:
    """Both clocks anew from the moment the reporter reopens."""
    spans = {"respond": policy.respond_hours, "resolve": policy.default_resolve_hours if hours is None else hours}
    clocks = {
        name: Clock(
            since=at,
            by=at + timedelta(hours=spans[name]),
            run=clock.run + 1 if clock else 1,
            missed=clock is not None and clock.was_missed,
        )
        for name in CLOCKS
        for clock in [clock_of(report, name)]
    }
    # The days begin anew: finding the category later must not put the end before the reopening.
    return msgspec.structs.replace(report, classified=True, **clocks)


def paused(report: Report, at: datetime, policy: Policy) -> Report:
    """The clocks stand still while the reporter is asked, for what is left of the pauses allowed in all. Nothing
    happens when no clock runs, the reporter cannot answer, the allowance is used up, or a pause is on."""
    left = policy.pause_max_hours * 3600 - report.paused_seconds
    if report.pause or not report.answerable or left <= 0 or not any(_running(report)):
        return report
    pause = Pause(since=at, until=at + timedelta(seconds=left))
    return msgspec.structs.replace(held_until(report, at), pause=pause, held_since=None)


def resumed(report: Report, at: datetime) -> Report:
    """The clocks go on; the running ones end later by as long as they stood still. Nothing happens without a pause."""
    if report.pause is None:
        return report
    end = min(at, report.pause.until)
    stood = max(end - report.pause.since, timedelta())
    clocks = {
        # A clock taken over from a merged report meanwhile stood still only since then.
        name: _moved(clock, at=end, by=clock.by + max(end - max(clock.since, report.pause.since), timedelta()))
        for name in CLOCKS
        for clock in [clock_of(report, name)]
        if clock and clock.running
    }
    holds = report.status in WITH_AGENCY
    return msgspec.structs.replace(
        report,
        pause=None,
        paused_seconds=report.paused_seconds + stood.total_seconds(),
        held_since=end if holds else None,
        **clocks,
    )


def stopped(report: Report, at: datetime, *names: ClockName) -> Report:
    """The named clocks (both when none is named) stop at `at`, where they run."""
    changes = {
        name: msgspec.structs.replace(clock, stopped_at=at)
        for name in names or CLOCKS
        for clock in [clock_of(report, name)]
        if clock and clock.running
    }
    return msgspec.structs.replace(report, **changes)


def restarted(report: Report) -> Report:
    """The resolve clock runs again after a refused follow-up: same end, same run, same rungs."""
    clock = _started(report, "resolve")
    return msgspec.structs.replace(report, resolve=msgspec.structs.replace(clock, stopped_at=None))


def held_until(report: Report, at: datetime) -> Report:
    """The time the present agency has held the report, added up to `at`; counting goes on from there."""
    if report.agency is None or report.held_since is None:
        return report
    seconds = max((at - report.held_since).total_seconds(), 0.0)
    held = {**report.held, report.agency: report.held.get(report.agency, 0.0) + seconds}
    return msgspec.structs.replace(report, held=held, held_since=at)


def clock_of(report: Report, name: ClockName) -> Clock | None:
    """The clock of that name."""
    return report.respond if name == "respond" else report.resolve


def _started(report: Report, name: ClockName) -> Clock:
    clock = clock_of(report, name)
    if clock is None:
        raise NotAllowedNow("The report is not complete yet: no clock runs.", details={"status": report.status})
    return clock


def _running(report: Report) -> list[tuple[ClockName, Clock]]:
    return [(name, clock) for name in CLOCKS for clock in [clock_of(report, name)] if clock and clock.running]


def _rung_at(clock: Clock, rung: Rung) -> datetime:
    if rung.at is not None:
        return max(clock.since + (clock.by - clock.since) * rung.at, clock.since)
    return clock.by + timedelta(hours=rung.after_hours or 0.0)


def _next_rung(clock: Clock, ladder: Sequence[Rung], now: datetime | None) -> int | None:
    """The rung to climb next. A reminder makes no sense any more once the deadline has passed: it is left out then."""
    for index in range(clock.rung, len(ladder)):
        if ladder[index].at is None or (now or clock.since) < clock.by:
            return index
    return None


def due(report: Report, now: datetime, policy: Policy) -> Step | None:
    """The one step the sweep has to take now, None when nothing is due. Pure: asking twice changes nothing."""
    at = next_due_at(report, policy)
    if at is None or at > now:
        return None
    if report.status is Status.INCOMPLETE and report.complete_at is None:
        return Step(kind="abandon" if report.nudged else "completion_reminder")
    if report.pause:
        return Step(kind="resume")
    candidates = []
    for name, clock in _running(report):
        index = _next_rung(clock, policy.ladder, now)
        if index is not None and _rung_at(clock, policy.ladder[index]) <= now:
            candidates.append((_rung_at(clock, policy.ladder[index]), name, index))
    if not candidates:
        return None
    _, name, index = min(candidates)
    level = policy.ladder[index].level
    return Step(kind="escalate" if level else "remind", clock=name, rung=index, level=level)


def next_due_at(report: Report, policy: Policy) -> datetime | None:
    """When the sweep has to look at this report next; None when nothing will ever be due in its present state."""
    if report.terminal:
        return None
    if report.complete_at is None:
        hours = policy.abandon_hours if report.nudged else policy.incomplete_reminder_hours
        return report.active_at + timedelta(hours=hours)
    if report.pause:
        return report.pause.until
    times = []
    for _, clock in _running(report):
        index = _next_rung(clock, policy.ladder, None)
        if index is not None:
            times.append(_rung_at(clock, policy.ladder[index]))
    return min(times, default=None)


def queue_order_at(report: Report, policy: Policy) -> datetime:
    """Where a report stands in a desk queue: at its nearest deadline, or when it came in."""
    running = [clock.by for _, clock in _running(report)]
    stands = report.resolve.by if report.resolve else report.active_at
    return min(running, default=stands)


def climbed(report: Report, step: Step) -> Report:
    """The report after that rung of that clock."""
    if step.clock is None:
        return report
    clock = _started(report, step.clock)
    return msgspec.structs.replace(report, **{step.clock: msgspec.structs.replace(clock, rung=step.rung + 1)})


def level(report: Report, policy: Policy) -> int:
    """The highest escalation level reached by a clock that still runs; 0 when none is."""
    return max((policy.ladder[clock.rung - 1].level for _, clock in _running(report) if clock.rung), default=0)


def overdue(report: Report, now: datetime) -> bool:
    """Whether a running clock has passed its end. While the reporter is asked, the clocks stand still where they
    were."""
    at = report.pause.since if report.pause else now
    return any(clock.by < at for _, clock in _running(report))


def with_request(report: Report, request: ExtensionRequest | None) -> Report:
    """The report with that undecided request (None: without any). It moves nothing."""
    return msgspec.structs.replace(report, extension=request)
