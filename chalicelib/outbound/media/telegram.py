"""Telegram's pictures: a file id becomes, for an hour, an address that bears our bot's token."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

import msgspec

from ..senders.call import exchange, retry_after
from ..senders.outcome import SendFailed, SendRefused
from . import Located

TIMEOUT = 5.0


def locate(reference: str, secrets: Mapping[str, str], base: str, now: datetime) -> Located:
    """Where the file with the id `reference` is. Raises SendRefused when Telegram has it no more, or does not give it (above
    20 MB), and SendFailed when it may be there later."""
    token = secrets.get("bot_token", "")
    if not token:
        raise SendFailed("the secret bot_token is not set")
    bot = f"bot{quote(token, safe=':')}"
    url = f"{base}/{bot}/getFile?file_id={quote(reference, safe='')}"
    answer = exchange("GET", url, {"Accept": "application/json"}, None, TIMEOUT)
    if answer.status == 400:
        raise SendRefused("HTTP 400 (Telegram gives no such file)")
    if not 200 <= answer.status < 300:
        raise SendFailed(f"HTTP {answer.status}", retry_after(answer.headers))
    path = _path(answer.body)
    if not path:
        raise SendFailed("Telegram told no path")
    return Located(f"{base}/file/{bot}/{quote(path)}", trusted=True)


def _path(body: bytes) -> str:
    """The file's path; "" for one that would lead elsewhere."""
    try:
        document = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return ""
    result = document.get("result") if isinstance(document, dict) else None
    path = result.get("file_path") if isinstance(result, dict) else None
    if not isinstance(path, str) or not path or path.startswith("/") or ".." in path.split("/"):
        return ""
    return path
