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
    """Where the problem is, as the sender's app said it: WGS 84 degrees, an address, a landmark; any may be missing.
    `area` is the kelurahan (its code or name) where a form has a field for it."""

    lat: float | None = None
    lng: float | None = None
    address: str = ""
    landmark: str = ""
    area: str = ""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Which piece of a long text a message is: `number` of `total` (1 …), `ref` common to all pieces of one sender."""

    ref: str
    number: int
    total: int


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """An element of a batch that holds no message, and why ("status", "own-echo", "unreadable", …): counted, never an
    error, so that one of them cannot hold up the rest. `undelivered` says why an answer of ours, the provider's `id`, will
    never arrive."""

    reason: str
    id: str = ""
    undelivered: str = ""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message from a citizen. `id` is the provider's, unique within the channel; `sender` is how the provider knows
    them (E.164 phone, e-mail address, the app's own user id), and where an answer goes. `raw` is sealed, never logged.

    `photos` are references to pictures: `https://…` (anybody's address), `provider:…` (whatever this channel's own media
    fetcher understands: a media id, an address that needs our account), `upload:<id>`, `mail:<key>#<number>`.
    `edits`/`deletes` hold the id of the earlier message that this one changes or takes back. `public`: written where
    everybody reads; `post` is then what a public answer is attached to. `about` is the tracking number that the message
    itself answers (a mail in the thread of an acknowledgement). `forwarded`: the text is somebody else's, passed on
    without a word of the sender's own, so nothing in it is an order. `unread` names a kind of content nobody can read here
    ("audio", "sticker"). `lang` is the sender's language where the provider tells it. `stored` is where the whole mail lies."""

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
    edits: str = ""
    deletes: str = ""
    public: bool = False
    post: str = ""
    about: str = ""
    forwarded: bool = False
    unread: str = ""
    lang: str = ""
    part: Part | None = None
    stored: str = ""
    raw: bytes = b""
