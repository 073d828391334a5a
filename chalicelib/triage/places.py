"""Finds the place of the problem in free text: street, landmark, area. Never guesses a point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import structs

from chalicelib.domain.place import Place

from .clean import fold
from .gazetteer import DISTRICT_WORDS, Hit, gazetteer, hits, is_labelled, is_place, the_area, tokens
from .landmarks import is_named_facility, landmark_in
from .lazy import Lazy
from .names import is_known
from .reading import SEARCHED, Reading, read
from .streets import BEFORE_AN_AREA, STREET, house_end, street_in
from .words import FUNCTION, PROBLEM

if TYPE_CHECKING:
    from chalicelib.city.model import City

    from .introductions import Told

_MY_HOME = r"(?:(?:rumah|rmh|kontrakan|kosan|tempat tinggal|alamat) ?(?:saya|sy|aku|gue|gw|gua|kami|ku|km)|alamat (?:tersebut|tsb|di ?atas))\b"
_OWN_HOME = Lazy(
    rf"(?<![^\W_])(?:(?:di ?)?(?:depan|dpn|muka|samping|sebelah|belakang|blkg|dekat|dkt|deket|seberang|sebrang|sekitar)|di) ?{_MY_HOME}"
    r"|(?:in front of|near|behind|at|outside) my (?:house|home)\b|(?<![^\W_])(?:di ?)?(?:depan|dpn|muka|samping) (?:rumah|rmh)(?= ?(?:$|[.,;!?\n]|mati|padam|gelap|mampet|rusak))"
    r"|(?<![^\W_])di (?:(?:taman|pos|jalan|lapangan|depan|sekitar|dekat) )?(?:blok|gang|gg|komplek|kompleks|perumahan|perum|lingkungan|rt|rw|apartemen|rusun|cluster|jalan) ?(?:rumah )?(?:saya|sy|kami|aku|gue|gw)\b|(?<![^\W_])(?:in|on|at) (?:my|our) (?:street|block|neighbou?rhood|building|alley)\b"
    r"|rumah (?:saya|sy|kami) (?:di [^.;\n]{3,60}? )?"
    r"(?:kebanjiran|banjir|tergenang|kebakaran|terbakar|kemasukan|tertimpa|terendam)"
)
_PIECE = Lazy(r"[ ]?, ?((?:[^\W\d_]+[. ]{0,2}){1,4})(?=$|[,.;\n])")
_HOME_WORDS = (
    "rumah",
    "rmh",
    "kontrakan",
    "kosan",
    "tinggal",
    "alamat",
    " kami",
    " saya",
    " sy",
    " gw",
    "gue",
    "aku",
    " my ",
    " our ",
)
_EDGES = " ,.;"
_NAME_WORDS = 6


def find_place(text: str, city: City) -> Place | None:
    """The place the text tells, or None. `address` is a street (with house and RT/RW), `landmark` what it is near,
    `area` the one kelurahan named; a kecamatan alone is only a landmark, a kota alone is no place."""
    reading = read(text, city)
    street = street_in(reading)
    span = street or (0, 0)
    areas = _areas(reading, span)
    area = the_area(reading.words, areas, reading.index)
    landmark = landmark_in(reading, span, areas)
    if not landmark and street is None:
        landmark = next(
            (_with_label(reading, hit) for hit in areas if hit.kecamatan is not None and hit.kelurahan is None), ""
        )
    if street is None and not landmark and area is None:
        return None
    return Place(
        address=reading.text[span[0] : _named_with_area(reading, span[1], areas)], landmark=landmark, area=area
    )


def _named_with_area(reading: Reading, end: int, areas: Sequence[Hit]) -> int:
    """Where the words of a street end that an area's name follows at once: "Jl. Tipar Cakung" is a street's name, "Jl.
    Melati Tebet" says more of it."""
    if not end or reading.text[end - 1].isdigit():
        return end
    for hit in areas:
        if reading.text[end : reading.words[hit.first].start] == " " and not hit.landmark:
            named = reading.words[hit.after - 1].end
            housed = house_end(reading.text, named)
            return housed if housed > named or reading.is_capital(hit.first) else end
    return end


def _with_label(reading: Reading, hit: Hit) -> str:
    """A district's name with the word before it that says so."""
    first = hit.first - 1 if is_labelled(reading.words, hit, DISTRICT_WORDS) else hit.first
    return reading.text[reading.words[first].start : reading.words[hit.after - 1].end]


def place_from(text: str, city: City) -> Place:
    """The place that an answer to "where is it?" means: as `told_place`. A named facility whose kelurahan nobody knows
    ("halte Harmoni") is an address: an agency finds it, and asking again helps nobody."""
    place = told_place(text, city)
    if place.landmark and not place.is_enough and is_named_facility(place.landmark):
        return structs.replace(place, address=place.landmark, landmark="")
    return place


def told_place(text: str, city: City) -> Place:
    """The place that a text which tells nothing else means: as `find_place`, or the whole text as a landmark. Nothing
    but a kelurahan's name stays an area: where in it must be asked."""
    reading = read(text, city)
    for hit in reading.hits:
        if hit.kelurahan is not None and not hit.landmark and hit.after - hit.first == len(reading.words):
            return Place(area=hit.kelurahan)
    found = find_place(text, city)
    if found is None:
        return Place(landmark=text.strip(_EDGES))
    if found.landmark and not found.address and _names_nothing_else(text, found.landmark):
        return structs.replace(found, landmark=text.strip(_EDGES))
    return found


def with_areas(told: Sequence[Told], text: str, city: City) -> list[Told]:
    """The told parts, addresses and places with the areas behind their comma."""
    return [
        structs.replace(part, end=_area_behind(text, part.end, city))
        if part.kind in ("address", "place") and text[part.end : part.end + 2].strip() == ","
        else part
        for part in told
    ]


def _area_behind(text: str, end: int, city: City) -> int:
    """Where an address that ends at `end` ends with the areas behind its comma: "Jl Cikini 2 no 3, Menteng"."""
    while (piece := _PIECE.match(text, end)) is not None:
        words = tokens(piece[1])
        found = hits(piece[1], words, gazetteer(city))
        if not (found and found[0].first == 0 and found[0].after == len(words) and not is_known(words[0].lower)):
            break
        end = piece.end(1)
    return end


def _names_nothing_else(text: str, landmark: str) -> bool:
    """Whether the whole of a short text is one name ("warung pojok bu Tini") of which the landmark is a part."""
    words = [word.lower for word in tokens(text)]
    return len(words) <= _NAME_WORDS and not any(
        word in FUNCTION or word in PROBLEM
        for word in words
        if word not in landmark.lower() and word not in ("satu", "dua", "tiga", "empat", "lima")
    )


def at_own_home(text: str) -> bool:
    """Whether the problem is said to be at the reporter's own home ("di depan rumah saya")."""
    folded = fold(text[:SEARCHED])
    return any(word in folded for word in _HOME_WORDS) and _OWN_HOME.search(folded) is not None


def _areas(reading: Reading, street: tuple[int, int]) -> Sequence[Hit]:
    """The area names that mean a place here, none of a street's own."""
    found = []
    for hit in reading.hits:
        start, end = reading.words[hit.first].start, reading.words[hit.after - 1].end
        if (start < street[1] and end > street[0]) or _names_a_street(reading, hit):
            continue
        behind = street[1] <= start < street[1] + 5 and not reading.text[street[1] : start].strip(" ,.-()")
        if is_place(reading.text, reading.words, hit, after_address=behind and street[1] > 0):
            found.append(hit)
    return found


def _names_a_street(reading: Reading, hit: Hit) -> bool:
    """ "Jl Cipinang", "jl raya Bogor": a name right behind the word for street is the street's."""
    before = reading.lower(hit.first - 1)
    return before in STREET or (before in BEFORE_AN_AREA and reading.lower(hit.first - 2) in STREET)
