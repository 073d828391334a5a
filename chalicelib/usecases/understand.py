"""From a message to what it adds to a report: what may be known (a masked `Contribution`) and what must be sealed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.channels.message import Message
from chalicelib.city.kelurahan import kelurahan_meant
from chalicelib.city.model import City
from chalicelib.domain.contribution import FIELDS, Contribution
from chalicelib.domain.pictures import ids_of
from chalicelib.domain.place import Place, cell_of
from chalicelib.domain.report import Report
from chalicelib.outbound.sealing import Picture, Sealed
from chalicelib.triage.addresses import strip_house
from chalicelib.triage.clean import clean
from chalicelib.triage.emergency import is_emergency
from chalicelib.triage.masking import mask, mask_identifiers
from chalicelib.triage.places import find_place, place_from
from chalicelib.triage.recognition import marks_of, mask_known
from chalicelib.triage.understanding import Understood, answers_for, understand
from chalicelib.usecases.propose import weighed

_WRITTEN_DIFFERENTLY = frozenset(["jl", "jln", "jalan", "gg", "gang", "no", "nomor", "nomer", "rt", "rw"])
_MAY_NAME_SOMEBODY = re.compile(
    r"nam[ae]|alamat|address|saya|\b(?:sy|aku|gue|gw|my|i)\b|pelapor|rumah|\b(?:pak|bapak|bp|bpk|bu|ibu|mas|mbak|haji|hj|ustad\w*)\b|@",
    re.IGNORECASE,
)
_LINK = frozenset({"link"})
_WISHES = ("private", "anonymous", "confidential")
# A report is one item of at most 400 kB; what a provider sends beyond this is fields nobody reads.
_RAW_BYTES = 64_000


class Understanding(msgspec.Struct, frozen=True, kw_only=True):
    """A message, taken apart: `said` goes into the report and the conversation, `secret` into the seal."""

    said: Contribution
    secret: Sealed


def structured(message: Message, city: City, *, now: datetime, seed: str, key: bytes) -> Understanding:
    """A city app's message: its fields say what is what; only the text is looked at for what must not be read."""
    text, name, address = clean(message.text), clean(message.name), clean(message.address)
    known = [part for part in (name, address, message.phone, message.email) if part]
    place = _told_place(message, city, known, address)
    category = category_of(message.category, city)
    suggested = None
    if category is None and text:
        suggested = understand(text, city).category
    proposal, flags = weighed(text, place, category, city)
    said = _contribution(
        message,
        now,
        seed,
        pack=city.version,
        filled=_filled(text, place, name, address),
        problem=mask(text, known=known),
        place=place,
        category=category,
        suggested=suggested,
        proposal=proposal,
        flags=flags,
        private=message.private,
        anonymous=message.anonymous,
        confidential=message.confidential,
        emergency=is_emergency(text),
        lang=message.lang if message.lang in city.policy.languages else city.policy.languages[0],
        marks=marks_of(key, name=name, address=address, contacts=(message.phone, message.email)),
    )
    return Understanding(said=said, secret=_secret(message, name, address, seed))


def spoken(
    message: Message,
    city: City,
    *,
    now: datetime,
    seed: str,
    key: bytes,
    asked: Sequence[str] = FIELDS,
    known_place: Place | None = None,
    lang: str = "id",
) -> Understanding:
    """A message in words. `asked` are the fields its sender was asked for: an unlabelled answer counts for them only;
    `known_place` is what "the same" may mean. What needs either is not `settled`: it cannot be retold without them."""
    text = clean(message.text)
    # "STOP" where it is no order (in public, on a picture) is still nobody's name.
    ordered = text.strip(" .!\"'").lower() in city.text("command.stop").split()
    told = understand("" if ordered else text, city, subject=clean(message.subject))
    found = answers_for(asked, told)
    name = found.get("name") or clean(message.name)
    same = told.same_address and "address" in asked
    address = found.get("address") or clean(message.address) or (_address_of(told.place, known_place) if same else "")
    known = _known(message, told, name, address)
    place = _spoken_place(told, message, city, found, known, address)
    # Words that answer none of the questions say more about the problem.
    problem = mask(found.get("problem", "" if found and told.bare else told.problem), known=known)
    proposal, flags = weighed(text, place, None, city)
    said = _contribution(
        message,
        now,
        seed,
        pack=city.version,
        filled=_filled(problem, place, name, address),
        problem=problem,
        words=mask(text, known=known),
        place=place,
        suggested=told.category,
        proposal=proposal,
        **{wish: wish in told.flags for wish in _WISHES},
        emergency=told.emergency,
        flags=(*_LINK.intersection(told.flags), *flags),
        lang=lang,
        marks=marks_of(key, name=name, address=address, contacts=(message.phone, message.email)),
        settled=not told.bare and not (told.same_address and told.place is None),
    )
    return Understanding(said=said, secret=_secret(message, name, address, seed))


def _known(message: Message, told: Understood, name: str, address: str) -> list[str]:
    """All that identifies the sender in this message."""
    names = [name, told.name or "", *(part.value for part in told.bare if part.kind == "name")]
    return [part for part in (*names, address, message.phone, message.email) if part]


def category_of(told: str, city: City) -> str | None:
    """The pack's category for what an app calls it: its code, or its label in any language."""
    wanted, known = told.strip().lower(), city.open_categories()
    if not wanted or wanted in known:
        return wanted or None
    return next(
        (code for code, category in known.items() if wanted in (label.lower() for label in category.label.values())),
        None,
    )


def _told_place(message: Message, city: City, known: Sequence[str], address: str) -> Place | None:
    told = message.location
    if told is None:
        return None
    where, landmark = clean(told.address), clean(told.landmark)
    area, in_city = None, None
    if told.lat is not None and told.lng is not None:
        area = city.area_at(told.lat, told.lng)
        in_city = area is not None
    if area is None and told.area and len(meant := kelurahan_meant(city, told.area)) == 1:
        area = meant[0].code
    if area is None and (where or landmark):
        area = _area_in(f"{where} {landmark}", city)
    return _without_home(
        Place(lat=told.lat, lng=told.lng, address=where, landmark=landmark, area=area, in_city=in_city), known, address
    )


def _spoken_place(
    told: Understood, message: Message, city: City, found: dict[str, str], known: Sequence[str], address: str
) -> Place | None:
    place = told.place
    if message.location is not None:
        place = _told_place(message, city, known, address) or place
    if place is None and "place" in found:
        place = place_from(found["place"], city)
    if told.same_address and (place is None or not place.is_enough):
        return Place(address=strip_house(address), area=_area_in(address, city), same_as_reporter=True)
    return _without_home(place, known, address) if place else None


def _address_of(told: Place | None, known: Place | None) -> str:
    """The reporter's address where it is said to be the same as the place."""
    where = told if told and told.is_enough else known
    return where.address or where.landmark if where else ""


def _area_in(text: str, city: City) -> str | None:
    found = find_place(text, city) if text else None
    return found.area if found else None


def _contribution(message: Message, now: datetime, seed: str, **told: Any) -> Contribution:
    return Contribution(
        message_id=message.id,
        channel=message.channel,
        at=now,
        seed=seed,
        cell=cell_of(told.get("place")),
        body_hash=_body_hash(message),
        photos=ids_of(message.photos, seed),
        unread=message.unread,
        public=message.public,
        answerable=message.answerable,
        verified=message.verified,
        **told,
    )


def _body_hash(message: Message) -> str:
    """What a repetition of the message has in common with it. Of words it is the words: a provider that tries again may
    stamp and sign anew."""
    if not message.conversational:
        return hashlib.sha256(message.raw).hexdigest()
    where = message.location
    pin = f"{where.lat},{where.lng},{where.address}" if where else ""
    return hashlib.sha256(f"{len(message.photos)}|{pin}|{message.text}".encode("utf-8", "replace")).hexdigest()


def _filled(problem: str, place: Place | None, name: str, address: str) -> tuple[str, ...]:
    there = (bool(problem), bool(place and place.is_enough), bool(name), bool(address))
    return tuple(field for field, known in zip(FIELDS, there, strict=True) if known)


def _without_home(place: Place, known: Sequence[str], address: str) -> Place:
    """The place without the reporter's house: where both addresses are the same, only the street is left."""
    where, landmark = _masked(place.address, known), _masked(place.landmark, known)
    if where and ("[alamat]" in where or _plain(place.address) == _plain(address)):
        return msgspec.structs.replace(place, address=strip_house(address), landmark=landmark, same_as_reporter=True)
    if where == place.address and landmark == place.landmark:
        return place
    return msgspec.structs.replace(place, address=where, landmark=landmark)


def _masked(text: str, known: Sequence[str]) -> str:
    """A place's words, masked. Few name a person at all: the others are spared the search for introductions."""
    return (mask if _MAY_NAME_SOMEBODY.search(text) else mask_identifiers)(text, known=known)


def _plain(text: str) -> str:
    """An address without the words and signs that everybody writes differently."""
    return " ".join(word for word in re.findall(r"\w+", text.lower()) if word not in _WRITTEN_DIFFERENTLY)


def screened(report: Report, key: bytes) -> Report:
    """The report without what identifies its reporter in words that came before or after the name: each message is
    looked at with what all of them have told."""
    place = report.place
    where, landmark = (mask_known(text, key, report.marks) for text in (place.address, place.landmark))
    if "[alamat]" in where:
        street = mask_known(strip_house(place.address), key, report.marks)
        place = msgspec.structs.replace(place, address=street, same_as_reporter=True)
    elif where != place.address:
        place = msgspec.structs.replace(place, address=where)
    return msgspec.structs.replace(
        report,
        problem=mask_known(report.problem, key, report.marks),
        place=msgspec.structs.replace(place, landmark=landmark),
    )


def _secret(message: Message, name: str, address: str, seed: str) -> Sealed:
    return Sealed(
        name=name,
        address=address,
        phone=message.phone,
        email=message.email,
        subject=message.subject,
        message_id=message.mail_id,
        user=message.sender if message.answerable else "",
        post=message.post,
        photos=tuple(map(Picture, ids_of(message.photos, seed), map(_with_channel(message.channel), message.photos))),
        text="" if message.raw else clean(message.text),
        raw=message.raw[:_RAW_BYTES],
        stored=message.stored,
    )


def _with_channel(channel: str) -> Callable[[str], str]:
    """A picture's source with the channel whose provider keeps it: a report may hold messages of several."""
    return lambda source: (
        source.replace("provider:", f"provider:{channel}/", 1) if source.startswith("provider:") else source
    )
