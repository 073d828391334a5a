"""Takes out of a text what says who wrote it. Only masked text leaves a report."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from .clean import clean
from .identifiers import Span, identifiers, protected
from .introductions import introduced
from .known import known_of
from .persons import handles, titled

_MOST_PASSES = 8
_KINDS = {"name": "nama", "address": "alamat"}


def mask(text: str, *, known: Sequence[str] = ()) -> str:
    """The text with phones, e-mail addresses, NIK, plates, long account numbers, introduced names and addresses, and
    every `known` string (names also part by part, phones in any spelling) replaced by "[telepon]", "[nama]" ….
    Idempotent."""
    return _without(clean(text), known, (identifiers, _introduced_spans, titled, handles))


def mask_identifiers(text: str, *, known: Sequence[str] = ()) -> str:
    """The same without looking for introductions: for text whose introduced parts have been dealt with."""
    return _without(text, known, (identifiers,))


def _without(text: str, known: Sequence[str], searches: Sequence[Callable[[str], list[Span]]]) -> str:
    if not text:
        return text
    if known:
        searches = (known_of(tuple(known)).find, *searches)
    # What one pass takes out can bring a second identifier to light; each pass leaves less, so this ends.
    for _ in range(_MOST_PASSES):
        spans = [span for search in searches for span in search(text)]
        masked = replace(text, spans) if spans else text
        if masked == text:
            break
        text = masked
    return text


def replace(text: str, spans: Sequence[Span]) -> str:
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
    return [Span(part.value, part.end, _KINDS[part.kind]) for part in introduced(text) if part.kind in _KINDS]
