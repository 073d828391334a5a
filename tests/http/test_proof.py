"""The proof over HTTP: JSON for whoever checks, a page for a browser, nothing of a hidden report without its key."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from chalicelib.domain import tracking as numbers
from chalicelib.domain.checking import checked
from chalicelib.usecases.archive import close, note_change
from tests.usecases.rules import accepted, done

JSON, HTML = {"accept": "application/json"}, {"accept": "text/html"}
ADDRESS = "/reports/{tracking}/proof"
NUMBER, OTHER = (numbers.derive(b"test", "JKT", "test", "sender", each) for each in ("1", "2"))


@pytest.fixture
def stored(desk: Any) -> Callable[..., Any]:
    """Stores a report."""

    def store(report: Any, **changes: Any) -> Any:
        report = msgspec.structs.replace(report, tracking=NUMBER, **changes)
        assert desk.reports.add(report)
        note_change(desk, report)
        return report

    return store


def test_it_holds_for_whoever_checks(web: Any, desk: Any, stored: Callable[..., Any]) -> None:
    report = stored(done())
    before = web("GET", ADDRESS, tracking=report.tracking, headers=JSON)
    assert (before.status, before.json["tree"], before.json["pending"]) == (200, None, True)
    tree = close(desk)
    answer = web("GET", ADDRESS, tracking=report.tracking.lower(), headers=JSON)
    assert answer.status == 200
    assert set(checked(answer.json).values()) == {True}
    assert answer.json["tree"]["root"] == tree.root
    assert answer.json["tree"]["url"] == "https://open-data.test/trees/000001.json"
    page = web("GET", "/proof", headers=HTML, query={"tracking": report.tracking, "lang": "en"})
    assert page.status == 200
    assert tree.root in page.text
    assert "It holds" in page.text
    assert f"Archived on {desk.city.when(desk.now(), 'en')} (list number 1)" in page.text
    assert "style=" not in page.text


def test_a_browser_is_led_to_the_page(web: Any, stored: Callable[..., Any]) -> None:
    report = stored(accepted())
    answer = web("GET", ADDRESS, tracking=report.tracking, headers=HTML)
    assert (answer.status, answer.headers["location"].endswith(f"/proof?tracking={report.tracking}")) == (303, True)


@pytest.mark.parametrize("flag", ["private", "confidential"])
def test_nothing_of_a_hidden_report_without_its_key(web: Any, desk: Any, stored: Callable[..., Any], flag: str) -> None:
    report = stored(accepted(), **{flag: True})
    close(desk)
    assert web("GET", ADDRESS, tracking=report.tracking, headers=JSON).status == 403
    page = web("GET", "/proof", headers=HTML, query={"tracking": report.tracking})
    assert page.status == 403
    assert report.head not in page.text
    key = desk.key_of(report.tracking, report.key_version)
    answer = web("GET", ADDRESS, tracking=report.tracking, headers=JSON | {"x-report-key": key})
    assert answer.status == 200
    assert "no-store" in answer.headers["cache-control"]
    assert set(checked(answer.json).values()) == {True}
    assert "dari halaman laporan itu, dengan kuncinya" in page.text
    own = web("GET", ADDRESS, tracking=report.tracking, headers=HTML | {"x-report-key": key})
    assert (own.status, own.headers["cache-control"]) == (200, "no-store")
    assert "Cocok: laporan ini sama dengan yang dicatat." in own.text
    assert web("GET", ADDRESS, tracking=report.tracking, headers=HTML).status == 303


@pytest.mark.parametrize(
    ("tracking", "query", "status"),
    [
        ("JKT-0000", {}, 422),
        (OTHER, {}, 404),
        (None, {"tree": "9"}, 422),
        (None, {"tree": "x"}, 422),
        (None, {"tree": "٣"}, 422),
        (None, {"tree": "1" * 30}, 422),
        (None, {"tree": "-1"}, 422),
    ],
)
def test_bad_input_is_named(
    web: Any, desk: Any, stored: Callable[..., Any], tracking: str | None, query: dict[str, str], status: int
) -> None:
    report = stored(accepted())
    close(desk)
    answer = web("GET", ADDRESS, tracking=tracking or report.tracking, headers=JSON, query=query)
    assert answer.status == status, answer.text
    if status == 422:
        assert answer.json["details"]
    page = web("GET", "/proof", headers=HTML, query={"tracking": tracking or report.tracking, **query})
    assert page.status == status
    assert "<h1>" in page.text


def test_the_page_says_when_something_was_changed(web: Any, desk: Any, stored: Callable[..., Any]) -> None:
    report = stored(done())
    close(desk)
    [item] = desk.tally_items.query(f"proof#{report.tracking}", limit=1, begins="t")
    body = json.loads(item.body)
    body["record"]["state"]["agency"] = "sumber-daya-air"
    assert desk.tally_items.put(item.kind, item.id, body)
    page = web("GET", "/proof", headers=HTML, query={"tracking": report.tracking, "lang": "en"})
    assert "IT DOES NOT HOLD" in page.text
    assert page.text.count("Does not hold") == 2  # neither what is shown is that record, nor is the leaf its hash
