"""Joining a public report: asked twice by mail, once by a proven channel; told once of each change; erased when it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.city import load
from chalicelib.city.gsm7 import has_blocked, septets
from chalicelib.domain.errors import Invalid, NotAllowedNow, NotYours, Unknown
from chalicelib.domain.lifecycle import Action
from chalicelib.domain.report import Report
from chalicelib.outbound import ways
from chalicelib.outbound.senders.email import compose
from chalicelib.outbound.senders.outcome import SendFailed
from chalicelib.outbound.senders.outgoing import Outgoing
from chalicelib.store.client import client
from chalicelib.store.followers import JOIN, Name
from chalicelib.usecases import following, joining, reply_following
from chalicelib.usecases.act import act
from chalicelib.usecases.deliver import deliver
from chalicelib.usecases.hear import hear
from chalicelib.usecases.reply import Event, reply
from tests.usecases.talks import Ended, ending, mail, stored, telegram
from tests.usecases.test_commands import ADMIN, AGENCY, delivered, filed, sent
from tests.usecases.test_converse import SEED, sms

__all__ = ["delivered", "sent"]
MAIL = "ibu.sari@contoh.example"
OTHER = "+6285550001"
NIGHT = datetime(2026, 9, 30, 7, 30, tzinfo=UTC)
Delivered = Callable[[], list[Outgoing]]


def acted(desk: Any, report: Report, action: Action, actor: Any = ADMIN, name: str = "", **wish: Any) -> Report:
    body = json.dumps(wish).encode()
    return act(desk, report.tracking, action, actor, body, action_id=f"t:{action}:{name}", seed=SEED)


def dispatched(desk: Any, report: Report) -> Report:
    return acted(desk, report, Action.DISPATCH, agency="bina-marga", category="jalan")


def token_in(out: Outgoing) -> str:
    words = [word for word in out.body.split() if "/follow/" in word]
    return words[-1].rpartition("/")[2]


def asked(desk: Any, report: Report, delivered: Delivered, email: str = MAIL, lang: str = "id") -> str:
    """The token in the mail that asks."""
    joining.join(desk, report.tracking, email=email, lang=lang, seed=SEED)
    (out,) = [each for each in delivered() if each.event == "following.ask_join"]
    return token_in(out)


def joined(desk: Any, report: Report, delivered: Delivered, email: str = MAIL, lang: str = "id") -> str:
    token = asked(desk, report, delivered, email, lang)
    joining.confirm(desk, token)
    return token


def news(desk: Any, report: Report, delivered: Delivered, seq: int = 0, claimant: str = "c") -> list[Outgoing]:
    """What goes to followers once the replies function has heard of an entry (the last)."""
    reply(desk, Event(report.tracking, seq or report.seq), claimant=claimant)
    return [out for out in delivered() if out.event.startswith("following.")]


# --- by mail -------------------------------------------------------------------------------------------------------------


def test_an_address_is_asked_first_and_told_only_when_it_says_yes(desk: Any, delivered: Delivered) -> None:
    report = filed(desk)
    delivered()
    joining.join(desk, report.tracking, email=MAIL, lang="en", seed=SEED)
    (out,) = delivered()
    assert (out.event, out.to.email, out.lang, out.unsubscribe) == ("following.ask_join", MAIL, "en", "")
    assert report.tracking in out.subject
    assert desk.reports.get(report.tracking).joined == 0
    report = dispatched(desk, report)
    assert news(desk, report, delivered) == [], "nothing before it is confirmed"
    token = token_in(out)
    assert joining.standing(desk, token).active is False
    joining.confirm(desk, token)
    joining.confirm(desk, token)
    assert joining.standing(desk, token).active is True
    assert joining.count(desk, report.tracking) == 1
    report = acted(desk, report, Action.ACCEPT, AGENCY)
    (told,) = news(desk, report, delivered)
    assert told.to.email == MAIL
    assert "In progress" in told.subject
    assert f"/reports/{report.tracking}" in told.body
    assert told.unsubscribe == told.body.split("Stop following this report: ")[1].split()[0]
    assert told.unsubscribe.endswith(token)
    assert told.tracking == "", "an answer to that mail is no word of the reporter"


def test_each_change_is_told_once_however_often_it_comes(desk: Any, delivered: Delivered) -> None:
    report = filed(desk)
    delivered()
    joined(desk, report, delivered)
    joined(desk, report, delivered, "pak.tono@contoh.example")
    report = dispatched(desk, report)
    assert len(news(desk, report, delivered)) == 2
    for again in ("d", "e"):
        assert news(desk, report, delivered, claimant=again) == []
    joining.fan_out(desk, report.tracking, report.seq)
    joining.fan_out(desk, report.tracking, report.seq)
    assert delivered() == []
    reply(desk, Event(report.tracking, report.seq, again=True), claimant="f")
    assert delivered() == []


def test_what_was_before_is_no_news(desk: Any, delivered: Delivered, clock: Any) -> None:
    report = dispatched(desk, filed(desk))
    delivered()
    clock.pass_by(minutes=5)
    joined(desk, report, delivered)
    assert news(desk, report, delivered) == []


def test_a_crash_between_sending_and_marking_repeats_it_at_most_once(
    desk: Any, delivered: Delivered, sent: list[Outgoing], clock: Any
) -> None:
    report = filed(desk)
    delivered()
    token = joined(desk, report, delivered)
    report = dispatched(desk, report)
    who = desk.followers.named(following.digest_of(token), now=desk.now()).who
    told = joining.Joined(tracking=report.tracking, seq=report.seq, who=who)
    with ending(desk.deliveries, "mark"), pytest.raises(Ended):
        reply_following.tell(desk, told, claimant="a")
    assert len(sent) == 1
    for claimant in ("b", "c", "d"):
        clock.pass_by(minutes=10)
        reply_following.tell(desk, told, claimant=claimant)
    assert len(sent) == 2


def test_a_provider_that_is_away_is_tried_again(
    desk: Any, delivered: Delivered, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = filed(desk)
    delivered()
    joined(desk, report, delivered)
    report = dispatched(desk, report)
    joining.fan_out(desk, report.tracking, report.seq)
    sqs = client("sqs", desk.settings.region)
    (message,) = sqs.receive_message(QueueUrl=desk.settings.replies_queue_url)["Messages"]
    record = {"body": message["Body"], "messageId": "m", "receiptHandle": message["ReceiptHandle"]}
    out: list[Outgoing] = []

    def away(each: Outgoing, tools: Any) -> str:
        raise SendFailed("HTTP 503")

    monkeypatch.setattr(ways, "send", away)
    assert deliver(desk, record, claimant="a") is False
    monkeypatch.setattr(ways, "send", lambda each, tools: out.append(each))
    assert deliver(desk, record, claimant="b") is True
    assert deliver(desk, record, claimant="c") is True
    assert len(out) == 1


def test_one_mail_a_day_for_each_report_and_five_for_each_address(desk: Any, delivered: Delivered, clock: Any) -> None:
    reports = [filed(desk, sms(n, f"Lampu jalan mati di Jl Melati RT {n} Menteng. Nama: Budi Santoso. Alamat: Jl Mawar 2",
                               f"+62812000010{n}")) for n in range(1, 8)]  # fmt: skip
    delivered()
    for _ in range(3):
        joining.join(desk, reports[0].tracking, email=MAIL, lang="id", seed=SEED)
        joining.join(desk, reports[0].tracking, email=MAIL.upper(), lang="id", seed="1f" * 16)
    assert len(delivered()) == 1
    for report in reports[1:]:
        joining.join(desk, report.tracking, email=MAIL, lang="id", seed=SEED)
    assert len(delivered()) == 4, "five on one day, the first among them"
    clock.pass_by(days=1)
    joining.join(desk, reports[6].tracking, email=MAIL, lang="id", seed=SEED)
    assert len(delivered()) == 1


def test_a_link_is_too_old_after_two_days(desk: Any, delivered: Delivered, clock: Any) -> None:
    report = filed(desk)
    delivered()
    token = asked(desk, report, delivered)
    clock.pass_by(hours=48, seconds=1)
    with pytest.raises(Unknown):
        joining.confirm(desk, token)


def test_no_other_link_opens_anything(desk: Any) -> None:
    for token in ("", "x", "a" * 32, "A" * 32, "../..", "a" * 5_000):
        with pytest.raises(Unknown):
            joining.standing(desk, token)
        joining.stop(desk, token)


def test_whoever_stops_is_erased_and_not_asked_again_for_a_while(desk: Any, delivered: Delivered, clock: Any) -> None:
    report = filed(desk)
    delivered()
    token = joined(desk, report, delivered)
    joining.stop(desk, token)
    joining.stop(desk, token)
    assert joining.count(desk, report.tracking) == 0
    with pytest.raises(Unknown):
        joining.standing(desk, token)
    kinds = {item["kind"]["S"].partition("#")[0] for item in stored(desk, "followers")}
    assert kinds == {"stopped", "asked"}, "two digests, which go by themselves"
    assert news(desk, dispatched(desk, report), delivered) == []
    clock.pass_by(days=2)
    joining.join(desk, report.tracking, email=MAIL, lang="id", seed=SEED)
    assert delivered() == []
    clock.pass_by(days=7)
    assert asked(desk, report, delivered)


@pytest.mark.parametrize(
    "email",
    ["", "x", "a@b", "a@b..id", "a b@c.id", "a@c.id, d@e.id", "a@c.id\nBcc: d@e.id", "a" * 250 + "@c.id", "<a@c.id>"],
)
def test_what_is_no_address_is_named(email: str) -> None:
    with pytest.raises(Invalid) as caught:
        following.address_in(email)
    assert list(caught.value.details) == ["email"]


def test_hidden_and_unknown_reports_cannot_be_joined(desk: Any) -> None:
    report = filed(desk)
    acted(desk, report, Action.CORRECT, confidential=True)
    with pytest.raises(NotYours):
        joining.join(desk, report.tracking, email=MAIL, lang="id", seed=SEED)
    with pytest.raises(Unknown):
        joining.join(desk, "JKT-7K3M-92QX-4HTC", email=MAIL, lang="id", seed=SEED)


def test_when_it_is_hidden_that_is_said_once_and_all_is_erased(desk: Any, delivered: Delivered) -> None:
    report = dispatched(desk, filed(desk))
    delivered()
    token = joined(desk, report, delivered)
    report = acted(desk, report, Action.CORRECT, confidential=True)
    (out,) = news(desk, report, delivered)
    assert out.event == "following.gone"
    assert "Lampu" not in out.body
    report = acted(desk, report, Action.ACCEPT, AGENCY)
    assert news(desk, report, delivered) == []
    assert desk.reports.get(report.tracking).joined == 0
    with pytest.raises(Unknown):
        joining.standing(desk, token)


def test_who_joined_a_merged_report_follows_the_one_that_leads(desk: Any, delivered: Delivered) -> None:
    leader = dispatched(desk, filed(desk))
    other = filed(desk, sms(7, "Jalan rusak di Jl Melati RT 3 Menteng. Nama: Siti Aminah. Alamat: Jl Bangka 7", OTHER))
    delivered()
    token = joined(desk, other, delivered)
    other = acted(desk, other, Action.MERGE, into=leader.tracking)
    (out,) = news(desk, other, delivered)
    assert leader.tracking in out.body
    assert (joining.count(desk, other.tracking), joining.count(desk, leader.tracking)) == (0, 1)
    assert joining.standing(desk, token).of == leader.tracking
    leader = acted(desk, desk.reports.get(leader.tracking), Action.ACCEPT, AGENCY)
    (out,) = news(desk, leader, delivered)
    assert out.to.email == MAIL
    joining.join(desk, other.tracking, email="pak.tono@contoh.example", lang="id", seed=SEED)
    assert leader.tracking in delivered()[0].subject, "who joins the merged one joins the one that leads"
    joining.stop(desk, token)
    assert joining.count(desk, leader.tracking) == 0


def test_no_word_of_the_reporter_is_passed_on(desk: Any, delivered: Delivered) -> None:
    report = filed(desk)
    delivered()
    joined(desk, report, delivered)
    report = acted(
        desk, report, Action.WITHDRAW, msgspec.structs.replace(ADMIN, role="reporter"), reason="tetangga marah"
    )
    (out,) = news(desk, report, delivered)
    assert "tetangga" not in f"{out.body}{out.chat}{out.short}"
    assert "Lampu" not in f"{out.body}{out.chat}{out.short}"


def test_thousands_are_told_page_by_page(desk: Any, delivered: Delivered, monkeypatch: pytest.MonkeyPatch) -> None:
    report = filed(desk)
    delivered()
    monkeypatch.setattr(joining, "PAGE", 4)
    for number in range(11):
        join_by_sms(desk, report, number)
    delivered()
    assert desk.reports.get(report.tracking).joined == 11
    report = dispatched(desk, report)
    out = news(desk, report, delivered)
    assert len({each.to.phone for each in out}) == len(out) == 11


def test_nothing_kept_or_logged_shows_the_address(
    desk: Any, delivered: Delivered, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put: list[str] = []
    own = desk.answers.put

    def noted(body: str) -> None:
        put.append(body)
        own(body)

    monkeypatch.setattr(desk.answers, "put", noted)
    report = filed(desk)
    token = joined(desk, report, delivered)
    news(desk, dispatched(desk, report), delivered)
    tables = ("followers", "deliveries", "reports", "conversations")
    kept = "".join(repr(item) for table in tables for item in stored(desk, table))
    for secret in (MAIL, MAIL.partition("@")[0], token):
        for text in (kept, "".join(put), "".join(capsys.readouterr())):
            assert secret not in text
    assert put


def test_two_links_of_two_people_differ_and_none_tells_the_other(desk: Any, delivered: Delivered) -> None:
    report = filed(desk)
    delivered()
    one, two = asked(desk, report, delivered), asked(desk, report, delivered, "pak.tono@contoh.example")
    assert one != two
    assert len(one) == 32, "160 bits"


def test_a_mail_says_how_to_end_it_by_one_click() -> None:
    raw = compose(
        sender="a@kota.example",
        to="b@contoh.example",
        subject="s",
        text="t",
        unsubscribe="https://x.example/follow/abc",
    )
    assert b"List-Unsubscribe: <https://x.example/follow/abc>\r\n" in raw
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    assert b"List-" not in compose(sender="a@kota.example", to="b@contoh.example", subject="s", text="t")


# --- by words ------------------------------------------------------------------------------------------------------------


def join_by_sms(desk: Any, report: Report, number: int) -> None:
    hear(desk, sms(100 + number, f"IKUT {report.tracking}", f"+6285550{number:03}"), seed=SEED)


def test_a_phone_joins_by_one_word_and_ends_it_by_two(desk: Any, delivered: Delivered) -> None:
    report = filed(desk)
    delivered()
    hear(desk, sms(50, f"IKUT {report.tracking}", OTHER), seed=SEED)
    hear(desk, sms(50, f"IKUT {report.tracking}", OTHER), seed=SEED)
    (out,) = delivered()
    assert (out.event, out.to.phone) == ("answer.joined", OTHER)
    assert report.tracking in out.short
    assert joining.count(desk, report.tracking) == 1
    (out,) = news(desk, dispatched(desk, report), delivered)
    assert (out.to.phone, out.tracking) == (OTHER, report.tracking)
    assert "http" not in out.short
    assert len(out.short) <= 160
    hear(desk, sms(51, f"STOP IKUT {report.tracking}", OTHER), seed=SEED)
    assert [each.event for each in delivered()] == ["answer.unjoined"]
    assert joining.count(desk, report.tracking) == 0


def test_the_reporter_who_follows_their_own_is_not_told_twice(desk: Any, delivered: Delivered) -> None:
    words = "Lampu jalan mati di Jl Melati RT 5 Menteng. Nama: Budi Santoso. Alamat: Jl Mawar 2"
    report = dispatched(desk, filed(desk, sms(30, words, "+6281200000030")))
    delivered()
    hear(desk, sms(31, f"IKUT {report.tracking}", "+6281200000030"), seed=SEED)
    assert [each.event for each in delivered()] == ["answer.joined"]
    report = acted(desk, report, Action.ACCEPT, AGENCY)
    reply(desk, Event(report.tracking, report.seq), claimant="c")
    assert [each.event for each in delivered()] == ["accepted"]
    hear(desk, sms(32, "BERHENTI", "+6281200000030"), seed=SEED)
    hear(desk, sms(33, f"IKUT {report.tracking}", "+6281200000030"), seed=SEED)
    assert joining.count(desk, report.tracking) == 1, "who wants no other notices follows it by this word"


def test_telegram_s_link_is_the_same_word(desk: Any, delivered: Delivered) -> None:
    report = filed(desk)
    delivered()
    word = f"/start ikut-{report.tracking[4:].replace('-', '')}"
    assert hear(desk, telegram("t1", word), seed=SEED).what == "command"
    assert [each.event for each in delivered()] == ["answer.joined"]
    (out,) = news(desk, dispatched(desk, report), delivered)
    assert (out.channel.id, out.to.user) == ("telegram", "77")
    assert "/follow/" in out.chat


def test_stop_ends_everything(desk: Any, delivered: Delivered) -> None:
    report = filed(desk)
    hear(desk, sms(50, f"IKUT {report.tracking}", OTHER), seed=SEED)
    hear(desk, sms(51, "PANTAU Menteng", OTHER), seed=SEED)
    hear(desk, sms(52, "BERHENTI", OTHER), seed=SEED)
    assert joining.count(desk, report.tracking) == 0
    kinds = {item["kind"]["S"].partition("#")[0] for item in stored(desk, "followers")}
    assert kinds == set()


def test_what_cannot_be_done_is_said(desk: Any, delivered: Delivered) -> None:
    expected = {
        "IKUT": "which_join",
        "IKUT JKT-7K3M-92QX-4HTC": "wrong_number",
        "IKUT JKT-7K3M-92QX-4HT2": "unknown_number",
        "PANTAU": "which_kelurahan",
        "PANTAU Mentenk": "which_kelurahan",
        "STOP IKUT": "unjoined_all",
        "STOP PANTAU": "unwatched",
    }
    for number, (text, answer) in enumerate(expected.items()):
        hear(desk, sms(60 + number, text, OTHER), seed=SEED)
        assert [each.event for each in delivered()] == [f"answer.{answer}"], text


def test_a_hidden_report_is_not_joined_by_words_either(desk: Any, delivered: Delivered) -> None:
    report = filed(desk)
    acted(desk, report, Action.CORRECT, confidential=True)
    delivered()
    hear(desk, sms(60, f"IKUT {report.tracking}", OTHER), seed=SEED)
    assert [each.event for each in delivered()] == ["answer.join_hidden"]


def test_a_mail_that_anyone_may_have_sent_is_asked_first(desk: Any, delivered: Delivered) -> None:
    report = filed(desk)
    delivered()
    message = mail("m1", f"IKUT {report.tracking}", MAIL, verified=False)
    hear(desk, message, seed=SEED)
    assert [(each.event, each.to.email) for each in delivered()] == [("following.ask_join", MAIL)]
    hear(desk, mail("m2", f"IKUT {report.tracking}", "pak.tono@contoh.example"), seed=SEED)
    assert [each.event for each in delivered()] == ["answer.joined"]


def test_nobody_follows_without_end(desk: Any, delivered: Delivered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(following.MOST, JOIN, 1)
    first, second = (
        filed(desk),
        filed(desk, sms(3, "Jalan rusak di Jl Bangka RT 3 Menteng. Nama: Siti. Alamat: Jl A 7", OTHER)),
    )
    delivered()
    for number, report in enumerate((first, first, second)):
        hear(desk, sms(70 + number, f"IKUT {report.tracking}", "+6285550777"), seed=SEED)
    assert [each.event for each in delivered()] == ["answer.joined", "answer.joined", "answer.too_many"]
    token = asked(desk, first, delivered)
    joining.confirm(desk, token)
    with pytest.raises(NotAllowedNow):
        joining.confirm(desk, asked(desk, second, delivered))


def test_a_report_without_joiners_costs_one_read(desk: Any, delivered: Delivered, calls: Any) -> None:
    report = dispatched(desk, filed(desk))
    delivered()
    calls()
    reply(desk, Event(report.tracking, report.seq), claimant="c")
    assert [each for each in calls() if "Query" in each or "TransactWrite" in each] == ["dynamodb.Query"]
    joined(desk, report, delivered)
    desk.followers._note(report.tracking, 0)
    report = acted(desk, report, Action.ACCEPT, AGENCY)
    assert len(news(desk, report, delivered)) == 1, "whatever the number says"


def test_two_at_once_are_counted_right(desk: Any, delivered: Delivered, monkeypatch: pytest.MonkeyPatch) -> None:
    report = filed(desk)
    delivered()
    going = joined(desk, report, delivered, "pak.tono@contoh.example")
    coming = asked(desk, report, delivered)
    note, once = desk.followers._note, [coming]

    def late(tracking: str, number: int) -> None:
        if once:  # the whole of one confirmation falls between the other's count and what it writes
            joining.confirm(desk, once.pop())
        note(tracking, number)

    monkeypatch.setattr(desk.followers, "_note", late)
    joining.stop(desk, going)
    assert joining.count(desk, report.tracking) == 1


def test_an_inbox_is_one_whatever_is_put_into_its_address(desk: Any, delivered: Delivered) -> None:
    report = filed(desk)
    delivered()
    for number in range(8):
        joining.join(desk, report.tracking, email=f"kor.ban+{number}@contoh.example", lang="id", seed=SEED)
    assert len(delivered()) == following.ASKS_A_DAY
    joining.join(desk, report.tracking, email="lain@contoh.example", lang="id", seed=SEED)
    assert len(delivered()) == 1


def test_never_again_until_one_wishes_it_oneself(desk: Any, delivered: Delivered, clock: Any) -> None:
    report = filed(desk)
    delivered()
    one = asked(desk, report, delivered)
    joining.stop(desk, one)
    clock.pass_by(days=30)
    joining.join(desk, report.tracking, email=MAIL, lang="id", seed=SEED)
    assert delivered() == []
    hear(desk, mail("m9", f"IKUT {report.tracking}", MAIL), seed=SEED)  # proven by its channel
    assert joining.count(desk, report.tracking) == 1
    delivered()
    other = filed(desk, sms(7, "Jalan rusak di Jl Melati RT 3 Menteng. Nama: Siti Aminah. Alamat: Jl Bangka 7", OTHER))
    delivered()
    assert asked(desk, other, delivered)


def _two(desk: Any, delivered: Delivered) -> tuple[Report, Report]:
    leader = dispatched(desk, filed(desk))
    other = filed(desk, sms(7, "Jalan rusak di Jl Melati RT 3 Menteng. Nama: Siti Aminah. Alamat: Jl Bangka 7", OTHER))
    delivered()
    return leader, other


def test_who_says_yes_after_the_merge_follows_the_one_that_leads(desk: Any, delivered: Delivered) -> None:
    leader, other = _two(desk, delivered)
    token = asked(desk, other, delivered)
    other = acted(desk, other, Action.MERGE, into=leader.tracking)
    assert news(desk, other, delivered) == []
    assert joining.confirm(desk, token).of == leader.tracking
    assert (joining.count(desk, other.tracking), joining.count(desk, leader.tracking)) == (0, 1)
    assert joining.standing(desk, token).active
    leader = acted(desk, desk.reports.get(leader.tracking), Action.ACCEPT, AGENCY)
    assert [out.event for out in news(desk, leader, delivered)] == ["following.news"]
    joining.stop(desk, token)
    assert joining.count(desk, leader.tracking) == 0


def test_a_merge_while_one_says_yes_is_not_missed(
    desk: Any, delivered: Delivered, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, other = _two(desk, delivered)
    token = asked(desk, other, delivered)
    activate, once = desk.followers.activate, [1]

    def late(*given: Any, **more: Any) -> bool:
        if once:
            once.clear()
            news(desk, acted(desk, other, Action.MERGE, into=leader.tracking), delivered)
        return bool(activate(*given, **more))

    monkeypatch.setattr(desk.followers, "activate", late)
    assert joining.confirm(desk, token).of == leader.tracking
    assert (joining.count(desk, other.tracking), joining.count(desk, leader.tracking)) == (0, 1)


def test_who_says_yes_after_it_was_hidden_is_told_it_is_gone_and_erased(desk: Any, delivered: Delivered) -> None:
    leader, other = _two(desk, delivered)
    tokens = [asked(desk, leader, delivered), asked(desk, other, delivered, "pak.tono@contoh.example")]
    acted(desk, other, Action.MERGE, into=leader.tracking)
    acted(desk, desk.reports.get(leader.tracking), Action.CORRECT, confidential=True)
    for token in tokens:
        with pytest.raises(Unknown):
            joining.confirm(desk, token)
    assert {item["kind"]["S"].partition("#")[0] for item in stored(desk, "followers")} == {"asked"}


def test_a_late_reply_about_the_merge_loses_nothing_in_between(desk: Any, delivered: Delivered, clock: Any) -> None:
    for first in ("merge", "acceptance"):
        number = len(first)
        leader = dispatched(desk, filed(desk, sms(20 + number, f"Lampu mati di Jl Melati RT {number} Menteng. Nama: Budi "
                                                              "Santoso. Alamat: Jl Mawar 2", f"+6281200002{number:02}")))  # fmt: skip
        other = filed(desk, sms(40 + number, f"Lampu mati di Jl Melati RT {number} Menteng. Nama: Siti Aminah. "
                                             "Alamat: Jl Bangka 7", f"+6281200004{number:02}"))  # fmt: skip
        delivered()
        joined(desk, other, delivered)
        clock.pass_by(minutes=1)
        other = acted(desk, other, Action.MERGE, into=leader.tracking)
        clock.pass_by(seconds=30)
        leader = acted(desk, desk.reports.get(leader.tracking), Action.ACCEPT, AGENCY)
        clock.pass_by(seconds=30)
        told = [news(desk, each, delivered) for each in ((other, leader) if first == "merge" else (leader, other))]
        assert sorted(len(each) for each in told) in ([0, 2], [1, 1]), first
        assert joining.count(desk, leader.tracking) == 1


def test_an_expired_wish_is_none(desk: Any, delivered: Delivered, clock: Any) -> None:
    report = filed(desk)
    delivered()
    token = joined(desk, report, delivered)
    name = Name(what=JOIN, of=report.tracking, who=following.person(desk, "email", MAIL))
    assert desk.followers.get(name, now=desk.now()) is not None
    clock.instant += timedelta(days=401)
    assert desk.followers.get(name, now=desk.now()) is None
    with pytest.raises(Unknown):
        joining.standing(desk, token)


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_text_message_is_one_segment_without_a_blocked_word(lang: str) -> None:
    city = load("jakarta")
    places = [following.short_place(city, code, lang) for code in city.areas]
    events = [city.text(f"event.{each}", lang, agency="Dinas Sumber Daya Air", date=city.when(NIGHT, lang), level=3)
              for each in ("dispatched", "extended", "escalated", "follow_up_refused")]  # fmt: skip
    values = {
        "tracking": "JKT-7K3M-92QX-4HT2",
        "place": max(places, key=len),
        "category": max((each.label[lang] for each in city.categories.values()), key=len),
        "event": max(events, key=len),
        "status": max(
            (city.text(f"status.{each}", lang) for each in ("awaiting_validation", "follow_up_refused")), key=len
        ),
    }
    assert not any(has_blocked(place, city.policy.sms_blocked_words) for place in places)
    for kind in ("ask_join", "ask_alert", "news", "gone", "alert", "more"):
        text = city.text(f"following.{kind}_sms", lang, **values)
        assert septets(text) <= 160, text
        assert "http" not in text
        assert not has_blocked(city.texts[lang][f"following.{kind}_sms"], city.policy.sms_blocked_words)
