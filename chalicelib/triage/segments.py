"""Cuts a message into its segments and says what each could be: a name, an address, a place, noise or text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from .addresses import ADDRESS_START, take_address
from .categories import normalised, vocabulary
from .gazetteer import gazetteer, hits, tokens
from .lazy import Lazy
from .names import WORD, case_tells, is_common, is_known, take_name
from .places import find_place
from .streets import STREET, is_street, is_street_word
from .words import FUNCTION, TITLES, TROUBLE, word_set

if TYPE_CHECKING:
    from chalicelib.city.model import City

CUT, NAME_CUT = "\x1f", "\x1e"
"""Stand where a labelled part (a name) was taken out: separate as strongly as a line end. `clean` leaves none in a
text."""

_BREAK = Lazy(rf"(?P<strong>[;|\n{CUT}{NAME_CUT}]+)|(?P<end>(?:[.!?]+|:)(?=\s|$))|(?P<weak>,(?!\d)| [-–—/] )")
_LIST_NUMBER = Lazy(r"\s*\(?[1-9][.)] (?=\D)")
_ABBREVIATION = Lazy(
    r"(?:^|[^\w])(?:jl|jln|gg|no|kel|kec|rt|rw|kp|komp|perum|blok|kav|bpk|bp|sdr|sdri|h|hj|dr|drs|ir|prof|st|jend|kol|letjen"
    r"|mayjen|moh|muh|abd|m|yth|a|n|d|u|[a-z])$"
)
_LEAD = Lazy(
    r"(?:(?:ini|dengan|dgn|oh|iya|iyaa|ya|oke|ok|maaf|nama|namanya|dari|adalah|atas|yaitu|it'?s)\b[ ,:]*)+(?=[^\W\d_])"
)
_TAIL = Lazy(
    r"(?:[ ,]+(?:pak|bu|min|kak|mas|mbak|gan|ya|yah|terima ?kasih|makasih|trims|thanks|trima kasih|tks|thx))+[ .!]*$"
)
_PLACE_START = Lazy(
    r"(?:di ?|dekat ?)?(?:depan|dpn|dekat|dkt|deket|seberang|sebrang|samping|sebelah|belakang|blkg|simpang|simpangan|perempatan|pertigaan|prapatan"
    r"|bundaran|kolong|pojok|tikungan|ujung|sekitar|daerah|kawasan|wilayah|area|bawah|atas|stasiun|terminal|pasar|halte|jpo|underpass|fly ?over"
    r"|pintu|jembatan|taman|waduk|rptra|puskesmas|rsud|rs|masjid|mesjid|sekolah|sdn?|smpn?|sman?|lapangan|near|in front of|behind|next to"
    r"|opposite|at|around)\b|di (?=[^\W_])"
)


class Segment(msgspec.Struct, frozen=True):
    """`text[start:end]` of the message. `before` is what separates it: "", ",", "." or ";" (also for a line end).
    `kind`: "name", "address", "place", "text" or "noise"; `sure` for a name that cannot be anything else."""

    text: str
    start: int
    end: int
    before: str
    kind: str = "text"
    sure: bool = False


def segments(text: str, city: City) -> list[Segment]:
    """The segments of a text in order, each with its kind; a name and the street right behind it come apart."""
    cased = case_tells(text)
    found: list[Segment] = []
    for part in _cut(text):
        found += _classified(part, city, cased)
    return found


def _cut(text: str) -> list[Segment]:
    pieces: list[Segment] = []
    start, before = 0, ""
    for mark in _BREAK.finditer(text):
        if mark.lastgroup == "end" and not _ends(text, start, mark):
            continue
        pieces += _piece(text, start, mark.start(), before)
        kind = {"strong": ";", "end": ".", "weak": ","}[mark.lastgroup or "weak"]
        before = kind if start == 0 or text[start : mark.start()].strip() else max(before, kind, key=",.;".find)
        start = mark.end()
    pieces += _piece(text, start, len(text), before)
    return pieces


def _ends(text: str, start: int, mark: re.Match[str]) -> bool:
    """Whether a dot ends a sentence: not behind an abbreviation or the number of a list's item."""
    if mark[0] != ".":
        return True
    before = text[max(start, mark.start() - 8) : mark.start()].lower()
    return _ABBREVIATION.search(before) is None and not before.strip(" \n").isdigit()


def _piece(text: str, start: int, end: int, before: str) -> list[Segment]:
    number = _LIST_NUMBER.match(text, start)
    start = start if number is None else number.end()
    while start < end and text[start] in " \t.-–:()":
        start += 1
    while end > start and text[end - 1] in " \t-–:(":
        end -= 1
    return [Segment(text[start:end], start, end, before)] if start < end else []


def _classified(part: Segment, city: City, cased: bool) -> list[Segment]:
    lead = _LEAD.match(part.text)
    tail = _TAIL.search(part.text)
    first = lead.end() if lead is not None and lead.end() < len(part.text) else 0
    last = tail.start() if tail is not None and tail.start() > first else len(part.text)
    core = part.text[first:last]
    words = [word.lower for word in tokens(core)]
    told = _told_at_the_end(core)
    if told:
        who, address = told
        begin = part.start + first
        return [
            msgspec.structs.replace(part, text=core[: who[0]].rstrip(), end=begin + len(core[: who[0]].rstrip())),
            Segment(core[slice(*who)], begin + who[0], begin + who[1], ".", "name", True),
            Segment(core[address:], begin + address, begin + len(core), ",", "address", True),
        ]
    if not words or all(word in FUNCTION or word in TITLES or len(word) < 2 for word in words):
        return [_kind(part, "noise")] if not ADDRESS_START.match(core) or len(words) < 2 else [_kind(part, "address")]
    if len(words) > 14 or any(word in TROUBLE for word in words):
        return [part]
    whole = msgspec.structs.replace(part, text=core, start=part.start + first, end=part.start + last)
    if _is_address(core):
        return [_without_di(_kind(whole, "address"))]
    name = take_name(core, 0, len(core), introduced=False, cased=cased)
    if name is not None and not _names_an_area(core, city):
        if name.end >= len(core.rstrip(" .")):
            return [msgspec.structs.replace(whole, kind="name", sure=name.sure)]
        behind = core[name.end :].lstrip(" ,.(")
        if _is_address(behind):
            return _pair(whole, core, name.end, behind)
    if _PLACE_START.match(core) is not None or _names_an_area(core, city):
        place = find_place(core, city)
        if (place is not None or _names_an_area(core, city)) and not _says_more(core, words, city):
            return [_kind(whole, "place")]
    split = _unknown_name_and_street(core, words)
    if split:
        return _pair(whole, core, split, core[split:].lstrip())
    return [_kind(whole, "name") if _could_be_a_name(core, words, city) else part]


def _told_at_the_end(core: str) -> tuple[tuple[int, int], int] | None:
    """Name and address that end a text without a comma: "banjir jl kemang raya siti jl bangka 5". Only known names
    behind a place's street count, and none that a street may bear ("jl ahmad yani jl sudirman")."""
    words = list(WORD.finditer(core))
    for at in range(len(words) - 1, 1, -1):
        if words[at][0].lower() not in STREET or not _is_address(core[words[at].start() :]):
            continue
        first = at
        while (
            first > 1
            and is_known(words[first - 1][0].lower())
            and core[words[first - 1].end() : words[first].start()] == " "
        ):
            first -= 1
        before = [word[0].lower() for word in words[:first]]
        if first < at and not is_street_word(before[-1]) and not STREET.isdisjoint(before):
            return (words[first].start(), words[at - 1].end()), words[at].start()
    return None


def _kind(segment: Segment, kind: str) -> Segment:
    return msgspec.structs.replace(segment, kind=kind)


def _without_di(segment: Segment) -> Segment:
    skipped = 3 if segment.text[:3].lower() == "di " else 0
    return msgspec.structs.replace(segment, text=segment.text[skipped:], start=segment.start + skipped)


def _pair(whole: Segment, core: str, name_end: int, behind: str) -> list[Segment]:
    middle = whole.start + name_end
    return [
        Segment(core[:name_end], whole.start, middle, whole.before, "name", True),
        Segment(behind, whole.end - len(behind), whole.end, ",", "address", True),
    ]


def _is_address(core: str) -> bool:
    start = ADDRESS_START.match(core)
    if start is None or start[0].lower().startswith(("kel", "kec", "di kel", "di kec")) or not is_street(core):
        return False
    taken = take_address(core, 3 if core.lower().startswith("di ") else 0, len(core), strict=False)
    return taken is not None and taken[1] >= len(core.rstrip(" .)"))


def _names_an_area(core: str, city: City) -> bool:
    words = tokens(core)
    return any(
        hit.after - hit.first == len(words)
        for hit in hits(core, words, gazetteer(city))
        if not _first_name(words[0].lower, len(words))
    )


def _first_name(word: str, count: int) -> bool:
    return count == 1 and is_known(word)


def _says_more(core: str, words: list[str], city: City) -> bool:
    """Whether a segment that begins like a place goes on to tell a problem."""
    known = vocabulary(city)
    verbs = [word for word in words if word in TROUBLE or (word in FUNCTION and word in _TELLING)]
    return bool(verbs) or (len(words) > 4 and sum(1 for word in normalised(core) if word in known) > 2)


_TELLING = word_set("ada sudah sdh udah belum blm tidak tdk gak ga mohon tolong tlg saya kami banyak selalu sering")


def _unknown_name_and_street(core: str, words: list[str]) -> int:
    """Where the name ends in "tarjo jl mawar 2": one to three words that are no words, then a street; else 0."""
    for count, word in enumerate(WORD.finditer(core)):
        if not all(char.isalpha() or char in " .'’" for char in core[: word.start()]):
            break
        if count and ADDRESS_START.match(core, word.start()) and count <= 3 and _is_address(core[word.start() :]):
            return len(core[: word.start()].rstrip())
        if is_common(words[count]) if count < len(words) else True:
            break
    return 0


def _could_be_a_name(core: str, words: list[str], city: City) -> bool:
    if len(words) > 4 or not all(char.isalpha() or char in " .'’`-," for char in core):
        return False
    known = vocabulary(city)
    return not any(is_common(word) or (word in known and not is_known(word)) for word in words) and not _names_an_area(
        core, city
    )
