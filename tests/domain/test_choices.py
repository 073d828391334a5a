"""What the reporter may do now: never what an action would refuse, and nothing that makes no sense at the moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.choices import ORDER, choices, question
from chalicelib.domain.lifecycle import Role, Status, allowed
from chalicelib.domain.report import Report
from tests.pages import scenes
from tests.pages.scenes import CITY, SCENES, START, hours

ALWAYS = ["notify", "withdraw-consent", "erase"]


def may(report: Report, at: float, leader: Report | None = None) -> list[str]:
    return [each.action for each in choices(report, CITY.policy, START + hours(at), leader=leader)]


@pytest.mark.parametrize("name", SCENES)
def test_nothing_is_offered_that_the_status_forbids(name: str) -> None:
    report, now = SCENES[name]()
    offered = may(report, now)
    assert set(offered) <= {str(action) for action in allowed(report.status, Role.REPORTER)}
    assert offered == [action for action in ORDER if action in offered], "in their order"


def test_an_answer_is_wanted_while_a_question_is_open_or_something_is_missing() -> None:
    assert "answer" in may(*SCENES["incomplete"]())
    assert "answer" not in may(*SCENES["coordination"]())
    report, now = SCENES["paused"]()
    assert may(report, now) == ["answer", "add", "notify", "withdraw", "withdraw-consent", "erase"]
    asked = question(report)
    assert asked is not None
    assert "utara" in asked.told.note
    answered = scenes.after(report, 7, "answered", role="reporter", public=False)
    assert question(answered) is None
    assert "answer" not in may(answered, 8)


def test_the_last_word_on_done_lasts_fourteen_days() -> None:
    report, now = SCENES["done"]()
    assert may(report, now) == ["confirm", "dispute", "rate", *ALWAYS]
    done = report.done_at()
    ends = {each.action: each.until for each in choices(report, CITY.policy, done)}
    assert ends["dispute"] == ends["confirm"] == ends["rate"] == done + timedelta(days=14)
    assert may(report, 75 + 14 * 24) == ["confirm", "dispute", "rate", *ALWAYS]
    assert may(report, 75 + 14 * 24 + 0.01) == ALWAYS


def test_who_has_confirmed_may_still_reopen() -> None:
    report, now = SCENES["done"]()
    assert may(scenes.after(report, 76, "confirmed", role="reporter"), now) == ["reopen", "rate", *ALWAYS]


def test_before_the_check_each_thing_is_said_once() -> None:
    report, _ = SCENES["in_progress"]()
    report = scenes.after(report, 70, "resolved", by="bina-marga", status=Status.AWAITING_VALIDATION)
    assert may(report, 71)[:2] == ["confirm", "dispute"]
    disputed = scenes.after(report, 72, "disputed", role="reporter")
    assert may(disputed, 73)[:2] == ["confirm", "add"]
    again = scenes.after(disputed, 80, "resolved", by="bina-marga", status=Status.AWAITING_VALIDATION)
    assert may(again, 81)[:2] == ["confirm", "dispute"]


def test_of_a_merged_report_the_work_is_on_the_leader() -> None:
    follower, _ = SCENES["merged"]()
    leader, now = SCENES["done"]()
    leader = replace(leader, tracking=scenes.LEADER)
    assert may(follower, now) == ALWAYS
    assert may(follower, now, leader) == ["confirm", "dispute", *ALWAYS]
    own = scenes.after(leader, 76, "confirmed", role="reporter")
    assert may(follower, now, own)[:2] == ["confirm", "dispute"], "the leader's own reporter has spoken for themselves"
    theirs = scenes.after(leader, 76, "confirmed", role="reporter", data={"for": follower.tracking})
    assert may(follower, now, theirs)[0] == "reopen"


def test_what_is_erased_is_not_erased_again() -> None:
    report, now = SCENES["in_progress"]()
    assert may(replace(report, erased=True), now) == ["withdraw"]
    assert may(replace(report, consent_withdrawn=True), now) == ["add", "withdraw", "erase"]
