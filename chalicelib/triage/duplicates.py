"""Whether two reports tell of the same problem: near in place and time, of one category family, alike in words or photo.
A score with its reasons, never a decision. Knows no order: what is true of one pair is true of it the other way round."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from .categories import normalised
from .words import FUNCTION

if TYPE_CHECKING:
    from chalicelib.city.model import City

WITHIN_METRES = 150.0
WITHIN = timedelta(days=14)
ALIKE_BITS = 10
"""Two 64-bit perceptual hashes that differ in at most so many bits are the same scene."""
_SHOWN_WORDS = 6
_EARTH_METRES = 6_371_008.8
# Likeness of words that is needed where no photo speaks for it: of a category nobody knows, of a place without a point.
_UNKNOWN_FAMILY, _NO_POINT = 0.2, 0.34
_FAMILY = {"same": 1.0, "agency": 0.7, "unknown": 0.4}
_WEIGHTS = {"near": 0.25, "soon": 0.1, "family": 0.2, "words": 0.45}
_PHOTO = 0.7  # of what is missing to certainty


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared of a report. `category` is the citizen's, or a guess; degrees are WGS 84; `photos` are perceptual
    hashes (16 hex digits); `unseen`: it has photos whose hashes are not known here, so they may yet be alike."""

    tracking: str
    text: str
    category: str | None = None
    lat: float | None = None
    lng: float | None = None
    area: str | None = None
    received_at: datetime
    photos: tuple[str, ...] = ()
    unseen: bool = False


class Likeness(msgspec.Struct, frozen=True, kw_only=True):
    """How alike two reports are, and why. `score` is between 0 and 1; `metres` is None where one has no point; `family` is
    "same" (category), "agency" (categories of one agency) or "unknown"; `words` are some that both have."""

    score: float
    metres: float | None
    days: float
    family: str
    likeness: float
    words: tuple[str, ...] = ()
    photo: bool = False


def compare(one: Case, other: Case, city: City) -> Likeness | None:
    """How alike they are; None when they cannot be the same problem. A report is no duplicate of itself."""
    apart = abs(one.received_at - other.received_at)
    family = _family(one.category, other.category, city)
    if one.tracking == other.tracking or apart > WITHIN or family is None:
        return None
    metres = distance(one, other)
    here, there = words_of(one.text), words_of(other.text)
    likeness, common = _alike(here, there)
    photo = any(bits_apart(a, b) <= ALIKE_BITS for a in one.photos for b in other.photos)
    pictured = photo or (one.unseen and other.unseen)
    if metres is None:
        fits = one.area is not None and one.area == other.area and (likeness >= _NO_POINT or pictured)
    else:
        fits = metres <= WITHIN_METRES and (family != "unknown" or likeness >= _UNKNOWN_FAMILY or pictured)
    if not fits:
        return None
    days = apart / timedelta(days=1)
    parts = {
        "near": 0.0 if metres is None else 1 - metres / WITHIN_METRES / 2,
        "soon": 1 - apart / WITHIN / 2,
        "family": _FAMILY[family],
        "words": likeness,
    }
    score = sum(_WEIGHTS[name] * value for name, value in parts.items())
    if photo:
        score = 1 - (1 - score) * (1 - _PHOTO)
    return Likeness(
        score=round(score, 4),
        metres=metres,
        days=days,
        family=family,
        likeness=round(likeness, 4),
        words=common[:_SHOWN_WORDS],
        photo=photo,
    )


def ordered(one: Case, others: Iterable[Case], city: City) -> list[tuple[Case, Likeness]]:
    """Those that may be the same problem, the likeliest first; of equals the earlier report."""
    found = [(other, alike) for other in others if (alike := compare(one, other, city)) is not None]
    return sorted(found, key=lambda pair: (-pair[1].score, pair[0].received_at, pair[0].tracking))


def distance(one: Case, other: Case) -> float | None:
    """Metres between two points on the earth's mean sphere; None where one is not known."""
    if one.lat is None or one.lng is None or other.lat is None or other.lng is None:
        return None
    south, north = sorted((math.radians(one.lat), math.radians(other.lat)))
    across = math.radians(abs(one.lng - other.lng))
    share = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin(across / 2) ** 2
    return 2 * _EARTH_METRES * math.asin(math.sqrt(min(share, 1.0)))


def bits_apart(one: str, other: str) -> int:
    """In how many of the 64 bits two hashes differ; 64 for what is no hash."""
    try:
        return (int(one, 16) ^ int(other, 16)).bit_count()
    except ValueError:
        return 64


def words_of(text: str) -> tuple[str, ...]:
    """The words that say what a text is about, in one spelling, each once, in its order."""
    return tuple(
        dict.fromkeys(word for word in normalised(text) if len(word) > 1 and word not in FUNCTION and word.isalnum())
    )


def _alike(here: tuple[str, ...], there: tuple[str, ...]) -> tuple[float, tuple[str, ...]]:
    """Jaccard of whole words, and of neighbours as pairs, the words counting twice; and the words in common."""
    words = _jaccard(set(here), set(there))
    pairs = _jaccard(_pairs(here), _pairs(there))
    # In the order of the alphabet where the texts differ: the same whichever is asked about.
    common = tuple(sorted(set(here) & set(there)))
    return (2 * words + pairs) / 3, common


def _pairs(words: tuple[str, ...]) -> set[tuple[str, str]]:
    return set(pairwise(words)) or {(word, "") for word in words}


def _jaccard(one: set[str] | set[tuple[str, str]], other: set[str] | set[tuple[str, str]]) -> float:
    either = len(one | other)
    return len(one & other) / either if either else 0.0


def _family(one: str | None, other: str | None, city: City) -> str | None:
    known, told = city.categories.get(one or ""), city.categories.get(other or "")
    if known is None or told is None:
        return "unknown"
    if known.code == told.code:
        return "same"
    return "agency" if known.agency == told.agency else None
