"""Says of the pieces of a message what each could be: a name, an address, a place, noise or text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from .addresses import ADDRESS_START, LODGINGS, take_address
from .categories import normalised, vocabulary
from .cuts import REGION, Segment, cut
from .gazetteer import gazetteer, hits, tokens
from .introductions import ROLE
from .lazy import Lazy
from .names import WORD, case_tells, is_common, is_known, take_name
from .places import find_place
from .streets import ALLEY, HONOURS, STREET, is_street, is_street_word
from .words import FUNCTION, TITLES, TROUBLE, word_set

if TYPE_CHECKING:
    from chalicelib.city.model import City


# Who the writer is besides a name, and what says that this is the right answer now.
_OFFICE_LEAD = r"(?:(?:wakil )?ketua|pengurus|sekretaris|warga(?! r[tw])|pelapor|kader(?: \w+)?(?= (?:pak|bu|ibu|bapak|bpk)\b)|dari|hormat (?:saya|kami)|ttd|tertanda|(?:pak|bapak|bpk|bu|ibu)(?= r[tw]\b))(?: r[tw](?:[ .]{0,2}\d{1,3}(?: ?/ ?(?:rw ?)?\d{1,3})?)?\b)*"
_CORRECTION = r"(?:ralat|koreksi|salah|keliru|typo|sorry|eh|tadi|maksud(?:nya| saya)?|(?:yang|yg) (?:benar|bener|betul)(?:nya)?|(?:se)?harusnya|benernya)"
_AREA_LABEL = Lazy(r"(?:kel(?:urahan)?|kec(?:amatan)?)\b\.? ?")
_ROLE = Lazy(rf"\(?{ROLE}\)?(?: di| yang di)?(?=$|[ ,.])[ ,.:]*")
_AT_HOME = Lazy(
    r"(?:(?:saya |sy )?(?:kost?|ngekost?|ngontrak|warga(?= r[tw]\b)|tinggal|alamat(?:nya)?|almt|rumah(?:nya)?) (?:di )?|(?:saya|sy|aku|gw|gue) (?:ada )?di |[(/] ?)+(?=[^\W_])"
)
_ESTATE_WORDS = word_set(
    """
    garden city residence regency indah permai asri hill hills park village estate villa vila griya puri graha citra
    pesona green grand bumi taman mediterania mansion regensi cluster gading
    """
)
_UNIT = Lazy(
    r"(?:kamar|unit|lantai|lt|tower|menara|no|nomor|blok|blk)\.? (?:no\.? ?)?(?:[a-z]{1,2}\b|[a-z]{0,3}\d)[\w/\-]*(?: (?:no\.?|lt|lantai|unit|kamar|[a-z]{1,2}) ?\d*[a-z]?\b){0,2}"
)
_UNIT_WORDS = word_set("kamar unit lantai lt tower menara no nomor blok blk")
_UNIT_START = Lazy(r"(?:blok|blk|tower|kav|unit|lt|lantai|no)\b")
_HOUSE_END = Lazy(r"(?:\b(?:no|rt|rw|gg|gang|blok|blk|jl|jln)\.? ?[a-z]{0,2}\d|\b\d{1,3} ?[a-z]?$)")
_LEAD = Lazy(
    rf"(?:(?:{_OFFICE_LEAD}|{_CORRECTION}|ini|(?:di )?sini|disini|dengan|dgn|oh|iya|iyaa|ya|oke|ok|maaf|nama|namanya|dari|adalah|atas|yaitu|it'?s)\b[ ,:]*)+(?=[^\W\d_])"
)
_LONGEST_TAIL, _LONGEST_AREA = 60, 48
_TAIL = Lazy(
    r"(?:[ ,]+(?:pak|bu|min|kak|mas|mbak|gan|ya|yah|aja|saja|sj|dong|lah|nih|terima ?kasih|makasih|trims|thanks|trima kasih|tks|thx))+[ .!]*$"
)
_PLACE_START = Lazy(
    r"(?:di ?|dekat ?)?(?:depan|dpn|dekat|dkt|deket|seberang|sebrang|samping|sebelah|belakang|blkg|simpang|simpangan|perempatan|pertigaan|prapatan"
    r"|bundaran|kolong|pojok|tikungan|ujung|sekitar|daerah|kawasan|wilayah|area|bawah|atas|stasiun|terminal|pasar|halte|jpo|underpass|fly ?over"
    r"|pintu|jembatan|taman|waduk|rptra|puskesmas|rsud|rs|masjid|mesjid|sekolah|sdn?|smpn?|sman?|lapangan|near|in front of|behind|next to"
    r"|opposite|at|around)\b|di (?=[^\W_])"
)


def segments(text: str, city: City) -> list[Segment]:
    """The segments of a text in order, each with its kind; a name and the street right behind it come apart."""
    cased = case_tells(text)
    found: list[Segment] = []
    for part in cut(text):
        found += _classified(part, city, cased)
        if (
            len(found) > 1
            and found[-1].kind in ("text", "place")
            and found[-2].kind == "name"
            and _may_be_house(found[-1])
        ):
            found[-1] = _kind(found[-1], "address")
    return found


def _may_be_house(part: Segment) -> bool:
    return len(part.text) < 60 and not _is_troubled(part.text.lower().split()) and _is_house(part.text)


def _classified(part: Segment, city: City, cased: bool) -> list[Segment]:
    if _ROLE.fullmatch(part.text) is not None:
        return [_kind(part, "noise")]
    lead = _LEAD.match(part.text)
    tail = _TAIL.search(part.text, max(0, len(part.text) - _LONGEST_TAIL))
    first = lead.end() if lead is not None and lead.end() < len(part.text) else 0
    last = tail.start() if tail is not None and tail.start() > first else len(part.text)
    core = part.text[first:last]
    words = [word.lower for word in tokens(core)]
    told = None if STREET.isdisjoint(words) else _told_at_the_end(core)
    if told:
        who, address = told
        begin = part.start + first
        return [
            msgspec.structs.replace(part, text=core[: who[0]].rstrip(), end=begin + len(core[: who[0]].rstrip())),
            Segment(core[slice(*who)], begin + who[0], begin + who[1], ".", "name", True),
            Segment(core[address:], begin + address, begin + len(core), ",", "address", True),
        ]
    if not words or all(word in FUNCTION or word in TITLES or len(word) < 2 for word in words):
        return (
            [_kind(part, "noise")]
            if not ADDRESS_START.match(core) or len(words) < 2 or not is_street(core)
            else [_kind(part, "address")]
        )
    if len(words) > 14 or _is_troubled(words):
        return [part]
    whole = msgspec.structs.replace(part, text=core, start=part.start + first, end=part.start + last)
    housed = _HOUSE_END.search(core) is not None
    home = _AT_HOME.match(core)
    if home is not None and (
        _is_address(core[home.end() :]) or (housed and _begins_with_an_area(core[home.end() :], city))
    ):
        own = msgspec.structs.replace(whole, text=core[home.end() :], start=whole.start + home.end())
        return [msgspec.structs.replace(own, kind="address", sure=core[0].isalpha())]
    if _is_address(core) or (housed and _begins_with_an_area(core, city)) or _is_lodging(core, words):
        return [_without_di(_kind(whole, "address"))]
    if housed and (split := _name_and_area(core, city, cased)):
        return _pair(whole, core, split, core[split:].lstrip())
    if named := _named(whole, core, words, city, cased):
        return named
    if _is_place(core, words, city):
        return [_kind(whole, "place")]
    if split := _unknown_name_and_street(core, words):
        return _pair(whole, core, split, core[split:].lstrip())
    return [_kind(whole, "name") if _could_be_a_name(core, words, city) else part]


def _is_place(core: str, words: list[str], city: City) -> bool:
    """Whether a segment is a place and nothing more: "depan Pasar Santa", "Kel. Bukit Duri", "Jakarta Selatan 12170"."""
    labelled = _AREA_LABEL.match(core)
    if REGION.fullmatch(core) is not None or (labelled is not None and _names_an_area(core[labelled.end() :], city)):
        return True
    area = _names_an_area(core, city)
    if not area and (_PLACE_START.match(core) is None or find_place(core, city) is None):
        return False
    return not _says_more(core, words, city)


def _is_troubled(words: list[str]) -> bool:
    """Whether a problem is told; behind "Haji" any word is a name."""
    return any(word in TROUBLE and (not at or words[at - 1] not in HONOURS) for at, word in enumerate(words))


def _is_house(core: str) -> bool:
    """ "Janur Kuning 3 no 6" behind a name: words and a house number, without a word for street."""
    return _HOUSE_END.search(core) is not None and take_address(core, 0, len(core), strict=False) == (
        0,
        len(core.rstrip(" .)")),
    )


def _named(whole: Segment, core: str, words: list[str], city: City, cased: bool) -> list[Segment]:
    """The segments of one that begins with a name and has nothing behind it but who that is, or an address."""
    name = take_name(core, 0, len(core), introduced=False, cased=cased)
    if name is None or _names_an_area(core, city):
        return []
    if name.end >= len(core.rstrip(" .")):
        return [msgspec.structs.replace(whole, kind="name", sure=name.sure)]
    behind = core[name.end :].lstrip(" ,.(/")
    if (role := _ROLE.match(behind)) is not None:
        behind = behind[role.end() :]
    if not behind.strip(" .)"):
        alone = msgspec.structs.replace(whole, text=core[: name.end], end=whole.start + name.end)
        return [msgspec.structs.replace(alone, kind="name", sure=name.sure)]
    if (home := _AT_HOME.match(behind)) is not None:
        behind = behind[home.end() :]
    if not (_is_address(behind) or (core[name.end : name.end + 2].strip() == "(" and _is_house(behind))):
        return []
    if _UNIT_START.match(behind) and (not name.sure or not _ESTATE_WORDS.isdisjoint(words)):
        return [_kind(whole, "address")]
    return _pair(whole, core, name.end, behind)


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
        if before and before[0] in STREET and words[at][0].lower() in ALLEY:
            continue  # "Jl Pahlawan Komarudin gg Asem"
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


def _is_lodging(core: str, words: list[str]) -> bool:
    """ "Kontrakan Haji Dul", "kamar 14"."""
    lodging = words[0] in LODGINGS or (words[0] == "rumah" and words[1:2] and words[1] in LODGINGS)
    if not lodging or not 1 < len(words) < 6:
        return words[0] in _UNIT_WORDS and _UNIT.fullmatch(core) is not None
    return take_address(core, 0, len(core), strict=False) == (0, len(core.rstrip(" .)")))


def _begins_with_an_area(core: str, city: City) -> bool:
    """ "tebet timur dalam 3 no 6", "ruko Mangga Dua blok E 12": an area's name or a kind of house, and what points at one
    house, without a word for street."""
    words = tokens(core, 60)
    found = hits(core[:60], words, gazetteer(city))
    lodging = words[0].lower in LODGINGS and len(words) > 2
    area = bool(found) and found[0].first == 0 and found[0].after < len(words) and not is_known(words[0].lower)
    if not (area or lodging):
        return False
    return take_address(core, 0, len(core), strict=False) == (0, len(core.rstrip(" .)")))


def _name_and_area(core: str, city: City, cased: bool) -> int:
    """Where the name ends in "Anita Wahyuni tebet mas no 12"; else 0."""
    words = tokens(core, 60)
    for hit in hits(core[:60], words, gazetteer(city)):
        start = words[hit.first].start
        if 0 < hit.first < 5 and _begins_with_an_area(core[start:], city):
            name = take_name(core, 0, start, introduced=False, cased=cased)
            if name is not None and name.end == len(core[:start].rstrip()):
                return name.end
            unknown = _PLACE_START.match(core) is None and all(
                word.lower.isalpha() and not is_common(word.lower) for word in words[: hit.first]
            )
            return len(core[:start].rstrip()) if unknown and hit.first < 4 else 0
    return 0


def _names_an_area(core: str, city: City) -> bool:
    if len(core) > _LONGEST_AREA:
        return False
    words = tokens(core)
    return any(
        hit.after - hit.first == len(words)
        for hit in hits(core, words, gazetteer(city))
        if not (len(words) == 1 and is_known(words[0].lower))
    )


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
        if core.startswith(("di ", "Di ", "DI "), word.start()):
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
