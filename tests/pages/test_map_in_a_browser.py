"""The map in a real browser, with and without its script: what it loads, that list and map agree, keyboard, axe."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import h3
import pytest

from chalicelib.domain.listing import Listed
from chalicelib.store.figures import TileRow
from chalicelib.store.listings import Row
from chalicelib.usecases import mapping
from tests.conftest import PUBLIC_URL, START
from tests.http.conftest import Answer, module, web  # noqa: F401  fixtures

pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright")
from tests.pages.test_in_a_browser import AXE, browser  # noqa: F401  fixtures

AXES = AXE or next((path for path in [Path(os.environ.get("TANGGAP_AXE", "-"))] if path.is_file()), None)
NEAR, FAR = "/map?bbox=106.8240,-6.1785,106.8304,-6.1723", "/map"
SIZES = {"phone": {"width": 360, "height": 740}, "desk": {"width": 1440, "height": 900}}


def some_tiles(_: Any, resolution: int, parents: Any, __: str) -> list[TileRow]:
    """Counts for every third hexagon, the same each time."""
    cells = [cell for parent in parents for cell in sorted(h3.cell_to_children(parent, resolution))]
    areas = ("31.71.06.1001", "31.74.01.1001", "31.72.02.1001")
    return [
        TileRow(cell, areas[at // 3 % 3], "jalan", state, int(10 ** random.Random(cell).uniform(0, 3)))
        for at, cell in enumerate(cells)
        if at % 3 == 0
        for state in ("open", "done")
    ]


class SomeReports:
    """One report in each cell and state."""

    def in_cell(self, cell: str, *_: Any, limit: int) -> tuple[list[Row], bool]:
        """Two reports of that cell."""
        lat, lng = h3.cell_to_latlng(cell)
        told = {"received_at": START, "changed_at": START, "category": "jalan", "area": "31.71.06.1001", "lng": lng}
        rows = [
            Listed(status="in_progress", lat=lat, problem='Lubang <b>besar</b> & dalam "di" depan halte', **told),
            Listed(
                status="done", lat=lat + 0.0006, disputed=int(cell, 16) // 8**6 % 2 == 0, problem="Lampu mati", **told
            ),
        ]
        return [Row(f"JKT-{cell[5:9].upper()}-00{at}", row) for at, row in enumerate(rows)], False


@pytest.fixture
def visit(
    web: Callable[..., Answer],  # noqa: F811
    desk: Any,
    clock: Any,
    browser: Any,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., Any]]:
    """Opens an address of the application, which answers in this process. `tab.asked` are the addresses it fetched, `tab.said`
    what its console said."""
    clock.instant = START + timedelta(hours=5)
    monkeypatch.setattr(mapping, "tiles", some_tiles)
    monkeypatch.setattr(desk, "listings", SomeReports())
    contexts = []

    def answer(route: Any, tab: Any) -> None:
        parts = urlsplit(route.request.url)
        tab.asked.append(f"{parts.path}?{parts.query}")
        if not route.request.url.startswith(PUBLIC_URL) or tab.offline:
            route.abort()
            return
        name = re.fullmatch(r"/static/([^/]+)", parts.path)
        where = {"name": name[1]} if name else {}
        query = dict(parse_qsl(parts.query))
        got = web("GET", "/static/{name}" if name else parts.path, query=query, headers={"accept": "*/*"}, **where)
        headers = {key: value for key, value in got.headers.items() if isinstance(value, str)}
        route.fulfill(status=got.status, headers=headers, body=got.text)

    def opened(path: str, size: str = "desk", **options: Any) -> Any:
        context = browser.new_context(viewport=SIZES[size], **options)
        contexts.append(context)
        tab = context.new_page()
        tab.asked, tab.said, tab.offline = [], [], False
        tab.on("console", lambda said: tab.said.append(said.text) if said.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: tab.said.append(str(error)))
        tab.route("**/*", lambda route: answer(route, tab))
        tab.goto(f"{PUBLIC_URL}{path}{'&' if '?' in path else '?'}lang=en")
        return tab

    yield opened
    for context in contexts:
        context.close()


def ready(tab: Any) -> Any:
    """The page once its script has shown the first screen."""
    tab.wait_for_selector("#live:not([hidden]) .leaflet-marker-icon")
    tab.wait_for_load_state("networkidle")
    return tab


def axe(tab: Any) -> list[Any]:
    assert AXES is not None
    tab.evaluate(AXES.read_text())
    found = tab.evaluate(
        "axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']})"
    )
    return [(each["id"], [node["html"][:160] for node in each["nodes"]][:3]) for each in found["violations"]]


@pytest.mark.parametrize("path", [NEAR, FAR])
def test_without_a_script_it_is_whole_and_light(visit: Callable[..., Any], path: str) -> None:
    tab = visit(path, "phone", java_script_enabled=False)
    assert tab.locator("svg.city text").count() > 5
    assert tab.locator("#lines li").count() >= 3
    assert tab.locator("#live").is_hidden()
    assert [each for each in tab.asked if not each.startswith("/map?")] == []
    tab.locator(".ways a").first.click()
    assert tab.locator("svg.city").count() == 1
    tab.locator(".filters summary").click()
    tab.locator("#status").select_option("done")
    tab.locator(".filters button").click()
    assert "status=done" in tab.url
    assert "bbox=" in tab.url


@pytest.mark.parametrize("path", [NEAR, FAR])
def test_with_the_script_map_and_list_agree_and_the_address_follows(visit: Callable[..., Any], path: str) -> None:
    tab = ready(visit(path))
    marks = tab.locator("#live .pin" if path == NEAR else "#live path.hexagon").count()
    assert marks > 3
    if path == NEAR:
        assert marks == tab.locator("#lines li").count()
        assert all(tab.locator(f"#live .pin.{state}").count() for state in ("open", "done", "disputed"))
        tab.locator("#live .pin.open").first.click()
        assert "Lubang <b>besar</b>" in tab.locator(".leaflet-popup-content bdi").inner_text()
    before = tab.url
    tab.locator("#live").focus()
    tab.keyboard.press("ArrowRight")
    tab.wait_for_function("before => location.href !== before", arg=before)
    assert re.search(r"[?&]bbox=[\d.,-]+", tab.url)
    assert tab.locator("#bbox").input_value() in tab.url
    assert {each.split("?")[0] for each in tab.asked} <= {
        "/map", "/map/data", "/map/outlines.json", "/static/site.js", "/static/map.js", "/static/leaflet-1.9.4.js",
        "/static/leaflet-1.9.4.css", "/static/map-live.css",
    }  # fmt: skip
    assert tab.said == []


def test_without_a_net_the_drawing_stays_and_later_it_is_said(visit: Callable[..., Any]) -> None:
    tab = ready(visit(NEAR))
    tab.offline = True
    tab.locator(".leaflet-control-zoom-in").click()
    tab.wait_for_selector("#trouble:not([hidden])")
    assert tab.locator("#lines li").count() > 3


@pytest.mark.skipif(
    AXES is None, reason="no axe-core: npm install --no-save axe-core (or AXE_CORE=/path/to/axe.min.js)"
)
@pytest.mark.parametrize("path", [NEAR, FAR])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(visit: Callable[..., Any], path: str) -> None:
    name = "near" if path == NEAR else "far"
    for size, scheme, still in (("phone", "light", False), ("desk", "dark", True)):
        tab = ready(visit(path, size, color_scheme=scheme))
        assert tab.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
        assert min(tab.locator(".leaflet-control-zoom-in").bounding_box()[side] for side in ("width", "height")) >= 44
        if size == "phone":
            tab.set_viewport_size({"width": 180, "height": 400})
            assert tab.evaluate("document.documentElement.scrollWidth") <= 180
            tab.set_viewport_size(SIZES[size])
        if folder := os.environ.get("TANGGAP_SHOTS"):
            tab.screenshot(path=f"{folder}/map-{name}-{size}.png", full_page=True)
        if still:
            tab.evaluate(
                "document.getElementById('still').hidden = false; document.getElementById('live').hidden = true"
            )
            if folder:
                tab.locator("#still").screenshot(path=f"{folder}/map-{name}-{size}-still.png")
        assert axe(tab) == []
