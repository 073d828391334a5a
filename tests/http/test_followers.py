"""Over HTTP: the state a member decides on (`If-Match`), and what the reporter of a merged report sees and says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.http.conftest import bearer
from tests.http.desk_forms import DINAS, FORM, member

ACTION = "/staff/reports/{tracking}/{action}"


def acted(web: Callable[..., Any], tracking: str, action: str, role: str, wish: Any, **headers: str) -> Any:
    agency = "bina-marga" if role == "agency" else None
    told = {**bearer(role, agency), "content-type": "application/json", **headers}
    return web("POST", ACTION, tracking=tracking, action=action, headers=told, body=json.dumps(wish).encode())


def test_if_match_names_the_state_that_was_read(web: Callable[..., Any], filed: Callable[..., Any]) -> None:
    number = filed()["tracking"]
    read = web("GET", "/staff/reports/{tracking}", tracking=number, headers=bearer("admin"))
    tag = read.headers["etag"]
    assert tag == f'"{read.json["seq"]}"'
    assert acted(web, number, "accept", "agency", {}, **{"if-match": tag}).status == 200
    stale = acted(web, number, "return", "agency", {"reason": "bukan kami"}, **{"if-match": tag})
    assert (stale.status, stale.json["code"]) == (409, "conflict")
    assert [each["event"] for each in stale.json["details"]["changed"]] == ["accepted"]
    fresh = f'"{stale.json["details"]["seq"]}"'
    assert acted(web, number, "return", "agency", {"reason": "bukan kami"}, **{"if-match": fresh}).status == 200


@pytest.mark.parametrize("tag", ["x", '"-1"', '"1', "W/2", '"99"', "9" * 40, "²"])
def test_a_state_that_is_none(web: Callable[..., Any], filed: Callable[..., Any], tag: str) -> None:
    answer = acted(web, filed()["tracking"], "accept", "agency", {}, **{"if-match": tag})
    assert answer.status == 422


@pytest.mark.parametrize("tag", ["*", ""])
def test_any_state(web: Callable[..., Any], filed: Callable[..., Any], tag: str) -> None:
    assert acted(web, filed()["tracking"], "accept", "agency", {}, **{"if-match": tag}).status == 200


def test_the_reporter_of_a_merged_report_sees_and_acts_on_the_leader(
    web: Callable[..., Any], filed: Callable[..., Any], module: Any
) -> None:
    leader, follower = filed("msg-1"), filed("msg-2", id="A-2")
    number, own = leader["tracking"], follower["tracking"]
    assert acted(web, own, "merge", "admin", {"into": number}).status == 200
    acted(web, number, "resolve", "agency", {"note": "ditambal"})
    seen = web("GET", "/reports/{tracking}", tracking=own, headers={"accept": "application/json"})
    assert seen.json["leader"]["tracking"] == number
    assert seen.json["leader"]["status"]["code"] == "awaiting_validation"
    tag = seen.headers["etag"]
    page = web("GET", "/reports/{tracking}", tracking=own, headers={"accept": "text/html"})
    assert number in page.text
    assert seen.json["leader"]["status"]["label"] in page.text
    key = {"x-report-key": follower["key"], "content-type": "application/json"}
    said = web(
        "POST", "/reports/{tracking}/{action}", tracking=own, action="dispute", headers=key, body=b'{"reason": "belum"}'
    )
    assert said.status == 200, said.text
    assert (said.json["tracking"], said.json["leader"]["tracking"]) == (own, number)
    entry = module.desk.reports.get(number).entries()[-1]
    assert (entry.event, entry.told.data["for"]) == ("disputed", own)
    wrong = {"x-report-key": leader["key"], "content-type": "application/json"}
    refused = web("POST", "/reports/{tracking}/{action}", tracking=own, action="dispute", headers=wrong, body=b"{}")
    assert refused.status == 403
    acted(web, number, "validate", "validator", {})
    again = web(
        "GET", "/reports/{tracking}", tracking=own, headers={"accept": "application/json", "if-none-match": tag}
    )
    assert again.status == 200
    assert again.json["leader"]["status"]["code"] == "done"


def test_a_split_over_http(web: Callable[..., Any], filed: Callable[..., Any]) -> None:
    number = filed()["tracking"]
    answer = acted(web, number, "split", "admin", {"problem": "Lampu mati", "category": "penerangan-jalan-umum"})
    assert answer.status == 200, answer.text
    second = answer.json["history"][-1]["data"]["into"]
    found = web("GET", "/staff/reports/{tracking}", tracking=second, headers=bearer("admin")).json
    assert (found["split_from"], found["problem"], found["status"]["code"]) == (number, "Lampu mati", "waiting")
    assert acted(web, number, "split", "agency", {"problem": "x"}).status == 403
    assert acted(web, number, "split", "admin", {}).json["details"] == {"problem": "is required"}


SITI = {"name": "Siti Rahmawati", "address": "Jl. Kenanga No. 9, Menteng", "phone": "+6281399998888"}


@pytest.fixture
def follows(web: Callable[..., Any], filed: Callable[..., Any]) -> Callable[..., tuple[Any, Any]]:
    """Two reports, the second merged into the first: their receipts. `second` and `first` change what they say."""

    def make(first: dict[str, Any], second: dict[str, Any]) -> tuple[Any, Any]:
        leader, follower = filed("msg-1", **first), filed("msg-2", id="A-2", **second)
        assert acted(web, follower["tracking"], "merge", "admin", {"into": leader["tracking"]}).status == 200
        return leader, follower

    return make


def says(web: Callable[..., Any], receipt: Any, action: str, wish: Any) -> None:
    """The reporter says it with their key."""
    headers = {"x-report-key": receipt["key"], "content-type": "application/json"}
    path = "/reports/{tracking}/{action}"
    body = json.dumps(wish).encode()
    answer = web("POST", path, tracking=receipt["tracking"], action=action, headers=headers, body=body)
    assert answer.status == 200, answer.text


def seen(web: Callable[..., Any], receipt: Any, *, staff: dict[str, str] | None = None) -> str:
    """What the reporter reads of a report with their key, or the staff."""
    path = "/staff/reports/{tracking}" if staff else "/reports/{tracking}"
    headers = staff or {"accept": "application/json", "x-report-key": receipt["key"]}
    text: str = web("GET", path, tracking=receipt["tracking"], headers=headers).text
    return text


@pytest.mark.parametrize(
    ("before", "action", "wish"),
    [
        ("ask", "answer", {"text": "Tanya Rahmawati di Kenanga 9"}),
        ("resolve", "dispute", {"reason": "Belum, kata Siti Rahmawati"}),
        ("resolve", "confirm", {"note": "Sudah, kata Siti Rahmawati"}),
        ("validate", "reopen", {"reason": "Belum, kata Siti Rahmawati"}),
    ],
)
def test_the_name_of_a_merged_report_s_reporter_is_masked_in_what_they_say(
    web: Callable[..., Any], follows: Any, before: str, action: str, wish: dict[str, str]
) -> None:
    leader, follower = follows({}, {"reporter": SITI, "anonymous": True})
    steps = {
        "ask": ("agency", {"question": "Di mana?"}),
        "resolve": ("agency", {"note": "ditambal"}),
        "validate": ("validator", {}),
    }
    for step in ("resolve", "validate") if before == "validate" else (before,):
        assert acted(web, leader["tracking"], step, *steps[step]).status == 200
    says(web, follower, action, wish)
    told = seen(web, leader, staff=member())
    (said,) = [entry["note"] for entry in json.loads(told)["history"] if entry["data"].get("for")]
    assert said, "something is left of it"
    assert "Rahmawati" not in told


def test_what_a_merged_report_s_reporter_says_is_the_staff_s_to_read(web: Callable[..., Any], follows: Any) -> None:
    leader, follower = follows({}, {"private": True})
    assert acted(web, leader["tracking"], "resolve", "agency", {"note": "ditambal"}).status == 200
    says(web, follower, "dispute", {"reason": "Tetangga saya membuang oli"})
    says(web, leader, "dispute", {"reason": "Masih berlubang"})
    assert "membuang oli" in seen(web, leader, staff=bearer("admin"))
    assert "membuang oli" in seen(web, leader, staff=member())
    own = seen(web, leader)
    assert "Masih berlubang" in own, "their own words"
    assert "membuang oli" not in own
    assert "membuang oli" not in seen(web, leader | {"key": ""})


@pytest.mark.parametrize("secret", ["private", "confidential"])
def test_a_slip_opens_the_report_it_is_of_and_not_the_leader(
    web: Callable[..., Any], follows: Any, secret: str
) -> None:
    leader, follower = follows({"text": "Tetangga saya membuang oli"}, {})
    number = leader["tracking"]
    assert acted(web, number, "correct", "admin", {secret: True}).status == 200
    assert acted(web, number, "note", "admin", {"note": "gudang diperiksa", "public": True}).status == 200
    assert acted(web, number, "ask", "admin", {"question": "Gudang yang mana?"}).status == 200
    for receipt, told in ((leader, True), (follower, False)):
        body = urlencode({"tracking": receipt["tracking"], "key": receipt["key"]})
        page = web("POST", "/desk/counter/slip", headers=bearer("counter") | FORM, body=body)
        assert page.status == 200
        assert number in page.text
        assert desk_status(page.text)
        for words in ("gudang diperiksa", "Gudang yang mana?", "membuang oli"):
            assert (words in page.text) is told, words


def desk_status(page: str) -> bool:
    """Whether a page of a slip says where the report stands."""
    return "Koordinasi" in page or "koordinasi" in page


def test_a_confidential_report_is_merged_into_nothing_that_others_read(
    web: Callable[..., Any], filed: Callable[..., Any]
) -> None:
    into, own = filed("msg-1")["tracking"], filed("msg-2", id="A-2")["tracking"]
    assert acted(web, own, "correct", "admin", {"accused": DINAS, "confidential": True}).status == 200
    refused = acted(web, own, "merge", "admin", {"into": into})
    assert (refused.status, list(refused.json["details"])) == (422, ["into"])
    body = urlencode({"into": into, "back": f"/desk/triage/{own}", "form_id": "f"})
    path = "/desk/reports/{tracking}/{action}"
    page = web("POST", path, tracking=own, action="merge", headers=bearer("admin") | FORM, body=body)
    assert page.status == 422
    assert f"laporan {into} tidak rahasia" in page.text
