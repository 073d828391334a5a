"""Conversing: messages in words (SMS, e-mail, later chat) find their report. Two writes and no read for a message: one on
the sender's conversation, one on the report, which is rebuilt from what the conversation remembers.

An attempt may end between the two writes. The provider's repetition makes it good; where none comes, the sender's next
message brings what the conversation remembers of it (masked; the original's identity is added should it arrive late).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import reduce

import msgspec

from chalicelib.channels.message import Message
from chalicelib.domain import tracking as numbers
from chalicelib.domain.errors import Conflict, NotAllowedNow, TooLarge, Unknown
from chalicelib.domain.intake import Contribution, Identity, begin, is_full, join
from chalicelib.domain.lifecycle import Action
from chalicelib.domain.report import Report
from chalicelib.triage.recognition import mask_known
from chalicelib.usecases.act import changed
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.submit import Submitted, number_for, store_new
from chalicelib.usecases.understand import Understanding, screened, spoken

# What a conversation's memory vouches for: it does not hold who somebody is.
_REMEMBERED = frozenset({"problem", "place"})


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """One message on its way: understood by itself, with the keyed hash of its sender and the number it would begin."""

    message: Message
    alone: Understanding
    sender: str
    derived: str

    @property
    def action_id(self) -> str:
        """The id of the change this message makes."""
        return self.alone.said.action_id


def converse(desk: Desk, message: Message, *, seed: str, lang: str = "id") -> Submitted:
    """Takes the message into the sender's open report, or begins one. A repeated message changes nothing: one refused
    write, one read."""
    now = desk.now()
    sender = desk.sender_hash(message.channel, message.sender, verified=message.verified)
    key = desk.secrets.key("recognition", desk.ticks())
    alone = spoken(message, desk.city, now=now, seed=seed, key=key, lang=lang)
    derived = number_for(desk, alone.said, message.sender)
    joined = desk.conversations.join(sender, alone.said, derived, now=now)
    if joined.rate > desk.city.policy.messages_per_hour:  # taken all the same, but not answered: answers cost money
        alone = msgspec.structs.replace(alone, said=msgspec.structs.replace(alone.said, quiet=True))
    talk = Talk(message=message, alone=alone, sender=sender, derived=derived)
    if joined.repeated:
        return _repeated(desk, talk, joined.tracking)
    if joined.tracking == derived:
        return _first(desk, talk)
    before = _retold(desk, talk, joined.tracking, joined.log) if joined.log else None
    if before is None or is_over(before, desk, now):
        # Memory knows nothing of what others did since: a question may be open, which keeps the conversation open.
        before = _read(desk, joined.tracking)
        if before is None or is_over(before, desk, now):
            return _anew(desk, talk, joined.tracking)
    try:
        return _join(desk, talk, joined.tracking, before, joined.log)
    except (NotAllowedNow, TooLarge, Unknown):  # it ended, or was full, at this very moment, or never came to be
        return _anew(desk, talk, joined.tracking)


def is_over(report: Report, desk: Desk, now: datetime) -> bool:
    """Whether a new message begins a new report: the old one has ended, or was complete and silent for long enough."""
    if report.terminal or is_full(report):
        return True
    silence = timedelta(minutes=desk.city.policy.conversation_minutes)
    return report.complete_at is not None and now - report.active_at > silence and report.pause is None


def _first(desk: Desk, talk: Talk) -> Submitted:
    stored = store_new(desk, talk.alone, talk.message.sender, talk.sender)
    tracking = stored.report.tracking
    if tracking != talk.derived:  # a collision: the conversation must not stay with somebody else's report
        desk.conversations.renew(talk.sender, talk.alone.said, talk.derived, tracking, now=talk.alone.said.at)
    return _late(desk, talk, tracking) if talk.action_id in stored.report.unsealed else stored


def _anew(desk: Desk, talk: Talk, closed: str) -> Submitted:
    """A new report in place of the one about `closed`, or with whoever began one at the same moment."""
    said = talk.alone.said
    joined = desk.conversations.renew(talk.sender, said, closed, talk.derived, now=said.at)
    if joined.tracking == talk.derived:
        return _first(desk, talk)
    return _join(desk, talk, joined.tracking, _read(desk, joined.tracking), joined.log)


def _repeated(desk: Desk, talk: Talk, tracking: str) -> Submitted:
    stored = _read(desk, tracking)
    if tracking == talk.derived and (stored is None or talk.action_id in stored.unsealed):
        return _first(desk, talk)
    if stored is None:
        raise Unknown("There is no report with this tracking number.", details={"tracking": tracking})
    if talk.action_id in stored.unsealed:
        return _late(desk, talk, tracking)
    if tracking == talk.derived or stored.did(talk.action_id):
        return Submitted(stored, new=False)
    # Seen, but in no report: the first attempt ended on its way there.
    begun = _read(desk, talk.derived)
    if begun is not None:
        return Submitted(begun, new=False)
    if is_over(stored, desk, talk.alone.said.at):
        return _anew(desk, talk, tracking)
    return _join(desk, talk, tracking, stored, ())


def _join(desk: Desk, talk: Talk, tracking: str, before: Report | None, log: tuple[Contribution, ...]) -> Submitted:
    """One conditional write on what is believed to be the report; if it is not, again on what is read."""

    def with_message(report: Report) -> Report:
        return _with_message(desk, talk, _with_lost(report, log, desk))

    if before is not None and not before.did(talk.action_id):
        after = with_message(before)
        try:
            desk.reports.change(before, after)
        except Conflict:
            pass
        else:
            return Submitted(after, new=False)
        if log and not any(before.sealed):
            rescued = _with_message(desk, talk, _retold(desk, talk, tracking, log, remembered=True))
            if desk.reports.add(msgspec.structs.replace(rescued, sealed=rescued.sealed[-1:])):
                return Submitted(rescued, new=True)
    return Submitted(changed(desk, tracking, Action.NOTE, talk.action_id, with_message), new=False)


def _with_message(desk: Desk, talk: Talk, report: Report) -> Report:
    said, key = talk.alone.said, desk.secrets.key("recognition", desk.ticks())
    understood = spoken(
        talk.message,
        desk.city,
        now=said.at,
        seed=said.seed,
        key=key,
        asked=report.missing,
        known_place=report.place,
        lang=said.lang,
    )
    heard = msgspec.structs.replace(
        understood.said,
        words=mask_known(understood.said.words, key, report.marks),
        problem=mask_known(understood.said.problem, key, report.marks),
        quiet=said.quiet,
    )
    sealed = desk.sealer.seal(understood.secret, report.tracking, desk.ticks())
    after = screened(join(report, heard, desk.city), key)
    return msgspec.structs.replace(after, sealed=(*report.sealed, sealed))


def _retold(
    desk: Desk, talk: Talk, tracking: str, log: tuple[Contribution, ...], *, remembered: bool = False
) -> Report:
    """The report as the messages before this one made it; wrong only if somebody else has changed it since, which the
    write's condition finds out. `remembered`: only what memory vouches for, where the originals never arrived."""
    first, *later = [_vouched(said) for said in log[:-1]] if remembered else log[:-1]
    origin = numbers.origin_of(first.channel, talk.message.sender, first.message_id)
    identity = Identity(tracking=tracking, origin=origin, sender=talk.sender)
    report = reduce(lambda so_far, said: join(so_far, said, desk.city), later, begin(identity, first, desk.city))
    awaited = tuple(said.action_id for said in (first, *later)) if remembered else ()
    return msgspec.structs.replace(report, sealed=(b"",) * (1 + len(later)), unsealed=awaited)


def _with_lost(report: Report, log: tuple[Contribution, ...], desk: Desk) -> Report:
    """The report with the earlier messages of this conversation that never reached it."""
    for said in log[1:-1]:
        if said.settled and not report.did(said.action_id):
            after = join(report, _vouched(said), desk.city)
            report = msgspec.structs.replace(after, unsealed=(*report.unsealed, said.action_id))
    return report


def _vouched(said: Contribution) -> Contribution:
    return msgspec.structs.replace(said, filled=tuple(field for field in said.filled if field in _REMEMBERED))


def _late(desk: Desk, talk: Talk, tracking: str) -> Submitted:
    """The original of a message that was retold already: who sent it is added, its words are not told again."""
    said = msgspec.structs.replace(
        talk.alone.said,
        given_id=f"{talk.action_id}:late",
        filled=tuple(field for field in talk.alone.said.filled if field not in _REMEMBERED),
        problem="",
        words="",
        place=None,
        cell=None,
        photos=(),
    )

    def arrived(report: Report) -> Report:
        sealed = desk.sealer.seal(talk.alone.secret, tracking, desk.ticks())
        after = report if report.terminal else join(report, said, desk.city)
        awaited = tuple(each for each in report.unsealed if each != talk.action_id)
        return msgspec.structs.replace(after, sealed=(*report.sealed, sealed), unsealed=awaited)

    return Submitted(changed(desk, tracking, Action.NOTE, said.action_id, arrived), new=False)


def _read(desk: Desk, tracking: str) -> Report | None:
    try:
        return desk.reports.get(tracking)
    except Unknown:
        return None
