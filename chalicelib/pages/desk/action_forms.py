"""The forms of actions on a report: which fields each has, and what may be chosen in them. A table, which one macro
shows."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.city import short
from chalicelib.city.model import City
from chalicelib.domain import deadlines, offices
from chalicelib.domain.lifecycle import Action, Role, allowed
from chalicelib.domain.report import Report
from chalicelib.pages.desk import Frame
from chalicelib.pages.names import agency_name, category_name

A = Action
_NOTE = 5_000
_PROBLEM = 20_000


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field: `kind` is "line", "text", "choice", "date", "tick" or "photos"; `most` characters; `choices` names
    where
    the options of a choice come from."""

    name: str
    kind: str = "line"
    required: bool = False
    most: int = _NOTE
    choices: str = ""


class ActionForm(msgspec.Struct, frozen=True, kw_only=True):
    """An action's form: the letter that opens it, and how its button looks."""

    fields: tuple[Field, ...]
    key: str = ""
    tone: str = ""


def _text(name: str, *, required: bool = False, most: int = _NOTE) -> Field:
    return Field(name=name, kind="text", required=required, most=most)


_REASONED = Field(name="reason_code", kind="choice", choices="reasons")
FORMS: dict[Action, ActionForm] = {
    A.ACCEPT: ActionForm(fields=(_text("note"),), key="a"),
    A.DISPOSITION: ActionForm(
        fields=(
            Field(name="unit", kind="choice", choices="units"),
            Field(name="officer", most=200),
            _text("note"),
        ),
        key="d",
    ),
    A.RESOLVE: ActionForm(
        fields=(Field(name="photos", kind="photos", required=True), _text("note", required=True)), key="s"
    ),
    A.NOTE: ActionForm(fields=(_text("note", required=True), Field(name="public", kind="tick")), key="n"),
    A.ASK: ActionForm(fields=(_text("question", required=True),), key="q"),
    A.EXTEND: ActionForm(
        fields=(Field(name="until", kind="date", required=True), _text("reason", required=True)), key="x"
    ),
    A.RETURN: ActionForm(fields=(_REASONED, _text("reason")), key="r", tone="danger"),
    A.DISPATCH: ActionForm(
        fields=(
            Field(name="category", kind="choice", choices="categories"),
            Field(name="agency", kind="choice", choices="agencies"),
            _text("note"),
        ),
        key="g",
    ),
    A.APPROVE_EXTENSION: ActionForm(fields=(), key="y"),
    A.REFUSE_EXTENSION: ActionForm(fields=(_text("reason", required=True),), tone="danger"),
    A.VALIDATE: ActionForm(fields=(_text("note"),), key="v"),
    A.REFUSE: ActionForm(fields=(_REASONED, _text("reason")), key="f", tone="danger"),
    A.CORRECT: ActionForm(
        fields=(
            Field(name="category", kind="choice", choices="categories"),
            Field(name="address", most=500),
            Field(name="landmark", most=500),
        ),
        key="c",
    ),
    A.MERGE: ActionForm(fields=(Field(name="into", required=True, most=40),), key="m"),
    A.SPLIT: ActionForm(
        fields=(
            _text("problem", required=True, most=_PROBLEM),
            Field(name="category", kind="choice", choices="categories"),
            _text("note"),
        ),
    ),
    A.REDACT: ActionForm(fields=(_text("problem", required=True, most=_PROBLEM),)),
    A.REJECT: ActionForm(fields=(_REASONED, _text("reason")), key="t", tone="danger"),
}


# The fields whose words the reporter reads, and the event that tells them.
_TOLD_BY_SMS = {
    (A.ACCEPT, "note"): "accepted",
    (A.RESOLVE, "note"): "resolved",
    (A.NOTE, "note"): "noted",
    (A.ASK, "question"): "asked",
    (A.RETURN, "reason"): "returned",
    (A.VALIDATE, "note"): "validated",
    (A.REFUSE, "reason"): "follow_up_refused",
    (A.REJECT, "reason"): "rejected",
}


def may_do(report: Report, role: Role) -> list[Action]:
    """What this role may do with the report now, in the order of the forms."""
    now = set(allowed(report.status, role))
    now -= {A.EXTEND} if report.extension else {A.APPROVE_EXTENSION, A.REFUSE_EXTENSION}
    return [action for action in FORMS if action in now]


def choices(field: Field, action: Action, report: Report, frame: Frame) -> list[tuple[str, str]]:
    """The options of a choice: (value, label)."""
    return _CHOICES[field.choices](action, report, frame)


def chosen(field: Field, report: Report, frame: Frame) -> str:
    """What is chosen before anybody has: the sub-unit of the place."""
    if field.choices != "units" or not report.place.area:
        return ""
    near = [code for code in _below(report, frame) if _covers(frame.city, code, report.place.area)]
    return max(near, key=lambda code: len(frame.city.agencies[code].area or ""), default="")


def room(field: Field, action: Action, report: Report, frame: Frame) -> int | None:
    """How many characters of the field reach the reporter by the channel they came by; None where nothing cuts them."""
    city, channel = frame.city, frame.city.channels.get(report.channel)
    event = _TOLD_BY_SMS.get((action, field.name))
    if event is None or channel is None or channel.adapter not in short.ADAPTERS or not report.answerable:
        return None
    agency = city.agencies.get(report.agency or "")
    values = {"tracking": report.tracking, "agency": agency.short if agency else ""}
    return short.room_for_words(city, event, report.lang, values, beside=str(action))


def latest(report: Report, frame: Frame) -> str:
    """The latest day that an extension may name, as a date field has it (city time)."""
    return frame.city.local_day(deadlines.extension_bound(report, frame.city.policy)).isoformat()


def earliest(report: Report, frame: Frame) -> str:
    """The first day that an extension may name: that of the present deadline, or today."""
    by = max(frame.now, report.resolve.by) if report.resolve else frame.now
    return frame.city.local_day(by).isoformat()


def _below(report: Report, frame: Frame) -> list[str]:
    office = frame.office if report.agency in offices.line_of(frame.city, frame.office) else report.agency or ""
    return [code for code in offices.under(frame.city, office) if not offices.accuses(report, code, frame.city)]


def _covers(city: City, code: str, area: str) -> bool:
    own = city.agencies[code].area
    return bool(own) and (area == own or area.startswith(f"{own}."))


def _units(_: Action, report: Report, frame: Frame) -> list[tuple[str, str]]:
    return [(code, agency_name(frame.city, frame.lang, code)) for code in _below(report, frame)]


def _agencies(_: Action, report: Report, frame: Frame) -> list[tuple[str, str]]:
    """The city's own agencies, and the offices of the place: not all of the four hundred."""
    city, area = frame.city, report.place.area or ""
    fit = [
        code
        for code, agency in city.agencies.items()
        if agency.kind != "oversight"
        and (not agency.parent if not offices.is_place(city, code) else bool(area) and _covers(city, code, area))
        and code != report.agency
        and not offices.accuses(report, code, city)
    ]
    return [(code, agency_name(city, frame.lang, code)) for code in fit]


def _categories(_: Action, report: Report, frame: Frame) -> list[tuple[str, str]]:
    named = [(code, category_name(frame.city, frame.lang, code)) for code in frame.city.open_categories()]
    return sorted(named, key=lambda pair: pair[1])


def _reasons(action: Action, report: Report, frame: Frame) -> list[tuple[str, str]]:
    known: dict[str, Any] = frame.city.reasons.get(str(action), {})
    first = frame.city.policy.languages[0]
    return [(code, reason.label.get(frame.lang) or reason.label[first]) for code, reason in known.items()]


_CHOICES = {"units": _units, "agencies": _agencies, "categories": _categories, "reasons": _reasons}
