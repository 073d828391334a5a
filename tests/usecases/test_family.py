"""The reports of one telling: what their reporter decided about themselves holds in all of them; and a contact that came
later, and might be a stranger's, gets no key."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.errors import NotAllowedNow
from chalicelib.domain.lifecycle import Action
from chalicelib.domain.report import Report
from chalicelib.outbound import ways
from chalicelib.usecases.erase import erase
from chalicelib.usecases.family import family
from chalicelib.usecases.reply import Event, reply
from tests.usecases.test_rights import ADMIN, SEED, do, filed, put

MAIL, PHONE = "salah.orang@contoh.example", "0812 9999 8888"
LAMP = {"problem": "Lampu mati", "category": "penerangan-jalan-umum"}


def divided(desk: Any, report: Report, **wish: Any) -> Report:
    first = do(desk, report, Action.SPLIT, ADMIN, **(wish or LAMP))
    second: Report = desk.reports.get(first.entries()[-1].told.data["into"])
    return second


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    sent: list[Any] = []
    monkeypatch.setattr(ways, "send", lambda each, tools: sent.append(each))
    return sent


@pytest.mark.parametrize(("way", "contact"), [("email", {"email": MAIL}), ("sms", {"phone": PHONE})])
def test_a_key_goes_to_no_contact_that_was_typed_in_later(
    desk: Any, out: list[Any], way: str, contact: dict[str, str]
) -> None:
    report = filed(desk)
    do(desk, report, Action.NOTIFY, way=way, **contact)
    second = divided(desk, report)
    assert reply(desk, Event(report.tracking, desk.reports.get(report.tracking).seq), claimant="c")
    (told,) = out
    assert (told.to.email, told.to.phone)[way == "sms"] in (MAIL, "+6281299998888")
    assert second.tracking in told.body
    for words in (told.body, told.short, told.chat):
        assert desk.key_of(second.tracking, 1) not in words


def test_to_where_the_report_came_from_it_goes(desk: Any, out: list[Any]) -> None:
    report = put(desk, filed(desk, email=MAIL), channel="email")
    second = divided(desk, report)
    assert reply(desk, Event(report.tracking, desk.reports.get(report.tracking).seq), claimant="c")
    assert desk.key_of(second.tracking, 1) in out[-1].body


def test_a_split_keeps_what_its_reporter_decided(desk: Any) -> None:
    report = filed(desk)
    do(desk, report, Action.NOTIFY, way="none")
    assert divided(desk, report).way == "none"
    do(desk, report, Action.WITHDRAW_CONSENT)
    second = divided(desk, report, **LAMP | {"agency": "bina-marga"})
    assert (second.consent_withdrawn, second.hidden, second.answerable, second.marks) == (True, True, False, ())
    erase(desk, report.tracking, action_id="e", seed=SEED)
    third = divided(desk, report)
    assert (third.erased, third.tells_who, third.marks) == (True, False, ())


@pytest.mark.parametrize("by", ["first", "second"])
def test_what_is_decided_after_the_split_holds_for_both(desk: Any, out: list[Any], by: str) -> None:
    first = filed(desk)
    second = divided(desk, first)
    own, other = (first, second) if by == "first" else (second, first)
    do(desk, own, Action.NOTIFY, way="email", email=MAIL)
    assert desk.reports.get(other.tracking).way == "email"
    for each in (own, other):  # who was written in is told once
        reply(desk, Event(each.tracking, desk.reports.get(each.tracking).seq), claimant="c")
    assert [told.tracking for told in out] == [own.tracking]
    do(desk, own, Action.NOTIFY, way="none")
    do(desk, own, Action.NOTIFY, way="email")  # known from before
    assert desk.reports.get(other.tracking).way == "email"
    assert do(desk, own, Action.WITHDRAW_CONSENT).tracking == own.tracking
    after = desk.reports.get(other.tracking)
    assert (after.consent_withdrawn, after.hidden, after.answerable) == (True, True, False)
    with pytest.raises(NotAllowedNow):
        do(desk, own, Action.WITHDRAW_CONSENT)
    assert family(desk, desk.reports.get(own.tracking)) == [own.tracking, other.tracking]


def test_a_failure_on_the_way_is_made_good_by_asking_again(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = filed(desk)
    second = divided(desk, first)
    change = desk.reports.change

    def gone(before: Report, after: Report) -> None:
        if before.tracking == second.tracking:
            raise OSError("the line is gone")
        change(before, after)

    monkeypatch.setattr(desk.reports, "change", gone)
    with pytest.raises(OSError, match="gone"):
        do(desk, first, Action.WITHDRAW_CONSENT)
    monkeypatch.setattr(desk.reports, "change", change)
    do(desk, first, Action.WITHDRAW_CONSENT)
    assert all(desk.reports.get(each.tracking).consent_withdrawn for each in (first, second))
