"""Reads a citizen's message: what the problem is, where, who reports and where they live. One pass, no questions
asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chalicelib.domain.place import Place

from .addresses import strip_house
from .answers import Bare, answers_for
from .categories import normalised, suggest, vocabulary
from .clean import clean, fold
from .cuts import CUT, NAME_CUT, Segment
from .emergency import is_emergency
from .gazetteer import tokens
from .introductions import Told, introduced
from .lazy import Lazy
from .masking import mask
from .places import at_own_home, find_place, place_from, told_place, with_areas
from .points import has_foreign_link, point_in
from .reading import SEARCHED
from .reporter import Reporter, reporter_of
from .requests import asks_about_status, asks_to_cancel
from .segments import segments
from .words import FUNCTION, PROBLEM, TITLES, TROUBLE

if TYPE_CHECKING:
    from chalicelib.city.model import City

__all__ = ["Bare", "Understood", "answers_for", "place_from", "understand"]

_SAME = Lazy(
    r"(?<![^\W_])(?:(?:lokasi|tempat|alamat|tkp)(?:nya)?(?: (?:kejadian|masalah|saya|rumah|pelapor|sy))* ?[:=]? ?(?:itu |juga |adalah |di )?)?"
    r"(?:(?:sama|sm|sesuai)(?: saja| aja)?(?: ?(?:dengan|dgn|dg|spt|seperti|kayak|kyk|ama|sama))? ?(?:(?:alamat|lokasi|tempat|rumah|tkp)(?:nya)?"
    r"(?: (?:kejadian|masalah|saya|sy|rumah|pelapor|laporan|tersebut|tsb|di ?atas|itu))*|di ?atas)"
    r"|(?<=[a-z:] )(?:sama|sda|idem)(?: (?:saja|aja|juga))?(?=[\s.,;!]*$)|(?:lokasi|tempat|tkp)(?:nya| kejadian)* ?[:=]? ?(?:ya |itu |ada |persis |pas |tepat )?(?:(?:di|depan|dpn|dekat|samping|sebelah|seberang) ?)+(?:alamat|rumah) (?:saya|sy|tersebut|tsb|di ?atas|pelapor|yang sama)|same (?:as )?(?:my |the )?(?:home )?(?:address|place|location))"
)
_SAME_LABELLED = Lazy(
    r"(?<![^\W_])(?:lokasi|tempat|alamat)(?:nya)?(?: (?:kejadian|masalah|saya|rumah|pelapor))* ?[:=]? ?(?:nya )?(?:juga )?(?:sama|sda|idem|same)\b"
)
_SAME_WORDS = ("sama", "same", "sm ", "sesuai", "sda", "idem", "alamat ", "rumah ")
_ONLY_SAME = Lazy(
    r"\W*(?:iya |ya )?(?:(?:di |depan |dpn |pas |persis |tepat )*(?:rumah|rmh|alamat|tempat) (?:saya|sy|aku|gue|gw|kami)(?: sendiri)?|sama|sda|idem|same)(?: (?:saja|aja|juga|pak|bu|min|kak|ya|alamat|lokasi))*\W*"
)

_WISHES = {
    "anonymous": Lazy(
        r"\b(?:sembunyikan|samarkan|jangan (?:\w+ )?(?:sebut(?:kan)?|buka|bocorkan|tampilkan|publikasikan|disebut(?:kan)?|ditampilkan)) (?:identitas|nama|data)"
        r"|\b(?:identitas|nama|data)(?: (?:saya|pelapor|sy|diri))* (?:mohon |tolong |agar |harap |jangan |untuk )*(?:di)?(?:rahasiakan|sembunyikan|samarkan|sebut|sebutkan|tampilkan)"
        r"|\banonim\b|\banonymous\b|\b(?:di)?(?:rahasiakan|sembunyikan|samarkan) (?:identitas|nama|pelapor|data)|\bkeep my (?:name|identity)"
    ),
    "private": Lazy(r"\blaporan (?:ini )?(?:privat|pribadi|private)\b|\bjangan (?:di)?(?:publikasi(?:kan)?|umumkan|publik)\b|\bkeep (?:this|it) private\b"),
    "confidential": Lazy(r"\blaporan (?:ini )?(?:bersifat )?rahasia\b|\b(?:ini|sangat|bersifat|secara) rahasia\b|\bconfidential\b"),
}  # fmt: skip
_SUBJECT_LEAD = Lazy(r"(?:(?:re|fwd?|bls|balas|balasan|tr)\s*:\s*)+")
_NO_SUBJECT = Lazy(
    r"\W*(?:(?:\(?no subject\)?|tanpa subjek|lapor(?:an)?|pengaduan|aduan|keluhan|masyarakat|warga|report|complaint|mohon|tolong|bantuan|info|urgent|penting)\W*)*"
)
_TIDY = ((Lazy(rf"[ ]*[{CUT}{NAME_CUT}][ ,.;:\-{CUT}{NAME_CUT}]*"), " "), (Lazy(r"(?m)^ *\(?\d[.)] *$"), ""), (Lazy(r"[ \t]+"), " "), (Lazy(r" ?\n[ \n,.;\-]*"), "\n"), (Lazy(r" +([,.;!?])"), r"\1"))  # fmt: skip
# "bukan di jl Melur tapi di jl Melur 2": what was told before, and is not so.
_WRONG_STREET = Lazy(
    r"\b(?:bukan|bkn)(?:nya)? (?:di )?(?:jl|jln|jalan|gg|gang|rt|kel)\b[^,;\n]{2,40}?,? (?:tapi|tp|tetapi|melainkan|(?:yang|yg) (?:benar|bener|betul)) (?:di )?"
    r"|\b(?:jl|jln|jalan|gg|gang)\b[^,;\n]{2,40}?,? (?:eh|ralat|maksud(?:nya| saya))\b[ ,:]*(?:(?:salah|ralat|maksud(?:nya| saya))[ ,:]*)?(?:di )?(?=(?:jl|jln|jalan|gg|gang)\b)"
    r"|[ ,(]{1,3}(?:bukan|bkn) (?:di )?(?:jl|jln|jalan|gg|gang|rt|kel)\b(?:(?! (?:tapi|tp|tetapi|melainkan|yang|yg) )[^,;\n]){2,40}$"
)
_CORRECTIONS = ("bukan", "bkn", " eh", "ralat", "maksud")
_SHORT = 160
_EDGES = " \t\n,;:-–|"


class Understood(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says by itself. `problem` is masked and without the reporter's parts ("" if there is none);
    `place`, `name` and `address` are what it says for certain, whatever was asked; `bare` are the segments of a
    message that only answers something (`either` an address that was taken for the place, as nobody knows what was asked):
    `answers_for` says which field each of them fills. `flags`: the reporter's
    wishes and the category's nature ("anonymous", "private", "confidential") as suggestions, and "link" for a link that
    is no map's. `about_status` and
    `wants_to_cancel`: the message tells nothing, but asks what became of a report, or takes it back."""

    problem: str = ""
    place: Place | None = None
    name: str | None = None
    address: str | None = None
    either: str | None = None
    same_address: bool = False
    bare: tuple[Bare, ...] = ()
    category: str | None = None
    confidence: float = 0.0
    second: str | None = None
    emergency: bool = False
    about_status: bool = False
    wants_to_cancel: bool = False
    flags: tuple[str, ...] = ()


def understand(text: str, city: City, *, subject: str = "") -> Understood:
    """Reads a message of any length (places and persons are looked for in its first 2,000 characters, all of it is
    masked)."""
    text = clean(text)
    head, rest = text[:SEARCHED], text[SEARCHED:]
    if len(head) < _SHORT and any(word in head for word in _CORRECTIONS):
        head = _WRONG_STREET.sub("", head)
    at = point_in(head, city)
    if at is not None:
        head = f"{head[: at[1][0]]}{CUT}{head[at[1][1] :]}"
    told, same = with_areas(introduced(head), head, city), _same_span(head)
    name = _value(told, head, "name")
    address = None if _covers(same, told, "address") else _value(told, head, "address")
    said_place = None if _covers(same, told, "place") else _value(told, head, "place")
    left = _without(head, told, same)
    status, cancel = asks_about_status(left + rest), asks_to_cancel(left + rest)
    if status or cancel:
        return Understood(
            name=name, address=address, about_status=status, wants_to_cancel=cancel, flags=_flags(head, city, None)
        )
    parts = segments(left, city)
    reporter = reporter_of(left, parts, name=name, address=address)
    answering = not any(part.kind == "text" for part in parts)
    either = None
    bare = _bare(parts, left) if answering or _may_answer(told, parts, reporter, text, city) else ()
    if answering and bare:
        place = told_place(said_place, city) if said_place else None
        left = ""
    else:
        left = _blanked(left, reporter)
        name, address = name or reporter.name, address or reporter.address
        place = _place(said_place or reporter.place, left, city)
        if place is None and address and name is None and not answering and _is_unsure(told):
            place, either, address = place_from(address, city), address, None
    if at is not None:
        place = _pointed(at[0], place)
    draft = Understood(place=place, name=name, address=address, either=either, same_address=same is not None, bare=bare)
    return _about(draft, text, left + rest, subject, city)


def _pointed(point: Place, told: Place | None) -> Place:
    """The point with what the words say of the same place."""
    if told is None:
        return point
    return msgspec.structs.replace(
        told, lat=point.lat, lng=point.lng, area=point.area or told.area, in_city=point.in_city
    )


def _about(draft: Understood, text: str, left: str, subject: str, city: City) -> Understood:
    """The draft with its problem, and with what follows from the problem."""
    about = _subject(subject, text)
    if about and draft.place is None and not draft.same_address and not introduced(about):
        draft = msgspec.structs.replace(draft, place=find_place(about, city))
    body = _tidy(left)
    problem = "\n".join(filter(None, (about, body if _says_something(body) else "")))
    problem = mask(problem, known=[value for value in (draft.name, draft.address) if value])
    same = draft.same_address or (draft.place is None and at_own_home(text))
    ranked = [*suggest(problem, city), (None, 0.0), (None, 0.0)]
    category, confidence = ranked[0]
    return msgspec.structs.replace(
        draft,
        problem=problem,
        place=_own_place(draft.address, city) if same and draft.place is None and draft.address else draft.place,
        same_address=same,
        category=category,
        confidence=confidence,
        second=ranked[1][0],
        emergency=is_emergency(f"{about}\n{text}" if about else text),
        flags=_flags(text, city, category),
    )


def _own_place(address: str, city: City) -> Place:
    """The reporter's own street as the place of the problem, without the house."""
    found = find_place(address, city)
    return Place(address=strip_house(address), area=found.area if found else None, same_as_reporter=True)


def _is_unsure(told: list[Told]) -> bool:
    """Whether the only address told ("alamat jl …") may as well be the problem's."""
    return not any(part.sure for part in told if part.kind == "address")


def _value(told: list[Told], text: str, kind: str) -> str | None:
    found = [part for part in told if part.kind == kind]
    best = next((part for part in found if part.sure), found[0] if found else None)
    return " ".join(text[best.value : best.end].split()) if best is not None else None


def _covers(same: tuple[int, int] | None, told: list[Told], kind: str) -> bool:
    """Whether "sama dengan …" is what a label introduces."""
    return same is not None and any(part.kind == kind and part.value < same[1] and same[0] < part.end for part in told)


def _same_span(text: str) -> tuple[int, int] | None:
    folded = fold(text)
    found = _ONLY_SAME.fullmatch(text) if len(text) < 40 else None
    if found is None and any(word in folded for word in _SAME_WORDS):
        found = _SAME.search(text) or _SAME_LABELLED.search(text)
    return found.span() if found is not None else None


def _without(text: str, told: list[Told], same: tuple[int, int] | None) -> str:
    """The text with what it introduced taken out; a problem keeps its words and loses its label."""
    spans = [(*same, CUT)] if same is not None else []
    for part in told:
        if part.kind == "problem":
            spans.append((part.start, part.value, CUT))
        elif part.kind == "address" and _is_sentence(text, part):
            spans.append((part.value, part.end, "[alamat]"))  # "rumah saya di Jl … kebanjiran" needs its house
        elif part.kind != "other":
            spans.append((part.start, part.end, NAME_CUT if part.kind == "name" else CUT))
    pieces, position = [], 0
    for start, end, mark in sorted(spans):
        if start >= position:
            pieces += [text[position:start], mark]
        position = max(position, end)
    return "".join([*pieces, text[position:]])


def _is_sentence(text: str, part: Told) -> bool:
    """Whether the problem needs the words around an address: "rumah saya di Jl … kebanjiran", not "rumah: Jl …"."""
    label = text[part.start : part.value].lower()
    return label.startswith("rumah") and ":" not in label and "=" not in label


def _blanked(text: str, reporter: Reporter) -> str:
    for start, end in sorted(reporter.spans, reverse=True):
        text = f"{text[:start]}{CUT}{text[end:]}"
    return text


def _may_answer(told: list[Told], parts: list[Segment], reporter: Reporter, text: str, city: City) -> bool:
    """Whether a message with text in it may still be nothing but an answer ("mawar 2", "sebelah bengkel Joni")."""
    if told or reporter.spans or len(parts) > 4 or len(text) > 160:
        return False
    words = [word for part in parts if part.kind == "text" for word in normalised(part.text)]
    known = vocabulary(city)
    return not any(word in TROUBLE or word in known for word in words)


def _bare(parts: list[Segment], text: str) -> tuple[Bare, ...]:
    """The segments of an answer, an address and what goes on with it joined."""
    kept: list[Segment] = []
    for part in parts:
        if part.kind == "noise":
            continue
        last = kept[-1] if kept else None
        if (
            last is not None
            and part.before == ","
            and part.kind in ("address", "place")
            and last.kind in ("address", "place")
        ):
            kept[-1] = msgspec.structs.replace(last, text=text[last.start : part.end], end=part.end)
        else:
            kept.append(part)
    return tuple(Bare(part.kind, part.text.strip(_EDGES + ".")) for part in kept)


def _place(said: str | None, left: str, city: City) -> Place | None:
    found = find_place(left.replace(CUT, "\n").replace(NAME_CUT, "\n"), city)
    if not said:
        return found
    place = told_place(said, city)
    if found is None or place.address or not found.address:
        return place
    # "Sampah di Jl Melati 5; depan pasar": the problem tells the street, the place what it is near.
    return msgspec.structs.replace(place, address=found.address, area=place.area or found.area)


def _subject(subject: str, text: str) -> str:
    subject = clean(subject)
    lead = _SUBJECT_LEAD.match(subject)
    if not subject or lead is not None or _NO_SUBJECT.fullmatch(subject) is not None or subject.lower() in text.lower():
        return ""
    return subject.replace("\n", " ")


def _tidy(text: str) -> str:
    for pattern, replacement in _TIDY:
        text = pattern.sub(replacement, text)
    return text.strip(_EDGES)


def _says_something(text: str) -> bool:
    """Whether more than courtesy is left: "Selamat pagi pak, saya mau lapor" tells no problem."""
    words = [word.lower for word in tokens(text, 400)]
    return any(word not in FUNCTION and word not in TITLES and len(word) > 1 for word in words) or any(
        word in PROBLEM for word in words
    )


def _flags(text: str, city: City, category: str | None) -> tuple[str, ...]:
    wished = [flag for flag, wish in _WISHES.items() if wish.search(text[:SEARCHED]) is not None]
    if has_foreign_link(text):
        wished.append("link")
    if category is not None and city.categories[category].sensitive and "confidential" not in wished:
        wished.append("confidential")
    return tuple(wished)
