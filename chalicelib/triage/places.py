"""Finds the place of the problem in free text: street, landmark, area. Never guesses a point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chalicelib.domain.place import Place

from .gazetteer import Gazetteer, Hit, Token, gazetteer, hits, is_everyday, is_place, the_area, tokens
from .lazy import Lazy
from .names import case_tells, is_common, is_known
from .words import COMMON, FUNCTION, PROBLEM

if TYPE_CHECKING:
    from chalicelib.city.model import City

SEARCHED = 2000
"""Only this many characters of a text are searched for places (and names): nobody tells where after three pages."""

_STREET = frozenset("jl jln jlan jalan gg gang lorong jalanan".split())
_ESTATE = frozenset("komplek kompleks perumahan perum apartemen apartment rusun rusunawa rusunami asrama cluster".split())
_NO_STREET = frozenset(
    """tol umum utama depan dekat samping seberang belakang aspal beton trotoar lingkungan tikus pintas setapak buntu sempit besar
    kecil layang lurus provinsi kota nasional negara warga desa protokol satu dua tiga jalan lintas pulang kaki terus masuk keluar
    lebar panjang2 pinggir tengah menanjak turunan tanjakan perumahan komplek utamanya kampung""".split()
)
_IN_STREET = frozenset(
    """raya dalam timur barat utara selatan tengah besar kecil lama baru atas bawah pusat i ii iii iv v vi vii viii ix x xi xii xiii
    xiv xv satu dua tiga empat lima enam tujuh delapan sembilan sepuluh ujung pagi petang""".split()
)
_BEFORE_AN_AREA = frozenset("raya terusan taman pasar stasiun kampung inspeksi lingkar kali pintu pondok".split())
_ROMAN_OR_NUMBER = Lazy(r"(?:\d{1,3}[a-z]?|[ivx]{1,5}[a-d]?|[a-h])")
_UNITS = frozenset(
    """hari minggu bulan tahun thn bln jam menit kali x meter m km cm orang org titik unit mobil motor lubang rumah hr ekor lampu
    pohon tiang jalur lajur arah buah kk warga lantai tempat years days weeks months hours""".split()
)
_HOUSE = Lazy(
    r"(?:[ ,.(]{0,3}\b(?:no(?:mor|mer)?\.? ?\d{1,4} ?[a-z]?\b(?:[/\-]\d+)?|rt\.? ?\d{1,3}(?: ?[/,\-]? ?(?:rw\.? ?)?\d{1,3}\b)?|rw\.? ?\d{1,3}"
    r"|(?:blok|blk)\.? ?[a-z]{0,3}\d{0,3}(?:[/\-]?\d+)?\b|km\.? ?\d+(?:[.,]\d+)?|kav\.? ?\d+))+"
)
_RT = Lazy(r"(?<![^\W_])rt\.? ?\d{1,3} ?[/,.\-]? ?(?:(?:rw\.? ?)?\d{1,3}\b)?")
_BLOCK = Lazy(r"(?<![^\W_])blok [a-z]\b(?! ?\d)(?: (?:square|plaza|mall))?")

_BESIDE = frozenset(
    """depan dpn didepan dekat dkt deket didekat seberang sebrang diseberang disebrang samping disamping sebelah disebelah belakang
    blkg dibelakang simpang simpangan perempatan pertigaan prapatan bundaran kolong putaran pojok tikungan near behind opposite
    beside next front""".split()
)
_AROUND = frozenset("di daerah kawasan wilayah sekitar area sepanjang around at ujung bawah kawasannya dikawasan didaerah in".split())
_KINDS = frozenset(
    """stasiun terminal pasar halte shelter jpo underpass flyover jembatan taman waduk situ rptra puskesmas rsud rs rusun rusunawa
    tpu tps sd sdn smp smpn sma sman smk smkn mi mts masjid mesjid mushola gereja vihara klenteng kampus universitas mall mal itc
    apartemen komplek kompleks perumahan kp kampung gor plaza spbu hotel gedung indomaret alfamart kali sungai pintu lapangan
    terowongan gerbang perempatan pertigaan simpang bundaran lampu ruko museum bank station market mosque church school""".split()
)
_PLACE_NOUNS = (_KINDS | frozenset("merah tol air negeri sakit kantor kelurahan kecamatan toko warung warteg pos pom bensin over pass raya baru lama barat timur utara selatan besar stop minimarket minimart circle".split()))  # fmt: skip
_NOT_AFTER = frozenset("rumah rmh sini situ sana ini itu saya sy kami kita jalan umum hari".split())
_OWN_HOME = Lazy(
    r"(?<![^\W_])(?:(?:di ?)?(?:depan|dpn|samping|sebelah|belakang|dekat|dkt|deket|seberang)|di) ?(?:rumah|rmh|kontrakan|kosan|tempat tinggal) ?(?:saya|sy|aku|gue|gw|gua|kami|ku|km)\b"
    r"|(?:in front of|near|behind|at|outside) my (?:house|home)\b"
    r"|rumah (?:saya|sy|kami) (?:di [^.;\n]{3,60}? )?(?:kebanjiran|banjir|tergenang|kebakaran|terbakar|kemasukan|tertimpa|terendam)"
)


def find_place(text: str, city: City) -> Place | None:
    """The place the text tells, or None. `address` is a street (with house and RT/RW), `landmark` what it is near, `area` the
    one kelurahan named; a kecamatan alone is only a landmark, a kota alone is no place."""
    index = gazetteer(city)
    part = text[:SEARCHED]
    words = tokens(part)
    found = hits(part, words, index)
    cased = case_tells(part)
    street = _street(part, words, found, cased)
    taken = street if street is not None else (0, 0)
    areas = [
        hit
        for hit in found
        if not (words[hit.first].start < taken[1] and words[hit.after - 1].end > taken[0])
        and not _in_a_street(words, hit)
        and is_place(part, words, hit, after_address=street is not None and _right_after(part, words, hit, taken[1]))
    ]
    area = the_area(words, areas, index)
    landmark = _landmark(part, words, areas, found, taken, cased)
    if not landmark:
        landmark = _neighbourhood(part, taken) or ("" if street is not None else _district(part, words, areas))
    if street is None and not landmark and area is None:
        return None
    return Place(address=part[slice(*taken)] if street is not None else "", landmark=landmark, area=area)


def place_from(text: str, city: City) -> Place:
    """The place that an answer to "where is it?" means: as `find_place`, or the whole answer as a landmark."""
    place = find_place(text, city)
    if place is None:
        return Place(landmark=text.strip(" ,.;"))
    if not place.address and not place.landmark:
        return Place(landmark=text.strip(" ,.;"), area=place.area)
    return place


def is_street(text: str) -> bool:
    """Whether a text that begins with a word for an address ("jalan", "RT", "blok") goes on like one: "jalan rusak" does not."""
    words = tokens(text[:80])
    if len(words) > 1 and words[0].lower == "di":
        words = words[1:]
    if not words or words[0].lower not in _STREET:
        return True
    return len(words) > 1 and _may_name_a_street(words[0], words[1], cased=True)


def at_own_home(text: str) -> bool:
    """Whether the problem is said to be at the reporter's own home ("di depan rumah saya")."""
    return _OWN_HOME.search(text[:SEARCHED]) is not None


def _right_after(text: str, words: Sequence[Token], hit: Hit, end: int) -> bool:
    start = words[hit.first].start
    return end <= start and not text[end:start].strip(" ,.-()") and start - end < 5


def _in_a_street(words: Sequence[Token], hit: Hit) -> bool:
    """ "Jl Cipinang", "gg Kelinci": a name right behind the word for street is the street's."""
    before = [word.lower for word in words[max(0, hit.first - 2) : hit.first]]
    return bool(before) and (before[-1] in _STREET or (before[-1] in _BEFORE_AN_AREA and before[0] in _STREET))


def _street(text: str, words: Sequence[Token], found: Sequence[Hit], cased: bool) -> tuple[int, int] | None:
    starts = {hit.first: hit for hit in found}
    for position, word in enumerate(words):
        if word.lower in _STREET:
            end = _street_end(text, words, position, starts, cased)
        elif word.lower in _ESTATE:
            end = _estate_end(text, words, position, cased)
        elif word.lower in ("street", "road") and position and words[position - 1].text[0].isupper() and not is_common(words[position - 1].lower):
            return words[position - 1].start, word.end
        else:
            continue
        if end is not None:
            return word.start, end
    return None


def _street_end(text: str, words: Sequence[Token], position: int, starts: dict[int, Hit], cased: bool) -> int | None:
    first = position + 1
    if first >= len(words) or not _joins(text, words[position], words[first]) or not _may_name_a_street(words[position], words[first], cased):
        return None
    at, count, capitals = first, 0, cased and words[first].text[0].isupper()
    while at < len(words) and count < 5:
        word = words[at]
        if at > first and not _joins(text, words[at - 1], word):
            break
        hit = starts.get(at)
        lead = all(earlier.lower in _BEFORE_AN_AREA for earlier in words[first:at])
        if hit is not None and lead and hit.kota is None:
            at, count = hit.after, count + hit.after - at
            continue
        if at > first and (_ends_street(words, at, capitals) or (hit is not None and (not is_everyday(hit.key) or hit.kota))):
            break
        at, count = at + 1, count + 1
    while at - 1 > first and words[at - 1].lower in ("dalam", "ujung", "atas", "bawah") and at < len(words) and _joins(text, words[at - 1], words[at]):
        at -= 1
    if at - first == 1 and words[first].lower in ("raya", "terusan", "inspeksi", "lingkar"):
        return None
    house = _HOUSE.match(text, words[at - 1].end)
    return words[at - 1].end if house is None else words[at - 1].end + len(house[0].rstrip())


def _may_name_a_street(marker: Token, word: Token, cased: bool) -> bool:
    lower = word.lower
    if lower in _NO_STREET or lower in PROBLEM or (lower in FUNCTION and lower not in ("i", "h", "minggu", "siang")):
        return False
    if lower.isdigit():
        return marker.lower not in ("jalan", "jalanan") and len(lower) < 4
    if marker.lower in ("jalan", "jalanan") and is_common(lower) and lower != "raya":
        return cased and word.text[0].isupper() and marker.text[0].isupper()
    return marker.lower != "jalanan"


def _ends_street(words: Sequence[Token], at: int, capitals: bool) -> bool:
    word = words[at]
    lower = word.lower
    if lower.isdigit() or _ROMAN_OR_NUMBER.fullmatch(lower) is not None:
        following = words[at + 1].lower if at + 1 < len(words) else ""
        return following in _UNITS
    if lower in _IN_STREET:
        return False
    if lower in FUNCTION or lower in PROBLEM or lower in _STREET or lower in _BESIDE or lower in _UNITS:
        return True
    return not word.text[0].isupper() if capitals else is_common(lower)


def _joins(text: str, one: Token, other: Token) -> bool:
    gap = text[one.end : other.start]
    return gap in (" ", ". ", ".", "  ", " .") and (gap == " " or len(one.text) <= 6 and one.lower in _STREET_ABBREVIATIONS)


_STREET_ABBREVIATIONS = _STREET | frozenset("h hj kh k dr ir prof jend let letjen mayjen brigjen kol kapt st tb m a b r s i ki nyi rm ra hr pd kp kb tg tn ps".split())


def _estate_end(text: str, words: Sequence[Token], position: int, cased: bool) -> int | None:
    """ "Komplek Polri blok C no 5": an estate counts as an address where a block or number is told."""
    at = position + 1
    while at < len(words) and at < position + 6 and _joins(text, words[at - 1], words[at]) and not _ends_street(words, at, cased and words[at].text[0].isupper()):
        house = _HOUSE.match(text, words[at].end)
        if house is not None:
            return house.end()
        at += 1
    return None


def _landmark(
    text: str, words: Sequence[Token], areas: Sequence[Hit], found: Sequence[Hit], taken: tuple[int, int], cased: bool
) -> str:
    """The best landmark phrase outside the street: one with a preposition, a well-known name, or a kind with its name."""
    inside = {hit.first: hit for hit in found}
    weak = ""
    for position, word in enumerate(words):
        if taken[0] <= word.start < taken[1]:
            continue
        if word.lower in _BESIDE:
            end = _object_end(text, words, position, inside, cased, strict=False)
        elif word.lower in _KINDS:
            end = _object_end(text, words, position, inside, cased, strict=True)
        elif word.lower in _AROUND and not weak:
            end = _object_end(text, words, position, inside, cased, strict=True)
            if end is not None and not _is_area(words, position + 1, areas):
                weak = text[words[position + 1].start : end]
            continue
        else:
            continue
        if end is not None:
            return text[word.start : end]
    block = _BLOCK.search(text)
    known = next((hit for hit in areas if hit.landmark), None)
    if known is not None:
        return text[words[known.first].start : words[known.after - 1].end]
    return block[0] if block is not None and not taken[1] else weak


def _is_area(words: Sequence[Token], position: int, areas: Sequence[Hit]) -> bool:
    return any(hit.first == position for hit in areas) or (position < len(words) and words[position].lower in ("kel", "kelurahan", "kec", "kecamatan"))


def _object_end(
    text: str, words: Sequence[Token], position: int, inside: dict[int, Hit], cased: bool, *, strict: bool
) -> int | None:
    """Where the thing behind a preposition or a kind ("depan …", "stasiun …") ends. `strict`: it must have a name."""
    at, last, named = position + 1, None, False
    if at < len(words) and words[at].lower in ("of", "to", "the", "dari", "ke"):
        at += 1
    capitals = cased and at < len(words) and words[at].text[0].isupper()
    while at < len(words) and at - position < 7:
        word = words[at]
        gap = text[words[at - 1].end : word.start]
        if gap not in (" ", ". ", "-", ".", "/") or (gap != " " and gap != "-" and len(words[at - 1].text) > 3):
            break
        hit = inside.get(at)
        if hit is not None and (not is_everyday(hit.key) or words[at - 1].lower in _KINDS):
            at, named, last = hit.after, True, words[hit.after - 1].end
            continue
        if word.lower in _NOT_AFTER or word.lower in PROBLEM or word.lower in FUNCTION:
            break
        numeral = word.lower.isdigit()
        plain = is_common(word.lower)
        if numeral and (last is None or (at + 1 < len(words) and words[at + 1].lower in _UNITS)):
            break
        if plain and at > position + 1 and not (word.lower in _PLACE_NOUNS or (capitals and word.text[0].isupper())):
            break
        if not plain and strict and cased and not word.text[0].isupper() and not numeral and not named:
            break
        if strict and is_known(word.lower) and not word.text[0].isupper() and words[position].lower in _AROUND:
            break
        if capitals and not word.text[0].isupper() and not plain and not numeral:
            break
        named = named or not (plain or numeral) or (numeral and last is not None) or (capitals and word.text[0].isupper() and plain and at > position + 1)
        last, at = word.end, at + 1
    return last if last is not None and (named or not strict) else None


def _neighbourhood(text: str, taken: tuple[int, int]) -> str:
    found = _RT.search(text)
    if found is None or taken[0] <= found.start() < taken[1]:
        return ""
    return found[0].strip(" ,.-/")


def _district(text: str, words: Sequence[Token], areas: Sequence[Hit]) -> str:
    """A kecamatan's name, as a landmark for want of a better one."""
    hit = next((hit for hit in areas if hit.kecamatan is not None and hit.kelurahan is None), None)
    return "" if hit is None else text[words[hit.first].start : words[hit.after - 1].end]
