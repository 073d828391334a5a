"""X's pictures: those of direct messages are shown to our account only, so the request for one is signed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from ..senders.oauth1 import authorization
from ..senders.outcome import SendRefused
from . import Located, same_origin

_HOSTS = (".x.com", ".twitter.com", ".twimg.com")


def locate(reference: str, secrets: Mapping[str, str], base: str, now: datetime) -> Located:
    """The address of a picture in a direct message, with our signature for it. `reference` is the address; one of somebody
    else's is refused, for the signature would be theirs then. Raises SendRefused, or SendFailed while secrets are missing."""
    trusted = same_origin(reference, base)
    if not trusted and not _is_theirs(reference):
        raise SendRefused("the picture is not at X")
    signed = authorization("GET", reference, secrets, now=now)
    return Located(reference, {"Authorization": signed}, trusted=trusted)


def _is_theirs(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = parts.scheme == "https" and port in (None, 443) and parts.username is None and parts.password is None
    return plain and host.endswith(_HOSTS)
