"""A tracking number in free text, however it was copied: "JKT-7K3M-92QX-4HTC", "jkt7k3m92qx4htc", "7K3M 92QX 4HTC"."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from chalicelib.domain import tracking as numbers
from chalicelib.domain.errors import Invalid

from .clean import fold
from .lazy import Lazy

_RUN, _MARK = r"[^\W_]{4}", r"[ .·:/_\-–—]"
# Twelve characters in one or three runs, with the prefix or without; and what begins like a number after the prefix.
# "STATUSJKT-…": a word may be glued to the prefix.
_WHOLE = rf"(?:(?<![^\W_])|(?<=[^\W\d_])(?=%s))(%s{_MARK}{{0,3}})?([^\W_]{{12}}|{_RUN}{_MARK}{{1,3}}{_RUN}{_MARK}{{1,3}}{_RUN})(?![^\W_])"
_BEGUN = rf"(?<![^\W_])%s(?:{_MARK}{{1,3}}|(?=\d))([^\W_]{{1,16}}(?:[.:/_\-–—][^\W_]{{1,16}}){{0,3}})(?![^\W_])"
_FEWEST, _FEWEST_DIGITS = 6, 2


class Mention(msgspec.Struct, frozen=True):
    """`text[start:end]` is a tracking number: canonical in `tracking`, or as it was typed where it is not `valid`."""

    start: int
    end: int
    tracking: str
    valid: bool = True


@lru_cache(maxsize=8)
def _patterns(prefix: str) -> tuple[Lazy, Lazy]:
    return Lazy(_WHOLE % (prefix, prefix), 0), Lazy(_BEGUN % prefix, 0)


def mention_in(text: str, prefix: str) -> Mention | None:
    """The first correct tracking number of a text; else the first thing that only looks like one, or None."""
    folded, prefix_folded = fold(text), prefix.lower()
    whole, begun = _patterns(prefix_folded)
    wrong: Mention | None = None
    for found in whole.finditer(folded):
        mention = _read(text, found.start(), found.start(2), found.end(), prefix)
        if mention is not None and mention.valid:
            return mention
        wrong = wrong or mention
    return wrong or (_begun(text, folded, begun) if prefix_folded in folded else None)


def _read(text: str, start: int, typed_from: int, end: int, prefix: str) -> Mention | None:
    """What stands here, unless it may as well be something else."""
    typed = text[typed_from:end]
    marked, dashed, glued = typed_from != start, typed.count("-") == 2, typed.isalnum()
    digits, letters = sum(map(str.isdigit, typed)), sum(map(str.isalpha, typed))
    spread = sum(any(map(str.isdigit, typed[at : at + 5])) for at in (0, 5, 10))
    if marked and not (dashed or glued or digits):
        return None  # "jkt saya baru tahu"
    if not marked and (letters == 0 or (not dashed and (digits < 2 or letters < 3 or (spread < 2 and not glued)))):
        return None  # a telephone number; three short words about a year; another desk's number
    try:
        return Mention(start, end, numbers.parse(typed, prefix))
    except Invalid:
        meant = digits > 1 and (dashed or (marked and (glued or spread > 1)))
        return Mention(start, end, text[start:end], valid=False) if meant else None


def _begun(text: str, folded: str, begun: Lazy) -> Mention | None:
    """A number with too few or too many characters."""
    for found in begun.finditer(folded):
        typed = [character for character in found[1] if character.isalnum()]
        digits = sum(map(str.isdigit, typed))
        if len(typed) >= _FEWEST and _FEWEST_DIGITS <= digits < len(typed):
            return Mention(found.start(), found.end(), text[found.start() : found.end()], valid=False)
    return None
