"""Conversing: messages in words (SMS, e-mail, later chat) find their report. Two writes and no read for a message: one on
the sender's conversation, one on the report, which is rebuilt from what the conversation remembers.

An attempt may end between the two writes. The provider's repetition makes it good, or the sender's next message brings
what the conversation remembers of it (masked; the original's identity is added should it arrive late).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import msgspec

from chalicelib.channels.message import Message
from chalicelib.domain import tracking as numbers
from chalicelib.domain.contribution import Contribution, Identity
from chalicelib.domain.errors import Conflict, NotAllowedNow, TooLarge, Unknown
from chalicelib.domain.intake import is_full, join
from chalicelib.domain.lifecycle import Action, Status
from chalicelib.domain.report import Report
from chalicelib.store.memory import NO_REPORT, Joined
from chalicelib.triage.recognition import mask_known
from chalicelib.usecases.act import changed
from chalicelib.usecases.boundaries import asks_in_vain, is_over, only_courtesy, says_thanks, tells_another
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.followers import said_to_leader
from chalicelib.usecases.limits import bounded
from chalicelib.usecases.retelling import REMEMBERED, known_from, retold, told_under, with_lost
from chalicelib.usecases.submit import Submitted, number_for, same, store_new
from chalicelib.usecases.understand import Understanding, screened, spoken
from chalicelib.usecases.whose import is_reporter


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
    answered = _read(desk, message.about) if message.about and message.verified else None
    if answered is not None and not is_reporter(desk, message, sender, answered):
        answered = None
    if answered is not None and not answered.terminal and not is_full(answered):
        return _answering(desk, Talk(message=message, alone=alone, sender=sender, derived=derived), answered)
    joined = desk.conversations.join(sender, alone.said, derived, now=now)
    alone = bounded(desk, message, alone, joined, joined.tracking)
    talk = Talk(message=message, alone=alone, sender=sender, derived=derived, rate=joined.rate)
    if joined.repeated:
        return _repeated(desk, talk, joined.tracking)
    if joined.asked and joined.asked != joined.tracking and (stored := _asked_elsewhere(desk, talk, joined)):
        return stored
    if joined.tracking == derived:
        return _first(desk, talk)
    if answered is not None:  # about one that has ended: nothing of it belongs to another that is open
        return _anew(desk, talk, joined.tracking, answered)
    known = told_under(joined.log, desk.city)
    before, lost = retold(desk.city, _identity(talk, joined.tracking, joined.log), joined.log) if known else (None, ())
    if before is None or is_over(before, desk.city, now) or tells_another(talk.message, talk.alone.said, before):
        # Memory knows nothing of what others did since: a question may be open, which keeps the conversation open.
        before = _read(desk, joined.tracking)
        if before is None and joined.log and not known:  # it never came to be: what is remembered of it is all there is
            before, lost = retold(desk.city, _identity(talk, joined.tracking, joined.log), joined.log)
        if before is None or is_over(before, desk.city, now) or tells_another(talk.message, talk.alone.said, before):
            return _anew(desk, talk, joined.tracking, before, lost)
    try:
        return _join(desk, talk, joined.tracking, before, joined.log)
    except (NotAllowedNow, TooLarge, Unknown):  # it ended, or was full, at this very moment, or never came to be
        return _anew(desk, talk, joined.tracking, _read(desk, joined.tracking))


def _answering(desk: Desk, talk: Talk, report: Report) -> Submitted:
    """A message that answers one of ours goes to that report, however long ago it was."""
    known = desk.conversations.note(talk.sender, talk.message.id, report.tracking, now=talk.alone.said.at)
    alone = bounded(desk, talk.message, talk.alone, known, report.tracking)
    answering = msgspec.structs.replace(talk, alone=alone, rate=known.rate)
    return _join(desk, answering, report.tracking, report, ())


def _asked_elsewhere(desk: Desk, talk: Talk, joined: Joined) -> Submitted | None:
    """A message of somebody who was asked something here about a report that came by another way (a counter's, a form's):
    the answer, while it is awaited. None otherwise."""
    report = _read(desk, joined.asked)
    if report is not None and report.status is Status.MERGED and is_reporter(desk, talk.message, talk.sender, report):
        return _to_the_leader(desk, talk, report)
    if report is None or report.terminal or not (report.pause or report.status is Status.INCOMPLETE):
        return None
    if not is_reporter(desk, talk.message, talk.sender, report):
        return None
    desk.conversations.renew(talk.sender, talk.alone.said, joined.tracking, report.tracking, now=talk.alone.said.at)
    desk.conversations.untold(talk.sender, report.tracking)
    return _join(desk, talk, report.tracking, report, ())


def _first(desk: Desk, talk: Talk) -> Submitted:
    stored = store_new(desk, talk.alone, talk.message.sender, talk.sender)
    tracking = stored.report.tracking
    if tracking != talk.derived:  # a collision: the conversation must not stay with somebody else's report
        desk.conversations.renew(talk.sender, talk.alone.said, talk.derived, tracking, now=talk.alone.said.at)
    return _late(desk, talk, tracking) if talk.action_id in stored.report.unsealed else stored


def _anew(
    desk: Desk, talk: Talk, closed: str, before: Report | None = None, lost: tuple[Contribution, ...] = ()
) -> Submitted:
    """A new report in place of the one about `closed`, or with whoever began one at the same moment. `before` is the old
    report: who sent that one is not asked again who they are. `lost`: what came after it and reached no report."""
    if before is not None and before.status is Status.MERGED and (led := _of_the_leader(desk, talk, before)):
        return led
    if before is not None and before.terminal and only_courtesy(talk.message, talk.alone.said):
        return Submitted(before, new=False)
    said = known_from(before, talk.alone, desk.secrets.key("recognition", desk.ticks()))
    talk = msgspec.structs.replace(talk, alone=msgspec.structs.replace(talk.alone, said=said))
    joined = desk.conversations.renew(talk.sender, said, closed, talk.derived, now=said.at)
    if joined.tracking == talk.derived:
        stored = _first(desk, talk)
        return _with_what_was_lost(desk, stored, (said, *lost, said)) if lost else stored
    try:
        return _join(desk, talk, joined.tracking, _read(desk, joined.tracking), ())
    except (NotAllowedNow, TooLarge, Unknown):  # whoever began it has not come so far, or has ended it: one of its own
        return _first(desk, talk)


def _of_the_leader(desk: Desk, talk: Talk, merged: Report) -> Submitted | None:
    """What somebody whose report was merged says more about it, soon enough to belong to it. None otherwise."""
    message, said = talk.message, talk.alone.said
    quiet = said.at - merged.active_at > timedelta(minutes=desk.city.policy.conversation_minutes)
    if (quiet and not message.about) or says_thanks(message) or tells_another(message, said, merged):
        return None
    return _to_the_leader(desk, talk, merged)


def _to_the_leader(desk: Desk, talk: Talk, merged: Report) -> Submitted | None:
    return Submitted(merged, new=False) if said_to_leader(desk, talk.message, talk.alone, merged) else None


def _with_what_was_lost(desk: Desk, stored: Submitted, log: tuple[Contribution, ...]) -> Submitted:
    action_id = f"{log[0].action_id}:lost"
    report = changed(
        desk, stored.report.tracking, Action.NOTE, action_id, lambda report: with_lost(report, log, desk.city)
    )
    return Submitted(report, new=stored.new)


def _repeated(desk: Desk, talk: Talk, tracking: str) -> Submitted:
    if tracking == NO_REPORT:  # the id of a command, with other words now: those are heard as well
        return _first(desk, talk)
    stored = _read(desk, tracking)
    if stored is None and tracking != talk.derived:  # the message that began it ended on its way too
        return _first(desk, talk)
    if stored is None or (tracking == talk.derived and talk.action_id in stored.unsealed):
        return _first(desk, _as_noted(desk, talk))
    if talk.action_id in stored.unsealed:
        return _late(desk, talk, tracking)
    if tracking == talk.derived:
        return Submitted(same(desk, stored, talk.alone.said), new=False)
    if stored.did(talk.action_id):
        return Submitted(stored, new=False)
    # Seen, but in no report: the first attempt ended on its way there.
    begun = _read(desk, talk.derived)
    if begun is not None:
        return Submitted(begun, new=False)
    if is_over(stored, desk.city, talk.alone.said.at):
        return _anew(desk, talk, tracking, stored)
    return _join(desk, talk, tracking, stored, ())


def _join(desk: Desk, talk: Talk, tracking: str, before: Report | None, log: tuple[Contribution, ...]) -> Submitted:
    """One conditional write on what is believed to be the report; if it is not, again on what is read."""

    def with_message(report: Report) -> Report:
        return _with_message(desk, talk, with_lost(report, log, desk.city))

    if before is not None and not before.did(talk.action_id):
        after = with_message(before)
        try:
            desk.reports.change(before, after)
        except Conflict:
            pass
        else:
            return Submitted(after, new=False)
        if log:
            try:
                return Submitted(_on_what_is_there(desk, talk, tracking, with_message), new=False)
            except Unknown:
                if any(before.sealed):
                    raise
            rescued = _with_message(
                desk, talk, retold(desk.city, _identity(talk, tracking, log), log, remembered=True)[0] or before
            )
            if desk.reports.add(msgspec.structs.replace(rescued, sealed=rescued.sealed[-1:])):
                return Submitted(rescued, new=True)
    return Submitted(changed(desk, tracking, Action.NOTE, talk.action_id, with_message), new=False)


def _on_what_is_there(desk: Desk, talk: Talk, tracking: str, with_message: Callable[[Report], Report]) -> Report:
    """The message on the report as it is, which memory did not know: somebody else has changed it, and it may be over. From
    now on it is read."""

    def on_it(report: Report) -> Report:
        over = is_over(report, desk.city, talk.alone.said.at)
        if over or tells_another(talk.message, talk.alone.said, report):
            raise NotAllowedNow("The conversation about this report is over.", details={"status": report.status})
        return with_message(report)

    report = changed(desk, tracking, Action.NOTE, talk.action_id, on_it)
    desk.conversations.untold(talk.sender, tracking)
    return report


def _as_noted(desk: Desk, talk: Talk) -> Talk:
    """A first message that is delivered again, with what was known of its sender when it came first."""
    log = desk.conversations.recall(talk.sender).log
    first = next((said for said in log if said.action_id == talk.action_id and said.known_from), None)
    if first is None:
        return talk
    said = msgspec.structs.replace(
        talk.alone.said,
        filled=first.filled,
        known_from=first.known_from,
        marks=first.marks,
        problem=first.problem or talk.alone.said.problem,
    )
    return msgspec.structs.replace(talk, alone=msgspec.structs.replace(talk.alone, said=said))


def _identity(talk: Talk, tracking: str, log: tuple[Contribution, ...]) -> Identity:
    origin = numbers.origin_of(log[0].channel, talk.message.sender, log[0].message_id)
    return Identity(tracking=tracking, origin=origin, sender=talk.sender)


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
        quiet=said.quiet or asks_in_vain(talk.message, understood.said, report, talk.rate),
        flags=said.flags,
    )
    sealed = desk.sealer.seal(understood.secret, report.tracking, desk.ticks())
    after = screened(join(report, heard, desk.city), key)
    return msgspec.structs.replace(after, sealed=(*report.sealed, sealed))


def _late(desk: Desk, talk: Talk, tracking: str) -> Submitted:
    """The original of a message that was retold already: who sent it is added, its words are not told again."""
    said = msgspec.structs.replace(
        talk.alone.said,
        given_id=f"{talk.action_id}:late",
        filled=tuple(field for field in talk.alone.said.filled if field not in REMEMBERED),
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
