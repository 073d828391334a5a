"""Reports entered by staff: complete without a phone, once per form, by those who may, and never a word too much."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.http.conftest import Answer, bearer

DOCS = Path(__file__).parents[2] / "docs" / "channels"

BODY: dict[str, Any] = {
    "channel": "kelurahan",
    "text": "Lampu jalan mati sejak tiga malam",
    "reporter": {"name": "Siti Aminah", "address": "Jl. Kenanga No. 4, Menteng"},
    "location": {"landmark": "depan SDN 01", "kelurahan": "Menteng"},
    "category": "jalan",
}


def enter(web: Callable[..., Answer], role: str = "counter", agency: str | None = None, **changes: Any) -> Answer:
    headers = bearer(role, agency) | changes.pop("headers", {})
    body = {name: value for name, value in (BODY | changes).items() if value is not None}
    return web("POST", "/staff/reports", headers=headers, body=json.dumps(body))


def test_somebody_without_a_phone_takes_the_number_home_on_paper(web: Callable[..., Answer], desk: Any) -> None:
    answer = enter(web)
    assert answer.status == 201, answer.text
    receipt = answer.json
    assert receipt["missing"] == []
    assert receipt["status"]["code"] != "incomplete"
    assert receipt["status_url"].endswith(receipt["tracking"])
    lines = receipt["slip"]["lines"]
    cut = next(number for number, line in enumerate(lines) if "potong" in line)
    assert any(receipt["tracking"] in line for line in lines[:cut])
    assert any(receipt["status_url"] in line for line in lines[:cut])
    assert not any(receipt["key"] in line for line in lines[:cut])
    assert any(receipt["key"] in line for line in lines[cut:])
    report = desk.reports.get(receipt["tracking"])
    assert (report.channel, report.answerable, report.place.area) == ("kelurahan", False, "31.71.06.1001")
    sealed = desk.sealer.open_all(report.sealed, report.tracking, 0)
    assert (sealed.name, sealed.user) == ("Siti Aminah", "")


def test_with_a_phone_the_reporter_can_be_told(web: Callable[..., Answer], desk: Any) -> None:
    told = enter(web, reporter=BODY["reporter"] | {"phone": "0812 3456 7890"}, lang="en").json
    report = desk.reports.get(told["tracking"])
    assert (report.answerable, report.lang) == (True, "en")
    sealed = desk.sealer.open_all(report.sealed, report.tracking, 0)
    assert (sealed.phone, sealed.user) == ("+6281234567890", "+6281234567890")
    assert told["slip"]["lines"][0].startswith("RECEIPT")


@pytest.mark.parametrize("by", ["header", "form_id"])
def test_the_same_form_is_the_same_report_of_the_same_member(web: Callable[..., Answer], by: str) -> None:
    again = {"headers": {"idempotency-key": "f-1"}} if by == "header" else {"form_id": "f-1"}
    first, second = enter(web, **again), enter(web, **again)
    changed = enter(web, **again, text="Lampu jalan masih mati")
    assert (first.status, second.status, changed.status) == (201, 200, 200)
    assert first.json == second.json
    assert changed.json["tracking"] == first.json["tracking"]
    assert (second.json.get("differs"), changed.json["differs"]) == (None, True), "whoever typed it is told"
    other = web(
        "POST",
        "/staff/reports",
        headers=bearer("counter", sub="counter-2") | again.get("headers", {}),
        body=json.dumps(BODY | ({"form_id": "f-1"} if by == "form_id" else {})),
    )
    assert other.status == 201
    assert other.json["tracking"] != first.json["tracking"]
    assert enter(web).json["tracking"] != enter(web).json["tracking"], "without a key each form is another report"


def test_what_is_missing_is_said(web: Callable[..., Answer]) -> None:
    answer = enter(web, reporter=None, location={"kelurahan": "Menteng"})
    assert answer.status == 201
    assert answer.json["status"]["code"] == "incomplete"
    assert answer.json["missing"] == ["place", "name", "address"]
    assert any("nama" in line and "alamat rumah" in line for line in answer.json["slip"]["lines"])


def test_an_officials_own_finding_needs_no_reporter(web: Callable[..., Answer], desk: Any) -> None:
    answer = enter(
        web,
        "agency",
        "bina-marga",
        channel="laporan-petugas",
        reporter=None,
        text="Bina Marga menemukan trotoar ambles",
    )
    assert answer.status == 201, answer.text
    assert answer.json["missing"] == []
    report = desk.reports.get(answer.json["tracking"])
    assert report.problem == "Bina Marga menemukan trotoar ambles", "the office's name is no secret"
    sealed = desk.sealer.open_all(report.sealed, report.tracking, 0)
    assert sealed.name == "Petugas Dinas Bina Marga"
    assert sealed.address


@pytest.mark.parametrize(
    ("role", "agency", "channel", "status"),
    [
        ("counter", None, "pendopo", 201),
        ("admin", None, "gubernur", 201),
        ("counter", None, "laporan-petugas", 201),
        ("agency", "bina-marga", "kelurahan", 403),
        ("validator", None, "kelurahan", 403),
        ("analyst", None, "laporan-petugas", 403),
        ("counter", None, "sms", 422),
        ("counter", None, "jaki", 422),
        ("counter", None, "posyandu", 422),
    ],
)
def test_who_may_enter_what(
    web: Callable[..., Answer], role: str, agency: str | None, channel: str, status: int
) -> None:
    assert enter(web, role, agency, channel=channel).status == status


def test_every_staff_channel_is_open_to_the_counter(web: Callable[..., Answer], desk: Any) -> None:
    ids = [channel.id for channel in desk.city.channels.values() if channel.adapter == "staff"]
    assert len(ids) == 8
    assert [enter(web, channel=name).status for name in ids] == [201] * 8


def test_a_channel_that_is_off_says_where_to_go(web: Callable[..., Answer], desk: Any) -> None:
    off = msgspec.structs.replace(desk.city.channels["pendopo"], active=False, instead="Kantor Kelurahan")
    desk.city = msgspec.structs.replace(desk.city, channels=desk.city.channels | {"pendopo": off})
    answer = enter(web, channel="pendopo")
    assert answer.status == 410
    assert answer.json["details"] == {"instead": "Kantor Kelurahan"}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"text": None}, {"text"}),
        ({"text": 5, "reporter": {"nama": "x", "phone": 12}}, {"text", "reporter.nama", "reporter.phone"}),
        ({"name": "Siti"}, {"name"}),
        ({"reporter": {"phone": "telepon rumah"}}, {"reporter.phone"}),
        ({"reporter": {"email": "siti"}}, {"reporter.email"}),
        ({"location": {"lat": 6.2}}, {"location.lng"}),
        ({"location": {"lat": "x", "lng": 106.8}}, {"location.lat"}),
        ({"location": {"kelurahan": "Atlantis"}}, {"location.kelurahan"}),
        ({"category": "apa saja"}, {"category"}),
        ({"photos": ["https://example.org/x.jpg"]}, {"photos.0"}),
        ({"private": "ya"}, {"private"}),
        ({"form_id": "a b"}, {"form_id"}),
        ({"channel": None}, {"channel"}),
        ({"lang": "fr"}, {"lang"}),
        ({"headers": {"idempotency-key": "a b"}}, {"Idempotency-Key"}),
        (
            {"text": 3, "nonsense": 1, "category": "apa saja", "reporter": {"phone": "abc", "name": 1}, "lang": "fr"},
            {"text", "nonsense", "category", "reporter.phone", "reporter.name", "lang"},
        ),
        (
            {"channel": "posyandu", "text": " ", "location": {"lat": 91.5}},
            {"channel", "text", "location.lat", "location.lng"},
        ),
        (
            {"photos": [3, "x"], "reporter": [], "location": {"kelurahan": "Atlantis", "lat": {}}},
            {"photos.0", "photos.1", "reporter", "location.kelurahan", "location.lat"},
        ),
        (
            {"channel": 5, "form_id": "a b", "private": "ya", "headers": {"idempotency-key": "a b"}},
            {"channel", "form_id", "private", "Idempotency-Key"},
        ),
    ],
)
def test_every_wrong_field_is_named(web: Callable[..., Answer], changes: dict[str, Any], wrong: set[str]) -> None:
    answer = enter(web, **changes)
    assert answer.status == 422
    assert set(answer.json["details"]) == wrong


def test_a_kelurahan_of_several_is_asked_back(web: Callable[..., Answer], desk: Any) -> None:
    areas = dict(desk.city.areas)
    areas["31.74.04.1001"] = msgspec.structs.replace(areas["31.74.04.1001"], name="Menteng")
    desk.city = msgspec.structs.replace(desk.city, areas=areas)
    answer = enter(web)
    assert answer.status == 422
    assert "31.71.06.1001" in answer.json["details"]["location.kelurahan"]
    assert "31.74.04.1001" in answer.json["details"]["location.kelurahan"]
    for told in ("31.71.06.1001", "Kel. Menteng, Kota Administrasi Jakarta Pusat"):
        assert enter(web, location={"landmark": "depan SDN 01", "kelurahan": told}).status == 201


@pytest.mark.parametrize(("body", "status"), [("{", 400), ("[]", 400), ('"x"', 400), ("", 400), ("[" * 5000, 400)])
def test_what_is_no_form_is_refused(web: Callable[..., Answer], body: str, status: int) -> None:
    assert web("POST", "/staff/reports", headers=bearer("counter"), body=body).status == status


def test_nobody_enters_without_signing_in(web: Callable[..., Answer]) -> None:
    plain = {"content-type": "application/json"}
    assert web("POST", "/staff/reports", headers=plain, body=json.dumps(BODY)).status == 401


def test_what_a_member_wrote_down_has_been_read(web: Callable[..., Answer]) -> None:
    tracking = enter(web).json["tracking"]
    seen = web("GET", "/reports/{tracking}", tracking=tracking, headers={"accept": "application/json"})
    assert seen.json["read"] is True
    assert "Siti" not in seen.text
    assert "Kenanga" not in seen.text


def test_the_examples_of_the_documentation_are_taken(web: Callable[..., Answer], desk: Any) -> None:
    for channel in (each.id for each in desk.city.channels.values() if each.adapter == "staff"):
        text = (DOCS / f"{channel}.md").read_text()
        found = re.search(r"--json '(.*?)'\n", text, re.S)
        assert found, channel
        role = "agency" if "role=agency" in text else "counter"
        headers = bearer(role, "bina-marga" if role == "agency" else None)
        answer = web("POST", "/staff/reports", headers=headers, body=found[1])
        assert answer.status == 201, (channel, answer.text)
