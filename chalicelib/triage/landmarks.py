"""Finds what a place is near: "depan Indomaret Kemang", "stasiun Manggarai", "JPO Tendean", a name the pack knows."""

from __future__ import annotations

from collections.abc import Sequence

from .gazetteer import Hit, is_everyday, tokens
from .lazy import Lazy
from .names import is_common, is_known
from .reading import Reading
from .streets import BESIDE, UNITS
from .words import COMMON, FUNCTION, PROBLEM, TITLES, word_set

_AROUND = word_set("di daerah kawasan wilayah sekitar area sepanjang around at ujung bawah dikawasan didaerah in")
_KINDS = word_set(
    """
    stasiun terminal pasar halte shelter jpo underpass flyover jembatan taman waduk situ rptra puskesmas rsud rs
    rusun rusunawa tpu tps sd sdn smp smpn sma sman smk smkn mi mts masjid mesjid mushola gereja vihara klenteng
    kampus universitas mall mal itc apartemen komplek kompleks perumahan kp kampung gor plaza spbu hotel gedung
    indomaret alfamart kali sungai pintu lapangan terowongan gerbang perempatan pertigaan simpang bundaran lampu
    ruko museum bank station market mosque church school
    """
)
_PLACE_NOUNS = _KINDS | word_set(
    """
    merah tol air negeri sakit kantor kelurahan kecamatan toko warung warteg pos pom bensin over pass raya baru lama
    barat timur utara selatan besar stop minimarket minimart circle
    """
)
_FACILITIES = _KINDS - word_set(
    "lampu gerbang pintu komplek kompleks perumahan kp kampung indomaret alfamart ruko kali sungai church"
) | {
    "kantor",
    "simpangan",
    "prapatan",
    "mushola",
    "musholla",
}
_NOT_NAMING = COMMON | FUNCTION | PROBLEM | TITLES | _PLACE_NOUNS
_NOT_AFTER = word_set("rumah rmh sini situ sana ini itu saya sy kami kita jalan umum hari")
_LINKS = ("of", "to", "the", "dari", "ke")
_EVEN_SO = ("hi",)  # a greeting, and Jakarta's best-known roundabout
_AREA_LABELS = ("kel", "kelurahan", "kec", "kecamatan")
_SCHOOLS = ("sd", "sdn", "smp", "smpn", "sma", "sman", "smk", "smkn", "mi", "mts")
_MOUTH = Lazy(r"(?<![^\W_])(?:di ?)?((?:mulut|ujung|pojok) (?:gang|gg))\b")
_BLOCK = Lazy(r"(?<![^\W_])blok [a-z]\b(?! ?\d)(?: (?:square|plaza|mall))?")
_RT = Lazy(r"(?<![^\W_])rt\.? ?\d{1,3} ?[/,.\-]? ?(?:(?:rw\.? ?)?\d{1,3}\b)?")
_MOST_WORDS = 6


def landmark_in(reading: Reading, street: tuple[int, int], areas: Sequence[Hit]) -> str:
    """The best landmark outside the street: one with a preposition or a kind with its name, then a well-known name, a
    block's letter ("Blok M"), what stands behind "di", and at last RT/RW; "" if there is none."""
    weak = ""
    for position, word in enumerate(reading.words):
        if street[0] <= word.start < street[1]:
            continue
        if word.lower in BESIDE or word.lower in _KINDS:
            end = _object_end(reading, position, strict=word.lower not in BESIDE)
            if end is not None:
                first = position - 1 if word.lower == "front" and reading.lower(position - 1) == "in" else position
                return reading.text[reading.words[first].start : end]
        elif word.lower in _AROUND and not weak and not _is_area(reading, position + 1, areas):
            end = _object_end(reading, position, strict=True)
            weak = "" if end is None else reading.text[reading.words[position + 1].start : end]
    known = next((hit for hit in areas if hit.landmark), None)
    if known is not None:
        return reading.told(known)
    mouth = _MOUTH.search(reading.text)
    weak = weak if weak or mouth is None else mouth[1]
    block = _BLOCK.search(reading.text)
    return block[0] if block is not None and not street[1] else weak or _neighbourhood(reading.text, street)


def is_named_facility(landmark: str) -> bool:
    """Whether this is one thing that can be found: "halte Harmoni", "depan SDN 03 Cempaka Putih"; not "lampu merah"."""
    words = [word.lower for word in tokens(landmark)]
    at = next((at for at, word in enumerate(words) if word in _FACILITIES), None)
    return at is not None and any(word not in _NOT_NAMING and not word.isdigit() for word in words[at + 1 :])


def _is_area(reading: Reading, position: int, areas: Sequence[Hit]) -> bool:
    return any(hit.first == position for hit in areas) or reading.lower(position) in _AREA_LABELS


def _object_end(reading: Reading, position: int, *, strict: bool) -> int | None:
    """Where the thing behind a preposition or a kind ("depan …", "stasiun …") ends. `strict`: it must have a name."""
    first = position + 2 if reading.lower(position + 1) in _LINKS else position + 1
    capitals, around = reading.is_capital(first), reading.lower(position) in _AROUND
    at, last, named = first, None, False
    while at < len(reading.words) and at - position <= _MOST_WORDS and _follows(reading, at):
        hit = reading.starts.get(at)
        if hit is not None and (not is_everyday(hit.key) or reading.lower(at - 1) in _KINDS):
            at, named, last = hit.after, True, reading.words[hit.after - 1].end
            continue
        lower, capital = reading.lower(at), reading.is_capital(at)
        plain, numeral = is_common(lower), lower.isdigit()
        if lower in _NOT_AFTER or lower in PROBLEM or (lower in FUNCTION and lower not in _EVEN_SO):
            break
        if numeral and ((last is None and reading.lower(position) not in _SCHOOLS) or reading.lower(at + 1) in UNITS):
            break
        if plain and at > first and not (lower in _PLACE_NOUNS or (capitals and capital)):
            break
        if (
            not plain
            and not numeral
            and not capital
            and (capitals or _needs_capital(reading, lower, strict and not named, around))
        ):
            break
        named = named or not (plain or numeral) or (at > first and (numeral or (capitals and capital)))
        last, at = reading.words[at].end, at + 1
    while last is not None and at - 1 > first and reading.lower(at - 1) in TITLES:
        at -= 1  # "depan puskesmas pak": the one who is spoken to
        last = reading.words[at - 1].end
    return last if last is not None and (named or not strict) else None


def _needs_capital(reading: Reading, lower: str, strict: bool, around: bool) -> bool:
    """Whether an uncommon word in small letters is no name here: a typing mistake more likely, or a person."""
    return strict and (reading.cased or (around and is_known(lower)))


def _follows(reading: Reading, at: int) -> bool:
    gap = reading.between(at - 1, at)
    return gap in (" ", "-") or (gap in (". ", ".", "/") and len(reading.words[at - 1].text) <= 3)


def _neighbourhood(text: str, street: tuple[int, int]) -> str:
    found = _RT.search(text)
    if found is None or street[0] <= found.start() < street[1]:
        return ""
    return found[0].strip(" ,.-/")
