"""Conversing: messages in words (SMS, e-mail, later chat) find their report. Two writes and no read for a message:
one on the sender's conversation, one on the report, which is rebuilt from what the conversation remembers.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import reduce

import msgspec

from chalicelib.channels.message import Message
from chalicelib.domain import tracking as numbers
from chalicelib.domain.errors import Conflict, NotAllowedNow, TooLarge, Unknown
from chalicelib.domain.intake import Identity, begin, is_full, join
from chalicelib.domain.lifecycle import Action
from chalicelib.domain.report import Report
from chalicelib.store.conversations import Joined
from chalicelib.triage.recognition import mask_known
from chalicelib.usecases.act import changed
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.submit import Submitted, number_for, store_new
from chalicelib.usecases.understand import Understanding, spoken


def converse(desk: Desk, message: Message, *, seed: str, lang: str = "id") -> Submitted:
    """Takes the message into the sender's open report, or begins one. A repeated message changes nothing: one refused
    write, one read."""
    now = desk.now()
    sender = desk.sender_hash(message.channel, message.sender, verified=message.verified)
    key = desk.secrets.key("recognition", desk.ticks())
    alone = spoken(message, desk.city, now=now, seed=seed, key=key, lang=lang)
    derived = number_for(desk, alone.said, message.sender)
    joined = desk.conversations.join(sender, alone.said, derived, now=now)
    if joined.repeated:
        return _repeated(desk, message, alone, joined.tracking, derived, sender)
    if joined.rate > desk.city.policy.messages_per_hour:  # taken all the same, but not answered: answers cost money
        alone = msgspec.structs.replace(alone, said=msgspec.structs.replace(alone.said, quiet=True))
    if joined.tracking == derived:
        return _first(desk, message, alone, derived, sender)
    before = _retold(desk, message, joined, sender) if joined.log else _read(desk, joined.tracking)
    if before is None or is_over(before, desk, now):
        joined = desk.conversations.renew(sender, alone.said, joined.tracking, derived, now=now)
        if joined.tracking == derived:
            return _first(desk, message, alone, derived, sender)
        before = _read(desk, joined.tracking)
    try:
        return _join(desk, message, alone, joined.tracking, before)
    except (NotAllowedNow, TooLarge, Unknown):  # it ended, or was full, at this very moment, or never came to be
        desk.conversations.renew(sender, alone.said, joined.tracking, derived, now=now)
        return _first(desk, message, alone, derived, sender)


def is_over(report: Report, desk: Desk, now: datetime) -> bool:
    """Whether a new message begins a new report: the old one has ended, or was complete and silent for long enough."""
    if report.terminal or is_full(report):
        return True
    silence = timedelta(minutes=desk.city.policy.conversation_minutes)
    return report.complete_at is not None and now - report.active_at > silence and report.pause is None


def _first(desk: Desk, message: Message, alone: Understanding, derived: str, sender: str) -> Submitted:
    stored = store_new(desk, alone, message.sender, sender)
    if stored.report.tracking != derived:  # a collision: the conversation must not stay with somebody else's report
        desk.conversations.renew(sender, alone.said, derived, stored.report.tracking, now=alone.said.at)
    return stored


def _retold(desk: Desk, message: Message, joined: Joined, sender: str) -> Report:
    """The report as the messages before this one made it; wrong only if somebody else has changed it since, which the
    write's condition finds out."""
    first, *later = joined.log[:-1]
    origin = numbers.origin_of(first.channel, message.sender, first.message_id)
    identity = Identity(tracking=joined.tracking, origin=origin, sender=sender)
    report = reduce(lambda so_far, said: join(so_far, said, desk.city), later, begin(identity, first, desk.city))
    return msgspec.structs.replace(report, sealed=(b"",) * (1 + len(later)))


def _never_came_to_be(desk: Desk, before: Report, after: Report) -> bool:
    """Whether the first message ended between its two writes and was not sent again: then this one stores the report,
    with what the conversation remembers of the first (its words, masked; who sent it is the same)."""
    if before.sealed and any(before.sealed):  # it was read, so it is there
        return False
    sealed = tuple(part for part in after.sealed if part)
    return desk.reports.add(msgspec.structs.replace(after, sealed=sealed))


def _read(desk: Desk, tracking: str) -> Report | None:
    try:
        return desk.reports.get(tracking)
    except Unknown:
        return None


def _repeated(
    desk: Desk, message: Message, alone: Understanding, tracking: str, derived: str, sender: str
) -> Submitted:
    stored = _read(desk, tracking)
    if stored is None and tracking == derived:  # the first attempt ended between its two writes
        return _first(desk, message, alone, derived, sender)
    if stored is None:
        raise Unknown("There is no report with this tracking number.", details={"tracking": tracking})
    if tracking == derived or stored.did(alone.said.action_id) or stored.terminal:
        return Submitted(stored, new=False)
    return _join(desk, message, alone, tracking, stored)


def _join(desk: Desk, message: Message, alone: Understanding, tracking: str, before: Report | None) -> Submitted:
    """One conditional write on what is believed to be the report; if it is not, again on what was read."""
    said = alone.said

    def joined(report: Report) -> Report:
        key = desk.secrets.key("recognition", desk.ticks())
        understood = spoken(
            message,
            desk.city,
            now=said.at,
            seed=said.seed,
            key=key,
            asked=report.missing,
            known_place=report.place,
            lang=said.lang,
        )
        sealed = desk.sealer.seal(understood.secret, tracking, desk.ticks())
        heard = understood.said
        heard = msgspec.structs.replace(
            heard,
            words=mask_known(heard.words, key, report.marks),
            problem=mask_known(heard.problem, key, report.marks),
            quiet=said.quiet,
        )
        after = join(report, heard, desk.city)
        return msgspec.structs.replace(after, sealed=(*report.sealed, sealed))

    if before is not None and not before.did(said.action_id):
        after = joined(before)
        try:
            desk.reports.change(before, after)
        except Conflict:
            pass
        else:
            return Submitted(after, new=False)
        if _never_came_to_be(desk, before, after):
            return Submitted(after, new=True)
    return Submitted(changed(desk, tracking, Action.NOTE, said.action_id, joined), new=False)
