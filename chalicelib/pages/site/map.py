"""What the page of the map says: its drawing, the list beside it in words, the addresses that lead around it; and the same
as JSON for the script that lets people move it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlencode
from zlib import crc32

import msgspec

from chalicelib.city.kelurahan import areas_meant, full_name
from chalicelib.city.model import City
from chalicelib.city.outlines import PER_DEGREE, Window, packed
from chalicelib.domain import mapping
from chalicelib.domain.listing import Listed
from chalicelib.domain.map_wish import LAST_DAYS, STATES, Wish, areas_under, months_until
from chalicelib.pages.names import area_name, category_name
from chalicelib.pages.shown import when
from chalicelib.pages.site import Site, word_of
from chalicelib.pages.site.map_drawing import Count, Dot, drawn, level, short

MOST_LISTED, MOST_AREAS = 60, 18
MOST_SENT = 150
"""Reports in one answer to the script; the page itself lists fewer, and weighs less."""
_EXCERPT = 90
_MONTHS = 12
_AROUND = {"north": (0, 0.5), "west": (-0.5, 0), "east": (0.5, 0), "south": (0, -0.5)}


class Place(Protocol):
    """A report on the map (`usecases.mapping.Point`)."""

    @property
    def tracking(self) -> str:
        """Its number."""

    @property
    def lat(self) -> float:
        """Degrees, as open as its category lets them be; so is `lng`."""

    @property
    def lng(self) -> float:
        """Degrees."""

    @property
    def exact(self) -> bool:
        """Whether it is there, and not just somewhere around."""

    @property
    def state(self) -> str:
        """One of STATES."""

    @property
    def row(self) -> Listed:
        """What a list says of it."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list. `number` is the one on the map (0: none), `told` what is said of it, `words` the report's own."""

    url: str
    title: str
    told: str
    number: int = 0
    state: str = ""
    words: str = ""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """One screen as it is shown. `lines` are reports by number, or kelurahan by how many reports they have; `left` more of
    them are not listed. `told` is the whole in one sentence, `note` what has to be known about it ("": nothing)."""

    screen: Window
    points: bool
    total: int
    told: str
    note: str
    lines: tuple[Line, ...]
    left: int
    dots: tuple[Dot, ...] = ()
    exact: tuple[bool, ...] = ()
    counts: tuple[Count, ...] = ()


def of_points(site: Site, screen: Window, points: Sequence[Place], period: str, *, cut: bool, most: int) -> View:
    """The view of single reports, newest first."""
    shown, w = points[:most], word_of(site.lang)
    left = len(points) - len(shown)
    return View(
        screen=screen,
        points=True,
        total=len(points),
        told=_told(site, "point", len(points), period, mapping.middle(screen)),
        note=w("map.note_cut") if cut else "",
        lines=tuple(_report(site, number, point) for number, point in enumerate(shown, 1)),
        left=left,
        dots=tuple(Dot(number, point.lat, point.lng, point.state) for number, point in enumerate(shown, 1)),
        exact=tuple(point.exact for point in shown),
    )


def of_hexagons(
    site: Site, wish: Wish, screen: Window, counts: Sequence[Count], areas: Mapping[str, Mapping[str, int]], period: str
) -> View:
    """The view of counts. `areas` are the same reports by kelurahan, most first, and by state."""
    w, total = word_of(site.lang), sum(count.n for count in counts)
    shown = list(areas.items())[:MOST_AREAS]
    return View(
        screen=screen,
        points=False,
        total=total,
        told=_told(site, "cell", total, period),
        note=w("map.note_months") if wish.period == LAST_DAYS else "",
        lines=tuple(_area(site, wish, code, states) for code, states in shown),
        left=len(areas) - len(shown),
        counts=tuple(counts),
    )


def _told(site: Site, what: str, n: int, period: str, middle: tuple[float, float] | None = None) -> str:
    w, area = word_of(site.lang), site.city.area_at(*middle) if middle else None
    key = f"map.told_{what}{'s' if n > 1 else ''}" if n else "map.told_none"
    where = w("map.around", area=area_name(site.city, area)) if area else ""
    return w(key, n=n, where=where, period=period_name(site, period))


def _report(site: Site, number: int, point: Place) -> Line:
    city, lang, row, w = site.city, site.lang, point.row, word_of(site.lang)
    category = category_name(city, lang, row.category) or w("map.no_category")
    where = area_name(city, row.area) or w("map.no_area")
    told = [w(f"map.state_{point.state}"), when(city, lang, row.received_at)]
    words = " ".join(row.problem.split())
    return Line(
        url=site.url(f"/reports/{point.tracking}"),
        title=f"{category} – {where}",
        told=" · ".join([*told, *([] if point.exact else [w("map.about_here")])]),
        number=number,
        state=point.state,
        words=f"{words[:_EXCERPT].rstrip()}…" if len(words) > _EXCERPT else words,
    )


def _area(site: Site, wish: Wish, code: str, states: Mapping[str, int]) -> Line:
    w = word_of(site.lang)
    parts = [f"{n} {w(f'map.of_{state}')}" for state, n in states.items()]
    return Line(
        url=address(site, msgspec.structs.replace(wish, screen=None, area=code)) if code else "",
        title=area_name(site.city, code) or w("map.no_area"),
        told=", ".join(parts),
    )


def address(site: Site, wish: Wish, path: str = "/map") -> str:
    """Where the map shows this wish: what is as usual is left out."""
    told = {
        "bbox": mapping.text_of(wish.screen) if wish.screen else "",
        "category": wish.category,
        "pillar": wish.pillar,
        "status": "" if wish.status == "all" else wish.status,
        "area": wish.area,
        "period": "" if wish.period == usual_period(site) else wish.period,
    }
    query = urlencode({name: value for name, value in told.items() if value}, safe=",")
    return site.url(f"{path}?{query}" if query else path)


def usual_period(site: Site) -> str:
    """The period of who asks for none: the city's year."""
    return str(site.city.local_day(site.now).year)


def ways(site: Site, wish: Wish, screen: Window) -> dict[str, str]:
    """The addresses around a screen: north, west, east, south, in, out, and the whole city."""
    to = {name: mapping.moved(screen, east=east, north=north) for name, (east, north) in _AROUND.items()}
    to |= {"in": mapping.zoomed(screen, 0.5), "out": mapping.zoomed(screen, 2)}
    found = {name: address(site, msgspec.structs.replace(wish, screen=window)) for name, window in to.items()}
    return found | {"whole": address(site, msgspec.structs.replace(wish, screen=None, area=""))}


def drawing(site: Site, wish: Wish, view: View) -> str:
    """The screen as an SVG."""
    chosen = areas_under(site.city, wish.area) if wish.area else frozenset[str]()
    label = word_of(site.lang)("map.drawing", told=view.told)
    return drawn(site.city, view.screen, label=label, dots=view.dots, counts=view.counts, chosen=chosen)


def data(view: View) -> dict[str, Any]:
    """The screen for the script. Points are in the order of the list."""
    told: dict[str, Any] = {
        "kind": "points" if view.points else "cells",
        "bbox": [round(number, 5) for number in view.screen],
        "total": view.total,
        "told": view.told,
        "note": view.note,
        "left": view.left,
        "list": view.lines,
    }
    if view.points:
        told["points"] = [
            {
                "lat": round(dot.lat, 6),
                "lng": round(dot.lng, 6),
                "exact": exact,
                "state": dot.state,
                "number": dot.number,
            }
            for dot, exact in zip(view.dots, view.exact, strict=True)
        ]
    else:
        told["cells"] = [
            {
                "cell": count.cell,
                "n": count.n,
                "short": short(count.n),
                "level": level(count.n),
                "ring": [[round(lat, 5), round(lng, 5)] for lat, lng in mapping.boundary(count.cell)],
            }
            for count in view.counts
        ]
    return told


def outlines(city: City) -> dict[str, Any]:
    """The outlines of all kelurahan, in whole numbers: the first point of a ring, then steps."""
    rings = packed(city.outlines_path)
    return {"per_degree": PER_DEGREE, "areas": [[area_name(city, code), *told] for code, told in rings.items()]}


@lru_cache(maxsize=2)
def outlines_edition(path: str) -> str:
    """Another one whenever the outlines are: part of their address."""
    return f"{crc32(repr(packed(path)).encode()):08x}"


def period_name(site: Site, period: str) -> str:
    """A period in words: "November 2026", "2026", "the last 30 days"."""
    if period == LAST_DAYS:
        return word_of(site.lang)("map.last_days")
    if len(period) == len("2026"):
        return period
    month = site.city.text("date.months", site.lang).split()[int(period[5:]) - 1]
    return f"{month} {period[:4]}"


def choices(site: Site, wish: Wish) -> dict[str, list[tuple[str, str]]]:
    """The options of the filters: (value, words)."""
    city, w, today = site.city, word_of(site.lang), site.city.local_day(site.now)
    known = [code for code, category in city.categories.items() if not category.retired or code == wish.category]
    pillars = dict.fromkeys(category.pillar for category in city.categories.values())
    periods = [*months_until(today, _MONTHS), str(today.year), str(today.year - 1)]
    if wish.period not in (*periods, LAST_DAYS):
        periods.append(wish.period)
    return {
        "category": sorted(((code, category_name(city, site.lang, code)) for code in known), key=lambda pair: pair[1]),
        "pillar": [(pillar, w(f"map.pillar_{pillar}")) for pillar in pillars],
        "status": [("all", w("map.state_all")), *((state, w(f"map.state_{state}")) for state in STATES)],
        "period": [(LAST_DAYS, w("map.last_days")), *((each, period_name(site, each)) for each in periods)],
    }


def typed_area(city: City, code: str) -> str:
    """An area as somebody would type it, who means this one and no other; "" for none."""
    area = city.areas.get(code)
    if area is None:
        return ""
    ways_to_say = (area.name, f"{area.level} {area.name}", full_name(city, area))
    means = (each for each in ways_to_say if [found.code for found in areas_meant(city, each)] == [code])
    return next(means, f"{area.name} ({code})")


def larger_areas(city: City) -> list[str]:
    """What the area field suggests: every kota and kecamatan."""
    return [typed_area(city, area.code) for area in city.areas.values() if area.level != "kelurahan"]
