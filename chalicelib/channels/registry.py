"""The adapters that read HTTP requests, by the name a channel of the pack gives. A module is imported when a request first
needs it: a city that takes no X never loads it. Mail and AWS SMS come as events, staff and Open311 have routes of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from ..domain.errors import Unknown
from .message import Message, Request, Skipped

if TYPE_CHECKING:
    from ..city.model import Channel


class HttpAdapter(Protocol):
    """What a module must offer to be an adapter for webhooks. `RECEIPT`: the caller is answered with the report's number
    and key (JSON), not with what `http_answer` gives."""

    RECEIPT: bool

    def handshake(self, channel: Channel, request: Request, secrets: Mapping[str, str]) -> tuple[str, str] | None:
        """The answer (body, content type) to a provider's question whether we are there; None for anything else. Raises
        BadSignature when it is asked wrongly."""

    def verify(self, channel: Channel, request: Request, secrets: Mapping[str, str], now: datetime) -> None:
        """Raises BadSignature unless the raw request comes from the provider."""

    def parse_all(self, channel: Channel, request: Request, now: datetime) -> tuple[Message | Skipped, ...]:
        """The messages of a verified request, in order. Raises Malformed, Invalid, TooLarge or WrongContentType for a
        request that makes no sense as a whole."""

    def http_answer(self, channel: Channel) -> tuple[str, str]:
        """What the provider needs to hear when all is stored: body and content type."""


ADAPTERS = frozenset({"sms_http", "vonage", "aws_sms", "meta", "x", "telegram", "city_app", "qlue", "web_form"})


def http_adapter(channel: Channel) -> HttpAdapter:
    """The adapter that reads this channel's webhooks. Raises Unknown for a channel that has none, such as e-mail."""
    if channel.adapter not in ADAPTERS:
        raise Unknown("This channel takes no webhooks.", details={"channel": channel.id})
    return cast(HttpAdapter, import_module(f"{__package__}.{channel.adapter}"))
