"""Takes out of a text what says who wrote it. Only masked text leaves a report."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache

from .clean import clean
from .identifiers import Span, identifiers, protected
from .introductions import introduced
from .words import FUNCTION, TITLES, word_set

_MOST_PASSES = 8
_SEP = r"[\W_]{0,3}"
_NO_LETTER_BEFORE, _NO_LETTER_AFTER = r"(?<![^\W\d_])", r"(?![^\W\d_])"
_STREET_WORD = r"(?:jl|jln|jlan|jalan)"


def mask(text: str, *, known: Sequence[str] = ()) -> str:
    """The text with phones, e-mail addresses, NIK, plates, long account numbers, introduced names and addresses, and
    every `known` string (names also part by part, phones in any spelling) replaced by "[telepon]", "[nama]" ….
    Idempotent."""
    wanted = _known_pattern(tuple(known)) if known else None
    text = clean(text)
    # What one pass takes out can bring a second identifier to light; each pass leaves less, so this ends.
    for _ in range(_MOST_PASSES):
        masked = replace(text, [*_known_spans(text, wanted), *identifiers(text), *_introduced_spans(text)])
        if masked == text:
            break
        text = masked
    return text


def mask_identifiers(text: str, *, known: Sequence[str] = ()) -> str:
    """The same without looking for introductions: for text whose introduced parts have been dealt with."""
    wanted = _known_pattern(tuple(known)) if known else None
    for _ in range(_MOST_PASSES):
        masked = replace(text, [*_known_spans(text, wanted), *identifiers(text)])
        if masked == text:
            break
        text = masked
    return text


def replace(text: str, spans: Iterable[Span]) -> str:
    """Each span replaced by its kind in brackets; of overlapping spans the first (then longer) names the kind of them
    all. Tracking numbers and masks that are there already stay."""
    kept = protected(text)
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        at = bisect_left(kept, (span.end, 0))
        if span.start >= span.end or (at > 0 and kept[at - 1][1] > span.start):
            continue
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(span.end, merged[-1].end), merged[-1].kind)
        else:
            merged.append(span)
    pieces, position = [], 0
    for span in merged:
        pieces += [text[position : span.start], f"[{span.kind}]"]
        position = span.end
    return "".join([*pieces, text[position:]])


def _introduced_spans(text: str) -> list[Span]:
    kinds = {"name": "nama", "address": "alamat"}
    return [Span(part.value, part.end, kinds[part.kind]) for part in introduced(text) if part.kind in kinds]


def _known_spans(text: str, wanted: re.Pattern[str] | None) -> list[Span]:
    if wanted is None:
        return []
    return [Span(found.start(), found.end(), found.lastgroup or "nama") for found in wanted.finditer(text)]


@lru_cache(maxsize=256)
def _known_pattern(known: tuple[str, ...]) -> re.Pattern[str] | None:
    forms: dict[str, list[str]] = {}
    for value in map(clean, known):
        kind = _kind_of(value)
        forms.setdefault(kind, []).extend(_forms(kind, value))
    groups = [
        f"(?P<{kind}>{'|'.join(sorted(set(patterns), key=len, reverse=True))})"
        for kind, patterns in forms.items()
        if patterns
    ]
    return re.compile("|".join(groups), re.IGNORECASE) if groups else None


def _kind_of(value: str) -> str:
    digits = sum(map(str.isdigit, value))
    if "@" in value:
        return "surel"
    if digits >= 7 and not any(map(str.isalpha, value)):
        return "NIK" if digits == 16 else "telepon"
    first = value.split(None, 1)[0].lower().rstrip(".") if value else ""
    return "alamat" if digits or first in _ADDRESS_WORDS else "nama"


_ADDRESS_WORDS = word_set(
    """
    jl jln jlan jalan gg gang komplek kompleks perum perumahan kp kampung blok apartemen rusun rusunawa di
    """
)


def _forms(kind: str, value: str) -> list[str]:
    if kind in ("telepon", "NIK"):
        digits = "".join(filter(str.isdigit, value))
        local = re.sub(r"^(?:0062|62|0)", "", digits) if kind == "telepon" else digits
        lead = rf"(?:\(?(?:\+ ?)?(?:0062|62|0){_SEP})?" if kind == "telepon" else ""
        return [rf"(?<!\d){lead}{_SEP.join(local)}(?!\d)"] if len(local) >= 5 else []
    words = re.findall(r"[^\W_]+", value)
    if not words:
        return []
    if kind == "surel":
        return [rf"(?<![^\W_]){re.escape(value)}(?![^\W_])", _phrase(words)]
    if kind == "alamat":
        return _address_forms(words)
    parts = [word for word in words if len(word) >= 3 and word.lower() not in TITLES and word.lower() not in FUNCTION]
    return [_phrase(words), *(_phrase([part]) for part in parts)]


def _address_forms(words: list[str]) -> list[str]:
    """The whole address, and its beginning up to each of its numbers: "Jl Mawar 2" of "Jl Mawar 2 RT 1 RW 3"."""
    ends = {len(words)}
    for index, word in enumerate(words[1:], 1):
        if any(map(str.isdigit, word)) and words[index - 1].lower() not in ("rt", "rw"):
            ends.add(index + 1)
    return [_phrase(words[:end]) for end in ends]


def _phrase(words: Sequence[str]) -> str:
    """The words in this order, whatever stands between them. Digits may be neither preceded nor followed by
    another."""
    spelt = [_STREET_WORD if re.fullmatch(_STREET_WORD, word.lower()) else re.escape(word) for word in words]
    before = r"(?<!\d)" if words[0][0].isdigit() else _NO_LETTER_BEFORE
    after = r"(?!\d)" if words[-1][-1].isdigit() else _NO_LETTER_AFTER
    return f"{before}{_SEP.join(spelt)}{after}"
