"""Submitting: a message that says everything at once (a city app's, a form's) becomes a report with one write."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from chalicelib.channels.message import Message
from chalicelib.domain import tracking as numbers
from chalicelib.domain.contribution import Contribution, Identity
from chalicelib.domain.errors import Conflict, Unknown
from chalicelib.domain.intake import begin, note_difference
from chalicelib.domain.lifecycle import Action
from chalicelib.domain.report import Report
from chalicelib.usecases.act import changed
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.limits import flooded
from chalicelib.usecases.understand import Understanding, structured
from chalicelib.usecases.uploads import claim_sources

_ATTEMPTS = 4


class Submitted(NamedTuple):
    """The report as it is stored now, and whether this call made it."""

    report: Report
    new: bool


def submit(desk: Desk, message: Message, *, seed: str) -> Submitted:
    """Stores the message as a report of its own. The same message again finds the same report."""
    key = desk.secrets.key("recognition", desk.ticks())
    understood = structured(message, desk.city, now=desk.now(), seed=seed, key=key)
    sender = desk.sender_hash(message.channel, message.sender, verified=message.verified)
    understood = flooded(desk, message, understood, sender)
    # An app's message ids are its own, whoever reports through it: same id, same report.
    return store_new(desk, understood, message.channel, sender)


def number_for(desk: Desk, said: Contribution, sender: str, attempt: int = 0) -> str:
    """The number that this message's report has."""
    secret = desk.secrets.numbering(desk.ticks())
    return numbers.derive(secret, desk.city.prefix, said.channel, sender, said.message_id, attempt=attempt)


def store_new(desk: Desk, understood: Understanding, sender: str, sender_hash: str) -> Submitted:
    """One write when the number is free. When it is not: one read, which tells a repetition from a collision; a
    collision derives the next number."""
    said = understood.said
    origin = numbers.origin_of(said.channel, sender, said.message_id)
    claim_sources(desk, understood.secret.photos, origin)
    for attempt in range(_ATTEMPTS):
        tracking = number_for(desk, said, sender, attempt)
        report = begin(Identity(tracking=tracking, origin=origin, attempt=attempt, sender=sender_hash), said, desk.city)
        sealed = desk.sealer.seal(understood.secret, tracking, desk.ticks())
        report = msgspec.structs.replace(report, sealed=(sealed,))
        if desk.reports.add(report):
            return Submitted(report, new=True)
        stored = stored_report(desk, tracking)
        if stored.origin == origin:
            return Submitted(same(desk, stored, said), new=False)
    raise Conflict("No free tracking number was found.", details={"attempts": _ATTEMPTS})


def stored_report(desk: Desk, tracking: str) -> Report:
    """The report under a number that was refused as taken. Raises Conflict if it has gone again (it cannot have)."""
    try:
        return desk.reports.get(tracking)
    except Unknown as error:
        raise Conflict("The report could be neither stored nor read.", details={"tracking": tracking}) from error


def same(desk: Desk, stored: Report, said: Contribution) -> Report:
    """The report that a message of the same origin found: a retry, or the provider sent another body under the same id,
    which is kept in history."""
    if stored.body_hash == said.body_hash or stored.erased:
        return stored
    action_id = f"differs:{said.message_id}:{said.body_hash[:16]}"
    return changed(desk, stored.tracking, Action.NOTE, action_id, lambda report: note_difference(report, said))
