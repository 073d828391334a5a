"""The ways to a person: which one a channel has, and one text sent by it. Providers' modules are imported when needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from importlib import import_module
from typing import Any

import msgspec

from chalicelib.city.model import Channel
from chalicelib.city.short import ADAPTERS
from chalicelib.outbound.sealing import Sealed
from chalicelib.outbound.senders import email, sms_http, webhook
from chalicelib.outbound.senders.outcome import SendRefused
from chalicelib.outbound.senders.outgoing import Outgoing
from chalicelib.settings import Settings

# Reports that come with a phone or an address, but by no way back of their own.
_BY_CONTACT = frozenset({"staff", "open311", "web_form"})


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What some ways need besides the text: AWS clients, each made when it is first needed."""

    settings: Settings
    ses: Callable[[], Any]
    sns: Callable[[], Any]


def way_of(channel: Channel, to: Sealed, channels: Mapping[str, Channel], day: date) -> Channel:
    """The channel that answers to `channel` go out by: its own, or where it has none the city's SMS or mail. Raises
    SendRefused when the person has left neither phone nor address."""
    if channel.adapter not in _BY_CONTACT:
        return channel
    in_use = [each for each in channels.values() if each.in_use(day)]
    for wanted, contact in ((ADAPTERS, to.phone), (frozenset({"email"}), to.email)):
        way = next((each for each in in_use if each.adapter in wanted), None) if contact else None
        if way is not None:
            return way
    raise SendRefused("no phone and no e-mail address is known")


def phone_as_sender(channel: Channel, phone: str) -> str:
    """How a channel would name whoever writes from that phone; "" where senders are no phones."""
    if channel.adapter in ADAPTERS:
        return phone
    return phone.removeprefix("+") if "whatsapp" in channel.inbound.get("object", "") else ""


def email_as_sender(channel: Channel, address: str) -> str:
    """How a channel would name whoever writes from that address; "" where senders are no addresses."""
    return address.lower() if channel.adapter == "email" else ""


def send(out: Outgoing, tools: Tools) -> str:
    """Hands one text to one person. Gives the provider's own id of it where the provider tells later what became of it,
    else "". Raises SendRefused (never) or SendFailed (later)."""
    match out.channel.adapter:
        case "sms_http":
            by_sms(out.channel, out.secrets, out.to.phone, out.short)
        case "email":
            by_email(tools.ses(), tools.settings, out)
        case "city_app" | "qlue":
            by_webhook(out.secrets, dict(out.payload), message_id=out.id, now=out.now)
        case "aws_sms":
            _module("aws_sms").send(out, tools.sns())
        case "meta" if "whatsapp" in out.channel.inbound.get("object", ""):
            return str(_module("whatsapp").send(out).id)
        case "meta":
            _module("graph").send(out)
        case _:
            _module(out.channel.adapter).send(out)
    return ""


def post_public(out: Outgoing, text: str) -> None:
    """Says `text` below what the person wrote in public. Raises SendRefused or SendFailed."""
    _module("x" if out.channel.adapter == "x" else "graph").post_public(out, text)


def by_sms(channel: Channel, secrets: Mapping[str, str], phone: str, text: str) -> None:
    """One text message. Raises SendRefused without a phone."""
    if not phone:
        raise SendRefused("no phone is known")
    sms_http.send(channel, secrets, phone, text)


def by_email(ses: Any, settings: Settings, out: Outgoing) -> None:
    """One mail, in the thread of the mail it answers. Raises SendRefused without an address."""
    email.answer(out, ses, sender=settings.mail_from)


def by_webhook(secrets: Mapping[str, str], payload: dict[str, Any], *, message_id: str, now: datetime) -> None:
    """One signed webhook to the app. Raises SendRefused when the app has left no address."""
    url = secrets.get("callback_url", "")
    if not url:
        raise SendRefused("the app takes no webhooks")
    webhook.send(url, secrets.get("secret", ""), payload, message_id=message_id, now=now)


def _module(name: str) -> Any:
    try:
        return import_module(f"chalicelib.outbound.senders.{name}")
    except ModuleNotFoundError as error:
        raise SendRefused("this channel has no way back") from error
