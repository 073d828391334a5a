"""The small map's address."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chalicelib.pages.desk import STATIC
from tests.http.conftest import bearer

CHROMIUM = "/usr/bin/chromium"
PAGE = """<form><input id="lat"><input id="lng"><input id="kelurahan" list="names"><datalist id="names"><option>Gambir
</option><option value="Tebet Timur"></datalist><div data-map-picker data-src="/desk/map.svg" data-lat="lat" data-lng="lng"
 data-kelurahan="kelurahan" hidden><div class="drawing"></div></div></form><script src="/map.js"></script>"""

Web = Callable[..., Any]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"lat": "-6.23", "lng": "106.853"}, 200),
        ({"lat": "-6.23", "lng": "106.853", "span": "3", "view": "1"}, 200),
        ({"lat": "-6.23", "lng": "106.853", "span": "nan"}, 200),
        ({"kelurahan": "Tebet Timur"}, 200),
        ({"kelurahan": "31.74.01.1001"}, 200),
        ({"kelurahan": "Atlantis"}, 404),
        ({"kelurahan": ""}, 404),
        ({}, 404),
        ({"lat": "-6.23"}, 422),
        ({"lat": "x", "lng": "y"}, 422),
        ({"lat": "nan", "lng": "inf"}, 422),
        ({"lat": "-91", "lng": "0"}, 422),
        ({"lat": "48.1", "lng": "11.5"}, 404),
    ],
)
def test_what_is_asked_for(web: Web, query: dict[str, str], status: int) -> None:
    answer = web("GET", "/desk/map.svg", query=query, headers=bearer("counter"))
    assert answer.status == status
    if status == 200:
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.text.startswith('<svg xmlns="http://www.w3.org/2000/svg"')


def test_it_is_for_who_is_at_work(web: Web) -> None:
    assert web("GET", "/desk/map.svg", query={"kelurahan": "Gambir"}).status == 303


def test_half_a_name_is_asked_for_by_nobody() -> None:
    """While a kelurahan is typed, only a name of the list is looked up."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not Path(CHROMIUM).exists():
        pytest.skip("there is no Chromium")
    asked: list[str] = []

    def answer(route: Any) -> None:
        url = route.request.url
        if "map.svg" in url:
            asked.append(url.partition("kelurahan=")[2])
            route.fulfill(status=200, body="<svg xmlns='http://www.w3.org/2000/svg'/>", content_type="image/svg+xml")
        elif url.endswith("map.js"):
            route.fulfill(path=STATIC / "map.js")
        else:
            route.fulfill(status=200, body=PAGE, content_type="text/html")

    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        page = browser.new_page()
        page.route("**/*", answer)
        page.goto("https://desk.example/")
        for typed in ("Gam", "Atlantis", "tebet timur ", "Gambir"):
            page.fill("#kelurahan", typed)
            page.dispatch_event("#kelurahan", "change")
        page.wait_for_timeout(300)
        browser.close()
    assert asked == ["tebet+timur+", "Gambir"]
