"""How an Indonesian address is written, and where one that begins here ends."""

from __future__ import annotations

import re

from .lazy import Lazy
from .names import is_common, is_known
from .words import FUNCTION, PROBLEM, word_set

# What an address begins with. "jalan" is a street only before a name: see `places`.
ADDRESS_START = Lazy(
    r"(?:di )?(?:(?:rt|rw)(?=[ .]{0,2}\d)|(?:jl|jln|jlan|jalan|gg|gang|lorong|blok|blk|komp|komplek|kompleks|perum|perumahan|kp|kmp|kampung|kav|kavling|apart|apartemen"
    r"|apartment|apt|rusun|rusunawa|rusunami|kel|kelurahan|kec|kecamatan|asrama|cluster|town ?house|no|street|st)\b)\.? ?(?=[^\W_])"
)
_WORD = Lazy(r"[^\W_]+(?:[’'/\-][^\W_]+)*")
_ALLOWED = word_set(
    """
    rt rw no kel kec jl jln jalan gg gang blok kav lt lantai km di dekat dkt depan dpn rumah rmh kos kontrakan
    minggu pos kode satu dua tiga empat lima enam tujuh delapan sembilan sepuluh atas bawah dalam dlm h dr sebelah i
    bulan senin nomor nomer pertama naik lama pada pemda sabtu jumat in on st street
    """
)
_STOP = (FUNCTION | PROBLEM) - _ALLOWED - {"a"}
_GOES_ON = word_set(
    """
    rt rw no kel kelurahan kec kecamatan blok blk kav lt lantai jakarta jakpus jaksel jakbar jaktim jakut dki kota
    komplek kompleks perumahan perum kode pos indonesia kp kampung nomor gg gang jl jln jalan dekat depan samping
    belakang seberang rumah unit tower apartemen
    """
)
_BEGINS_A_SENTENCE = word_set("jl jln jalan dekat depan samping belakang seberang rumah")
_ABBREVIATED = word_set(
    """
    moh muh mohammad abd apt apart jl jln gg no kel kec rt rw kp komp perum blok blk kav lt h hj dr st jend let kol kapt mayjen brigjen ki prof ir
    kh k r a m s letjen tb kmp km dkt dpn sebr
    """
)
_CALLS = ("pak", "bu", "min", "kak", "gan", "bang", "mbak", "om", "bos", "admin", "bapak", "ibu")
_HONOURS = ("h", "hj", "kh", "haji", "hajah", "kyai")
LODGINGS = word_set("rukan residence kontrakan kos kost kosan kostan wisma mess gedung ruko kios los")
_PARTS = ("tower", "unit", "lantai", "lt", "kamar")
_ROMAN = Lazy(r"[IVX]{1,5}[A-D]?", 0)
_STREETS = ("jl", "jln", "jalan", "gg", "gang", "rt", "blok")
_MOST_WORDS = 26
_PIECE_END = Lazy(r"[,;\n]|[.!?](?: |$)")
_LONGEST_PIECE, _MOST_PIECE_WORDS = 60, 4


def take_address(text: str, start: int, end: int, *, strict: bool) -> tuple[int, int] | None:
    """Start and end of the address that begins at `start` and ends before `end`, or None. `strict`: only what cannot
    be the rest of a sentence ("tinggal di lingkungan kumuh")."""
    first = _WORD.match(text, _skip(text, start, end))
    if first is None or first.end() > end:
        return None
    lower = first[0].lower()
    if lower in _STOP and lower not in LODGINGS:
        return None
    if (
        strict
        and ADDRESS_START.match(text, first.start()) is None
        and is_common(lower)
        and not is_lodging(text, first.start())
    ):
        return None
    last, previous, count = first.end(), lower, 1
    while count < _MOST_WORDS:
        word = _WORD.search(text, last)
        if word is None or word.end() > end:
            break
        lower = word[0].lower()
        following = _WORD.match(text, _skip(text, word.end(), end)) if lower in ("jalan", "jln", "jl") else None
        if following is not None and (
            following[0].lower() in PROBLEM or following[0].lower() in ("umum", "utama", "aspal")
        ):
            break
        if lower.split("/")[0] in _STOP and not _is_within_a_name(text, first.start(), word, previous, count):
            break
        gap = text[last : word.start()]
        behind = _piece(text, word) if "," in gap else []
        if not _continues(gap, previous, word[0], lower, long=_is_long(behind), named=_is_named(behind)):
            break
        last, previous, count = word.end(), lower, count + 1
    while previous in ("di", "dekat", "dkt", "depan", "dpn", "no", "pada", "dalam", "in", "on"):
        last = _trim(text, first.start(), last)
        previous = text[first.start() : last].rsplit(None, 1)[-1].lower() if last > first.start() else ""
    while previous in _CALLS:
        last = _trim(text, first.start(), last)
        previous = text[first.start() : last].rsplit(None, 1)[-1].lower() if last > first.start() else ""
    return (first.start(), last) if last > first.start() else None


def _is_within_a_name(text: str, start: int, word: re.Match[str], previous: str, count: int) -> bool:
    """Whether a word of grammar or of trouble is a part of the street's name here."""
    if previous in _STREETS and word[0][0].isupper() and text[word.end() + 1 : word.end() + 2].isupper():
        return True
    if (previous in _HONOURS and word[0].lower() != "di") or _ROMAN.fullmatch(word[0]) is not None:
        return True
    return count == 2 and _names_a_street(text, start, word)


def _names_a_street(text: str, start: int, word: re.Match[str]) -> bool:
    """Whether a word of grammar belongs to a street's name: "Jalan Batu Tulis Raya"."""
    behind = text[word.end() : word.end() + 6].lower()
    capitals = all(part[0].isupper() and not part.isupper() for part in text[start : word.end()].split())
    return capitals and behind.startswith((" raya", " dalam", " timur", " barat", " no", " i", " v", " 1", " 2", " 3"))


def _piece(text: str, word: re.Match[str]) -> list[str]:
    """The words from this one up to the next comma or the end of the sentence."""
    return _PIECE_END.split(text[word.start() : word.start() + _LONGEST_PIECE], maxsplit=1)[0].split()


def _is_long(piece: list[str]) -> bool:
    """Whether more stands behind a comma than an area's name."""
    return len(piece) > _MOST_PIECE_WORDS and not any(part.lower().strip(".") in _GOES_ON for part in piece)


def _is_named(piece: list[str]) -> bool:
    """Whether an area's name of common words stands behind a comma: "Tanah Kusir"."""
    return 1 < len(piece) < _MOST_PIECE_WORDS and all(
        part[0].isupper() and not part.isupper() and part.lower() not in _STOP and not is_known(part.lower())
        for part in piece
    )


def is_lodging(text: str, start: int) -> bool:
    """ "kontrakan haji Amin jl Kancil 3": a house named by its owner, with its street."""
    words = [word[0].lower() for word in _WORD.finditer(text, start, start + 60)][:6]
    if not words:
        return False
    unit = words[0] in _PARTS and any(word[-1].isdigit() for word in words[1:])
    return unit or (words[0] in LODGINGS and any(word in _STREETS or word[-1].isdigit() for word in words[1:]))


def _skip(text: str, start: int, end: int) -> int:
    while start < end and text[start] in " \t,:-(\n":
        start += 1
    return start


def _trim(text: str, first: int, last: int) -> int:
    kept = text[first:last].rstrip().rsplit(None, 1)
    return first + len(kept[0].rstrip(" ,.")) if len(kept) == 2 else first


def _continues(gap: str, previous: str, word: str, lower: str, *, long: bool, named: bool) -> bool:
    """Whether an address goes on over this gap between `previous` and `word`; `long`: a sentence begins behind it."""
    if gap == " ":
        return True
    if len(gap) > 6 or any(mark in gap for mark in ";|!?=[]@"):
        return False
    if "\n" in gap:
        return lower in _GOES_ON and lower not in ("jl", "jln", "jalan")
    if "." in gap and previous not in _ABBREVIATED and not previous[-1:].isdigit():
        return (gap == "." and word[0].isdigit()) or (lower in _GOES_ON and lower not in _BEGINS_A_SENTENCE)
    if "." in gap and previous[-1:].isdigit() and " " in gap:
        return lower in _GOES_ON and lower not in _BEGINS_A_SENTENCE
    if "," in gap or " - " in gap or "(" in gap or ")" in gap:
        return lower in _GOES_ON or word[0].isdigit() or not (is_common(lower) or is_known(lower) or long) or named
    return True


def strip_house(address: str) -> str:
    """The street (with its landmark or area) without what points at one house: number, RT/RW, block, unit."""
    street = _HOUSE.sub(" ", address)
    return _EDGES.sub("", _BLANKS.sub(" ", street).replace(" ,", ","))


_HOUSE = Lazy(
    r",? ?\b(?:no(?:mor)?\.? ?\d+ ?[a-z]?(?:[/\-]\d+)?|rt\.? ?\d+(?: ?[/\-] ?(?:rw\.? ?)?\d+)?|rw\.? ?\d+|(?:blok|blk|kav|unit|tower|lt|lantai)\.? ?[\w/\-]+)\b"
    r"|(?<=[^\W\d_]) \d{1,3} ?[a-z]?(?:[/\-]\d+)?(?=$|[ ,])"
)
_BLANKS = Lazy(r"\s+")
_EDGES = Lazy(r"^[ ,.;\-]+|[ ,;\-]+$")
