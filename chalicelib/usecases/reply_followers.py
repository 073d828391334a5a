"""Telling the reporter of one merged report what has changed on the report that leads: in their own language, by their own
channel, under their own number.
"""

from __future__ import annotations

from chalicelib.domain import announcements
from chalicelib.domain.errors import Busy, Unknown
from chalicelib.domain.history import Entry
from chalicelib.domain.lifecycle import Role
from chalicelib.domain.report import Report
from chalicelib.observability import logger
from chalicelib.store.deliveries import State
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.followers import Follow, can_hear, destination_of, is_on_its_way
from chalicelib.usecases.reply import once, send, silenced

# Whose senders are persons, each reached as that sender: a phone, a mail address, an account. An app's may be the app.
_OF_PERSONS = frozenset({"sms_http", "aws_sms", "vonage", "email", "meta", "telegram", "x"})


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
        if not _is_one_person(desk, follower):
            return send(desk, report, entry, follower)
        if _hears_it_already(desk, report, entry, follower):
            return State.REFUSED, "hears it as the reporter of the one that leads"
        if len(report.leads) == 1:
            return send(desk, report, entry, follower)
        return _once_a_person(desk, report, entry, follower)

    return once(desk, leader, entries[told.seq - 1], destination_of(follower.tracking), tell, claimant)


def _is_one_person(desk: Desk, report: Report) -> bool:
    """Whether the sender of a report is a person: two reports of the same one are then the same person's."""
    channel = desk.city.channels.get(report.channel)
    return channel is not None and channel.adapter in _OF_PERSONS


def _hears_it_already(desk: Desk, leader: Report, entry: Entry, follower: Report) -> bool:
    """Whether the same person is told of it as the reporter of the report that leads, or did it as such."""
    if follower.sender != leader.sender or not (leader.answerable and leader.tells_who):
        return False
    theirs = entry.told.role == Role.REPORTER and not entry.told.data.get("for")
    return theirs or (announcements.tells_reporter(entry) and not silenced(desk, leader, leader.sender))


def _once_a_person(desk: Desk, leader: Report, entry: Entry, follower: Report) -> tuple[State, str]:
    """Tells whoever has several merged reports by one of them. Raises what `send` does."""
    person = f"person:{follower.sender}"
    key, now = (leader.tracking, entry.seq, person), desk.now()
    if not desk.deliveries.claim(*key, now=now, claimant=follower.tracking):
        return State.REFUSED, "has heard it by another report of theirs"
    try:
        state, reason = send(desk, leader, entry, follower)
    except Exception:
        desk.deliveries.mark(*key, State.RELEASED, now=now)
        raise
    desk.deliveries.mark(*key, state if state is State.SENT else State.RELEASED, now=now)
    return state, reason
