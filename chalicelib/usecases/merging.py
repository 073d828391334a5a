"""Merging: two reports change, one after the other. The one that leads takes its followers' clocks first, then the follower
ends; whatever is refused or fails in between is undone, or made good by a repetition.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import msgspec

from chalicelib.domain import tracking as numbers
from chalicelib.domain.errors import Conflict, Invalid, Unknown
from chalicelib.domain.history import Entry
from chalicelib.domain.lifecycle import Action, Status, lead_to
from chalicelib.domain.report import Deed, Report
from chalicelib.usecases import decide
from chalicelib.usecases.act import changed
from chalicelib.usecases.desk import Desk

# Longer than the two writes of a merge may take.
HALF_FOR = timedelta(minutes=2)
# Longer than any chain that people make: a stored circle must not keep a reader for ever.
_LONGEST_CHAIN = 20


class Led(NamedTuple):
    """The first half of a merge: the wish with its number as it is written, the change that made the leader lead ("" where
    nothing has to be undone), and what the follower led then."""

    wish: decide.Merge
    lead_id: str = ""
    brings: tuple[str, ...] = ()


def leader_of(desk: Desk, report: Report) -> Report:
    """The report that leads in place of a merged one, at the end of its chain; any other report itself. One read a step."""
    seen = {report.tracking}
    while report.status is Status.MERGED and report.merged_into and len(seen) <= _LONGEST_CHAIN:
        if report.merged_into in seen:
            break
        seen.add(report.merged_into)
        try:
            report = desk.reports.get(report.merged_into)
        except Unknown:
            break
    return report


def lead_first(desk: Desk, tracking: str, wish: decide.Merge, deed: Deed) -> Led:
    """The leader takes the follower's clocks before the follower ends: if the second write fails, a repetition does it.
    Raises Invalid on `into`, or what refuses either half."""
    try:
        into = numbers.parse(wish.into, desk.city.prefix)
    except Invalid as error:
        raise Invalid(error.message, details={"into": error.details["tracking"]}) from error
    wish = msgspec.structs.replace(wish, into=into)
    follower = desk.reports.get(tracking)
    if follower.did(deed.action_id) or into == tracking:
        return Led(wish)
    if into in follower.leads:  # perhaps only by half: then this is the other way round, and that half goes
        follower = without_halves(desk, follower, deed)
    decide.merge(follower, deed, wish, desk.city)
    lead_id = _lead_id(desk, into, deed.action_id)
    lead_deed = msgspec.structs.replace(deed, action=Action.LEAD, action_id=lead_id)
    leader = changed(
        desk, into, Action.LEAD, lead_id, lambda leader: decide.lead(leader, lead_deed, follower, desk.city)
    )
    lead_to(Action.LEAD, leader.status, deed.role)  # a repetition may find that it has ended meanwhile
    told = next(entry.told.data for entry in leader.entries() if entry.told.action_id == lead_id)
    return Led(wish, lead_id, tuple(told.get("with", ())))


def _lead_id(desk: Desk, into: str, action_id: str) -> str:
    """The id of the leader's change: another one after the first was undone."""
    try:
        leader = desk.reports.get(into)
    except Unknown:
        raise Invalid("There is no report to merge into.", details={"into": f"unknown report {into}"}) from None
    undone = sum(entry.told.action_id.startswith(f"{action_id}:lead") and "undone" in entry.told.data for entry in leader.entries())  # fmt: skip
    return f"{action_id}:lead:{undone}" if undone else f"{action_id}:lead"


def follow(report: Report, deed: Deed, led: Led, desk: Desk) -> Report:
    """The follower, merged. Raises Conflict when others have been merged into it since the leader was told."""
    if set(report.leads) - set(led.brings) and led.lead_id:
        raise Conflict(
            "Another report has been merged into this one meanwhile.",
            details={"tracking": report.tracking, "status": report.status, "version": report.version},
        )
    return decide.merge(report, deed, led.wish, desk.city)


def without_halves(desk: Desk, leader: Report, deed: Deed) -> Report:
    """The report without those who it says are merged into it and are not: their half of the merge never came, and by now
    will not. Two more reads for each merge that is told, none where there is none."""
    counted = set(leader.leads)
    for entry in leader.entries():
        told = entry.told
        follower = str(told.data.get("follower", ""))
        if entry.event != "merged_in" or follower not in counted or deed.at - entry.moment < HALF_FOR:
            continue
        if desk.reports.get(follower).status is not Status.MERGED:
            undone = msgspec.structs.replace(deed, action=Action.LEAD)
            lead_no_more(desk, follower, _half(leader, entry), undone)
    return desk.reports.get(leader.tracking)


def _half(leader: Report, entry: Entry) -> Led:
    wish = decide.Merge(into=leader.tracking)
    return Led(wish, entry.told.action_id, tuple(entry.told.data.get("with", ())))


def lead_no_more(desk: Desk, follower: str, led: Led, deed: Deed) -> None:
    """Undoes the first half, on every report up the chain, unless somebody else has made the same merge meanwhile."""
    into, steps = led.wish.into, 0
    if not led.lead_id or desk.reports.get(follower).merged_into == into:
        return
    undone = msgspec.structs.replace(deed, action_id=f"{led.lead_id}:undone")
    while into and steps < _LONGEST_CHAIN:
        leader = changed(
            desk,
            into,
            Action.LEAD,
            undone.action_id,
            lambda leader: decide.unlead(leader, undone, follower, led.lead_id),
        )
        into, steps = leader.merged_into or "", steps + 1
