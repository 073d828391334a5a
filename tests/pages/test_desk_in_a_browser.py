"""Issue 4 in headless Chromium: a report's day by keyboard alone, narrow and wide, in both languages; races; no JavaScript; axe."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.clients import ROOT, Server, until
from tests.acceptance.desks import Desk, at_agency, in_progress, of, picture, resolved, spot, status, trackings, waiting

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
AXE = next(
    (
        path
        for path in (
            Path(os.environ.get("TANGGAP_AXE", "-")),
            Path(os.environ.get("AXE_CORE", "-")),
            ROOT / "node_modules/axe-core/axe.min.js",
        )
        if path.is_file()
    ),
    None,
)
if CHROMIUM is None:
    pytest.skip("no browser: apt-get install chromium", allow_module_level=True)
playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright")

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 360, "height": 740}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


@pytest.fixture(scope="module")
def city() -> Iterator[Server]:
    server = Server()
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.said(), server.said()[-3000:]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


class Tab:
    """A browser with one person in it; what its console said is kept."""

    def __init__(self, browser: Any, city: Server, user: str, size: dict[str, int], lang: str, **options: Any) -> None:
        self.city, self.lang = city, lang
        self.context = browser.new_context(viewport=size, permissions=["camera", "geolocation"], **options)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.page.on(
            "console", lambda m: self.said.append(f"{m.type}: {m.text}") if m.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.said.append(f"pageerror: {error}"))
        self.page.goto(f"{city.url}/desk/sign-in?login_hint={user}")
        self.go("/desk")

    def go(self, path: str) -> Any:
        joint = "&" if "?" in path else "?"
        self.page.goto(f"{self.city.url}{path}{joint}lang={self.lang}")
        return self.page

    @property
    def text(self) -> str:
        return " ".join(str(self.page.inner_text("body")).split())

    def key(self, *keys: str) -> None:
        for each in keys:
            self.page.keyboard.press(each)

    def focus(self, selector: str, limit: int = 250) -> None:
        """Tab until this has the focus: no mouse, no script. Closed parts are not reachable, as for a person."""
        for _ in range(limit):
            if self.page.evaluate("s => document.activeElement && document.activeElement.matches(s)", selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reaches {selector} on {self.page.url}")

    def enter(self, words: str) -> None:
        self.page.keyboard.type(words)

    def press(self, selector: str, key: str = "Enter") -> None:
        """Press a button that leads to another page."""
        self.focus(selector)
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def shortcut(self, letter: str) -> None:
        self.page.evaluate("document.activeElement && document.activeElement.blur()")
        self.page.keyboard.press(letter)

    def act(self, letter: str, action: str) -> None:
        """An action by its letter; where the letter only opens a form, by that form's button."""
        self.page.evaluate("window.before = true")
        self.shortcut(letter)
        self.page.wait_for_timeout(700)
        self.page.wait_for_load_state()
        if self.page.evaluate("window.before === true"):
            self.press(f"{form(action)} button:not([type=button])")

    def sideways(self) -> None:
        widths = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths[0] <= widths[1], f"scrolls sideways at {widths[1]} px: {widths[0]} on {self.page.url}"

    def well(self) -> None:
        errors = [line for line in self.said if not re.search(r"status of 4\d\d", line)]
        assert not errors, errors

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def person(browser: Any, city: Server) -> Iterator[Callable[..., Tab]]:
    tabs: list[Tab] = []

    def come(user: str, size: dict[str, int] = WIDE, lang: str = "id", **options: Any) -> Tab:
        tabs.append(Tab(browser, city, user, size, lang, **options))
        return tabs[-1]

    yield come
    for tab in tabs:
        tab.close()


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("foto") / "foto.jpg"
    path.write_bytes(picture())
    return path


def opened(page: Any, selector: str) -> None:
    """Open the part of the page this is in, if it is in one that is closed."""
    if not page.locator(selector).first.is_visible():
        page.click(f"details:has({selector}) > summary")


def form(action: str) -> str:
    return f'form[action*="/{action}"]'


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["360", "1440"])
def test_a_reports_day_through_all_five_roles_by_keyboard(
    city: Server, person: Callable[..., Tab], tmp_path: Path, size: dict[str, int], lang: str
) -> None:
    # counter: a walk-in
    counter = person("counter", size, lang)
    counter.go("/desk/counter")
    counter.sideways()
    for selector, words in {
        '[name="text"]': "Trotoar rusak di depan sekolah, ubin lepas",
        '[name="kelurahan"]': "Cikini, Menteng, Kota Administrasi Jakarta Pusat",
        '[name="landmark"]': "SD 03",
        '[name="name"]': "Sulastri Walkin",
        '[name="address"]': "Jl. Kenanga 5",
    }.items():
        counter.focus(selector)
        counter.enter(words)
        counter.key("Escape")
    counter.focus('[name="consent"]')
    counter.key("Space")
    with counter.page.expect_navigation():
        counter.key("Control+Enter")
    assert "Sulastri" not in counter.text
    numbers = trackings(counter.text)
    assert numbers, counter.text[:600]
    tracking = numbers[0]
    counter.sideways()
    counter.well()

    # admin: accepts another agency's suggestion or the first one, by one letter
    admin = person("admin", size, lang)
    admin.go(f"/desk/triage/{tracking}")
    admin.sideways()
    if status(city, tracking) == "waiting":
        admin.act("a", "dispatch")
        assert status(city, tracking) == "coordination"
    admin.well()
    agency = of(city, tracking)["agency"]["code"]
    if agency != "bina-marga":
        assert city.act(tracking, "dispatch", {"agency": "bina-marga"}).status == 200

    # agency: takes it up, then resolves it with a photo
    officer = person("bina-marga", size, lang)
    officer.go(f"/desk/agency/{tracking}")
    officer.sideways()
    officer.act("a", "accept")
    assert status(city, tracking) == "in_progress"
    file = tmp_path / "hasil.jpg"
    file.write_bytes(picture())
    officer.go(f"/desk/agency/{tracking}")
    officer.shortcut("s")
    officer.page.set_input_files(f'{form("resolve")} input[type="file"]', str(file))
    officer.focus(f'{form("resolve")} [name="note"]')
    officer.enter("Ubin dipasang lagi.")
    officer.press(f"{form('resolve')} button:not([type=button])")
    until(lambda: status(city, tracking) == "awaiting_validation", 10, 0.2)
    officer.sideways()
    officer.well()

    # validator: accepts
    validator = person("validator", size, lang)
    validator.go(f"/desk/validation/{tracking}")
    validator.sideways()
    validator.act("v", "validate")
    until(lambda: status(city, tracking) == "done", 6, 0.2)
    validator.well()

    # analyst: finds it
    analyst = person("analyst", size, lang)
    analyst.go("/desk/search")
    analyst.focus('[name="q"]')
    analyst.enter(tracking)
    with analyst.page.expect_navigation():
        analyst.key("Enter")
    assert tracking in analyst.page.inner_text("main")
    assert "Sulastri" not in analyst.text
    analyst.sideways()
    analyst.well()


def test_the_queue_by_j_k_enter_and_a(city: Server, person: Callable[..., Tab]) -> None:
    made = [waiting(city)["tracking"] for _ in range(3)]
    admin = person("admin")
    until(lambda: all(one in admin.go("/desk/triage").content() for one in made), 8, 0.5)
    rows = trackings(admin.page.inner_text("main"))
    admin.key("j")
    admin.key("j")
    admin.key("k")
    with admin.page.expect_navigation():
        admin.key("Enter")
    assert rows[0] in admin.page.url or rows[1] in admin.page.url
    admin.go("/desk/triage")
    admin.key("j")
    with admin.page.expect_navigation():
        admin.key("a")
    until(lambda: status(city, rows[0]) == "coordination", 5, 0.2)


def test_after_a_rows_button_one_goes_on_at_the_row_after_it(city: Server, person: Callable[..., Tab]) -> None:
    made = [waiting(city)["tracking"] for _ in range(3)]
    admin = person("admin", NARROW)
    until(lambda: all(one in admin.go("/desk/triage").content() for one in made), 8, 0.5)
    rows = [str(link.inner_text()) for link in admin.page.query_selector_all("[data-row] h2 a")]
    admin.key("j", "j")
    with admin.page.expect_navigation():
        admin.key("a")
    focus = "document.activeElement.textContent"
    assert admin.page.evaluate(focus) == rows[2], "not back at the top"
    in_sight = "e => { const at = e.getBoundingClientRect(); return at.top >= 0 && at.bottom <= innerHeight; }"
    flash = admin.page.locator(".flash[data-done]")
    assert rows[1] in flash.inner_text()
    assert flash.evaluate(in_sight)
    assert admin.page.evaluate(f"({in_sight})(document.activeElement)")
    with admin.page.expect_navigation():
        admin.key("a")
    until(lambda: status(city, rows[2]) == "coordination", 5, 0.2)
    admin.go("/desk/settings")
    across = "e => { const at = e.getBoundingClientRect(); return at.left >= 0 && at.right <= innerWidth; }"
    assert admin.page.locator(".menu [aria-current]").evaluate(across), "the menu shows where one is"
    admin.well()


def test_letters_typed_into_a_field_press_nothing(city: Server, person: Callable[..., Tab]) -> None:
    tracking = waiting(city)["tracking"]
    admin = person("admin")
    admin.go(f"/desk/triage/{tracking}")
    admin.shortcut("x")
    admin.page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    admin.page.locator(f'{form("note")} [name="note"]').focus()
    admin.enter("aa rr mm 2")
    assert status(city, tracking) == "waiting"
    assert admin.page.input_value(f'{form("note")} [name="note"]') == "aa rr mm 2"


def test_two_browsers_racing(city: Server, person: Callable[..., Tab]) -> None:
    tracking = waiting(city)["tracking"]
    first, second = person("admin"), person("admin-2")
    for tab in (first, second):
        tab.go(f"/desk/triage/{tracking}")
        tab.page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    first.page.fill(f'{form("ask")} [name="question"]', "Di sisi mana?")
    second.page.fill(f'{form("reject")} [name="reason"]', "Kalimat panjang yang saya ketik.")
    second.page.select_option(f'{form("reject")} [name="reason_code"]', "untrue")
    with first.page.expect_navigation():
        first.page.click(f"{form('ask')} button")
    with second.page.expect_navigation():
        second.page.click(f"{form('reject')} button")
    assert status(city, tracking) == "waiting", "not rejected over the other's head"
    assert "Kalimat panjang yang saya ketik." in second.page.content(), second.text[:800]
    assert re.search("Di sisi mana|bertanya|ditanya|pertanyaan", second.text, re.I), (
        f"what changed: {second.text[:600]}"
    )
    second.sideways()


def test_the_field_camera_makes_a_verified_photo(city: Server, person: Callable[..., Tab]) -> None:
    tracking = in_progress(city, location={**spot(), "landmark": "pos"})
    officer = person("bina-marga", NARROW, geolocation={"latitude": -6.2, "longitude": 106.8})
    page = officer.go(f"/desk/field/{tracking}")
    page.click("#camera-open")
    page.wait_for_selector("#camera-take:visible", timeout=10_000)
    page.wait_for_timeout(800)
    page.click("#camera-take")
    page.wait_for_selector("#camera-taken li", timeout=15_000)
    page.fill('[name="note"]', "Dipotret di tempat.")
    until(
        lambda: re.search("terkirim|sent", page.inner_text("#camera-state"), re.I),
        15,
        0.3,
        page.inner_text("#camera-state"),
    )
    with page.expect_navigation():
        page.click(f"{form('resolve')} button:not([type=button])")
    until(lambda: status(city, tracking) == "awaiting_validation", 8, 0.3, officer.text[:800])
    validator = Desk(city, "validator")
    seen = until(
        lambda: (
            (got := validator.at(f"/desk/validation/{tracking}").main) and not re.search("masih diperiksa", got) and got
        ),
        15,
        0.5,
    )
    assert not re.search(r"Dari galeri", seen), seen[:600]
    assert re.search(r"Mendukung", seen), seen[:600]
    officer.sideways()
    officer.well()


def test_the_same_work_without_javascript(city: Server, person: Callable[..., Tab], tmp_path: Path) -> None:
    file = tmp_path / "hasil.jpg"
    file.write_bytes(picture())
    tracking = waiting(city)["tracking"]
    plain = {"java_script_enabled": False}
    admin = person("admin", NARROW, **plain)
    page = admin.go(f"/desk/triage/{tracking}")
    inner = f'{form("dispatch")}:has(select[name="agency"])'
    opened(page, inner)
    page.select_option(f'{inner} [name="agency"]', "bina-marga")
    page.click(f"{inner} button")
    assert status(city, tracking) == "coordination"
    officer = person("bina-marga", NARROW, **plain)
    page = officer.go(f"/desk/agency/{tracking}")
    opened(page, form("accept"))
    page.click(f"{form('accept')} button")
    assert status(city, tracking) == "in_progress"
    page = officer.go(f"/desk/field/{tracking}")
    page.set_input_files('input[type="file"]', str(file))
    page.fill('[name="note"]', "Sudah.")
    page.click(f"{form('resolve')} button:not([type=button])")
    assert status(city, tracking) == "awaiting_validation"
    validator = person("validator", NARROW, **plain)
    page = validator.go(f"/desk/validation/{tracking}")
    opened(page, form("refuse"))
    page.select_option(f'{form("refuse")} [name="reason_code"]', "poor-work")
    page.fill(f'{form("refuse")} [name="reason"]', "Ulangi.")
    page.click(f"{form('refuse')} button")
    assert status(city, tracking) == "follow_up_refused"
    counter = person("counter", NARROW, **plain)
    page = counter.go("/desk/counter")
    page.fill('[name="text"]', "Jalan rusak")
    page.fill('[name="landmark"]', "SD 03")
    page.fill('[name="kelurahan"]', "Cikini, Menteng, Kota Administrasi Jakarta Pusat")
    page.fill('[name="name"]', "Warga")
    page.fill('[name="address"]', "Jl. A 1")
    page.check('[name="consent"]')
    page.click("#counter button[type=submit], #counter button:not([type])")
    assert trackings(counter.text)


# every page


@pytest.fixture(scope="module")
def pages(city: Server) -> dict[str, tuple[str, str]]:
    """Every kind of page: who opens it, where."""
    here = spot()
    place = {**here, "landmark": "pos"}
    wait = waiting(city, location=place)["tracking"]
    waiting(city, location=place)
    at = at_agency(city, location=place)
    work = in_progress(city, location=place)
    proof = in_progress(city, location=place)
    resolved(Desk(city, "bina-marga"), proof)
    return {
        "triage": ("admin", "/desk/triage"),
        "triage, extensions": ("admin", "/desk/triage?queue=extensions"),
        "triage, a report": ("admin", f"/desk/triage/{wait}"),
        "agency": ("bina-marga", "/desk/agency"),
        "agency, a report": ("bina-marga", f"/desk/agency/{at}"),
        "agency, a report in progress": ("bina-marga", f"/desk/agency/{work}"),
        "work order": ("bina-marga", f"/desk/agency/{work}/work-order"),
        "field": ("bina-marga", "/desk/field"),
        "field, a report": ("bina-marga", f"/desk/field/{work}"),
        "validation": ("validator", "/desk/validation"),
        "validation, a report": ("validator", f"/desk/validation/{proof}"),
        "counter": ("counter", "/desk/counter"),
        "slip": ("counter", "/desk/counter/slip"),
        "search": ("admin", "/desk/search"),
        "identity": ("admin", f"/desk/reports/{wait}/identity"),
        "overview": ("admin", "/desk/overview"),
        "settings": ("admin", "/desk/settings"),
        **{
            f"settings, {name}": ("admin", f"/desk/settings/{name}")
            for name in (
                "members",
                "texts?q=salah",
                "reasons",
                "categories",
                "routing",
                "holidays",
                "channels",
                "policy",
                "versions",
            )
        },
        "settings, a member": ("admin", "/desk/settings/member?sub=new"),
        "settings, a category": ("admin", "/desk/settings/category?code=pohon"),
        "settings, a channel": ("admin", "/desk/settings/channel?id=sms"),
        "settings, a text": ("admin", "/desk/settings/text?key=sms.received"),
        "refused": ("counter", "/desk/triage"),
        "not found": ("admin", "/desk/triage/JKT-7K3M-92QX-4HTC"),
    }


NAMES = [
    "triage", "triage, extensions", "triage, a report", "agency", "agency, a report", "agency, a report in progress",
    "work order", "field", "field, a report", "validation", "validation, a report", "counter", "slip", "search", "identity",
    "overview", "settings", "settings, members", "settings, texts?q=salah", "settings, reasons", "settings, categories",
    "settings, routing", "settings, holidays", "settings, channels", "settings, policy", "settings, versions",
    "settings, a member", "settings, a category", "settings, a channel", "settings, a text", "refused", "not found",
]  # fmt: skip


@pytest.fixture(scope="module")
def seats(browser: Any, city: Server) -> Iterator[Callable[[str, str], Tab]]:
    kept: dict[tuple[str, str], Tab] = {}

    def seat(user: str, lang: str) -> Tab:
        if (user, lang) not in kept:
            # axe is put in by the test, which the pages' policy rightly forbids
            kept[user, lang] = Tab(browser, city, user, WIDE, lang)
        return kept[user, lang]

    yield seat
    for tab in kept.values():
        tab.close()


@pytest.mark.parametrize("name", NAMES)
def test_every_page_fits_and_is_quiet(
    pages: dict[str, tuple[str, str]], seats: Callable[[str, str], Tab], name: str
) -> None:
    user, path = pages[name]
    for lang in ("id", "en"):
        tab = seats(user, lang)
        tab.said.clear()
        page = tab.go(path)
        assert page.evaluate("document.documentElement.lang") == lang
        page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
        for size in (NARROW, WIDE):
            page.set_viewport_size(size)
            tab.sideways()
        page.set_viewport_size(WIDE)
        tab.well()


@pytest.mark.skipif(AXE is None, reason="no axe-core: set TANGGAP_AXE to an axe.min.js")
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(pages: dict[str, tuple[str, str]], seats: Callable[[str, str], Tab], name: str) -> None:
    assert AXE is not None
    user, path = pages[name]
    source = AXE.read_text()
    for lang in ("id", "en"):
        tab = seats(user, lang)
        for size in (NARROW, WIDE):
            tab.page.set_viewport_size(size)
            tab.go(path)
            tab.page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
            tab.page.evaluate(source)
            found = tab.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            told = [
                (one["id"], one["impact"], [node["html"][:160] for node in one["nodes"][:3]])
                for one in found["violations"]
            ]
            assert not told, f"{path} {lang} {size['width']}: {json.dumps(told, ensure_ascii=False)}"


def looked_at(city: Server, tracking: str) -> None:
    """Wait until its photo was looked at."""
    desk = Desk(city, "admin")
    until(lambda: "masih diperiksa" not in desk.at(f"/desk/validation/{tracking}").main, 15, 0.5)


def _axe(tab: Tab, where: str, wrong: list[str]) -> None:
    """What axe finds here, and whether it scrolls sideways, is added to what is wrong."""
    assert AXE is not None
    tab.page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    tab.page.evaluate(AXE.read_text())
    found = tab.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    told = [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in found["violations"]]
    wrong += [f"{where}: {json.dumps(one, ensure_ascii=False)}" for one in told]
    widest = tab.page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? '' : [...document.querySelectorAll('body *:not(svg *)')]
        .filter(one => one.getBoundingClientRect().right > innerWidth + 1).slice(-1).map(one => one.outerHTML.slice(0, 200))[0]
        || 'something'"""
    )
    if widest:
        wrong.append(f"{where}: scrolls sideways: {widest}")


@pytest.mark.skipif(AXE is None, reason="no axe-core: set TANGGAP_AXE to an axe.min.js")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_after_something_happened(city: Server, person: Callable[..., Tab], scheme: str) -> None:
    """The slip, refused forms, a conflict, doubted proof, an identity: in both colour schemes."""
    wrong: list[str] = []
    counter = person("counter", NARROW, color_scheme=scheme)
    page = counter.go("/desk/counter")
    with page.expect_navigation():
        page.focus('[name="text"]')
        counter.key("Control+Enter")
    _axe(counter, "counter, everything missing", wrong)
    page = counter.go("/desk/counter")
    for name, words in {"text": "Jalan rusak", "landmark": "SD", "name": "Warga", "address": "Jl. A 1"}.items():
        page.fill(f'[name="{name}"]', words)
    page.fill('[name="kelurahan"]', "Cikini, Menteng, Kota Administrasi Jakarta Pusat")
    page.check('[name="consent"]')
    with page.expect_navigation():
        page.focus('[name="text"]')
        counter.key("Control+Enter")
    assert trackings(counter.text), counter.text[:500]
    _axe(counter, "the slip", wrong)

    tracking = waiting(city)["tracking"]
    admin = person("admin", NARROW, color_scheme=scheme)
    page = admin.go(f"/desk/triage/{tracking}")
    _axe(admin, "triage, a report", wrong)
    opened(page, form("reject"))
    with page.expect_navigation():
        page.click(f"{form('reject')} button:not([type=button])")
    _axe(admin, "triage, refused", wrong)
    page = admin.go(f"/desk/triage/{tracking}")
    Desk(city, "admin-2").do(f"/desk/triage/{tracking}", "/ask", {"question": "Di mana?"})
    opened(page, form("note"))
    opened(page, form("reject"))
    page.select_option(f'{form("reject")} [name="reason_code"]', "untrue")
    page.fill(f'{form("reject")} [name="reason"]', "Saya tolak.")
    with page.expect_navigation():
        page.click(f"{form('reject')} button:not([type=button])")
    _axe(admin, "triage, a conflict", wrong)
    page = admin.go(f"/desk/reports/{tracking}/identity")
    page.fill(f'{form("identity")} [name="why"]', "uji")
    with page.expect_navigation():
        page.click(f"{form('identity')} button:not([type=button])")
    _axe(admin, "an identity", wrong)

    data, officer = picture(), Desk(city, "bina-marga")
    for _ in range(2):
        proof = in_progress(city, location={**spot(), "landmark": "pos"})
        resolved(officer, proof, data)
        looked_at(city, proof)
    admin.go(f"/desk/validation/{proof}")
    _axe(admin, "validation, doubted", wrong)
    admin.go("/desk/triage?queue=doubted")
    _axe(admin, "doubted proof", wrong)
    agency = person("bina-marga", NARROW, color_scheme=scheme)
    late = at_agency(city)
    page = agency.go(f"/desk/agency/{late}")
    opened(page, form("resolve"))
    page.fill(f'{form("resolve")} [name="note"]', "Tanpa foto.")
    with page.expect_navigation():
        page.click(f"{form('resolve')} button:not([type=button])")
    assert "Tanpa foto." in page.content()
    _axe(agency, "agency, refused", wrong)
    for path in ("/desk/agency", "/desk/field", f"/desk/field/{late}"):
        agency.go(path)
        _axe(agency, path, wrong)
    for path in ("/desk/overview", "/desk/settings/members", "/desk/settings/channels", "/desk/search"):
        admin.go(path)
        _axe(admin, path, wrong)
    assert not wrong, "\n".join(wrong)


def test_both_signs_of_being_lost_are_pages(city: Server, person: Callable[..., Tab]) -> None:
    """Signed out in the middle of work: the next page asks to sign in again, and leads back."""
    tab = person("admin")
    tab.context.clear_cookies()
    tab.go("/desk/triage?queue=incomplete")
    assert "/_local/oidc/authorize" in tab.page.url
    tab.focus('button[value="admin"]')
    with tab.page.expect_navigation():
        tab.key("Enter")
    assert "/desk/triage" in tab.page.url
