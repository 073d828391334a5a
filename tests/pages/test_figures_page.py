"""What the figures' page makes of counts: shares with their numbers, rows in order, periods, charts that add up."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

from chalicelib.city import loader as packs
from chalicelib.domain import periods
from chalicelib.domain.figures import HIDDEN, UNKNOWN, Counts, Histogram, Table, together
from chalicelib.pages.site import Site, charts, figures, render, word_of
from chalicelib.pages.site import figures_page as pages
from chalicelib.pages.site.figures_file import as_csv, as_json

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
CITY = packs.load("jakarta")


def shown(rows: dict[str, Counts], by: Any = "agency", period: str = "2026-11", within: str = "") -> pages.Shown:
    series = [("2026-11-02", 4, 2)]
    total = together(rows.values())
    table = Table(period=period, by=by, rows=rows, total=total, series=series, as_of=NOW)
    return pages.Shown(period, by, "received", within, table)


def site(lang: str) -> Site:
    return Site(city=CITY, lang=lang, path="/performance", prefix="/v1", public_url="https://kota.example/v1", now=NOW)


def page(told: pages.Shown, lang: str) -> str:
    form = {
        "typed": {"period": told.period, "by": told.by, "sort": told.sort, "area": "", "pillar": ""},
        "errors": {},
        "choices": [],
        "sorts": [],
        "here_with": lambda more="", **changed: "/performance",
    }
    return render("performance.html", site(lang), ("figures",), **pages.values(told, site(lang)), **form)


def test_what_is_not_done_is_in_the_share() -> None:
    counts = Counts(received=20, done_on_time=6, done_late=2, disputed=1, open=3, overdue=3, rejected=5, merged=3)
    assert figures.share(counts, "en") == figures.Share(6, 12, "50%")
    assert figures.share(counts, "id").percent == "50 %"
    assert sum(figures.places(counts).values()) == counts.received
    assert figures.late(counts) == 5


@pytest.mark.parametrize(
    ("n", "of", "told"), [(199, 200, "99%"), (200, 200, "100%"), (1, 1000, "1%"), (0, 1000, "0%"), (1, 3, "33%")]
)
def test_only_all_is_a_hundred_and_only_none_is_nought(n: int, of: int, told: str) -> None:
    assert figures.percent(n, of, "en") == told


@pytest.mark.parametrize(("of", "percent"), [(9, ""), (10, "100%")])
def test_few_have_no_percentage(of: int, percent: str) -> None:
    assert figures.share(Counts(received=of, done_on_time=of), "en").percent == percent
    assert bool(figures.ratings(Counts(received=of, stars={5: of}), "en")[1]) == bool(percent)


@pytest.mark.parametrize(
    ("hours", "en", "id"),
    [(0.2, "12 min", "12 menit"), (5, "5 h", "5 jam"), (35.96, "36 h", "36 jam"), (60, "2.5 days", "2,5 hari")],
)
def test_times_in_words(hours: float, en: str, id: str) -> None:
    assert figures.duration(hours, "en", word_of("en")) == en
    assert figures.duration(hours, "id", word_of("id")) == id


def test_one_is_not_said_as_many() -> None:
    told = page(shown({"bina-marga": Counts(received=1, rejected=1, stars={4: 1})}), "en")
    assert "What became of the one report" in told
    assert "Why one report was rejected" in told
    assert "Only one rating so far" in told
    assert not re.search(r"\b1 (reports|ratings)\b", told)
    assert "Why 2 reports were rejected" in page(shown({"bina-marga": Counts(received=2, rejected=2)}), "en")


def test_a_bar_is_as_wide_as_its_parts() -> None:
    parts = charts.bar([("a", 1), ("b", 0), ("c", 3)], 4)
    assert [(each.key, each.x) for each in parts] == [("a", "0%"), ("c", "25%")]
    assert charts.bar([("a", 0)], 0) == []
    told = charts.columns([("2026-11-01", "1", 7, 3), ("2026-11-02", "2", 0, 0)])
    assert told.top == 10
    assert told.bars[0].received_height == "70%"
    assert told.bars[0].done_height == "30%"
    assert [charts.ceiling(n) for n in (0, 1, 3, 11, 501)] == [1, 1, 5, 20, 1000]


def test_periods() -> None:
    assert [periods.first_day(text) for text in ("2026-13", "2026-2", "", "0999", "2026-11-31")] == [None] * 5
    today = date(2026, 11, 22)
    assert periods.before("2026-01") == "2025-12"
    assert periods.after("2026-10", today) == "2026-11"
    assert periods.after("2026-11", today) is None
    assert periods.last_day("2024-02") == date(2024, 2, 29)
    assert periods.inside("2026-11", today)[-1] == "2026-11-22"
    assert periods.inside("2026", today)[-1] == "2026-11"
    assert periods.inside("2026-11-22", today) == []


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_dimension_has_words(lang: str) -> None:
    rows: dict[str, tuple[str, ...]] = {
        "total": ("total",),
        "agency": ("bina-marga", HIDDEN, UNKNOWN, "abolished-office"),
        "category": ("jalan", HIDDEN, UNKNOWN),
        "area": ("31.74", "31.74.01", "31.74.01.1001", HIDDEN, UNKNOWN),
        "channel": ("web", HIDDEN, "carrier-pigeon"),
        "pillar": ("mobility", HIDDEN, UNKNOWN),
    }
    one = Counts(
        received=12,
        done_on_time=11,
        rejected=1,
        reasons={"untrue": 1, HIDDEN: 1, UNKNOWN: 1, "old-code": 1},
        stars={5: 11},
        respond=Histogram().add(2),
        resolve=Histogram().add(30),
        oldest=((NOW, "JKT-7K3M-92QX-4HTC"),),
    )
    for by, codes in rows.items():
        text = page(shown(dict.fromkeys(codes, one), by), lang)
        assert "figures." not in text
        assert 'href="/v1/reports/JKT-7K3M-92QX-4HTC"' in text
        assert 'href="/v1/open-data/reports/2026-11.csv"' in text
        for word in ("received", "share", "disputed", "hidden", "now"):
            assert word_of(lang)(f"figures.made.{word}") in text
        for key in (*figures.OUTCOMES, *figures.WAY):
            assert word_of(lang)(f"figures.d.{key}") in text  # a definition beside every figure
        ids = re.findall(r' id="([^"]*)"', text)
        assert len(ids) == len(set(ids))


def test_hidden_ones_come_last_and_nothing_is_in_two_rows() -> None:
    rows = {
        HIDDEN: Counts(received=99),
        UNKNOWN: Counts(received=50),
        "sampah": Counts(received=3),
        "jalan": Counts(received=2),
    }
    told = as_json(shown(rows, "category"), CITY, "en")
    assert [row["code"] for row in told["rows"]] == ["sampah", "jalan", HIDDEN, UNKNOWN]
    assert told["total"]["received"] == 154
    inside = as_json(shown(rows, "category", within="mobility"), CITY, "en")
    assert [row["code"] for row in inside["rows"]] == ["jalan"]
    assert inside["total"]["received"] == 2
    assert inside["series"] == []
    assert word_of("en")("figures.total.part") in page(shown(rows, "category", within="mobility"), "en")
    assert as_csv(shown(rows, "category"), CITY, "en").count("\r\n") == 6
