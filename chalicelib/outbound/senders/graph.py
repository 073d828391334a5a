"""Facebook and Instagram: direct messages by the Send API, private and public replies to comments and posts.

Automatic words may go to a person for 24 hours after their last message, and once, within 7 days, to who wrote a comment
or post. A `tag` in the channel's `outbound` extends the 24 hours where Meta has granted one.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from .graph_errors import GraphRefused, graph, identity, needed
from .outcome import SendRefused, Sent
from .outgoing import Outgoing

WINDOW = timedelta(hours=24)
PRIVATE_REPLY = timedelta(days=7)
MOST_CHARACTERS = 2_000
MOST_BYTES_INSTAGRAM = 1_000
# Senders of whom only their comment is known (channels/meta_feed.py).
UNNAMED = "comment:"
MENTION = "mention:"

_ID = re.compile(r"[\w.-]{1,200}", re.ASCII)


def send(out: Outgoing) -> Sent:
    """Hand one text to one person: as the private reply to what they wrote in public, else as a message. Raises
    SendRefused (never) or SendFailed (later)."""
    token = needed(out.secrets, out.channel.outbound.get("token", "page_token"))
    ways = _recipients(out)
    if not ways:
        raise SendRefused(_why_none(out))
    url = f"{out.base}/{_sender(out)}/messages"
    for body in ways[:-1]:
        try:
            return _sent(graph("POST", url, token, body))
        except GraphRefused:  # answered already, or too old: the next way may still be open
            continue
    return _sent(graph("POST", url, token, ways[-1]))


def post_public(out: Outgoing, text: str) -> Sent:
    """Answer a comment or post where everybody reads it. Raises SendRefused or SendFailed."""
    token = needed(out.secrets, out.channel.outbound.get("token", "page_token"))
    post = out.to.post
    if not post:
        raise SendRefused("there is no public post to answer")
    if post.startswith(MENTION):
        media, _, comment = post.removeprefix(MENTION).partition(":")
        target, body = f"{_sender_id(out)}/mentions", {"media_id": media, "message": text}
        if comment:
            body["comment_id"] = comment
    else:
        edge = "replies" if _is_instagram(out) else "comments"
        target, body = f"{_safe(post)}/{edge}", {"message": text}
    return Sent(identity(graph("POST", f"{out.base}/{target}", token, body).get("id")))


def _recipients(out: Outgoing) -> list[dict[str, Any]]:
    """The ways to this person that are open now, the best first: a private reply counts once, so it comes first."""
    silence = out.now - out.heard_at
    message = {"text": _fitting(out)}
    ways: list[dict[str, Any]] = []
    post = out.to.post
    if post and not post.startswith(MENTION) and silence <= PRIVATE_REPLY:
        kind = "post_id" if _is_visitors_post(out) else "comment_id"
        ways.append({"recipient": {kind: post}, "message": message})
    user, tag = out.to.user, out.channel.outbound.get("tag", "")
    if user and not user.startswith(UNNAMED):
        direct: dict[str, Any] = {"recipient": {"id": user}, "message": message}
        if silence <= WINDOW:
            ways.append({**direct, "messaging_type": "RESPONSE"})
        elif tag:
            ways.append({**direct, "messaging_type": "MESSAGE_TAG", "tag": tag})
    return ways


def _why_none(out: Outgoing) -> str:
    return "outside the messaging window" if out.to.user or out.to.post else "no user is known"


def _fitting(out: Outgoing) -> str:
    """The chat's words, or the short ones where the provider takes no more."""
    chat = out.chat
    fits = len(chat.encode()) <= MOST_BYTES_INSTAGRAM if _is_instagram(out) else len(chat) <= MOST_CHARACTERS
    return chat if fits else out.short


def _is_instagram(out: Outgoing) -> bool:
    return out.channel.inbound.get("object") == "instagram" or out.channel.id == "instagram"


def _is_visitors_post(out: Outgoing) -> bool:
    """A post on our own page is `<page>_<post>`, a comment `<post>_<comment>`."""
    page = _sender_id(out)
    return not _is_instagram(out) and out.to.post.startswith(f"{page}_") and out.to.post.count("_") == 1


def _sender(out: Outgoing) -> str:
    """Whose messages edge is used: with a page's token, an Instagram account sends as the page it is linked to."""
    return "me" if _is_instagram(out) else _sender_id(out)


def _sender_id(out: Outgoing) -> str:
    return _safe(needed(out.secrets, out.channel.outbound.get("account", "page_id")))


def _safe(identifier: str) -> str:
    if not _ID.fullmatch(identifier):
        raise SendRefused("the post's id cannot be read")
    return quote(identifier, safe="")


def _sent(answer: dict[str, Any]) -> Sent:
    return Sent(identity(answer.get("message_id")))
