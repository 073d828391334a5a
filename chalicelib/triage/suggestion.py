"""Which agency handles what a text tells: the suggestion, with its confidence and its reasons. A person decides, or the
policy's threshold.

A linear model over whole words, pairs of neighbours and the citizen's own category; its weights are the pack's
`suggestion.json`, learnt offline (docs/adr/0020). Without that file the pack's keywords and the category's agency stand
in."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from chalicelib.city import suggestions
from chalicelib.city.model import AREA_KINDS

from .categories import spelled, suggest
from .lazy import Lazy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chalicelib.city.model import City
    from chalicelib.city.suggestions import Pairs, Weights

READ = 2000
"""Only this many characters are read."""
SHOWN = 3
_MOST_WORDS = 300
_PLAIN = 16  # features; of more than these each counts for less
_WORDS_SHOWN = 4
_LEAST = 10  # hundredths: less than that is no reason
_ALONE, _CONTRADICTED, _UNKNOWN = 0.6, 0.45, 0.05

_WORD = Lazy(r"[^\W\d_]{2,24}")
_SUFFIXES = ("kannya", "annya", "nya", "lah", "kan", "an", "i")
_PREFIXES = (
    "memper",
    "diper",
    "meng",
    "meny",
    "mem",
    "men",
    "ber",
    "ter",
    "peng",
    "pem",
    "pen",
    "per",
    "di",
    "me",
    "ke",
)
_STEM = 4


class Choice(NamedTuple):
    """An agency's code, the category the report would have with it ("" when none fits), and the probability."""

    agency: str
    category: str
    confidence: float


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """Who should have a report. `choices` are best first, none of them twice; their confidences are of one distribution
    whose rest is other agencies. `reasons` are (kind, detail) pairs: "words" (the words that speak for it), "category"
    (a code: the citizen's own category speaks for it), "against" (a code: the citizen's category speaks for another
    agency), "area" (a code: the office is that area's)."""

    choices: tuple[Choice, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()

    @property
    def best(self) -> Choice | None:
        """The first choice."""
        return self.choices[0] if self.choices else None

    @property
    def confidence(self) -> float:
        """The first choice's, 0 when there is none."""
        return self.choices[0].confidence if self.choices else 0.0


def suggest_agency(text: str, city: City, *, category: str | None = None, area: str | None = None) -> Suggestion:
    """The agencies that should have a report, from its text and the citizen's own `category` (a code; anything else counts
    as not given). `area` is the place's kelurahan: where "the kelurahan of the place" is meant, its office is named.
    Empty when neither says anything."""
    known = category if category in city.categories else None
    if not city.suggestion_path:
        return _by_keywords(text, city, known, area)
    weights = suggestions.read(city.suggestion_path)
    seen = {feature: pairs for feature in features(text) if (pairs := weights.words.get(feature))}
    if known is None and not seen:
        return Suggestion()
    chances = _chances(weights, seen, known)
    ranked = sorted(range(len(chances)), key=lambda number: -chances[number])[:SHOWN]
    first = weights.agencies[ranked[0]]
    # Where the citizen's own category is of the likeliest agency, no other one need be looked for.
    told = [] if known is not None and city.learnt_agency(known) == first else suggest(text, city)
    choices = _each_once(
        Choice(_routed(code, category, city, area), category, chance)
        for code, chance in ((weights.agencies[number], round(chances[number], 4)) for number in ranked)
        for category in [_category(code, city, known, told)]
        if chance > 0
    )
    reasons = _reasons(weights, seen, ranked[0], city, known, text)
    if area and choices[0].agency == _office(first, city, area) != first:
        reasons = (*reasons, ("area", area))
    return Suggestion(choices=choices, reasons=reasons)


def sure_enough(found: Suggestion, city: City) -> bool:
    """Whether a report may go to the first choice without a person: at or above the policy's confidence, and not to a
    kelurahan's office, which handles a bit of everything: what of it, only people on the spot know."""
    best = found.best
    if best is None or city.agencies[best.agency].kind in AREA_KINDS:
        return False
    return city.policy.auto_dispatch_confidence <= best.confidence and city.policy.auto_dispatch_confidence < 1


def features(text: str) -> list[str]:
    """What the model sees of a text: its words without their affixes and in one spelling, and neighbours as pairs; each
    once, in the order of the text. At most 300 words of it."""
    words = [_stem(word) for word in spelled(_words_of(text))]
    pairs = [f"{one} {other}" for one, other in pairwise(words)]
    return list(dict.fromkeys((*words, *pairs)))


def share_of(count: int) -> float:
    """How much each of so many known features counts."""
    return 1.0 if count <= _PLAIN else math.sqrt(_PLAIN / count)


@lru_cache(maxsize=8192)
def _stem(word: str) -> str:
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _STEM:
            word = word[: -len(suffix)]
            break
    for prefix in _PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= _STEM:
            return word[len(prefix) :]
    return word


def _chances(weights: Weights, seen: Mapping[str, Pairs], category: str | None) -> list[float]:
    scores = [0.0] * len(weights.bias)
    for pairs in seen.values():
        for number, weight in pairs:
            scores[number] += weight
    share = share_of(len(seen))
    scores = [score * share + bias for score, bias in zip(scores, weights.bias, strict=True)]
    for number, weight in weights.chosen.get(category or "", ()):
        scores[number] += weight
    top = max(scores)
    powers = [math.exp((score - top) / suggestions.SCALE) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def _office(agency: str, city: City, area: str | None) -> str:
    """The office itself where "the kelurahan of the place" is meant and the place is known."""
    known = city.agencies[agency]
    if known.kind in AREA_KINDS and known.area is None and area:
        return city.agency_of(area) or agency
    return agency


def _routed(agency: str, category: str, city: City, area: str | None) -> str:
    """The office that gets it. What was learnt knows the pack's own agencies: where it is sure of one because the category
    is that one's, and an admin has given the category to another, it is that other's."""
    if not category or city.learnt_agency(category) != agency:
        return _office(agency, city, area)
    return city.agency_for(category, area) or _office(city.categories[category].agency, city, area)


def _each_once(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    """The choices, best first; those that a route has brought to one agency as one."""
    found: dict[str, Choice] = {}
    for each in choices:
        before = found.get(each.agency)
        found[each.agency] = each if before is None else before._replace(
            confidence=round(before.confidence + each.confidence, 4)
        )  # fmt: skip
    return tuple(sorted(found.values(), key=lambda each: -each.confidence))


def _category(agency: str, city: City, known: str | None, told: list[tuple[str, float]]) -> str:
    """What a report of that agency would be about: what the citizen says, else what the text speaks of, of its own."""
    for code in (known, *(code for code, _ in told)):
        if code is not None and city.learnt_agency(code) == agency:
            return code
    return known or ""


def _reasons(
    weights: Weights, seen: Mapping[str, Pairs], number: int, city: City, known: str | None, text: str
) -> tuple[tuple[str, str], ...]:
    """The words that speak for an agency, and whether the citizen's category does."""
    share = share_of(len(seen))
    speaking = [
        (-weight * share, feature)
        for feature, pairs in seen.items()
        for at, weight in pairs
        if at == number and weight * share >= _LEAST
    ]
    kept: list[str] = []
    for _, feature in sorted(speaking):  # a pair says it all: not its words as well
        if not any(word in other.split() for other in kept for word in feature.split()):
            kept.append(feature)
            if len(kept) == _WORDS_SHOWN:
                break
    reasons = [("words", _as_written(kept, text))] if kept else []
    if known is not None:
        chosen = dict(weights.chosen.get(known, ())).get(number, 0)
        speaks = chosen >= _LEAST or city.learnt_agency(known) == weights.agencies[number]
        reasons.append(("category" if speaks else "against", known))
    return tuple(reasons)


def _as_written(found: Sequence[str], text: str) -> str:
    """Features as the text first has them, with their affixes: "keramik" and not "ramik"."""
    written: dict[str, str] = {}
    last = ("", "")
    for word in _words_of(text):
        for spelt in spelled([word]):  # none of a filler
            stem = _stem(spelt)
            written.setdefault(stem, word)
            written.setdefault(f"{last[0]} {stem}", f"{last[1]} {word}")
            last = (stem, word)
    return ", ".join(written.get(feature, feature) for feature in found)


def _words_of(text: str) -> list[str]:
    return _WORD.findall(text[:READ].lower())[:_MOST_WORDS]


def _by_keywords(text: str, city: City, known: str | None, area: str | None) -> Suggestion:
    """Without a model: the category's agency, else the agencies of what the keywords find."""
    told = suggest(text, city)
    chances: dict[str, tuple[str, float]] = {}
    if known is not None:
        agrees = not told or city.categories[told[0][0]].agency == city.categories[known].agency
        chances[city.categories[known].agency] = (known, _ALONE if agrees else _CONTRADICTED)
    for code, confidence in told:
        agency = city.categories[code].agency
        if agency not in chances:
            taken = sum(chance for _, chance in chances.values())
            chances[agency] = (code, max(0.0, min(confidence * (1 - taken), 1 - taken - _UNKNOWN)))
    ranked = sorted(chances.items(), key=lambda pair: -pair[1][1])[:SHOWN]
    choices = _each_once(
        Choice(city.agency_for(code, area) or _office(agency, city, area), code, round(chance, 4))
        for agency, (code, chance) in ranked
    )
    if not choices:
        return Suggestion()
    reasons: list[tuple[str, str]] = []
    if told and city.categories[told[0][0]].agency == ranked[0][0]:
        reasons.append(("words", _as_written(features(text)[:_WORDS_SHOWN], text)))
    if known is not None:
        reasons.append(("category" if city.categories[known].agency == ranked[0][0] else "against", known))
    if area and choices[0].agency == _office(ranked[0][0], city, area) != ranked[0][0]:
        reasons.append(("area", area))
    return Suggestion(choices=choices, reasons=tuple(reasons))
