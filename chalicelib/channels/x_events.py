"""One post, direct message or deletion on X → a `Message`, in the shapes of both generations of its API."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from .instants import read_instant
from .loose import identity, instant_value, location, rows, struct, tracking_in, words
from .message import Location, Message, Skipped
from .payload import MAX_TEXT

MAX_PHOTOS = 10
MAX_URL = 2_048

_LEADING = re.compile(r"(?:\.?@\w{1,50}[\s,:]+)*(?:\.?@\w{1,50}\s*$)?", re.ASCII)
_HANDLE = re.compile(r"\.?@(\w{1,50})[\s,:]*", re.ASCII)
_V1_TIME = "%a %b %d %H:%M:%S %z %Y"
_ESCAPED = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
# X's codes for what it thinks a text is written in: Indonesian has kept its old one.
_LANGUAGES = {"in": "id", "id": "id", "en": "en"}


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Where an event came in: our account's id there, and the objects that came along."""

    channel: str
    ours: str
    includes: Mapping[str, Any]
    raw: bytes


def post(event: Event, tweet: Mapping[str, Any]) -> Message | Skipped:
    """A post that speaks to us. Its later version, after an edit, is a post of its own that names the first."""
    post_id = identity(tweet.get("id_str"), tweet.get("id"))
    author = struct(tweet, "user")
    sender = identity(tweet.get("author_id"), author.get("id_str"), author.get("id"))
    if not post_id or not sender:
        return Skipped(reason="unreadable", id=post_id)
    if sender == event.ours:
        return Skipped(reason="own-echo", id=post_id)
    kinds = {words(struct(each).get("type"), 20) for each in rows(tweet.get("referenced_tweets"))}
    if "retweeted_status" in tweet or "retweeted" in kinds:
        return Skipped(reason="repost", id=post_id)
    whole = struct(tweet, "extended_tweet") or struct(tweet, "note_tweet") or tweet
    entities = struct(whole, "entities") or struct(tweet, "entities")
    ours = _handles(event, entities, tweet)
    if ours is None:
        return Skipped(reason="not-addressed", id=post_id)
    media = list(_media(event, whole, tweet))
    text = _shown(whole.get("full_text") or whole.get("text") or tweet.get("text"), entities, media)
    text = _without_handles(text, ours)
    photos, where = tuple(_photos(media)), _where(event, tweet)
    unread = "" if photos or not media else "video"
    if not (text or photos or where or unread):
        return Skipped(reason="empty", id=post_id)
    first = _first_version(tweet)
    return Message(
        channel=event.channel,
        id=post_id,
        sender=sender,
        text=text,
        sent_at=_instant(tweet.get("created_at"), tweet.get("timestamp_ms")),
        location=where,
        photos=photos,
        conversational=True,
        edits=first if first != post_id else "",
        public=True,
        post=post_id,
        about=_about(event, tweet),
        unread=unread,
        lang=_LANGUAGES.get(words(tweet.get("lang"), 10), ""),
        raw=event.raw,
    )


def direct_message(event: Event, given: Mapping[str, Any]) -> Message | Skipped:
    """A direct message to us."""
    created, message_id = struct(given, "message_create"), identity(given.get("id"))
    sender = identity(created.get("sender_id"), given.get("sender_id"))
    if words(given.get("event_type") or given.get("type"), 40) not in ("message_create", "MessageCreate", ""):
        return Skipped(reason="no-message", id=message_id)
    if not message_id or not sender:
        return Skipped(reason="unreadable", id=message_id)
    if sender == event.ours:
        return Skipped(reason="own-echo", id=message_id)
    data = struct(created, "message_data") or given
    attachment = struct(data, "attachment")
    media = [struct(attachment, "media")] if struct(attachment, "media") else list(_included(event, data))
    text = _shown(data.get("text"), struct(data, "entities"), media)
    photos, where = tuple(_photos(media, private=True)), _attached_place(attachment)
    unread = "" if photos or not (media or (attachment and where is None)) else "video" if media else "other"
    if not (text or photos or where or unread):
        return Skipped(reason="empty", id=message_id)
    return Message(
        channel=event.channel,
        id=message_id,
        sender=sender,
        text=text,
        sent_at=_instant(given.get("created_at"), given.get("created_timestamp")),
        location=where,
        photos=photos,
        conversational=True,
        unread=unread,
        raw=event.raw,
    )


def encrypted(event: Event, payload: Mapping[str, Any]) -> Message | Skipped:
    """A message of the encrypted chat: nobody here can read it, its sender may be told so."""
    message_id, sender = identity(payload.get("id")), identity(payload.get("sender_id"))
    if not message_id or not sender:
        return Skipped(reason="unreadable", id=message_id)
    if sender == event.ours:
        return Skipped(reason="own-echo", id=message_id)
    return Message(
        channel=event.channel,
        id=message_id,
        sender=sender,
        text="",
        sent_at=_instant(None, payload.get("created_at_msec")),
        conversational=True,
        unread="encrypted",
        raw=event.raw,
    )


def deleted(event: Event, post_id: object, author: object) -> Message | Skipped:
    """A post taken back by who wrote it."""
    gone, sender = identity(post_id), identity(author)
    if not gone or not sender:
        return Skipped(reason="unreadable", id=gone)
    if sender == event.ours:
        return Skipped(reason="own-echo", id=gone)
    return Message(
        channel=event.channel,
        id=f"delete:{gone}",
        sender=sender,
        text="",
        conversational=True,
        deletes=gone,
        public=True,
        raw=event.raw,
    )


def _handles(event: Event, entities: Mapping[str, Any], tweet: Mapping[str, Any]) -> frozenset[str] | None:
    """Our names in a post, in lower case; None for one that does not speak to us (somebody quotes us). A post without
    any list of mentions was picked out by X itself."""
    listed = entities.get("user_mentions", entities.get("mentions"))
    if not isinstance(listed, list) or not event.ours:
        return frozenset()
    named = [struct(each) for each in listed]
    ours = [each for each in named if identity(each.get("id_str"), each.get("id")) == event.ours]
    replied = identity(tweet.get("in_reply_to_user_id_str"), tweet.get("in_reply_to_user_id"))
    if not ours and replied != event.ours:
        return None
    return frozenset(words(each.get("screen_name") or each.get("username"), 50).lower() for each in ours)


def _without_handles(text: str, ours: frozenset[str]) -> str:
    """The text without our own name in the run of names it begins with."""
    run = _LEADING.match(text)
    end = run.end() if run else 0
    kept = _HANDLE.sub(lambda found: "" if found[1].lower() in ours else found[0], text[:end])
    return (kept + text[end:]).strip()


def _shown(text: object, entities: Mapping[str, Any], media: list[Mapping[str, Any]]) -> str:
    """A text as people see it: short links spelt out, those of attached media left out, `&amp;` read."""
    shown = words(text, MAX_TEXT)
    for each in media:
        if link := words(each.get("url"), 100):
            shown = shown.replace(link, "") if link.startswith("https://t.co/") else shown
    for each in rows(entities.get("urls")):
        link, target = words(struct(each).get("url"), 100), words(struct(each).get("expanded_url"), MAX_URL)
        if link.startswith("https://t.co/") and target:
            shown = shown.replace(link, "" if _is_attachment(target) else target)
    for escaped, sign in _ESCAPED:
        shown = shown.replace(escaped, sign)
    return shown[:MAX_TEXT].strip()


def _is_attachment(target: str) -> bool:
    """Whether a link leads to the media of the very post or message it stands in."""
    return target.startswith(("https://twitter.com/", "https://x.com/")) and (
        "/photo/" in target or "/video/" in target or "/messages/media/" in target
    )


def _media(event: Event, whole: Mapping[str, Any], tweet: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for source in (whole, tweet):
        if found := rows(struct(source, "extended_entities").get("media")) or rows(
            struct(source, "entities").get("media")
        ):
            yield from map(struct, found)
            return
    yield from _included(event, tweet)


def _included(event: Event, given: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Attached media of the newer shape, which names them by keys; one that did not come along is known by its key."""
    by_key = {words(struct(each).get("media_key"), 100): struct(each) for each in rows(event.includes.get("media"))}
    for key in rows(struct(given, "attachments").get("media_keys")):
        name = words(key, 100)
        # A key begins with the kind of media: 3 is a photo.
        yield by_key.get(name) or {"type": "photo" if name.startswith("3_") else "video"}


def _photos(media: list[Mapping[str, Any]], *, private: bool = False) -> Iterator[str]:
    """References to the photos; those of direct messages are shown to our account only."""
    for each in media[:MAX_PHOTOS]:
        url = words(each.get("media_url_https") or each.get("media_url") or each.get("url"), MAX_URL + 1)
        fits = url.startswith("https://") and len(url) <= MAX_URL and url.isprintable() and " " not in url
        if words(each.get("type"), 20) == "photo" and fits and not url.startswith("https://t.co/"):
            yield f"provider:{url}" if private else url


def _where(event: Event, tweet: Mapping[str, Any]) -> Location | None:
    """The point a post was tagged with, and its place when that is narrower than a town."""
    spot = struct(tweet, "coordinates") or struct(tweet, "geo", "coordinates")
    lng, lat = _pair(spot.get("coordinates"))
    tagged = identity(struct(tweet, "geo").get("place_id"))
    places = map(struct, rows(event.includes.get("places")))
    place = struct(tweet, "place") or next((each for each in places if tagged and each.get("id") == tagged), {})
    kind, full = words(place.get("place_type"), 20), words(place.get("full_name"), 500).strip()
    named = words(place.get("name"), 500).strip() or full
    return location(lat, lng, address=full if kind == "neighborhood" else "", landmark=named if kind == "poi" else "")


def _attached_place(attachment: Mapping[str, Any]) -> Location | None:
    shared = struct(attachment, "location")
    lng, lat = _pair(struct(shared, "shared_coordinate", "coordinates").get("coordinates"))
    return location(lat, lng, landmark=words(struct(shared, "shared_place", "place").get("full_name"), 500).strip())


def _pair(value: object) -> tuple[object, object]:
    found = rows(value)
    return (found[0], found[1]) if len(found) == 2 else (None, None)


def _first_version(tweet: Mapping[str, Any]) -> str:
    """The id of the post that an edited one replaces; "" for a post that was never changed."""
    history = struct(tweet, "edit_history")
    versions = rows(tweet.get("edit_history_tweet_ids")) or rows(history.get("edit_tweet_ids"))
    return identity(history.get("initial_tweet_id"), *versions[:1])


def _about(event: Event, tweet: Mapping[str, Any]) -> str:
    """The report that a reply answers: the number in our own post, where X sends that along."""
    replied = {
        identity(struct(each).get("id"))
        for each in rows(tweet.get("referenced_tweets"))
        if struct(each).get("type") == "replied_to"
    }
    for each in map(struct, rows(event.includes.get("tweets"))):
        if event.ours and identity(each.get("author_id")) == event.ours and identity(each.get("id")) in replied:
            return tracking_in(words(each.get("text")))
    return ""


def _instant(written: object, epoch: object) -> datetime | None:
    """When it was sent: in v1's own form, in ISO 8601, or in milliseconds."""
    found = read_instant(instant_value(epoch), naive=UTC) or read_instant(instant_value(written), naive=UTC)
    if found is None and isinstance(written, str):
        try:
            found = datetime.strptime(written[:40], _V1_TIME).astimezone(UTC)
        except (ValueError, OverflowError):
            return None
    return found
