"""Splitting: one report that tells two problems becomes two, once, and its reporter hears of it in one message."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import Busy, Conflict, Invalid, NotAllowedNow, NotYours
from chalicelib.domain.history import broken_at
from chalicelib.domain.lifecycle import Action, Role, Status
from chalicelib.domain.report import Report
from chalicelib.outbound import ways
from chalicelib.usecases import split, views
from chalicelib.usecases.act import Actor, act
from chalicelib.usecases.identity import open_identity
from chalicelib.usecases.opened import opened, told_of
from chalicelib.usecases.reply import Event, reply
from chalicelib.usecases.submit import submit
from tests.domain.builders import CITY, SEED, city, deed, fresh, h, hours, put, quick, waiting
from tests.usecases.rules import do, done
from tests.usecases.test_submit import COMPLETE

ADMIN = Actor(role=Role.ADMIN, subject="a")
SECOND = "JKT-0000-0000-0002"
WISH: dict[str, Any] = {"problem": "Lampu jalan mati", "category": "penerangan-jalan-umum"}


def divided(desk: Any, report: Report, key: str = "s1", **wish: Any) -> tuple[Report, Report]:
    body = json.dumps({**WISH, **wish}).encode()
    first = act(desk, report.tracking, Action.SPLIT, ADMIN, body, action_id=key, seed=SEED)
    return first, desk.reports.get(first.entries()[-1].told.data["into"])


def off(first: Report, at: float, where: Any = CITY, **wish: Any) -> Report:
    asked = msgspec.convert({"problem": "lampu mati", **wish}, split.Split)
    return split.split_off(first, deed("split", "admin", at), asked, where, number=SECOND)


def test_the_second_report_is_the_same_reporter_s(desk: Any) -> None:
    report = submit(desk, COMPLETE, seed=SEED).report
    first, second = divided(desk, report, remaining_problem="Jalan berlubang saja")
    assert (first.problem, second.problem) == ("Jalan berlubang saja", "Lampu jalan mati")
    assert second.tracking != first.tracking
    assert (second.status, second.agency, second.category) == (Status.WAITING, None, "penerangan-jalan-umum")
    for name in ("sender", "channel", "lang", "received_at", "complete_at", "place", "marks", "anonymous", "private"):
        assert getattr(second, name) == getattr(first, name), name
    assert second.split_from == first.tracking
    assert [entry.event for entry in second.entries()] == ["split_off"]
    assert [entry.event for entry in first.entries()][-1] == "split"
    assert first.entries()[-1].told.public
    assert second.entries()[0].told.quiet
    assert broken_at(second.entries()) is None
    told = told_of(desk, second)
    assert (told.name, told.phone, told.photos) == ("Budi Santoso", "+6281234567890", ())
    for word in ("Budi", "Santoso", "Mawar", "81234567890"):
        assert word not in msgspec.json.encode(second).decode()


def test_the_same_split_twice_makes_one_report(desk: Any) -> None:
    report = submit(desk, COMPLETE, seed=SEED).report
    first, second = divided(desk, report)
    again, same = divided(desk, report)
    assert (again.version, same) == (first.version, second)
    _, other = divided(desk, report, key="s2")
    assert other.tracking != second.tracking


def test_a_crash_between_the_writes_is_made_good_by_the_repetition(
    desk: Any, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    report = submit(desk, COMPLETE, seed=SEED).report

    def ends(*_: Any) -> bool:
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(desk.reports, "add", ends)
        with pytest.raises(TimeoutError):
            divided(desk, report)
    first = desk.reports.get(report.tracking)
    with pytest.raises(Busy):  # nobody hears of a number that finds nothing
        reply(desk, Event(first.tracking, first.seq), claimant="a")
    clock.pass_by(minutes=3)
    again, second = divided(desk, report)
    assert (again.seq, again.begun) == (first.seq, "")
    assert second.complete_at == report.complete_at
    assert second.entries()[0].at == first.entries()[-1].at


def test_a_taken_number_derives_the_next(desk: Any) -> None:
    report = submit(desk, COMPLETE, seed=SEED).report
    origin = split.origin_of(report, "s1")
    taken = split._number(desk, origin, 0)
    desk.reports.add(msgspec.structs.replace(report, tracking=taken))
    _, second = divided(desk, report)
    assert second.tracking != taken
    assert second.attempt == 1
    assert divided(desk, report)[1] == second


def test_a_refused_split_stores_nothing(desk: Any) -> None:
    report = submit(desk, COMPLETE, seed=SEED).report
    for wish, field in (
        ({"problem": ""}, "problem"),
        ({"category": "tidak-ada"}, "category"),
        ({"agency": "tidak-ada"}, "agency"),
        ({"area": "tidak-ada"}, "area"),
        ({"lat": 1.0}, "lat"),
        ({"photos": ["x"]}, "photos"),
        ({"remaining_problem": " "}, "remaining_problem"),
    ):
        with pytest.raises(Invalid) as refused:
            divided(desk, report, **wish)
        assert field in refused.value.details
    assert desk.reports.get(report.tracking) == report


def test_the_reporter_s_own_name_is_taken_out_of_what_the_admin_writes(desk: Any) -> None:
    report = submit(desk, COMPLETE, seed=SEED).report
    first, second = divided(desk, report, problem="Lampu mati, kata Budi Santoso", remaining_problem="Lubang (Budi)")
    assert "Budi" not in first.problem
    assert "Budi" not in second.problem


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("role", list(Role))
def test_when_and_by_whom(status: Status, role: Role) -> None:
    report = put(fresh(), status)
    allowed = role is Role.ADMIN and status.value in (
        "waiting", "coordination", "disposition", "in_progress", "awaiting_validation", "follow_up_refused",
    )  # fmt: skip
    if allowed:
        assert do(report, 1, "split", role=role.value).status is status
    else:
        with pytest.raises((NotAllowedNow, NotYours)):
            do(report, 1, "split", role=role.value)


# What the clocks of the second report are, in hours after T0: filed at 0, split at 20.
CLOCKS: list[tuple[str, Report, dict[str, Any], tuple[float, float, float]]] = [
    ("complete at once", fresh(0), {"category": "sampah"}, (0, 6, 6)),
    ("no category", fresh(0), {}, (0, 6, 168)),
    ("waiting", waiting(0), {"category": "jalan"}, (0, 6, 168)),
    ("asked for five hours", do(do(fresh(0), 2, "ask"), 7, "answer"), {"category": "sampah"}, (0, 11, 11)),
    ("being asked since two", do(fresh(0), 2, "ask"), {"category": "sampah"}, (0, 24, 24)),
    ("reopened at thirty", do(done(10), 30, "reopen"), {"category": "sampah"}, (30, 36, 36)),
]


@pytest.mark.parametrize(("first", "wish", "expected"), [each[1:] for each in CLOCKS], ids=[each[0] for each in CLOCKS])
def test_its_clocks_run_from_when_the_first_was_complete(
    first: Report, wish: dict[str, Any], expected: tuple[float, float, float]
) -> None:
    second = off(first, 40 if first.version > 4 else 20, **wish)
    assert second.respond is not None
    assert second.resolve is not None
    assert (hours(second.respond.since), hours(second.respond.by), hours(second.resolve.by)) == expected
    assert second.received_at == first.received_at
    assert second.complete_at == first.complete_at


def test_with_an_agency_it_goes_there_at_once_and_its_respond_clock_is_the_first_report_s() -> None:
    second = off(fresh(0), 1, category="sampah", agency="lingkungan-hidup")
    assert (second.status, second.agency, second.held_since) == (Status.COORDINATION, "lingkungan-hidup", h(1))
    assert hours(second.respond.by) == 6
    assert [entry.told.quiet for entry in second.entries()] == [True, True]
    with pytest.raises(Invalid):
        off(do(waiting(), 0, "correct", accused="bina-marga", confidential=True), 1, agency="bina-marga")


@quick(60)
@given(flags=st.fixed_dictionaries({name: st.booleans() for name in ("private", "anonymous", "confidential")}))
def test_who_may_see_what_is_the_same(flags: dict[str, bool]) -> None:
    second = off(fresh(0, **flags), 1)
    assert {name: getattr(second, name) for name in flags} == flags
    assert off(fresh(0), 1, category="pungli").confidential


def test_one_message_names_both_numbers(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    out: list[dict[str, Any]] = []
    monkeypatch.setattr(ways, "by_webhook", lambda secrets, payload, **_: out.append(payload))
    first, second = divided(desk, submit(desk, COMPLETE, seed=SEED).report)
    for report in (first, second):
        for seq in range(1, report.seq + 1):
            if report is second or seq == report.seq:
                reply(desk, Event(report.tracking, seq), claimant=f"c{report.tracking}{seq}")
    (payload,) = out
    assert payload["tracking"] == first.tracking
    assert second.tracking in payload["message"]
    assert payload["second"] == {
        "tracking": second.tracking,
        "status_url": desk.status_url(second.tracking),
        "key": desk.key_of(second.tracking, second.key_version),
    }


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_wording_has_both_numbers_and_both_links(desk: Any, lang: str) -> None:
    from chalicelib.channels.gsm7 import septets
    from chalicelib.usecases.wording import wording

    first = do(fresh(0, lang=lang), 1, "split")
    first = split.split(fresh(0, lang=lang), deed("split", "admin", 1), split.Split(problem="x"), CITY, into=SECOND)
    url = desk.status_url(first.tracking)
    words = wording(first, first.entries()[-1], desk.city, status_url=url)
    assert septets(words.sms) <= 160
    for text in (words.sms, words.body, words.chat):
        assert first.tracking in text
        assert SECOND in text
    for text in (words.body, words.chat):
        assert url in text
        assert desk.status_url(SECOND) in text


def test_later_news_of_the_second_finds_its_reporter(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    out: list[str] = []
    monkeypatch.setattr(ways, "by_sms", lambda channel, secrets, phone, text: out.append(phone))
    message = msgspec.structs.replace(COMPLETE, channel="sms", conversational=False)
    _, second = divided(desk, submit(desk, message, seed=SEED).report)
    _, third = divided(desk, second, problem="Saluran mampet", category="saluran-air-kali-sungai")
    for report in (second, third):
        wish = b'{"agency": "bina-marga"}'
        led = act(desk, report.tracking, Action.DISPATCH, ADMIN, wish, action_id="d", seed=SEED)
        assert reply(desk, Event(led.tracking, led.seq), claimant=f"c{report.tracking}")
    assert out == ["+6281234567890"] * 2


@pytest.mark.parametrize("change", [{"anonymous": True}, {"confidential": True}, {"accused": "inspektorat"}])
def test_what_the_agency_may_not_know_of_the_first_it_does_not_learn_from_the_second(
    desk: Any, change: dict[str, Any]
) -> None:
    first, second = divided(desk, submit(desk, COMPLETE, seed=SEED).report, agency="bina-marga", category=None)
    assert opened(desk, second, Role.AGENCY).name == "Budi Santoso"
    act(desk, first.tracking, Action.CORRECT, ADMIN, json.dumps(change).encode(), action_id="c", seed=SEED)
    assert opened(desk, second, Role.AGENCY).name == ""
    assert opened(desk, second, Role.ADMIN).name == "Budi Santoso"


def test_the_admin_opens_who_reported_the_second(desk: Any) -> None:
    _, second = divided(desk, submit(desk, COMPLETE, seed=SEED).report)
    found = open_identity(desk, second.tracking, ADMIN, why="menelepon", action_id="i", seed=SEED)
    assert (found["name"], found["phone"]) == ("Budi Santoso", "+6281234567890")


def test_photos_go_along(desk: Any) -> None:
    report = submit(desk, COMPLETE, seed=SEED).report
    desk.reports.change(
        report, msgspec.structs.replace(report, photos=("aaa", "bbb", "pending:ccc"), version=report.version + 1)
    )
    report = desk.reports.get(report.tracking)
    with pytest.raises(Invalid):
        divided(desk, report, key="p", photos=["ccc"])
    first, second = divided(desk, report, photos=["bbb"])
    assert (first.photos, second.photos) == (("aaa", "pending:ccc"), ("bbb",))
    assert desk.photos.get("bbb").tracking == second.tracking


def test_two_officers_at_once_make_one_change(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    report = submit(desk, COMPLETE, seed=SEED).report
    act(desk, report.tracking, Action.REJECT, ADMIN, b'{"reason": "tidak benar"}', action_id="r", seed=SEED)
    with pytest.raises((NotAllowedNow, Conflict)):
        divided(desk, report)


def test_the_views_say_where_it_comes_from() -> None:
    second = off(fresh(0), 1)
    view = views.public(second, city(), now=h(2), lang="id", with_key=True)
    assert view["split_from"] == fresh(0).tracking
    first = split.split(fresh(0), deed("split", "admin", 1), split.Split(problem="x"), CITY, into=SECOND)
    assert views.public(first, CITY, now=h(2), lang="id", with_key=True)["history"][-1]["into"] == SECOND
