"""What the page of one report says beside its facts: what happens when a deadline passes, the timeline in portions, the
photos in groups, and which forms its reporter has. Plain values worked out from the citizens' view; no markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.city.model import City
from chalicelib.pages import shown
from chalicelib.pages.map_spot import Mark, spot
from chalicelib.pages.names import area_name
from chalicelib.pages.shown import Deadline, Event, View
from chalicelib.pages.words import Word

PORTIONS = ((12, 28), (8, 14), (5, 6), (2, 0))
"""A page is at most 30 kB, however long its history: so many entries with their words, so many more in brief, and the next
smaller portion where that is too much. What is left out is on `?history=all`."""
MOST_PHOTOS = 12
_MOST_OF_A_NOTE, _MOST_OF_A_PORTION, _MOST_OF_A_PROBLEM = 600, 375, 2_500
_SPAN_KM = 1.6
_MAP_STYLE = (
    "text{font:20px sans-serif;text-anchor:middle;fill:#15252c}.area,.own{fill:#f2f5f5;stroke:#4b5d65;stroke-width:1.5}"
    ".own{fill:#dfe8ea}path.scale{fill:none;stroke:#15252c;stroke-width:2}text.scale{font-size:17px;text-anchor:start}"
    ".here path{fill:#b3261e}circle{fill:#fff}@media(prefers-color-scheme:dark){text{fill:#e9f0f2}"
    ".area,.own{fill:#172429;stroke:#aabbc2}.own{fill:#24343b}path.scale{stroke:#e9f0f2}.here path{fill:#f08b82}}"
)
FOLDED = frozenset({"add", "notify", "withdraw", "withdraw-consent", "erase"})
"""Forms that are there for who looks for them; they are open only when just refused."""


class Told(NamedTuple):
    """The timeline: the newest entries with their words, older ones in brief, and how many are left out."""

    newest: list[Event]
    older: list[Event]
    left_out: int


class Photo(NamedTuple):
    """A photo: the address of the small copy and of the large one (below the page's own address), and what it is."""

    small: str
    large: str
    alt: str


class Photos(NamedTuple):
    """Photos of one group, with their heading ("" where there is only the one group)."""

    heading: str
    photos: list[Photo]


def what_next(view: View, clocks: Sequence[Deadline], city: City, lang: str, w: Word, now: datetime) -> str:
    """What happens when the deadline that runs passes, or who is told next of one that has: in one sentence. Empty where no
    clock runs."""
    running = [clock for clock in clocks if clock.icon in ("waiting", "alert")]
    if not running or view["paused_until"]:
        return ""
    clock = min(running, key=lambda each: each.by)
    rungs = shown.ladder(view, city, lang)
    if clock.by >= now:
        if not rungs:
            return ""
        key = "missed_respond" if clock.label == city.text("page.respond_by", lang) else "missed_resolve"
        return w(f"status.next.{key}", office=rungs[0].office)
    ahead = next((rung for rung in rungs if rung.level > view["escalation_level"]), None)
    if ahead is None:
        return w("status.next.top", office=rungs[-1].office) if rungs else ""
    hours = {rung.level: rung.after_hours or 0.0 for rung in city.policy.ladder}
    at = clock.by + timedelta(hours=hours.get(ahead.level, 0.0))
    key = "raise_on" if at > now else "raise_soon"
    return w(f"status.next.{key}", office=ahead.office, date=shown.when(city, lang, at))


def told(events: Sequence[Event], portion: tuple[int, int] | None = PORTIONS[0]) -> Told:
    """The timeline in a portion: (entries with their words, entries in brief); None: all of it, whatever its length."""
    if portion is None:
        return Told(list(events), [], 0)
    in_words, in_brief = portion
    newest, left = [], in_words * _MOST_OF_A_PORTION
    for event in events[:in_words]:
        note = _cut(event.note, min(_MOST_OF_A_NOTE, max(left, 80)))
        left -= len(note)
        newest.append(event._replace(note=note))
    older = [event._replace(what=_cut(event.what, 120), note="") for event in events[in_words : in_words + in_brief]]
    return Told(newest, older, max(len(events) - in_words - in_brief, 0))


def shortened(view: View, portion: tuple[int, int]) -> dict[str, Any]:
    """The view with no more words and photos of the problem than a page of that portion has room for."""
    share = min(portion[0] / PORTIONS[1][0], 1.0)
    after, most = set(view.get("photos_after") or ()), max(int(MOST_PHOTOS * share), 4)
    finished = [photo for photo in view["photos"] if photo in after][-most // 2 :]
    before = [photo for photo in view["photos"] if photo not in after][: most - len(finished)]
    problem = _cut(view["problem"] or "", max(int(_MOST_OF_A_PROBLEM * share), 800))
    return dict(view) | {"problem": problem, "photos": [*before, *finished]}


def is_cut(events: Sequence[Event], portions: Told) -> bool:
    """Whether something is told on `?history=all` that is not told here."""
    notes = {(event.at, event.what): event.note for event in events}
    here = [*portions.newest, *portions.older]
    return bool(portions.left_out) or any(notes.get((each.at, each.what), "") != each.note for each in here)


def groups(view: View, w: Word, *, base: str, own: str = "") -> list[Photos]:
    """The photos before the work and of the finished work. `base` is where addresses begin; `own` where those begin that
    believe the reporter's cookie ("" for photos that everybody may see)."""
    after = set(view.get("photos_after") or ())
    before = [photo for photo in view["photos"] if photo not in after]
    finished = [photo for photo in view["photos"] if photo in after]
    found = []
    for key, photos in (("before", before), ("after", finished)):
        shown_here = [
            Photo(
                f"{own or base}{photo}?size=small",
                f"{own or base}{photo}",
                w(f"status.photos.{key}_of", n=number, total=len(photos)),
            )
            for number, photo in enumerate(photos, 1)
        ]
        if shown_here:
            found.append(Photos(w(f"status.photos.{key}"), shown_here))
    return found


def map_label(view: View, city: City, w: Word) -> str:
    """What the small map shows, in words; "" when there is nothing to show."""
    known, area = view["place"] or {}, (view["area"] or {}).get("code")
    named = area_name(city, area)
    if known.get("lat") is not None and known.get("lng") is not None:
        key = "outside" if not area else "near" if known.get("exact") is False else "at"
        return w(f"status.map.{key}", area=named)
    return w("status.map.of", area=named) if area else ""


def small_map(view: View, city: City, w: Word) -> str:
    """Where it is, as an SVG file of its own, coarse where the view is; "" when neither point nor kelurahan is known, or the
    city has no outlines."""
    label = map_label(view, city, w)
    if not label:
        return ""
    known, area = view["place"] or {}, (view["area"] or {}).get("code")
    lat, lng = known.get("lat"), known.get("lng")
    marks = [Mark(lat, lng)] if lat is not None and lng is not None else []
    drawn = spot(city, label=label, marks=marks, area=area, span_km=_SPAN_KM if marks else None)
    styled = drawn.replace("<title>", f"<style>{_MAP_STYLE}</style><title>", 1)
    return styled.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def first_and_more(choices: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """The forms that stand open (what is asked of the reporter now), and those folded up."""
    actions = [str(choice["action"]) for choice in choices]
    first = [action for action in actions if action not in FOLDED]
    return first, [action for action in actions if action in FOLDED]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
