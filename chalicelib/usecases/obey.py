"""Obeying: the few words that ask for something instead of telling a problem ("STATUS …", "BATAL", "SUDAH", "BELUM …",
"BERHENTI"). Where a report stands anyone may ask; what is done to it is for its reporter alone.
"""

from __future__ import annotations

import msgspec

from chalicelib.channels.message import Message
from chalicelib.domain.errors import Conflict, NotAllowedNow, NotYours, Unknown
from chalicelib.domain.lifecycle import Action, Role, Status
from chalicelib.domain.report import Report
from chalicelib.outbound.ways import phone_as_sender
from chalicelib.store.memory import NO_REPORT, Recalled
from chalicelib.triage.commands import Command
from chalicelib.usecases.act import Actor, act
from chalicelib.usecases.answers import answer
from chalicelib.usecases.boundaries import is_over
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.followers import said_to_leader
from chalicelib.usecases.merging import leader_of
from chalicelib.usecases.revise import with_pictures, wordless
from chalicelib.usecases.silence import is_silenced, silence
from chalicelib.usecases.whose import is_reporter

_ANSWERABLE = frozenset({Status.DONE, Status.AWAITING_VALIDATION})
_MOST_REPORTS = 10
_TRIES = 4
_LONGEST_REASON = 4_000
_ACTIONS = {"withdraw": Action.WITHDRAW, "confirm": Action.CONFIRM, "dispute": Action.DISPUTE}


class Obeyed(msgspec.Struct, frozen=True, kw_only=True):
    """The report a command was about; None when it was about none."""

    report: Report | None = None


class _Order(msgspec.Struct, frozen=True, kw_only=True):
    """A command on its way: who gave it, what is known of them, and whether it is answered (of a flood, nothing is)."""

    message: Message
    command: Command
    sender: str
    known: Recalled
    lang: str
    loud: bool

    @property
    def action_id(self) -> str:
        """The id of the change this command makes."""
        return f"command:{self.message.id}"

    def tell(self, desk: Desk, kind: str, tracking: str = "", seq: int = 0, own: str = "", place: str = "") -> None:
        """Answers whoever gave it."""
        if self.loud:
            answer(desk, self.message, kind, tracking=tracking, seq=seq, lang=self.lang, own=own, place=place)


def obey(desk: Desk, message: Message, command: Command, *, seed: str) -> Obeyed | None:
    """Does what is asked, once. None when the words are no command after all: "BELUM …" where nothing was called done, an
    order of somebody unproven."""
    sender = desk.sender_hash(message.channel, message.sender, verified=message.verified)
    lang = message.lang if message.lang in desk.city.policy.languages else desk.city.policy.languages[0]
    # A mail in the thread of one of ours is about that report, whatever else its sender has.
    if message.about and not command.tracking:
        command = msgspec.structs.replace(command, tracking=message.about, valid=True)
    if command.kind in _ACTIONS and not message.verified:
        return None  # nobody proven: a person of the staff reads it
    if command.kind in _ACTIONS and not command.tracking:
        known = desk.conversations.recall(sender)
        # Once it was taken for a command it stays one: what it did has changed the very thing it is judged by.
        if known.seen.get(message.id) != NO_REPORT and not _asked_about(desk, command, known):
            return None
    known = desk.conversations.note(sender, message.id, NO_REPORT, now=desk.now(), command=True)
    limit = desk.city.policy.answers_per_hour if message.verified else 1
    if known.commands == limit + 1 and message.verified:
        answer(desk, message, "slow_down_plain", lang=lang)
    loud = known.commands <= limit
    order = _Order(message=message, command=command, sender=sender, known=known, lang=lang, loud=loud)
    match command.kind:
        case "status":
            return _status(desk, order)
        case "stop":
            return _stop(desk, order, seed)
        case "start":
            return _start(desk, order, seed)
        case "help":
            order.tell(desk, "help")
            return Obeyed()
        case "join" | "unjoin" | "watch" | "unwatch":
            return _follow(desk, order, seed)
        case _:
            return _done(desk, order, seed)


def _asked_about(desk: Desk, command: Command, known: Recalled) -> bool:
    """Whether a word without a number has a report it can be about: "done" and "not yet" need one that is called done."""
    if command.kind == "withdraw":
        report = _found(desk, known.open) if command.sure else None
        return report is not None and not report.terminal
    report = _found(desk, known.about)
    return report is not None and leader_of(desk, report).status in _ANSWERABLE


def _status(desk: Desk, order: _Order) -> Obeyed:
    command, known = order.command, order.known
    if command.tracking and not command.valid:
        order.tell(desk, "wrong_number")
        return Obeyed()
    tracking = command.tracking or known.about or known.open
    report = _found(desk, tracking)
    if report is None:
        order.tell(desk, "unknown_number" if tracking else "which_number", tracking)
        return Obeyed()
    if not known.repeated and is_reporter(desk, order.message, order.sender, report):
        if leader_of(desk, report).status in _ANSWERABLE:
            desk.conversations.remember(order.sender, report.tracking, now=desk.now())
        elif report.tracking != known.open:
            desk.conversations.asked(order.sender, report.tracking, now=desk.now())
    order.tell(desk, "status", report.tracking)
    return Obeyed(report=report)


def _follow(desk: Desk, order: _Order, seed: str) -> Obeyed:
    from chalicelib.usecases.obey_following import obey_following

    def tell(kind: str, tracking: str = "", place: str = "") -> None:
        order.tell(desk, kind, tracking, place=place)

    obey_following(desk, order.message, order.command, tell, lang=order.lang, seed=seed)
    return Obeyed()


def _stop(desk: Desk, order: _Order, seed: str) -> Obeyed:
    from chalicelib.usecases.following import stop_all

    desk.conversations.stop(order.sender, now=desk.now())
    if order.message.verified:
        stop_all(desk, way=order.message.channel, contact=order.message.sender)
    order.tell(desk, "stopped")
    for report in _theirs(desk, order):
        if not report.terminal and report.answerable:
            silence(desk, report, action_id=order.action_id, seed=seed)
    return Obeyed(report=_found(desk, order.known.open))


def _start(desk: Desk, order: _Order, seed: str) -> Obeyed:
    if order.known.stopped_at is None:  # nothing was stopped: whoever begins a chat wants to know what to do
        order.tell(desk, "help")
        return Obeyed()
    desk.conversations.start(order.sender)
    order.tell(desk, "started")
    for report in _theirs(desk, order):
        if is_silenced(report):
            silence(desk, report, action_id=order.action_id, seed=seed, again=True)
    return Obeyed(report=_found(desk, order.known.open))


def _theirs(desk: Desk, order: _Order) -> list[Report]:
    """The sender's reports of the last days: the open one, and a few others."""
    known = order.known
    numbers = dict.fromkeys([known.open, *known.seen.values()])
    found = [_found(desk, tracking) for tracking in [each for each in numbers if each != NO_REPORT][:_MOST_REPORTS]]
    return [report for report in found if report is not None and report.sender == order.sender]


def _done(desk: Desk, order: _Order, seed: str) -> Obeyed:
    """Withdrawn, confirmed, disputed: by the reporter only, from whichever of their channels."""
    message, command, known = order.message, order.command, order.known
    if command.tracking and not command.valid:
        order.tell(desk, "wrong_number")
        return Obeyed()
    report = _found(desk, command.tracking or (known.open if command.kind == "withdraw" else known.about))
    if command.kind == "withdraw" and not command.tracking and _might_mean_another(desk, known, report):
        order.tell(desk, "which_number")
        return Obeyed()
    if report is None:
        order.tell(desk, "unknown_number", command.tracking)
        return Obeyed()
    if not is_reporter(desk, message, order.sender, report):
        order.tell(desk, "not_yours", report.tracking)
        return Obeyed()
    # Whoever writes from another channel is answered there, and where that is the same phone not a second time.
    elsewhere = report.sender != order.sender
    wish = {} if command.kind == "confirm" else {"reason": command.rest}
    try:
        after = _acted(desk, order, report, wish, seed, quiet=elsewhere and _same_phone(desk, message, report))
    except (NotAllowedNow, NotYours):
        order.tell(desk, "not_now", report.tracking)
        return Obeyed(report=report)
    if elsewhere:
        done = {order.action_id, f"{order.action_id}@{report.tracking}"}
        seq = next((entry.seq for entry in after.entries() if entry.told.action_id in done), after.seq)
        order.tell(desk, "entry", after.tracking, seq, own="" if after.tracking == report.tracking else report.tracking)
    if (message.photos or message.location) and not after.terminal:
        if after.tracking == report.tracking:
            after = with_pictures(desk, message, after, seed=seed)
        else:
            after = said_to_leader(desk, message, wordless(desk, message, report, seed=seed), report) or after
    return Obeyed(report=after)


def _acted(desk: Desk, order: _Order, report: Report, wish: dict[str, str], seed: str, *, quiet: bool) -> Report:
    """The report after the command. Somebody else who writes at the same moment (a note, a picture) is no obstacle."""
    wish = {name: words[:_LONGEST_REASON] for name, words in wish.items()}
    for attempt in range(_TRIES):
        try:
            return act(
                desk,
                report.tracking,
                _ACTIONS[order.command.kind],
                Actor(role=Role.REPORTER),
                msgspec.json.encode(wish),
                action_id=order.action_id,
                seed=seed,
                quiet=quiet,
            )
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _same_phone(desk: Desk, message: Message, report: Report) -> bool:
    channel = desk.city.channels.get(report.channel)
    return channel is not None and bool(message.phone) and bool(phone_as_sender(channel, message.phone))


def _might_mean_another(desk: Desk, known: Recalled, report: Report | None) -> bool:
    """Whether a bare "BATAL" could be about another report than the last one: the sender has just asked about another, or
    the last one is an old matter that an agency works at."""
    if report is not None and report.agency and is_over(report, desk.city, desk.now()):
        return True
    other = _found(desk, known.asked) if known.asked != known.open else None
    return other is not None and not other.terminal


def _found(desk: Desk, tracking: str) -> Report | None:
    if not tracking or tracking == NO_REPORT:
        return None
    try:
        return desk.reports.get(tracking)
    except Unknown:
        return None
