"""The city's area names, found in free text by whole words: "kel. Menteng", "kb jeruk", "setia budi". One index per
city."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from .lazy import Lazy
from .names import case_tells
from .per_city import per_city
from .words import COMMON, FUNCTION, NAMES, PROBLEM, word_map, word_set

if TYPE_CHECKING:
    from chalicelib.city.model import City

_TOKEN = Lazy(r"[^\W_]+(?:['’][^\W_]+)*")
_MOST_WORDS = 4
_ABBREVIATIONS = word_map(
    """
    kb=kebon kbn=kebon kebun=kebon pd=pondok pdk=pondok ps=pasar psr=pasar tj=tanjung tjg=tanjung tg=tanjung tn=tanah
    tnh=tanah kp=kampung kpg=kampung kmp=kampung utr=utara slt=selatan sltn=selatan sel=selatan brt=barat tmr=timur
    tim=timur klp=kelapa keb=kebayoran gng=gunung cmp=cempaka cemp=cempaka lt=lenteng pl=pulo jakpus=jakartapusat
    jaksel=jakartaselatan jakbar=jakartabarat jaktim=jakartatimur jakut=jakartautara pusat=pusat jkt=jakarta
    jak=jakarta
    """
)
# Area names that mean something else in everyday Indonesian (plants, things, persons, other places): they need more
# evidence.
_EVERYDAY = word_set(
    """
    jati karet dukuh gunung guntur kenari tangki rambutan gedong kapuk bungur bangka serdang makasar gelora kramat
    setu galur kamal gambir senen pulo tengah baru kartini ancol ceger angke kayuputih kayumanis tanahtinggi
    batuampar sumurbatu kalibaru pasarbaru kalianyar jembatanbesi jembatanlima kebonbaru kebonkosong kebonkelapa
    pondokkopi pondokkelapa mangaabesar manggabesar kampungbaru keagungan warakas menjangan duri durian selong koja
    lagoa munjul tambora taman pancoran
    """
)
# Even after "di" these are no place: "di tengah jalan", "di gunung".
_NEVER_AFTER_IN = word_set("tengah baru gunung karet jati pulo dukuh tangki taman")
_AREA_WORDS = word_set("kel kelurahan desa kelurahannya")
_NEIGHBOURHOOD = ("rt", "rw")
DISTRICT_WORDS = word_set("kec kecamatan")
_IN = word_set(
    """
    di daerah wilayah kawasan sekitar area stasiun pasar terminal kampung halte puskesmas perempatan pertigaan simpang
    flyover underpass rptra dikawasan didaerah in at near around
    """
)
_ELSEWHERE = word_set(
    """
    arah menuju jurusan ke dari kali sungai ci tol rute lp lapas pt cv hotel rs rsud kearah via towards
    """
)


class Token(msgspec.Struct, frozen=True):
    """A word of a text, with its place."""

    text: str
    lower: str
    start: int
    end: int


class Hit(msgspec.Struct, frozen=True):
    """An area's name in a text: tokens `first` up to but not including `after`; `codes` are areas of `level`."""

    first: int
    after: int
    key: str
    kelurahan: str | None
    kecamatan: str | None
    kota: str | None
    landmark: bool = False


class Gazetteer(msgspec.Struct, frozen=True):
    """Joined lower-case name → code, by level, and the city's well-known landmarks (name → kelurahan or ""). `names` are
    all of them, `beginnings` what they begin with: most words of a text begin none."""

    kelurahan: dict[str, str]
    kecamatan: dict[str, str]
    kota: dict[str, str]
    landmarks: dict[str, str]
    parents: dict[str, str | None]
    names: frozenset[str]
    beginnings: frozenset[str]


def tokens(text: str, limit: int | None = None) -> list[Token]:
    """The words of the text's first `limit` characters."""
    part = text if limit is None else text[:limit]
    return [Token(word := found[0], word.lower(), *found.span()) for found in _TOKEN.finditer(part)]


@per_city
def gazetteer(city: City) -> Gazetteer:
    """The index of this city, built on first use."""
    levels: dict[str, dict[str, str]] = {"kelurahan": {}, "kecamatan": {}, "kota": {}}
    for area in city.areas.values():
        name = area.name.lower()
        for lead in ("kota administrasi ", "kabupaten administrasi ", "kota ", "kabupaten "):
            name = name.removeprefix(lead) if area.level == "kota" else name
        levels[area.level][_joined(name.split())] = area.code
    landmarks = city.landmarks
    known = {_landmark_key(name.lower().split()): code for name, code in landmarks.items()}
    names = frozenset(known).union(*levels.values())
    parents = {area.code: area.parent for area in city.areas.values()}
    beginnings = frozenset(name[:end] for name in names for end in range(1, len(name) + 1))
    return Gazetteer(levels["kelurahan"], levels["kecamatan"], levels["kota"], known, parents, names, beginnings)


def _joined(words: Sequence[str]) -> str:
    return "".join(_ABBREVIATIONS.get(word, word) for word in words)


def _landmark_key(words: Sequence[str]) -> str:
    """A landmark of one word is known by that word only: "TIM" is no "timur"."""
    return words[0] if len(words) == 1 else _joined(words)


def hits(text: str, words: Sequence[Token], index: Gazetteer) -> list[Hit]:
    """Every area or landmark name, longest first at each place; everyday words among them too (see `is_place`)."""
    found: list[Hit] = []
    position = 0
    while position < len(words):
        hit = _hit_at(text, words, position, index)
        if hit is None:
            position += 1
        else:
            found.append(hit)
            position = hit.after
    return found


def _hit_at(text: str, words: Sequence[Token], position: int, index: Gazetteer) -> Hit | None:
    first = words[position].lower
    if _ABBREVIATIONS.get(first, first) not in index.beginnings and first not in index.landmarks:
        return None
    keys: list[str] = []
    key = ""
    for offset in range(min(_MOST_WORDS, len(words) - position)):
        word = words[position + offset]
        if offset and text[words[position + offset - 1].end : word.start] not in (" ", ". ", ".", "-", "  "):
            break
        key += _ABBREVIATIONS.get(word.lower, word.lower)
        keys.append(key)
    for length in range(len(keys), 0, -1):
        key = first if length == 1 and first in index.landmarks else keys[length - 1]
        if key in index.names:
            code = index.kelurahan.get(key) or index.landmarks.get(key) or None
            after = position + length
            return Hit(
                position, after, key, code, index.kecamatan.get(key), index.kota.get(key), key in index.landmarks
            )
    return None


def is_labelled(words: Sequence[Token], hit: Hit, labels: frozenset[str] = _AREA_WORDS) -> bool:
    """Whether "kel." or "kelurahan" stands before it."""
    return hit.first > 0 and words[hit.first - 1].lower in labels


def _is_behind_neighbourhood(words: Sequence[Token], hit: Hit) -> bool:
    """Whether "RT 7 RW 10" stands before it."""
    if hit.first < 2 or not words[hit.first - 1].lower.isdigit():
        return False
    return words[hit.first - 2].lower in _NEIGHBOURHOOD or (
        hit.first > 2 and words[hit.first - 2].lower.isdigit() and words[hit.first - 3].lower in _NEIGHBOURHOOD
    )


def is_place(text: str, words: Sequence[Token], hit: Hit, *, after_address: bool) -> bool:
    """Whether this name means the place here. Uncommon names do, unless a direction, a river or a firm bears them;
    everyday words only with evidence: "kel.", "di", after an address, or alone between commas beside capitals."""
    before = words[hit.first - 1].lower if hit.first else ""
    if before in _AREA_WORDS or before in DISTRICT_WORDS or after_address:
        return True
    if _is_behind_neighbourhood(words, hit):
        return True
    if before in _ELSEWHERE:
        return False
    if not is_everyday(hit.key):
        return True
    if before in _IN:
        return hit.key not in _NEVER_AFTER_IN
    return hit.key not in _NEVER_AFTER_IN and words[hit.first].text[0].isupper() and hit.first > 0 and case_tells(text)


def is_everyday(key: str) -> bool:
    """Whether an area's name is a word of the language or a person's name as well."""
    return key in _EVERYDAY or key in COMMON or key in FUNCTION or key in PROBLEM or key in NAMES


def the_area(words: Sequence[Token], found: Sequence[Hit], index: Gazetteer) -> str | None:
    """The one kelurahan that these hits mean, or None. A label ("kel.") decides first; then a kecamatan or kota named
    with it; a name that is a kecamatan's too gives way to a kelurahan inside it."""
    labelled = {hit.kelurahan for hit in found if hit.kelurahan and is_labelled(words, hit)}
    if not labelled:
        labelled = {hit.kelurahan for hit in found if hit.kelurahan and _is_behind_neighbourhood(words, hit)}
    if labelled:
        return labelled.pop() if len(labelled) == 1 else None
    plain = [hit for hit in found if not is_labelled(words, hit, DISTRICT_WORDS)]
    codes = {hit.kelurahan for hit in plain if hit.kelurahan}
    districts = {hit.kecamatan for hit in found if hit.kecamatan}
    towns = {hit.kota for hit in found if hit.kota}
    own = {hit.kelurahan: hit.kecamatan for hit in plain if hit.kelurahan}
    if len(codes) > 1:
        codes = {
            code
            for code in codes
            if own[code] is None or not any(index.parents.get(other) == own[code] for other in codes - {code})
        }
    if len(codes) > 1:
        codes = {code for code in codes if index.parents.get(code) in districts} or codes
    if len(codes) != 1:
        return None
    (code,) = codes
    district = index.parents.get(code)
    outside = districts - {own[code]}
    if outside and district not in districts:
        return None
    if towns and district is not None and index.parents.get(district) not in towns:
        return None
    return code
