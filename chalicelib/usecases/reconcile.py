"""Reconciling: what the histories say against what was delivered; what is missing is announced. So even a relay that
was off for days loses nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from chalicelib.domain import announcements
from chalicelib.domain.history import Entry
from chalicelib.domain.lifecycle import Action, Role
from chalicelib.domain.report import Deed, Report
from chalicelib.domain.rights import due_for_erasure
from chalicelib.observability import logger
from chalicelib.store.deliveries import LEASE, State, sort_key
from chalicelib.usecases.announce import announce, republish
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.erase import RETENTION
from chalicelib.usecases.followers import destination_of
from chalicelib.usecases.merging import without_halves
from chalicelib.usecases.split import carried_through
from chalicelib.usecases.tallies import days_back, recount

DAYS = 3
_MOST_DAYS, _AT_FIRST = 60, timedelta(days=400)
# Up to which day (of the last change) closed reports have been looked at.
_THROUGH = ("erased", "through")
# Younger changes are still on their way through stream and queue.
_SETTLING = timedelta(minutes=10)


class Reconciled(NamedTuple):
    """How many reports were looked at, how many announcements were made good, how many reports failed, and of how many
    the reporter's data was erased because the time it is kept is over."""

    reports: int
    announced: int
    failed: int = 0
    erased: int = 0


def reconcile(desk: Desk, *, days: int = DAYS, claimant: str, settling: timedelta = _SETTLING) -> Reconciled:
    """Goes through the reports changed in the last `days` days (city time), today included."""
    today = desk.city.local_day(desk.now())
    looked_at = announced = failed = 0
    for back in range(days, -1, -1):
        for tracking in desk.reports.changed_on(today - timedelta(days=back)):
            looked_at += 1
            try:
                report = _made_whole(desk, desk.reports.get(tracking), settling)
                announced += _reconciled(desk, report, claimant, settling, timedelta(days=days + 1))
            except Exception:  # one report must not keep the others from being made good
                failed += 1
                logger().exception("a report could not be reconciled", extra={"tracking": tracking})
    erased, not_erased = _forgotten(desk, days)
    recounted = recount(desk, days_back(desk, days))
    return Reconciled(looked_at, announced, failed + not_erased + recounted.failed, erased)


def _forgotten(desk: Desk, days: int) -> tuple[int, int]:
    """Who reported is erased when the policy's days since the last change of a closed report are over: of how many reports it
    was, and of how many it failed. The last days' and, so that neither nights that were missed nor a shorter retention leave
    any behind, some of all days before, from where the last night ended."""
    policy = desk.city.policy
    if not policy.identity_retention_days:
        return 0, 0
    last = desk.city.local_day(desk.now() - timedelta(days=policy.identity_retention_days))
    recent = [last - timedelta(days=back) for back in range(days, -1, -1)]
    kept = desk.tally_items.get(*_THROUGH)
    through = date.fromisoformat(kept.told(str)) if kept else last - _AT_FIRST
    before = [through + timedelta(days=ahead) for ahead in range(min((recent[0] - through).days, _MOST_DAYS))]
    erased, failed = _erased_of(desk, recent)
    more, not_erased = _erased_of(desk, before)
    if before and not not_erased:
        desk.tally_items.put(*_THROUGH, msgspec.json.encode((before[-1] + timedelta(days=1)).isoformat()).decode())
    return erased + more, failed + not_erased


def _erased_of(desk: Desk, days: Iterable[date]) -> tuple[int, int]:
    now, policy = desk.now(), desk.city.policy
    erased = failed = 0
    for day in days:
        for tracking in desk.reports.changed_on(day):
            try:
                if due_for_erasure(desk.reports.get(tracking), now, policy):
                    erased += len(desk.identity.erase(tracking, action_id=RETENTION, role=Role.SYSTEM))
            except Exception:
                failed += 1
                logger().exception("a reporter's data could not be erased", extra={"tracking": tracking})
    return erased, failed


def _made_whole(desk: Desk, report: Report, settling: timedelta) -> Report:
    """The report after what was half done of it is done, or undone: the second report of a split is stored, whoever was
    never merged into it is not counted with it. Nobody has repeated either within the settling time."""
    now = desk.now()
    if report.begun and now - report.changed_at >= settling:
        report = carried_through(desk, report)
    if report.leads and not report.terminal:
        deed = Deed(action=Action.LEAD, role=Role.SYSTEM, action_id="", at=now, seed=os.urandom(16).hex())
        report = without_halves(desk, report, deed)
    return report


def _reconciled(desk: Desk, report: Report, claimant: str, settling: timedelta, window: timedelta) -> int:
    made_good = 0
    delivered = desk.deliveries.of(report.tracking)
    now = desk.now()
    stale = (now - LEASE).timestamp()

    def missing(seq: int, destination: str) -> bool:
        state, claimed = delivered.get(sort_key(seq, destination), ("", 0))
        return state not in (State.SENT, State.REFUSED) and not (state == State.CLAIMED and claimed > stale)

    for entry in report.entries():
        if (
            not settling <= now - entry.moment <= window
        ):  # older ones were looked at before, and their deliveries expire
            continue
        if any(missing(entry.seq, destination) for destination in announcements.topics(report, entry)):
            announced = announce(desk, report, entry, claimant=claimant)
            if not announced:  # crashed twice on its way: it may have gone out, so a person has to look
                logger().warning("a delivery is uncertain", extra={"tracking": report.tracking, "seq": entry.seq})
            made_good += announced
        elif any(missing(entry.seq, destination) for destination in _people(report, entry)):
            republish(desk, report, entry)
            made_good += 1
    return made_good


def _people(report: Report, entry: Entry) -> list[str]:
    """The reporters who are to hear of an entry, as deliveries name them. Who cannot hear is refused once, and named then."""
    own = [announcements.REPORTER] if announcements.tells_reporter(entry) else []
    return [*own, *(destination_of(follower) for follower in announcements.told_followers(report, entry))]
