"""Issue 4, deliver 5: a walk-in at the counter, the slip with its key apart, asking, confirming and disputing with it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.acceptance.clients import Server, phone, until
from tests.acceptance.desks import Desk, Page, Photo, number, of, picture, resolved, status, trackings

CIKINI = "Cikini, Menteng, Kota Administrasi Jakarta Pusat"


def walk_in(**changes: Any) -> dict[str, Any]:
    return {
        "text": f"Lampu jalan mati di depan SD, tiang nomor {number()}",
        "landmark": "SD 03",
        "kelurahan": CIKINI,
        "name": "Sulastri Walkin",
        "address": "Jl. Kenanga 5",
        "consent": True,
        "id_seen": True,
    } | changes


@pytest.fixture(scope="module")
def counter(city: Server) -> Desk:
    return Desk(city, "counter")


def filed(counter: Desk, **changes: Any) -> tuple[Page, str, str]:
    """The slip's page, the number and the key."""
    page = counter.do("/desk/counter", "/counter", walk_in(**changes))
    tracking = trackings(page.main)[0]
    keys = re.findall(r"\b((?:[0-9A-Z]{4}[ -]){3}[0-9A-Z]{4}|[0-9A-Z]{16})\b", page.main.replace(tracking, "|"))
    assert keys, page.main
    return page, tracking, keys[-1]


def with_slip(counter: Desk, tracking: str, key: str) -> Page:
    page = counter.at("/desk/counter/slip")
    return counter.submit(page, page.form("/slip"), {"tracking": tracking, "key": key})


def test_a_report_and_its_slip(city: Server, counter: Desk) -> None:
    sender = phone()
    page, tracking, key = filed(counter, phone=sender)
    assert city.citizen(tracking, key.replace(" ", ""))["tracking"] == tracking, "the key is the right one"
    assert "<svg" in page.html or "data:image" in page.html, "a QR"
    before, _, _after = page.main.partition(key)
    assert tracking in before
    assert re.search(r"potong", before), "the key is apart from the number"
    assert key.replace(" ", "") not in page.main.replace(key, ""), "the key once, on its own part"
    assert any(tracking in text for text in city.to(sender)), "SMS if there is a phone"
    assert key.replace(" ", "") not in " ".join(city.to(sender))
    report = of(city, tracking)
    assert report["area"]["name"] == "Cikini"


def test_no_phone_no_sms(city: Server, counter: Desk) -> None:
    _, tracking, _ = filed(counter)
    city.quiet()
    assert not [entry for entry in city.outbox(tracking=tracking) if entry["channel"] == "sms"]


@pytest.mark.parametrize("missing", ["text", "name", "address", "consent", "landmark"])
def test_what_is_missing_is_named_and_the_rest_kept(city: Server, counter: Desk, missing: str) -> None:
    empty: Any = False if missing == "consent" else ""
    values = walk_in(**{missing: empty})
    if missing == "landmark":
        values["kelurahan"] = ""
    page = counter.refused("/desk/counter", "/counter", values)
    assert page.status == 422
    form = page.form("/counter")
    for name in {"text", "name", "address"} - {missing}:
        assert form.find(name).value.strip() == values[name], f"{name} is kept"
    assert 'aria-invalid="true"' in page.html or 'role="alert"' in page.html
    assert not trackings(page.main)


def test_consent_is_read_out_and_recorded_and_the_id_only_seen(city: Server, counter: Desk) -> None:
    page = counter.at("/desk/counter")
    assert re.search(r"setuju", page.form("/counter").words, re.I)
    names = [one.name + one.label for one in page.form("/counter").fields]
    assert not [name for name in names if re.search(r"\bnik\b|nomor ktp", name, re.I)], "the ID is never stored"
    _, tracking, _ = filed(counter)
    noted = json.dumps(of(city, tracking)["history"][0])
    assert "consent" in noted
    assert "id_seen" in noted


def test_a_nik_in_the_text_is_not_shown(city: Server, counter: Desk) -> None:
    _, tracking, _ = filed(counter, text="Jalan rusak, NIK saya 3171234567890123, mohon ditambal")
    assert "3171234567890123" not in json.dumps(of(city, tracking))
    assert "3171234567890123" not in Desk(city, "admin").at(f"/desk/triage/{tracking}").html


def test_a_photo_from_a_file(city: Server, counter: Desk) -> None:
    _, tracking, _ = filed(counter, photos=Photo(picture()))
    until(lambda: of(city, tracking)["pictures"] or of(city, tracking)["photos"], 10, 0.3, "the photo")


def test_what_is_no_photo_is_said(city: Server, counter: Desk) -> None:
    page = counter.at("/desk/counter")
    after = counter.submit(
        page, page.form("/counter"), walk_in(photos=Photo(b"<svg onload=alert(1)>", "x.svg", "image/svg+xml"))
    )
    assert after.status in (413, 415, 422), after.status
    assert "onload" not in after.html


def test_pressing_twice_makes_one_report(city: Server, counter: Desk) -> None:
    page = counter.at("/desk/counter")
    values = walk_in()
    first = counter.submit(page, page.form("/counter"), values)
    again = counter.submit(page, page.form("/counter"), values)
    assert trackings(first.main)
    assert trackings(again.main)[:1] == trackings(first.main)[:1], (again.status, again.main[:500])


def test_place_by_point_and_a_kelurahan_nobody_knows(city: Server, counter: Desk) -> None:
    _, tracking, _ = filed(counter, kelurahan="", lat="-6.1947", lng="106.8386")
    assert of(city, tracking)["area"], "the point tells the area"
    page = counter.refused("/desk/counter", "/counter", walk_in(kelurahan="Atlantis"))
    assert "Atlantis" in page.html
    counter.refused("/desk/counter", "/counter", walk_in(lat="abc", lng="106.8"))


def test_the_slip_answers_where_it_stands(city: Server, counter: Desk) -> None:
    _, tracking, key = filed(counter)
    page = with_slip(counter, tracking, key)
    assert page.status == 200
    assert tracking in page.main
    assert "Menunggu" in page.main
    assert "Sulastri" not in page.main
    assert with_slip(counter, tracking.lower(), key.lower().replace(" ", "")).status == 200, "typed in a hurry"


def _done(city: Server, tracking: str) -> None:
    if status(city, tracking) == "waiting":
        assert city.act(tracking, "dispatch", {"agency": "bina-marga"}).status == 200
    agency = of(city, tracking)["agency"]["code"]
    assert city.agency(tracking, "accept", agency=agency).status == 200
    officer = Desk(city, token=str(city.get(f"/_local/token?role=agency&agency={agency}").json["token"]))
    resolved(officer, tracking)
    assert city.act(tracking, "validate", role="validator").status == 200


def test_confirming_with_the_slip(city: Server, counter: Desk) -> None:
    _, tracking, key = filed(counter)
    _done(city, tracking)
    page = with_slip(counter, tracking, key)
    counter.submit(page, page.form("Sudah beres")).ok()
    assert "confirm" in json.dumps([entry["event"] for entry in of(city, tracking)["history"]])


def test_disputing_with_the_slip_needs_words_and_reopens(city: Server, counter: Desk) -> None:
    _, tracking, key = filed(counter)
    _done(city, tracking)
    page = with_slip(counter, tracking, key)
    form = next(form for form in page.forms if any("Belum" in button.label for button in form.buttons))
    assert counter.submit(page, form, {"words": ""}).status == 422
    counter.submit(page, form, {"words": "Lampunya masih mati."}).ok()
    assert status(city, tracking) != "done"
    assert "masih mati" in json.dumps(of(city, tracking))


def test_a_wrong_key_opens_nothing_and_is_counted(city: Server, counter: Desk) -> None:
    _, tracking, key = filed(counter, private=True)
    wrong = ("A" if key[0] != "A" else "B") + key[1:]
    page = with_slip(counter, tracking, wrong)
    assert page.status in (401, 403, 404, 422)
    assert "Lampu jalan mati" not in page.main
    other_page, other, other_key = filed(counter)
    assert other_page
    assert with_slip(counter, tracking, other_key).status in (401, 403, 404, 422), "another report's key"
    for _ in range(15):
        last = with_slip(counter, tracking, wrong)
    assert last.status in (403, 429)
    assert with_slip(Desk(city, "admin"), other, other_key).status == 200, "others are not locked out"
    for odd in ("", "' OR 1=1 --", "<script>alert(1)</script>", "JKT-0000-0000-0000", "x" * 5000):
        page = with_slip(counter, odd, odd)
        assert 400 <= page.status < 500
        assert "<script>alert(1)" not in page.html


def test_only_counter_and_admin(city: Server) -> None:
    for user in ("bina-marga", "validator", "analyst", "kelurahan"):
        desk = Desk(city, token=str(city.get(f"/_local/token?user={user}").json["token"]))
        for path in ("/desk/counter", "/desk/counter/slip"):
            assert desk.get(path).status == 403, (user, path)


def test_in_english(city: Server) -> None:
    desk = Desk(city, "counter", lang="en")
    page = desk.at("/desk/counter")
    assert 'lang="en"' in page.html[:200]
    assert re.search(r"landmark", page.main, re.I)
    assert "Ceritakan" not in page.main
