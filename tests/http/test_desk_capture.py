"""The field page's camera in headless Chromium with its fake device: what it sends holds the code it was given."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from chalicelib.outbound.pictures.strip import mark_read
from chalicelib.pages.desk import STATIC
from chalicelib.usecases.capture import redeemed
from tests.http.desk_forms import at_dinas, member, post

CHROMIUM = "/usr/bin/chromium"
HOST = "https://desk.example"


@pytest.fixture
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    if not Path(CHROMIUM).exists():
        pytest.skip("there is no Chromium")
    flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    flags += ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield opened
        opened.close()


def test_the_camera_draws_the_code(web: Any, filed: Any, desk: Any, browser: Any) -> None:
    number = at_dinas(filed)
    post(web, number, "accept", member())
    html = web("GET", "/desk/field/{tracking}", tracking=number, headers=member()).text
    sent: list[bytes] = []

    def answer(route: Any) -> None:
        url, request = route.request.url, route.request
        if url.endswith("/code"):
            told = member() | {"content-type": "application/x-www-form-urlencoded"}
            given = web(
                "POST", "/desk/field/{tracking}/code", tracking=number, headers=told, body=request.post_data_buffer
            )
            route.fulfill(status=given.status, body=given.text, content_type="application/json")
        elif url.endswith("/uploads"):
            route.fulfill(status=201, json={"id": "photo-1", "url": f"{HOST}/bucket", "fields": {"key": "k"}})
        elif url.endswith("/bucket"):
            sent.append(request.post_data_buffer)
            route.fulfill(status=201, body="")
        elif name := re.search(r"/desk/static/([a-z]+\.(?:js|css))", url):
            route.fulfill(path=STATIC / name[1])
        else:
            route.fulfill(status=200, body=html, content_type="text/html")

    page = browser.new_page(viewport={"width": 360, "height": 780})
    page.route("**/*", answer)
    # The words drawn: the time is the city's, with its zone, whatever the phone's clock says.
    page.add_init_script(
        "const draw = CanvasRenderingContext2D.prototype.fillText;"
        "CanvasRenderingContext2D.prototype.fillText = function (words, ...at) {"
        " window.drawn = words; return draw.call(this, words, ...at); };"
    )
    page.goto(f"{HOST}/desk/field/{number}")
    page.click("#camera-open")
    page.click("#camera-take")
    page.wait_for_selector('form[action$="/resolve"] input[name="photos"][value="photo-1"]', state="attached")
    assert f"  {desk.city.when(desk.now())}  {number}" in page.evaluate("window.drawn")
    if shots := os.environ.get("TANGGAP_SHOTS"):
        page.screenshot(path=f"{shots}/field.png", full_page=True)
    body = sent[0]
    picture = body[body.index(b"\xff\xd8\xff") : body.rindex(b"\xff\xd9") + 2]
    image = Image.open(BytesIO(picture))
    image.load()
    if shots:
        image.save(f"{shots}/captured.png")
    assert redeemed(desk, mark_read(image), "photo-1") == number
