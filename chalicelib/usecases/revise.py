"""Revising: a sender changes an earlier message, or takes it back. Nothing an agency has is ever
changed by it: it hears of the new words.
"""

from __future__ import annotations

import msgspec

from chalicelib.channels.message import Message
from chalicelib.domain.contribution import Contribution
from chalicelib.domain.errors import NotAllowedNow, TooLarge, Unknown
from chalicelib.domain.intake import is_full, join
from chalicelib.domain.lifecycle import WITH_AGENCY, Action, Role, Status, lead_to
from chalicelib.domain.report import Deed, Report, record
from chalicelib.store.memory import Recalled
from chalicelib.triage.recognition import mask_known
from chalicelib.usecases.act import changed
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.understand import Understanding, screened, spoken

_TOLD_SOMETHING = frozenset({"received", "message_added", "message_edited", "answered"})
_MOST_EDITS = 20
_SHORT, _LONGEST_KEPT = 500, 4_000


def first_of(desk: Desk, message: Message) -> tuple[Recalled, str]:
    """What is known of an edit's sender, and which report the first wording went to: "" when it has not come yet."""
    sender = desk.sender_hash(message.channel, message.sender, verified=message.verified)
    known = desk.conversations.recall(sender)
    return known, known.seen.get(message.edits, "")


def edit(desk: Desk, message: Message, known: Recalled, tracking: str, *, seed: str) -> Report | None:
    """The report after another wording of an earlier message: before an agency has it, in place of the first; afterwards a
    note. Both wordings stay in the history; a message that is changed over and over is not taken down for ever. None when
    there is no such report."""
    try:
        report = desk.reports.get(tracking)
    except Unknown:
        return None
    message = msgspec.structs.replace(message, photos=())  # they came with the first wording
    deed = _deed(Action.EDIT, f"edit:{message.id}", desk, seed)
    if (
        report.erased
        or is_full(report)
        or sum(entry.event == "message_edited" for entry in report.entries()) >= _MOST_EDITS
    ):
        return report
    before = _first_wording(known, message.edits)
    key = desk.secrets.key("recognition", desk.ticks())

    def edited(report: Report) -> Report:
        understood = spoken(
            message,
            desk.city,
            now=deed.at,
            seed=seed,
            key=key,
            asked=report.missing,
            known_place=report.place,
            lang=report.lang,
        )
        after = screened(_reworded(report, understood, before, deed, desk, key), key)
        sealed = desk.sealer.seal(understood.secret, report.tracking, desk.ticks())
        return msgspec.structs.replace(after, sealed=(*report.sealed, sealed), version=report.version)

    return changed(desk, report.tracking, Action.EDIT, deed.action_id, edited)


def with_pictures(desk: Desk, message: Message, report: Report, *, seed: str) -> Report:
    """The report with the pictures that came with a command ("BELUM" and a photo), and nothing else of that message."""
    understood = wordless(desk, message, report, seed=seed)

    def added(report: Report) -> Report:
        after = join(report, understood.said, desk.city)
        sealed = desk.sealer.seal(understood.secret, report.tracking, desk.ticks())
        return msgspec.structs.replace(after, sealed=(*report.sealed, sealed), version=report.version)

    return changed(desk, report.tracking, Action.NOTE, understood.said.action_id, added)


def wordless(desk: Desk, message: Message, report: Report, *, seed: str) -> Understanding:
    """What a message says by its pictures and its pin alone, as a change of its own."""
    bare = msgspec.structs.replace(message, text="")
    key = desk.secrets.key("recognition", desk.ticks())
    understood = spoken(bare, desk.city, now=desk.now(), seed=seed, key=key, lang=report.lang)
    said = msgspec.structs.replace(understood.said, given_id=f"pictures:{message.id}")
    return msgspec.structs.replace(understood, said=said)


def take_back(desk: Desk, message: Message, *, seed: str) -> Report | None:
    """The report with the record that its sender deleted a message. Erases nothing. None when the message is not known."""
    sender = desk.sender_hash(message.channel, message.sender, verified=message.verified)
    tracking = desk.conversations.recall(sender).seen.get(message.deletes)
    if not tracking:
        return None
    deed = _deed(Action.TAKE_BACK, f"delete:{message.deletes}", desk, seed)

    def taken_back(report: Report) -> Report:
        lead_to(deed.action, report.status, deed.role)
        return record(report, deed, "message_deleted", data=_about(report, message.deletes))

    try:
        return changed(desk, tracking, Action.TAKE_BACK, deed.action_id, taken_back)
    except Unknown:
        return None


def _reworded(
    report: Report, understood: Understanding, before: Contribution | None, deed: Deed, desk: Desk, key: bytes
) -> Report:
    said = msgspec.structs.replace(
        understood.said,
        given_id=deed.action_id,
        words=mask_known(understood.said.words, key, report.marks),
        problem=mask_known(understood.said.problem, key, report.marks),
    )
    first = mask_known(before.problem, key, report.marks) if before else ""
    if not first and _messages(report) == 1:  # not in memory any more, but there is nothing else it could be
        first = report.problem
    data: dict[str, object] = {"before": first[:_LONGEST_KEPT]} if first else {}
    if before is not None:
        data |= _about(report, before.message_id)
    if report.terminal:
        return record(report, deed, "message_edited", note=said.words[:_SHORT], data=data)
    if report.status in WITH_AGENCY or report.status is Status.AWAITING_VALIDATION:
        return join(report, said, desk.city, event="message_edited", data=data)
    try:
        if _messages(report) == 1:  # what followed from the first wording goes with it
            report = msgspec.structs.replace(report, suggested=None, emergency=False)
        return join(_without(report, first), said, desk.city, event="message_edited", data=data)
    except (NotAllowedNow, TooLarge):
        return record(report, deed, "message_edited", note=said.words[:_SHORT], data=data)


def _without(report: Report, first: str) -> Report:
    """The report without the first wording: the new one takes its place."""
    if not first or first not in report.problem:
        return report
    left = report.problem.replace(first, "", 1)
    return msgspec.structs.replace(report, problem="\n".join(line for line in left.split("\n") if line.strip()))


def _messages(report: Report) -> int:
    return sum(entry.event in _TOLD_SOMETHING for entry in report.entries())


def _first_wording(known: Recalled, message_id: str) -> Contribution | None:
    return next((said for said in known.log if said.message_id == message_id), None)


def _about(report: Report, message_id: str) -> dict[str, object]:
    """Which entry a message made. Its own id stays out of sight: some providers put the phone into it."""
    action_id = f"message:{message_id}"
    seq = next((entry.seq for entry in report.entries() if entry.told.action_id == action_id), None)
    return {"of": seq} if seq else {}


def _deed(action: Action, action_id: str, desk: Desk, seed: str) -> Deed:
    return Deed(action=action, role=Role.REPORTER, action_id=action_id, at=desk.now(), seed=seed)
