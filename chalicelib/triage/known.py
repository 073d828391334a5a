"""Finds in a text what is known of its reporter: the name, also part by part, the address, phones in any spelling.

Every reporter is a new one, so nothing is compiled for them: a look whether the text holds the most telling word at all
comes first, and nearly always last."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from .clean import clean, fold
from .identifiers import Span
from .words import FUNCTION, TITLES, word_set

_WORD = re.compile(r"[^\W_]+")
_DIGIT, _LETTER = re.compile(r"\d"), re.compile(r"[^\W\d_]")
_COUNTRY = re.compile(r"^(?:0062|62|0)")
# Between two words, and between two digits of a phone, may stand up to so many characters that are neither.
_GAP = 3
_DIGITS = re.compile(r"\d(?:[\W_]{0,3}\d){4,}")
_PHONE_LEAD = re.compile(r"(?<!\d)\(?(?:\+ ?)?(?:0062|62|0)[\W_]{0,3}$")
_LONGEST_LEAD = 12
_FEWEST_DIGITS = 5
_STREET = ("jl", "jln", "jlan", "jalan")
_ADDRESS_WORDS = word_set(
    """
    jl jln jlan jalan gg gang komplek kompleks perum perumahan kp kampung blok apartemen rusun rusunawa di
    """
)


class Phrase(msgspec.Struct, frozen=True):
    """Folded words in a row. As many of them as one of `ends` says are enough; `telling` stands in each of these
    beginnings."""

    kind: str
    words: tuple[str, ...]
    ends: frozenset[int]
    telling: str


class Known(msgspec.Struct, frozen=True):
    """What to look for: `kinds` in the order in which they win where two begin at the same place, `numbers` as kind and
    digits."""

    kinds: tuple[str, ...]
    phrases: tuple[Phrase, ...]
    numbers: tuple[tuple[str, str], ...]

    def find(self, text: str) -> list[Span]:
        """Everything of it in `text`, from left to right, without overlaps."""
        folded = fold(text)
        found: list[Span] = []
        for phrase in self.phrases:
            if phrase.telling in folded:
                found += _occurrences(phrase, folded)
        if self.numbers:
            found += _numbers(self.numbers, text)
        return _leftmost(found, self.kinds) if len(found) > 1 else found


@lru_cache(maxsize=16)
def known_of(values: tuple[str, ...]) -> Known:
    """What these values look like in a text. Remembered, for the parts of one report share them."""
    kinds: dict[str, None] = {}
    phrases: list[Phrase] = []
    numbers: list[tuple[str, str]] = []
    for value in map(clean, values):
        kind = _kind_of(value)
        kinds[kind] = None
        if kind in ("telepon", "NIK"):
            digits = "".join(filter(str.isdigit, value))
            local = _COUNTRY.sub("", digits) if kind == "telepon" else digits
            if len(local) >= _FEWEST_DIGITS:
                numbers.append((kind, local))
        else:
            phrases += _phrases(kind, fold(value))
    return Known(tuple(kinds), tuple(phrases), tuple(numbers))


def _kind_of(value: str) -> str:
    if "@" in value:
        return "surel"
    has_digits = _DIGIT.search(value) is not None
    if has_digits and _LETTER.search(value) is None and (digits := sum(map(str.isdigit, value))) >= 7:
        return "NIK" if digits == 16 else "telepon"
    first = value.split(None, 1)[0].lower().rstrip(".") if value else ""
    return "alamat" if has_digits or first in _ADDRESS_WORDS else "nama"


def _phrases(kind: str, value: str) -> Iterator[Phrase]:
    words = tuple(_WORD.findall(value))
    if not words:
        return
    if kind == "alamat":
        yield _phrase(kind, words, _address_ends(words))
        return
    yield _phrase(kind, words, frozenset((len(words),)))
    if kind == "surel":
        yield Phrase(kind, (value,), frozenset((1,)), value)
    elif len(words) > 1:
        for word in words:
            if len(word) >= 3 and word not in TITLES and word not in FUNCTION:
                yield Phrase(kind, (word,), frozenset((1,)), word)


def _phrase(kind: str, words: tuple[str, ...], ends: frozenset[int]) -> Phrase:
    sure = [word for word in words[: min(ends)] if word not in _STREET]
    return Phrase(kind, words, ends, max(sure, key=len, default=""))


def _address_ends(words: tuple[str, ...]) -> frozenset[int]:
    """The whole address, and its beginning up to each of its numbers: "Jl Mawar 2" of "Jl Mawar 2 RT 1 RW 3"; not a
    street's own number ("Jl Mawar 2 no 5")."""
    ends = {len(words)}
    for index, word in enumerate(words[1:], 1):
        own = words[index - 1] not in ("rt", "rw") and words[index + 1 : index + 2] not in (("no",), ("nomor",))
        if own and _DIGIT.search(word) is not None:
            ends.add(index + 1)
    return frozenset(ends)


def _occurrences(phrase: Phrase, folded: str) -> Iterator[Span]:
    first = phrase.words[0]
    wanted = "j" if first in _STREET else first
    start = folded.find(wanted)
    while start >= 0:
        end = 0 if _goes_on(folded, start - 1, first[0]) else _end_of(phrase, folded, start)
        if end:
            yield Span(start, end, phrase.kind)
        start = folded.find(wanted, end or start + 1)


def _end_of(phrase: Phrase, folded: str, start: int) -> int:
    """Where the longest beginning of the phrase that stands here ends, or 0. Whatever stands between the words may be
    missing: "Jl.Mawar2"."""
    longest, places = 0, [start]
    for count, word in enumerate(phrase.words, 1):
        if count > 1:
            places = [_after_gap(folded, place) for place in places]
        spelt = _STREET if word in _STREET else (word,)
        places = [place + len(form) for place in places for form in spelt if folded.startswith(form, place)]
        if not places:
            break
        if count in phrase.ends:
            longest = max([longest, *(place for place in places if not _goes_on(folded, place, word[-1]))])
    return longest


def _after_gap(folded: str, place: int) -> int:
    for character in folded[place : place + _GAP]:
        if character.isalnum():
            break
        place += 1
    return place


def _goes_on(folded: str, place: int, edge: str) -> bool:
    """Whether the word whose first or last character is `edge` goes on with the character at this place: digits with
    digits, letters with letters, anything else with both."""
    if not 0 <= place < len(folded):
        return False
    character = folded[place]
    if edge.isdigit():
        return character.isdecimal()
    return character.isalnum() and not (edge.isalnum() and character.isdecimal())


def _numbers(numbers: tuple[tuple[str, str], ...], text: str) -> Iterator[Span]:
    for run in _DIGITS.finditer(text):
        places = [place for place in range(run.start(), run.end()) if text[place].isdecimal()]
        digits = "".join(text[place] for place in places)
        for kind, wanted in numbers:
            if wanted in digits:
                yield from _number(kind, wanted, digits, places, text)


def _number(kind: str, wanted: str, digits: str, places: list[int], text: str) -> Iterator[Span]:
    """Where this number stands among the digits, whose places in the text these are; a phone with "+62" or "0"."""
    index, free = digits.find(wanted), 0
    while index >= 0:
        start, end = places[index], places[index + len(wanted) - 1] + 1
        lead = _PHONE_LEAD.search(text, max(free, start - _LONGEST_LEAD), start) if kind == "telepon" else None
        start = start if lead is None else lead.start()
        if start >= free and not _goes_on(text, end, "0") and not _goes_on(text, start - 1, "0"):
            yield Span(start, end, kind)
            free = end
        index = digits.find(wanted, index + 1)


def _leftmost(found: list[Span], kinds: tuple[str, ...]) -> list[Span]:
    """Of overlapping spans the one that begins first; then the kind that comes first; then the longest."""
    kept: list[Span] = []
    for span in sorted(found, key=lambda span: (span.start, kinds.index(span.kind), -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept
