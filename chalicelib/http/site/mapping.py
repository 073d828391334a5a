"""The map: its page, the same screen as data for the script, and the outlines it draws where there are no tiles."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec
from chalice.app import Blueprint, Response

from chalicelib.domain.errors import Invalid
from chalicelib.domain.map_wish import REASONS, Wish, read
from chalicelib.domain.mapping import text_of
from chalicelib.http.answers import json, speaks_http
from chalicelib.http.context import desk
from chalicelib.http.desk.form import Form
from chalicelib.http.site.framed import page, public_page
from chalicelib.pages.site import Site, word_of
from chalicelib.pages.site import map as pages
from chalicelib.pages.site.map_drawing import ASPECT, Count
from chalicelib.usecases import mapping

routes = Blueprint(__name__)
LEAFLET = "leaflet-1.9.4"
_FIELDS = ("bbox", "category", "pillar", "status", "area", "period", "near")
_MINUTE, _YEAR = 60, 31_536_000
# What the script says itself; everything else it is told.
_SCRIPT_WORDS = (
    "list_reports", "list_areas", "list_hint", "areas_hint", "list_none", "left_reports", "left_areas", "in", "out",
    "no_place", "offline", "open_report",
)  # fmt: skip


@routes.route("/map", methods=["GET"])
@public_page(routes)
def map_page(site: Site, form: Form) -> Response:
    """`?bbox=west,south,east,north&category=&pillar=&status=open|done|disputed|all&area=&period=2026-11|2026|30d`. What is wrong
    is said (422), and the rest shown."""
    asked = _asked(form)
    wish, wrong = _read(site, asked)
    view = _view(site, wish, aspect=ASPECT, most=pages.MOST_LISTED)
    w, settings = word_of(site.lang), desk().settings
    values = {"category": wish.category, "pillar": wish.pillar, "status": wish.status, "period": wish.period}
    values |= {"area": pages.typed_area(site.city, wish.area)} | {name: asked[name][:100] for name in wrong}
    tiles = settings.map_tiles_url
    return page(
        site,
        "map.html",
        422 if wrong else 200,
        css=("form", "map"),
        pictures=_hosts(tiles),
        wish=wish,
        view=view,
        drawing=pages.drawing(site, wish, view),
        ways=pages.ways(site, wish, view.screen),
        bbox=text_of(view.screen),
        middle=((view.screen.south + view.screen.north) / 2, (view.screen.west + view.screen.east) / 2),
        query=pages.address(site, msgspec.structs.replace(wish, screen=None)).partition("?")[2],
        choices=pages.choices(site, wish),
        areas=pages.larger_areas(site.city),
        values=values,
        errors={name: w(f"map.wrong_{reason}") for name, reason in wrong.items()},
        labels={name: w(f"map.{name}") for name in wrong},
        filtered=any(
            (wish.category, wish.pillar, wish.area, wish.status != "all", wish.period != pages.usual_period(site))
        ),
        leaflet=LEAFLET,
        tiles=tiles,
        credit=settings.map_tiles_credit,
        outlines=site.url(f"/map/outlines.json?v={pages.outlines_edition(site.city.outlines_path)}"),
        script_words={name: w(f"map.{name}", n="{n}") for name in _SCRIPT_WORDS},
    )


@routes.route("/map/data", methods=["GET"])
@speaks_http
def map_data() -> Response:
    """The same screen, of exactly that bbox, as JSON. Raises Invalid naming every wrong field."""
    from chalicelib.http.desk.form import form_of
    from chalicelib.http.site.framed import site_of

    request: Any = routes.current_request
    site, form = site_of(request), form_of(request)
    wish, wrong = _read(site, _asked(form))
    if wrong:
        raise Invalid("There is no such map.", details={name: REASONS[reason] for name, reason in wrong.items()})
    view = _view(site, wish, aspect=None, most=pages.MOST_SENT)
    return json(
        pages.data(view),
        headers={
            "Cache-Control": f"public, max-age={_MINUTE}",
            "Content-Language": site.lang,
            "Vary": "Accept-Language, Cookie",
            "X-Content-Type-Options": "nosniff",
        },
    )


@routes.route("/map/outlines.json", methods=["GET"])
@speaks_http
def outlines() -> Response:
    """The outlines of all kelurahan, small; its address changes with it, so it is kept for a year."""
    kept = {"Cache-Control": f"public, max-age={_YEAR}, immutable", "X-Content-Type-Options": "nosniff"}
    return json(pages.outlines(desk().city), headers=kept)


def _asked(form: Form) -> dict[str, str]:
    return {name: form.get(name) for name in form.names() if name in _FIELDS}


def _read(site: Site, asked: dict[str, str]) -> tuple[Wish, dict[str, str]]:
    return read(asked, site.city, site.city.local_day(site.now))


def _view(site: Site, wish: Wish, *, aspect: float | None, most: int) -> pages.View:
    seen = mapping.look(desk(), wish, aspect=aspect)
    screen = seen.cover.screen
    if seen.cover.points:
        return pages.of_points(site, screen, seen.points, seen.period, cut=seen.cut, most=most)
    counts = [Count(each.cell, each.total) for each in seen.hexagons]
    return pages.of_hexagons(site, wish, screen, counts, seen.areas, seen.period)


def _hosts(tiles: str) -> tuple[str, ...]:
    """The only other host that this page may load anything from: where the tiles are."""
    parts = urlsplit(tiles)
    return (f"{parts.scheme}://{parts.netloc}",) if parts.scheme and parts.netloc else ()
