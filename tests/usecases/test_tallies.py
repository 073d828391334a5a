"""The figures are what a recount says, whatever comes in whatever order, however often, and whoever else is at it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from chalicelib.domain.errors import ReportError, Unknown
from chalicelib.domain.facts import facts_of
from chalicelib.domain.figures import BY, Histogram, counts_of, summed, together
from chalicelib.domain.report import Report
from chalicelib.store.figures import Figures, Summary, _encode, _encode_tree, _pack, _trees, _unpacked
from chalicelib.usecases import tallies
from chalicelib.usecases.figures import figures, tiles, week
from chalicelib.usecases.tallies import recount, take
from tests.domain.builders import CITY, POINT, T0, fresh, h
from tests.memory_table import MemoryTable
from tests.usecases.rules import do
from tests.usecases.test_rules_random import one_step

CELLS = ["898c1079b9bffff", "898c1079663ffff", "898c1072813ffff", None]
# Days received: three months of two years, an end of both among them.
STARTS = [-24.0 * 40, -24 * 22, -24 * 21, -30, -1, 0, 15.9, 16.1, 24 * 9, 24 * 40, 24 * 41]


class Reports:
    """The reports as they are now."""

    def __init__(self) -> None:
        self.known: dict[str, Report] = {}

    def get(self, tracking: str) -> Report:
        if tracking not in self.known:
            raise Unknown("There is no report with this tracking number.")
        return self.known[tracking]

    def changed_on(self, day: date) -> Iterator[str]:
        return (each.tracking for each in self.known.values() if CITY.local_day(each.changed_at) == day)


def desk_of(reports: Reports | None = None) -> Any:
    desk = SimpleNamespace(reports=reports or Reports(), city=CITY, tally_items=MemoryTable(), instant=h(24 * 42))
    desk.now = lambda: desk.instant
    known = desk.reports.known
    desk.listings = SimpleNamespace(reports=lambda numbers: [known[each] for each in numbers if each in known])
    return desk


def event(tracking: str, number: int = 0) -> dict[str, str]:
    return {"messageId": f"{tracking}:{number}", "body": msgspec.json.encode({"data": {"tracking": tracking}}).decode()}


def life(number: int, steps: int = 12) -> list[Report]:
    """The versions of one report."""
    chance = random.Random(number)
    at = STARTS[number % len(STARTS)] + chance.random() / 100
    report = fresh(
        at, category=chance.choice(["jalan", "sampah", "pungli", None]), cell=chance.choice(CELLS), place=POINT
    )
    report = msgspec.structs.replace(report, tracking=f"JKT-{number:04d}", channel=chance.choice(["jaki", "sms"]))
    versions = [report]
    for _ in range(steps):
        at += chance.choice([0.5, 3, 30])
        try:
            report = one_step(report, at, chance)[1]
        except (ReportError, msgspec.ValidationError):
            continue
        if report.version > versions[-1].version:
            versions.append(report)
    return versions


def content(desk: Any) -> dict[tuple[str, str], Any]:
    """What is kept, without when and how often it was written; tiles without what is empty."""
    kept: dict[tuple[str, str], Any] = {}
    for kind, items in desk.tally_items.items.items():
        for id, item in items.items():
            if kind.startswith("facts#"):
                kept[kind, id] = msgspec.json.decode(item.body)["facts"]
            elif kind.startswith("sum#"):
                kept[kind, id] = msgspec.json.decode(_unpacked(item))
            elif kind.startswith("tile#") and (tree := _trees.decode(_unpacked(item))):
                kept[kind, id] = tree
    return kept


def recounted(reports: Reports) -> Any:
    """A desk whose figures come from the reports alone."""
    desk = desk_of(reports)
    days = sorted({CITY.local_day(each.changed_at) for each in reports.known.values()})
    assert recount(desk, days).failed == 0
    return desk


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the tree and the alerts, which have their own tests."""
    monkeypatch.setattr(tallies, "_followed", lambda desk, report: True)
    monkeypatch.setattr("chalicelib.usecases.archive.note_missed", lambda desk, report: None)


def test_ten_thousand_shuffled_and_repeated_events() -> None:
    lives = {versions[0].tracking: versions for versions in map(life, range(250))}
    chance = random.Random(5)
    every = [(tracking, at) for tracking, versions in lives.items() for at in range(len(versions))]
    every += chance.choices(every, k=10_000 - len(every))
    chance.shuffle(every)
    desk = desk_of()
    reached: dict[str, int] = {}
    for start in range(0, len(every), 100):
        batch = every[start : start + 100]
        for tracking, at in batch:  # whoever tells of a version, the report is at least there
            reached[tracking] = max(at, reached.get(tracking, 0))
            desk.reports.known[tracking] = lives[tracking][reached[tracking]]
        assert take(desk, [event(tracking, at) for tracking, at in batch]) == []
    assert content(desk) == content(recounted(desk.reports))
    check(desk, desk.reports.known.values())


def check(desk: Any, reports: Any) -> None:
    """Every table and every tile, worked out from the reports themselves."""
    known = [facts_of(report, CITY) for report in reports]
    for length in (4, 7, 10):
        for period in {facts.day[:length] for facts in known}:
            some = [facts for facts in known if facts.day.startswith(period)]
            for by in BY:
                table = figures(desk, period, by)
                assert table.total == together(map(counts_of, some)), (period, by)
            rows = summed(some)["agency"]
            assert figures(desk, period, "agency").rows == rows
            parts = {facts.day[: {4: 7, 7: 10}.get(length, 0)] for facts in some} if length < 10 else set()
            told = {part: [f for f in some if f.day.startswith(part)] for part in parts}
            series = [(part, len(told[part]), sum(f.done for f in told[part])) for part in sorted(parts)]
            assert figures(desk, period).series == series
            if length < 10:
                here = {cell.rpartition("#")[2] for cell in desk.tally_items.items if cell.startswith("tile#8")}
                assert sum(row.n for row in tiles(desk, 8, here, period)) == sum(bool(f.cell) for f in some)


def started(lives: list[list[Report]]) -> Any:
    """A desk whose figures are those of the reports as they came in."""
    desk = desk_of()
    now_are(desk, lives, 0)
    assert take(desk, [event(versions[0].tracking) for versions in lives]) == []
    return desk


def now_are(desk: Any, lives: list[list[Report]], at: int) -> None:
    desk.reports.known |= {versions[at].tracking: versions[at] for versions in lives}


LIVES = [life(number) for number in (2, 3, 13, 14)]
BATCH = [event(versions[0].tracking) for versions in LIVES]


@pytest.mark.parametrize("ends", [False, True], ids=["two at once", "the process ends"])
def test_whatever_happens_in_between(ends: bool) -> None:
    """In the middle of a batch, at each of its calls in turn, another batch is taken whole; or the process ends, and the batch
    is delivered again. The figures are what a recount says."""
    step = 0
    while interrupted(step, ends):
        step += 1
    assert step > 25


def interrupted(step: int, ends: bool) -> bool:
    """Whether there was a call with that number to interrupt."""
    desk = started(LIVES)
    calls = 0

    def between(name: str) -> None:
        nonlocal calls
        calls += 1
        if ends and calls > step:
            raise ConnectionError("gone")
        if calls == step + 1:
            now_are(desk, LIVES[::2], -1)
            assert take(desk, BATCH[::2]) == []

    now_are(desk, LIVES, 1)
    desk.tally_items.between = between
    failed = take(desk, BATCH)
    desk.tally_items.between = lambda name: None
    assert failed == ([each["messageId"] for each in BATCH] if ends and calls > step else [])
    if failed:
        assert take(desk, BATCH) == []
    assert content(desk) == content(recounted(desk.reports)), step
    return calls > step


def test_an_older_report_read_late_changes_nothing() -> None:
    versions = life(3)
    desk = desk_of()
    kept = Figures(desk.tally_items)
    day = facts_of(versions[-1], CITY).day
    assert kept.note([facts_of(versions[-1], CITY)]) == {day}
    assert kept.note([facts_of(versions[0], CITY)]) == set()
    assert kept.note([facts_of(versions[-1], CITY)]) == set()
    assert kept.facts(day) == [facts_of(versions[-1], CITY)]


def test_a_recount_mends_whatever_was_spoilt() -> None:
    desk = started(LIVES)
    before = content(desk)
    for kind, items in desk.tally_items.items.items():
        if kind.startswith(("tile#", "sum#", "facts#")):
            some = sorted(items)[0]
            wrong = _pack(b"{}") if kind.startswith(("tile#", "sum#")) else items[some].body.replace("JKT-", "JKX-")
            body = wrong if isinstance(wrong, str) else msgspec.json.encode(wrong).decode()
            items[some] = msgspec.structs.replace(items[some], body=body)
    assert content(desk) != before
    days = [T0.date() + timedelta(days=back) for back in range(-60, 60)]
    assert recount(desk, days).reports == len(LIVES)
    assert content(desk) == before


def test_a_repeated_batch_writes_no_summary() -> None:
    desk = desk_of()
    batch = []
    for number in range(20):
        desk.reports.known[f"JKT-{number:04d}"] = life(number)[-1]
        batch.append(event(f"JKT-{number:04d}"))
    take(desk, batch)
    before = content(desk)
    desk.tally_items.calls.clear()
    take(desk, batch + batch)
    assert desk.tally_items.calls["put"] == desk.tally_items.calls["put_unless_later"] == 0
    assert content(desk) == before


def test_a_report_that_is_hidden_later_leaves_the_map() -> None:
    desk = desk_of()
    report = do(msgspec.structs.replace(fresh(cell=CELLS[0]), tracking="JKT-1"), 1, "accept")
    desk.reports.known["JKT-1"] = report
    take(desk, [event("JKT-1")])
    assert [row.n for row in tiles(desk, 7, tile_of(desk, 7), "2026-11")] == [1]
    assert [row.state for row in tiles(desk, 6, tile_of(desk, 6), "2026")] == ["open"]
    assert "bina-marga" in figures(desk, "2026-11-21", "agency").rows
    desk.reports.known["JKT-1"] = msgspec.structs.replace(report, private=True, version=report.version + 1)
    take(desk, [event("JKT-1")])
    for period in ("2026-11", "2026"):
        for res in (6, 7, 8):
            assert tiles(desk, res, tile_of(desk, res), period) == []
    assert figures(desk, "2026", "agency").rows.keys() == {"-hidden"}


def tile_of(desk: Any, res: int) -> list[str]:
    return [kind.rpartition("#")[2] for kind in desk.tally_items.items if kind.startswith(f"tile#{res}#")]


def test_the_largest_items_fit() -> None:
    """Every bucket of every agency's times, and every category in every area of every cell of a tile: 400 kB is the most."""
    chance = random.Random(3)
    times = [Histogram(-48, tuple(chance.randrange(1, 999) for _ in range(158))) for _ in range(2 * 450)]
    some = counts_of(facts_of(life(1)[-1], CITY))
    rows = {
        f"kelurahan-number-{number}": msgspec.structs.replace(some, respond=times[number], resolve=times[-number])
        for number in range(450)
    }
    assert len(msgspec.json.encode(_pack(_encode(Summary(rows=rows))))) < 380_000
    tree = {
        f"868c{cell:04d}fffffff": {
            f"31.7{area % 5}.0{area % 8}.10{area + cell:02d}": {
                f"kategori-nomor-{category}": [chance.randrange(9), chance.randrange(99), 0, chance.randrange(9)]
                for category in range(90)
            }
            for area in range(10)
        }
        for cell in range(49)
    }
    assert len(msgspec.json.encode(_pack(_encode_tree(tree)))) < 380_000


def test_days_whose_open_data_must_be_written_again() -> None:
    desk = desk_of()
    desk.reports.known = {f"JKT-{number:04d}": life(number)[-1] for number in range(4)}
    take(desk, [event(tracking) for tracking in desk.reports.known])
    today = CITY.local_day(desk.now())
    days = sorted({facts_of(each, CITY).day for each in desk.reports.known.values()})
    assert Figures(desk.tally_items).changed_on(today) == days
    assert Figures(desk.tally_items).changed_on(today - timedelta(days=1)) == []


def test_a_week_is_the_last_seven_days() -> None:
    desk = desk_of()
    desk.instant = T0 + timedelta(days=3)
    for back in range(-10, 4):
        report = msgspec.structs.replace(fresh(24 * back), tracking=f"JKT-{back}")
        desk.reports.known[report.tracking] = report
    take(desk, [event(tracking) for tracking in desk.reports.known])
    assert week(desk).received == 7


@pytest.mark.parametrize(
    "period", ["", "26", "2026-13", "2026-1", "2026-11-31", "2026-W01", "20261121", "2026-11-2x", "٢٠٢٦"]
)
def test_a_period_that_is_none(period: str) -> None:
    from chalicelib.domain.errors import Invalid

    with pytest.raises(Invalid) as invalid:
        figures(desk_of(), period)
    assert list(invalid.value.details) == ["period"]


def test_what_is_asked_of_nothing_is_empty() -> None:
    table = figures(desk_of(), "2031-02", "pillar")
    assert (table.rows, table.series, table.as_of, table.total.received) == ({}, [], None, 0)
    assert tiles(desk_of(), 8, ["868c1079fffffff"], "2031") == []


class TestBatches:
    """What fails is told by its message, and nothing else is held up."""

    def test_what_is_no_event_and_what_finds_nothing(self) -> None:
        desk = desk_of()
        desk.reports.known["JKT-1"] = msgspec.structs.replace(fresh(), tracking="JKT-1")
        records = [event("JKT-1"), event("JKT-9"), {"messageId": "m", "body": "no"}, {"messageId": "n", "body": "{}"}]
        assert take(desk, records) == ["m", "n"]
        assert figures(desk, "2026").total.received == 1

    def test_a_report_that_cannot_be_read(self) -> None:
        desk = desk_of()
        desk.reports.known["JKT-1"] = msgspec.structs.replace(fresh(), tracking="JKT-1")
        desk.reports.known["JKT-2"] = msgspec.structs.replace(fresh(), tracking="JKT-2", history=("{",))
        assert take(desk, [event("JKT-1"), event("JKT-2", 1), event("JKT-2", 2)]) == ["JKT-2:1", "JKT-2:2"]
        assert figures(desk, "2026").total.received == 1

    def test_each_report_of_a_batch_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        desk, seen = desk_of(), []
        desk.reports.known["JKT-1"] = msgspec.structs.replace(fresh(), tracking="JKT-1")
        monkeypatch.setattr(tallies, "_followed", lambda desk, report: bool(seen.append(report.tracking)))
        assert take(desk, [event("JKT-1", number) for number in range(9)]) == [f"JKT-1:{number}" for number in range(9)]
        assert seen == ["JKT-1"]

    def test_as_of_is_when_it_last_changed(self) -> None:
        desk = desk_of()
        desk.reports.known["JKT-1"] = msgspec.structs.replace(fresh(), tracking="JKT-1")
        take(desk, [event("JKT-1")])
        was: datetime = desk.now()
        desk.instant += timedelta(days=1)
        take(desk, [event("JKT-1")])
        assert figures(desk, "2026-11", "agency").as_of == was
