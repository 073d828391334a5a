"""Corrections by the admin: category, place, flags; and redaction of text or of a note that says too much."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.city.model import City
from chalicelib.domain import deadlines, offices
from chalicelib.domain.errors import Invalid
from chalicelib.domain.lifecycle import Role, Status, lead_to
from chalicelib.domain.pictures import id_of
from chalicelib.domain.place import Place, cell_of
from chalicelib.domain.report import Deed, Report, record
from chalicelib.domain.rights import without_words
from chalicelib.triage.clean import clean
from chalicelib.triage.masking import mask
from chalicelib.usecases.dispatch import classify
from chalicelib.usecases.follow_up import perhaps, photo_ids

_PROBLEM_CHARACTERS = 20_000


class Correct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be different; what is not named stays. `area` is a kelurahan code, `lat`/`lng` WGS 84 degrees."""

    category: str | None = None
    problem: str | None = None
    area: str | None = None
    address: str | None = None
    landmark: str | None = None
    lat: float | None = None
    lng: float | None = None
    private: bool | None = None
    confidential: bool | None = None
    anonymous: bool | None = None
    accused: str | None = None
    complete: bool | None = None


class Redact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`problem` replaces the text; `entries` are history numbers whose words are erased (their hashes stay)."""

    problem: str | None = None
    entries: tuple[int, ...] = ()
    photos: tuple[str, ...] = ()


def correct(report: Report, deed: Deed, wish: Correct, city: City) -> Report:
    """The report as the admin corrects it. Editing never moves a clock; the first classification sets the resolve
    clock."""
    lead_to(deed.action, report.status, deed.role)
    changed = [name for name in wish.__struct_fields__ if getattr(wish, name) is not None]
    if not changed:
        raise Invalid("Nothing to correct was given.", details={"category": "none given", "area": "none given"})
    if wish.accused and wish.accused not in city.agencies:
        raise Invalid("There is no such agency.", details={"accused": f"unknown agency '{wish.accused}'"})
    place = placed(report.place, wish, city)
    # Another point lies in another cell, where those who look for its like will look.
    cell = report.cell if place == report.place else cell_of(place)
    report = msgspec.structs.replace(report, place=place, cell=cell)
    if wish.category:
        report = classify(report, deed, wish.category, city)
    fields: dict[str, Any] = {
        name: getattr(wish, name)
        for name in ("private", "confidential", "anonymous", "accused")
        if getattr(wish, name) is not None
    }
    if wish.problem is not None:
        fields["problem"] = _problem(wish.problem)
    data: dict[str, object] = {"changed": changed, **({"category": wish.category} if wish.category else {})}
    status = report.status
    if status is Status.INCOMPLETE and wish.complete:
        category = city.categories.get(report.category or "")
        report = deadlines.started(report, deed.at, city.policy, category.hours if category else None)
        status, fields["missing"] = Status.WAITING, ()
    if "accused" in fields:
        report = msgspec.structs.replace(report, accused=wish.accused)
        if offices.accuses(report, report.agency, city):
            data["taken_from"] = report.agency
            report, status = _taken_away(report, deed, city), Status.WAITING
    shown = bool(wish.category) or status is not report.status
    return record(report, deed, "corrected", status=status, public=shown, data=data, **fields)


def _taken_away(report: Report, deed: Deed, city: City) -> Report:
    """The report without the agency that it turned out to accuse: waiting for the admin, its respond clock running."""
    report = deadlines.held_until(deadlines.resumed(report, deed.at), deed.at)
    if report.respond and not report.respond.running:
        report = deadlines.rerouted(report, deed.at, city.policy)
    if report.resolve and not report.resolve.running:
        report = deadlines.restarted(report)
    return msgspec.structs.replace(report, agency=None, unit="", held_since=None, extension=None)


def redact(report: Report, deed: Deed, wish: Redact, city: City) -> Report:
    """The report without what should not be read; that something was taken out stays visible, and the chain holds."""
    lead_to(deed.action, report.status, deed.role)
    photo_ids(wish.photos)
    known = {entry.seq: entry for entry in report.entries()}
    wrong = [seq for seq in wish.entries if seq not in known]
    if wrong:
        raise Invalid("There is no such history entry.", details={"entries": f"unknown: {wrong}"})
    if wish.problem is None and not wish.entries and not wish.photos:
        raise Invalid("Nothing to redact was given.", details={"problem": "none given", "entries": "none given"})
    if wordless := [seq for seq in wish.entries if known[seq].told.role == Role.SYSTEM and not known[seq].told.note]:
        # What the clocks did is in the figures: nobody wrote anything in it.
        raise Invalid("There is nothing to take out.", details={"entries": f"nobody's words: {wordless}"})
    report = msgspec.structs.replace(
        without_words(report, wish.entries),
        photos=tuple(photo for photo in report.photos if id_of(photo) not in wish.photos),
    )
    data: dict[str, object] = {"entries": list(wish.entries), "photos": list(wish.photos)}
    fields: dict[str, Any] = {} if wish.problem is None else {"problem": _problem(wish.problem)}
    return record(report, deed, "redacted", data=data, **fields)


def _problem(text: str) -> str:
    if len(text) > _PROBLEM_CHARACTERS:
        raise Invalid("The text is too long.", details={"problem": f"at most {_PROBLEM_CHARACTERS} characters"})
    return mask(clean(text))


def placed(known: Place, wish: Correct, city: City) -> Place:
    """The place as the admin has it. Raises Invalid naming the field."""
    if (wish.lat is None) != (wish.lng is None):
        raise Invalid("A point has two coordinates.", details={"lat": "give lat and lng", "lng": "give lat and lng"})
    place = known
    if wish.lat is not None and wish.lng is not None:
        if not (-90 <= wish.lat <= 90 and -180 <= wish.lng <= 180):
            raise Invalid("That is no point.", details={"lat": "-90 to 90", "lng": "-180 to 180"})
        area = city.area_at(wish.lat, wish.lng)
        place = msgspec.structs.replace(
            place, lat=wish.lat, lng=wish.lng, area=area, in_city=area is not None, from_photo=False
        )
    if wish.area is not None:
        found = city.areas.get(wish.area)
        if found is None or found.level != "kelurahan":
            raise Invalid("There is no such area.", details={"area": f"not a kelurahan: '{wish.area}'"})
        place = msgspec.structs.replace(place, area=wish.area)
    return msgspec.structs.replace(
        place,
        address=place.address if wish.address is None else perhaps(wish.address, "address"),
        landmark=place.landmark if wish.landmark is None else perhaps(wish.landmark, "landmark"),
    )
