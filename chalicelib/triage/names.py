"""Which words are a person's name, and where a name that begins here ends."""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from .lazy import Lazy
from .words import COMMON, FUNCTION, NAME_ENDINGS, NAMES, PARTICLES, PROBLEM, TITLES, VERB_ENDS, VERB_STARTS

WORD = Lazy(r"[^\W\d_]+(?:['’`.\-][^\W\d_]+)*")
_DEGREE = Lazy(r",? ?(?:S\.?(?:H|E|T|Kom|Pd|Sos|IP|Ag|Kep|Si|Psi)|M\.?(?:M|Si|Kom|Pd|H|T|Sc)|Ph\.?D|SpA|Amd)\b\.?", 0)
_INITIAL = Lazy(r"(?:[^\W\d_]|abd|moh|muh|mhd|m|st|ust|br)\.")
_CALLS = (" pak", " bu", " min", " kak", " mas", " mbak", " bang", " gan", " om", " bos", " admin", " bapak", " ibu")
_NO_END = (" bin", " binti", " van", " al", " de")
_BALINESE = (" made", " wayan", " ketut", " nyoman", " gede", " gusti", " putu", " kadek", " komang", " luh", " nengah")
_OFFICES = ("ketua", "sekretaris", "bendahara", "pengurus", "kepsek", "lurah", "camat")
_NAMES_LIKE_VERBS = ("ullah", "milah", "fadilah", "dhilah", "kholilah", "salilah", "sulah", "tullah")
_MOST_WORDS, _MOST_TITLES = 5, 3


class Name(msgspec.Struct, frozen=True):
    """A name within a text: `text[start:end]`, title included; `sure` when a known name, a title or a degree is in
    it."""

    start: int
    end: int
    sure: bool


@lru_cache(maxsize=4096)
def is_known(word: str) -> bool:
    """Whether this lower-case word is a name by itself: on the list, or with an ending only names have."""
    return word in NAMES or (len(word) >= 6 and word.endswith(NAME_ENDINGS) and not is_common(word))


@lru_cache(maxsize=4096)
def is_common(word: str) -> bool:
    """Whether this lower-case word belongs to the language and is, as far as can be told, nobody's name."""
    if word in NAMES:
        return False
    if _is_listed(word):
        return True
    if word.endswith(_NAMES_LIKE_VERBS):
        return False
    if len(word) >= 6 and (word.startswith(VERB_STARTS) or (word.startswith("di") and word.endswith(("kan", "i")))):
        return True
    return len(word) >= 6 and word.endswith(VERB_ENDS)


def _is_listed(word: str) -> bool:
    return word in FUNCTION or word in PROBLEM or word in COMMON


def case_tells(text: str) -> bool:
    """Whether capitals mean something in this text: not when everything, or nearly every word, begins with one."""
    if text.islower() or text.isupper():
        return False
    words = text.split(None, 60)[:60]
    capitals = sum(1 for word in words if word[:1].isupper())
    return capitals <= max(5, len(words) * 0.75)


def take_name(text: str, start: int, end: int, *, introduced: bool, cased: bool) -> Name | None:
    """The name that begins at `start` (blanks skipped) and ends before `end`, or None.

    `introduced`: something like "nama saya" stands before it, so that any word but one of grammar is taken as a name.
    Else the first word must be a known name, or capitalised where capitals tell something (`cased`) and no common
    word."""
    position, first, sure, taken, capitalised, titles = start, -1, False, 0, False, 0
    last = start
    while taken < _MOST_WORDS:
        while position < end and text[position] in " \t,"[: 3 if first < 0 else 2]:
            position += 1
        word = WORD.match(text, position)
        if word is None or word.end() > end:
            break
        lower = word[0].lower()
        title = taken == 0 and titles < _MOST_TITLES and (first_is_title(lower) or _is_balinese(text, word))
        titles += title
        initial = None
        if title or (initial := _INITIAL.match(text, position)) is not None:
            first = position if first < 0 else first
            sure = sure or title
            position = word.end() if title else initial.end()  # type: ignore[union-attr]
            if taken and initial is not None and initial.end() - initial.start() == 2:
                last = word.end()  # "Farhan A."
            position += title and text[position : position + 1] == "."
            continue
        if taken == 0:
            if not _may_begin(word[0], lower, introduced=introduced, titled=titles > 0, cased=cased):
                break
            capitalised = word[0][0].isupper()
        elif not (_is_initial(text, word) and cased) and not _may_follow(
            word[0], lower, capitalised=capitalised and cased
        ):
            break
        first = position if first < 0 else first
        taken += 1
        sure = sure or is_known(lower)
        position = last = word.end()
    return _whole(text, first, last, end, sure=sure, single=taken < 2) if taken else None


def _whole(text: str, first: int, last: int, end: int, *, sure: bool, single: bool) -> Name:
    """The name without the one who is spoken to ("Supri pak") and with its degree ("S.H.")."""
    if not single and text[first:last].lower().endswith(_CALLS):
        last = text.rindex(" ", first, last)
    while text[first:last].lower().endswith(_NO_END):
        last = text.rindex(" ", first, last)
    degree = _DEGREE.match(text, last)
    if degree is not None and degree.end() <= end:
        return Name(first, degree.end(), True)
    return Name(first, last, sure)


def _is_initial(text: str, word: re.Match[str]) -> bool:
    """ "Tan A Hok"."""
    return len(word[0]) == 1 and word[0].isupper() and text[word.end() : word.end() + 2].istitle()


def _is_balinese(text: str, word: re.Match[str]) -> bool:
    """ "I Made …", "Ni Luh …": a part of the name that means nobody by itself."""
    return word[0] in ("I", "Ni", "i", "ni") and text[word.end() : word.end() + 6].lower().startswith(_BALINESE)


def first_is_title(lower: str) -> bool:
    """Whether a word such as "bpk" stands before names."""
    return lower in TITLES


def _may_begin(word: str, lower: str, *, introduced: bool, titled: bool, cased: bool) -> bool:
    if introduced:
        return (
            lower not in _OFFICES and lower not in FUNCTION and (lower not in PROBLEM or (cased and word[0].isupper()))
        )
    if is_known(lower):
        return len(lower) > 2
    if titled:
        return lower not in FUNCTION and lower not in PROBLEM and lower not in COMMON
    return cased and word[0].isupper() and len(word) > 2 and not word.isupper() and not is_common(lower)


def _may_follow(word: str, lower: str, *, capitalised: bool) -> bool:
    if lower in PARTICLES:
        return True
    if capitalised:  # "Nama saya Sri Mentari": a capital says more than a verb's form
        return word[0].isupper() and (lower in NAMES or not _is_listed(lower))
    return not is_common(lower)
