"""The words for the reporter: which of the city's texts fits a history entry, filled in, for SMS, mail and apps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from chalicelib.channels.gsm7 import SEGMENT, fill, fit, plain, septets
from chalicelib.city.model import Agency, City
from chalicelib.city.short import TWO_SEGMENTS, limit_of
from chalicelib.domain.contribution import FIELDS
from chalicelib.domain.history import Entry
from chalicelib.domain.reasons import code_in, words_of
from chalicelib.domain.report import Report

# Sentences that a chat says otherwise than an app.
_CHATTED = frozenset({"asked", "empty", "validated", "split"})


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


def wording(report: Report, entry: Entry, city: City, *, status_url: str, to: Report | None = None) -> Wording:
    """What the reporter is told about an entry. `to`: the reporter of that report, which was merged into this one: in their
    language, under their number, and with whose report leads. `status_url` is theirs."""
    to = to or report
    lang = to.lang
    key, missing = text_key(report, entry, to), still_missing(report, entry)
    names = (code_in(entry, city), report.category or "")
    values = _values(report, entry, city, status_url, to)
    agency = _agency(report, entry, city)
    short = values | {"agency": agency.short if agency else ""}
    other = to is not report
    if other and report.hidden and entry.event != "merged":  # of what is private only where it stands
        return _where_it_stands(report, entry, city, status_url, to)

    def text(kind: str, part: str = "", changes: Mapping[str, object] | None = None) -> str:
        wanted = city.special(f"{kind}.{key}{part}", lang, names)
        return city.text(wanted, lang, **{**values, **(changes or {})})

    def beside(kind: str, words: dict[str, str]) -> str:
        (name, words_of_it), *_ = words.items()
        if not other or entry.event == "merged":  # that one names the leader itself
            return words_of_it
        leader_url = _url_of(status_url, report.tracking)
        about = {"tracking": to.tracking, "leader": report.tracking, "leader_url": leader_url}
        return city.text(f"followed.{kind}", lang, **about, **{name: words_of_it})

    def in_short(note: str) -> str:
        free = {"note": note, "question": note, "reason": note}
        return beside("sms", {"sentence": text("sms", changes=short | free)})

    free = words_of(entry, city, lang)
    sentence = beside("app", {"sentence": text("app").rstrip()})
    chatted = beside("app", {"sentence": text("chat").rstrip()}) if key in _CHATTED else sentence
    return Wording(
        sms=fill(in_short, free, blocked=city.policy.sms_blocked_words, limit=_room(in_short, free, entry, other)),
        subject=text("email", ".subject"),
        body=beside("body", {"body": text("email", ".body")}),
        sentence=sentence,
        chat=city.text("chat.line", lang, tracking=to.tracking, sentence=chatted, status_url=status_url),
        missing=missing,
        status=_sent_on(report, entry).told.status,
    )


def _values(report: Report, entry: Entry, city: City, status_url: str, to: Report) -> dict[str, object]:
    told, lang, missing = entry.told, to.lang, still_missing(report, entry)
    agency = _agency(report, entry, city)
    free = words_of(entry, city, lang)
    second = str(told.data.get("into", "")) if entry.event == "split" else ""
    return {
        "tracking": to.tracking,
        "agency": (agency.name_en if lang == "en" and agency.name_en else agency.name) if agency else "",
        "date": city.when(_moment(told.data.get("until"), report, entry), lang),
        "note": free,
        "question": free,
        "reason": free,
        "level": told.data.get("level", ""),
        "leader": report.merged_into or "",
        "emergency": city.policy.emergency_number,
        "missing": ", ".join(city.text(f"field.{field}", lang) for field in _asked(missing, entry)),
        "example": "; ".join(city.text(f"example.{field}", lang) for field in _asked(missing, entry)),
        "greeting": city.text("email.greeting", lang),
        "status_url": status_url,
        "second": second,
        "second_url": _url_of(status_url, second) if second else "",
    }


def _where_it_stands(report: Report, entry: Entry, city: City, status_url: str, to: Report) -> Wording:
    """All that the reporter of a merged report hears where the one that leads is private: the status, which is public."""
    status = _sent_on(report, entry).told.status
    label = city.text(f"status.{status}", to.lang)
    said = city.text("answer.status_merged_plain", to.lang, tracking=to.tracking, leader=report.tracking, status=label)
    return Wording(
        sms=fit(said),
        subject=f"{city.text('answer.subject', to.lang)} [{to.tracking}]",
        body=f"{said}\n{status_url}\n",
        sentence=said,
        chat=city.text("chat.line", to.lang, tracking=to.tracking, sentence=said, status_url=status_url),
        missing=[],
        status=status,
    )


def _room(wording: Callable[[str], str], free: str, entry: Entry, other: bool) -> int:
    """One segment, or the event's two; for the reporter of a merged report two, where both numbers and the words need them."""
    limit = TWO_SEGMENTS if other else limit_of(entry.event)
    return limit if septets(plain(wording(free))) > SEGMENT else SEGMENT


def _url_of(status_url: str, tracking: str) -> str:
    return f"{status_url.rpartition('/')[0]}/{tracking}"


def still_missing(report: Report, entry: Entry) -> list[str]:
    """What an entry asks for and nobody has said since: events may arrive late."""
    return [str(field) for field in entry.told.data.get("missing", ()) if field in report.missing]


def _asked(missing: list[str], entry: Entry) -> list[str]:
    """The fields to ask for in the usual order; of the place only the part that is not known."""
    part = str(entry.told.data.get("part", "place"))
    return [part if field == "place" else field for field in FIELDS if field in missing]


def text_key(report: Report, entry: Entry, to: Report | None = None) -> str:
    """Which text: usually the event's own; an acknowledgement also says what is missing, or who has the report
    already; of a report that several have made, who reopened it."""
    told = entry.told
    if entry.event == "reopened" and told.data.get("for", report.tracking) != (to or report).tracking:
        return "reopened_other"
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
