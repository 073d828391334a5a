"""Issue 4, deliver 3: the agency's queue, its actions, bulk, work order, field crew."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.acceptance.clients import Server, instant, phone, until
from tests.acceptance.desks import (
    Desk,
    Page,
    Photo,
    at_agency,
    history,
    in_progress,
    listed,
    of,
    pages,
    picture,
    resolved,
    spot,
    status,
    texted,
    trackings,
    waiting,
)

PUSAT = "suku-dinas-bina-marga-jakarta-pusat"
UTARA = "suku-dinas-bina-marga-jakarta-utara"


@pytest.fixture(scope="module")
def officer(city: Server) -> Desk:
    return Desk(city, "bina-marga")


def test_open_reports_by_deadline_with_the_time_left(city: Server, officer: Desk) -> None:
    made = [at_agency(city) for _ in range(2)] + [in_progress(city)]
    until(lambda: set(made) <= set(listed(officer)), 6, 0.4)
    rows = listed(officer)
    assert rows.index(made[0]) < rows.index(made[2]), "the six hours of those not taken up come before the seven days"
    page = officer.at("/desk/agency")
    for tracking in made:
        if tracking in page.html:
            assert re.search(r"sisa|lewat", page.row(tracking)), "the time left"


@pytest.fixture(scope="module")
def filtered(city: Server) -> dict[str, str]:
    def one(**changes: Any) -> str:
        return at_agency(city, "perumahan-rakyat", **changes)

    made = {
        "monas": one(location={"lat": -6.175392, "lng": 106.827153, "landmark": "Monas"}),
        "tebet": one(location={"lat": -6.2265, "lng": 106.8583, "landmark": "Tebet"}),
        "begun": in_progress(city, "perumahan-rakyat"),
    }
    named = waiting(city)["tracking"]
    answer = city.act(named, "dispatch", {"agency": "perumahan-rakyat", "category": "rumah-susun-hunian-vertikal"})
    assert answer.status == 200, answer.text
    return {**made, "named": named}


def _housing(city: Server) -> Desk:
    return Desk(city, token=str(city.get("/_local/token?role=agency&agency=perumahan-rakyat").json["token"]))


def test_filters(city: Server, filtered: dict[str, str]) -> None:
    desk = _housing(city)
    until(lambda: set(filtered.values()) <= set(listed(desk)), 6, 0.4)
    page = desk.at("/desk/agency")
    form = next(form for form in page.forms if form.method == "get")

    def shown(values: dict[str, str]) -> set[str]:
        found = desk.submit(page, form, values).ok()
        return set(re.findall(r'class="number"[^>]*href="[^"]*?(JKT[-0-9A-Z]+)"', found.html))

    by_area = shown({"Wilayah": "31.71"})
    assert filtered["monas"] in by_area
    assert filtered["tebet"] not in by_area
    by_category = shown({"Kategori": "Rumah Susun"})
    assert filtered["named"] in by_category
    assert filtered["monas"] not in by_category
    by_status = shown({"Status": "in_progress"})
    assert filtered["begun"] in by_status
    assert filtered["monas"] not in by_status


def test_the_filter_by_sub_unit(city: Server, officer: Desk) -> None:
    mine, other = at_agency(city), at_agency(city)
    assert city.agency(mine, "disposition", {"unit": PUSAT}).status == 200
    page = officer.at("/desk/agency")
    form = next(form for form in page.forms if form.method == "get")

    def shown() -> set[str]:
        return set(trackings(officer.submit(page, form, {"Sub-unit": PUSAT}).ok().html))

    until(lambda: mine in shown(), 6, 0.4)
    assert other not in shown()


def test_accepting(city: Server, officer: Desk) -> None:
    sender = phone()
    tracking = texted(city, sender)
    assert city.act(tracking, "dispatch", {"agency": "bina-marga"}).status == 200
    officer.do(f"/desk/agency/{tracking}", "/accept", {"note": "Regu berangkat besok pagi."})
    assert status(city, tracking) == "in_progress"
    assert "berangkat besok" in json.dumps(city.citizen(tracking)), "read by the reporter"
    until(lambda: any("ditangani" in text for text in city.to(sender)), 6, what="the reporter is told")


def test_accepting_with_one_button_in_the_list(city: Server, officer: Desk) -> None:
    tracking = at_agency(city)
    until(lambda: tracking in listed(officer), 6, 0.4)
    page = next(each for each in pages(officer, "/desk/agency") if tracking in each.html)
    row = page.row(tracking)
    assert re.search(r"data-key", row), "a letter presses it"
    form = next(f for f in page.forms if any(tracking in (b.data.get("formaction") or b.value) for b in f.buttons))
    after = officer.submit(page, form, press=tracking)
    assert after.status == 200, after.main[:800]
    assert status(city, tracking) == "in_progress"


def test_disposition_to_a_sub_unit_and_to_an_officer(city: Server, officer: Desk) -> None:
    first, second = at_agency(city), at_agency(city)
    officer.do(f"/desk/agency/{first}", "/disposition", {"Sub-unit": PUSAT, "note": "Segera."})
    assert status(city, first) == "disposition"
    assert "Jakarta Pusat" in officer.at(f"/desk/agency/{first}").main
    officer.do(f"/desk/agency/{second}", "/disposition", {"unit": "", "officer": "Regu 7, Pak Slamet"})
    assert "Regu 7, Pak Slamet" in officer.at(f"/desk/agency/{second}").main
    public = json.dumps(city.citizen(second))
    assert "Slamet" not in public, "who does it stays inside"


def test_an_internal_note_stays_inside(city: Server, officer: Desk) -> None:
    sender = phone()
    tracking = texted(city, sender)
    assert city.act(tracking, "dispatch", {"agency": "bina-marga"}).status == 200
    officer.do(f"/desk/agency/{tracking}", "/note", {"note": "Material kurang, pinjam dari utara."})
    assert "pinjam dari utara" in officer.at(f"/desk/agency/{tracking}").main
    assert "pinjam dari utara" not in json.dumps(city.citizen(tracking))
    city.quiet()
    assert not [text for text in city.to(sender) if "pinjam" in text]


def test_asking_the_reporter(city: Server, officer: Desk) -> None:
    sender = phone()
    tracking = texted(city, sender)
    assert city.act(tracking, "dispatch", {"agency": "bina-marga"}).status == 200
    officer.do(f"/desk/agency/{tracking}", "/ask", {"question": "Lubangnya berapa dalam?"})
    until(lambda: any("berapa dalam" in text for text in city.to(sender)), 6)
    assert re.search(r"jeda|menunggu jawaban|berhenti", officer.at(f"/desk/agency/{tracking}").main, re.I)


# extension


def test_an_extension_shows_its_bound_and_is_decided_by_the_admin(city: Server, officer: Desk) -> None:
    sender = phone()
    tracking = texted(city, sender)
    assert city.act(tracking, "dispatch", {"agency": "bina-marga"}).status == 200
    assert city.agency(tracking, "accept").status == 200
    page = officer.at(f"/desk/agency/{tracking}")
    form = page.form("/extend")
    bound = form.find("until").data.get("max", "")
    latest = (instant(of(city, tracking)["received_at"]) + timedelta(days=30, hours=7)).date()
    assert bound, "the date field knows its bound"
    assert abs((date.fromisoformat(bound[:10]) - latest).days) <= 1, (bound, latest)
    assert re.search(r"paling (lambat|lama)|hingga|sampai|batas", form.words, re.I), f"the bound is shown: {form.words}"
    assert str(date.fromisoformat(bound[:10]).year) in form.words
    until_day = (datetime.now(UTC) + timedelta(days=14)).date().isoformat()
    officer.submit(page, form, {"until": until_day, "reason": "Menunggu aspal dari pabrik."}).ok()
    admin = Desk(city, "admin")
    queue = until(lambda: (got := admin.at("/desk/triage?queue=extensions")) and tracking in got.html and got, 6, 0.4)
    assert queue
    detail = admin.at(f"/desk/triage/{tracking}")
    assert "Menunggu aspal" in detail.main
    admin.submit(detail, detail.form("/approve-extension|Setujui")).ok()
    assert of(city, tracking)["resolve_by"][:10] in (
        until_day,
        (date.fromisoformat(until_day) - timedelta(days=1)).isoformat(),
    )
    told = until(lambda: [text for text in city.to(sender) if "lebih lama" in text], 6, what="the reporter is told")
    assert str(int(until_day[-2:])) in told[0], "with the new date"
    assert "aspal" in json.dumps(city.citizen(tracking))


@pytest.mark.parametrize("days", [45, 4000, -3])
def test_an_extension_beyond_the_bound_is_refused_and_the_text_kept(city: Server, officer: Desk, days: int) -> None:
    tracking = in_progress(city)
    before = len(history(city, tracking))
    day = (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
    page = officer.refused(
        f"/desk/agency/{tracking}", "/extend", {"until": day, "reason": "Alasan panjang yang diketik."}
    )
    assert page.status == 422
    assert "Alasan panjang yang diketik." in page.html, "what was typed is kept"
    assert len(history(city, tracking)) == before


def test_an_extension_needs_a_date_and_a_reason(city: Server, officer: Desk) -> None:
    tracking = in_progress(city)
    day = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    for values in (
        {"until": day, "reason": ""},
        {"until": "", "reason": "x"},
        {"until": "bukan tanggal", "reason": "x"},
    ):
        officer.refused(f"/desk/agency/{tracking}", "/extend", values)
    assert "extension" not in json.dumps(history(city, tracking)[-1]["event"])


# return


def test_returning_leaves_the_queue_and_the_score(city: Server, officer: Desk) -> None:
    tracking = at_agency(city)
    until(lambda: tracking in listed(officer), 6, 0.4)
    officer.refused(f"/desk/agency/{tracking}", "/return")
    officer.do(f"/desk/agency/{tracking}", "/return", {"reason_code": "wrong-agency", "reason": "Ini jalan tol."})
    assert status(city, tracking) == "waiting"
    report = of(city, tracking)
    assert not report["agency"], "no agency carries it"
    until(lambda: tracking not in listed(officer), 6, 0.4)
    assert officer.get(f"/desk/agency/{tracking}").status in (403, 404)
    admin = Desk(city, "admin")
    until(
        lambda: (
            tracking in admin.at("/desk/triage").html or "Ini jalan tol" in admin.at(f"/desk/triage/{tracking}").main
        ),
        6,
    )
    assert "Ini jalan tol" in admin.at(f"/desk/triage/{tracking}").main


# resolve


def test_resolving_needs_a_new_photo(city: Server, officer: Desk) -> None:
    tracking = in_progress(city)
    page = officer.refused(f"/desk/agency/{tracking}", "/resolve", {"note": "Sudah rapi, percayalah."})
    assert page.status == 422
    assert re.search(r"foto", page.main, re.I)
    assert "Sudah rapi, percayalah." in page.html, "what was typed is kept"
    assert status(city, tracking) == "in_progress"


def test_resolving_needs_a_note(city: Server, officer: Desk) -> None:
    tracking = in_progress(city)
    officer.refused(f"/desk/agency/{tracking}", "/resolve", {"photos": Photo(picture()), "note": "  "})
    assert status(city, tracking) == "in_progress"


@pytest.mark.parametrize(
    "file",
    [
        Photo(b"<html><script>alert(1)</script></html>", "foto.jpg"),
        Photo(b"", "foto.jpg"),
        Photo(b"\xff\xd8\xff\xe0" + b"0" * 300, "foto.jpg"),
        Photo(b"%PDF-1.4 nothing", "foto.pdf", "application/pdf"),
        Photo(b"GIF89a" + b"\0" * 40, "../../etc/passwd", "image/gif"),
    ],
    ids=["html", "empty", "broken", "pdf", "odd name"],
)
def test_what_is_no_photo_proves_nothing(city: Server, officer: Desk, file: Photo) -> None:
    tracking = in_progress(city)
    page = officer.at(f"/desk/agency/{tracking}")
    after = officer.submit(page, page.form("/resolve"), {"photos": file, "note": "Sudah."})
    assert after.status in (400, 413, 415, 422), (after.status, after.main[:600])
    assert status(city, tracking) == "in_progress"


def test_resolving_with_a_photo_and_a_note(city: Server, officer: Desk) -> None:
    sender = phone()
    tracking = texted(city, sender)
    assert city.act(tracking, "dispatch", {"agency": "bina-marga"}).status == 200
    assert city.agency(tracking, "accept").status == 200
    after = resolved(officer, tracking, note="Lubang ditutup aspal panas.")
    assert status(city, tracking) == "awaiting_validation"
    assert after.path.startswith(("/desk/agency", "/desk/field")), after.url
    assert tracking not in listed(officer)
    validator = Desk(city, "validator")
    page = until(lambda: (got := validator.at(f"/desk/validation/{tracking}")) and _photos(got) and got, 10, 0.4)
    until(
        lambda: re.search(r"belum terverifikasi", validator.at(f"/desk/validation/{tracking}").main),
        8,
        0.4,
        "unverified",
    )
    assert "Lubang ditutup aspal panas." in page.main


def _photos(page: Page) -> list[str]:
    return [src for src in page.photos if "/photos/" in src]


def test_the_reports_own_photo_is_no_new_one(city: Server, officer: Desk) -> None:
    counter, data = Desk(city, "counter"), picture()
    after = counter.do(
        "/desk/counter",
        "/counter",
        {
            "text": "Jalan berlubang dekat pos",
            "landmark": "pos",
            "lat": str(spot()["lat"]),
            "lng": str(spot()["lng"]),
            "name": "Warga",
            "address": "Jl. Tebet 1",
            "consent": True,
            "photos": Photo(data),
        },
    )
    tracking = trackings(after.main)[0]
    if status(city, tracking) == "waiting":
        assert city.act(tracking, "dispatch", {"agency": "bina-marga"}).status == 200
    agency = of(city, tracking)["agency"]["code"]
    assert city.agency(tracking, "accept", agency=agency).status == 200
    desk = Desk(city, token=str(city.get(f"/_local/token?role=agency&agency={agency}").json["token"]))
    until(lambda: _photos(desk.at(f"/desk/agency/{tracking}")), 10, 0.4)
    page = desk.at(f"/desk/agency/{tracking}")
    done = desk.submit(page, page.form("/resolve"), {"photos": Photo(data), "note": "Sudah."})
    if done.status == 200:
        admin = Desk(city, "admin")
        until(lambda: tracking in admin.at("/desk/triage?queue=doubted").html, 12, 0.5, "doubted before the admin")
    else:
        assert done.status in (409, 422), done.status


# bulk


def _bulk(desk: Desk, chosen: list[str], press: str, **values: str) -> Page:
    page = until(
        lambda: (got := desk.at("/desk/agency")) and all(one in got.html for one in chosen) and got,
        8,
        0.4,
        "all in the list",
    )
    form = next(
        form for form in page.forms if any(one.name == "tracking" or one.value in chosen for one in form.fields)
    )
    name = next(one.name for one in form.fields if one.value == chosen[0])
    return desk.submit(page, form, {name: chosen, **values}, press=press)


def test_bulk_accept(city: Server, officer: Desk) -> None:
    desk = _fresh(city, "kebudayaan")
    made = [at_agency(city, "kebudayaan") for _ in range(3)]
    after = _bulk(desk, made[:2], "Ambil semua|accept")
    assert after.status == 200, after.main[:800]
    assert [status(city, one) for one in made] == ["in_progress", "in_progress", "coordination"]


def _fresh(city: Server, agency: str) -> Desk:
    return Desk(city, token=str(city.get(f"/_local/token?role=agency&agency={agency}").json["token"]))


def test_bulk_disposition(city: Server, officer: Desk) -> None:
    made = [at_agency(city, "sosial") for _ in range(2)]
    after = _bulk(_fresh(city, "sosial"), made, "Disposisikan semua|disposition", officer="Regu 9")
    assert after.status == 200, after.main[:800]
    assert [status(city, one) for one in made] == ["disposition", "disposition"]


def test_bulk_says_what_did_not_work(city: Server) -> None:
    desk = _fresh(city, "ppkukm")
    good, changed = at_agency(city, "ppkukm"), at_agency(city, "ppkukm")
    page = until(lambda: (got := desk.at("/desk/agency")) and good in got.html and changed in got.html and got, 8, 0.4)
    form = next(form for form in page.forms if any(one.value == good for one in form.fields))
    name = next(one.name for one in form.fields if one.value == good)
    assert city.act(changed, "dispatch", {"agency": "perhubungan"}).status == 200
    foreign = at_agency(city, "perhubungan")
    before = len(history(city, foreign))
    after = desk.submit(page, form, {name: [good, changed, foreign]}, press="Ambil semua|accept")
    assert after.status < 500
    assert status(city, foreign) == "coordination"
    assert len(history(city, foreign)) == before
    assert status(city, changed) == "coordination"
    assert changed in after.main, "said by number what did not work"


def test_bulk_with_nothing_chosen(city: Server, officer: Desk) -> None:
    at_agency(city)
    page = until(lambda: (got := officer.at("/desk/agency")) and trackings(got.html) and got, 6)
    form = next(form for form in page.forms if any(one.kind == "checkbox" for one in form.fields))
    after = officer.submit(page, form, press="Ambil semua|accept")
    assert after.status in (200, 400, 422)
    assert re.search(r"pilih|belum ada", after.main, re.I)


# work order, field


def test_the_work_order_is_printable_with_a_qr(city: Server, officer: Desk) -> None:
    name = "Kusumaningtyas Terlindung"
    tracking = at_agency(city, reporter={"name": name, "address": "Jl. Tersembunyi 99"})
    page = officer.at(officer.at(f"/desk/agency/{tracking}").link("work-order|perintah kerja").removeprefix(city.url))
    assert tracking in page.main
    assert "<svg" in page.html or any("data:image" in src for src in page.photos)
    assert "dekat pos ronda" in page.main
    assert name not in page.html
    assert "Tersembunyi 99" not in page.html


def test_the_field_list_and_page(city: Server, officer: Desk) -> None:
    tracking = in_progress(city)
    until(lambda: tracking in listed(officer, "/desk/field"), 8, 0.4, "the crew's list")
    page = officer.at(f"/desk/field/{tracking}")
    assert page.has_form("/resolve|selesai|foto|kirim")
    address = next(at["data-code"] for _, at in page.tags if at.get("data-code"))
    csrf = page.form("/resolve").find("csrf").value
    head = {"Content-Type": "application/x-www-form-urlencoded", "Origin": city.url, "X-CSRF-Token": csrf}
    answers = [officer.send("POST", address, urlencode({"csrf": csrf}).encode(), head) for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 201], answers[0].text[:400]
    assert answers[0].text != answers[1].text, "one-time"
    assert officer.send("POST", address, b"", {**head, "X-CSRF-Token": ""}).status in (400, 403), "CSRF"
    other = Desk(city, "perhubungan")
    theirs = other.at("/desk/agency").form("sign-out").find("csrf").value
    refused = other.send("POST", address, urlencode({"csrf": theirs}).encode(), {**head, "X-CSRF-Token": theirs})
    assert refused.status in (403, 404), "another agency gets no code for this report"


def test_the_field_pages_gallery_photo_works_without_javascript_but_is_unverified(city: Server, officer: Desk) -> None:
    tracking = in_progress(city)
    page = officer.at(f"/desk/field/{tracking}")
    form = page.form("/resolve|selesai")
    files = [one.name for one in form.fields if one.kind == "file"]
    assert files, [str(form) for form in page.forms]
    after = officer.submit(page, form, {files[0]: Photo(picture()), "note": "Sudah bersih."})
    assert after.status == 200, after.main[:800]
    assert status(city, tracking) == "awaiting_validation"
    validator = Desk(city, "validator")
    until(
        lambda: re.search(r"belum terverifikasi", validator.at(f"/desk/validation/{tracking}").main),
        8,
        0.4,
        "unverified",
    )


def test_a_claimed_capture_without_the_servers_signature_is_unverified(city: Server, officer: Desk) -> None:
    """Somebody types the code and a signature of their own."""
    tracking = in_progress(city)
    page = officer.at(f"/desk/field/{tracking}")
    form = page.form("/resolve|selesai")
    for one in form.fields:
        if re.search("code|kode|sign|capture|verified|taken", one.name) and one.name != "csrf":
            one.value = one.value or "00000000"
    files = [one.name for one in form.fields if one.kind == "file"]
    after = officer.submit(page, form, {files[0]: Photo(picture()), "note": "Sudah bersih."})
    if after.status == 200:
        validator = Desk(city, "validator")
        until(
            lambda: re.search(r"belum terverifikasi", validator.at(f"/desk/validation/{tracking}").main),
            8,
            0.4,
            "unverified",
        )
    else:
        assert after.status in (400, 403, 409, 422)


# an action that is not allowed now


def test_actions_are_offered_only_where_they_are_allowed(city: Server, officer: Desk) -> None:
    tracking = in_progress(city)
    page = officer.at(f"/desk/agency/{tracking}")
    assert not [form for form in page.forms if form.action.endswith("/accept")]
    stale = officer.at(f"/desk/agency/{tracking}")
    resolved(officer, tracking)
    after = officer.submit(stale, stale.form("/extend"), {"until": "2026-12-24", "reason": "terlambat diketik"})
    assert after.status == 409, after.status
    assert "terlambat diketik" in after.html
    assert status(city, tracking) == "awaiting_validation"
