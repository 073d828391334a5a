"""The page of a report in a real browser: the key out of the address bar, forms without a script, small phones, axe. Skipped
without a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib.domain.errors import Invalid
from chalicelib.pages import site as pages
from chalicelib.pages import standing
from chalicelib.pages.site import word_of
from chalicelib.pages.site.refusal import refused_of
from chalicelib.pages.site.status import CSS
from tests.pages import scenes
from tests.pages.scenes import SCENES

pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright")
from tests.pages.test_in_a_browser import AXE, CHROMIUM, FLAGS, playwright

WORD = word_of("id")
SLIPS = {"stars": "must be 1 to 5", "word": "at most 200 characters"}


def shown(name: str, lang: str = "id", *, own: bool = False, **given: Any) -> str:
    report, now = SCENES[name]()
    view = scenes.own_view(report, now, lang) if own else scenes.view_of(report, now, lang)
    return scenes.page_of(view, now, lang, own=scenes.OWN if own else None, **given)


PAGES = {
    "public": shown("coordination"),
    "late": shown("overdue", "en"),
    "private": shown("private"),
    "reporter, done": shown("done", own=True),
    "reporter, asked": shown("paused", "en", own=True),
    "reporter, refused": shown(
        "done", own=True, failure=refused_of("rate", Invalid("x", details=SLIPS), {"word": ["x" * 300]}, WORD)
    ),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page's text under its own policy; scripts, map and code are there, photos are not. `tab.sent` has every form."""
    contexts = []

    def opened(html: str, width: int = 360, *, query: str = "", script: bool = True) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 740}, java_script_enabled=script)
        contexts.append(context)
        tab = context.new_page()
        tab.sent, tab.asked, tab.said = [], [], []
        tab.on("console", lambda message: tab.said.append(message.text))

        def answer(route: Any) -> None:
            request, path = route.request, urlsplit(route.request.url).path
            if request.method == "POST" and request.is_navigation_request():
                tab.sent.append((path, request.post_data))
            if request.is_navigation_request():
                headers = {
                    "content-type": "text/html; charset=utf-8",
                    "content-security-policy": pages.policy(CSS),
                    "referrer-policy": "no-referrer",
                }
                route.fulfill(body=html, headers=headers)
            elif "/static/" in path:
                body = (pages.STATIC / path.rpartition("/")[2]).read_text()
                route.fulfill(body=body, content_type="text/javascript")
            elif path.endswith("map.svg"):
                report, now = SCENES["coordination"]()
                view = scenes.view_of(report, now, "id")
                route.fulfill(body=standing.small_map(view, scenes.CITY, WORD), content_type="image/svg+xml")
            else:
                tab.asked.append(request.url)
                route.fulfill(status=404, body="")

        tab.route("**/*", answer)
        tab.goto(scenes.URL + query)
        return tab

    yield opened
    for context in contexts:
        context.close()


def test_the_key_leaves_the_address_bar(visit: Callable[..., Any]) -> None:
    tab = visit(PAGES["reporter, done"], query=f"?key={scenes.OWN.key}&lang=id&done=open")
    tab.wait_for_function("!location.search.includes('key')")
    assert tab.url == f"{scenes.URL}?lang=id"
    assert tab.input_value("#link") == scenes.URL
    assert not [url for url in tab.asked if scenes.OWN.key in url]
    assert [text for text in tab.said if "Content Security Policy" in text] == []


def test_a_form_goes_without_a_script(visit: Callable[..., Any]) -> None:
    tab = visit(PAGES["reporter, done"], script=False)
    tab.fill("#dispute-reason", "Masih berlubang")
    tab.click("text=Tidak, belum selesai")
    path, body = tab.sent[0]
    assert path.endswith(f"/reports/{scenes.TRACKING}/dispute")
    assert f"key={scenes.OWN.key}" in body
    assert "form_id=" in body


def test_every_form_is_reached_by_keyboard(visit: Callable[..., Any]) -> None:
    tab = visit(PAGES["reporter, done"])
    seen: list[str] = []
    for _ in range(60):
        tab.keyboard.press("Tab")
        seen.append(
            tab.evaluate("document.activeElement.form ? document.activeElement.form.action.split('/').pop() : ''")
        )
        if tab.evaluate("document.activeElement.tagName") == "SUMMARY":
            tab.keyboard.press("Enter")
    found = list(dict.fromkeys(filter(None, seen)))
    assert found == ["confirm", "dispute", "rate", "notify", "withdraw-consent", "erase", "forget"]


@pytest.mark.parametrize("name", ["late", "reporter, asked", "reporter, refused"])
def test_it_never_scrolls_sideways(visit: Callable[..., Any], name: str) -> None:
    tab = visit(PAGES[name], 320)
    tab.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320
    tab.set_viewport_size({"width": 640, "height": 740})
    tab.evaluate("document.documentElement.style.fontSize = '200%'")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 640


def test_what_is_only_called_a_photo_goes_with_the_form_to_be_refused(visit: Callable[..., Any]) -> None:
    tab = visit(PAGES["reporter, asked"])
    tab.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    tab.set_input_files("#add-photos", [{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"words"}])
    with tab.expect_navigation():
        tab.click("form[action$='/add'] button")
    ((path, body),) = tab.sent
    assert path.endswith("/add")
    assert 'filename="a.jpg"' in body
    assert [each for each in tab.asked if each.endswith("/uploads")] == []


def test_nothing_scrolls_sideways_on_the_smallest_screen(visit: Callable[..., Any]) -> None:
    assert visit(PAGES["public"], 180).evaluate("document.documentElement.scrollWidth") <= 180


@pytest.mark.skipif(AXE is None, reason="no axe-core: npm install --no-save axe-core (or AXE_CORE=/path/to/axe.min.js)")
@pytest.mark.parametrize("name", ["public", "private", "reporter, asked", "reporter, refused"])
def test_axe_finds_nothing(visit: Callable[..., Any], name: str) -> None:
    assert AXE is not None
    tab = visit(PAGES[name])
    tab.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    tab.evaluate(AXE.read_text())
    for width, scheme in ((360, "light"), (1280, "dark")):
        tab.set_viewport_size({"width": width, "height": 740})
        tab.emulate_media(color_scheme=scheme)
        found = tab.evaluate(
            "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
        )
        told = [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found["violations"]]
        assert told == [], scheme
