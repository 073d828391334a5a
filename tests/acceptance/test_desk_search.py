"""Issue 4, deliver 6: search for staff, bounded, and what is recorded of it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.acceptance.clients import Server, fresh, phone, until
from tests.acceptance.desks import Desk, Page, at_agency, texted, trackings, waiting

NAMED = "Wirastuti"


@pytest.fixture(scope="module")
def admin(city: Server) -> Desk:
    return Desk(city, "admin")


def searched(desk: Desk, q: str, **more: Any) -> Page:
    page = desk.at("/desk/search")
    return desk.submit(page, page.form("/search", ("q",)), {"q": q, **more})


def found(desk: Desk, q: str, **more: Any) -> list[str]:
    page = searched(desk, q, **more)
    assert page.status in (200, 403, 404, 422), page.main[-500:]
    shown = page.html[page.html.rfind("</form>") :]
    return list(trackings(shown))


def test_by_number_as_people_type_it(city: Server, admin: Desk) -> None:
    tracking = waiting(city)["tracking"]
    bare = tracking.replace("-", "").lower()
    for typed in (tracking, tracking.lower(), bare, bare.removeprefix("jkt"), f"  {tracking} "):
        assert tracking in found(admin, typed), typed


def test_by_phone_however_it_is_written(city: Server, admin: Desk) -> None:
    sender = phone()
    tracking = texted(city, sender)
    local = "0" + sender.removeprefix("+62")
    # what reports are looked up by is written from the stream, a moment after the report
    until(lambda: tracking in found(admin, sender), 15, 0.3)
    for typed in (sender, local, f"{local[:4]}-{local[4:8]}-{local[8:]}"):
        page = searched(admin, typed)
        assert tracking in page.html, typed
        assert sender.removeprefix("+62") not in page.html[page.html.rfind("</form>") :], "not shown again"
        assert re.search("dicatat", page.main), "access recorded, and said"


def test_by_mail(city: Server, admin: Desk) -> None:
    mail = f"{fresh('warga')}@contoh.example"
    tracking = waiting(city, reporter={"name": "Warga", "address": "Jl. A 1", "email": mail})["tracking"]
    until(lambda: tracking in found(admin, mail), 15, 0.3)
    assert tracking in found(admin, mail.upper())


def test_by_name_only_counter_and_admin_and_recorded(city: Server, admin: Desk) -> None:
    name = f"{NAMED} {fresh('putri').replace('-', ' ').title()}"
    tracking = waiting(city, reporter={"name": name, "address": "Jl. Bunga 7"})["tracking"]
    until(lambda: tracking in found(admin, name, named=True), 15, 0.5)
    counter = Desk(city, "counter")
    assert tracking in found(counter, name, named=True)
    for user in ("bina-marga", "validator", "analyst"):
        desk = Desk(city, user)
        page = desk.at("/desk/search")
        form = page.form("/search", ("q",))
        assert not form.named("named"), f"{user} is offered a search by name"
        body, kind = desk.body(form, {"q": name})
        after = desk.follow("POST", "/desk/search", body + b"&named=1", {"Content-Type": kind, "Origin": city.url})
        assert tracking not in after.html, user
    overview = admin.at("/desk/overview").main
    assert "Yoga Saputra" in overview, "who searched is shown to the admin"
    assert name not in overview


def test_by_words_within_an_area_and_a_period(city: Server, admin: Desk) -> None:
    word = fresh("gapura").replace("-", "")
    here = {"lat": -6.2265, "lng": 106.8583, "landmark": "x"}
    tracking = waiting(city, text=f"Tembok {word} retak besar di tikungan", location=here)["tracking"]
    area = until(lambda: city.staff("GET", f"/reports/{tracking}").json["area"], 3)
    assert tracking in found(admin, word, area=f"kecamatan {area['kecamatan']}")
    assert tracking in found(admin, word, area=area["kota"] and f"kota {area['kota']}")
    assert tracking in found(admin, word[:8], area=f"kecamatan {area['kecamatan']}"), "the beginning of a word"
    assert tracking not in found(admin, word, area="kecamatan Koja")
    assert tracking not in found(
        admin, word, area=f"kecamatan {area['kecamatan']}", since="2026-01-01", until="2026-01-20"
    )


def test_by_street(city: Server, admin: Desk) -> None:
    street = f"Jalan {fresh('melati').replace('-', '').title()}"
    here = {"lat": -6.2265, "lng": 106.8583, "address": f"{street} 12"}
    tracking = waiting(city, location=here)["tracking"]
    assert tracking in found(admin, street.split()[1], area="kecamatan Tebet") or tracking in found(
        admin, street.split()[1], area="kota Kota Administrasi Jakarta Selatan"
    )


def test_words_without_an_area_are_asked_for_one(city: Server, admin: Desk) -> None:
    page = searched(admin, "rusak parah")
    assert re.search(r"wilayah", page.main[-400:], re.I)
    assert page.form("/search", ("q",)).find("q").value == "rusak parah"


def test_the_limit_is_said(city: Server, admin: Desk) -> None:
    page = searched(admin, "tidak nyaman", area="kota Kota Administrasi Jakarta Selatan")
    result = page.html[page.html.rfind("</form>") :]
    assert re.search(r"diperiksa \w+ laporan|paling banyak|terbaru|pertama", result, re.I), (
        f"how much was read: {result[:600]}"
    )


def test_an_agency_finds_only_its_own(city: Server) -> None:
    sender = phone()
    tracking = texted(city, sender)
    assert city.act(tracking, "dispatch", {"agency": "perhubungan"}).status == 200
    own = at_agency(city, "bina-marga")
    desk = Desk(city, "bina-marga")
    assert own in found(desk, own)
    for q in (tracking, sender):
        assert tracking not in found(desk, q), q
        assert "tidak nyaman" not in searched(desk, q).main[-1500:], q
    words = searched(desk, "nyaman", area="kota Kota Administrasi Jakarta Pusat")
    assert tracking not in words.html


@pytest.mark.parametrize(
    "q",
    [
        "",
        "   ",
        "'; DROP TABLE reports; --",
        "<script>alert(1)</script>",
        '" onfocus=alert(1) autofocus x="',
        "\u202egnp.exe",
        "%00%ff",
        "{{7*7}}",
        "JKT-7K3M-92QX-4HTC",
        "JKT-7K3M-92QX-4HTX",
        "+62",
        "a" * 5000,
        "*",
        "😀" * 200,
    ],
)
def test_odd_words_are_only_words(city: Server, admin: Desk, q: str) -> None:
    page = searched(admin, q)
    assert page.status < 500
    assert "<script>alert(1)" not in page.html
    assert " onfocus=alert(1)" not in re.sub(r'"[^"]*"', '""', page.html)
    assert "{{7*7}}" in q or "49 laporan" not in page.main


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("since", "2026-13-45"),
        ("since", "kemarin"),
        ("until", "0001-01-01"),
        ("since", "9999-12-31"),
        ("area", "Atlantis"),
    ],
)
def test_odd_periods_and_areas(city: Server, admin: Desk, name: str, value: str) -> None:
    page = searched(admin, "rusak", **{"area": "kecamatan Tebet", name: value})
    assert page.status in (200, 400, 422)
