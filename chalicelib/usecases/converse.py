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
from chalicelib.domain.contribution import Contribution, Identity
from chalicelib.domain.errors import Conflict, NotAllowedNow, TooLarge, Unknown
from chalicelib.domain.intake import begin, is_full, join
from chalicelib.domain.lifecycle import Action
from chalicelib.domain.report import Report
from chalicelib.triage.recognition import mask_known
from chalicelib.usecases.act import changed
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.limits import bounded
from chalicelib.usecases.submit import Submitted, number_for, store_new
from chalicelib.usecases.understand import Understanding, screened, spoken

# What a conversation's memory vouches for: it does not hold who somebody is.
_REMEMBERED = frozenset({"problem", "place"})
# What is not asked again of somebody who has told it with an earlier report, and how many reports back that may lie.
_WHO = ("name", "address")
_MOST_KNOWN = 5
_MAILS_IN_VAIN = 2


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """One message on its way: understood by itself, with the keyed hash of its sender and the number it would begin."""

    message: Message
    alone: Understanding
    sender: str
    derived: str
    rate: int = 0

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
    lang = message.lang if message.lang in desk.city.policy.languages else lang
    alone = spoken(message, desk.city, now=now, seed=seed, key=key, lang=lang)
    derived = number_for(desk, alone.said, message.sender)
    if message.about and message.verified:
        stored = _answering(desk, Talk(message=message, alone=alone, sender=sender, derived=derived))
        if stored is not None:
            return stored
    joined = desk.conversations.join(sender, alone.said, derived, now=now)
    alone = bounded(desk, message, alone, joined.rate)
    talk = Talk(message=message, alone=alone, sender=sender, derived=derived, rate=joined.rate)
    if joined.repeated:
        return _repeated(desk, talk, joined.tracking)
    if joined.tracking == derived:
        return _first(desk, talk)
    before = _retold(desk, talk, joined.tracking, joined.log) if joined.log else None
    if before is None or is_over(before, desk, now):
        # Memory knows nothing of what others did since: a question may be open, which keeps the conversation open.
        before = _read(desk, joined.tracking)
        if before is None or is_over(before, desk, now):
            return _anew(desk, talk, joined.tracking, before)
    try:
        return _join(desk, talk, joined.tracking, before, joined.log)
    except (NotAllowedNow, TooLarge, Unknown):  # it ended, or was full, at this very moment, or never came to be
        return _anew(desk, talk, joined.tracking, _read(desk, joined.tracking))


def _answering(desk: Desk, talk: Talk) -> Submitted | None:
    """A message that answers one of ours goes to that report, however long ago it was, if it is its own reporter's and
    still open. None otherwise."""
    report = _read(desk, talk.message.about)
    if report is None or report.terminal or is_full(report) or report.sender != talk.sender:
        return None
    known = desk.conversations.note(talk.sender, talk.message.id, report.tracking, now=talk.alone.said.at)
    alone = bounded(desk, talk.message, talk.alone, known.rate)
    return _join(desk, msgspec.structs.replace(talk, alone=alone, rate=known.rate), report.tracking, report, ())


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


def _anew(desk: Desk, talk: Talk, closed: str, before: Report | None = None) -> Submitted:
    """A new report in place of the one about `closed`, or with whoever began one at the same moment. `before` is the old
    report: who sent that one is not asked again who they are."""
    said = _known_from(before, talk.alone.said, desk.secrets.key("recognition", desk.ticks()))
    talk = msgspec.structs.replace(talk, alone=msgspec.structs.replace(talk.alone, said=said))
    joined = desk.conversations.renew(talk.sender, said, closed, talk.derived, now=said.at)
    if joined.tracking == talk.derived:
        return _first(desk, talk)
    return _join(desk, talk, joined.tracking, _read(desk, joined.tracking), joined.log)


def _known_from(before: Report | None, said: Contribution, key: bytes) -> Contribution:
    known = tuple(field for field in _WHO if before is not None and field not in before.missing)
    if before is None or not known:
        return said
    return msgspec.structs.replace(
        said,
        filled=tuple(dict.fromkeys((*said.filled, *known))),
        words=mask_known(said.words, key, before.marks),
        problem=mask_known(said.problem, key, before.marks),
        known_from=(before.tracking, *before.known_from)[:_MOST_KNOWN],
        marks=tuple(dict.fromkeys((*before.marks, *said.marks))),
    )


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
        quiet=said.quiet or _asks_in_vain(desk, talk, understood.said, report),
    )
    sealed = desk.sealer.seal(understood.secret, report.tracking, desk.ticks())
    after = screened(join(report, heard, desk.city), key)
    return msgspec.structs.replace(after, sealed=(*report.sealed, sealed))


def _asks_in_vain(desk: Desk, talk: Talk, said: Contribution, report: Report) -> bool:
    """Whether the same question would go out by mail once more within the hour, to somebody whose last answer did not
    answer it: two machines could go on like that for ever."""
    by_mail = desk.city.channels[talk.message.channel].adapter == "email"
    return by_mail and talk.rate > _MAILS_IN_VAIN and not set(said.filled) & set(report.missing)


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
    # Where its pictures are to be had stands in the original only.
    return msgspec.structs.replace(
        said, filled=tuple(field for field in said.filled if field in _REMEMBERED), photos=()
    )


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
