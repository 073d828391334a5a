"""What the front page shows: plain values for its template."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from chalicelib.city.kelurahan import full_name
from chalicelib.city.model import City
from chalicelib.domain.figures import Counts
from chalicelib.domain.listing import Listed
from chalicelib.domain.openness import opened
from chalicelib.pages.names import area_name, category_name
from chalicelib.pages.shown import TONES
from chalicelib.pages.site import Site, figures, word_of

_WORDS = 140


class Row(Protocol):
    """A listed report under its number."""

    @property
    def tracking(self) -> str:
        """Its number."""

    @property
    def listed(self) -> Listed:
        """What a list says of it."""


class News(NamedTuple):
    """One report in the list. `tone` and `icon` go with the words of `status`, never alone."""

    tracking: str
    what: str
    words: str
    where: str
    received_at: datetime
    status: str
    tone: str
    icon: str


def values(site: Site, rows: Sequence[Row], week: Counts, *, area: str) -> dict[str, Any]:
    """The values of the page; `area` is the code that was chosen, "" for the whole city."""
    city, lang, w = site.city, site.lang, word_of(site.lang)
    share = figures.share(week, lang)
    return {
        "news": [_news(row.tracking, opened(row.listed, city), city, lang, w) for row in rows],
        "area": area,
        "area_told": full_name(city, city.areas[area]) if area else "",
        "areas": _areas(city),
        "week": week,
        "share": share,
        "overdue": week.overdue,
        "least": figures.LEAST,
        "month": city.local_day(site.now).isoformat()[:7],
    }


def _news(tracking: str, row: Listed, city: City, lang: str, w: Any) -> News:
    status = w("home.disputed") if row.disputed else city.text(f"status.{row.status}", lang)
    words = " ".join(row.problem.split())
    return News(
        tracking=tracking,
        what=category_name(city, lang, row.category) or w("home.no_category"),
        words=words if len(words) <= _WORDS else f"{words[:_WORDS].rstrip()}…",
        where=area_name(city, row.area),
        received_at=row.received_at,
        status=status,
        tone="red" if row.disputed else TONES[row.status],
        icon="alert" if row.disputed else row.status,
    )


def _areas(city: City) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Each kecamatan (code, name) with its kelurahan (code, name), in the order of names."""
    inside: dict[str, list[tuple[str, str]]] = {}
    for each in city.areas.values():
        if each.level == "kelurahan" and each.parent:
            inside.setdefault(each.parent, []).append((each.code, each.name))
    found = [(code, city.areas[code].name, sorted(under, key=lambda pair: pair[1])) for code, under in inside.items()]
    return sorted(found, key=lambda each: each[1])
