"""Answers by Telegram's Bot API: plain text to the private chat that the person opened with the bot."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec

from .call import MAX_RETRY_AFTER, Answer, exchange, retry_after
from .outcome import SendFailed, SendRefused, Sent
from .outgoing import Outgoing

MAX_TEXT = 4_096
TIMEOUT = 5.0

# What a 400 may say of the person or the chat, in words of our own: Telegram's may change, and may repeat what was sent.
_NEVER = (
    ("chat not found", "no such chat"),
    ("user is deactivated", "the account is closed"),
    ("peer_id_invalid", "no such chat"),
)


def send(out: Outgoing) -> Sent:
    """Hand the answer to Telegram. Raises SendRefused when the person blocked the bot or is gone, SendFailed for what may
    pass: too many messages (after as long as Telegram says), a wrong token, no answer."""
    token = out.secrets.get("bot_token", "")
    if not token:
        raise SendFailed("the secret bot_token is not set")
    if not out.to.user:
        raise SendRefused("no chat is known")
    body = {"chat_id": out.to.user, "text": _cut(out.chat), "link_preview_options": {"is_disabled": True}}
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    url = f"{out.base}/bot{quote(token, safe=':')}/sendMessage"
    answer = exchange("POST", url, headers, msgspec.json.encode(body), TIMEOUT)
    document = _document(answer)
    if 200 <= answer.status < 300:
        result = document.get("result")
        number = result.get("message_id") if isinstance(result, dict) else None
        return Sent(str(number) if isinstance(number, int) else "")
    raise _refusal(answer, document)


def _cut(text: str) -> str:
    """The text within Telegram's bound, which counts UTF-16 units."""
    if len(text) * 2 <= MAX_TEXT:
        return text
    return text.encode("utf-16-le", "replace")[: MAX_TEXT * 2].decode("utf-16-le", "ignore")


def _refusal(answer: Answer, document: dict[str, Any]) -> SendRefused | SendFailed:
    """What Telegram's refusal means. 401 and 404 are a wrong token: our trouble, not this text's."""
    reason = f"HTTP {answer.status}"
    if answer.status == 403:
        return SendRefused(f"{reason} (the person blocked the bot or never wrote to it)")
    if answer.status == 400:
        told = str(document.get("description", "")).lower()
        return SendRefused(next((f"{reason} ({ours})" for theirs, ours in _NEVER if theirs in told), reason))
    if answer.status == 429:
        return SendFailed(reason, _wait(document, answer))
    if answer.status in (401, 404):
        return SendFailed(f"{reason} (the bot's token)")
    if 400 < answer.status < 500 and answer.status not in (408, 409, 425):
        return SendRefused(reason)
    return SendFailed(reason, retry_after(answer.headers))


def _wait(document: dict[str, Any], answer: Answer) -> float | None:
    """Seconds until the next try: in the body, where Telegram documents it, or in the header."""
    parameters = document.get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds >= 0:
        return float(min(seconds, MAX_RETRY_AFTER))
    return retry_after(answer.headers)


def _document(answer: Answer) -> dict[str, Any]:
    try:
        document = msgspec.json.decode(answer.body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
