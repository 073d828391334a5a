"""Answers on X: a direct message to the person, a public reply to their post. Both as our account, by OAuth 1.0a."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec

from .call import MAX_RETRY_AFTER, Answer, exchange, retry_after
from .oauth1 import authorization
from .outcome import SendFailed, SendRefused, Sent
from .outgoing import Outgoing

MAX_POST = 280
MAX_MESSAGE = 10_000
TIMEOUT = 5.0

# 403 of these kinds is our app's or account's trouble: once it is mended, the text can still go out.
_OURS = (
    "client-forbidden",
    "client-not-enrolled",
    "oauth1-permissions",
    "unsupported-authentication",
    "usage-capped",
    "not-configured",
    "temporarily locked",
    "is suspended",
    "automated",
)
_RESETS = (
    ("x-rate-limit-remaining", "x-rate-limit-reset"),
    ("x-user-limit-24hour-remaining", "x-user-limit-24hour-reset"),
    ("x-app-limit-24hour-remaining", "x-app-limit-24hour-reset"),
)


class _SaidAlready(SendRefused):
    """The very same words were posted shortly before."""


def send(out: Outgoing) -> Sent:
    """A direct message. Raises SendRefused for people who take none from us, SendFailed for what may pass."""
    if not out.to.user:
        raise SendRefused("no account is known")
    path = f"/2/dm_conversations/with/{quote(out.to.user, safe='')}/messages"
    return _posted(out, path, {"text": out.chat[:MAX_MESSAGE]}, "dm_event_id")


def post_public(out: Outgoing, text: str) -> Sent:
    """A public reply to the person's post, which ends with that post's last digits: X takes the same words only once. So
    a repetition after a lost answer says nothing twice, and counts as sent. Raises SendRefused when the post is gone or
    takes no replies, SendFailed for what may pass."""
    if not out.to.post:
        raise SendRefused("no post is known")
    mark = f" [{out.to.post[-6:]}]"
    body = {"text": cut(text, MAX_POST - len(mark)) + mark, "reply": {"in_reply_to_tweet_id": out.to.post}}
    try:
        return _posted(out, "/2/tweets", body, "id")
    except _SaidAlready:
        return Sent("")


def cut(text: str, most: int) -> str:
    """The text within so many of a post's units: a character beyond the usual scripts counts twice."""
    weight, end = 0, 0
    for index, sign in enumerate(text, 1):
        weight += 1 if ord(sign) < 0x1100 or 0x2010 <= ord(sign) <= 0x201F else 2
        if weight <= most - 2:
            end = index
    return text if weight <= most else text[:end].rstrip() + "…"


def _posted(out: Outgoing, path: str, body: dict[str, Any], id_field: str) -> Sent:
    url = out.base + path
    headers = {
        "Authorization": authorization("POST", url, out.secrets, now=out.now),
        "Content-Type": "application/json",
        "Accept": "application/json",
    }
    answer = exchange("POST", url, headers, msgspec.json.encode(body), TIMEOUT)
    if 200 <= answer.status < 300:
        data = _document(answer).get("data")
        found = data.get(id_field) if isinstance(data, dict) else None
        return Sent(found[:200] if isinstance(found, str) else "")
    raise _refusal(out, answer)


def _refusal(out: Outgoing, answer: Answer) -> SendRefused | SendFailed:
    """What X's refusal means. 401 and 402 (no credits left) are our account's trouble."""
    reason = f"HTTP {answer.status}"
    if answer.status == 403:
        told = answer.body.decode("utf-8", "replace").lower()
        kind = next((kind for kind in _OURS if kind in told), "")
        if kind:
            return SendFailed(f"{reason} ({kind})")
        if "duplicate content" in told:
            return _SaidAlready(f"{reason} (the same words stand there already)")
        return SendRefused(f"{reason} (the person takes none from us)")
    if answer.status == 429:
        return SendFailed(reason, _wait(out, answer))
    if 400 <= answer.status < 500 and answer.status not in (401, 402, 407, 408, 409, 425):
        return SendRefused(reason)
    return SendFailed(reason, retry_after(answer.headers))


def _wait(out: Outgoing, answer: Answer) -> float | None:
    """Seconds until the window that is used up begins anew; X tells its end as a Unix time."""
    for remaining, reset in _RESETS:
        at = answer.headers.get(reset, "")
        if answer.headers.get(remaining, "0") == "0" and at.isascii() and at.isdigit() and len(at) <= 12:
            return min(max(int(at) - out.now.timestamp(), 1.0), MAX_RETRY_AFTER)
    return retry_after(answer.headers)


def _document(answer: Answer) -> dict[str, Any]:
    try:
        document = msgspec.json.decode(answer.body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
