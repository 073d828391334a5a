"""AWS two-way SMS: from the SNS record that starts the function to the sender's report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.channels import aws_sms
from chalicelib.channels.message import Message
from chalicelib.city.model import Channel
from chalicelib.domain.errors import ReportError
from chalicelib.observability import count, logger
from chalicelib.usecases.channel_health import ignored
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.hear import hear

ADAPTER = "aws_sms"


def messages_in(desk: Desk, event: Mapping[str, Any]) -> list[Message]:
    """The texts of an event from the topic; none while the channel is off (the topic is taken off its number then). What is
    no text is refused, once and for good: it would be none the next time either, and holds up nothing beside it."""
    channel = _channel(desk)
    if channel is None:
        logger().warning("a text came by a channel that is off")
        count("SwitchedOffChannel")
        return []
    records = event.get("Records")
    found = [
        _message(desk, channel, record) for record in (records if isinstance(records, list) and records else [None])
    ]
    return [message for message in found if message is not None]


def receive_sms(desk: Desk, message: Message, *, seed: str) -> str:
    """Takes one text. Returns the tracking number of the report it concerns, or what it was taken for."""
    heard = hear(desk, message, seed=seed)
    name = "MessageReceived" if heard.new else "MessageJoined" if heard.what == "report" else "MessageHeard"
    tracking = heard.report.tracking if heard.report else ""
    count(name, tracking=tracking, channel=message.channel)
    return tracking or heard.what


def _message(desk: Desk, channel: Channel, record: Any) -> Message | None:
    told = record.get("Sns") if isinstance(record, Mapping) else None
    told = told if isinstance(told, Mapping) else {}
    text, sns_id, at = (_text(told.get(name)) for name in ("Message", "MessageId", "Timestamp"))
    try:
        return aws_sms.message(channel, text, sns_id=sns_id, published_at=at or None)
    except ReportError as error:
        logger().warning("what came from the SMS topic is no text message", extra={"id": sns_id, "code": error.code})
        ignored(desk, channel.id, "unreadable")
        return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _channel(desk: Desk) -> Channel | None:
    today = desk.city.local_day(desk.now())
    return next((each for each in desk.city.channels.values() if each.adapter == ADAPTER and each.in_use(today)), None)
