"""Publishing the open data: what is written, what is not written again, and what is gone from the next edition."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chalicelib.domain.facts import facts_of
from chalicelib.domain.figures import ACCURACY, Counts, Histogram, counts_of, together
from chalicelib.domain.lifecycle import Status
from chalicelib.domain.report import Report, next_version
from chalicelib.store.client import client
from chalicelib.store.figures import Figures
from chalicelib.usecases import publish as module
from chalicelib.usecases.edition import read_index, read_month
from chalicelib.usecases.figures import figures
from chalicelib.usecases.publish import publish
from chalicelib.usecases.tallies import recount, take
from tests.domain.builders import CITY, fresh, h
from tests.domain.test_opendata import lives, recounted
from tests.usecases.rules import accepted, do, done

EXAMPLES = Path(__file__).parents[2] / "examples"
DAY, MONTH = "2026-11-21", "2026-11"


@pytest.fixture(autouse=True)
def nothing_to_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trees have tests of their own."""
    monkeypatch.setattr(module, "_close", lambda desk: (None, None))


@pytest.fixture
def city(desk: Any, clock: Any) -> Any:
    desk.city = CITY
    clock.instant = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)  # half past midnight of the 23rd
    return desk


def keep(desk: Any, report: Report, before: Report | None = None) -> Report:
    """Stores a report, and does what the tallies function does of it."""
    if before is None:
        assert desk.reports.add(report)
    else:
        report = msgspec.structs.replace(report, version=before.version + 1)
        desk.reports.change(before, report)
    stored = desk.reports.get(report.tracking)
    store = Figures(desk.tally_items)
    days = store.note([facts_of(stored, CITY)])
    store.mark_changed(days, CITY.local_day(desk.now()), desk.now())
    return stored


def keep_all(desk: Any, reports: list[Report]) -> None:
    for report in reports:
        assert desk.reports.add(report)
    store = Figures(desk.tally_items)
    store.mark_changed(store.note(facts_of(report, CITY) for report in reports), CITY.local_day(desk.now()), desk.now())


def numbered(report: Report, number: int, **changes: Any) -> Report:
    return msgspec.structs.replace(report, tracking=f"JKT-0000-0000-{number:04d}", **changes)


def rows(desk: Any, name: str = f"reports/{DAY}.csv") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(desk.open_data.get(name).decode(), newline="")))


def test_the_first_edition(city: Any) -> None:
    report = keep(city, done())
    told = publish(city)
    assert (told["days"], told["left"], told["tree"]) == (1, 0, None)
    (row,) = rows(city)
    assert (row["tracking"], row["problem"]) == (report.tracking, "Jalan berlubang")
    assert rows(city, f"reports/{MONTH}.csv") == [row]
    assert json.loads(city.open_data.get(f"reports/{MONTH}.jsonl"))["tracking"] == report.tracking
    index, month = read_index(city), read_month(city, MONTH)
    assert index is not None
    assert month is not None
    assert [brief.month for brief in index.months] == [MONTH]
    assert [(day.day, day.reports) for day in month.days] == [(DAY, 1)]
    for file in (*index.files, *month.files, *month.days[0].files, *index.months[0].files):
        content = city.open_data.get(file.name)
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.bytes, file.sha256)


def test_the_same_again_writes_nothing(city: Any, clock: Any) -> None:
    keep(city, done())
    assert publish(city)["written"] > 8
    clock.pass_by(hours=1)
    assert publish(city) == {"tree": None, "days": 1, "written": 0, "left": 0}
    clock.pass_by(days=1)  # now its mark is taken away
    assert publish(city)["written"] == 0
    clock.pass_by(days=1)
    assert publish(city) == {"tree": None, "days": 0, "written": 0, "left": 0}


def test_a_change_while_it_runs_is_in_the_next_edition(city: Any, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = keep(city, done())
    found = module.found_on

    def late(desk: Any, day: str) -> Any:
        made = found(desk, day)
        keep(desk, msgspec.structs.replace(before, problem="Jalan amblas"), before)
        return made

    monkeypatch.setattr(module, "found_on", late)
    publish(city)
    assert rows(city)[0]["problem"] == "Jalan berlubang"
    monkeypatch.undo()
    monkeypatch.setattr(module, "_close", lambda desk: (None, None))
    clock.pass_by(days=1)
    publish(city)
    assert rows(city)[0]["problem"] == "Jalan amblas"


def test_what_becomes_hidden_is_gone(city: Any, clock: Any) -> None:
    report = keep(city, done())
    publish(city)
    clock.pass_by(days=1)
    keep(city, msgspec.structs.replace(report, consent_withdrawn=True), report)
    publish(city)
    assert rows(city) == rows(city, f"reports/{MONTH}.csv") == []
    for name in (f"reports/{DAY}", f"reports/{MONTH}"):
        for kind in ("csv", "jsonl", *(["geojson"] if name.endswith(DAY) else [])):
            content = city.open_data.get(f"{name}.{kind}")
            assert report.tracking.encode() not in content
            assert b"berlubang" not in content
    (line,) = rows(city, f"hidden/{MONTH}.csv")
    assert (line["day"], line["received"], line["done_on_time"]) == (DAY, "1", "1")
    clock.pass_by(days=1)
    hidden = city.reports.get(report.tracking)
    keep(city, msgspec.structs.replace(hidden, consent_withdrawn=False), hidden)
    publish(city)
    assert len(rows(city)) == 1
    assert rows(city, f"hidden/{MONTH}.csv") == []


def test_what_is_rejected_loses_its_words(city: Any, clock: Any) -> None:
    report = keep(city, do(fresh(), 1, "dispatch", agency="lingkungan-hidup"))
    publish(city)
    assert rows(city)[0]["problem"]
    clock.pass_by(days=1)
    keep(city, msgspec.structs.replace(do(report, 2, "reject"), version=report.version), report)
    publish(city)
    (row,) = rows(city)
    assert (row["status"], row["problem"], row["lat"], row["photos"]) == ("rejected", "", "", "")


def test_what_is_redacted_is_gone(city: Any, clock: Any) -> None:
    report = keep(city, done())
    publish(city)
    clock.pass_by(days=1)
    keep(city, msgspec.structs.replace(do(report, 30, "redact", problem="Jalan rusak"), version=report.version), report)
    publish(city)
    assert rows(city)[0]["problem"] == "Jalan rusak"
    assert b"berlubang" not in city.open_data.get(f"reports/{MONTH}.jsonl")


def test_a_leader_that_is_hidden_is_not_named(city: Any) -> None:
    keep(city, numbered(done(), 1, private=True))
    keep(city, numbered(done(), 2))
    for number, leader in ((3, 1), (4, 2)):
        merged = do(fresh(), 2, "merge", into=f"JKT-0000-0000-{leader:04d}")
        keep(city, numbered(merged, number, merged_into=f"JKT-0000-0000-{leader:04d}"))
    publish(city)
    named = {row["tracking"][-1]: row["merged_into"] for row in rows(city)}
    assert named == {"2": "", "3": "", "4": "JKT-0000-0000-0002"}
    assert b"JKT-0000-0000-0001" not in city.open_data.get(f"reports/{DAY}.jsonl")


def test_days_and_months_stand_side_by_side(city: Any, clock: Any) -> None:
    october = datetime(2026, 10, 31, 3, 0, tzinfo=UTC)
    keep(city, numbered(done(), 1))
    keep(city, numbered(accepted(), 2, received_at=h(24)))
    keep(city, numbered(accepted(), 3, received_at=october))
    publish(city)
    assert [len(rows(city, f"reports/{name}.csv")) for name in ("2026-11", "2026-10", "2026-11-22", "2026-10-31")] == [
        2,
        1,
        1,
        1,
    ]
    index = read_index(city)
    assert index is not None
    assert [brief.month for brief in index.months] == ["2026-11", "2026-10"]
    clock.pass_by(days=1)
    keep(city, numbered(done(), 4, received_at=h(24)))
    publish(city)
    assert [row["tracking"][-1] for row in rows(city, "reports/2026-11.csv")] == ["1", "2", "4"]


def test_a_file_that_somebody_took_away_is_there_again(city: Any, clock: Any) -> None:
    keep(city, numbered(done(), 1))
    keep(city, numbered(accepted(), 2, received_at=h(24)))
    publish(city)
    clock.pass_by(days=1)
    publish(city)
    bucket = city.settings.open_data_bucket
    client("s3", city.settings.region).delete_object(Bucket=bucket, Key="reports/2026-11-22.csv")
    keep(city, numbered(done(), 3))
    publish(city)
    assert [row["tracking"][-1] for row in rows(city, "reports/2026-11.csv")] == ["1", "3", "2"]
    assert len(rows(city, "reports/2026-11-22.csv")) == 1


def test_a_tree_that_cannot_be_closed_keeps_no_data_back(city: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(city, done())
    monkeypatch.setattr(module, "_close", lambda desk: (None, TimeoutError("the table")))
    with pytest.raises(TimeoutError):
        publish(city)
    assert len(rows(city)) == 1


def test_more_days_than_one_round_takes_wait_for_the_next(
    city: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_DAYS", 2)
    for number in range(3):
        keep(city, numbered(done(), number, received_at=h(0) - timedelta(days=number)))
    clock.pass_by(days=1)
    assert [publish(city)["left"], publish(city)["left"]] == [1, 0]
    assert len(rows(city, "reports/2026-11.csv")) == 3


def test_the_page_of_figures_can_be_worked_out_from_the_files(city: Any) -> None:
    keep_all(
        city, [*lives(), *(numbered(each, 100 + number, confidential=True) for number, each in enumerate(lives()))]
    )
    Figures(city.tally_items).roll_up([DAY, "2026-11-22"], city.now())
    publish(city)
    public = together(recounted(row) for row in rows(city, f"reports/{MONTH}.csv"))
    hidden = together(map(hidden_counts, rows(city, f"hidden/{MONTH}.csv")))
    expected = figures(city, MONTH).total
    assert hidden.received == public.received == len(lives())
    for name in Counts.__struct_fields__:
        if name != "reasons":
            assert getattr(public.plus(hidden), name) == getattr(expected, name), name
    reasons = {**public.reasons, "-hidden": hidden.rejected} if hidden.rejected else public.reasons
    assert reasons == expected.reasons
    for code, counts in figures(city, MONTH, "agency").rows.items():
        chosen = [row for row in rows(city, f"reports/{MONTH}.csv") if (row["agency"] or "-") == code]
        assert (hidden.received if code == "-hidden" else len(chosen)) == counts.received


def hidden_counts(line: dict[str, str]) -> Counts:
    """One line of `hidden/<month>.csv` as figures."""

    def buckets(name: str) -> Histogram:
        return Histogram.of_buckets(
            {int(at): int(number) for at, _, number in (each.partition(":") for each in line[name].split())}
        )

    numbers = {name: int(line[name]) for name in Counts.__struct_fields__[:14]}
    return Counts(**numbers, respond=buckets("respond_buckets"), resolve=buckets("resolve_buckets"))


def test_nothing_of_who_reported_is_in_any_file(city: Any, clock: Any) -> None:
    from chalicelib.usecases.submit import submit
    from tests.usecases.test_submit import COMPLETE, SEED

    told = submit(city, COMPLETE, seed=SEED).report
    store = Figures(city.tally_items)
    store.mark_changed(store.note([facts_of(told, CITY)]), CITY.local_day(city.now()), city.now())
    publish(city)
    index, month = read_index(city), read_month(city, f"{CITY.local_day(told.received_at):%Y-%m}")
    assert index is not None
    assert month is not None
    for file in (*index.files, *month.files, *(each for day in month.days for each in day.files)):
        content = city.open_data.get(file.name).decode()
        for secret in ("Budi", "Santoso", "81234567890", "Mawar", told.sender):
            assert secret not in content, file.name


def test_the_example_works_the_figures_out_from_the_files(city: Any, tmp_path: Any) -> None:
    keep_all(city, [*lives(), *(numbered(each, 100 + number, private=True) for number, each in enumerate(lives()))])
    publish(city)
    for name in (f"reports/{MONTH}.csv", f"hidden/{MONTH}.csv"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(city.open_data.get(name))
    answer = subprocess.run(
        [sys.executable, str(EXAMPLES / "open_data.py"), str(tmp_path), MONTH],
        capture_output=True,
        check=True,
        text=True,
    )
    told = json.loads(answer.stdout)
    expected = together(counts_of(facts_of(report, CITY)) for report in lives())
    for row in (told["public"], told["-hidden"]):
        assert {name: row.get(name, 0) for name in Counts.__struct_fields__[:14]} == {
            name: getattr(expected, name) for name in Counts.__struct_fields__[:14]
        }
    for name, histogram in (("respond_hours", expected.respond), ("resolve_hours", expected.resolve)):
        for share, key in ((0.5, "median"), (0.9, "p90")):
            assert told["public"][f"{name}_{key}"] == pytest.approx(histogram.quantile(share), rel=ACCURACY)


def test_the_notebook_runs(city: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(city, done())
    publish(city)
    for name in (f"reports/{MONTH}.csv", f"hidden/{MONTH}.csv"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(city.open_data.get(name))
    monkeypatch.syspath_prepend(EXAMPLES)
    notebook = json.loads((EXAMPLES / "open_data.ipynb").read_text("utf-8"))
    variables: dict[str, Any] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
            exec("".join(cell["source"]).replace('"http://127.0.0.1:8000"', repr(str(tmp_path))), variables)  # noqa: S102 - our own example
    assert len(variables["rows"]) == 1


@pytest.mark.parametrize("by", [take, lambda desk, events: recount(desk, [CITY.local_day(desk.now()), h_day()])])
def test_a_leader_that_is_hidden_later_is_named_nowhere(
    city: Any, clock: Any, monkeypatch: pytest.MonkeyPatch, by: Any
) -> None:
    monkeypatch.setattr("chalicelib.usecases.tallies._followed", lambda desk, report: True)
    monkeypatch.setattr("chalicelib.usecases.archive.note_missed", lambda desk, report: None)
    other = "2026-11-20"

    def changed(report: Report) -> None:
        by(city, [{"messageId": "m", "body": json.dumps({"data": {"tracking": report.tracking}})}])
        clock.pass_by(days=1)
        publish(city)

    follower = numbered(
        done(), 2, received_at=datetime(2026, 11, 20, 5, tzinfo=UTC), status=Status.MERGED,
        merged_into="JKT-0000-0000-0001",
    )  # fmt: skip
    leader = keep(city, numbered(accepted(), 1, leads=(follower.tracking,)))
    keep(city, follower)
    publish(city)
    assert rows(city, f"reports/{other}.csv")[0]["merged_into"] == leader.tracking
    for _ in range(2):  # the marks of the first day go
        clock.pass_by(days=1)
        publish(city)
    for private, named in ((True, ""), (False, leader.tracking)):
        before = city.reports.get(leader.tracking)
        city.reports.change(before, next_version(before, msgspec.structs.replace(before, private=private)))
        changed(before)
        assert rows(city, f"reports/{other}.csv")[0]["merged_into"] == named


def h_day() -> Any:
    return CITY.local_day(accepted().changed_at)


def test_a_round_that_ended_before_the_index_is_made_good(city: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(city, done())
    put = city.open_data.put

    def crash(name: str, *args: Any, **more: Any) -> None:
        if name == "index.json":
            raise OSError("gone")
        put(name, *args, **more)

    monkeypatch.setattr(city.open_data, "put", crash)
    with pytest.raises(OSError, match="gone"):
        publish(city)
    monkeypatch.setattr(city.open_data, "put", put)
    publish(city)
    index = read_index(city)
    assert index is not None
    assert [brief.month for brief in index.months] == [MONTH]
    assert publish(city)["written"] == 0
