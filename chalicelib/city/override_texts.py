"""Wordings that an admin has changed: the pack's own rules for each, and what a message must not lose."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from string import Formatter
from typing import TYPE_CHECKING

import msgspec

from .checks import SHORT_MAX
from .gsm7 import SEGMENT, septets
from .settings_files import fault_of
from .wordings import PLACEHOLDERS, general

if TYPE_CHECKING:
    from .model import City

Faults = dict[str, str]
FIXED = ("date.", "command.")
"""What nobody changes while the city runs: the reading of messages, and of what has been written, depends on it."""
_SHORT = ("sms.", "agency_sms.", "answer.")
_MOST = 5000
# What a wording may say otherwise, but not leave out where the pack says it.
_KEPT = frozenset(
    {"tracking", "emergency", "missing", "report_key", "body", "sentence", "question", "reason", "note", "leader"}
)
# September has the longest name, two digits the longest day.
_LONGEST_DAY = datetime(2026, 9, 30, 7, 30, tzinfo=UTC)


def texts_with(city: City, changed: Mapping[str, Mapping[str, str]], faults: Faults) -> dict[str, dict[str, str]]:
    """Every wording of every language with what was changed; what is wrong is put into `faults`."""
    texts = {**city.texts}
    for lang, told in changed.items():
        if lang not in city.policy.languages:
            faults[f"texts/{lang}"] = "is no language of this city"
            continue
        for key, template in told.items():
            if fault := text_fault(city, lang, key, template):
                faults[f"texts/{lang}/{key}"] = fault
        texts[lang] = {**city.texts[lang], **told}
    return texts


def text_fault(city: City, lang: str, key: str, template: str) -> str | None:
    """What is wrong with a wording; None if nothing is."""
    usual, name = general(key)
    if usual not in PLACEHOLDERS or usual.startswith(FIXED):
        return "there is no such text" if usual not in PLACEHOLDERS else "cannot be changed here"
    if name is not None and name not in city.categories and not any(name in codes for codes in city.reasons.values()):
        return f"there is no category or reason '{name}'"
    if not template.strip() or len(template) > _MOST:
        return f"1 to {_MOST} characters"
    if not all(character.isprintable() or character == "\n" for character in template):
        return "holds a character that cannot be shown"
    if "\n" in template and usual.endswith(".subject"):
        return "a subject stands on one line"
    if fault := fault_of(usual, template, PLACEHOLDERS[usual], city.policy):
        return fault
    lost = (used(city.texts[lang].get(usual, "")) & _KEPT) - used(template)
    if lost:
        return "must still say " + ", ".join(sorted(f"{{{placeholder}}}" for placeholder in lost))
    return _too_long(city, lang, usual, template)


def used(template: str) -> set[str]:
    """The placeholders of a wording."""
    try:
        return {field for _, field, _, _ in Formatter().parse(template) if field}
    except ValueError:
        return set()


def sample(city: City, lang: str) -> dict[str, str]:
    """The longest values that a short message is usually filled with, what people write left out (it is cut to fit)."""
    date = city.when(_LONGEST_DAY, lang)
    fields = ("problem", "place", "name", "address")
    kelurahan = (area.name for area in city.areas.values() if area.level == "kelurahan")
    tracking = f"{city.prefix}-7K3M-92QX-4HTC"
    return {
        **dict.fromkeys(("date", "deadline", "respond_by", "resolve_by"), date),
        **dict.fromkeys(("tracking", "leader", "second"), tracking),
        "agency": max((each.short for each in city.agencies.values()), key=len, default="")[:SHORT_MAX],
        "category": max((each.label.get(lang, "") for each in city.categories.values()), key=len, default=""),
        "area": max(kelurahan, key=len, default=""),
        "level": "3",
        "missing": ", ".join(city.text(f"field.{field}", lang) for field in fields),
        "example": "; ".join(city.text(f"example.{field}", lang) for field in fields),
    }


def filled(city: City, lang: str, key: str, template: str, values: Mapping[str, str]) -> str:
    """A wording as it would be read. Raises ValueError for one whose braces do not match."""
    texts = {**city.texts, lang: city.texts[lang] | {key: template}}
    return msgspec.structs.replace(city, texts=texts).text(key, lang, **values)


def _too_long(city: City, lang: str, key: str, template: str) -> str | None:
    if not key.startswith(_SHORT):
        return None
    text = filled(city, lang, key, template, sample(city, lang))
    if "http" in text or "www" in text:
        return "a text message stands without a link"
    try:
        length = septets(text)
    except ValueError as error:
        return str(error)
    return f"takes {length} characters when filled in: one message has {SEGMENT}" if length > SEGMENT else None
