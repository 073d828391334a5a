"""The adapters that read HTTP requests, by the name a channel of the pack gives. Mail comes as an event instead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from ..domain.errors import Unknown
from . import city_app, sms_http
from .message import Message, Request

if TYPE_CHECKING:
    from ..city.model import Channel


class HttpAdapter(Protocol):
    """What a module must offer to be an adapter for webhooks."""

    def verify(self, channel: Channel, request: Request, secrets: Mapping[str, str], now: datetime) -> None: ...

    def parse(self, channel: Channel, request: Request, now: datetime) -> Message: ...

    def parse_all(self, channel: Channel, request: Request, now: datetime) -> tuple[Message, ...]: ...


ADAPTERS: Mapping[str, HttpAdapter] = {"sms_http": sms_http, "city_app": city_app}


def http_adapter(channel: Channel) -> HttpAdapter:
    """The adapter that reads this channel's webhooks. Raises Unknown for a channel that has none, such as e-mail."""
    try:
        return ADAPTERS[channel.adapter]
    except KeyError as error:
        raise Unknown(f"the channel {channel.id} takes no webhooks") from error
