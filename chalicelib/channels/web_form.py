"""The web form: one flat form, as HTML sends it or in JSON. Anyone may post, so there is nothing to verify; what keeps one
sending apart from the next is `form_id`, long and random, made by the page: it and the same words find the report (and its key) again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from ..domain.errors import Invalid, Malformed, WrongContentType
from .fields import Fields, message_of
from .message import Message, Request
from .payload import FORM, JSON, expect, fingerprint, form_pairs, json_document, media_type

if TYPE_CHECKING:
    from ..city.model import Channel

RECEIPT = True
FORM_ID = re.compile(r"[A-Za-z0-9_-]{20,128}")
CHOICES = ("private", "anonymous", "confidential", "consent")
WORDS = (
    "form_id", "text", "name", "address", "phone", "email", "place_address", "landmark", "kelurahan", "lat", "lng",
    "category", "lang", "website",
)  # fmt: skip
_YES = frozenset({"1", "on", "true", "yes", "ya"})
_NO = frozenset({"", "0", "off", "false", "no", "tidak"})
_PHOTOS = ("photos", "photos[]")


def handshake(channel: Channel, request: Request, secrets: Mapping[str, str]) -> tuple[str, str] | None:
    """There is none."""
    return None


def verify(channel: Channel, request: Request, secrets: Mapping[str, str], now: datetime) -> None:
    """The form is everybody's: there is nothing to verify."""


def parse_all(channel: Channel, request: Request, now: datetime) -> tuple[Message, ...]:
    """The report in a request. Raises Malformed, TooLarge, WrongContentType, or Invalid naming every wrong field."""
    kind = media_type(request.headers)
    if kind not in (FORM, JSON):
        raise WrongContentType(f"this channel reads {FORM} and {JSON}")
    expect(request, kind)
    told = typed(request.body) if kind == FORM else _from_json(request.body)
    return (message(channel, told, request.body),)


def http_answer(channel: Channel) -> tuple[str, str]:
    """Nothing: the caller gets the receipt."""
    return "{}", "application/json"


def typed(body: bytes) -> dict[str, object]:
    """What a browser sent, by field; the last value of a field counts, of `photos` all do. Raises Malformed."""
    told: dict[str, object] = {}
    photos: list[object] = []
    for name, value in form_pairs(body.decode("utf-8", "replace")):
        if name in _PHOTOS:
            photos.append(value)
        else:
            told[name] = value
    return told | ({"photos": photos} if photos else {})


def message(channel: Channel, told: Mapping[str, object], raw: bytes) -> Message:
    """The message that a form's fields make. Raises Invalid naming every field that is wrong, or that the form itself
    needs: its id, the words, the consent."""
    wrong: dict[str, str] = {}
    words = {name: _words(told.get(name), name, wrong) for name in WORDS}
    chosen = {name: _chosen(told.get(name), name, wrong) for name in CHOICES}
    if words["website"].strip():
        wrong["website"] = "must stay empty: people do not see this field"
    if not FORM_ID.fullmatch(words["form_id"]):
        wrong["form_id"] = "must be 20 to 128 random letters, digits, - or _, new for every report"
    if not words["text"].strip():
        wrong.setdefault("text", "is required")
    if not chosen["consent"]:
        wrong.setdefault("consent", "is required: true when the reporter agrees that the report is kept")
    photos = told.get("photos") or []
    if not (isinstance(photos, list) and all(isinstance(photo, str) for photo in photos)):
        wrong["photos"], photos = "must be a list of text", []
    told_fields = {name: value for name, value in words.items() if name not in ("form_id", "lang", "website")}
    return message_of(
        msgspec.convert(told_fields | {name: chosen[name] for name in CHOICES[:3]} | {"photos": photos}, Fields),
        wrong,
        channel=channel.id,
        # Sent twice it is the same report; "back", other words and sent again it is another one. A browser's line ends are
        # not a script's.
        message_id=fingerprint(
            words["form_id"], *map(str, sorted(plainly(told_fields).items())), str(chosen), str(photos)
        ),
        paths={},
        lang=words["lang"] if re.fullmatch(r"[a-z]{2}", words["lang"]) else "",
        raw=raw,
    )


def plainly(words: Mapping[str, str]) -> dict[str, str]:
    """The words however they came: with one kind of line ends, and nothing around them."""
    return {name: "\n".join(value.splitlines()).strip() for name, value in words.items()}


def _from_json(body: bytes) -> dict[str, object]:
    document = json_document(body)
    if not isinstance(document, dict):
        raise Malformed("the body must be a JSON object")
    known = {*WORDS, *CHOICES, "photos"}
    if unknown := {str(name)[:80]: "is not known here" for name in document if name not in known}:
        raise Invalid("Some fields are wrong.", details=unknown)
    return document


def _words(value: object, name: str, wrong: dict[str, str]) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if name in ("lat", "lng") and isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.8f}" if abs(value) <= 180 else "x"  # what no number of degrees is, is refused as one
    wrong[name] = "must be text"
    return ""


def _chosen(value: object, name: str, wrong: dict[str, str]) -> bool:
    if isinstance(value, str) and value.strip().lower() in _YES | _NO:
        return value.strip().lower() in _YES
    if value is None or isinstance(value, bool):
        return bool(value)
    wrong[name] = "must be true or false"
    return False
