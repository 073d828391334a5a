"""Issue 4, deliver 7: oversight; level-3 reports by name, reassigning on the spot, who opened an identity and why."""

from __future__ import annotations

import json
import re

import pytest

from tests.acceptance.clients import Server, fresh, until
from tests.acceptance.desks import Desk, Page, at_agency, in_progress, of, trackings, waiting


@pytest.fixture(scope="module")
def admin(city: Server) -> Desk:
    return Desk(city, "admin")


def figure(page: Page, label: str) -> int:
    """A number beside its label."""
    match = re.search(rf"{label}[^0-9]{{0,3}}(\d+)", page.main)
    assert match, (label, page.main[:600])
    return int(match.group(1))


def test_the_figures_are_live(city: Server, admin: Desk) -> None:
    before = admin.at("/desk/overview")
    waiting(city)
    tracking = at_agency(city)
    until(lambda: figure(admin.at("/desk/overview"), "Menunggu admin") >= figure(before, "Menunggu admin") + 1, 20, 0.5)
    until(lambda: figure(admin.at("/desk/overview"), "Terbuka") >= figure(before, "Terbuka") + 2, 20, 0.5)
    assert "Dinas Bina Marga" in admin.at("/desk/overview").main, "by agency"
    assert re.search(r"Kota Administrasi|Kecamatan|wilayah", admin.at("/desk/overview").main), "by area"
    for label in ("tepat waktu", "lewat batas", "Diperpanjang", "Eskalasi"):
        assert re.search(label, admin.at("/desk/overview").main, re.I), label
    assert tracking


def test_an_area_opens_into_its_parts(city: Server, admin: Desk) -> None:
    waiting(city, location={"lat": -6.2265, "lng": 106.8583, "landmark": "x"})
    page = until(lambda: (got := admin.at("/desk/overview")) and "area=31.74" in got.html and got, 20, 0.5)
    path = page.link("area=31.74").removeprefix(city.url)
    until(lambda: "Tebet" in admin.at(path).main, 20, 1, "the kecamatan of that city")


def test_only_the_admin_oversees(city: Server) -> None:
    for user in ("bina-marga", "validator", "counter", "kelurahan"):
        desk = Desk(city, token=str(city.get(f"/_local/token?user={user}").json["token"]))
        assert desk.get("/desk/overview").status == 403, user


def test_reassigning(city: Server, admin: Desk) -> None:
    """From one agency to another by the admin, whatever the status before the end."""
    tracking = in_progress(city)
    page = admin.at(f"/desk/triage/{tracking}")
    form = next(
        form for form in page.forms if form.action.endswith("/dispatch") and form.find("agency").kind != "hidden"
    )
    admin.submit(page, form, {"agency": "perhubungan"}).ok()
    assert of(city, tracking)["agency"]["code"] == "perhubungan"


def test_level_three_by_name_and_reassigned_on_the_spot(hastiest: Server) -> None:
    tracking = at_agency(hastiest)
    admin = Desk(hastiest, "admin")

    def listed() -> Page | None:
        page = admin.at("/desk/overview")
        return page if tracking in trackings(page.main) else None

    page = until(listed, 40, 1, "the level-3 report on the overview")
    assert "Dinas Bina Marga" in page.main
    form = next(
        (form for form in page.forms if tracking in form.action or any(one.value == tracking for one in form.fields)),
        None,
    )
    assert form, f"reassign on the spot: {[str(form) for form in page.forms]}"
    after = admin.submit(page, form, {"agency": "perhubungan"})
    assert after.status == 200, after.main[:800]
    assert of(hastiest, tracking)["agency"]["code"] == "perhubungan"
    figures = admin.at("/desk/overview")
    assert re.search(r"Eskalasi tingkat 3\D{0,4}[1-9]|Eskalasi tingkat 3 \(\d", figures.main)


# identity


def identity(desk: Desk, tracking: str, why: str) -> Page:
    page = desk.get(f"/desk/reports/{tracking}/identity")
    if page.status != 200 or not page.has_form("/identity"):
        return page
    return desk.submit(page, page.form("/identity"), {"why": why})


def test_every_view_of_an_identity_is_recorded_and_shown(city: Server, admin: Desk) -> None:
    why = f"Pelapor menelepon balik {fresh('alasan')}"
    tracking = waiting(city, reporter={"name": "Kusumaningtyas Terlindung", "address": "Jl. Tersembunyi 99"})[
        "tracking"
    ]
    first = admin.at(f"/desk/reports/{tracking}/identity")
    assert "Kusumaningtyas" not in first.html, "not before a reason was given"
    assert admin.submit(first, first.form("/identity"), {"why": "  "}).status == 422
    page = identity(admin, tracking, why)
    assert "Kusumaningtyas Terlindung" in page.main
    counter = Desk(city, "counter")
    assert "Kusumaningtyas" in identity(counter, tracking, why + " di loket").main
    overview = admin.at("/desk/overview").main
    assert why in overview, "why"
    assert "Ratna Wulandari" in overview, "who"
    assert why + " di loket" in overview
    assert "Yoga Saputra" in overview
    assert "Kusumaningtyas" not in overview
    assert why in admin.at(f"/desk/triage/{tracking}").main or "dibuka" in json.dumps(of(city, tracking)).lower(), (
        "shown at the report too"
    )


def test_the_triage_page_leads_to_the_identity(city: Server, admin: Desk) -> None:
    tracking = waiting(city)["tracking"]
    assert admin.at(f"/desk/triage/{tracking}").link("identity|pelapornya")


def test_those_without_the_right_see_no_identity(city: Server) -> None:
    tracking = at_agency(city, reporter={"name": "Kusumaningtyas Terlindung", "address": "Jl. Tersembunyi 99"})
    for user in ("perhubungan", "validator", "analyst", "kelurahan"):
        desk = Desk(city, token=str(city.get(f"/_local/token?user={user}").json["token"]))
        page = identity(desk, tracking, "mau tahu")
        assert page.status in (403, 404), (user, page.status)
        assert "Kusumaningtyas" not in page.html


def test_the_agency_never_learns_an_anonymous_reporter(city: Server) -> None:
    tracking = at_agency(
        city, anonymous=True, reporter={"name": "Kusumaningtyas Terlindung", "address": "Jl. Tersembunyi 99"}
    )
    page = identity(Desk(city, "bina-marga"), tracking, "mau tahu")
    assert page.status in (200, 403, 404), page.status
    assert "Kusumaningtyas" not in page.html
    assert "Tersembunyi 99" not in page.html
