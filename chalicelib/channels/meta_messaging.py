"""Direct messages to a page or an Instagram account: one element of `messaging[]` of Meta's webhooks."""

from __future__ import annotations

from typing import Any

from .message import Location, Message, Skipped
from .meta_values import MAX_PHOTOS, Block, block, identifier, items, kind, moment, original, place, web_address, words

# What happens in a conversation without anything being said.
_SILENT = (
    "delivery",
    "read",
    "reaction",
    "postback",
    "referral",
    "optin",
    "account_linking",
    "policy_enforcement",
    "pass_thread_control",
    "take_thread_control",
    "request_thread_control",
    "app_roles",
    "game_play",
    "response_feedback",
)
_PICTURES = frozenset({"image", "story_mention"})
_BESIDE = frozenset({"fallback", "template"})  # previews of a link that stands in the text anyway


def read(channel: str, owner: str, item: object) -> Message | Skipped:
    """What one element says; `owner` is the id of the page or account that got it."""
    event = block(item)
    sender = identifier(block(event.get("sender")).get("id"))
    if "message_edit" in event:
        return _edited(channel, owner, sender, event)
    if "message" in event:
        return _said(channel, owner, sender, event)
    for name in _SILENT:
        if name in event:
            return Skipped(reason=name, id=identifier(block(event[name]).get("mid")))
    return Skipped(reason="unreadable")


def _said(channel: str, owner: str, sender: str, event: Block) -> Message | Skipped:
    message = block(event["message"])
    mid = identifier(message.get("mid"))
    if message.get("is_echo") is True or (sender and sender == owner):
        return Skipped(reason="own-echo", id=mid)
    if not mid or not sender:
        return Skipped(reason="unreadable", id=mid)
    sent_at, raw = moment(event.get("timestamp")), original(event)
    if message.get("is_deleted") is True:
        return Message(
            channel=channel,
            id=f"{mid}:deleted",
            sender=sender,
            text="",
            sent_at=sent_at,
            conversational=True,
            deletes=mid,
            raw=raw,
        )
    photos, location, unread = _attached(items(message.get("attachments")))
    if message.get("is_unsupported") is True:
        unread = unread or "unsupported"
    text = words(message.get("text"))
    if not (text.strip() or photos or location or unread):
        return Skipped(reason="empty", id=mid)
    return Message(
        channel=channel,
        id=mid,
        sender=sender,
        text=text,
        sent_at=sent_at,
        location=location,
        photos=photos,
        unread=unread,
        conversational=True,
        raw=raw,
    )


def _edited(channel: str, owner: str, sender: str, event: Block) -> Message | Skipped:
    edit = block(event["message_edit"])
    mid, text = identifier(edit.get("mid")), words(edit.get("text"))
    if sender and sender == owner:
        return Skipped(reason="own-echo", id=mid)
    if not mid or not sender:
        return Skipped(reason="unreadable", id=mid)
    if not text.strip():
        return Skipped(reason="edit-without-text", id=mid)
    return Message(
        channel=channel,
        id=f"{mid}:edit:{identifier(edit.get('num_edit')) or identifier(event.get('timestamp'))}",
        sender=sender,
        text=text,
        sent_at=moment(event.get("timestamp")),
        conversational=True,
        edits=mid,
        raw=original(event),
    )


def _attached(attachments: list[Any]) -> tuple[tuple[str, ...], Location | None, str]:
    """The pictures, the pin and the first kind of content that nobody can read."""
    photos: list[str] = []
    location: Location | None = None
    unread = ""
    for attachment in map(block, attachments):
        sort, content = kind(attachment.get("type")), block(attachment.get("payload"))
        url = web_address(content.get("url"))
        if sort == "location":
            point = block(content.get("coordinates"))
            pin = place(point.get("lat"), point.get("long", point.get("lng")), landmark=content.get("title"))
            location = location or pin
        elif sort in _PICTURES and url and "sticker_id" not in content and len(photos) < MAX_PHOTOS:
            photos.append(url)
        elif sort not in _BESIDE:
            unread = unread or ("sticker" if "sticker_id" in content else sort or "attachment")
    return tuple(photos), location, unread
