"""One answer on its way to one person: the same words in the lengths that the ways out need, and where they go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.city.model import Channel
from chalicelib.outbound.sealing import Sealed


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is the same for every try of the same answer. `short` is one GSM-7 segment without a link, `chat` a few lines
    with one, `subject` and `body` a mail, `payload` what a city app's webhook gets, `public` what may be said where
    everybody reads ("" when nothing is to be said there), `unsubscribe` the address that ends these messages by one click
    ("" where they are not asked for by a list). `heard_at` is when the person last wrote to us. `secrets` are
    the channel's outbound parameters; `to` says how the person is reached there."""

    id: str
    channel: Channel
    secrets: Mapping[str, str]
    to: Sealed
    tracking: str
    event: str
    lang: str
    short: str
    chat: str
    subject: str
    body: str
    payload: Mapping[str, Any] = {}
    public: str = ""
    unsubscribe: str = ""
    heard_at: datetime
    now: datetime

    @property
    def base(self) -> str:
        """The provider's address: the stage's own, or the pack's. No slash at its end."""
        return (self.secrets.get("base_url") or self.channel.outbound.get("base", "")).rstrip("/")
