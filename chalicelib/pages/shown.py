"""What the page of one report shows, worked out from the citizens' view: plain values for the templates, no markup."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.city.model import City

View = Mapping[str, Any]

# JAKI's colours; statuses that are neither late nor done stay grey.
TONES = {
    "incomplete": "grey",
    "waiting": "red",
    "coordination": "yellow",
    "disposition": "yellow",
    "in_progress": "yellow",
    "awaiting_validation": "yellow",
    "follow_up_refused": "red",
    "done": "green",
    "merged": "grey",
    "rejected": "red",
    "withdrawn": "grey",
    "abandoned": "grey",
}
# The way a report goes, and which of these steps a status belongs to.
STEPS = ("waiting", "coordination", "in_progress", "awaiting_validation", "done")
_STEP_OF = {step: step for step in STEPS} | {"disposition": "coordination", "follow_up_refused": "in_progress"}
_ENDED = frozenset({"merged", "rejected", "withdrawn", "abandoned"})
_DELIVERED = frozenset({"awaiting_validation", "done"})
_TAKEN_UP = _DELIVERED | {"in_progress", "follow_up_refused"}
# Which deadline the status's sentence names.
_RESPOND_NEXT = frozenset({"waiting", "coordination"})
# Events that the agency itself causes: `by` names it.
_BY_THE_AGENCY = frozenset({"accepted", "disposition", "extension_requested", "returned", "resolved"})
_EVENT_TONES = {"escalated": "red", "follow_up_refused": "red", "rejected": "red", "validated": "green"}

# What may be read of a hidden report, and what stands for all the rest.
_OPEN_TO_ALL = ("tracking", "status", "respond_by", "resolve_by", "overdue", "escalation_level", "hidden")
_NOTHING: dict[str, Any] = {
    "category": None,
    "agency": None,
    "area": None,
    "received_at": None,
    "problem": None,
    "place": None,
    "emergency": False,
    "paused_until": None,
    "merged_into": None,
    "photos": (),
    "history": (),
}


class Step(NamedTuple):
    """One step of the way: its label, and whether the report is `past` it, `now` at it, or it is `ahead`."""

    label: str
    state: str


class Deadline(NamedTuple):
    """One of the two clocks: the instant it ends and in which state it is, as a word with a tone and an icon."""

    label: str
    by: datetime
    state: str
    tone: str
    icon: str


class Rung(NamedTuple):
    """One level of the ladder above the agency."""

    level: int
    office: str
    reached: bool


class Event(NamedTuple):
    """One line of the timeline; `photos` is how many came with it."""

    at: datetime
    what: str
    by: str
    note: str
    tone: str
    photos: int = 0


def safe(view: View) -> dict[str, Any]:
    """The view with all that a page asks for; of a hidden report with nothing that must not be read, whoever made it."""
    if view["hidden"]:
        return _NOTHING | {name: view[name] for name in _OPEN_TO_ALL}
    return _NOTHING | dict(view)


def moment(value: datetime | str) -> datetime:
    """An instant of the view as an aware datetime: history keeps ISO 8601 texts."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def when(city: City, lang: str, instant: datetime | str) -> str:
    """An instant in the city's words that breaks into lines between date and time only."""
    text = city.when(moment(instant), lang).replace(" ", "\u00a0")
    return re.sub(r"(\d{4},?)\u00a0", r"\1 ", text, count=1)


def sentence(view: View, city: City, lang: str) -> str:
    """The status in one plain sentence. A hidden report's sentence names no agency and no history."""
    code = view["status"]["code"]
    if code == "rejected" and view["hidden"]:
        return city.text("page.rejected_hidden", lang)
    by = view["respond_by"] if _respond_next(view) else view["resolve_by"]
    agency = view["agency"]["name"] if view["agency"] else city.text("page.unnamed_agency", lang)
    return _capital(
        city.text(f"status_sentence.{code}", lang, agency=agency, deadline=when(city, lang, by) if by else "")
    )


def steps(view: View, city: City, lang: str) -> list[Step]:
    """The way of a report with its present place on it; empty for a report that left this way."""
    present = _STEP_OF.get(view["status"]["code"])
    if present is None:
        return []
    at = STEPS.index(present)
    states = ["past" if n < at or present == "done" else "now" if n == at else "ahead" for n in range(len(STEPS))]
    return [Step(city.text(f"status.{step}", lang), state) for step, state in zip(STEPS, states, strict=True)]


def deadlines(view: View, city: City, lang: str, now: datetime) -> list[Deadline]:
    """Both clocks; empty while the report is incomplete."""
    code = view["status"]["code"]
    answered = code in _TAKEN_UP or (code == "disposition" and not _respond_next(view))
    return [
        _deadline(view, city, lang, now, clock, stopped_by)
        for clock, stopped_by in (("respond", answered), ("resolve", code in _DELIVERED))
        if view[f"{clock}_by"] is not None
    ]


def ladder(view: View, city: City, lang: str) -> list[Rung]:
    """The levels a late report is raised to, with the office each one tells; empty once no clock runs any more."""
    if view["status"]["code"] in _ENDED | _DELIVERED or not view["resolve_by"]:
        return []
    unassigned = view["status"]["code"] == "waiting"
    told = {rung.level: rung.to_unassigned if unassigned else rung.to for rung in city.policy.ladder if rung.level}
    reached = view["escalation_level"]
    rungs = [Rung(level, _offices(told[level], city, lang), level <= reached) for level in sorted(told)]
    # An office that hears of two levels in a row is named once.
    return [rung for rung, before in zip(rungs, [None, *rungs[:-1]], strict=True) if not before or rung[1] != before[1]]


def timeline(view: View, city: City, lang: str) -> list[Event]:
    """The public history, newest first."""
    return [_event(entry, view, city, lang) for entry in reversed(view["history"])]


def place(view: View) -> list[str]:
    """The place in the words there are; by its coordinates only where there are no words."""
    known = view["place"] or {}
    words = [known[part] for part in ("address", "landmark") if known.get(part)]
    if not words and known.get("lat") is not None and known.get("lng") is not None:
        words = [f"{known['lat']:.5f}, {known['lng']:.5f}"]
    return words


def extension_reason(view: View) -> str:
    """Why the last extension was given; it is told beside its date."""
    granted = [entry for entry in view["history"] if entry["event"] == "extended"]
    return str(granted[-1]["note"] or "") if granted else ""


def rejection_reason(view: View) -> str:
    """Why it was rejected, while it is; told at once and not in the history only."""
    refused = [entry for entry in view["history"] if entry["event"] == "rejected"]
    return str(refused[-1]["note"] or "") if refused and view["status"]["code"] == "rejected" else ""


def extended_until(view: View) -> datetime | None:
    """The date that an approved extension gave, while it still counts."""
    granted = [entry for entry in view["history"] if entry["event"] == "extended"]
    if not granted or view["status"]["code"] in _ENDED | _DELIVERED:
        return None
    return moment(granted[-1].get("until") or view["resolve_by"])


def _offices(codes: tuple[str, ...], city: City, lang: str) -> str:
    names = []
    for code in codes:
        office = city.agencies.get(code)
        if office is None:  # "agency" stands for whoever has the report: late reports go to its head
            names.append(_capital(city.text("office.level_1", lang)))
        else:
            names.append(office.name_en if lang == "en" and office.name_en else office.name)
    return ", ".join(names)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _respond_next(view: View) -> bool:
    """Whether the respond clock is the one that runs out next. Only after a disposition the status alone does not tell:
    there the last step that starts or stops that clock does."""
    code = view["status"]["code"]
    if code != "disposition":
        return code in _RESPOND_NEXT
    telling = ("accepted", "dispatched", "reopened")
    return next((e["event"] != "accepted" for e in reversed(view["history"]) if e["event"] in telling), True)


def _deadline(view: View, city: City, lang: str, now: datetime, clock: str, stopped: bool) -> Deadline:
    by = moment(view[f"{clock}_by"])
    label = city.text(f"page.{clock}_by", lang)
    if stopped:
        key, tone, icon = ("responded" if clock == "respond" else "delivered"), "green", "done"
    elif view["status"]["code"] in _ENDED:
        key, tone, icon = "clock_stopped", "grey", "abandoned"
    elif view["overdue"] and by < _stands_at(view, now):
        key, tone, icon = "overdue", "red", "alert"
    elif view["paused_until"]:
        key, tone, icon = "clock_paused", "grey", "paused"
    else:
        key, tone, icon = "clock_running", "yellow", "waiting"
    return Deadline(label, by, city.text(f"page.{key}", lang), tone, icon)


def _stands_at(view: View, now: datetime) -> datetime:
    """Where the clocks are: while the reporter is asked, they stand still where they were."""
    if not view["paused_until"]:
        return now
    return next((moment(entry["at"]) for entry in reversed(view["history"]) if entry["event"] == "asked"), now)


def _event(entry: Mapping[str, Any], view: View, city: City, lang: str) -> Event:
    """What happened, with what the entry itself tells (`agency`, `until`, `level`); else what the report says now."""
    event, by = entry["event"], entry["by"] or ""
    agency = entry.get("agency") or (by if event in _BY_THE_AGENCY else "")
    if not agency:
        agency = view["agency"]["name"] if view["agency"] else city.text("page.unnamed_agency", lang)
    until = entry.get("until") or view["resolve_by"]
    what = city.text(
        f"event.{event}",
        lang,
        agency=agency,
        date=when(city, lang, until) if until else "",
        level=entry.get("level") or view["escalation_level"],
        note=entry["note"] or "",
        leader=view["merged_into"] or "",
    )
    return Event(
        at=moment(entry["at"]),
        what=_capital(what),
        by="" if by in what else by,
        note=entry["note"] or "",
        tone=_EVENT_TONES.get(event, ""),
        photos=int(entry.get("photos") or 0),
    )
