"""Where a provider keeps a picture that was sent to us: one module per adapter, of the adapter's name, loaded on demand.

Each offers `locate(reference, secrets, base, now) -> Located`. `reference` is what follows `provider:` in `Message.photos`,
`secrets` are the channel's outbound parameters, `base` is the provider's configured API address, without a slash at its
end, `now` the time to sign with. It may ask the provider's API (by senders/call.py). Raises SendRefused when the picture is gone for good, SendFailed
when it may be there later.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from importlib import import_module
from typing import Protocol, cast
from urllib.parse import urlsplit

import msgspec

from ..senders.outcome import SendRefused

ADAPTERS = frozenset({"meta", "telegram", "sms_http", "x"})
_PORTS = {"http": 80, "https": 443}


class Located(msgspec.Struct, frozen=True):
    """The address a picture is fetched from, with the headers (our account's) that this address alone may see: they are
    not sent on to where it redirects. `trusted` only for an address on the origin of `base` (`same_origin`): that alone
    may be on a private network, as the fakes of the local run are."""

    url: str
    headers: Mapping[str, str] = {}
    trusted: bool = False


class MediaAdapter(Protocol):
    """What a module must offer to find its provider's pictures."""

    def locate(self, reference: str, secrets: Mapping[str, str], base: str, now: datetime) -> Located:
        """Where the picture is now. Raises SendRefused (gone for good) or SendFailed (later)."""


def media_adapter(adapter: str) -> MediaAdapter:
    """The module that finds this adapter's pictures. Raises SendRefused when it has none of its own."""
    if adapter not in ADAPTERS:
        raise SendRefused("this channel keeps no pictures at its provider")
    try:
        return cast(MediaAdapter, import_module(f"{__package__}.{adapter}"))
    except ModuleNotFoundError as error:
        if error.name != f"{__package__}.{adapter}":
            raise
        raise SendRefused("this channel keeps no pictures at its provider") from error


def same_origin(url: str, base: str) -> bool:
    """Whether both have the same scheme, host and port: only then does an address belong to the provider at `base`."""
    try:
        origins = [_origin(each) for each in (url, base)]
    except ValueError:
        return False
    return origins[0] == origins[1] and bool(origins[0][1])


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise ValueError("an address with credentials has no origin here")
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)
