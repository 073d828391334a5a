"""Finds what a place is near: "depan Indomaret Kemang", "stasiun Manggarai", "JPO Tendean", a name the pack knows."""

from __future__ import annotations

from collections.abc import Sequence

from .gazetteer import Hit, is_everyday, is_labelled, tokens
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
    rel pos kantor danau indomaret alfamart kali sungai pintu lapangan terowongan gerbang perempatan pertigaan simpang bundaran lampu
    ruko museum bank pulau perum cluster station market mosque church school
    """
)
_PLACE_NOUNS = _KINDS | word_set(
    """
    merah tol air negeri sakit kantor kelurahan kecamatan toko warung warteg pos pom bensin over pass raya baru lama
    barat timur utara selatan besar stop minimarket minimart circle city square center centre residence garden park
    """
)
_FACILITIES = _KINDS - word_set(
    "lampu gerbang pintu pulau perum cluster komplek kompleks perumahan kp kampung indomaret alfamart ruko kali sungai church"
) | {
    "kantor",
    "simpangan",
    "prapatan",
    "mushola",
    "musholla",
}
_NOT_NAMING = COMMON | FUNCTION | PROBLEM | TITLES | _PLACE_NOUNS
_NOT_AFTER = word_set(
    "ane aye aku gue gw gua ku kite kamu rumah rmh sini situ sana ini itu saya sy kami kita jalan umum hari"
)
_LINKS = ("of", "to", "the", "from", "dari", "ke")
_EVEN_SO = ("hi", "pos")  # a greeting, and Jakarta's best-known roundabout; "kode pos"
# What goes on with a name that is no name by itself: "kantor lurah", "pasar ular".
_TOGETHER = {
    "kantor": word_set(
        "lurah camat walikota wali bupati pos polisi pajak imigrasi samsat kelurahan kecamatan bpn kua dishub pln"
    ),
    "wali": word_set("kota"),
    "pasar": word_set(
        "induk inpres kembang burung ikan ular hewan malam kaget seni baru lama pagi tradisional impres gembrong"
    ),
    "pos": word_set("polisi ronda satpam kamling rw rt hansip jaga keamanan damkar"),
    "lapangan": word_set("bola voli volly futsal basket tenis badminton bulutangkis sepakbola banteng merah tembak"),
    "lampu": word_set("merah"),
    "pintu": word_set("air tol masuk keluar utama kereta rel"),
    "kebun": word_set("binatang raya"),
    "taman": word_set("kota makam bermain mini"),
    "rumah": word_set("sakit makan susun duka dinas singgah potong tahanan jompo ibadah pompa"),
    "halte": word_set("busway transjakarta tj bus trans"),
    "stasiun": word_set("kereta krl mrt lrt ka"),
    "simpang": word_set("tiga empat lima enam"),
    "istana": word_set("negara merdeka bogor"),
    "pom": word_set("bensin"),
    "pabrik": word_set("roti tahu tempe kertas"),
    "gardu": word_set("listrik pln induk"),
    "balai": word_set("warga rw kota kartini"),
    "toko": word_set("bangunan besi emas mas roti buku kelontong obat bunga material"),
    "warung": word_set("makan nasi kopi padang tegal madura sembako"),
    "bengkel": word_set("motor mobil las"),
    "bank": word_set("sampah"),
    "tempat": word_set("sampah"),
}
_OTHER_KINDS = ("rumah", "balai", "kebun", "pom", "istana")
_NUMERALS_AND_SIDES = word_set("atas bawah dua tiga empat lima enam tujuh delapan sembilan sepuluh")
# Before the kind of a place these say where at it; before anything else, little.
_WHERE_AT = word_set("bawah ujung pinggir bantaran kolong atas dalam tengah pinggiran pojokan")
# Which of several: "tower B", "pintu 7".
_PART = Lazy(r" (?:tower|blok|blk|gedung|pintu|gate|exit|peron|koridor) ?(?:[a-z]{0,2}\d{1,3}|[a-z])\b")
_NAMED_KINDS = word_set(
    """
    stasiun terminal pasar halte shelter jpo underpass flyover jembatan taman waduk situ danau rptra puskesmas rsud rusun
    rusunawa tpu masjid mesjid mushola musholla gereja vihara klenteng kampus universitas apartemen gor hotel kali museum lapangan
    """
)
_AREA_LABELS = ("kel", "kelurahan", "kec", "kecamatan")
_SCHOOLS = ("sd", "sdn", "smp", "smpn", "sma", "sman", "smk", "smkn", "mi", "mts")
_MOUTH = Lazy(r"(?<![^\W_])(?:di ?)?((?:mulut|ujung|pojok) (?:gang|gg))\b")
_CANAL = Lazy(r"(?<![^\W_])(?:banjir kanal|kanal banjir|kanal) (?:timur|barat)\b|\bbk[tb]\b")
_BLOCK = Lazy(r"(?<![^\W_])blok [a-z]\b(?! ?\d)(?: (?:square|plaza|mall))?")
_RT = Lazy(r"(?<![^\W_])(?:rw\.? ?\d{1,3}\b(?! ?/)|rt\.? ?\d{1,3} ?[/,.\-]? ?(?:(?:rw\.? ?)?\d{1,3}\b)?)")
_ARTICLES = word_set("an al ar as at ash el nurul baitul")
_PRAYER = word_set("masjid mesjid mushola musholla musala surau langgar jami")
_MOST_WORDS = 6


def landmark_in(reading: Reading, street: tuple[int, int], areas: Sequence[Hit]) -> str:
    """The best landmark outside the street: one with a preposition or a kind with its name, then a well-known name, a
    block's letter ("Blok M"), what stands behind "di", and at last RT/RW; "" if there is none."""
    weak = ""
    for position, word in enumerate(reading.words):
        if street[0] <= word.start < street[1]:
            continue
        own = reading.starts.get(position)
        if own is not None and own.kelurahan is not None and not own.landmark and is_labelled(reading.words, own):
            continue
        if word.lower in BESIDE or word.lower in _KINDS or _is_kind_in_two_words(reading, position):
            end = _object_end(reading, position, strict=word.lower not in BESIDE)
            if end is not None:
                return reading.text[_start(reading, position) : _whole_end(reading, end)]
        elif word.lower in _AROUND and not weak and not _is_told(reading, position + 1, street, areas):
            end = _object_end(reading, position, strict=True)
            weak = "" if end is None else reading.text[reading.words[position + 1].start : _whole_end(reading, end)]
    known = next((hit for hit in areas if hit.landmark), None)
    if known is not None:
        return reading.text[reading.words[known.first].start : _whole_end(reading, reading.words[known.after - 1].end)]
    mouth = _MOUTH.search(reading.text)
    weak = weak if weak or mouth is None else mouth[1]
    canal = _CANAL.search(reading.text) if not street[1] and not weak else None
    weak = weak if canal is None else canal[0]
    block = _BLOCK.search(reading.text)
    return block[0] if block is not None and not street[1] else weak or _neighbourhood(reading.text, street)


def _is_kind_in_two_words(reading: Reading, position: int) -> bool:
    """ "rumah sakit", "rumah susun"."""
    word = reading.lower(position)
    return word in _OTHER_KINDS and reading.lower(position + 1) in _TOGETHER[word]


def _start(reading: Reading, position: int) -> int:
    """Where a landmark begins whose preposition or kind stands here: "in front of …", "bawah flyover …"."""
    word, before = reading.lower(position), reading.lower(position - 1)
    wider = (word == "front" and before == "in") or (
        word not in BESIDE
        and (before in _WHERE_AT or (before in _NAMED_KINDS and reading.between(position - 1, position) == " "))
    )
    return reading.words[position - 1 if wider else position].start


def _whole_end(reading: Reading, end: int) -> int:
    """Where a landmark ends with what tells more about it: its part ("tower B"), what it is near, its RT/RW."""
    part = _PART.match(reading.text, end)
    end = end if part is None else part.end()
    at = next((at for at, word in enumerate(reading.words) if word.start >= end), 0)
    if at and reading.lower(at) in BESIDE and reading.text[end : reading.words[at].start] in (" ", ", "):
        end = _object_end(reading, at, strict=False) or end
    neighbourhood = _RT.match(reading.text, end + 1)
    return end if neighbourhood is None else end + len(reading.text[end : neighbourhood.end()].rstrip(" ,.-/"))


def is_named_facility(landmark: str) -> bool:
    """Whether this is one thing that can be found: "halte Harmoni", "depan SDN 03 Cempaka Putih"; not "lampu merah"."""
    words = [word.lower for word in tokens(landmark)]
    at = next((at for at, word in enumerate(words) if word in _FACILITIES), None)
    return at is not None and any(word not in _NOT_NAMING and not word.isdigit() for word in words[at + 1 :])


def _is_told(reading: Reading, position: int, street: tuple[int, int], areas: Sequence[Hit]) -> bool:
    """Whether the street or an area begins with this word."""
    if position < len(reading.words) and street[0] <= reading.words[position].start < street[1]:
        return True
    return any(hit.first == position for hit in areas) or reading.lower(position) in _AREA_LABELS


def _object_end(reading: Reading, position: int, *, strict: bool) -> int | None:
    """Where the thing behind a preposition or a kind ("depan …", "stasiun …") ends. `strict`: it must have a name."""
    first = _behind_links(reading, position)
    at, last, named, joined = first, None, False, False
    while at < len(reading.words) and at - position <= _MOST_WORDS and _follows(reading, at):
        hit, lower = reading.starts.get(at), reading.lower(at)
        if at > first and _is_article(reading, at):
            at += 1
            continue
        if lower in _TOGETHER.get(reading.lower(at - 1), ()):
            at, joined = at + 1, True
        elif hit is not None and (not is_everyday(hit.key) or joined or reading.lower(at - 1) in _KINDS):
            at, named = hit.after, True
        elif lower in _NUMERALS_AND_SIDES and named and reading.lower(at + 1) not in UNITS:
            at += 1
        elif _breaks(reading, at, position, first=last is None, unnamed=strict and not named):
            break
        else:
            named = named or _gives_a_name(reading, at, position, first=last is None)
            at += 1
        last = reading.words[at - 1].end
    while last is not None and at - 1 > first and _calls(reading, at - 1):
        at -= 1  # "depan puskesmas pak": the one who is spoken to
        last = reading.words[at - 1].end
    named = named or (joined and last is not None and _RT.match(reading.text, last + 1) is not None)
    return last if last is not None and (named or not strict) else None


def _behind_links(reading: Reading, position: int) -> int:
    """The first word of a thing behind its preposition: "next to the …"."""
    position += 1 + (reading.lower(position + 1) in _LINKS)
    return position + (reading.lower(position) == "the")


def _breaks(reading: Reading, at: int, position: int, *, first: bool, unnamed: bool) -> bool:
    """Whether the name of the thing ends before this word. `first`: none of it is read yet; `unnamed`: it needs a name,
    and has none yet."""
    lower, capital = reading.lower(at), reading.is_capital(at)
    capitals = reading.is_capital(_behind_links(reading, position))
    if (
        lower in _NOT_AFTER
        or (lower in PROBLEM and not (capital and lower in _PLACE_NOUNS))
        or (lower in FUNCTION and lower not in _EVEN_SO)
    ):
        return True
    if lower.isdigit():
        return (first and reading.lower(position) not in _SCHOOLS) or reading.lower(at + 1) in UNITS
    if is_common(lower):
        return not (
            first
            or lower in _PLACE_NOUNS
            or (
                capital and (capitals or (not first and reading.is_capital(at - 1)) or reading.words[at].text.isupper())
            )
        )
    sure_kind, around = reading.lower(position) in _NAMED_KINDS, reading.lower(position) in _AROUND
    return not capital and (capitals or _needs_capital(reading, lower, unnamed and not sure_kind, around))


def _gives_a_name(reading: Reading, at: int, position: int, *, first: bool) -> bool:
    """Whether this word makes a thing findable: a word that is none of the language, a school's number."""
    lower = reading.lower(at)
    if lower.isdigit():
        return not first or reading.lower(position) in _SCHOOLS
    return not is_common(lower) or (not first and reading.is_capital(position + 1) and reading.is_capital(at))


def _calls(reading: Reading, at: int) -> bool:
    """Whether this title is the one who is spoken to, and not gold ("Cempaka Mas")."""
    return reading.lower(at) in TITLES and not (reading.lower(at) == "mas" and not is_common(reading.lower(at - 1)))


def _is_article(reading: Reading, at: int) -> bool:
    """ "masjid an nur"."""
    return reading.lower(at) in _ARTICLES and reading.lower(at - 1) in _PRAYER


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
