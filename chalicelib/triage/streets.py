"""Finds a street in free text: "Jl Kemang Raya no 5", "gg kelinci 3 rt 4/2"; "jalan rusak" is none."""

from __future__ import annotations

from collections.abc import Sequence

from .gazetteer import Token, is_everyday, tokens
from .lazy import Lazy
from .names import is_common
from .reading import Reading
from .words import COMMON, FUNCTION, PROBLEM, word_set

_GLUED = ("dijl", "dijln", "dijalan", "digang", "digg")
STREET = word_set("jl jln jlan jalan gg gang lorong jalanan dijl dijln dijalan digang digg")
ALLEY = ("gg", "gang", "gng", "lorong", "lrg")
HONOURS = word_set("p pangeran raden rd kapten h hj haji kh k.h kyai ki moh muh mohammad abd abdul dr ir prof tb r")
BEFORE_AN_AREA = word_set("raya terusan taman pasar stasiun kampung inspeksi lingkar kali saluran pintu pondok")
UNITS = word_set(
    """
    hari minggu bulan tahun thn bln jam menit kali x meter m km cm orang org titik unit mobil motor lubang rumah hr
    ekor lampu pohon tiang jalur lajur arah buah kk warga lantai tempat years days weeks months hours
    """
)
BESIDE = word_set(
    """
    depan dpn didepan dekat dkt deket didekat seberang sebrang diseberang disebrang samping disamping sebelah
    disebelah belakang blkg dibelakang parkiran pelataran simpang simpangan perempatan pertigaan prapatan bundaran kolong putaran pojok
    tikungan near behind opposite beside next front across
    """
)
_ESTATE = word_set("komplek kompleks perumahan perum apartemen apartment rusun rusunawa rusunami asrama cluster")
_ENGLISH = ("street", "road")
_NO_STREET = word_set(
    """
    tol umum utama depan dekat samping seberang belakang aspal beton trotoar lingkungan tikus pintas setapak sempit
    besar kecil layang lurus provinsi kota nasional negara warga desa protokol satu dua tiga jalan lintas pulang
    kaki akses terus masuk keluar lebar pinggir tengah menanjak turunan tanjakan perumahan komplek utamanya kampung
    """
)
_FUNCTION_IN_NAMES = ("i", "minggu", "siang")
_NEVER_NAMES = word_set("di ke dari dan dn yang yg saya sy kami ada ini itu mohon tolong tlg sudah sdh dengan")
_ROMAN = Lazy(r"[IVX]{1,5}[A-D]?", 0)
_IN_STREET = word_set(
    """
    raya dalam timur barat utara selatan tengah besar kecil lama baru atas bawah pusat i ii iii iv v vi vii viii ix
    x xi xii xiii xiv xv terusan utama tanjakan inpres persil satu dua tiga empat lima enam tujuh delapan sembilan sepuluh ujung pagi petang
    """
)
_ADJECTIVES = ("panjang",)
_AT_ITS_SIDE = word_set(
    "depan dpn didepan samping disamping sebelah disebelah seberang sebrang diseberang disebrang belakang dibelakang"
)
_LAST_WORDS = ("panjang", "belakang", "tinggi", "luar", "pendek")
_NO_NAME_ALONE = ("kampung", "raya", "terusan", "inspeksi", "lingkar")
_ABBREVIATIONS = STREET | word_set(
    """
    p rd h hj kh k dr ir prof jend jendral jenderal moh muh mohammad abd abdul let letjen mayjen brigjen kol kapt st tb m a b r s i ki nyi rm ra hr pd kp kb tg tn ps
    """
)
_NUMERAL = Lazy(r"(?:\d{1,3}[a-z]?|[ivx]{1,5}[a-d]?|[a-h])")
_HOUSE = Lazy(
    r"(?:[ ,.(]{0,3}\b(?:no(?:mor|mer)?\.? ?\d{1,4} ?[a-z]?\b(?:[/\-]\d+)?|rw\.? ?\d{1,3}"
    r"|rt\.? ?\d{1,3}(?: ?[/,\-]? ?(?:rw\.? ?)?\d{1,3}\b)?"
    r"|(?:blok|blk)\.? ?[a-z]{0,3}\d{0,3}(?:[/\-]?\d+)?\b|km\.? ?\d+(?:[.,]\d+)?|kav\.? ?\d+))+"
)
_MOST_WORDS = 5


def street_in(reading: Reading) -> tuple[int, int] | None:
    """Start and end of the first street (or estate with a block or house number), with what points at the house."""
    beside: tuple[int, int] | None = None
    for position, word in enumerate(reading.words):
        end: int | None = None
        if word.lower in STREET:
            end = _street_end(reading, position)
        elif word.lower in _ESTATE:
            end = _estate_end(reading, position)
        elif word.lower in _ENGLISH and reading.is_capital(position - 1) and not is_common(reading.lower(position - 1)):
            return reading.words[position - 1].start, word.end
        if end is not None and reading.lower(position - 1) not in _AT_ITS_SIDE:
            return word.start + 2 * (word.lower in _GLUED), end
        beside = beside or (None if end is None else (word.start, end))  # "depan gang Rambutan, jl Pejaten Raya"
    return beside


def is_street_word(lower: str) -> bool:
    """Whether a word stands in a street's name before a person's: "jl", "jend", "kh"."""
    return lower in _ABBREVIATIONS


def is_street(text: str) -> bool:
    """Whether a text that begins with a word for an address ("jalan", "RT", "blok") goes on like one: "jalan rusak"
    does not."""
    words = tokens(text[:80])
    if len(words) > 1 and words[0].lower == "di":
        words = words[1:]
    if not words or words[0].lower not in STREET:
        return True
    return len(words) > 1 and _may_name_a_street(words[0], words[1], capital=words[1].text[0].isupper())


def _street_end(reading: Reading, position: int) -> int | None:
    words, first = reading.words, position + 1
    if not _joined(reading, position) or not _may_name_a_street(
        words[position], words[first], capital=reading.is_capital(first), sure=_is_sure(reading, first)
    ):
        return None
    at, capitals, titled = first, reading.is_capital(first), False
    while at < len(words) and at - first < _MOST_WORDS and (at == first or _joined(reading, at - 1)):
        hit = reading.starts.get(at)
        if hit is not None and hit.kota is None and all(word.lower in BEFORE_AN_AREA for word in words[first:at]):
            at = hit.after
            continue
        area = hit is not None and (not is_everyday(hit.key) or hit.kota is not None)
        part = at > first and reading.lower(at) in BEFORE_AN_AREA and _only_parts(words[first:at])
        if (
            at > first
            and not part
            and (area or _ends_street(reading, at, capitals=capitals, titled=titled, second=at == first + 1))
        ):
            break
        titled = reading.lower(at) in HONOURS
        at += 1
    if at - 1 > first and reading.lower(at - 1) == "dalam" and reading.lower(at) in COMMON - PROBLEM:
        at -= 1  # "jl mawar dalam kondisi gelap"
    if at - first == 1 and words[first].lower in _NO_NAME_ALONE:
        return None
    return _with_house(reading, at, words[at - 1].end)


def _with_house(reading: Reading, at: int, end: int) -> int:
    """Where a street ends that is named up to the word `at`: with its house, and with the alley off it."""
    housed = house_end(reading.text, end)
    if housed > end:
        end = housed
        while at < len(reading.words) and reading.words[at].start < end:
            at += 1
    if reading.lower(at) in ALLEY and reading.text[end : reading.words[at].start] in (" ", ", "):
        alley = _street_end(reading, at)
        return end if alley is None else alley
    return end


def house_end(text: str, end: int) -> int:
    """Where a street's name that ends here ends with number, RT/RW and kilometre."""
    house = _HOUSE.match(text, end)
    return end if house is None else house.start() + len(house[0].rstrip())


def _only_parts(words: Sequence[Token]) -> bool:
    return all(word.lower in BEFORE_AN_AREA for word in words)


def _is_sure(reading: Reading, at: int) -> bool:
    """Whether a word that may mean anything is a street's name by what follows: "Jl Balap Sepeda", "jalan panjang arah …"."""
    following = reading.lower(at + 1)
    if reading.lower(at) in _NO_STREET and following != "raya":
        return False
    if reading.is_capital(at) and reading.is_capital(at + 1) and _joined(reading, at):
        return True
    if not reading.cased and reading.lower(at) in COMMON - PROBLEM - UNITS and _joined(reading, at):
        return following.isalpha() and len(following) > 4 and not is_common(following) and following not in STREET
    return reading.lower(at) in _ADJECTIVES and (following in BESIDE or following in ("arah", "no", "raya"))


def _may_name_a_street(marker: Token, word: Token, *, capital: bool, sure: bool = False) -> bool:
    """Whether a street's name may begin with this word. "jl" is nearly always a street, "jalan" often just the
    road."""
    lower = word.lower
    if sure and lower not in STREET and (lower not in _NEVER_NAMES or word.text == "DI"):
        return True
    if lower == "kampung" and (capital or marker.lower in ("jl", "jln", "gg", "gang")):
        return True
    if (
        lower in STREET
        or lower in _NO_STREET
        or lower in PROBLEM
        or (lower in FUNCTION and lower not in _FUNCTION_IN_NAMES)
    ):
        return False
    plain = marker.lower in ("jalan", "jalanan")
    if lower.isdigit():
        return not plain and len(lower) < 4
    if plain and is_common(lower) and lower != "raya":
        return capital and marker.text[0].isupper()
    return marker.lower != "jalanan"


def _ends_street(reading: Reading, at: int, *, capitals: bool, titled: bool = False, second: bool = False) -> bool:
    """Whether a street's name ends before this word; a number ends it only before a unit ("3 hari"). `titled`: behind
    "H." or the like anything may be a name; `second`: the name's second word may be a common one that has a number behind
    it ("jl percetakan negara 2c")."""
    lower = reading.lower(at)
    if _NUMERAL.fullmatch(lower) is not None:
        return reading.lower(at + 1) in UNITS
    if lower in _IN_STREET or is_roman(reading.words[at].text):
        return False
    if titled and reading.is_capital(at):
        return False
    if second and lower in _LAST_WORDS and _closes(reading, at + 1):
        return False
    if second and capitals and reading.is_capital(at) and _goes_on(reading, at):
        return False
    if lower in FUNCTION or lower in PROBLEM or lower in STREET or lower in BESIDE or lower in UNITS:
        return True
    if titled:
        return False
    if capitals:
        return not reading.is_capital(at)
    return is_common(lower) and not (second and _is_number(reading, at + 1))


def is_roman(word: str) -> bool:
    """Whether this numbers a street: "Jl. Pondok Labu IA"."""
    return _ROMAN.fullmatch(word) is not None


def _goes_on(reading: Reading, at: int) -> bool:
    """Whether a word of grammar stands within a street's name: "Jalan Batu Tulis Raya"."""
    lower, following = reading.lower(at), reading.lower(at + 1)
    if lower in _NEVER_NAMES or lower in STREET or lower in BESIDE or lower in PROBLEM or not _joined(reading, at):
        return False
    return following in _IN_STREET or (reading.is_capital(at + 1) and not is_common(following))


def _closes(reading: Reading, at: int) -> bool:
    """Whether a street's name may end before this place: at the text's end, before a number or what the street is near."""
    following = reading.lower(at)
    return not following or following[:1].isdigit() or following in BESIDE or following in ("no", "rt", "arah", "raya")


def _is_number(reading: Reading, at: int) -> bool:
    word = reading.lower(at)
    if at < len(reading.words) and is_roman(reading.words[at].text):
        return True
    return word[:1].isdigit() and _NUMERAL.fullmatch(word) is not None and reading.lower(at + 1) not in UNITS


def _joined(reading: Reading, at: int) -> bool:
    """Whether the next word follows with nothing but a blank, or the dot of an abbreviation, between."""
    if at + 1 >= len(reading.words):
        return False
    gap = reading.between(at, at + 1)
    return gap == " " or (gap in (". ", ".", "  ", " .") and reading.lower(at) in _ABBREVIATIONS)


def _estate_end(reading: Reading, position: int) -> int | None:
    """ "Komplek Polri blok C no 5": an estate counts as an address where a block or number is told."""
    for at in range(position + 1, min(position + 6, len(reading.words))):
        if not _joined(reading, at - 1) or _ends_street(reading, at, capitals=reading.is_capital(at)):
            return None
        house = _HOUSE.match(reading.text, reading.words[at].end)
        if house is not None:
            return reading.words[at].end + len(house[0].rstrip())
    return None
