"""The report form in a real browser: without scripts, without net, with a large photo, by keyboard. Skipped without one."""

from __future__ import annotations

import io
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image
from waitress import wasyncore

from tests.http.conftest import module
from tests.pages.test_in_a_browser import AXE, CHROMIUM, FLAGS, playwright

__all__ = ["module"]
PERSON = {"#name": "Rina Wati", "#address": "Jl. Dahlia No. 9, Tebet", "#email": "rina@contoh.id"}
PLACE = {"#landmark": "depan pasar", "#kelurahan": "Tebet Barat"}
_MOST = 20_000_000  # bytes kept in memory: no temporary files
PROBLEM = "Saluran air tersumbat\nsejak kemarin"


class City:
    """The application on a port of its own, and the bucket that photos are uploaded to."""

    def __init__(self, app: Any, desk: Any) -> None:
        from local.front import Front
        from local.lambdas import Gate

        self.desk = desk
        self.asked: list[tuple[str, str, int]] = []
        self._front = Front(app, lambda *_: (404, [], b""), Gate())
        self._port = 0
        self.unreachable = False
        self.open()
        self.url = f"http://127.0.0.1:{self._port}"
        desk.settings = msgspec.structs.replace(desk.settings, s3_url=self.url)

    def open(self) -> None:
        """Answers, on the same port as before."""
        from waitress.server import create_server

        self._server = create_server(self, host="127.0.0.1", port=self._port, threads=4, map={}, inbuf_overflow=_MOST)
        self._port = int(self._server.effective_port)
        threading.Thread(target=self._server.run, daemon=True).start()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if path.startswith("/tanggap-local-uploads"):
            return self._upload(environ, start)
        if self.unreachable and method == "POST":
            start("503 Service Unavailable", [("Content-Type", "application/json")])
            return [b'{"message": "Service Unavailable"}']
        answer = list(self._front(environ, start))
        self.asked.append((method, path, sum(map(len, answer))))
        return answer

    def _upload(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        from multipart import MultipartParser, parse_options_header

        length = int(environ["CONTENT_LENGTH"])
        boundary = parse_options_header(environ["CONTENT_TYPE"])[1]["boundary"]
        body = io.BytesIO(environ["wsgi.input"].read(length))
        parser = MultipartParser(body, boundary, length, memory_limit=_MOST, spool_limit=_MOST)
        parts = {part.name: part.raw for part in parser}
        self.desk.buckets.put_upload(parts["key"].decode().removeprefix("uploads/"), parts["file"])
        start("201 Created", [("Content-Type", "text/plain"), ("Access-Control-Allow-Origin", "*")])
        return [b""]

    def reports(self) -> list[Any]:
        """All that were stored."""
        from chalicelib.store import items
        from chalicelib.store.client import client

        name = self.desk.settings.table("reports")
        found = client("dynamodb", self.desk.settings.region).scan(TableName=name, ConsistentRead=True)["Items"]
        return [items.report_of_image(each) for each in found]

    def sent(self) -> int:
        """How many times a form was posted."""
        return sum(each[:2] == ("POST", "/report") for each in self.asked)

    def close(self) -> None:
        """Answers nobody."""
        self._server.trigger.pull_trigger(lambda: wasyncore.close_all(self._server._map))
        for _ in range(50):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)):
                    return
            time.sleep(0.05)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def city(module: Any, desk: Any) -> Iterator[City]:
    started = City(module.app, desk)
    yield started
    started.close()


@pytest.fixture
def tab_of(browser: Any) -> Iterator[Callable[..., Any]]:
    contexts = []

    def opened(**options: Any) -> Any:
        context = browser.new_context(viewport={"width": 360, "height": 740}, locale="id-ID", **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        tab = context.new_page()
        tab.said = []
        tab.on("pageerror", lambda error: tab.said.append(str(error)))
        tab.on("console", lambda told: tab.said.append(told.text) if "Content Security Policy" in told.text else None)
        return tab

    yield opened
    for context in contexts:
        context.close()


def fill(tab: Any, **changes: str) -> None:
    tab.fill("#text", PROBLEM)
    for field, value in (PERSON | PLACE).items():
        tab.fill(field, value)
    tab.check("#consent")


def until(tab: Any, told: str) -> None:
    """Waits for a script's expression to be true. (Playwright's own waiting needs `eval`, which these pages forbid.)"""
    for _ in range(150):
        if tab.evaluate(told):
            return
        tab.wait_for_timeout(100)
    raise AssertionError(told)


def picture(width: int, height: int) -> bytes:
    """A camera's: lying on its side, with the time and place it was taken at."""
    made, out = Image.effect_noise((width, height), 40).convert("RGB"), io.BytesIO()
    told = made.getexif()
    told[0x0112], told[0x0132] = 6, "2026:11:20 07:00:00"
    told.get_ifd(0x8825).update({1: "S", 2: (6.0, 13.0, 34.0), 3: "E", 4: (106.0, 51.0, 0.0)})
    made.save(out, "JPEG", exif=told, quality=80)
    return out.getvalue()


def file(name: str, content: bytes, kind: str = "image/jpeg") -> dict[str, Any]:
    return {"name": name, "mimeType": kind, "buffer": content}


def test_without_scripts_photos_go_with_the_form_and_are_kept(
    city: City, tab_of: Callable[..., Any], clock: Any
) -> None:
    tab = tab_of(java_script_enabled=False)
    tab.goto(f"{city.url}/report?lang=en")
    tab.set_input_files("#photo_files", [file("a.jpg", picture(400, 300)), file("b.txt", b"words", "text/plain")])
    fill(tab)
    tab.fill("#name", "")
    tab.click("button[type=submit]")
    told = tab.inner_text("#wrong")
    assert "b.txt is not a photo" in told
    assert tab.locator("#photo_files-slip").count() == 1
    assert tab.locator("#name-slip").count() == 1
    assert tab.locator("input[name=photos]").count() == 1, "the one that can be read is kept"
    assert tab.input_value("#landmark") == PLACE["#landmark"]
    tab.fill("#name", "Rina Wati")
    tab.click("button[type=submit]")
    assert "Report key" in tab.inner_text("main")
    (report,) = city.reports()
    assert len(report.photos) == 1
    key = city.desk.key_of(report.tracking, 1)
    addresses = tab.evaluate("[...document.querySelectorAll('[href],[src],[action]')].map((each) => each.outerHTML)")
    assert key in tab.inner_text("main")
    assert [each for each in addresses if key in each.partition(">")[0]] == []
    assert tab.locator(".qr svg").count() == 1


def test_a_large_photo_is_made_smaller_and_keeps_what_the_camera_noted(
    city: City, tab_of: Callable[..., Any], clock: Any
) -> None:
    tab = tab_of()
    tab.goto(f"{city.url}/report")
    large = picture(3000, 2000)
    others = [file("b.pdf", b"%PDF", "application/pdf"), file("c.jpg", b"words that are called a photo")]
    tab.set_input_files("#photo_files", [file("a.jpg", large), *others])
    tab.wait_for_selector("#photo-list input[name=photos]", state="attached")
    for name in ("b.pdf", "c.jpg"):
        assert f"{name}: ini bukan foto" in tab.inner_text("#photo-state")
    assert tab.locator("#photo-list img").count() == 1
    uploaded = city.desk.buckets.uploaded(tab.input_value("#photo-list input[name=photos]"))
    seen = Image.open(io.BytesIO(uploaded))
    assert seen.size == (1067, 1600), "upright, as the camera meant it"
    assert len(uploaded) < len(large)
    told = seen.getexif()
    assert (told[0x0112], told[0x0132]) == (1, "2026:11:20 07:00:00")
    assert told.get_ifd(0x8825)[4] == (106.0, 51.0, 0.0)
    fill(tab)
    tab.click("button[type=submit]")
    assert "cepat" in tab.inner_text("#wrong"), "nobody writes that quickly; nothing is lost by it"
    tab.wait_for_selector("#photo-list img")
    tab.click("button[type=submit]")
    tab.wait_for_selector(".kept")
    (report,) = city.reports()
    assert len(report.photos) == 1
    assert tab.evaluate("outbox.all().then((all) => all.length)") == 0, "what was sent is kept on the phone no more"
    assert tab.said == []


def test_written_without_net_it_is_sent_once_when_there_is_some(
    city: City, tab_of: Callable[..., Any], clock: Any
) -> None:
    tab = tab_of()
    tab.goto(f"{city.url}/report?lang=id")
    until(tab, "navigator.serviceWorker.controller !== null")
    tab.context.set_offline(True)
    tab.goto(f"{city.url}/report?lang=id")  # from the phone
    fill(tab)
    tab.set_input_files("#photo_files", [file("a.jpg", picture(800, 600))])
    tab.wait_for_selector("#photo-list img")
    tab.wait_for_selector("#draft-note:not([hidden])")
    tab.wait_for_timeout(600)
    tab.reload()
    tab.click("text=Lanjutkan")
    assert tab.input_value("#text") == PROBLEM
    assert tab.locator("#photo-list img").count() == 1
    tab.click("button[type=submit]")
    tab.wait_for_selector(".kept-draft.yellow")
    assert city.reports() == []
    tab.context.set_offline(False)
    tab.wait_for_selector(".kept-draft.green .number")
    (report,) = city.reports()
    assert report.tracking in tab.inner_text("#drafts")
    assert city.desk.key_of(report.tracking, 1) in tab.inner_text("#drafts")
    assert (report.problem, len(report.photos)) == (PROBLEM, 1)
    tab.reload()
    tab.wait_for_timeout(300)
    assert len(city.reports()) == 1
    tab.click("text=Sudah saya simpan")
    until(tab, "outbox.all().then((all) => all.length === 0)")
    assert tab.said == []


def test_a_page_without_net_says_so_and_one_seen_before_is_there(
    city: City, tab_of: Callable[..., Any], clock: Any
) -> None:
    tab = tab_of()
    tab.goto(f"{city.url}/report?lang=en")
    until(tab, "navigator.serviceWorker.controller !== null")
    clock.pass_by(minutes=1)
    fill(tab)
    tab.click("button[type=submit]")
    tab.wait_for_selector(".kept")
    (report,) = city.reports()
    key = city.desk.key_of(report.tracking, 1)
    tab.goto(f"{city.url}/reports/{report.tracking}?lang=en")
    tab.goto(f"{city.url}/reports/{report.tracking}?lang=en&key={key}")
    tab.context.set_offline(True)
    tab.goto(f"{city.url}/reports/{report.tracking}?lang=en")
    assert report.tracking in tab.inner_text("main").replace("\n", "")
    for path in (f"/reports/{report.tracking}?lang=en&key={key}", "/performance?lang=en"):
        tab.goto(f"{city.url}{path}")
        assert "No network" in tab.inner_text("h1")
    kept = tab.evaluate(
        """async () => { const found = []; for (const name of await caches.keys()) for (const each of await (await caches.open(name)).keys())
        found.push(each.url, await (await (await caches.open(name)).match(each)).text()); return found.join("\\n") }"""
    )
    assert key not in kept
    assert "Rina" not in kept


def test_where_no_answer_comes_it_waits_and_is_sent_again(city: City, tab_of: Callable[..., Any], clock: Any) -> None:
    tab = tab_of()
    tab.goto(f"{city.url}/report?lang=en")
    until(tab, "navigator.serviceWorker.controller !== null")
    clock.pass_by(minutes=1)
    fill(tab)
    city.close()
    tab.click("button[type=submit]")
    tab.wait_for_selector(".kept-draft.yellow")
    assert "No network" in tab.inner_text("h1")
    city.open()
    tab.click("text=Send now")
    tab.wait_for_selector(".kept-draft.green")
    assert len(city.reports()) == 1


def test_where_only_the_gateway_answers_it_waits_too(city: City, tab_of: Callable[..., Any], clock: Any) -> None:
    tab = tab_of()
    tab.goto(f"{city.url}/report?lang=en")
    until(tab, "navigator.serviceWorker.controller !== null")
    clock.pass_by(minutes=1)
    fill(tab)
    city.unreachable = True
    tab.click("button[type=submit]")
    tab.wait_for_selector(".kept-draft.yellow")
    city.unreachable = False
    tab.click("text=Send now")
    tab.wait_for_selector(".kept-draft.green")
    assert len(city.reports()) == 1


def test_what_was_written_without_net_and_is_refused_comes_back(
    city: City, tab_of: Callable[..., Any], clock: Any
) -> None:
    tab = tab_of()
    tab.goto(f"{city.url}/report?lang=en")
    until(tab, "navigator.serviceWorker.controller !== null")
    clock.pass_by(minutes=1)
    fill(tab)
    tab.fill("#phone", "12")
    tab.context.set_offline(True)
    tab.click("button[type=submit]")
    tab.wait_for_selector(".kept-draft.yellow")
    assert tab.is_visible("h1")
    tab.context.set_offline(False)
    tab.wait_for_selector(".kept-draft.red")
    tab.click(".kept-draft button:not(.quiet)")
    assert tab.is_visible("#report-form")
    assert (tab.input_value("#text"), tab.input_value("#phone")) == (PROBLEM, "12")
    assert tab.evaluate("document.activeElement.id") == "phone"
    tab.fill("#phone", "")
    tab.click("button[type=submit]")
    tab.wait_for_selector(".kept")
    assert len(city.reports()) == 1


def test_who_forgets_what_waits_has_an_empty_form_again(city: City, tab_of: Callable[..., Any]) -> None:
    tab = tab_of()
    tab.goto(f"{city.url}/report?lang=en")
    until(tab, "navigator.serviceWorker.controller !== null")
    tab.context.set_offline(True)
    fill(tab)
    tab.click("button[type=submit]")
    tab.wait_for_selector(".kept-draft.yellow")
    tab.click(".kept-draft .quiet")
    tab.wait_for_selector("#report-form:visible")
    assert tab.input_value("#text") == ""
    until(tab, "outbox.all().then((all) => all.length === 0)")


def test_by_keyboard_alone_and_in_a_hundred_kilobytes(city: City, tab_of: Callable[..., Any], clock: Any) -> None:
    tab = tab_of(service_workers="block")
    tab.goto(f"{city.url}/report?lang=id")
    tab.wait_for_load_state("networkidle")
    assert sum(size for _, _, size in city.asked) < 100_000
    clock.pass_by(minutes=1)
    words = {
        "text": PROBLEM.replace("\n", " "),
        "landmark": "depan pasar",
        "kelurahan": "Tebet Barat",
        "name": "Rina Wati",
    }
    words |= {"address": "Jl. Dahlia No. 9", "consent": " "}
    for _ in range(60):
        tab.keyboard.press("Tab")
        at = tab.evaluate("document.activeElement.id || document.activeElement.type")
        if at in words:
            tab.keyboard.type(words[at])
        if at == "submit":
            break
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".kept")
    assert len(city.reports()) == 1
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.skipif(AXE is None, reason="no axe-core")
def test_axe_finds_nothing_in_what_scripts_add(city: City, tab_of: Callable[..., Any]) -> None:
    assert AXE is not None
    tab = tab_of(bypass_csp=True, permissions=["geolocation"], geolocation={"latitude": -6.2262, "longitude": 106.85})
    tab.goto(f"{city.url}/report?lang=id")
    tab.set_input_files("#photo_files", [file("a.jpg", picture(400, 300))])
    tab.wait_for_selector("#photo-list input[name=photos]", state="attached")
    tab.click("#gps")
    tab.wait_for_selector("#drawing svg")
    until(tab, "outbox.all().then((all) => all.length > 0)")
    tab.evaluate(
        """async () => { const one = (await outbox.all())[0];
        await outbox.put({...one, form_id: "w".repeat(32), state: "waiting", fields: {text: "x"}});
        await outbox.put({...one, form_id: "s".repeat(32), state: "sent", receipt: {tracking: "JKT-1", key: "K"}, fields: {}}) }"""
    )
    tab.context.set_offline(True)
    tab.evaluate("dispatchEvent(new Event('online'))")
    tab.wait_for_selector(".kept-draft.yellow")
    tab.add_script_tag(content=AXE.read_text())
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)
        found = tab.evaluate("axe.run()")
        assert [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found["violations"]] == []
    if directory := os.environ.get("TANGGAP_SHOTS"):
        tab.screenshot(path=str(Path(directory) / "form-drafts.png"), full_page=True)
