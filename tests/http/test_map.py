"""The map: points where few cells cover the screen, else hexagons; what it costs, what it never shows, and bad input."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.http.conftest import Answer, bearer

HERE = "106.8240,-6.1785,106.8304,-6.1723"  # around POINT of conftest
FAR = "106.68,-6.37,106.97,-6.07"
Web = Callable[..., Answer]


@pytest.fixture
def settled(module: Any, desk: Any) -> Callable[..., None]:
    """Reports as the figures know them: what the tallies' consumer would have made of these."""
    from chalicelib.domain.facts import facts_of
    from chalicelib.store.figures import Figures

    def settle(*numbers: str) -> None:
        kept = Figures(desk.tally_items)
        kept.roll_up(kept.note([facts_of(report, desk.city) for report in desk.listings.reports(numbers)]), desk.now())

    return settle


def act(
    web: Web, tracking: str, action: str, body: dict[str, Any], role: str = "admin", agency: str | None = None
) -> None:
    answer = web(
        "POST", "/staff/reports/{tracking}/{action}", tracking=tracking, action=action,
        headers=bearer(role, agency), body=json.dumps(body),
    )  # fmt: skip
    assert answer.status == 200, answer.text


def read_by_staff(web: Web, tracking: str) -> None:
    act(web, tracking, "accept", {}, "agency", "bina-marga")


def points(web: Web, **query: str) -> Any:
    answer = web("GET", "/map/data", query={"bbox": HERE, **query})
    assert answer.status == 200, answer.text
    return answer.json


def test_a_read_report_is_a_point_and_one_that_nobody_has_read_is_none(web: Web, filed: Any) -> None:
    seen, unread = filed("m-1"), filed("m-2", id="A-2", text="Rahasia belum dibaca")
    read_by_staff(web, seen["tracking"])
    data = points(web)
    assert data["kind"] == "points"
    assert [line["url"] for line in data["list"]] == [f"/reports/{seen['tracking']}"]
    assert data["points"] == [{"lat": -6.1754, "lng": 106.8272, "exact": True, "state": "open", "number": 1}]
    page = web("GET", "/map", query={"bbox": HERE, "lang": "en"})
    assert page.status == 200
    assert seen["tracking"] in page.text
    for text in (page.text, json.dumps(data)):
        assert unread["tracking"] not in text
        assert "Rahasia" not in text
        assert "Budi" not in text
        assert "6281234567890" not in text


@pytest.mark.parametrize("flag", ["private", "confidential"])
def test_a_hidden_report_is_nowhere(web: Web, filed: Any, settled: Any, flag: str) -> None:
    hidden = filed("m-1")
    read_by_staff(web, hidden["tracking"])
    act(web, hidden["tracking"], "correct", {flag: True})
    settled(hidden["tracking"])
    assert points(web)["total"] == 0
    cells = web("GET", "/map/data", query={"bbox": FAR}).json
    assert (cells["kind"], cells["total"], cells["list"]) == ("cells", 0, [])


def test_a_place_that_is_nobodys_business_is_the_middle_of_its_cell(web: Web, filed: Any, desk: Any) -> None:
    report = filed("m-1")
    read_by_staff(web, report["tracking"])
    sensitive = next(code for code, each in desk.city.open_categories().items() if not each.place_is_open)
    act(web, report["tracking"], "correct", {"category": sensitive})
    data = points(web)
    for point, line in zip(data["points"], data["list"], strict=True):
        assert not point["exact"]
        assert (point["lat"], point["lng"]) != (-6.1754, 106.8272)
        assert "letak perkiraan" in line["told"]


def test_hexagons_count_by_state_and_kelurahan(web: Web, filed: Any, settled: Any) -> None:
    numbers = [filed(f"m-{n}", id=f"A-{n}", text=f"Jalan rusak nomor {n} di sini")["tracking"] for n in range(3)]
    for number in numbers:
        read_by_staff(web, number)
    settled(*numbers)
    data = web("GET", "/map/data", query={"bbox": FAR, "lang": "en"}).json
    assert (data["kind"], data["total"], len(data["cells"])) == ("cells", 3, 1)
    assert len(data["cells"][0]["ring"]) == 6
    assert data["list"][0]["told"] == "3 being handled"
    assert data["list"][0]["url"].startswith("/map?area=31.71.")
    assert web("GET", "/map/data", query={"bbox": FAR, "status": "done"}).json["total"] == 0
    assert web("GET", "/map/data", query={"bbox": FAR, "area": "Tebet Timur"}).json["total"] == 0
    assert web("GET", "/map/data", query={"bbox": FAR, "area": "Kota Administrasi Jakarta Pusat"}).json["total"] == 3
    assert web("GET", "/map/data", query={"bbox": FAR, "pillar": "mobility", "category": "jalan"}).json["total"] == 3
    page = web("GET", "/map", query={"lang": "en"})
    assert 'class="q1"' in page.text
    assert "3 being handled" in page.text


def test_what_its_reporter_disputes_is_not_done(web: Web, filed: Any) -> None:
    receipt = filed("m-1")
    number = receipt["tracking"]
    read_by_staff(web, number)
    act(web, number, "resolve", {"note": "Sudah ditambal"}, "agency", "bina-marga")
    act(web, number, "validate", {}, "validator")
    assert points(web)["points"][0]["state"] == "done"
    told = {"content-type": "application/json", "x-report-key": receipt["key"]}
    body = json.dumps({"reason": "Masih berlubang"})
    answer = web("POST", "/reports/{tracking}/{action}", tracking=number, action="dispute", headers=told, body=body)
    assert answer.status == 200, answer.text
    assert points(web)["points"][0]["state"] == "disputed"
    assert points(web, status="done")["total"] == 0
    assert points(web, status="disputed")["total"] == 1


def test_a_screen_is_at_most_twenty_reads(web: Web, filed: Any, calls: Any) -> None:
    number = filed("m-1")["tracking"]
    read_by_staff(web, number)
    for bbox in (HERE, "106.82,-6.184,106.832,-6.175", "106.8,-6.2,106.85,-6.15", FAR, "-180,-85,180,85"):
        for route in ("/map", "/map/data"):
            calls()
            assert web("GET", route, query={"bbox": bbox}).status == 200
            made = calls()
            assert set(made) <= {"dynamodb.Query", "dynamodb.BatchGetItem"}
            assert len(made) <= 20


WRONG = [
    ("bbox", "1,2,3"), ("bbox", "nan,1,2,3"), ("bbox", "107,-6.3,106,-6.1"), ("bbox", "106,-6.1,107,-6.3"),
    ("bbox", "1e309,0,1,1"), ("bbox", "-500,0,1,1"), ("bbox", "0,-99,1,1"), ("bbox", "x" * 5000), ("category", "tidak-ada"),
    ("pillar", "x"), ("status", "rejected"), ("area", "<script>alert(1)</script>"), ("period", "2026-13"), ("period", "2999"),
    ("period", "1999"), ("period", "２０２６"), ("period", "0000-01"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_bad_input_is_named_and_the_page_stays_usable(web: Web, field: str, value: str) -> None:
    data = web("GET", "/map/data", query={field: value})
    assert data.status == 422
    assert set(data.json["details"]) == {field}
    page = web("GET", "/map", query={field: value, "lang": "en"})
    assert page.status == 422
    assert f'href="#{field}"' in page.text
    assert '<svg class="city"' in page.text
    assert "<script>alert" not in page.text


def test_an_area_zooms_there_and_a_map_moved_since_stays(web: Web) -> None:
    box = re.compile(r'name="bbox" id="bbox" value="([^"]+)"')

    def west(**query: str) -> float:
        found = box.search(web("GET", "/map", query=query).text)
        assert found
        return float(found[1].split(",")[0])

    there = west(area="Tebet Timur")
    assert 106.8 < there < 106.87
    assert west(area="Tebet Timur", bbox=HERE) == pytest.approx(106.823, abs=0.002)
    assert west(area="Tebet Timur", bbox=HERE, near="") == there


def test_the_page_is_light_and_loads_only_our_own(web: Web, desk: Any) -> None:
    page = web("GET", "/map")
    assert len(page.text.encode()) <= 60_000
    assert " style=" not in page.text
    assert re.findall(r"<script(?! src=| type=.application/json)", page.text) == []
    policy = page.headers["content-security-policy"]
    assert "img-src 'self' data: blob:;" in policy
    leaflet = web("GET", "/static/{name}", name="leaflet-1.9.4.js")
    assert "max-age=31536000" in leaflet.headers["cache-control"]


def test_tiles_are_the_only_other_host(web: Web, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import msgspec

    tiles = {"map_tiles_url": "https://tiles.example/{z}/{x}/{y}.png", "map_tiles_credit": "© Peta <b>"}
    monkeypatch.setattr(desk, "settings", msgspec.structs.replace(desk.settings, **tiles))
    page = web("GET", "/map")
    assert "img-src 'self' data: blob: https://tiles.example;" in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].count("https://") == 1
    assert 'data-credit="© Peta &lt;b&gt;"' in page.text


def test_the_outlines_are_kept_for_a_year_and_small(web: Web) -> None:
    answer = web("GET", "/map/outlines.json", query={"v": "1"})
    assert "max-age=31536000" in answer.headers["cache-control"]
    assert len(answer.json["areas"]) == 267
    assert len(answer.text) <= 100_000
