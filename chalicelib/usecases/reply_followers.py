"""Telling the reporter of one merged report what has changed on the report that leads: in their own language, by their own
channel, under their own number.
"""

from __future__ import annotations

from chalicelib.domain.errors import Busy, Unknown
from chalicelib.domain.history import Entry
from chalicelib.domain.report import Report
from chalicelib.observability import logger
from chalicelib.store.deliveries import State
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.followers import Follow, can_hear, destination_of, is_on_its_way
from chalicelib.usecases.reply import once, send


def reply_to_follower(desk: Desk, told: Follow, *, claimant: str) -> bool:
    """Tells them, once. True when it was sent. Raises SendFailed when it is worth another try, Busy while another attempt is
    under way."""
    try:
        leader, follower = desk.reports.get(told.tracking), desk.reports.get(told.follower)
    except Unknown:
        logger().warning("an event without report", extra={"tracking": told.tracking})
        return False
    entries = leader.entries()
    if not 0 < told.seq <= len(entries) or entries[told.seq - 1].body is None:
        return False

    def tell(desk: Desk, report: Report, entry: Entry) -> tuple[State, str]:
        if is_on_its_way(follower, report, desk.now()):
            raise Busy("This report is being merged.", retry_after=30)
        if not can_hear(follower, report):
            return State.REFUSED, "no longer merged, or cannot be answered"
        return send(desk, report, entry, follower)

    return once(desk, leader, entries[told.seq - 1], destination_of(follower.tracking), tell, claimant)
