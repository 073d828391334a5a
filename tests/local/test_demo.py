"""The demo: the day it plans, what its closing table makes of the system's answers, and a small day on a local run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import city as packs
from chalicelib.domain.place import Place
from chalicelib.domain.proof import distance
from chalicelib.triage.screening import screen
from local import demo
from local.demo_agenda import Agenda
from local.demo_cases import ALIKE, with_cases
from local.demo_day import Planned, apportioned, likely_category, plan, read_texts, shares
from local.demo_http import Http
from local.demo_run import ROOT, OwnRun
from local.demo_staff import HALF_DONE, Staff
from local.demo_table import lines, messages, outcome, totals

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def texts() -> dict[str, Any]:
    return read_texts()


@pytest.fixture(scope="module")
def day(texts: dict[str, Any]) -> list[Planned]:
    return plan(texts, lambda lat, lng: ("Gambir", "Gambir") if lat < -6.2 else None, reports=500, seed=1)


def test_the_data_fit_the_city(texts: dict[str, Any]) -> None:
    city = packs.load("jakarta")
    codes = [row["code"] for row in texts["category"]]
    assert len(set(codes)) == len(codes) >= 25
    assert set(codes) <= set(city.categories)
    assert {row["id"] for row in texts["channel"]} <= set(city.channels)
    every = [text for row in texts["category"] for text in row["texts"]]
    assert len(set(every)) == len(every) >= 120
    for text in every:
        assert set(re.findall(r"{(\w+)}", text)) <= set(texts["say"])
    assert len(texts["day"]["hours"]) == 24


def test_figures_without_source_are_ours_and_the_others_name_theirs(texts: dict[str, Any]) -> None:
    assert all("source" in row for row in texts["category"] if "count" in row)
    assert [row["id"] for row in texts["channel"] if "source" not in row] == ["sms", "lapor", "jakarta-aman"]
    assert shares(texts["category"], "code")["jalan"] == pytest.approx(26014 / 185852)


@given(st.dictionaries(st.text(max_size=3), st.floats(0.01, 100), min_size=1, max_size=30), st.integers(0, 2000))
def test_parts_add_up(weights: dict[str, float], total: int) -> None:
    parts = apportioned(weights, total)
    assert sum(parts.values()) == total
    assert all(abs(parts[key] - total * weights[key] / sum(weights.values())) < 1 for key in weights)


def test_a_day_is_the_same_for_the_same_seed(day: list[Planned], texts: dict[str, Any]) -> None:
    def area_at(lat: float, lng: float) -> tuple[str, str] | None:
        return ("Gambir", "Gambir") if lat < -6.2 else None

    assert plan(texts, area_at, reports=500, seed=1) == day
    assert plan(texts, area_at, reports=500, seed=2) != day


def test_the_day_is_as_the_figures_say(day: list[Planned]) -> None:
    assert len(day) == 500
    channels = Counter(each.channel for each in day)
    assert channels["jaki"] + channels["web"] == 382
    pictured = Counter(each.channel for each in day if each.pictured)
    assert set(pictured) == {"web", "email"}
    assert 45 <= pictured["web"] == channels["web"] <= 85
    assert min(channels[name] for name in ("qlue", "email", "sms", "lapor", "jakarta-aman")) >= 12
    assert [each.at for each in day] == sorted(each.at for each in day)
    assert all(0 <= each.at < 24 for each in day)
    assert all(each.lat < -6.2 for each in day), "a point outside the city"


def test_people_are_invented_and_each_has_a_phone_of_their_own(day: list[Planned]) -> None:
    assert len({each.person.phone for each in day}) == 500
    assert all(re.fullmatch(r"\+62811000\d{5}", each.person.phone) for each in day)
    assert all(each.person.email.endswith(".example") for each in day)


def test_some_sms_are_conversations_and_some_never_say_all(day: list[Planned]) -> None:
    parts = Counter(len(each.parts) for each in day if each.channel == "sms")
    assert set(parts) == {1, 2, 3}
    assert all(len(each.parts) == 1 for each in day if each.channel != "sms")
    assert not any("{" in part for each in day for part in each.parts)


def test_a_text_is_filed_under_its_own_category(day: list[Planned], texts: dict[str, Any]) -> None:
    right = sum(likely_category(each.text, texts) == each.category for each in day[:100])
    assert right >= 95


@pytest.fixture(scope="module")
def unusual(texts: dict[str, Any]) -> list[Planned]:
    area_at = _everywhere
    return with_cases(plan(texts, area_at, reports=1000, seed=1), texts, area_at, seed=1)


def _everywhere(_lat: float, _lng: float) -> tuple[str, str] | None:
    return "Gambir", "Gambir"


def test_what_is_unusual_takes_the_place_of_what_is_not(unusual: list[Planned], texts: dict[str, Any]) -> None:
    assert sorted(each.number for each in unusual) == list(range(1000))
    assert [each.at for each in unusual] == sorted(each.at for each in unusual)
    cases = Counter(each.case for each in unusual if not each.case.startswith(ALIKE))
    assert {row["name"] for row in texts["case"]} | {"flood", ""} == set(cases)
    assert all(cases[row["name"]] == round(1000 * row["share"]) for row in texts["case"])
    assert not any("{" in part for each in unusual for part in (each.text, *each.parts))
    assert all(bool(each.second) == (each.case == "several") for each in unusual)


def test_several_people_tell_of_one_problem_within_a_hundred_metres(unusual: list[Planned]) -> None:
    groups: dict[str, list[Planned]] = {}
    for each in unusual:
        if each.case.startswith(ALIKE):
            groups.setdefault(each.case, []).append(each)
    assert len(groups) >= 12
    for people in groups.values():
        assert len({each.person.phone for each in people}) == len(people) >= 3
        assert len({each.category for each in people}) == 1
        first = people[0]
        assert all(distance((first.lat, first.lng), (each.lat, each.lng)) < 100 for each in people)


def test_a_flood_comes_from_one_sender_and_only_in_a_great_day(unusual: list[Planned], texts: dict[str, Any]) -> None:
    flood = [each for each in unusual if each.case == "flood"]
    limit = packs.load("jakarta").policy.messages_per_hour
    assert len(flood) > limit
    assert {(each.channel, each.person.phone) for each in flood} == {("qlue", flood[0].person.phone)}
    small = with_cases(plan(texts, _everywhere, reports=60, seed=1), texts, _everywhere, seed=1)
    assert len(small) == 60
    assert not [each for each in small if each.case == "flood"]
    assert [each for each in small if each.case.startswith(ALIKE)]


def test_each_flag_is_raised_by_what_is_meant_to_raise_it(texts: dict[str, Any]) -> None:
    city, say = packs.load("jakarta"), {slot: values[0] for slot, values in texts["say"].items()}
    for row in texts["case"]:
        for text in row["texts"]:
            lat, lng = row.get("points", [(-6.2, 106.82)])[0]
            place = Place(lat=lat, lng=lng, in_city=city.area_at(lat, lng) is not None)
            assert row["name"] in {flag.name for flag in screen(text.format(**say), city, place=place)}, text


def test_a_sub_unit_is_that_of_the_place() -> None:
    city = packs.load("jakarta")
    unit_at = demo._units(city)
    area = next(code for code, each in city.areas.items() if each.name == "Tebet Timur")
    assert unit_at("bina-marga", area) == "suku-dinas-bina-marga-jakarta-selatan"
    assert unit_at("bina-marga", None) is None
    assert unit_at("transjakarta", area) is None


def test_a_small_day_leaves_something_on_every_desk() -> None:
    with OwnRun({}) as run:
        command = [sys.executable, "-m", "local.demo", "--reports", "90", "--hour", "0.45"]
        environment = os.environ | {"PORT": str(run.port)}
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=240)
        out = done.stdout
        assert done.returncode == 0, out[-3000:] + done.stderr + run.said()[-3000:]
        http = Http(run.url)
        staff = Staff(http, Agenda(1, threads=0), read_texts(), HALF_DONE, 1)
        queues = {name: len(list(staff.queue(name))) for name in ("waiting", "extensions", "validation")}
        http.close()
        assert all(queues.values()), queues
        told = dict(re.findall(r"^(\S.*?)  +(.*)$", out, re.MULTILINE))
        sent = re.match(r"90 in (\d+) messages, 0 not accepted", told["reports sent"])
        assert sent, told["reports sent"]
        received = int(told["received"])
        assert 90 <= received <= 92, "the reports, and what was split off them"
        assert sum(_numbers(_line(out, "by channel"))) == received
        assert sum(_numbers(told["by status"])) == received
        assert "after" in told["pictures uploaded"]
        assert "before" in told["pictures uploaded"]
        assert f"{run.url}/desk" in out
        assert int(re.search(r"/desk/triage +(\d+) waiting", out)[1]) == queues["waiting"]  # type: ignore[index]
        assert int(re.search(r"(\d+) awaiting validation", out)[1]) == queues["validation"]  # type: ignore[index]
        assert re.search(r"a sub-unit +/desk/agency +(suku-dinas|satpol-pp)-", out)


def _line(out: str, name: str) -> str:
    found = re.search(rf"^ *{name} +(.*)$", out, re.MULTILINE)
    assert found, name
    return found[1]


def _numbers(listed: str) -> list[int]:
    return [int(each.rsplit(" ", 1)[1]) for each in listed.split(", ")]


def _view(status: str, *history: tuple[str, str, dict[str, Any]], by: str | None = "2026-11-21T02:00:00+00:00") -> Any:
    return {
        "channel": "jaki",
        "status": {"code": status, "label": status},
        "resolve_by": by,
        "complete_at": "2026-11-21T01:00:00+00:00",
        "history": [{"event": event, "at": f"2026-11-21T{at}+00:00", "data": data} for event, at, data in history],
    }


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (_view("done", ("resolved", "01:59:59", {})), "on time"),
        (_view("awaiting_validation", ("resolved", "02:00:01", {})), "late"),
        (_view("done", ("resolved", "01:30:00", {}), ("resolved", "02:30:00", {})), "late"),
        (_view("in_progress"), "overdue"),
        (_view("follow_up_refused", ("resolved", "01:30:00", {})), "overdue"),
        (_view("in_progress", by="2026-11-21T03:00:01+00:00"), "running"),
        (_view("merged"), "closed otherwise"),
        (_view("incomplete", by=None), "incomplete"),
    ],
)
def test_where_a_report_stands(view: Any, expected: str) -> None:
    assert outcome(view, NOW) == expected


def test_totals_count_each_report_once_at_its_highest_level() -> None:
    late = _view(
        "done",
        ("dispatched", "01:00:00", {"automatic": True}),
        ("reminded", "01:10:00", {"level": 0}),
        ("escalated", "01:20:00", {"level": 1}),
        ("escalated", "01:30:00", {"level": 2}),
        ("accepted", "01:40:00", {}),
        ("resolved", "02:40:00", {}),
    )
    found = totals([late, _view("in_progress", ("accepted", "01:20:00", {}))], NOW)
    assert (found.received, found.reminded, found.automatic) == (2, 1, 1)
    assert (found.levels[1], found.levels[2]) == (0, 1)
    assert found.to_accept == [2400, 1200]
    assert found.to_resolve == [6000]
    rows = dict(lines(found, Counter(sms=2), Counter({"bina-marga": 3}), hour=600))
    assert rows["median time to accept"] == "1800.0 s = 3.0 city hours (of 2)"
    assert rows["announcements to agencies"] == "3, to 1 topics"


def test_only_what_was_sent_in_this_run_is_counted() -> None:
    sns = {"channel": "sns", "to": "tanggap-local-agency-bina-marga", "tracking": "JKT-A"}
    outbox = [
        sns | {"at": "2026-11-21T03:00:01.000Z"},
        sns | {"at": "2026-11-21T02:59:59.000Z", "tracking": "JKT-OLD"},
        {"channel": "sms", "to": "+62811", "tracking": "JKT-B", "at": "2026-11-21T03:00:02.000Z"},
        {"channel": "sms", "to": "+62812", "topic": "an agency's own phone", "at": "2026-11-21T03:00:02.000Z"},
    ]
    citizens, agencies, trackings = messages(outbox, NOW)
    assert citizens == {"sms": 1}
    assert agencies == {"bina-marga": 1}
    assert trackings == {"JKT-A", "JKT-B"}
