"""X's API v2: OAuth 1.0a on every call; posts, direct messages, and the pictures of direct messages."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
from typing import Any
from urllib.parse import quote, unquote

from local.fakes.call import Answer, Call, as_json

MOST_POST = 280
MOST_MESSAGE = 10_000
TOLERANCE = 300
_numbers = itertools.count(2_000_000_000_000_000_001)


def answer(call: Call) -> Answer:
    """Takes a post or a message, or gives a picture that was laid down. The account 403 takes no messages."""
    if not _signed(call):
        return _problem(401, "Unauthorized", "about:blank", "Unauthorized")
    if call.method == "GET":
        kind, content = call.media.get(call.path[-1], ("", b"")) if call.path else ("", b"")
        return (200, [("Content-Type", kind)], content) if content else _problem(404, "Not Found", "about:blank", "")
    if call.method == "POST" and call.path == ("2", "tweets"):
        return _post(call, call.json())
    if call.method == "POST" and call.path[:3] == ("2", "dm_conversations", "with") and call.path[4:] == ("messages",):
        return _message(call, call.path[3], call.json())
    return _problem(404, "Not Found", "about:blank", "")


def _post(call: Call, body: dict[str, Any]) -> Answer:
    text, reply = body.get("text"), body.get("reply")
    to = str(reply.get("in_reply_to_tweet_id", "")) if isinstance(reply, dict) else ""
    if not isinstance(text, str) or not text or len(text) > MOST_POST or not to.isdecimal():
        return _problem(400, "Invalid Request", "https://api.twitter.com/2/problems/invalid-request", "")
    if any(taken.get("public") and taken.get("text") == text for taken in call.outbox.newest({"channel": "x"})):
        detail = "You are not allowed to create a Tweet with duplicate content."
        return _problem(403, "Forbidden", "about:blank", detail)
    call.outbox.add(channel="x", to=to, text=text, public=True)
    return as_json({"data": {"id": str(next(_numbers)), "text": text}}, 201)


def _message(call: Call, to: str, body: dict[str, Any]) -> Answer:
    text = body.get("text")
    if not isinstance(text, str) or not text or len(text) > MOST_MESSAGE or not to.isdecimal():
        return _problem(400, "Invalid Request", "https://api.twitter.com/2/problems/invalid-request", "")
    if to == "403":
        detail = "You do not have permission to DM one or more participants."
        return _problem(403, "Forbidden", "about:blank", detail)
    call.outbox.add(channel="x", to=to, text=text)
    number = str(next(_numbers))
    return as_json({"data": {"dm_conversation_id": f"{to}-{call.secrets.get('user_id')}", "dm_event_id": number}}, 201)


def _signed(call: Call) -> bool:
    """Whether the Authorization header is OAuth 1.0a with our keys, fresh, and right for this very request."""
    kind, _, fields = call.headers.get("authorization", "").partition(" ")
    given = dict(part.strip().split("=", 1) for part in fields.split(",") if "=" in part)
    proof = {unquote(name): unquote(value.strip('"')) for name, value in given.items()}
    signature = proof.pop("oauth_signature", "")
    at = proof.get("oauth_timestamp", "")
    if kind != "OAuth" or not at.isdecimal() or abs(call.now.timestamp() - int(at)) > TOLERANCE:
        return False
    if not proof.get("oauth_nonce") or proof.get("oauth_signature_method") != "HMAC-SHA1":
        return False
    ours = (call.secrets.get("consumer_key"), call.secrets.get("access_token"))
    if (proof.get("oauth_consumer_key"), proof.get("oauth_token")) != ours:
        return False
    pairs = sorted((quote(n, safe="~"), quote(v, safe="~")) for n, v in [*proof.items(), *call.query.items()])
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    key = "&".join(quote(call.secrets.get(n, ""), safe="~") for n in ("consumer_secret", "access_token_secret"))
    address = f"{call.secrets.get('base_url', '')}/{'/'.join(call.path)}"
    base = f"{call.method}&{quote(address, safe='~')}&{quote(joined, safe='~')}"
    wanted = base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()).decode()
    return hmac.compare_digest(wanted.encode(), signature.encode())


def _problem(status: int, title: str, kind: str, detail: str) -> Answer:
    return as_json({"title": title, "type": kind, "status": status, "detail": detail or title}, status)
