"""Revising: a sender changes an earlier message, takes it back, or wants no more answers. Nothing an agency has is ever
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
from chalicelib.store.conversations import Recalled
from chalicelib.triage.recognition import mask_known
from chalicelib.usecases.act import changed
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.understand import Understanding, screened, spoken


def edit(desk: Desk, message: Message, *, seed: str) -> Report | None:
    """The report after another wording of an earlier message: before an agency has it, in place of the first; afterwards a
    note. Both wordings stay in the history. None when the first wording is not known."""
    sender = desk.sender_hash(message.channel, message.sender, verified=message.verified)
    known = desk.conversations.recall(sender)
    tracking = known.seen.get(message.edits)
    if not tracking:
        return None
    try:
        report = desk.reports.get(tracking)
    except Unknown:
        return None
    deed = _deed(Action.EDIT, f"edit:{message.id}", desk, seed)
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

    return changed(desk, report.tracking, Action.EDIT, deed.action_id, lambda each: edited(each))


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


def silence(desk: Desk, report: Report, *, action_id: str, seed: str, again: bool = False) -> Report:
    """The report of somebody who wants no more messages: they cannot be asked, and no clock waits for them. `again`: they
    want them after all."""
    deed = _deed(Action.EDIT, action_id, desk, seed)

    def silenced(report: Report) -> Report:
        lead_to(deed.action, report.status, deed.role)
        return record(report, deed, "silenced", data={"again": again}, answerable=again)

    return changed(desk, report.tracking, Action.EDIT, action_id, silenced)


def is_silenced(report: Report) -> bool:
    """Whether its sender has asked for silence, and not taken that back."""
    told = [entry.told.data for entry in report.entries() if entry.event == "silenced"]
    return bool(told) and not told[-1].get("again")


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
    data: dict[str, object] = {"before": first} if first else {}
    if before is not None:
        data |= _about(report, before.message_id)
    if report.terminal or is_full(report):
        return record(report, deed, "message_edited", note=said.words[:_SHORT], data=data)
    if report.status in WITH_AGENCY or report.status is Status.AWAITING_VALIDATION:
        return join(report, said, desk.city, event="message_edited", data=data)
    try:
        return join(_without(report, first), said, desk.city, event="message_edited", data=data)
    except (NotAllowedNow, TooLarge):
        return record(report, deed, "message_edited", note=said.words[:_SHORT], data=data)


_SHORT = 500


def _without(report: Report, first: str) -> Report:
    """The report without the first wording: the new one takes its place."""
    messages = sum(entry.event in _MESSAGES for entry in report.entries())
    if messages == 1:
        return msgspec.structs.replace(report, problem="")
    if first and first in report.problem:
        left = report.problem.replace(first, "", 1)
        return msgspec.structs.replace(report, problem="\n".join(line for line in left.split("\n") if line.strip()))
    return report


_MESSAGES = frozenset({"received", "message_added", "message_edited", "answered"})


def _first_wording(known: Recalled, message_id: str) -> Contribution | None:
    return next((said for said in known.log if said.message_id == message_id), None)


def _about(report: Report, message_id: str) -> dict[str, object]:
    """Which entry a message made. Its own id stays out of sight: some providers put the phone into it."""
    action_id = f"message:{message_id}"
    seq = next((entry.seq for entry in report.entries() if entry.told.action_id == action_id), None)
    return {"of": seq} if seq else {}


def _deed(action: Action, action_id: str, desk: Desk, seed: str) -> Deed:
    return Deed(action=action, role=Role.REPORTER, action_id=action_id, at=desk.now(), seed=seed)
