"""What every channel turns a provider's webhook or mail into: one `Message`, the same for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP request as a channel sees it. `url` is the public one (with its query), `headers` have lower-case names."""

    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str] = {}
    body: bytes = b""


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """Where the problem is, as the sender's app said it: WGS 84 degrees, an address, a landmark; any may be missing."""

    lat: float | None = None
    lng: float | None = None
    address: str = ""
    landmark: str = ""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message from a citizen. `id` is the provider's, unique within the channel; `sender` is how the provider knows
    them (E.164 phone, e-mail address, the app's own user id). `raw` is sealed, never logged."""

    channel: str
    id: str
    sender: str
    text: str
    sent_at: datetime | None = None
    name: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    location: Location | None = None
    category: str = ""
    photos: tuple[str, ...] = ()
    private: bool = False
    anonymous: bool = False
    confidential: bool = False
    conversational: bool = False
    answerable: bool = True
    verified: bool = True
    answers: tuple[str, ...] = ()
    mail_id: str = ""
    subject: str = ""
    raw: bytes = b""
