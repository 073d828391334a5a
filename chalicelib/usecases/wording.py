"""The words for the reporter: which of the city's texts fits a history entry, filled in, for SMS, mail and apps."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.channels.gsm7 import fill
from chalicelib.city.model import Agency, City
from chalicelib.domain.contribution import FIELDS
from chalicelib.domain.history import Entry
from chalicelib.domain.report import Report

# Sentences that a chat says otherwise than an app.
_CHATTED = frozenset({"asked", "empty", "validated"})


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """The same message in the lengths it is needed in; `missing` names the fields asked for, `status` is where the
    report stands after the whole change."""

    sms: str
    subject: str
    body: str
    sentence: str
    chat: str
    missing: list[str]
    status: str


def wording(report: Report, entry: Entry, city: City, *, status_url: str) -> Wording:
    """What the reporter is told about an entry."""
    told, lang = entry.told, report.lang
    key, missing = text_key(report, entry), still_missing(report, entry)
    agency = _agency(report, entry, city)
    until = told.data.get("until")
    values: dict[str, object] = {
        "tracking": report.tracking,
        "agency": (agency.name_en if lang == "en" and agency.name_en else agency.name) if agency else "",
        "date": city.when(_moment(until, report, entry), lang),
        "note": told.note,
        "question": told.note,
        "reason": told.note,
        "level": told.data.get("level", ""),
        "leader": report.merged_into or "",
        "emergency": city.policy.emergency_number,
        "missing": ", ".join(city.text(f"field.{field}", lang) for field in _asked(missing, entry)),
        "example": "; ".join(city.text(f"example.{field}", lang) for field in _asked(missing, entry)),
        "greeting": city.text("email.greeting", lang),
        "status_url": status_url,
    }
    short = values | {"agency": agency.short if agency else ""}

    def in_one_segment(note: str) -> str:
        return city.text(f"sms.{key}", lang, **short | {"note": note, "question": note, "reason": note})

    sentence = city.text(f"app.{key}", lang, **values)
    chatted = city.text(f"chat.{key}", lang, **values) if key in _CHATTED else sentence
    return Wording(
        sms=fill(in_one_segment, told.note, blocked=city.policy.sms_blocked_words),
        subject=city.text(f"email.{key}.subject", lang, **values),
        body=city.text(f"email.{key}.body", lang, **values),
        sentence=sentence,
        chat=city.text("chat.line", lang, tracking=report.tracking, sentence=chatted, status_url=status_url),
        missing=missing,
        status=_sent_on(report, entry).told.status,
    )


def still_missing(report: Report, entry: Entry) -> list[str]:
    """What an entry asks for and nobody has said since: events may arrive late."""
    return [str(field) for field in entry.told.data.get("missing", ()) if field in report.missing]


def _asked(missing: list[str], entry: Entry) -> list[str]:
    """The fields to ask for in the usual order; of the place only the part that is not known."""
    part = str(entry.told.data.get("part", "place"))
    return [part if field == "place" else field for field in FIELDS if field in missing]


def text_key(report: Report, entry: Entry) -> str:
    """Which text: usually the event's own; an acknowledgement also says what is missing, or who has the report
    already."""
    told = entry.told
    missing, emergency = bool(still_missing(report, entry)), bool(told.data.get("emergency"))
    if told.data.get("empty") and missing:
        return "empty"
    if entry.event == "message_added" or (entry.event == "received" and missing):
        return "incomplete_emergency" if emergency else "incomplete"
    if entry.event in ("received", "completed"):
        key = f"{entry.event}_dispatched" if _sent_on(report, entry) is not entry else entry.event
        return f"{key}_emergency" if emergency and entry.event == "received" else key
    return entry.event


def _agency(report: Report, entry: Entry, city: City) -> Agency | None:
    """The agency an entry is about: named by it, acting in it, or the one that has the report."""
    told = _sent_on(report, entry).told
    codes = (told.data.get("agency"), told.data.get("from"), told.by, report.agency)
    return next((city.agencies[code] for code in codes if code in city.agencies), None)


def _sent_on(report: Report, entry: Entry) -> Entry:
    """The quiet dispatch that came with an acknowledgement, or the entry itself."""
    following = report.entries()[entry.seq : entry.seq + 1] if entry.event in ("received", "completed") else []
    return next((after for after in following if after.event == "dispatched" and after.told.quiet), entry)


def _moment(until: object, report: Report, entry: Entry) -> datetime:
    if isinstance(until, str):
        return datetime.fromisoformat(until)
    return report.resolve.by if report.resolve else entry.moment
