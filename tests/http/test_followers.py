"""Over HTTP: the state a member decides on (`If-Match`), and what the reporter of a merged report sees and says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.http.conftest import bearer

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
