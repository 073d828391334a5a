"""The page of one report: `usecases.views.public` as HTML, with the reporter's forms for who has the key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from chalicelib.city.model import City
from chalicelib.pages import shown, standing
from chalicelib.pages.shown import Event, View
from chalicelib.pages.site import Site, render, word_of
from chalicelib.pages.site.refusal import Refused
from chalicelib.pages.words import Word

CSS = ("report",)
_CLOSED = frozenset({"done", "merged", "rejected", "withdrawn", "abandoned"})
_MOST_BYTES = 30_000
_WAYS = ("channel", "email", "sms", "none")


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """What makes a page the reporter's: the key (it stands in the forms, as proof that they came from such a page), a
    fresh id (of the forms: sent twice is once), and numbers and keys of the reports that were split from it."""

    key: str
    form_id: str
    others: tuple[tuple[str, str], ...] = ()


def status(
    view: Mapping[str, Any],
    site: Site,
    *,
    address: str,
    own: Own | None = None,
    failure: Refused | None = None,
    whole: bool = False,
) -> str:
    """The page. `view` is from `usecases.reporter_view.seen`; `address` the report's public one, without a key. `whole`: with
    all of the history. Of a hidden report nothing but status and deadlines is in it."""
    full = shown.safe(view)
    if whole:
        return _drawn(full, site, None, False, address, own, failure)
    text = ""
    for portion in standing.PORTIONS:
        short = standing.shortened(full, portion)
        cut = short["photos"] != list(full["photos"]) or short["problem"] != (full["problem"] or "")
        text = _drawn(short, site, portion, cut, address, own, failure)
        if len(text.encode()) <= _MOST_BYTES:
            break
    return text


def _drawn(
    view: dict[str, Any],
    site: Site,
    portion: tuple[int, int] | None,
    cut: bool,
    address: str,
    own: Own | None,
    failure: Refused | None,
) -> str:
    city, lang, w = site.city, site.lang, word_of(site.lang)
    base = site.url(f"/reports/{view['tracking']}")
    clocks, events = shown.deadlines(view, city, lang, site.now), _events(view, city, lang, w)
    told = standing.told(events, portion)
    return render(
        "report.html",
        site,
        CSS,
        address=address,
        base=base,
        view=view,
        failure=failure,
        tone="red" if view.get("disputed") else shown.TONES[view["status"]["code"]],
        icon_name=view["status"]["code"],
        sentence=shown.sentence(view, city, lang),
        disputed=_disputed(view, city, lang, w),
        steps=shown.steps(view, city, lang),
        deadlines=clocks,
        next=standing.what_next(view, clocks, city, lang, w, site.now),
        ladder=shown.ladder(view, city, lang),
        extended_until=shown.extended_until(view),
        extension_reason=shown.extension_reason(view),
        rejected_for=shown.rejection_reason(view),
        timeline=events,
        told=told,
        cut=cut or standing.is_cut(events, told),
        whole=portion is None,
        place=shown.place(view),
        map="" if view["hidden"] else standing.map_label(view, city, w),
        photos=standing.groups(view, w, base=site.prefix, own=base if own else ""),
        joinable=not own and bool(view.get("read")) and view["status"]["code"] not in _CLOSED,
        closed=view["status"]["code"] in _CLOSED,
        others=int(view.get("joined") or 0),
        **_forms(view, own, city, lang, w),
    )


def _events(view: View, city: City, lang: str, w: Word) -> list[Event]:
    """The timeline; what only its reporter is shown says "you"."""
    told = zip(shown.timeline(view, city, lang), reversed(view["history"]), strict=True)
    return [_to_oneself(event, str(entry["event"]), w) if entry.get("own") else event for event, entry in told]


def _to_oneself(event: Event, name: str, w: Word) -> Event:
    words = w(key := f"status.own.{name}")
    return event if words == key else event._replace(what=words, by="")


def _forms(view: View, own: Own | None, city: City, lang: str, w: Word) -> dict[str, Any]:
    """What the reporter's forms need."""
    choices = list(view.get("choices", ())) if own else []
    first, more = standing.first_and_more(choices)
    return {
        "own": own,
        "first": first,
        "more": more,
        "untils": {each["action"]: each.get("until") for each in choices},
        "missing": ", ".join(city.text(f"field.{name}", lang) for name in view.get("missing", ())),
        "ratings": [(str(stars), w(f"status.rate.s{stars}")) for stars in range(1, 6)],
        "ways": [(way, w(f"status.notify.{way}")) for way in _WAYS],
    }


def _disputed(view: View, city: City, lang: str, w: Word) -> str:
    if not view.get("disputed"):
        return ""
    at = view.get("disputed_at")
    return w("status.disputed", date=shown.when(city, lang, at)) if at else w("status.disputed_plain")
