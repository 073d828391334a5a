"""The pages in a real browser: on a small phone, by keyboard, with large text, without any request. Skipped without one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.errors import Unknown
from chalicelib.pages import report as page
from tests.pages import scenes
from tests.pages.scenes import CITY, SCENES

ROOT = Path(__file__).parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
AXE = next(
    (
        path
        for path in (ROOT / "node_modules/axe-core/axe.min.js", Path(os.environ.get("AXE_CORE", "-")))
        if path.is_file()
    ),
    None,
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = (320, 360, 768, 1280)
LONG_WORD = "lubang" * 60

if CHROMIUM is None:
    pytest.skip("no browser: apt-get install chromium", allow_module_level=True)
playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright")


def shown(name: str, lang: str = "id", **changes: Any) -> str:
    report, now = SCENES[name]()
    view = scenes.view_of(report, now, lang) | changes
    return scenes.page_of(view, now, lang)


PAGES = {
    "waiting": shown("waiting"),
    "extended": shown("extended", "en"),
    "overdue": shown("overdue"),
    "done": shown("done"),
    "merged": shown("merged", "en"),
    "private": shown("private"),
    "paused": shown("paused"),
    "emergency": shown("emergency"),
    "one long word": shown("long", problem=LONG_WORD),
    "not found": page.error(Unknown("x", details={"tracking": scenes.TRACKING}), CITY, "id"),
    "form": page.error(Unknown("x", details={"tracking": scenes.TRACKING}), CITY, "en", search="../reports"),
}
FORMS = scenes.forms("id")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page's text at its public address. Nothing leaves the browser; `tab.asked` lists what it wanted to fetch."""
    contexts = []

    def opened(html: str, width: int) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 740})
        contexts.append(context)
        tab = context.new_page()
        tab.asked = []

        def answer(route: Any) -> None:
            if route.request.is_navigation_request():
                route.fulfill(body=html, content_type="text/html; charset=utf-8")
            else:
                tab.asked.append(route.request.url)
                route.fulfill(status=404, body="")

        tab.route("**/*", answer)
        tab.goto(scenes.URL)
        return tab

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", [*PAGES, *FORMS])
def test_it_never_scrolls_sideways(visit: Callable[..., Any], name: str) -> None:
    tab = visit((PAGES | FORMS)[name], WIDTHS[0])
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 740})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.set_viewport_size({"width": 640, "height": 740})  # twice the text on twice the smallest width
    tab.evaluate("document.documentElement.style.fontSize = '200%'")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 640


@pytest.mark.parametrize("name", PAGES)
def test_the_keyboard_goes_everywhere_and_is_seen(visit: Callable[..., Any], name: str) -> None:
    tab = visit(PAGES[name], 360)
    reached = "a, button, summary, input:not([type=hidden]):not([tabindex='-1'])"
    targets = tab.evaluate("(which) => document.querySelectorAll(which).length", reached)
    assert targets >= 3
    for number in range(targets):
        tab.keyboard.press("Tab")
        seen = tab.evaluate(
            """() => { const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
            return {tag: at.tagName, top: box.top, bottom: box.bottom, height: box.height, width: box.width,
                    line: style.outlineStyle, thick: parseFloat(style.outlineWidth), view: innerHeight} }"""
        )
        assert seen["tag"] in ("A", "BUTTON", "INPUT", "SUMMARY"), number
        assert seen["line"] == "solid", seen
        assert seen["thick"] >= 2, seen
        assert seen["top"] >= -1, seen
        assert seen["bottom"] <= seen["view"] + 1, seen
        assert min(seen["height"], seen["width"]) >= 24, seen


def test_the_trap_for_machines_catches_no_person(visit: Callable[..., Any]) -> None:
    tab = visit(FORMS["report form"], 360)
    focused = []
    for _ in range(36):  # the frame's menu and the files of the form come in between
        tab.keyboard.press("Tab")
        focused.append(tab.evaluate("document.activeElement.id"))
    asked = (
        "text category place_address landmark kelurahan name address phone email private anonymous confidential consent"
    )
    assert [name for name in dict.fromkeys(focused) if name in asked.split()] == asked.split()
    assert "website" not in focused
    assert tab.evaluate("document.querySelector('#website').getBoundingClientRect().right") <= 0


def test_the_skip_link_leads_past_the_header(visit: Callable[..., Any]) -> None:
    tab = visit(PAGES["overdue"], 360)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("name", ["done", "overdue", "form"])
def test_nothing_is_fetched_from_elsewhere_and_of_photos_the_small_ones(visit: Callable[..., Any], name: str) -> None:
    tab = visit(PAGES[name], 1280)
    tab.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    tab.wait_for_load_state("networkidle")
    assert [url for url in tab.asked if not url.startswith("https://lapor.example.id/api/")] == []
    photos = [f"https://lapor.example.id/api/photos/{photo}?size=small" for photo in ("after-1", "before-1")]
    assert sorted(url for url in tab.asked if "/photos/" in url) == (photos if name == "done" else [])
    others = [url for url in tab.asked if "/photos/" not in url and "/static/" not in url]
    assert [url for url in others if not url.endswith((".svg", ".ico"))] == []


@pytest.mark.skipif(AXE is None, reason="no axe-core: npm install --no-save axe-core (or AXE_CORE=/path/to/axe.min.js)")
@pytest.mark.parametrize("name", [*PAGES, *FORMS])
def test_axe_finds_nothing(visit: Callable[..., Any], name: str) -> None:
    assert AXE is not None
    tab = visit((PAGES | FORMS)[name], 360)
    tab.add_script_tag(content=AXE.read_text())
    for width, scheme in ((360, "light"), (1280, "dark")):
        tab.set_viewport_size({"width": width, "height": 740})
        tab.emulate_media(color_scheme=scheme)
        found = tab.evaluate("axe.run()")
        told = [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found["violations"]]
        assert told == [], scheme
