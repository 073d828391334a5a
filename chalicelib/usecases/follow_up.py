"""Follow-up: what the agency does with a report it was given, and the notes anybody on the staff may leave."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from chalicelib.city.model import City
from chalicelib.domain import deadlines, history, offices
from chalicelib.domain.errors import Invalid, TooLarge
from chalicelib.domain.lifecycle import Action, Role, Status, lead_to
from chalicelib.domain.pictures import PENDING
from chalicelib.domain.proof import ever_pictured
from chalicelib.domain.reasons import known_code
from chalicelib.domain.report import Deed, Report, record
from chalicelib.triage.clean import clean
from chalicelib.triage.masking import mask, mask_identifiers


class Accept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The agency takes the report up."""

    note: str = ""


class Disposition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The agency instructs a sub-unit or officer: `unit` is a code or a name of an office, `officer` who of it."""

    unit: str
    officer: str = ""
    note: str = ""


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A remark; internal unless `public`."""

    note: str
    public: bool = False


class Return(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The wrong agency: back to the admin, with the reason: a code of the city's, words of one's own, or both."""

    reason: str = ""
    reason_code: str = ""


class Resolve(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Done, says the agency: what was done, and ids of photos that show it."""

    note: str
    photos: tuple[str, ...] = ()


MOST_CHARACTERS = 5_000
MOST_OF_A_NAME = 200
MOST_PHOTOS = 20
_PHOTO = re.compile(r"[A-Za-z0-9_-]{1,64}")
# Bytes of an entry besides its words.
_AROUND_A_NOTE = 1_000


def said(text: str, field: str) -> str:
    """A required text, cleaned and masked. Raises Invalid on `field` when it is empty or too long."""
    words = perhaps(text, field)
    if not words:
        raise Invalid("Something is missing.", details={field: "must not be empty"})
    return words


def perhaps(text: str, field: str) -> str:
    """A text that may be empty, cleaned and masked. Raises Invalid on `field` when it is too long."""
    if len(text) > MOST_CHARACTERS:
        raise Invalid("The text is too long.", details={field: f"at most {MOST_CHARACTERS} characters"})
    return mask(clean(text))


def because(action: Action, reason: str, code: str, city: City) -> tuple[str, dict[str, object]]:
    """A required reason: the words to keep, and the data that keeps its code. Raises Invalid on `reason` when there is neither,
    on `reason_code` for one the city does not have."""
    data = known_code(action, code, city)
    return (perhaps(reason, "reason") if data else said(reason, "reason")), data


def photo_ids(photos: Sequence[str]) -> None:
    """Raises Invalid for what cannot be ids of uploads: a file's own name may say whose it is."""
    if len(photos) > MOST_PHOTOS or not all(_PHOTO.fullmatch(photo) for photo in photos):
        raise Invalid("These are no photo ids.", details={"photos": f"at most {MOST_PHOTOS} ids as uploads gave them"})


def room_for(report: Report, text: str, field: str) -> None:
    """Raises TooLarge when the history is full for words that are no step of the flow."""
    if history.size(report.history) + len(text.encode()) + _AROUND_A_NOTE > history.NOTE_BYTES_LIMIT:
        raise TooLarge(
            "This report's history is full for notes; steps of the flow are still recorded.",
            details={field: f"at most {history.NOTE_BYTES_LIMIT} bytes of history in all"},
        )


def accept(report: Report, deed: Deed, wish: Accept, city: City) -> Report:
    """In progress; stops the respond clock."""
    status = lead_to(deed.action, report.status, deed.role)
    report = deadlines.stopped(report, deed.at, "respond")
    return record(
        report,
        deed,
        "accepted",
        status=status,
        public=True,
        note=perhaps(wish.note, "note"),
        held_since=report.held_since or (None if report.pause else deed.at),
    )


def disposition(report: Report, deed: Deed, wish: Disposition, city: City) -> Report:
    """Given to a sub-unit or officer; the respond clock runs on until the work is accepted."""
    status = lead_to(deed.action, report.status, deed.role)
    unit, officer = _name(wish.unit, "unit"), _name(wish.officer, "officer", required=False)
    room_for(report, wish.note, "note")
    data: dict[str, object] = {"unit": unit}
    if unit in city.agencies:
        _may_have(report, deed, unit, city)
    elif deed.by != report.agency and deed.by in offices.line_of(city, report.unit):
        data = {"unit": report.unit, "officer": unit}  # a sub-unit's own officer: the sub-unit goes on having it
        unit = report.unit
    if officer:
        data["officer"] = officer
    if unit in city.agencies:  # whom it is announced to; by its name alone nobody can be
        data["office"] = unit
    if note := perhaps(wish.note, "note"):
        data["internal"] = note
    return record(report, deed, "disposition", status=status, public=True, data=data, unit=unit)


def _name(text: str, field: str, *, required: bool = True) -> str:
    """Whom the agency gives it to, on one line and as written, its officers' names too: its own instruction, which no citizen
    reads. Numbers by which people are reached are nothing of a history; what tells of the reporter has been taken out
    before. Raises Invalid on `field`."""
    name = mask_identifiers(" ".join(clean(text).split()))
    if required and not name:
        raise Invalid("Something is missing.", details={field: "must not be empty"})
    if len(name) > MOST_OF_A_NAME:
        raise Invalid("The text is too long.", details={field: f"at most {MOST_OF_A_NAME} characters"})
    return name


def _may_have(report: Report, deed: Deed, unit: str, city: City) -> None:
    if offices.accuses(report, unit, city):
        raise Invalid(
            "The report is about that unit, or one above or below it.",
            details={"unit": "a confidential report never goes to the unit it accuses, nor above or below that"},
        )
    if not offices.may_give(report, deed.by, unit, city):
        raise Invalid(
            "That is not a unit of this agency.",
            details={"unit": f"{unit} does not belong to {deed.by or report.agency}"},
        )


def note(report: Report, deed: Deed, wish: Note, city: City) -> Report:
    """One more remark, until the history holds 100 kB; steps of the flow always fit. An admin's says of work that is done
    already that its proof, if it came into doubt, has been looked at."""
    lead_to(deed.action, report.status, deed.role)
    text = said(wish.note, "note")
    room_for(report, text, "note")
    seen = report.status is Status.DONE and deed.role is Role.ADMIN
    return record(report, deed, "noted", public=wish.public, note=text, doubted=report.doubted and not seen)


def return_(report: Report, deed: Deed, wish: Return, city: City) -> Report:
    """Back with the admin, without an agency. The respond clock runs again, so that nobody's report waits unseen."""
    status = lead_to(deed.action, report.status, deed.role)
    reason, data = because(deed.action, wish.reason, wish.reason_code, city)
    report = deadlines.held_until(deadlines.resumed(report, deed.at), deed.at)
    if report.respond and not report.respond.running:
        report = deadlines.rerouted(report, deed.at, city.policy)
    return record(
        report,
        deed,
        "returned",
        status=status,
        public=True,
        note=reason,
        data={"from": report.agency, **data},
        agency=None,
        unit="",
        held_since=None,
        extension=None,
        automatic=False,
    )


def resolve(report: Report, deed: Deed, wish: Resolve, city: City) -> Report:
    """Said to be done: both clocks stop where they are, and validation follows."""
    status = lead_to(deed.action, report.status, deed.role)
    done = said(wish.note, "note")
    photo_ids(wish.photos)
    if known := ever_pictured(report).intersection(wish.photos):
        raise Invalid(
            "A new photo is needed.", details={"photos": f"already on this report: {', '.join(sorted(known))}"}
        )
    if city.policy.photos_required and not wish.photos:
        raise Invalid("A photo of the finished work is required.", details={"photos": "at least one new photo"})
    report = deadlines.held_until(deadlines.resumed(report, deed.at), deed.at)
    report = deadlines.stopped(report, deed.at)
    return record(
        report,
        deed,
        "resolved",
        status=status,
        public=True,
        note=done,
        data={"photos": list(wish.photos)} if wish.photos else None,
        held_since=None,
        extension=None,
        doubted=False,
        photos=(*report.photos, *(f"{PENDING}{photo}" for photo in wish.photos)),
    )
