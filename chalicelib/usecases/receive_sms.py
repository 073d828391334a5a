"""AWS two-way SMS: from the SNS record that starts the function to the sender's report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.channels import aws_sms
from chalicelib.channels.message import Message
from chalicelib.city.model import Channel
from chalicelib.domain.errors import Malformed
from chalicelib.observability import count, logger
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.hear import hear

ADAPTER = "aws_sms"


def messages_in(desk: Desk, event: Mapping[str, Any]) -> list[Message]:
    """The texts of an event from the topic; none while the channel is off (the topic is taken off its number then). Raises
    Malformed or Invalid for what is none: the event is kept whole and looked at."""
    channel = _channel(desk)
    if channel is None:
        logger().warning("a text came by a channel that is off")
        count("SwitchedOffChannel")
        return []
    try:
        records = [record["Sns"] for record in event["Records"]]
        found = [(str(each["Message"]), str(each.get("MessageId") or ""), each.get("Timestamp")) for each in records]
    except (KeyError, TypeError, AttributeError) as error:
        raise Malformed("the event holds no text message") from error
    return [aws_sms.message(channel, text, sns_id=sns_id, published_at=at) for text, sns_id, at in found]


def receive_sms(desk: Desk, message: Message, *, seed: str) -> str:
    """Takes one text. Returns the tracking number of the report it concerns, or what it was taken for."""
    heard = hear(desk, message, seed=seed)
    name = "MessageReceived" if heard.new else "MessageJoined" if heard.what == "report" else "MessageHeard"
    tracking = heard.report.tracking if heard.report else ""
    count(name, tracking=tracking, channel=message.channel)
    return tracking or heard.what


def _channel(desk: Desk) -> Channel | None:
    today = desk.city.local_day(desk.now())
    return next((each for each in desk.city.channels.values() if each.adapter == ADAPTER and each.in_use(today)), None)
