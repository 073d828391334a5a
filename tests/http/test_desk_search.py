"""Search pages and identity views: what is found by whom, what is recorded, and what never stands in an address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.http.conftest import Answer, bearer, report_body, signed

FORM = "application/x-www-form-urlencoded"
MENTENG = "31.71.06.1001"


@pytest.fixture
def relayed(web: Callable[..., Answer], desk: Any, clock: Any) -> Callable[..., str]:
    """Files a report by JAKI, and lets the relay keep its look-ups."""
    from chalicelib.store import items
    from chalicelib.usecases.lookups import keep_lookups

    def file(message_id: str = "msg-1", **changes: Any) -> str:
        clock.instant = datetime.now(UTC)
        body = report_body(**changes)
        answer = web("POST", "/channels/{channel}", channel="jaki", headers=signed(body, message_id), body=body)
        number = str(answer.json["tracking"])
        wire = items.wire(items.attributes(desk.reports.get(number), desk.city)) | {"tracking": {"S": number}}
        keep_lookups(desk, {"NewImage": wire})
        return number

    return file


@pytest.fixture
def search(web: Callable[..., Answer]) -> Callable[..., Answer]:
    """Sends the search form."""

    def send(role: str = "admin", agency: str | None = None, **fields: str) -> Answer:
        headers = bearer(role, agency) | {"content-type": FORM}
        return web("POST", "/desk/search", headers=headers, body=urlencode(fields))

    return send


def test_every_role_searches_by_number(relayed: Callable[..., str], search: Callable[..., Answer]) -> None:
    number = relayed()
    for role in ("admin", "validator", "counter", "analyst"):
        assert f"/desk/reports/{number}" in search(role, q=number.lower().replace("-", " ")).text, role
    assert number not in search("agency", "sumber-daya-air", q=number).text.split("<form", 2)[2].split('value="', 1)[0]
    assert f"/desk/reports/{number}" not in search("agency", "sumber-daya-air", q=number).text


def test_a_slip_of_the_finger_leads_to_the_number_meant(
    relayed: Callable[..., str], search: Callable[..., Answer]
) -> None:
    number = relayed()
    last = "0" if number[-1] != "0" else "1"
    answer = search(q=number[:-1] + last)
    assert "salah ketik" in answer.text
    assert f"/desk/reports/{number}" in answer.text
    assert "12 huruf dan angka" in search(q=number[:-1]).text


def test_by_phone_mail_and_name_for_those_who_may_and_it_is_recorded(
    relayed: Callable[..., str], search: Callable[..., Answer], desk: Any
) -> None:
    number = relayed(reporter={"name": "Budi Santoso", "address": "Jl. Mawar No. 2, Menteng", "phone": "+6281234567890",
                               "email": "budi@contoh.id"})  # fmt: skip
    for role in ("admin", "counter"):
        for typed in ("0812-3456-7890", "+62 812 3456 7890", "BUDI@contoh.id"):
            assert number in search(role, q=typed).text, typed
        for typed in ("santoso budi", "Budi Santoso", "Jalan Mawar nomor 2"):
            assert number in search(role, q=typed, named="1").text, typed
    assert number not in search(q="Budi Hartono", named="1").text
    entries = [entry for _, entry in desk.journal.month(desk.now(), limit=50)]
    assert {entry.what for entry in entries} == {"reporter_searched"}
    assert {entry.who for entry in entries} == {"admin-1", "counter-1"}
    told = str(entries).lower()
    assert not any(secret in told for secret in ("budi", "santoso", "8123", "mawar"))
    digests = {entry.data["digest"] for entry in entries if entry.data["by"] == "name"}
    assert len(digests) == 3  # "Budi Santoso" and "santoso budi" are the same search


@pytest.mark.parametrize("role", ["agency", "validator", "analyst"])
def test_others_search_for_no_person(
    relayed: Callable[..., str], search: Callable[..., Answer], role: str, desk: Any
) -> None:
    number = relayed()
    agency = "bina-marga" if role == "agency" else None
    for fields in ({"q": "0812 3456 7890"}, {"q": "Budi Santoso", "named": "1"}):
        answer = search(role, agency, **fields)
        assert answer.status == 403
        assert number not in answer.text
    assert 'name="named"' not in search(role, agency, q="").text
    assert desk.journal.month(desk.now(), limit=5) == []


def test_a_person_is_never_searched_for_by_an_address(
    relayed: Callable[..., str], web: Callable[..., Answer], desk: Any
) -> None:
    number = relayed()
    page = web("GET", "/desk/search", headers=bearer("admin"), query={"q": "081234567890"})
    assert number not in page.text
    assert "Tekan Cari" in page.text
    by_number = web("GET", "/desk/search", headers=bearer("admin"), query={"q": number})
    assert f"/desk/reports/{number}" in by_number.text
    assert desk.journal.month(desk.now(), limit=5) == []


def test_words_within_an_area_and_a_period(
    relayed: Callable[..., str], search: Callable[..., Answer], desk: Any
) -> None:
    number = relayed(
        location={"kelurahan": "Menteng", "address": "Jalan Cokroaminoto", "lat": -6.1955, "lng": 106.8320}
    )
    area = desk.reports.get(number).place.area
    assert area
    kelurahan = desk.city.areas[area]
    kecamatan = desk.city.areas[kelurahan.parent]
    for typed in (area, kecamatan.code, f"kecamatan {kecamatan.name}", kecamatan.parent):
        answer = search(q="lubang", area=typed)
        assert answer.status == 200, answer.text
        assert number not in answer.text  # the beginning of a word, not its middle
        assert number in search(q="BERLUB halte", area=typed).text, typed
        assert number in search(q="cokro", area=typed).text, typed
    assert number not in search(q="berlubang", area="-").text
    today = desk.city.local_day(desk.now()).isoformat()
    assert number in search(q="jalan", area=area, since=today, until=today).text
    assert number not in search(q="jalan", area=area, since="2020-01-01", until="2020-02-01").text
    assert "Pilih wilayah" in search(q="jalan").text


def test_an_agency_finds_only_its_own(relayed: Callable[..., str], search: Callable[..., Answer], desk: Any) -> None:
    number = relayed()
    report = desk.reports.get(number)
    assert report.agency or report.status == "waiting"
    fields = {"q": "berlubang", "area": report.place.area}
    assert number in search("admin", **fields).text
    own = report.agency or "bina-marga"
    assert (number in search("agency", own, **fields).text) is bool(report.agency)
    assert number not in search("agency", "sumber-daya-air", **fields).text


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("area", "Atlantis"),
        ("since", "gestern"),
        ("until", "0001-01-01"),
        ("since", "9999-12-31"),
        ("since", "2026-13-40"),
    ],
)
def test_a_wrong_field_is_named(search: Callable[..., Answer], field: str, typed: str) -> None:
    answer = search(**{"q": "jalan", "area": MENTENG, field: typed})
    assert answer.status == 422
    assert 'aria-invalid="true"' in answer.text


@pytest.mark.parametrize(
    "typed",
    [".*", "(((((", "a{99999}", "\\", "'; DROP TABLE reports; --", "<script>alert(1)</script>", "\u202eabc", "x" * 10_000,
     "JKT-" * 2_000, "+" * 50, "1" * 30, "@@@@", "", " ", "\0", "💡", "http://[", "://"],
)  # fmt: skip
def test_hostile_input_is_plain_text(search: Callable[..., Answer], typed: str) -> None:
    for named in ("", "1"):
        answer = search(q=typed, area=MENTENG, named=named)
        assert answer.status in (200, 422), answer.text
        assert "<script>alert" not in answer.text
        assert len(answer.text) < 60_000


def test_who_reported_is_shown_once_with_a_reason_and_recorded(
    relayed: Callable[..., str], web: Callable[..., Answer], desk: Any
) -> None:
    from chalicelib.usecases.journal import identity_views

    number = relayed()

    def ask(role: str, agency: str | None = None, **fields: str) -> Answer:
        headers = bearer(role, agency) | {"content-type": FORM}
        resource = "/desk/reports/{tracking}/identity"
        return web("POST", resource, headers=headers, body=urlencode(fields), tracking=number)

    asking = web("GET", "/desk/reports/{tracking}/identity", headers=bearer("admin"), tracking=number)
    assert 'name="why"' in asking.text
    assert "Budi" not in asking.text
    missing = ask("admin")
    assert missing.status == 422
    assert "Budi" not in missing.text
    assert desk.reports.get(number).entries()[-1].event != "identity_viewed"
    shown = ask("admin", why="Janji <temu>")
    assert shown.status == 200, shown.text
    for told in ("Budi Santoso", "Jl. Mawar No. 2, Menteng", "+6281234567890"):
        assert told in unescape(shown.text)
    assert shown.headers["cache-control"] == "no-store"
    entry = desk.reports.get(number).entries()[-1]
    assert (entry.event, entry.told.note, entry.told.data["who"], entry.told.public) == (
        "identity_viewed", "Janji <temu>", "admin-1", False,
    )  # fmt: skip
    (view,) = identity_views(desk, 10)
    assert (view.tracking, view.who, view.role, view.why) == (number, "admin-1", "admin", "Janji <temu>")
    for role, agency in (("validator", None), ("analyst", None), ("agency", "sumber-daya-air")):
        refused = ask(role, agency, why="ingin tahu")
        assert refused.status == 403, role
        assert "Budi" not in refused.text
    assert len(identity_views(desk, 10)) == 1


def test_systems_ask_in_json(relayed: Callable[..., str], web: Callable[..., Answer], desk: Any) -> None:
    number = relayed()

    def ask(body: str, role: str = "counter") -> Answer:
        resource = "/staff/reports/{tracking}/identity"
        return web("POST", resource, headers=bearer(role), body=body, tracking=number)

    answer = ask('{"why": "uji"}')
    assert (answer.status, answer.json["name"]) == (200, "Budi Santoso")
    assert answer.headers["cache-control"] == "no-store"
    assert ask("{}").status == 422
    assert ask('{"why": " "}').status == 422
    assert ask('{"why": "' + "x" * 501 + '"}').status == 422
    assert ask('{"why": "uji"}', "validator").status == 403
    assert ask('{"why": "uji", "photo": "gibtesnicht-gibtesnicht"}').status == 404


def test_the_original_of_a_picture_is_lent_for_five_minutes(
    relayed: Callable[..., str], web: Callable[..., Answer], desk: Any
) -> None:
    import msgspec

    from chalicelib.store.client import client

    number, photo = relayed(), "p" * 24
    before = desk.reports.get(number)
    desk.reports.change(before, msgspec.structs.replace(before, photos=(f"kept:{photo}",)))
    desk.buckets.keep(photo, desk.sealer.seal_bytes(b"HEIC original", photo, 0))
    headers = bearer("admin") | {"content-type": FORM}
    resource = "/desk/reports/{tracking}/original"
    body = urlencode({"photo": photo, "why": "periksa bukti"})
    shown = web("POST", resource, headers=headers, body=body, tracking=number)
    assert shown.status == 200, shown.text
    assert "X-Amz-Expires=300" in unescape(shown.text)
    assert "opened/" in shown.text
    s3 = client("s3", desk.settings.region)
    (lent,) = s3.list_objects_v2(Bucket=desk.settings.photos_bucket, Prefix="opened/")["Contents"]
    assert s3.get_object(Bucket=desk.settings.photos_bucket, Key=lent["Key"])["Body"].read() == b"HEIC original"
    entry = desk.reports.get(number).entries()[-1]
    assert (entry.event, entry.told.data) == ("identity_viewed", {"who": "admin-1", "photo": photo})
    other = web("POST", resource, headers=headers, body=urlencode({"photo": "q" * 24, "why": "x"}), tracking=number)
    assert other.status == 404


def test_a_full_page_of_results_is_small_and_quick(
    relayed: Callable[..., str], search: Callable[..., Answer], desk: Any
) -> None:
    import time

    import msgspec

    from chalicelib.domain import tracking as numbers

    first = desk.reports.get(relayed())
    for index in range(52):
        number = numbers.derive(b"test", "JKT", "test", "sender", str(index))
        words = "Lampu jalan mati dan gelap sekali sejak kemarin malam " * 8
        assert desk.reports.add(msgspec.structs.replace(first, tracking=number, problem=words))
    fields = {"q": "lampu", "area": first.place.area}
    search(**fields)
    began = time.process_time()
    answer = search(**fields)
    spent = time.process_time() - began
    assert answer.text.count("data-row") == 50
    assert "50 yang terbaru" in answer.text
    assert len(answer.text.encode()) < 60_000
    assert spent < 1  # of which most is the mock's own: the page itself is measured in bench
    print(f"search page: {len(answer.text.encode())} bytes, {spent * 1000:.0f} ms CPU with moto")
