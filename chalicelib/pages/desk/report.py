"""A report as the staff reads it: its history in words, its pictures, and what is wrong with a form that was
refused."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from chalicelib.domain import deadlines
from chalicelib.domain.history import Entry
from chalicelib.domain.lifecycle import Action, Role
from chalicelib.domain.pictures import id_of, state_of
from chalicelib.domain.reasons import ACTION_OF
from chalicelib.domain.report import Report
from chalicelib.pages.desk import Frame, word_of
from chalicelib.pages.desk.failure import Failure, Wrong
from chalicelib.pages.names import agency_name, area_name, category_name

_TONES = {
    "accepted": "yellow", "validated": "green", "confirmed": "green", "resolved": "green", "extended": "yellow",
    "extension_requested": "yellow", "asked": "yellow", "follow_up_refused": "red", "escalated": "red", "rejected": "red",
    "returned": "red", "disputed": "red", "reopened": "red",
}  # fmt: skip


class Line(NamedTuple):
    """One line of the timeline. `inside` is a note that only the staff reads; `public`: the reporter reads the line
    too."""

    at: datetime
    what: str
    by: str
    note: str
    inside: str
    tone: str
    public: bool
    seq: int


class Picture(NamedTuple):
    """A picture: `state` is "ready", "pending" or "kept"; `after`: it came with the word that the work is done."""

    id: str
    state: str
    after: bool


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What the shared macros show. `level` is the escalation level, `bound` the last instant of an extension."""

    report: Report
    lines: list[Line]
    before: list[Picture]
    after: list[Picture]
    category: str
    area: str
    level: int
    overdue: bool
    bound: datetime
    held: list[tuple[str, timedelta]]


def shown(frame: Frame, report: Report) -> Shown:
    """The report for the macros of `desk/report_parts.html`."""
    city, lang = frame.city, frame.lang
    entries = report.entries()
    pictures = pictures_of(report, entries)
    return Shown(
        report=report,
        lines=[line_of(entry, frame) for entry in reversed(entries)],
        before=[each for each in pictures if not each.after],
        after=[each for each in pictures if each.after],
        category=category_name(city, lang, report.category or report.suggested),
        area=area_name(city, report.place.area),
        level=deadlines.level(report, city.policy),
        overdue=deadlines.overdue(report, frame.now),
        bound=deadlines.extension_bound(report, city.policy),
        held=[(agency_name(city, lang, code), timedelta(seconds=held)) for code, held in report.held.items()],
    )


def pictures_of(report: Report, entries: list[Entry]) -> list[Picture]:
    """The report's pictures in their order."""
    late = {photo for each in entries if each.event == "resolved" for photo in each.told.data.get("photos", ())}
    return [Picture(id_of(each), state_of(each), id_of(each) in late) for each in report.photos]


def line_of(entry: Entry, frame: Frame) -> Line:
    """One entry in words."""
    told, w = entry.told, word_of(frame.lang)
    erased = entry.body is None
    key = f"reports.event.{entry.event}"
    sentence = w(key, **_about(told.data, frame))
    return Line(
        at=entry.moment,
        what=w("reports.event_erased")
        if erased
        else (sentence if sentence != key else entry.event) + _code(entry, frame),
        by=doer(told.by, told.role, frame),
        note=told.note,
        inside=str(told.data.get("internal") or ""),
        tone=_TONES.get(entry.event, "grey"),
        public=told.public,
        seq=entry.seq,
    )


def _code(entry: Entry, frame: Frame) -> str:
    """The city's name of the reason that was given, after a colon."""
    code, city = str(entry.told.data.get("reason_code") or ""), frame.city
    known = city.reasons.get(ACTION_OF.get(entry.event, ""), {}).get(code)
    return f": {known.label.get(frame.lang) or known.label[city.policy.languages[0]]}" if known else ""


def doer(office: str, role: str, frame: Frame) -> str:
    """Who did it: the office, or else the role. People are not named in a history."""
    known = office in frame.city.agencies
    named = agency_name(frame.city, frame.lang, office) if known else ""
    if not role:
        return named
    if named and role == Role.AGENCY:
        return named
    title = frame.city.text(f"role.{role}", frame.lang)
    return f"{title} ({named})" if named else title


def _about(data: dict[str, Any], frame: Frame) -> dict[str, object]:
    """The values of an event's sentence."""
    city, lang = frame.city, frame.lang
    about: dict[str, object] = {}
    for name in ("agency", "from", "unit", "taken_from"):
        code = str(data.get(name) or "")
        about["source" if name == "from" else name] = agency_name(city, lang, code)
    if isinstance(until := data.get("until"), str):
        about["until"] = city.when(datetime.fromisoformat(until), lang)
    told = ("officer", "level", "into", "follower", "clock", "who")
    about |= {name: str(data[name]) for name in told if isinstance(data.get(name), str | int)}
    if about.get("officer"):
        about["unit"] = f"{about['unit']}, {about['officer']}"
    return about


def changes(failure: Failure, report: Report, frame: Frame) -> list[str]:
    """What others did meanwhile, a sentence each: "Dinas Bina Marga → Proses, 21 November 2026 pukul 14.03 WIB: …"."""
    w, entries = word_of(frame.lang), {entry.seq: entry for entry in report.entries()}
    known = [entries[each["seq"]] for each in failure.changed if each.get("seq") in entries]
    lines = [(line_of(entry, frame), entry.told) for entry in known]
    own = agency_name(frame.city, frame.lang, frame.office)
    return [
        w(
            "reports.changed_line",
            # No history names a person; that it was somebody at the next desk can be said.
            who=w("reports.colleague", office=own) if entry.by and entry.by == frame.office else line.by,
            status=frame.city.text(f"status.{entry.status}", frame.lang) if entry.status else "–",
            at=frame.city.when(line.at, frame.lang),
            what=line.what,
        )
        for line, entry in lines
    ]


# What rules say of a field, and the wording for it. The first that fits.
_SAID: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), f"reports.wrong.{key}")
    for pattern, key in (
        (r"is required|must not be empty|required|at least `?1|Object missing", "required"),
        (r"at most (?P<n>\d+) characters", "too_long"),
        (r"at least one new photo", "no_photo"),
        (r"already on this report", "old_photo"),
        (r"in use already", "used_photo"),
        (r"not uploaded yet", "absent_photo"),
        (r"show finished work", "finished_photo"),
        (r"no ids of uploads|ids as uploads gave", "strange_photo"),
        (r"not a picture", "no_picture"),
        (r"at most (?P<n>\d+) MB", "large_photo"),
        (r"at most (?P<n>\d+) days after completion", "beyond_bound"),
        (r"^not later$", "not_later"),
        (r"a date or an instant", "no_date"),
        (r"does not belong to", "no_unit"),
        (r"never goes to the unit it accuses", "accused"),
        (r"(?P<tracking>\S+) is not confidential", "not_confidential"),
        (r"(?P<tracking>\S+) is with the office that this", "with_the_accused"),
        (r"(?P<tracking>\S+) is not about the same office", "not_about_it"),
        (r"has it already", "has_it"),
        (r"unknown report|Unknown tracking", "no_report"),
        (r"unknown (category|agency)", "no_such"),
        (r"[Ee]xpected `?(float|int)", "no_figure"),
    )
)


def wrong(failure: Failure, frame: Frame) -> list[Wrong]:
    """What is wrong with each field, in the reader's words; what no wording is known for, as the rules say it."""
    if failure.error.code not in ("invalid", "too_large"):
        return []
    return [Wrong(str(field), said(str(reason), frame)) for field, reason in failure.error.details.items()]


def said(reason: str, frame: Frame) -> str:
    """A reason of the rules, in words."""
    w = word_of(frame.lang)
    for pattern, key in _SAID:
        if found := pattern.search(reason):
            return w(key, **found.groupdict())
    return reason


def reason_of(failure: Failure | None, action: Action | str, field: str, frame: Frame) -> str:
    """What is wrong with this field of this action's form; "" for nothing."""
    if failure is None or failure.action != action or failure.error.code not in ("invalid", "too_large"):
        return ""
    told = failure.error.details.get(field)
    return said(str(told), frame) if told is not None else ""
