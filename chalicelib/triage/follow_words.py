"""Commands of those who want to be told: "IKUT JKT-…", "STOP IKUT", "PANTAU Menteng", and the same words behind Telegram's
"/start". Never taken from a report that merely begins like one ("pantau terus jalan ini")."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chalicelib.city.kelurahan import kelurahan_meant

from .clean import fold
from .command_words import COURTESY, index
from .lazy import Lazy
from .mentions import mention_in
from .per_city import per_city
from .requests import REPORT
from .words import FUNCTION

if TYPE_CHECKING:
    from chalicelib.city.model import City

_READ = 400
_WORD = Lazy(r"[^\W_]+", 0)
_MOST_PLACE, _MOST_UNKNOWN = 9, 2
_EDGES = " \t\n.,;:!?-–—\"'()[]*"
_AREA_DIGITS = 10


class Wanted(NamedTuple):
    """`kind`: "join", "unjoin", "watch" or "unwatch". `tracking` is the canonical number named, or what was typed for one
    where that is not `valid`; `rest` is what names the kelurahan: a name, or a code."""

    kind: str
    tracking: str = ""
    rest: str = ""
    valid: bool = True


@per_city
def _words(city: City) -> tuple[frozenset[str], frozenset[str]]:
    """The words for joining and for watching, in all the pack's languages."""
    found = [
        frozenset(word for texts in city.texts.values() for word in texts.get(f"command.{kind}", "").lower().split())
        for kind in ("join", "watch")
    ]
    return found[0], found[1]


def wanted_in(text: str, city: City) -> Wanted | None:
    """What a message orders of these; None when it tells something else."""
    text = text[:_READ]
    joining, watching = _words(city)
    words = list(_WORD.finditer(fold(text)))
    at, ends = 0, False
    while at < len(words) and (kind := _before(words[at][0], city)):
        ends, at = ends or kind == "stop", at + 1
    if at == len(words) or words[at][0] not in joining | watching:
        return None
    rest = text[words[at].end() :]
    if words[at][0] in watching:
        return _watching(rest, ends, city)
    mention = mention_in(rest, city.prefix)
    kind = "unjoin" if ends else "join"
    if mention is None:
        return Wanted(kind) if not rest.strip(_EDGES) or (ends and _polite(rest)) else None
    around = f"{rest[: mention.start]} {rest[mention.end :]}"
    return Wanted(kind, mention.tracking, valid=mention.valid) if _polite(around) else None


def _before(word: str, city: City) -> str:
    """What may stand before the word: "stop", the start of a chat, a courtesy; "" for any other."""
    kind = index(city).kinds.get(word, "")
    return kind if kind in ("stop", "start") else "courtesy" if word in COURTESY else ""


def _polite(text: str) -> bool:
    return all(word[0] in COURTESY or word[0] in REPORT for word in _WORD.finditer(fold(text)))


def _watching(rest: str, ends: bool, city: City) -> Wanted | None:
    rest = rest.strip(_EDGES)
    words = [word[0] for word in _WORD.finditer(fold(rest))]
    if ends:
        return Wanted("unwatch", rest=rest) if len(words) <= _MOST_PLACE else None
    if not words:
        return Wanted("watch")
    if len(words) > _MOST_PLACE:
        return None
    digits = "".join(filter(str.isdigit, rest))
    if len(digits) == _AREA_DIGITS and "".join(words) == digits:  # a link's: a code without its dots
        code = next((code for code in city.areas if code.replace(".", "") == digits), "")
        return Wanted("watch", rest=code, valid=bool(code))
    if kelurahan_meant(city, rest):
        return Wanted("watch", rest=rest)
    plain = len(words) <= _MOST_UNKNOWN and not any(word in COURTESY or word in FUNCTION for word in words)
    return Wanted("watch", rest=rest, valid=False) if plain else None
