"""Merged reports: every reporter hears of the one that leads, once each and under their own number, and may speak for it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from chalicelib.domain import announcements
from chalicelib.domain.errors import Conflict, Invalid, NotAllowedNow
from chalicelib.domain.lifecycle import Action, Role, Status
from chalicelib.domain.report import Report
from chalicelib.outbound import ways
from chalicelib.outbound.senders.outcome import SendFailed
from chalicelib.store.client import client
from chalicelib.usecases import merging, views
from chalicelib.usecases.act import Actor, act
from chalicelib.usecases.converse import converse
from chalicelib.usecases.deliver import deliver
from chalicelib.usecases.followers import Follow, can_hear
from chalicelib.usecases.hear import hear
from chalicelib.usecases.reconcile import reconcile
from chalicelib.usecases.reply import Event, event_in, reply
from chalicelib.usecases.reply_followers import reply_to_follower
from tests.domain.builders import CITY, TRACKING, deed, fresh, h, hours
from tests.usecases.rules import OTHER, do, lead
from tests.usecases.test_converse import sms

SEED = "0f" * 16
ADMIN = Actor(role=Role.ADMIN, subject="a")
AGENCY = Actor(role=Role.AGENCY, agency="bina-marga", subject="b")
REPORTER = Actor(role=Role.REPORTER)
ONE, TWO, THREE = "+6281200000001", "+6281200000002", "+6281200000003"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What went out by SMS: (to whom, text)."""
    out: list[tuple[str, str]] = []

    def by_sms(channel: Any, secrets: Any, phone: str, text: str) -> None:
        out.append((phone, text))

    monkeypatch.setattr(ways, "by_sms", by_sms)
    return out


def filed(desk: Any, number: int, sender: str, lang: str = "id") -> Report:
    text = "Masalah: jalan berlubang besar. Lokasi: Jl Melati RT 3 Menteng. Nama: Siti. Alamat: Jl Bangka 7"
    stored = hear(desk, msgspec.structs.replace(sms(number, text, sender), lang=lang), seed=f"{number:032x}")
    assert stored.report is not None
    assert stored.report.status is Status.WAITING
    return stored.report


def done(desk: Any, report: Report, action: Action, actor: Actor = ADMIN, **wish: Any) -> Report:
    body = json.dumps(wish).encode()
    name = f"{action}:{actor.role}:{desk.now().timestamp()}:{report.tracking}:{wish}"
    return act(desk, report.tracking, action, actor, body, action_id=name, seed=SEED)


def merged(desk: Any, follower: Report, leader: Report) -> Report:
    return done(desk, follower, Action.MERGE, into=leader.tracking)


def waiting_messages(desk: Any) -> list[dict[str, Any]]:
    sqs = client("sqs", desk.settings.region)
    found: list[dict[str, Any]] = []
    while batch := sqs.receive_message(QueueUrl=desk.settings.replies_queue_url, MaxNumberOfMessages=10).get(
        "Messages"
    ):
        for each in batch:
            sqs.delete_message(QueueUrl=desk.settings.replies_queue_url, ReceiptHandle=each["ReceiptHandle"])
            found.append({"messageId": each["MessageId"], "body": each["Body"], "receiptHandle": each["ReceiptHandle"]})
    return found


def told(desk: Any, report: Report, seq: int = 0, claimant: str = "c") -> list[bool]:
    """The replies function deals with an entry (the last), and with all that it puts on its queue."""
    reply(desk, Event(report.tracking, seq or desk.reports.get(report.tracking).seq), claimant=claimant)
    return [deliver(desk, record, claimant=f"{claimant}{index}") for index, record in enumerate(waiting_messages(desk))]


def test_each_reporter_hears_under_their_own_number_once(desk: Any, sent: list[tuple[str, str]]) -> None:
    first, second, third = filed(desk, 1, ONE), filed(desk, 2, TWO), filed(desk, 3, THREE, lang="en")
    merged(desk, second, first)
    merged(desk, third, first)
    led = done(desk, first, Action.DISPATCH, agency="bina-marga")
    sent.clear()
    assert told(desk, led) == [True, True]
    by_whom = dict(sent)
    assert len(sent) == 3
    assert set(by_whom) == {ONE, TWO, THREE}
    assert second.tracking in by_whom[TWO]
    assert first.tracking in by_whom[TWO]
    assert third.tracking in by_whom[THREE]
    assert "passed to" in by_whom[THREE]
    assert second.tracking not in by_whom[ONE]
    assert second.tracking not in by_whom[THREE]
    assert {
        key for key, (state, _) in desk.deliveries.of(led.tracking).items() if "reporter" in key and state == "sent"
    } == {
        f"{led.seq}#reporter",
        f"{led.seq}#reporter:{second.tracking}",
        f"{led.seq}#reporter:{third.tracking}",
    }
    assert told(desk, led, claimant="again") == []
    assert len(sent) == 3


def test_a_chain_hears_of_its_end_and_of_each_step_up(desk: Any, sent: list[tuple[str, str]]) -> None:
    a, b, c = filed(desk, 1, ONE), filed(desk, 2, TWO), filed(desk, 3, THREE)
    merged(desk, a, b)
    b = merged(desk, b, c)
    sent.clear()
    told(desk, b)
    texts = dict(sent)
    assert set(texts) == {ONE, TWO}
    assert a.tracking in texts[ONE]
    assert c.tracking in texts[ONE]
    assert desk.reports.get(c.tracking).leads == (b.tracking, a.tracking)
    led = done(desk, c, Action.DISPATCH, agency="bina-marga")
    sent.clear()
    told(desk, led)
    assert {phone for phone, _ in sent} == {ONE, TWO, THREE}
    assert merging.leader_of(desk, desk.reports.get(a.tracking)).tracking == c.tracking


def test_one_provider_that_fails_neither_stops_nor_repeats_the_others(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = filed(desk, 1, ONE), filed(desk, 2, TWO), filed(desk, 3, THREE)
    merged(desk, second, first)
    merged(desk, third, first)
    led = done(desk, first, Action.DISPATCH, agency="bina-marga")
    out: list[str] = []
    broken = {ONE, TWO}

    def by_sms(channel: Any, secrets: Any, phone: str, text: str) -> None:
        if phone in broken:
            raise SendFailed("503")
        out.append(phone)

    monkeypatch.setattr(ways, "by_sms", by_sms)
    with pytest.raises(SendFailed):
        reply(desk, Event(led.tracking, led.seq), claimant="a")
    records = waiting_messages(desk)
    assert len(records) == 2
    desk.answers.put_off = lambda *_: None
    assert sorted(deliver(desk, each, claimant="b") for each in records) == [False, True]
    assert out == [THREE]
    broken.clear()
    assert all(deliver(desk, each, claimant="c") for each in records)
    assert reply(desk, Event(led.tracking, led.seq), claimant="c")
    assert sorted(out) == [ONE, TWO, THREE]
    assert waiting_messages(desk) == []


def test_five_hundred_followers_are_as_many_messages_and_no_sending(desk: Any) -> None:
    leader = filed(desk, 1, ONE)
    many = tuple(f"JKT-{number:04d}-0000-0000" for number in range(500))
    desk.reports.change(leader, msgspec.structs.replace(leader, leads=many, version=leader.version + 1))
    led = done(desk, leader, Action.NOTE, note="kabar", public=True)
    puts: list[str] = []
    desk.answers.put_all = lambda bodies: puts.extend(bodies)
    desk.reports.get, reads = counted(desk.reports.get)
    reply_only_followers(desk, led)
    assert len(puts) == 500
    assert {event_in(body).follower for body in puts} == set(many)  # type: ignore[union-attr]
    assert len(reads) == 1


def counted(call: Any) -> tuple[Any, list[Any]]:
    made: list[Any] = []

    def counting(*args: Any, **kwargs: Any) -> Any:
        made.append(args)
        return call(*args, **kwargs)

    return counting, made


def reply_only_followers(desk: Any, led: Report) -> None:
    desk.deliveries.claim(led.tracking, led.seq, "reporter", now=desk.now(), claimant="x")
    desk.deliveries.mark(led.tracking, led.seq, "reporter", "sent", now=desk.now())
    reply(desk, Event(led.tracking, led.seq), claimant="a")


def test_what_is_put_on_the_queue_in_tens_is_all_there(desk: Any) -> None:
    desk.answers.put_all(json.dumps({"follow": {"tracking": "T", "seq": 1, "follower": f"F{n}"}}) for n in range(23))
    names = [event_in(each["body"]).follower for each in waiting_messages(desk)]  # type: ignore[union-attr]
    assert sorted(names) == sorted(f"F{n}" for n in range(23))


def test_whoever_is_not_merged_any_more_hears_nothing(desk: Any, sent: list[tuple[str, str]]) -> None:
    first, second, third = filed(desk, 1, ONE), filed(desk, 2, TWO), filed(desk, 3, THREE)
    for report in (second, third):
        merged(desk, report, first)
    led = done(desk, first, Action.DISPATCH, agency="bina-marga")
    gone = desk.reports.get(second.tracking)
    desk.reports.change(gone, msgspec.structs.replace(gone, status=Status.WITHDRAWN, version=gone.version + 1))
    silent = desk.reports.get(third.tracking)
    assert can_hear(silent, led)
    assert not can_hear(msgspec.structs.replace(silent, sealed=()), led)
    assert not can_hear(msgspec.structs.replace(silent, merged_into="JKT-0000-0000-0009"), led)
    assert not can_hear(silent, msgspec.structs.replace(led, leads=(second.tracking,)))
    desk.reports.change(silent, msgspec.structs.replace(silent, answerable=False, version=silent.version + 1))
    sent.clear()
    assert told(desk, led) == [True, True]
    assert {phone for phone, _ in sent} == {ONE}
    states = desk.deliveries.of(led.tracking)
    assert {states[f"{led.seq}#reporter:{each.tracking}"][0] for each in (second, third)} == {"refused"}


def test_who_joined_later_hears_nothing_of_what_was_before(desk: Any, sent: list[tuple[str, str]]) -> None:
    first, second = filed(desk, 1, ONE), filed(desk, 2, TWO)
    led = done(desk, first, Action.DISPATCH, agency="bina-marga")
    merged(desk, second, first)
    sent.clear()
    assert told(desk, led, led.seq) == []
    assert {phone for phone, _ in sent} == {ONE}


def test_while_it_is_being_merged_it_is_tried_again(desk: Any) -> None:
    first, second = filed(desk, 1, ONE), filed(desk, 2, TWO)
    wish = b'{"into": "%s"}' % first.tracking.encode()
    merging.lead_first(
        desk, second.tracking, msgspec.json.decode(wish, type=merging.decide.Merge), deed_of(desk, Action.MERGE)
    )
    led = done(desk, first, Action.DISPATCH, agency="bina-marga")
    follow = Follow(tracking=led.tracking, seq=led.seq, follower=second.tracking)
    with pytest.raises(Exception, match="being merged"):
        reply_to_follower(desk, follow, claimant="a")


def deed_of(desk: Any, action: Action) -> Any:
    return msgspec.structs.replace(deed(action, "admin"), at=desk.now(), action_id="m1")


FOLLOWED = {
    "abandoned", "accepted", "corrected", "dispatched", "disposition", "escalated", "extended", "follow_up_refused",
    "merged", "noted", "rejected", "reopened", "resolved", "returned", "validated",
}  # fmt: skip


@pytest.mark.parametrize("event", sorted({
    *FOLLOWED, "received", "completed", "asked", "answered", "confirmed", "disputed", "resumed", "split", "stepped_back",
    "merged_in", "message_added", "completion_reminded", "extension_refused", "redacted", "flagged", "identity_viewed",
    "rated", "notices_changed", "consent_withdrawn", "erased",
}))  # fmt: skip
def test_which_changes_go_to_followers(event: str) -> None:
    from chalicelib.domain.report import record

    leader = msgspec.structs.replace(fresh(), leads=(OTHER,))
    public = record(leader, deed("note", "admin", 1), event, public=True)
    assert announcements.told_followers(public, public.entries()[-1]) == ([OTHER] if event in FOLLOWED else [])
    hidden = record(leader, deed("note", "admin", 1), event)
    assert announcements.told_followers(hidden, hidden.entries()[-1]) == []
    quiet = record(leader, deed("note", "admin", 1), event, public=True, quiet=True)
    assert announcements.told_followers(quiet, quiet.entries()[-1]) == []


def test_thanks_go_to_whoever_said_it_and_news_to_all(desk: Any, sent: list[tuple[str, str]], clock: Any) -> None:
    first, second, third = filed(desk, 1, ONE), filed(desk, 2, TWO), filed(desk, 3, THREE)
    for report in (second, third):
        merged(desk, report, first)
    done(desk, first, Action.DISPATCH, agency="bina-marga")
    done(desk, first, Action.ACCEPT, AGENCY)
    led = done(desk, first, Action.RESOLVE, AGENCY, note="ditambal")
    sent.clear()
    said = done(desk, second, Action.CONFIRM, REPORTER)
    assert said.tracking == first.tracking
    assert said.entries()[-1].told.data == {"for": second.tracking}
    told(desk, said)
    assert [phone for phone, _ in sent] == [TWO]
    assert second.tracking in sent[0][1]
    done(desk, led, Action.VALIDATE)
    clock.pass_by(days=13)
    sent.clear()
    again = done(desk, third, Action.DISPUTE, REPORTER, reason="masih berlubang")
    assert (again.tracking, again.status) == (first.tracking, Status.COORDINATION)
    told(desk, again)
    texts = dict(sent)
    assert set(texts) == {ONE, TWO, THREE}
    assert "pelapor lain" in texts[ONE]
    assert "pelapor lain" in texts[TWO]
    assert "Terima kasih" in texts[THREE]


def test_the_days_to_dispute_are_counted_on_the_leader(desk: Any, clock: Any) -> None:
    first, second = filed(desk, 1, ONE), filed(desk, 2, TWO)
    merged(desk, second, first)
    done(desk, first, Action.DISPATCH, agency="bina-marga")
    done(desk, first, Action.RESOLVE, AGENCY, note="ditambal")
    done(desk, first, Action.VALIDATE)
    clock.pass_by(days=14, minutes=1)
    with pytest.raises(NotAllowedNow):
        done(desk, second, Action.DISPUTE, REPORTER)


def test_the_same_idempotency_key_of_two_reporters_is_two_changes(desk: Any) -> None:
    first, second = filed(desk, 1, ONE), filed(desk, 2, TWO)
    merged(desk, second, first)
    done(desk, first, Action.DISPATCH, agency="bina-marga")
    done(desk, first, Action.RESOLVE, AGENCY, note="ditambal")
    for report in (first, second, second):
        act(desk, report.tracking, Action.CONFIRM, REPORTER, b"{}", action_id="k", seed=SEED)
    events = [entry.event for entry in desk.reports.get(first.tracking).entries()]
    assert events.count("confirmed") == 2


def test_words_by_sms_act_on_the_leader(desk: Any, sent: list[tuple[str, str]]) -> None:
    first, second = filed(desk, 1, ONE), filed(desk, 2, TWO)
    merged(desk, second, first)
    done(desk, first, Action.DISPATCH, agency="bina-marga")
    led = done(desk, first, Action.RESOLVE, AGENCY, note="ditambal")
    told(desk, led)
    sent.clear()
    hear(desk, sms(20, "BELUM masih ada lubang", TWO), seed=SEED)
    entry = desk.reports.get(first.tracking).entries()[-1]
    assert (entry.event, entry.told.data["for"]) == ("disputed", second.tracking)
    hear(desk, sms(21, f"STATUS {second.tracking}", TWO), seed=SEED)
    for index, record in enumerate(waiting_messages(desk)):
        deliver(desk, record, claimant=f"s{index}")
    ((_, text),) = sent
    assert second.tracking in text
    assert first.tracking in text
    assert desk.city.text("status.awaiting_validation", "id") in text


def test_a_question_goes_to_the_leader_s_reporter_alone_while_they_can_answer(
    desk: Any, sent: list[tuple[str, str]]
) -> None:
    first, second, third = filed(desk, 1, ONE), filed(desk, 2, TWO), filed(desk, 3, THREE)
    for report in (second, third):
        merged(desk, report, first)
    led = done(desk, first, Action.ASK, question="di sisi mana?")
    sent.clear()
    told(desk, led)
    assert [phone for phone, _ in sent] == [ONE]
    hear(desk, sms(30, "BERHENTI", ONE), seed=SEED)
    waiting_messages(desk)
    led = done(desk, first, Action.ASK, question="sejak kapan?")
    sent.clear()
    told(desk, led)
    assert [phone for phone, _ in sent] == [TWO]
    assert second.tracking in sent[0][1]
    hear(desk, sms(31, "Sejak kemarin sore", TWO), seed=SEED)
    entry = desk.reports.get(first.tracking).entries()[-1]
    assert (entry.event, entry.told.note, entry.told.data["for"]) == (
        "message_added",
        "Sejak kemarin sore",
        second.tracking,
    )


def test_what_a_follower_still_sends_is_a_note_on_the_leader_without_their_name(desk: Any) -> None:
    first, second = filed(desk, 1, ONE), filed(desk, 2, TWO)
    merged(desk, second, first)
    message = msgspec.structs.replace(
        sms(40, "Lubangnya makin dalam, nama saya Siti", TWO), photos=("https://x.test/a.jpg",)
    )
    stored = converse(desk, message, seed="ab" * 16)
    assert not stored.new
    led = desk.reports.get(first.tracking)
    entry = led.entries()[-1]
    assert (entry.event, entry.told.data["for"]) == ("message_added", second.tracking)
    assert "Siti" not in entry.told.note
    assert len([photo for photo in led.photos if photo.startswith("pending:")]) == 1
    opened = desk.sealer.open_all(led.sealed, led.tracking, desk.ticks())
    assert opened.phone == ONE
    assert len(opened.photos) == 1
    version = led.version
    converse(desk, message, seed="cd" * 16)
    assert desk.reports.get(first.tracking).version == version
    other = "Masalah: sampah menumpuk. Lokasi: Jl Kenanga 9 Gondangdia"
    assert converse(desk, sms(41, other, TWO), seed=SEED).new


def test_reconciling_finds_the_follower_who_was_missed(desk: Any, sent: list[tuple[str, str]], clock: Any) -> None:
    first, second = filed(desk, 1, ONE), filed(desk, 2, TWO)
    merged(desk, second, first)
    led = done(desk, first, Action.DISPATCH, agency="bina-marga")
    reply(desk, Event(led.tracking, led.seq), claimant="a")
    waiting_messages(desk)  # lost
    clock.pass_by(minutes=20)
    published: list[str] = []
    sns = client("sns", desk.settings.region)
    sns.meta.events.register(
        "provide-client-params.sns.Publish", lambda params, **_: published.append(params["Message"])
    )
    reconcile(desk, days=1, claimant="r0")  # the topics
    published.clear()
    clock.pass_by(minutes=20)
    reconcile(desk, days=1, claimant="r1")
    events = [json.loads(each) for each in published]
    (found,) = [
        each["data"] for each in events if each["data"]["tracking"] == led.tracking and each["data"]["seq"] == led.seq
    ]
    sent.clear()
    event = event_in(json.dumps({"data": found}))
    assert isinstance(event, Event)
    assert event.again
    reply(desk, event, claimant="b")
    for record in waiting_messages(desk):
        assert deliver(desk, record, claimant="b")
    assert [phone for phone, text in sent if "diteruskan ke" in text and second.tracking in text] == [TWO]


def test_undoing_a_merge_gives_the_clocks_back(desk: Any, monkeypatch: pytest.MonkeyPatch, clock: Any) -> None:
    older = filed(desk, 1, ONE)
    clock.pass_by(hours=2)
    newer = filed(desk, 2, TWO)
    before = desk.reports.get(newer.tracking)
    change = desk.reports.change

    def interrupted(was: Report, after: Report) -> None:
        if after.status is Status.MERGED:
            now = desk.reports.get(older.tracking)
            change(now, msgspec.structs.replace(do_note(now), version=now.version + 1))
            raise Conflict("somebody was quicker")
        change(was, after)

    monkeypatch.setattr(desk.reports, "change", interrupted)
    with pytest.raises(Conflict):
        act(
            desk,
            older.tracking,
            Action.MERGE,
            ADMIN,
            b'{"into": "%s"}' % newer.tracking.encode(),
            action_id="m",
            seed=SEED,
        )
    led = desk.reports.get(newer.tracking)
    assert [entry.event for entry in led.entries()][-2:] == ["merged_in", "merged_in"]
    assert led.leads == ()
    for name in ("respond", "resolve"):
        was, now = getattr(before, name), getattr(led, name)
        assert (now.since, now.by, now.rung, now.stopped_at) == (was.since, was.by, was.rung, was.stopped_at)
        assert now.run > was.run
    monkeypatch.setattr(desk.reports, "change", change)
    act(
        desk, older.tracking, Action.MERGE, ADMIN, b'{"into": "%s"}' % newer.tracking.encode(), action_id="m", seed=SEED
    )
    led = desk.reports.get(newer.tracking)
    assert led.leads == (older.tracking,)
    assert led.resolve == msgspec.structs.replace(led.resolve, by=older.resolve.by)


def do_note(report: Report) -> Report:
    from chalicelib.domain.report import record

    return record(report, deed("note", "admin"), "noted", note="tadi")


def test_a_refused_merge_into_itself_stores_nothing(desk: Any) -> None:
    report = filed(desk, 1, ONE)
    with pytest.raises(Invalid):
        merged(desk, report, report)
    assert desk.reports.get(report.tracking).version == report.version


def test_a_clock_moved_since_stays_where_it_was_put() -> None:
    from chalicelib.usecases import decide

    leader, follower = msgspec.structs.replace(fresh(3), tracking=OTHER), fresh(0)
    led = lead(leader, follower, 4)
    assert hours(led.resolve.by) == 168
    held = do(led, 5, "accept")
    asked = do(do(held, 6, "extend", until=h(200).isoformat()), 7, "approve-extension")
    lead_id = next(entry.told.action_id for entry in led.entries() if entry.event == "merged_in")
    undone = decide.unlead(asked, deed("lead", "admin", 8), TRACKING, lead_id)
    assert hours(undone.resolve.by) == 200
    assert undone.leads == ()


def test_a_leader_whose_reporter_withdraws_goes_on_for_the_others(desk: Any, sent: list[tuple[str, str]]) -> None:
    first, second = filed(desk, 1, ONE), filed(desk, 2, TWO)
    merged(desk, second, first)
    led = done(desk, first, Action.WITHDRAW, REPORTER, reason="sudah tidak perlu")
    assert (led.status, led.answerable, led.resolve.running) == (Status.WAITING, False, True)
    sent.clear()
    told(desk, led)
    assert [phone for phone, _ in sent] == [ONE]
    led = done(desk, first, Action.DISPATCH, agency="bina-marga")
    sent.clear()
    told(desk, led)
    assert [phone for phone, _ in sent] == [TWO]


def test_of_a_private_leader_only_where_it_stands_is_told(desk: Any, sent: list[tuple[str, str]]) -> None:
    first, second = filed(desk, 1, ONE), filed(desk, 2, TWO)
    done(desk, first, Action.CORRECT, private=True)
    merged(desk, second, first)
    led = done(desk, first, Action.REJECT, reason="rahasia sekali")
    sent.clear()
    told(desk, led)
    texts = dict(sent)
    assert "rahasia" in texts[ONE]
    assert "rahasia" not in texts[TWO]
    assert desk.city.text("status.rejected", "id") in texts[TWO]


def test_the_views_say_who_leads_and_how_many_there_are() -> None:
    leader = msgspec.structs.replace(fresh(), tracking=OTHER, leads=(TRACKING,))
    follower = do(fresh(), 2, "merge")
    view = views.public(follower, CITY, now=h(3), lang="id", with_key=False, leader=leader)
    assert (view["merged_into"], view["leader"]["tracking"], view["leader"]["status"]["code"]) == (
        OTHER,
        OTHER,
        "coordination",
    )
    assert views.public(leader, CITY, now=h(3), lang="id", with_key=False)["reporters"] == 2
    assert views.staff(leader, CITY, now=h(3), role=Role.ADMIN)["reporters"] == 2


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_sms_to_a_follower_is_two_segments_at_most(desk: Any, lang: str) -> None:
    from chalicelib.channels.gsm7 import septets
    from chalicelib.domain.report import record
    from chalicelib.usecases.wording import wording

    long = max(desk.city.agencies.values(), key=lambda each: septets(each.short)).code
    to = msgspec.structs.replace(fresh(), lang=lang, merged_into=OTHER, status=Status.MERGED)
    for event in sorted(FOLLOWED - {"merged"}):
        leader = record(
            msgspec.structs.replace(fresh(), tracking=OTHER, leads=(TRACKING,), agency=long),
            deed("note", "admin", 1),
            event,
            public=True,
            note="kata " * 100,
        )
        words = wording(leader, leader.entries()[-1], desk.city, status_url=f"https://x.test/reports/{TRACKING}", to=to)
        assert septets(words.sms) <= 306
        assert TRACKING in words.sms
        assert OTHER in words.sms
        assert f"https://x.test/reports/{OTHER}" in words.body


def test_stored_circles_keep_nobody_for_ever(desk: Any) -> None:
    first, second = filed(desk, 1, ONE), filed(desk, 2, TWO)
    for report, into in ((first, second), (second, first)):
        now = desk.reports.get(report.tracking)
        after = msgspec.structs.replace(now, status=Status.MERGED, merged_into=into.tracking, version=now.version + 1)
        desk.reports.change(now, after)
    assert merging.leader_of(desk, desk.reports.get(first.tracking)).tracking in (first.tracking, second.tracking)


def test_a_follower_that_leads_another_since_is_not_merged_behind_the_leader_s_back(desk: Any) -> None:
    a, b, c = (filed(desk, number, phone) for number, phone in ((1, ONE), (2, TWO), (3, THREE)))
    doing = deed_of(desk, Action.MERGE)
    led = merging.lead_first(desk, a.tracking, merging.decide.Merge(into=b.tracking), doing)
    merged(desk, c, a)  # b's list does not know of this one
    now = desk.reports.get(a.tracking)
    with pytest.raises(Conflict):
        merging.follow(now, doing, led, desk)
    merging.lead_no_more(desk, a.tracking, led, doing)
    assert desk.reports.get(b.tracking).leads == ()
    merged(desk, a, b)
    assert desk.reports.get(b.tracking).leads == (a.tracking, c.tracking)


def test_a_circle_of_three_is_refused(desk: Any) -> None:
    a, b, c = (filed(desk, number, phone) for number, phone in ((1, ONE), (2, TWO), (3, THREE)))
    for report, into in ((a, b), (b, c)):
        merging.lead_first(
            desk,
            report.tracking,
            merging.decide.Merge(into=into.tracking),
            msgspec.structs.replace(deed_of(desk, Action.MERGE), action_id=f"m:{report.tracking}"),
        )
    with pytest.raises(Invalid):
        merged(desk, c, a)
    assert desk.reports.get(c.tracking).status is Status.WAITING


def test_the_same_merge_twice_at_once_is_one(desk: Any) -> None:
    a, b = filed(desk, 1, ONE), filed(desk, 2, TWO)
    doing = deed_of(desk, Action.MERGE)
    led = merging.lead_first(desk, a.tracking, merging.decide.Merge(into=b.tracking), doing)
    merged(desk, a, b)
    merging.lead_no_more(desk, a.tracking, led, doing)
    assert desk.reports.get(b.tracking).leads == (a.tracking,)


def test_one_person_with_two_merged_reports_hears_once(desk: Any, sent: list[tuple[str, str]], clock: Any) -> None:
    first = filed(desk, 1, ONE)
    clock.pass_by(hours=3)
    second = filed(desk, 2, ONE)
    assert first.sender == second.sender
    merged(desk, second, first)
    led = done(desk, first, Action.DISPATCH, agency="bina-marga")
    sent.clear()
    told(desk, led)
    assert [phone for phone, _ in sent] == [ONE]
    assert first.tracking in sent[0][1]


def test_one_person_with_two_reports_merged_into_another_s_hears_once(
    desk: Any, sent: list[tuple[str, str]], clock: Any
) -> None:
    leader, first = filed(desk, 1, ONE), filed(desk, 2, TWO)
    clock.pass_by(hours=3)
    second = filed(desk, 3, TWO)
    merged(desk, first, leader)
    merged(desk, second, leader)
    led = done(desk, leader, Action.DISPATCH, agency="bina-marga")
    sent.clear()
    told(desk, led)
    assert sorted(phone for phone, _ in sent) == [ONE, TWO]


def test_what_could_not_be_sent_about_one_report_is_sent_about_the_other(
    desk: Any, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    leader, first = filed(desk, 1, ONE), filed(desk, 2, TWO)
    clock.pass_by(hours=3)
    second = filed(desk, 3, TWO)
    merged(desk, first, leader)
    merged(desk, second, leader)
    led = done(desk, leader, Action.DISPATCH, agency="bina-marga")
    out: list[str] = []

    def by_sms(channel: Any, secrets: Any, phone: str, text: str) -> None:
        if first.tracking in text:
            raise SendFailed("away")
        out.append(phone)

    monkeypatch.setattr(ways, "by_sms", by_sms)
    reply(desk, Event(led.tracking, led.seq), claimant="c")
    about = {
        each.tracking: Follow(tracking=led.tracking, seq=led.seq, follower=each.tracking) for each in (first, second)
    }
    with pytest.raises(SendFailed):
        reply_to_follower(desk, about[first.tracking], claimant="c1")
    assert reply_to_follower(desk, about[second.tracking], claimant="c2")
    assert not reply_to_follower(desk, about[first.tracking], claimant="c1")
    assert out == [ONE, TWO]


def test_two_reports_through_one_app_are_two_persons(desk: Any) -> None:
    """An app may send under one name for everybody who uses it."""
    city = desk.city
    app = next(each for each in city.channels.values() if each.adapter == "city_app")
    report = filed(desk, 1, ONE)
    from chalicelib.usecases import reply_followers

    assert reply_followers._is_one_person(desk, report)
    assert not reply_followers._is_one_person(desk, msgspec.structs.replace(report, channel=app.id))


def test_an_answer_sent_again_after_the_merge_was_heard_already(desk: Any) -> None:
    first, second = filed(desk, 1, ONE), filed(desk, 2, TWO)
    for report in (first, second):
        done(desk, report, Action.ASK, question="Sebelah mana?")
    for merge in (False, True):
        if merge:
            merged(desk, second, first)
        after = act(desk, second.tracking, Action.ANSWER, REPORTER, b'{"text":"di barat"}', action_id="k", seed=SEED)
        assert after.tracking == second.tracking
    assert "answered" not in [entry.event for entry in desk.reports.get(first.tracking).entries()]


def test_a_double_click_at_the_counter_for_a_merged_report(desk: Any) -> None:
    from chalicelib.usecases import slips

    first, second = filed(desk, 1, ONE), filed(desk, 2, TWO)
    merged(desk, second, first)
    done(desk, first, Action.DISPATCH, agency="bina-marga")
    done(desk, first, Action.RESOLVE, AGENCY, note="sudah")
    done(desk, first, Action.VALIDATE)
    counter = Actor(role=Role.COUNTER, subject="c", agency="gambir")
    key = desk.key_of(second.tracking, second.key_version)
    for _ in range(2):
        slip = slips.shown(desk, counter, second.tracking, key)
        slips.say(desk, counter, slip, Action.DISPUTE, "belum", via="kantor-kelurahan", action_id="k", seed=SEED)
    events = [entry.event for entry in desk.reports.get(first.tracking).entries()]
    assert events.count("reopened") == 1
    with pytest.raises(Invalid):
        slips.say(desk, counter, slip, Action.DISPUTE, "belum", via="kantor-kelurahan", action_id="k2", seed=SEED)
