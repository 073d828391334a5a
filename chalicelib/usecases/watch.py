"""Watching what comes in, behind everybody's back: which channels are alive, and which texts come from a crowd."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain.errors import Unknown
from chalicelib.domain.tracking import keyed_digest
from chalicelib.store.channels import Delivery
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.flagging import flag

SAME_TEXT = "same-text"
_CROWD = 3
_LEAST_CHARACTERS = 20
_MOST_FLAGGED = 50
# Events that a message from outside makes: exactly one of them each.
_DELIVERED = frozenset({"received", "message_added", "answered", "message_edited", "message_deleted"})
# Events after which a report's words are as they came in.
_WORDED = frozenset({"received", "completed"})


def read_event(body: str) -> dict[str, Any]:
    """The data of an event as the queue holds it, with its time. Raises ValueError for what is none."""
    event = msgspec.json.decode(body)
    if not (isinstance(event, dict) and isinstance(event.get("data"), dict)):
        raise ValueError("not an event")
    return {"time": event.get("time", ""), **event["data"]}


def note_deliveries(desk: Desk, events: Iterable[Mapping[str, Any]]) -> None:
    """Notes the deliveries among these events: one write a channel. An event that is delivered twice may count twice."""
    brought: dict[str, list[Delivery]] = defaultdict(list)
    for event in events:
        if event.get("event") in _DELIVERED and event.get("channel") in desk.city.channels:
            at = datetime.fromisoformat(event["time"])
            brought[event["channel"]].append(Delivery(at=at, outcome="accepted", tracking=event["tracking"]))
    for channel, deliveries in brought.items():
        desk.channels.accepted(channel, deliveries, desk.city.local_day(desk.now()))


def group_same_text(desk: Desk, event: Mapping[str, Any], *, seed: str) -> int:
    """Flags the reports of one text that at least three senders have sent; gives how many were flagged. Confidential words
    are not compared: they are in no event."""
    problem = event.get("problem") or ""
    digest = digest_of_text(desk, problem) if event.get("event") in _WORDED else ""
    if not digest:
        return 0
    try:
        report = desk.reports.get(event["tracking"])
    except Unknown:
        return 0
    group = desk.channels.same_text(digest, report.sender, report.tracking, now=desk.now())
    if len(group.senders) < _CROWD:
        return 0
    # Whoever makes it a crowd flags all of it; later ones are flagged one by one.
    flagged = sorted(group.reports)[:_MOST_FLAGGED] if len(group.senders) == _CROWD else [report.tracking]
    for tracking in flagged:
        flag(desk, tracking, SAME_TEXT, action_id=f"{SAME_TEXT}:{digest}", seed=seed, data={"group": digest})
    return len(flagged)


def digest_of_text(desk: Desk, problem: str) -> str:
    """What makes two texts the same: their letters and digits, in lower case. Empty for a text too short to say anything."""
    plain = "".join(character for character in problem.casefold() if character.isalnum())
    if len(plain) < _LEAST_CHARACTERS:
        return ""
    return keyed_digest(desk.secrets.key("same-text", desk.ticks()), plain).hex()[:32]
