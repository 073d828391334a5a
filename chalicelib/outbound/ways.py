"""The ways to a reporter: SMS by the provider's REST API, e-mail by SES, a signed webhook to the city app."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.city.model import Channel
from chalicelib.outbound.sealing import Sealed
from chalicelib.outbound.senders import email, sms_http, webhook
from chalicelib.outbound.senders.outcome import SendRefused
from chalicelib.settings import Settings


def by_sms(channel: Channel, secrets: Mapping[str, str], phone: str, text: str) -> None:
    """One text message. Raises SendRefused without a phone."""
    if not phone:
        raise SendRefused("no phone is known")
    sms_http.send(channel, secrets, phone, text)


def by_email(ses: Any, settings: Settings, told: Sealed, tracking: str, subject: str, text: str) -> None:
    """One mail, in the thread of the mail it answers. Raises SendRefused without an address."""
    if not told.email:
        raise SendRefused("no e-mail address is known")
    raw = email.compose(
        sender=settings.mail_from,
        to=told.email,
        subject=subject,
        text=text,
        in_reply_to=told.message_id or None,
        references=(told.message_id,) if told.message_id else (),
        message_id=None,
        tracking=tracking,
    )
    email.send(ses, sender=settings.mail_from, to=told.email, raw=raw)


def by_webhook(secrets: Mapping[str, str], payload: dict[str, Any], *, message_id: str, now: datetime) -> None:
    """One signed webhook to the app. Raises SendRefused when the app has left no address."""
    url = secrets.get("callback_url", "")
    if not url:
        raise SendRefused("the app takes no webhooks")
    webhook.send(url, secrets.get("secret", ""), payload, message_id=message_id, now=now)
