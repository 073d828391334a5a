"""The open data as people reach it: the page, the addresses of files, and nothing of who reported anywhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.facts import facts_of
from chalicelib.store.figures import Figures
from chalicelib.usecases.edition import read_index
from chalicelib.usecases.publish import publish
from tests.http.conftest import Answer, bearer

Web = Callable[..., Answer]
BASE = "https://open-data.test"
SECRETS = ("Budi Santoso", "Santoso", "81234567890", "Mawar")


@pytest.fixture
def published(desk: Any, web: Web, filed: Any) -> dict[str, Any]:
    """One public report, taken up by its agency, and its edition."""
    receipt: dict[str, Any] = filed(
        text="Jalan berlubang, hubungi Budi Santoso 0812-3456-7890 <script>alert(1)</script>"
    )
    answer = web(
        "POST", "/staff/reports/{tracking}/{action}", tracking=receipt["tracking"], action="accept",
        headers=bearer("agency", "bina-marga"), body="{}",
    )  # fmt: skip
    assert answer.status == 200, answer.text
    report = desk.reports.get(receipt["tracking"])
    store = Figures(desk.tally_items)
    days = store.note([facts_of(report, desk.city)])
    store.mark_changed(days, desk.city.local_day(desk.now()), desk.now())
    publish(desk)
    return {**receipt, "day": next(iter(days))}


def _page(web: Web, **query: str) -> Answer:
    return web("GET", "/open-data", headers={"accept": "text/html"}, query=query or None)


def test_the_page_lists_what_there_is(web: Web, published: dict[str, Any]) -> None:
    day = published["day"]
    answer = _page(web, lang="en")
    assert answer.status == 200
    assert "<h1>Open data</h1>" in answer.text
    for name in (
        f"reports/{day}.csv",
        f"reports/{day}.geojson",
        f"reports/{day[:7]}.jsonl",
        f"hidden/{day[:7]}.csv",
        "schema.json",
    ):
        assert f'href="/open-data/{name}"' in answer.text
    assert "creativecommons.org/licenses/by/4.0" in answer.text
    assert "/feeds/category/jalan" in answer.text
    assert "Data terbuka" in _page(web, lang="id").text
    assert answer.headers["cache-control"] == "public, max-age=300"


def test_before_the_first_edition(web: Web) -> None:
    assert "Data terbit setiap malam" in _page(web).text
    answer = web("GET", "/open-data", headers={"accept": "application/json"})
    assert answer.json == {"base_url": BASE, "files": [], "months": []}
    assert web("GET", "/open-data/reports/{name}", name="2026-11.csv").status == 404


def test_the_index_for_programs(web: Web, published: dict[str, Any]) -> None:
    told = web("GET", "/open-data", headers={"accept": "application/json"}).json
    assert told["months"][0]["month"] == published["day"][:7]
    assert {file["name"] for file in told["files"]} >= {"schema.json", "LICENSE.txt"}


def test_addresses_lead_to_the_files(desk: Any, web: Web, published: dict[str, Any]) -> None:
    day = published["day"]
    for folder, name in (("reports", f"{day}.csv"), ("reports", f"{day[:7]}.json"), ("hidden", f"{day[:7]}.csv")):
        answer = web("GET", f"/open-data/{folder}/{{name}}", name=name)
        assert (answer.status, answer.headers["location"]) == (302, f"{BASE}/{folder}/{name}")
        assert desk.open_data.get(f"{folder}/{name}") is not None
    assert web("GET", "/open-data/{name}", name="LICENSE.txt").headers["location"] == f"{BASE}/LICENSE.txt"
    assert web("GET", "/open-data/trees/{name}", name="index.json").headers["location"] == f"{BASE}/trees/index.json"


NOT_THERE = (
    ("", "secrets.json"), ("", "..%2Freports"), ("", "INDEX.JSON"), ("reports/", "2020-01-01.csv"), ("reports/", "2026-13.csv"),
    ("reports/", "x' OR 1.csv"), ("hidden/", "2026-11-22.csv"), ("trees/", "../index.json"), ("reports/", "2026-11.exe"),
)  # fmt: skip


def test_what_is_not_there_is_a_page_that_says_so(web: Web, published: Any) -> None:
    for folder, name in NOT_THERE:
        answer = web("GET", f"/open-data/{folder}{{name}}", name=name, headers={"accept": "text/html"})
        assert answer.status == 404, (folder, name)
        assert answer.headers["content-type"].startswith("text/html")
        assert web("GET", f"/open-data/{folder}{{name}}", name=name).json["code"] == "unknown"


def test_a_month_that_is_none(web: Web, published: Any) -> None:
    for month in ("2019-01", "x", "2026-99", "<script>"):
        answer = _page(web, month=month)
        assert answer.status == 404
        assert "<script>" not in answer.text


def test_nothing_of_who_reported_is_in_any_byte(desk: Any, web: Web, published: dict[str, Any]) -> None:
    index = read_index(desk)
    assert index is not None
    day = published["day"]
    names = [f"reports/{day}.{kind}" for kind in ("csv", "jsonl", "geojson")] + [f"reports/{day[:7]}.csv"]
    for name in (*names, *(file.name for file in index.files)):
        content = desk.open_data.get(name).decode()
        assert published["key"] not in content
        for secret in SECRETS:
            assert secret not in content, name
    (row,) = csv.DictReader(io.StringIO(desk.open_data.get(f"reports/{day}.csv").decode(), newline=""))
    assert row["tracking"] == published["tracking"]
    assert row["problem"].startswith("Jalan berlubang")
    feed = web("GET", "/feeds/all")
    assert not any(secret in feed.text for secret in SECRETS)
