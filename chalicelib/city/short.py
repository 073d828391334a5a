"""Text messages that tell a step: how long each may be, and how much of that is left for the staff's own words."""

from __future__ import annotations

from collections.abc import Mapping

from .gsm7 import SEGMENT, plain, septets
from .model import City

ADAPTERS = frozenset({"sms_http", "vonage", "aws_sms"})
"""Those of the channels that are answered by text message."""
TWO_SEGMENTS = 306
"""Two segments of a long message have 153 septets each."""
_FREE = ("note", "question", "reason")
# After these nothing comes any more that could say the rest.
_LONG = frozenset({"rejected"})


def limit_of(event: str) -> int:
    """The septets that the message about an event may take."""
    return TWO_SEGMENTS if event in _LONG else SEGMENT


def room_for_words(city: City, event: str, lang: str, values: Mapping[str, str], *, beside: str = "") -> int | None:
    """How many characters of the staff's own words fit into the message about an event; None where it tells none of them.
    `beside` are an action's reasons: the longest of their sentences may stand before the words."""
    template = city.texts.get(lang, {}).get(f"sms.{event}", "")
    if not any(f"{{{name}}}" in template for name in _FREE):
        return None
    taken = septets(plain(city.text(f"sms.{event}", lang, **values, **dict.fromkeys(_FREE, ""))))
    told = [reason.told.get(lang, "") for reason in city.reasons.get(beside, {}).values()]
    return max(limit_of(event) - taken - max((len(each) + 1 for each in told), default=0), 0)
