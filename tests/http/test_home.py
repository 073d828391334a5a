"""The front page: what it leads to, what it shows of the city and of one's neighbourhood, and what it reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.domain.facts import Facts
from chalicelib.domain.lifecycle import Status
from chalicelib.store.figures import Figures
from tests.http.conftest import Answer, bearer

HTML = {"accept": "text/html"}
MONAS = "31.71.01.1001"


@pytest.fixture
def public(web: Callable[..., Answer], filed: Callable[..., dict[str, Any]]) -> list[str]:
    """Two public reports that an agency has taken up; a third that is private, a fourth that nobody has read."""
    numbers = [
        filed(f"m-{n}", id=f"A-{n}", text=f"Jalan berlubang nomor {n} <b>x</b>", private=n == 2)["tracking"]
        for n in range(4)
    ]
    for tracking in numbers[:3]:
        done = web(
            "POST",
            "/staff/reports/{tracking}/{action}",
            tracking=tracking,
            action="accept",
            headers=bearer("agency", "bina-marga"),
            body="{}",
        )
        assert done.status == 200, done.text
    return numbers


def listed(page: Answer, numbers: list[str]) -> list[bool]:
    return [f"/reports/{number}" in page.text for number in numbers]


def test_it_leads_to_everything(web: Callable[..., Answer]) -> None:
    for lang in ("id", "en"):
        page = web("GET", "/", headers=HTML, query={"lang": lang})
        assert page.status == 200
        for there in (
            '"/report?',
            'name="tracking"',
            'name="area"',
            '"/map',
            '"/open-data"',
            '"/alerts"',
            '"/performance',
        ):
            assert there in page.text, there
        assert page.text.index("tel:112") < page.text.index("<h1>")
        assert "home." not in page.text.replace("home.js", "").replace("home.css", "")
        assert ' style="' not in page.text
        assert len(page.text) < 70_000


def test_it_shows_what_anybody_may_list_and_nothing_else(web: Callable[..., Answer], public: list[str]) -> None:
    for query in ({}, {"area": MONAS}, {"area": "31.71.01"}):
        page = web("GET", "/", headers=HTML, query=query or None)
        assert listed(page, public) == [True, True, False, False], query
        assert "<b>x</b>" not in page.text
    assert listed(web("GET", "/", headers=HTML, query={"area": "31.74.01"}), public) == [False] * 4


def test_a_neighbourhood_that_the_city_has_not_is_named(web: Callable[..., Answer]) -> None:
    for area in ("99.99", "31.71", "<i>"):
        page = web("GET", "/", headers=HTML, query={"area": area})
        assert page.status == 422
        assert "aria-invalid" in page.text
        assert 'name="tracking"' in page.text
        assert "<i>”" not in page.text


def test_the_week_stands_beside_its_numbers(web: Callable[..., Answer], desk: Any) -> None:
    day = desk.city.local_day(desk.now()).isoformat()
    many = [
        Facts(
            tracking=f"JKT-{n:04d}-0000-0000",
            version=1,
            day=day,
            received_at=datetime(2026, 11, 21, 0, tzinfo=UTC),
            channel="web",
            status=Status.DONE,
            on_time=n < 9,
            disputed=n >= 9,
        )
        for n in range(12)
    ]
    kept = Figures(desk.tally_items)
    kept.note(many)
    kept.roll_up({day}, desk.now())
    page = web("GET", "/", headers=HTML, query={"lang": "en"}).text
    assert "75%: 9 of 12 that were to be done" in page
    assert "Disputed by the reporter: </span>3</a>" in page


def test_it_is_at_most_twenty_reads(
    web: Callable[..., Answer], calls: Callable[[], list[str]], public: list[str], desk: Any
) -> None:
    largest = max((a.code for a in desk.city.areas.values() if a.level == "kecamatan"), key=lambda code: sum(
        each.parent == code for each in desk.city.areas.values()
    ))  # fmt: skip
    for query, most in (({}, 4), ({"area": MONAS}, 4), ({"area": largest}, 14)):
        calls()
        assert web("GET", "/", headers=HTML, query=query or None).status == 200
        assert len([call for call in calls() if call.startswith("dynamodb")]) <= most
