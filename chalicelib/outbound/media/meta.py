"""WhatsApp's pictures: a media id (7 days) gives an address that lives five minutes and wants our token."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from ..senders.graph_errors import graph, needed
from ..senders.outcome import SendFailed, SendRefused
from . import Located, same_origin

# Where Meta keeps what it received: the token goes nowhere else.
HOSTS = (".fbsbx.com", ".fbcdn.net", ".facebook.com", ".whatsapp.net")

_MEDIA_ID = re.compile(r"[\w-]{1,128}", re.ASCII)


def locate(reference: str, secrets: Mapping[str, str], base: str, now: datetime) -> Located:
    """Where the picture is now. Raises SendRefused (gone for good, or not Meta's address) or SendFailed (later)."""
    if not _MEDIA_ID.fullmatch(reference):
        raise SendRefused("the media id cannot be read")
    token = needed(secrets, "access_token" if "access_token" in secrets else "page_token")
    url = graph("GET", f"{base}/{reference}", token).get("url")
    if not isinstance(url, str):
        raise SendFailed("the provider gave no address")
    trusted = same_origin(url, base)
    if not trusted and not _is_metas(url):
        raise SendRefused("the address is not the provider's")
    return Located(url=url, headers={"Authorization": f"Bearer {token}"}, trusted=trusted)


def _is_metas(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" and parts.username is None and host.endswith(HOSTS)
