"""What the pages of triage say beside the shared pieces of a report: reasons in sentences, flags, what may be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple, Protocol

from chalicelib.city.model import City
from chalicelib.domain.lifecycle import Status
from chalicelib.domain.open_photos import own_photos
from chalicelib.domain.pictures import ready
from chalicelib.domain.report import Report
from chalicelib.pages.desk import Frame, word_of
from chalicelib.pages.map_spot import Mark, spot
from chalicelib.pages.names import area_name, category_name

_RED = frozenset({"emergency", "abuse", "outside", "confidential"})
_YELLOW = frozenset({"flood", "same-text", "link", "not_public", "several", "returned", "unverified", "photo-place"})

_LINE_BYTES, _LINE_CHARACTERS = 400, 80


class Told(NamedTuple):
    """A flag: its name, what it means, and its colour."""

    name: str
    meaning: str
    tone: str


class Duplicate(NamedTuple):
    """A near-duplicate, in words. `done`: when its problem was settled, if it is."""

    report: Report
    reasons: list[str]
    photos: list[str]
    percent: int
    leads: bool
    done: str


class _Why(Protocol):
    """`triage.duplicates.Likeness`."""

    score: float
    metres: float | None
    days: float
    family: str
    words: tuple[str, ...]
    photo: bool


class _Near(Protocol):
    """`usecases.duplicates.Near`."""

    report: Report
    why: Any
    leads: bool


def detail(frame: Frame, report: Report, facts: Any) -> dict[str, Any]:
    """What the page of one report is given, from `usecases.triaging.Facts`."""
    place = report.place
    others = [near.report.place for near in facts.duplicates.near]
    marks = [Mark(each.lat, each.lng, kind) for kind, each in (("here", place), *(("other", each) for each in others))
             if each.lat is not None and each.lng is not None]  # fmt: skip
    w = word_of(frame.lang)
    area = area_name(frame.city, place.area)
    label = (
        w("map.at", area=area) if place.has_point and place.area else w("map.outside" if marks else "map.of", area=area)
    )
    return {
        "facts": facts,
        "flags": [told(flag, frame.lang) for flag in facts.flags],
        "why": why(facts.suggestion.reasons, frame),
        "duplicates": [duplicate(near, frame) for near in facts.duplicates.near],
        "map": spot(frame.city, label=label, marks=marks if place.has_point else (), area=place.area),
        "categories": categories(frame.city, frame.lang),
        "kelurahan": kelurahan(frame.city),
        "own_photos": ready(report.photos),
        "go_along": own_photos(report),
        "erasable": erasable(report),
    }


def erasable(report: Report) -> list[tuple[int, str]]:
    """The entries whose words may be erased: (seq, the words' beginning)."""
    return [
        (entry.seq, entry.told.note[:120]) for entry in report.entries() if entry.body is not None and entry.told.note
    ]


def why(reasons: Sequence[tuple[str, str]], frame: Frame) -> list[str]:
    """The reasons of a suggestion, a sentence each."""
    w = word_of(frame.lang)
    named = {
        "words": lambda detail: ", ".join(f"“{word}”" for word in detail.split(", ")),
        "area": lambda detail: area_name(frame.city, detail),
    }
    return [
        w(f"triage.why.{kind}", what=named.get(kind, lambda code: category_name(frame.city, frame.lang, code))(detail))
        for kind, detail in reasons
    ]


def duplicate(near: _Near, frame: Frame) -> Duplicate:
    """A near-duplicate with its reasons, a few words each."""
    w, reasons = word_of(frame.lang), []
    alike: _Why = near.why
    if alike.metres is not None:
        reasons.append(w("triage.near.metres", n=round(alike.metres)))
    else:
        reasons.append(w("triage.near.area"))
    days = round(alike.days)
    reasons.append(w("triage.near.days", n=days) if days else w("triage.near.same_day"))
    reasons.append(w(f"triage.near.{alike.family}"))
    if alike.words:
        reasons.append(w("triage.near.words", words=", ".join(alike.words)))
    if alike.photo:
        reasons.append(w("triage.near.photo"))
    report = near.report
    done = frame.city.when(report.done_at(), frame.lang) if report.status is Status.DONE else ""
    return Duplicate(report, reasons, ready(report.photos)[:4], round(alike.score * 100), near.leads, done)


def told(flag: str, lang: str) -> Told:
    """A flag in words; one that no wording is known for, as it is called."""
    w = word_of(lang)
    meaning = w(f"triage.flag_means.{flag}")
    return Told(flag_name(flag, lang), "" if meaning == f"triage.flag_means.{flag}" else meaning, flag_tone(flag))


def flag_name(flag: str, lang: str) -> str:
    """What a flag is called."""
    name = word_of(lang)(f"triage.flag.{flag}")
    return flag if name == f"triage.flag.{flag}" else name


def flag_tone(flag: str) -> str:
    """The colour of a flag's chip."""
    return "red" if flag in _RED else "yellow" if flag in _YELLOW else "grey"


def clipped(text: str) -> str:
    """The beginning of a text that a line has room for, in bytes of HTML too: fifty lines stay small whatever is written."""
    return text if len(escape(text).encode()) <= _LINE_BYTES else f"{text[:_LINE_CHARACTERS]}…"


def channel_name(city: City, lang: str, code: str) -> str:
    """A channel in words; the code itself if it is none of the city's."""
    known = city.channels.get(code)
    return (known.label.get(lang) or known.label[city.policy.languages[0]]) if known else code


def categories(city: City, lang: str) -> list[tuple[str, str]]:
    """The categories that a report can be given: (code, name), by name."""
    return sorted(
        ((code, category_name(city, lang, code)) for code in city.open_categories()),
        key=lambda pair: pair[1].casefold(),
    )


def kelurahan(city: City) -> list[str]:
    """The names of all kelurahan with their kecamatan, as they may be typed."""
    return sorted(area_name(city, code) for code, area in city.areas.items() if area.level == "kelurahan")
