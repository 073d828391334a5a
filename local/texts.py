"""Texts that are sent by SNS straight to a phone land in the outbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.outbox import Outbox

CHANNEL = "sms-aws"


def watch_texts(outbox: Outbox) -> None:
    """Note every text that SNS takes for a phone."""
    from moto.sns.models import SNSBackend

    publish_once: Callable[..., str] = SNSBackend.publish

    def publish(
        backend: SNSBackend, message: str, arn: str | None = None, phone_number: str | None = None, **more: Any
    ) -> str:
        message_id = publish_once(backend, message, arn=arn, phone_number=phone_number, **more)
        if phone_number:
            attributes = more.get("message_attributes") or {}
            values = (
                attributes.get(name, {}).get("Value")
                for name in ("AWS.MM.SMS.OriginationNumber", "AWS.SNS.SMS.SenderID")
            )
            sender = next((value for value in values if value), "")
            outbox.add(channel=CHANNEL, to=phone_number, text=message, sender=sender, message_id=message_id)
        return message_id

    SNSBackend.publish = publish  # type: ignore[method-assign,assignment]
