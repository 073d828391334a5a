"""What is written where everybody reads: posts and comments on the page, comments on Instagram, mentions of us elsewhere.

A public answer is attached to `Message.post`: the id of the comment or post; for a mention on Instagram, where the answer
goes by another way, `mention:<media id>:<comment id>`. A mention may come without its author: then the sender is
`comment:<id>`, whom only a public answer or a private reply to that comment reaches.
"""

from __future__ import annotations

import re

import msgspec

from .message import Message, Skipped
from .meta_values import MAX_PHOTOS, Block, block, identifier, items, kind, moment, original, web_address, words
from .payload import fingerprint

_POSTS = frozenset({"post", "status", "photo", "video", "link", "album", "note"})
_ADDED = frozenset({"add", ""})
_EDITED = frozenset({"edit", "edited"})
_REMOVED = frozenset({"remove", "delete", "removed", "deleted"})


def read_page(channel: str, page: str, change: Block) -> Message | Skipped:
    """One change of a page's feed, or one mention of the page."""
    value = block(change.get("value"))
    item, verb = kind(value.get("item")), kind(value.get("verb"))
    comment, post = identifier(value.get("comment_id")), identifier(value.get("post_id"))
    if item not in ("comment", "", *_POSTS):
        return Skipped(reason=item, id=comment or post)
    said = post or identifier(value.get("photo_id"))
    if item == "comment" or (not item and comment):
        said = comment
    author = identifier(block(value.get("from")).get("id")) or identifier(value.get("sender_id"))
    if author and author == page:
        return Skipped(reason="own-echo", id=said)
    if not said:
        return Skipped(reason="unreadable", id=post)
    if verb not in _ADDED | _EDITED | _REMOVED:
        return Skipped(reason=verb, id=said)
    return _written(channel, page, value, said=said, author=author)


def _written(channel: str, page: str, value: Block, *, said: str, author: str) -> Message | Skipped:
    """A post or comment of somebody's, its change, or its end."""
    item, verb = kind(value.get("item")), kind(value.get("verb"))
    raw = original(value)
    bare = Message(
        channel=channel,
        id=said,
        sender=author or f"comment:{said}",
        text="",
        sent_at=moment(value.get("created_time")),
        conversational=True,
        public=True,
        post=said,
        raw=raw,
    )
    if verb in _REMOVED:
        return msgspec.structs.replace(bare, id=f"{said}:removed", deletes=said)
    text, photos = _without_tags(value, page), _pictures(value, item)
    unread = "video" if item == "video" or web_address(value.get("video")) else ""
    if not (text.strip() or photos or unread):
        return Skipped(reason="empty", id=said)
    full = msgspec.structs.replace(bare, text=text, photos=photos, unread=unread)
    if verb in _ADDED:
        return full
    if not (text.strip() or unread):
        return Skipped(reason="edit-without-text", id=said)
    # A comment may be changed to what it once was: every change is known by all that Meta says of it. Its picture came
    # with the first wording, under another address.
    return msgspec.structs.replace(full, id=f"{said}:edit:{fingerprint(raw)[:16]}", edits=said, photos=())


def read_instagram(channel: str, account: str, change: Block) -> Message | Skipped:
    """One comment on our account's media, or one mention of our account elsewhere."""
    value = block(change.get("value"))
    if change.get("field") == "mentions":
        return _instagram_mention(channel, value)
    comment = identifier(value.get("id")) or identifier(value.get("comment_id"))
    author = block(value.get("from"))
    sender = identifier(author.get("id"))
    if (sender and sender == account) or identifier(author.get("self_ig_scoped_id")):
        return Skipped(reason="own-echo", id=comment)
    text = words(value.get("text"))
    if not comment:
        return Skipped(reason="unreadable")
    if not text.strip():
        return Skipped(reason="empty", id=comment)
    return Message(
        channel=channel,
        id=comment,
        sender=sender or f"comment:{comment}",
        text=text,
        sent_at=moment(value.get("timestamp")) or moment(value.get("created_time")),
        conversational=True,
        public=True,
        post=comment,
        raw=original(value),
    )


def _instagram_mention(channel: str, value: Block) -> Message | Skipped:
    """Meta says only where we were mentioned, not by whom or in which words."""
    media, comment = identifier(value.get("media_id")), identifier(value.get("comment_id"))
    said = comment or media
    if not said:
        return Skipped(reason="unreadable")
    return Message(
        channel=channel,
        id=said,
        sender=f"comment:{said}",
        text="",
        unread="mention",
        conversational=True,
        public=True,
        post=f"mention:{media}:{comment}",
        raw=original(value),
    )


def _without_tags(value: Block, page: str) -> str:
    """The words without the page's own name where it was tagged, so that it is not taken for part of the problem."""
    text = words(value.get("message"))
    for tag in map(block, items(value.get("message_tags"))):
        name = words(tag.get("name")).strip().lstrip("@")
        if name and identifier(tag.get("id")) == page:
            text = re.sub(rf"@?{re.escape(name)}[\s,:]*", "", text, count=1).strip()
    return text


def _pictures(value: Block, item: str) -> tuple[str, ...]:
    """The addresses of the pictures: a comment's `photo`, a post's `photos`; the `link` of a photo is the picture."""
    found = [value.get("photo"), *items(value.get("photos"))]
    if item == "photo":
        found.append(value.get("link"))
    return tuple(dict.fromkeys(url for each in found if (url := web_address(each))))[:MAX_PHOTOS]
