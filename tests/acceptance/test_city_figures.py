"""Honest figures: recounted by hand from the open data, defined, and never flattering."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from tests.acceptance.city import (
    LANGUAGES,
    do,
    figures,
    finished,
    open_report,
    page_of,
    publish,
    published,
    rows,
    shape,
    today,
    year,
)  # fmt: skip
from tests.acceptance.clients import Server, until

# what /performance counts and how a reader of the open data counts it again
ENDS = ("done_on_time", "done_late", "disputed", "open", "rejected", "merged", "withdrawn", "abandoned", "incomplete")


def fate(row: Mapping[str, Any]) -> str:
    """Where one report stands, after the definitions on the page."""
    status = row["status"]
    if row["disputed"]:
        return "disputed"
    if status == "done":
        return "done_on_time" if row["on_time"] else "done_late"
    if status in ("rejected", "merged", "withdrawn", "abandoned", "incomplete"):
        return str(status)
    return "open"


def recount(found: list[dict[str, Any]]) -> dict[str, int]:
    """The figures of some public reports."""
    counted: Counter[str] = Counter(fate(row) for row in found)
    counted["received"] = len(found)
    counted["late"] = sum(bool(row["late"]) for row in found if fate(row) in ("open", "done_late"))
    counted["extended"] = sum(bool(row["extended"]) for row in found)
    counted["rerouted"] = sum(row["rerouted"] > 0 for row in found)
    counted["reopened"] = sum(row["reopened"] > 0 for row in found)
    return dict(counted)


@pytest.fixture(scope="module")
def day(city: Server) -> Server:
    """A day on which everything happens at least once."""
    late = open_report(city, category="sampah")["tracking"]
    assert (
        city.agency(
            late, "extend", {"until": today()[:8] + "30", "reason": "Truk rusak."}, agency="lingkungan-hidup"
        ).status
        == 200
    )
    assert city.act(late, "approve-extension").status == 200
    finished(city)
    disputed = finished(city, category="pohon")
    assert do(city, disputed["tracking"], disputed["key"], "dispute", {"reason": "Belum."}).status == 200
    wrong = city.report(category="taman")["tracking"]
    assert city.act(wrong, "dispatch", {"agency": "bina-marga"}).status == 200
    untrue = city.report(category="trotoar")["tracking"]
    assert city.act(untrue, "reject", {"reason": "Bukan urusan kota."}).status == 200
    gone = city.report(category="jalan")
    assert do(city, gone["tracking"], gone["key"], "withdraw", {}).status == 200
    one, two = (open_report(city, category="jalan")["tracking"] for _ in range(2))
    assert city.act(two, "merge", {"into": one}).status == 200
    city.report(private=True, category="jalan")
    city.report(confidential=True, category="jalan")
    city.quiet()
    return city


def recounted(city: Server, by: str) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, Any]]]:
    """(by hand, as told) for one grouping, from data and figures of the same moment."""
    publish(city)
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows(city).values():
        groups.setdefault(str(row[by] or "-"), []).append(row)
    told = {str(row["code"]): row for row in figures(city, by, today()[:7])["rows"]}
    return {code: recount(found) for code, found in groups.items()}, told


def compare(mine: dict[str, int], told: Mapping[str, Any], what: str) -> list[str]:
    names = ("received", *ENDS, "late", "extended", "rerouted", "reopened")
    return [
        f"{what} {name}: by hand {mine.get(name, 0)}, told {told[name]}"
        for name in names
        if mine.get(name, 0) != told[name]
    ]


@pytest.mark.parametrize("by", ["agency", "category", "channel", "pillar"])
def test_the_figures_are_the_recount_of_the_open_data(day: Server, by: str) -> None:
    """Closed reports stand on one line of their own, and in no row that could name them; `-` is those without one."""

    def wrong() -> list[str]:
        mine, told = recounted(day, by)
        mistakes = []
        for code, counted in mine.items():
            if code not in told:
                mistakes.append(f"{by} {code!r} is missing")
                continue
            mistakes += compare(counted, told[code], f"{by} {code!r}")
        return mistakes

    last: list[str] = []

    def same() -> bool:
        last[:] = wrong()
        return not last

    try:
        until(same, 12, pause=1)
    except AssertionError:
        pytest.fail("\n".join(last))


def test_the_areas_are_the_recount_too(day: Server) -> None:
    last: list[str] = []

    def same() -> bool:
        publish(day)
        groups: dict[str, list[dict[str, Any]]] = {}
        for row in rows(day).values():
            if not row["area"]:
                groups.setdefault("-", []).append(row)
            for depth in (2, 3, 4):
                code = ".".join(str(row["area"] or "").split(".")[:depth])
                if row["area"]:
                    groups.setdefault(code, []).append(row)
        told = {str(row["code"]): row for row in figures(day, "area", today()[:7])["rows"]}
        assert any(code[0].isdigit() for code in told), "rows by area"
        last[:] = [
            mistake
            for code, row in told.items()
            if code in groups
            for mistake in compare(recount(groups[code]), row, f"area {code}")
        ]
        last.extend(
            f"area {code} has no report in the data"
            for code in told
            if code and code[0].isdigit() and code not in groups
        )
        return not last

    try:
        until(same, 12, pause=1)
    except AssertionError:
        pytest.fail("\n".join(last))


def test_the_whole_is_the_public_ones_and_the_closed_ones(day: Server) -> None:
    def same() -> bool:
        publish(day)
        public = recount(list(rows(day).values()))
        closed = list(csv.DictReader(io.StringIO(published(day, f"hidden/{today()[:7]}.csv").decode())))
        total = figures(day, "total", today()[:7])["total"]
        for name in ("received", *ENDS):
            mine = public.get(name, 0) + sum(int(line.get(name) or 0) for line in closed)
            if mine != total[name]:
                return False
        return True

    until(same, 12, pause=1, what="total = public + closed, column by column")


def test_every_report_is_in_exactly_one_row(day: Server) -> None:
    for by in ("total", "agency", "category", "channel", "area"):
        told = figures(day, by)
        for row in [told["total"], *told["rows"]]:
            assert sum(row[name] for name in ENDS) == row["received"], (by, row.get("code", "total"))


def test_disputed_is_never_done(day: Server) -> None:
    publish(day)
    for row in rows(day).values():
        if row["disputed"]:
            assert row["status"] != "done" or fate(row) == "disputed"
    total = figures(day)["total"]
    assert total["disputed"] >= 1
    assert total["on_time"]["of"] == total["done_on_time"] + total["done_late"] + total["disputed"] + total["open"]


@pytest.mark.parametrize("period", ["year", "month", "day"])
def test_by_day_month_and_year(day: Server, period: str) -> None:
    wanted = {"year": year(), "month": today()[:7], "day": today()}[period]
    for by in ("total", "agency", "category", "area", "channel", "pillar"):
        told = figures(day, by, wanted)
        assert told["period"] == wanted
        assert told["total"]["received"] > 0


def test_a_day_without_reports_says_so(day: Server) -> None:
    told = figures(day, "agency", "2020-02-03")
    assert told["total"]["received"] == 0
    assert page_of(day, "/performance?period=2020-02-03&by=agency").status == 200


@pytest.mark.parametrize(
    "query", ["period=2026-13", "period=kemarin", "period=2026-02-30", "by=bintang", "period=%00", "sort=x&by=agency"]
)
def test_a_slip_in_the_address_is_said_and_never_breaks(day: Server, query: str) -> None:
    answer = day.get(f"/performance?{query}", Accept="text/html")
    assert answer.status in (200, 400, 404, 422)
    assert answer.header("content-type").startswith("text/html")
    data = day.get(f"/performance?{query}", Accept="application/json")
    assert data.status in (200, 400, 404, 422)


def test_reasons_of_rejection_are_counted(day: Server) -> None:
    total = until(lambda: figures(day)["total"] if figures(day)["total"]["rejected"] else None, 10)
    assert sum(total["reasons"].values()) == total["rejected"]


def test_times_come_with_their_accuracy(day: Server) -> None:
    told = figures(day)
    assert told["accuracy"] <= 0.1
    for clock in ("respond", "resolve"):
        times = told["total"][clock]
        assert times["n"] > 0
        assert 0 <= times["median_hours"] <= times["p90_hours"]
    for lang in LANGUAGES:
        words = page_of(day, "/performance", lang).main
        assert re.search(r"5\s?%", words), "how accurate the times are"
        assert "90" in words


def test_the_median_is_near_the_one_of_the_open_data(day: Server) -> None:
    publish(day)
    hours = sorted(float(row["respond_hours"]) for row in rows(day).values() if row["respond_hours"] is not None)
    told = figures(day, "total", today()[:7])["total"]["respond"]
    if len(hours) != told["n"]:
        pytest.skip("closed reports count in the whole")
    assert abs(told["median_hours"] - hours[len(hours) // 2]) <= max(0.06, 0.1 * hours[len(hours) // 2])


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("by", ["total", "agency", "category", "area", "channel", "pillar"])
def test_every_figure_has_its_definition_and_every_chart_its_table(day: Server, by: str, lang: str) -> None:
    page = page_of(day, f"/performance?period={year()}&by={by}", lang).ok()
    reader = shape(page.html)
    terms = sum(tag == "dt" for tag, _ in reader.tags)
    said = [
        " ".join(reader.texts.get(number, "").split())
        for number, (tag, at) in enumerate(reader.tags)
        if tag == "dd" and not re.fullmatch(r"[\d.,%\s–-]*", " ".join(reader.texts.get(number, "").split()))
    ]
    assert len(said) >= terms, "a definition beside every figure"
    charts = [at for tag, at in reader.tags if tag == "svg" and at.get("aria-hidden") != "true"]
    for chart in charts:
        assert chart.get("role") == "img", chart
        assert chart.get("aria-label") or chart.get("aria-labelledby")
    tables = sum(tag == "table" for tag, _ in reader.tags)
    assert tables >= 2
    heads = [at for tag, at in reader.tags if tag == "th"]
    assert all(at.get("scope") in ("col", "row", "colgroup", "rowgroup") for at in heads)


def test_the_table_as_csv_says_the_same(day: Server) -> None:
    answer = day.get(f"/performance?period={year()}&by=category&format=csv")
    assert answer.status == 200
    assert answer.header("content-type").startswith("text/csv")
    lines = {line["code"]: line for line in csv.DictReader(io.StringIO(answer.text)) if line["by"] == "category"}
    for row in figures(day, "category")["rows"]:
        assert abs(int(lines[str(row["code"])]["received"]) - row["received"]) <= 1


def test_the_oldest_open_ones_are_open_and_public(day: Server) -> None:
    oldest = figures(day)["total"]["oldest"]
    assert oldest
    assert [each["received_at"] for each in oldest] == sorted(each["received_at"] for each in oldest)
    for each in oldest:
        seen = day.citizen(each["tracking"])
        assert not seen["hidden"]
        assert (
            seen["status"]["code"] not in ("done", "rejected", "withdrawn", "merged", "abandoned") or seen["disputed"]
        )


def test_closed_reports_name_no_agency_area_or_category(day: Server) -> None:
    """A category that only a confidential report has does not show that there is one."""
    day.report(category="pungutan-liar", text="Petugas meminta uang")
    day.quiet()
    assert not [row for row in figures(day, "category")["rows"] if row["code"] == "pungutan-liar"]


def test_pillars_are_six(day: Server) -> None:
    page = page_of(day, f"/performance?period={year()}&by=pillar", "en").ok()
    for pillar in ("governance", "people", "living", "mobility", "economy", "environment"):
        assert (
            re.search(pillar, page.main, re.I)
            or pillar in {row["code"] for row in figures(day, "pillar")["rows"]}
            or pillar in page.html
        )
