"""The figures' page, as HTML, JSON and CSV: what it tells, what it reads, and what it says to a choice that makes no sense."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from chalicelib.domain.facts import Facts
from chalicelib.domain.lifecycle import Status
from chalicelib.store.figures import Figures
from tests.http.conftest import Answer

HTML = {"accept": "text/html"}
JSON = {"accept": "application/json"}
PATH = "/performance"
TEBET = "31.74.01.1001"
S = Status


def facts(n: int, status: Status = S.DONE, **told: Any) -> Facts:
    """One report of the first three days of November 2026."""
    at = datetime(2026, 11, 1 + n % 3, 3, tzinfo=UTC)
    told = {"category": "jalan", "agency": "bina-marga", "area": TEBET, "channel": "web", "listed": True} | told
    hours = (
        {"respond_hours": 2.0 + n, "resolve_hours": 20.0 + n} if status is S.DONE and not told.get("disputed") else {}
    )
    return Facts(
        tracking=f"JKT-{n:04d}-0000-0000",
        version=1,
        day=(at + timedelta(hours=7)).date().isoformat(),
        received_at=at,
        status=status,
        **hours | told,
    )


@pytest.fixture
def known(desk: Any) -> list[Facts]:
    """Thirty reports: 12 done on time, 3 late, 2 disputed, 4 open (1 overdue), 3 rejected, 6 hidden and done on time."""
    told = [facts(n, on_time=True, stars=5 if n < 11 else None) for n in range(12)]
    told += [facts(n, late=True, extended=True, category="sampah", agency="lingkungan-hidup") for n in range(12, 15)]
    told += [facts(n, disputed=True, reopened=1) for n in range(15, 17)]
    told += [facts(n, S.IN_PROGRESS, late=n == 17, rerouted=1) for n in range(17, 21)]
    told += [facts(n, S.REJECTED, reason="untrue" if n < 23 else "") for n in range(21, 24)]
    told += [facts(n, on_time=True, hidden=True, listed=False) for n in range(24, 30)]
    kept = Figures(desk.tally_items)
    kept.note(told)
    kept.roll_up({each.day for each in told}, desk.now())
    return told


def get(web: Callable[..., Answer], accept: dict[str, str] = JSON, **query: str) -> Answer:
    return web("GET", PATH, headers=accept, query={"period": "2026-11", **query})


@pytest.mark.usefixtures("known")
def test_every_number_of_the_month_stands_beside_the_others(web: Callable[..., Answer]) -> None:
    told = get(web).json
    total = told["total"]
    assert {
        name: total[name] for name in ("received", "done_on_time", "done_late", "disputed", "open", "rejected")
    } == {
        "received": 30,
        "done_on_time": 18,
        "done_late": 3,
        "disputed": 2,
        "open": 4,
        "rejected": 3,
    }
    assert {name: total[name] for name in ("overdue", "late", "extended", "rerouted", "reopened")} == {
        "overdue": 1,
        "late": 4,
        "extended": 3,
        "rerouted": 4,
        "reopened": 2,
    }
    assert total["on_time"] == {"n": 18, "of": 27, "rate": 0.6667}  # open and disputed ones are not left out
    assert total["reasons"] == {"-": 1, "untrue": 2}
    assert total["stars"]["5"] == 11
    assert [each["tracking"] for each in total["oldest"]] == [f"JKT-{n:04d}-0000-0000" for n in (18, 19, 17, 20)]
    assert sum(each["received"] for each in told["series"]) == 30
    assert told["accuracy"] == 0.05
    assert total["resolve"]["n"] == 21
    exact = sorted(20.0 + n for n in [*range(15), *range(24, 30)])
    assert total["resolve"]["median_hours"] == pytest.approx(exact[10], rel=0.05)
    assert total["resolve"]["p90_hours"] == pytest.approx(exact[18], rel=0.05)


@pytest.mark.usefixtures("known")
def test_rows_add_up_to_the_total_and_hidden_ones_stand_in_one_row(web: Callable[..., Answer]) -> None:
    for by in ("agency", "category", "channel", "pillar"):
        told = get(web, by=by).json
        assert sum(row["received"] for row in told["rows"]) == 30, by
        hidden = next(row for row in told["rows"] if row["code"] == "-hidden")
        assert hidden["received"] == 6
    pillars = {row["code"]: row["received"] for row in get(web, by="pillar").json["rows"]}
    assert set(pillars) == {"governance", "people", "living", "mobility", "economy", "environment", "-hidden"}
    inside = get(web, by="category", pillar="mobility").json
    assert inside["pillar"] == "mobility"
    assert {row["code"] for row in inside["rows"]} == {"jalan"}
    assert inside["total"]["received"] == pillars["mobility"]


@pytest.mark.usefixtures("known")
def test_areas_are_looked_into_level_by_level(web: Callable[..., Answer]) -> None:
    kota = get(web, by="area").json
    assert [row["code"] for row in kota["rows"]] == ["31.74", "-hidden"]
    assert [row["code"] for row in get(web, by="area", area="31.74").json["rows"]] == ["31.74.01"]
    inmost = get(web, by="area", area="31.74.01").json
    assert [(row["code"], row["received"]) for row in inmost["rows"]] == [(TEBET, 24)]
    assert get(web, by="area", area=TEBET).json["total"]["received"] == 24
    page = get(web, HTML, by="area", area="31.74.01").text
    assert "area=31.74&" in page or 'area=31.74"' in page or "area=31.74&amp;" in page


@pytest.mark.usefixtures("known")
def test_the_page_says_what_the_json_says(web: Callable[..., Answer]) -> None:
    for lang, period in product(("id", "en"), ("2026", "2026-11", "2026-11-02")):
        page = web("GET", PATH, headers=HTML, query={"period": period, "lang": lang})
        assert page.status == 200
        told = web("GET", PATH, headers=JSON, query={"period": period, "lang": lang}).json
        for row in told["rows"]:
            assert row["name"] in page.text
        assert f">{told['total']['received']}</dd>" in page.text
        assert "<svg" in page.text
        assert ' style="' not in page.text
        assert "figures." not in page.text  # no wording is missing
        assert "/open-data/reports/2026-11" in page.text
        assert len(page.text) < 100_000


@pytest.mark.usefixtures("known")
def test_few_reports_have_no_percentage(web: Callable[..., Answer]) -> None:
    day = web("GET", PATH, headers=HTML, query={"period": "2026-11-02", "lang": "en", "by": "total"}).text
    assert "too few for a percentage" in day
    assert "Fewer than 10 reports" in day
    month = get(web, HTML, lang="en", by="total").text
    assert "67% (18 of 27)" in month
    assert "too few for a percentage" not in month


@pytest.mark.usefixtures("known")
def test_the_csv_has_the_total_first(web: Callable[..., Answer]) -> None:
    answer = get(web, HTML, format="csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["by"] for row in rows] == ["total", "agency", "agency", "agency"]
    assert rows[0]["received"] == "30"
    assert sum(int(row["received"]) for row in rows[1:]) == 30


@pytest.mark.usefixtures("known")
def test_rows_come_in_the_order_asked_for(web: Callable[..., Answer]) -> None:
    def order(sort: str) -> list[str]:
        return [row["code"] for row in get(web, sort=sort).json["rows"]]

    assert order("received") == ["bina-marga", "lingkungan-hidup", "-hidden"]
    assert order("late") == ["lingkungan-hidup", "bina-marga", "-hidden"]
    assert order("disputed")[0] == "bina-marga"
    assert order("on_time")[0] == "bina-marga"
    assert order("resolve")[0] == "lingkungan-hidup"
    for sort in ("name", "open"):
        assert order(sort)[-1] == "-hidden"


@pytest.mark.usefixtures("known")
def test_a_page_is_a_handful_of_reads(web: Callable[..., Answer], calls: Callable[[], list[str]]) -> None:
    for by in ("total", "agency", "area", "pillar"):
        calls()
        assert get(web, HTML, by=by).status == 200
        assert len([call for call in calls() if call.startswith("dynamodb")]) <= 3


WRONG: list[tuple[dict[str, str], str, str]] = [
    ({"period": "2026-13"}, "period", "2026-13"),
    ({"period": "2026-02-30"}, "period", "2026-02-30"),
    ({"period": "november"}, "period", "november"),
    ({"period": "9999"}, "period", "9999"),
    ({"period": "<script>alert(1)</script>"}, "period", "&lt;script&gt;"),
    ({"by": "foo"}, "by", "foo"),
    ({"sort": "../.."}, "sort", "../.."),
    ({"by": "area", "area": "99.99"}, "area", "99.99"),
    ({"by": "category", "pillar": "x"}, "pillar", "“x”"),
]


def test_a_choice_that_makes_no_sense_is_named(web: Callable[..., Answer]) -> None:
    for query, field, word in WRONG:
        answer = get(web, **query)
        assert answer.status == 422
        assert set(answer.json["details"]) == {field}
        page = get(web, HTML, **query)
        assert page.status == 422
        assert word in page.text
        assert 'name="period"' in page.text
        assert "<script>alert" not in page.text
    assert set(get(web, format="xml").json["details"]) == {"format"}


def test_a_period_without_reports_is_told_as_that(web: Callable[..., Answer]) -> None:
    page = web("GET", PATH, headers=HTML, query={"lang": "en"})
    assert page.status == 200
    assert "There are no reports in this period yet." in page.text
    assert web("GET", PATH, headers=JSON, query={"period": "2019"}).json["total"]["received"] == 0
