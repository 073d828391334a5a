"""Qlue: Standard Webhooks like every city app, or its own feed of public posts, proved by a key in `x-api-key`.

The feed says neither who wrote a post nor how to reach them: what is missing is asked by the app's webhook. Several posts may
come at once; a bad one among good ones is left out, one that comes alone is refused, naming every wrong field.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..domain.errors import BadSignature, Invalid, Malformed, TooLarge
from . import city_app, signatures
from .instants import read_instant
from .loose import identity, instant_value, point
from .message import Location, Message, Request, Skipped
from .payload import JSON, MAX_TEXT, clean, expect, json_document

if TYPE_CHECKING:
    from ..city.model import Channel

RECEIPT = True
MOST_POSTS = 1_000
MAX_URL = 2_048

_WRAPPERS = ("data", "posts", "post", "reports", "report", "results", "result", "items", "feed")
_DEGREES = re.compile(r"[+-]?\d{1,3}(\.\d{1,20})?", re.ASCII)
_WEB = re.compile(r"https?://[^\s/?#\\]+[^\s\\]*")
_TEXTS = {"title": 1_000, "text": MAX_TEXT, "qlue_city": 100, "disaster_type": 100, "category": 100}


def handshake(channel: Channel, request: Request, secrets: Mapping[str, str]) -> tuple[str, str] | None:
    """There is none."""
    return None


def verify(channel: Channel, request: Request, secrets: Mapping[str, str], now: datetime) -> None:
    """Check the signature where there is one, else the feed's key. Raises BadSignature, and nothing else."""
    if _is_signed(request):
        return city_app.verify(channel, request, secrets, now)
    if request.method != "POST":
        raise BadSignature("Qlue posts its reports")
    key = secrets.get(channel.inbound.get("api_key", "api_key"), "")
    signatures.shared_secret(key, given=request.headers.get("x-api-key"))


def parse_all(channel: Channel, request: Request, now: datetime) -> tuple[Message | Skipped, ...]:
    """The reports in a verified request; the id of one from the feed is its `post_id`. Raises Malformed, Invalid (its
    details name each field), TooLarge or WrongContentType."""
    if _is_signed(request):
        return city_app.parse_all(channel, request, now)
    expect(request, JSON)
    posts, several = _posts(json_document(request.body))
    if len(posts) > MOST_POSTS:
        raise TooLarge(f"at most {MOST_POSTS} posts are taken at once", details={"limit": MOST_POSTS})
    if not posts:
        raise Invalid("the feed holds no post", details={"post_id": "is missing"})
    wrong: dict[str, str] = {}
    told: list[Message | Skipped] = []
    for index, each in enumerate(posts):
        slips: dict[str, str] = {}
        raw = _again(each) if several else request.body
        told.append(_report(channel, each, raw, now, slips))
        wrong |= {f"{index}.{field}" if several else field: reason for field, reason in slips.items()}
    if not any(isinstance(each, Message) for each in told):
        raise Invalid("some fields are wrong", details=wrong)
    return tuple(told)


def http_answer(channel: Channel) -> tuple[str, str]:
    """Nothing: the caller gets the receipt."""
    return "{}", JSON


def _is_signed(request: Request) -> bool:
    return any(name in request.headers for name in ("webhook-signature", "webhook-id", "webhook-timestamp"))


def _posts(document: object) -> tuple[list[Any], bool]:
    """The posts of a feed, and whether they came as a list: bare, or wrapped at most twice."""
    for _ in range(3):
        if isinstance(document, list):
            return document, True
        if not isinstance(document, dict):
            break
        name = next((name for name in _WRAPPERS if isinstance(document.get(name), dict | list)), None)
        if "post_id" in document or name is None:
            return [document], False
        document = document[name]
    raise Malformed("the body must be a JSON object, or a list of them")


def _again(post: object) -> bytes:
    """One post of several as it came, for the seal. Sealed it is kept for the record: nothing reads it again."""
    try:
        return json.dumps(post).encode()
    except RecursionError:
        return b""


def _report(channel: Channel, post: object, raw: bytes, now: datetime, wrong: dict[str, str]) -> Message | Skipped:
    """One post. What is wrong with it goes into `wrong`; nothing may be, or it is left out."""
    if not isinstance(post, dict):
        wrong["post_id"] = "is missing: a post must be a JSON object"
        return Skipped(reason="invalid")
    post_id = _post_id(post.get("post_id"), wrong)
    texts = {name: _text(post.get(name), name, most, wrong) for name, most in _TEXTS.items()}
    sent_at = _sent_at(post.get("created_at"), now, wrong)
    where = _location(post.get("location"), wrong)
    photo = _photo(post.get("image_url"), wrong)
    if wrong:
        return Skipped(reason="invalid", id=post_id)
    title, text = texts["title"], texts["text"]
    return Message(
        channel=channel.id,
        id=post_id,
        sender=f"post:{post_id}",
        text=text if title in text else "\n".join(part for part in (title, text) if part),
        sent_at=sent_at,
        location=where,
        category=texts["category"] or texts["disaster_type"],
        photos=(photo,) if photo else (),
        raw=raw,
    )


def _post_id(value: object, wrong: dict[str, str]) -> str:
    """The id: 9999, "9999" and 9999.0 are the same post."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    found = identity(value)
    if not found:
        wrong["post_id"] = "is missing" if value in (None, "") else "must be a number or a text of 1 to 200 characters"
    return found


def _text(value: object, field: str, most: int, wrong: dict[str, str]) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        wrong[field] = "must be text"
        return ""
    if len(value) > most:
        wrong[field] = f"must be at most {most} characters"
    return clean(value).strip()


def _sent_at(value: object, now: datetime, wrong: dict[str, str]) -> datetime | None:
    """When it was posted; a phone's clock that is ahead says no more than "now"."""
    if value in (None, ""):
        return None
    found = read_instant(instant_value(value))
    if found is None:
        wrong["created_at"] = "must be a time such as 2026-11-21T14:30:00+07:00"
        return None
    return min(found, now)


def _location(value: object, wrong: dict[str, str]) -> Location | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        wrong["location"] = "must be an object"
        return None
    lat, lng = (_degrees(value.get(name), f"location.{name}", wrong) for name in ("lat", "lng"))
    if (lat is None) != (lng is None):
        wrong.setdefault("location.lat" if lat is None else "location.lng", "is needed with the other one")
    if lat is None or lng is None:
        return None
    found = point(lat, lng)
    if found is None and (lat or lng):
        wrong["location.lat"] = "must be degrees from -90 to 90"
    return Location(lat=found[0], lng=found[1]) if found else None


def _degrees(value: object, field: str, wrong: dict[str, str]) -> float | None:
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return None
        value = float(text) if _DEGREES.fullmatch(text) else math.nan
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        wrong[field] = "must be a number"
    elif -180 <= value <= 180:  # NaN is not
        return float(value)
    else:
        wrong[field] = "must be degrees from -180 to 180"
    return None


def _photo(value: object, wrong: dict[str, str]) -> str:
    if value in (None, ""):
        return ""
    if not isinstance(value, str) or len(value) > MAX_URL or not value.isprintable() or not _WEB.fullmatch(value):
        wrong["image_url"] = "must be an http or https URL"
        return ""
    return value
