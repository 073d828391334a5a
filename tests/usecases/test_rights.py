"""A reporter's rights: adding, rating, being told another way, consent withdrawn; and erased, which leaves nothing anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chalicelib.channels.message import Location, Message
from chalicelib.domain.errors import Busy, Conflict, Invalid, NotAllowedNow, NotYours
from chalicelib.domain.history import broken_at
from chalicelib.domain.lifecycle import Action, Role, Status
from chalicelib.domain.report import Report
from chalicelib.outbound import ways
from chalicelib.store.client import client
from chalicelib.store.photos import Photo
from chalicelib.usecases import lookups
from chalicelib.usecases.act import Actor, act
from chalicelib.usecases.erase import erase
from chalicelib.usecases.hear import hear
from chalicelib.usecases.identity import open_identity
from chalicelib.usecases.mine import everything, sealed_about
from chalicelib.usecases.opened import opened
from chalicelib.usecases.reconcile import reconcile
from chalicelib.usecases.reply import Event, reply
from chalicelib.usecases.reporter import asked_of_identity
from chalicelib.usecases.revise import edit, first_of
from chalicelib.usecases.submit import submit
from chalicelib.usecases.uploads import store_upload
from local.invoke import answer_invocations
from tests.usecases.test_pictures import picture

SEED = "5e" * 16
REPORTER, ADMIN = Actor(role=Role.REPORTER), Actor(role=Role.ADMIN, subject="admin-1")
AGENCY = Actor(role=Role.AGENCY, agency="bina-marga", subject="bm-1")
PHONE = "+6281234567890"
NAME, ADDRESS, MAIL = "Zulkarnaen Wirabumi", "Jl. Bengkuang No. 27 RT 03", "zulkarnaen@warga.example"
_ids = count()
NEEDLES = ("ulkarnae", "irabumi", "engkuang", "81234567890", MAIL)


def do(desk: Any, report: Report, action: Action, actor: Actor = REPORTER, **wish: Any) -> Report:
    body = json.dumps(wish).encode()
    return act(desk, report.tracking, action, actor, body, action_id=f"{action}:{next(_ids)}", seed=SEED)


def filed(desk: Any, number: str = "m-1", **told: Any) -> Report:
    message = Message(
        channel="jaki", id=number, sender=f"u-{number}", **{
            "text": f"Jalan berlubang. Saya {NAME}, {PHONE}", "name": NAME, "address": ADDRESS, "phone": PHONE,
            "raw": f"{NAME} {ADDRESS} {PHONE} {number}".encode(), "category": "jalan",
            "location": Location(lat=-6.1754, lng=106.8272, landmark="depan halte"), **told,
        },
    )  # fmt: skip
    return submit(desk, message, seed=SEED).report


def sms(number: int, text: str, phone: str = PHONE) -> Message:
    return Message(
        channel="sms", id=f"SM{number}", sender=phone, phone=phone, text=text, conversational=True, raw=text.encode()
    )


def put(desk: Any, report: Report, **fields: Any) -> Report:
    before = desk.reports.get(report.tracking)
    desk.reports.change(before, msgspec.structs.replace(before, version=before.version + 1, **fields))
    after: Report = desk.reports.get(report.tracking)
    return after


def at_work(desk: Any, report: Report) -> None:
    if report.status is Status.WAITING:
        do(desk, report, Action.DISPATCH, ADMIN, agency="bina-marga", category="jalan")
    do(desk, report, Action.ACCEPT, AGENCY)


def finished(desk: Any, report: Report) -> Report:
    at_work(desk, report)
    do(desk, report, Action.RESOLVE, AGENCY, note="Sudah ditambal")
    return do(desk, report, Action.VALIDATE, ADMIN)


def everything_stored(desk: Any) -> Iterator[tuple[str, bytes]]:
    """Every item of every table, and every object of every bucket with its name."""
    tables, s3 = client("dynamodb", desk.settings.region), client("s3", desk.settings.region)
    for name in tables.list_tables()["TableNames"]:
        for page in tables.get_paginator("scan").paginate(TableName=name):
            for item in page["Items"]:
                yield name, repr(item).encode()
    for bucket in s3.list_buckets()["Buckets"]:
        for each in s3.list_objects_v2(Bucket=bucket["Name"]).get("Contents", ()):
            yield (
                bucket["Name"],
                each["Key"].encode() + s3.get_object(Bucket=bucket["Name"], Key=each["Key"])["Body"].read(),
            )


def found(desk: Any, needles: tuple[str, ...]) -> list[tuple[str, str]]:
    stored = list(everything_stored(desk))
    return [(where, word) for word in needles for where, content in stored if word.lower().encode() in content.lower()]


def test_nothing_of_the_reporter_is_left_in_any_table_or_bucket(desk: Any, clock: Any) -> None:
    s3 = client("s3", desk.settings.region)
    s3.put_object(Bucket=desk.settings.mail_bucket, Key="inbound/a", Body=f"From: {MAIL}\n{NAME}".encode())
    report = filed(desk, stored="inbound/a", email=MAIL)
    photo = store_upload(desk, picture(), b"0123456789ab")
    at_work(desk, report)
    do(desk, report, Action.ADD, text="Makin dalam sejak Senin", photos=[photo])
    desk.buckets.keep(photo, desk.sealer.seal_bytes(NAME.encode(), photo, 0))
    desk.photos.found(
        Photo(id=photo, state="ready", lat=-6.2, lng=106.8, taken_at="2026-11-20T10:00:00+00:00"), now=desk.now()
    )
    do(desk, report, Action.NOTIFY, way="email", email=MAIL)
    do(desk, report, Action.RESOLVE, AGENCY, note="Sudah ditambal")
    do(desk, report, Action.DISPUTE, reason="Belum ditambal sama sekali")
    desk.conversations.asked(desk.sender_hash("sms", PHONE), report.tracking, now=desk.now())
    before = desk.reports.get(report.tracking)
    desk.finding.mark(report.tracking, before.marks)
    assert opened(desk, before, Role.ADMIN).email == MAIL
    erase(desk, report.tracking, action_id="e", seed=SEED)
    images = {"OldImage": _image(before), "NewImage": _image(desk.reports.get(report.tracking))}
    lookups.keep_lookups(desk, images)
    after = desk.reports.get(report.tracking)
    assert (after.sealed, after.marks, after.known_from, after.answerable, after.way) == ((), (), (), False, "")
    assert after.sender != before.sender
    assert broken_at(after.entries()) is None
    assert [entry.hash for entry in after.entries()][: before.seq] == [entry.hash for entry in before.entries()]
    assert found(desk, (*NEEDLES, "Makin dalam", "Belum ditambal")) == []
    assert found(desk, before.marks) == []
    assert "sealed" not in next(item for where, item in everything_stored(desk) if where.endswith("reports")).decode()
    assert desk.conversations.recall(desk.sender_hash("sms", PHONE)).asked == ""
    known = desk.photos.get(photo)
    assert (known.lat, known.lng, known.taken_at, known.state) == (None, None, "", "ready")
    assert "Jalan berlubang" in after.problem
    assert after.status is Status.AWAITING_VALIDATION
    with pytest.raises(NotAllowedNow):
        open_identity(desk, report.tracking, ADMIN, why="uji", action_id="1", seed=SEED)
    erase(desk, report.tracking, action_id="e2", seed=SEED)
    assert desk.reports.get(report.tracking) == after


def _image(report: Report) -> dict[str, Any]:
    facts = msgspec.json.encode(report).decode()
    return {"tracking": {"S": report.tracking}, "facts": {"S": facts}, "area": {"S": "-"}}


STEPS = ("add", "notify", "answer", "dispute", "rate", "withdraw", "consent")
_PART = st.text("bcdfghjklmnpqrstvwz", min_size=6, max_size=9).map(str.title)


@given(
    name=st.lists(_PART, min_size=1, max_size=3).map(" ".join),
    street=_PART,
    steps=st.lists(st.sampled_from(STEPS), max_size=5),
    wish=st.sampled_from(["public", "private", "confidential"]),
    by=st.sampled_from(["jaki", "sms"]),
)
@hypothesis_settings(max_examples=6, phases=[Phase.generate])
def test_whatever_was_said_before(
    desk: Any, clock: Any, name: str, street: str, steps: list[str], wish: str, by: str
) -> None:
    digits = 30_000_000 + next(_ids)  # the cloud is the same for all examples
    phone, mail, secret = f"+62812{digits}", f"{name.split()[0].lower()}@{street.lower()}.example", f"xq{digits}"
    address = f"Jl. {street} No. 27"
    words = f"Masalah: jalan rusak {secret}. Lokasi: Jl Melati RT 3 Menteng. Nama: {name}. Alamat: {address}"
    if by == "sms":
        heard = hear(desk, sms(digits, words, phone), seed=f"{digits:032x}").report
        assert heard is not None
        report = heard
        if wish != "public":
            report = put(desk, report, **{wish: True})
    else:
        wishes = {} if wish == "public" else {wish: True}
        report = filed(desk, f"m-{digits}", text=words, name=name, address=address, phone=phone, email=mail, **wishes)
    if report.status is Status.WAITING:
        do(desk, report, Action.DISPATCH, ADMIN, agency="bina-marga", category="jalan")
    calls: dict[str, tuple[Action, Any]] = {
        "add": (Action.ADD, {"text": f"kata {secret} saya {name}"}),
        "notify": (Action.NOTIFY, {"way": "email", "email": mail}),
        "answer": (Action.ANSWER, {"text": f"jawab {secret} {address}"}),
        "dispute": (Action.DISPUTE, {"reason": f"belum {secret}"}),
        "rate": (Action.RATE, {"stars": 1, "word": f"buruk {secret}"}),
        "withdraw": (Action.WITHDRAW, {"reason": f"batal {secret}"}),
        "consent": (Action.WITHDRAW_CONSENT, {}),
    }
    for index, step in enumerate(steps):
        clock.pass_by(seconds=1)
        if index == 2 and desk.reports.get(report.tracking).status is Status.COORDINATION:
            finished(desk, desk.reports.get(report.tracking))
        action, told = calls[step]
        try:
            do(desk, report, action, **told)
        except (NotAllowedNow, Busy):
            continue
    erase(desk, report.tracking, action_id="e", seed=SEED)
    after = desk.reports.get(report.tracking)
    assert broken_at(after.entries()) is None
    needles = (*name.split(), street, phone.removeprefix("+"), mail)
    assert found(desk, needles) == []
    left = msgspec.json.encode(msgspec.structs.replace(after, problem="")).decode()
    assert secret not in left
    if after.hidden:
        assert found(desk, (secret,)) == []
        assert (after.problem, after.place.address, after.place.lat) == ("", "", None)
    sealed_about(desk, report.tracking, seed=SEED)
    assert desk.reports.get(report.tracking) == after


def test_a_conversation_begins_anew_after_erasing(desk: Any, clock: Any) -> None:
    words = f"Masalah: jalan rusak. Lokasi: Jl Melati RT 3 Menteng. Nama: {NAME}. Alamat: {ADDRESS}"
    first = hear(desk, sms(1, words), seed="01" * 16).report
    assert first is not None
    erase(desk, first.tracking, action_id="e", seed=SEED)
    seq = desk.reports.get(first.tracking).seq
    recalled = desk.conversations.recall(desk.sender_hash("sms", PHONE))
    assert (recalled.open, recalled.log, first.tracking in recalled.seen.values()) == ("", (), False)
    again = hear(desk, sms(1, words), seed="01" * 16).report  # the provider delivers it once more
    assert again is not None
    assert again.tracking == first.tracking
    assert again.sealed == ()
    clock.pass_by(seconds=5)
    second = hear(desk, sms(2, "Lampu jalan mati di Jl Kenanga Gondangdia"), seed="02" * 16).report
    assert second is not None
    assert second.tracking != first.tracking
    known, tracking = first_of(desk, msgspec.structs.replace(sms(3, "lain"), edits="SM1"))
    assert edit(desk, sms(3, "lain"), known, tracking or first.tracking, seed=SEED) is not None
    assert desk.reports.get(first.tracking).seq == seq


def test_what_was_split_from_it_and_what_was_said_of_the_leader_go_too(desk: Any) -> None:
    first, leader = (
        filed(desk),
        filed(desk, "m-2", name="Siti Aminah", phone="+6281299999999", text="Jalan amblas", raw=b"{}"),
    )
    wish = {"problem": "Lampu mati", "category": "penerangan-jalan-umum"}
    split = do(desk, first, Action.SPLIT, ADMIN, **wish)
    second = desk.reports.get(split.entries()[-1].told.data["into"])
    do(desk, second, Action.MERGE, ADMIN, into=leader.tracking)
    photo = store_upload(desk, picture(), b"0123456789ab")
    led = do(desk, second, Action.ADD, text=f"Rahasia saya {NAME}", photos=[photo])
    assert led.tracking == leader.tracking
    assert led.entries()[-1].told.data["for"] == second.tracking
    assert NAME.split()[0] not in led.entries()[-1].told.note
    do(desk, leader, Action.ADD, text="kata pemimpin")
    seals = len(desk.reports.get(leader.tracking).sealed)
    told = sealed_about(desk, second.tracking, seed=SEED)
    assert [each["raw"] for each in told["messages"]] == ["Rahasia saya [nama]"]
    full = everything(desk, desk.reports.get(second.tracking), told, "id")
    assert [each["tracking"] for each in full["words_at_leader"]] == [leader.tracking]
    of_leader = sealed_about(desk, leader.tracking, seed=SEED)[
        "messages"
    ]  # what others said of it is not theirs to read
    assert [each["raw"] for each in of_leader] == ["{}", "kata pemimpin"]
    assert erase(desk, second.tracking, action_id="e", seed=SEED) == [second.tracking, first.tracking]
    after = desk.reports.get(leader.tracking)
    assert len(after.sealed) == seals - 1
    assert broken_at(after.entries()) is None
    assert opened(desk, after, Role.ADMIN).name == "Siti Aminah"
    assert "kata pemimpin" in [entry.told.note for entry in after.entries()]
    assert found(desk, (*NEEDLES, "Rahasia")) == []
    assert desk.reports.get(first.tracking).erased
    assert opened(desk, desk.reports.get(second.tracking), Role.ADMIN).name == ""


def test_who_erases_the_leader_erases_nothing_of_a_merged_ones_reporter(desk: Any) -> None:
    leader = filed(desk)
    other = filed(desk, "m-2", name="Siti Aminah", phone="+6281299999999", text="Jalan amblas", raw=b"{}")
    do(desk, other, Action.MERGE, ADMIN, into=leader.tracking)
    photo = store_upload(desk, picture(), b"0123456789ab")
    do(desk, other, Action.ADD, text="foto lubangnya", photos=[photo])
    forgotten: list[str] = []
    desk.buckets.forget_picture = lambda number, **_: forgotten.append(number)
    for _ in range(2):
        erase(desk, leader.tracking, action_id="e", seed=SEED)
        after = desk.reports.get(leader.tracking)
        assert (len(after.sealed), photo in forgotten) == (1, False)
        assert [entry.event for entry in after.entries()].count("erased") == 1
    assert [each["raw"] for each in sealed_about(desk, other.tracking, seed=SEED)["messages"]] == [
        "{}",
        "foto lubangnya",
    ]
    assert sealed_about(desk, leader.tracking, seed=SEED)["messages"] == []
    erase(desk, other.tracking, action_id="f", seed=SEED)
    assert (desk.reports.get(leader.tracking).sealed, photo in forgotten) == ((), True)


def test_a_failure_on_the_way_is_made_good_by_the_next_try(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    report = filed(desk)
    with monkeypatch.context() as patch:
        patch.setattr(desk.reports, "change", lambda *_: (_ for _ in ()).throw(TimeoutError))
        with pytest.raises(TimeoutError):
            erase(desk, report.tracking, action_id="e", seed=SEED)
    erase(desk, report.tracking, action_id="e", seed=SEED)
    assert desk.reports.get(report.tracking).erased


def test_not_while_it_is_half_split(desk: Any) -> None:
    report = put(desk, filed(desk), begun="{}")
    with pytest.raises(Conflict):
        erase(desk, report.tracking, action_id="e", seed=SEED)


def test_what_is_said_after_it_can_be_erased_again(desk: Any, clock: Any) -> None:
    report = filed(desk)
    finished(desk, report)
    erase(desk, report.tracking, action_id="e", seed=SEED)
    do(desk, report, Action.DISPUTE, reason="masih bolong")
    assert [entry.event for entry in desk.reports.get(report.tracking).entries()][-1] == "reopened"
    erase(desk, report.tracking, action_id="e", seed=SEED)
    assert found(desk, ("masih bolong",)) == []
    assert broken_at(desk.reports.get(report.tracking).entries()) is None


@pytest.fixture
def identity(desk: Any) -> None:
    """The function that may open seals, answering in the process."""
    answer_invocations(
        client("lambda", desk.settings.region), "local", lambda _, event: asked_of_identity(desk, event, seed=SEED)
    )


@pytest.mark.usefixtures("identity")
def test_who_reported_is_erased_when_the_time_is_over(desk: Any, clock: Any) -> None:
    kept = desk.city.policy.identity_retention_days
    old, still_open = finished(desk, filed(desk)), filed(desk, "m-2")
    clock.pass_by(days=kept - 1)
    assert reconcile(desk, days=1, claimant="c").erased == 0
    clock.pass_by(days=1)
    assert reconcile(desk, days=1, claimant="c")[2:] == (0, 1)
    after = desk.reports.get(old.tracking)
    assert (after.erased, after.entries()[-1].told.data["why"]) == (True, "retention")
    assert not desk.reports.get(still_open.tracking).erased
    assert reconcile(desk, days=1, claimant="c").erased == 0


@pytest.mark.usefixtures("identity")
def test_a_shorter_retention_reaches_what_was_closed_long_before(desk: Any, clock: Any) -> None:
    old = finished(desk, filed(desk))
    clock.pass_by(days=100)
    desk.city = msgspec.structs.replace(
        desk.city, policy=msgspec.structs.replace(desk.city.policy, identity_retention_days=60)
    )
    for _ in range(9):
        reconcile(desk, days=3, claimant="c")
        clock.pass_by(days=1)
    assert desk.reports.get(old.tracking).erased


def test_consent_withdrawn_closes_the_identity_for_all_and_sends_nothing(desk: Any) -> None:
    report = filed(desk)
    do(desk, report, Action.WITHDRAW_CONSENT)
    after = desk.reports.get(report.tracking)
    assert (after.hidden, after.answerable, after.entries()[-1].told.public) == (True, False, False)
    for actor in (ADMIN, AGENCY, Actor(role=Role.COUNTER, subject="c")):
        with pytest.raises(NotYours) as refused:
            open_identity(desk, report.tracking, actor, why="uji", action_id="1", seed=SEED)
        assert refused.value.details["reason"] == "consent_withdrawn"
    later = filed(desk, "m-9")
    known = put(desk, later, known_from=(report.tracking,), sealed=())
    assert opened(desk, known, Role.ADMIN).name == ""
    at_work(desk, after)
    assert not reply(desk, Event(report.tracking, desk.reports.get(report.tracking).seq), claimant="c")
    public = do(desk, report, Action.CORRECT, ADMIN, private=False)
    assert public.hidden


def test_a_pause_ends_with_the_consent(desk: Any) -> None:
    report = filed(desk)
    do(desk, report, Action.ASK, ADMIN, question="Di mana?")
    assert desk.reports.get(report.tracking).pause is not None
    assert do(desk, report, Action.WITHDRAW_CONSENT).pause is None


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """What went out: (how, to whom, text)."""
    out: list[tuple[str, str, str]] = []
    monkeypatch.setattr(ways, "by_sms", lambda channel, secrets, phone, text: out.append(("sms", phone, text)))
    monkeypatch.setattr(ways, "by_email", lambda ses, settings, to: out.append(("email", to.to.email, to.body)))
    monkeypatch.setattr(ways, "by_webhook", lambda *_, **__: out.append(("app", "", "")))
    return out


def told(desk: Any, report: Report) -> None:
    reply(desk, Event(report.tracking, desk.reports.get(report.tracking).seq), claimant="c")


def test_by_mail_by_text_message_or_not_at_all(desk: Any, sent: list[tuple[str, str, str]], clock: Any) -> None:
    report = filed(desk)
    do(desk, report, Action.NOTIFY, way="email", email=MAIL)
    told(desk, report)
    ((how, whom, words),) = sent
    assert (how, whom) == ("email", MAIL)
    assert "BERHENTI" in words
    at_work(desk, report)
    told(desk, report)
    assert sent[-1][:2] == ("email", MAIL)
    do(desk, report, Action.NOTIFY, way="sms", phone="0812 9999 8888")
    told(desk, report)
    assert sent[-1][:2] == ("sms", "+6281299998888")
    assert "BERHENTI" in sent[-1][2]
    do(desk, report, Action.NOTIFY, way="none")
    told(desk, report)
    do(desk, report, Action.RESOLVE, AGENCY, note="Selesai")
    told(desk, report)
    assert len(sent) == 3
    assert desk.reports.get(report.tracking).answerable
    do(desk, report, Action.NOTIFY, way="email")  # known from before
    told(desk, report)
    do(desk, report, Action.VALIDATE, ADMIN)
    told(desk, report)
    assert [each[:2] for each in sent[3:]] == [("email", MAIL)]
    do(desk, report, Action.NOTIFY, way="channel")
    do(desk, report, Action.DISPUTE, reason="belum")
    told(desk, report)
    assert sent[-1][0] == "app"
    assert opened(desk, desk.reports.get(report.tracking), Role.ADMIN).phone == PHONE
    assert found(desk, ("warga.example", "81299998888")) == []


def test_a_stranger_who_says_stop_hears_nothing_more(desk: Any, sent: list[tuple[str, str, str]], clock: Any) -> None:
    report = filed(desk)
    do(desk, report, Action.NOTIFY, way="sms", phone="081299998888")
    told(desk, report)
    clock.pass_by(minutes=1)
    hear(desk, sms(1, "BERHENTI", "+6281299998888"), seed=SEED)
    at_work(desk, report)
    told(desk, report)
    assert len(sent) == 1
    clock.pass_by(minutes=1)
    for way in ("none", "sms"):  # who has the key insists: the stranger's word counts
        do(desk, report, Action.NOTIFY, way=way, **({"phone": "081299998888"} if way == "sms" else {}))
        told(desk, report)
    do(desk, report, Action.RESOLVE, AGENCY, note="Selesai")
    told(desk, report)
    assert len(sent) == 1
    hear(desk, sms(2, "MULAI", "+6281299998888"), seed=SEED)
    do(desk, report, Action.VALIDATE, ADMIN)
    told(desk, report)
    assert len(sent) == 2


def test_the_same_contact_again_is_no_new_one(desk: Any, sent: list[tuple[str, str, str]], clock: Any) -> None:
    report = filed(desk)
    for way in ("email", "email", "none", "email"):
        clock.pass_by(seconds=1)
        do(desk, report, Action.NOTIFY, way=way, **({"email": MAIL} if way == "email" else {}))
        told(desk, report)
    assert [each[:2] for each in sent] == [("email", MAIL)]
    after = desk.reports.get(report.tracking)
    assert (after.way, len(after.sealed)) == ("email", len(report.sealed) + 1)


def test_nobody_is_written_to_by_the_reports_of_many(desk: Any, clock: Any) -> None:
    reports = [filed(desk, f"m-{number}") for number in range(5)]
    contacts = [{"way": "email", "email": f"kor.ban+{number}@warga.example"} for number in range(3)]
    for report, wish in zip(reports, contacts, strict=False):
        do(desk, report, Action.NOTIFY, **wish)
    with pytest.raises(Busy):
        do(desk, reports[3], Action.NOTIFY, way="email", email="korban@warga.example")
    do(desk, reports[3], Action.NOTIFY, way="email", email="lain@warga.example")
    clock.pass_by(days=1)
    do(desk, reports[4], Action.NOTIFY, way="email", email="korban@warga.example")


@pytest.mark.parametrize("phone", ["+19005550199", "+88213123456", "0809 1234 567", "021 3822 255"])
def test_only_mobile_phones_of_the_country_are_written_to(desk: Any, phone: str) -> None:
    report = filed(desk)
    with pytest.raises(Invalid) as refused:
        do(desk, report, Action.NOTIFY, way="sms", phone=phone)
    assert list(refused.value.details) == ["phone"]


def test_a_contact_that_was_typed_in_is_not_the_reporter(desk: Any) -> None:
    report = filed(desk)
    do(desk, report, Action.NOTIFY, way="sms", phone="081299998888")
    hear(desk, sms(3, f"BATAL {report.tracking}", "+6281299998888"), seed=SEED)
    hear(desk, sms(4, f"BATAL {report.tracking}", PHONE), seed=SEED)
    entries = [entry.event for entry in desk.reports.get(report.tracking).entries()]
    assert entries.count("withdrawn") == 1, "only the phone that the report came with"


def test_nobody_has_strangers_written_to_by_the_dozen(desk: Any, clock: Any) -> None:
    report = filed(desk)
    for index in range(3):
        clock.pass_by(seconds=1)
        do(desk, report, Action.NOTIFY, way="email", email=f"a{index}@contoh.id")
    with pytest.raises(Busy):
        do(desk, report, Action.NOTIFY, way="email", email="a9@contoh.id")
    do(desk, report, Action.NOTIFY, way="none")
    clock.pass_by(days=1, seconds=1)
    do(desk, report, Action.NOTIFY, way="email", email="a9@contoh.id")


def test_photos_are_claimed_once_and_wait_to_be_looked_at(desk: Any) -> None:
    report, other = filed(desk), filed(desk, "m-2")
    photo = store_upload(desk, picture(), b"0123456789ab")
    after = do(desk, report, Action.ADD, photos=[photo])
    assert after.photos == (f"pending:{photo}",)
    assert after.entries()[-1].told.data["pictures"] == [photo]
    with pytest.raises(Invalid) as refused:
        do(desk, other, Action.ADD, photos=[photo])
    assert "in use" in str(refused.value.details["photos"])
    with pytest.raises(Invalid):
        do(desk, report, Action.ADD, text="lagi", photos=[photo])


def test_what_was_missing_may_be_added(desk: Any) -> None:
    report = hear(desk, sms(1, "Masalah: jalan rusak"), seed=SEED).report
    assert report is not None
    assert report.status is Status.INCOMPLETE
    after = do(desk, report, Action.ADD, text=f"Lokasi: Jl Melati RT 3 Menteng. Nama: {NAME}. Alamat: {ADDRESS}")
    assert after.status is not Status.INCOMPLETE
    assert found(desk, ("ulkarnae", "engkuang")) == []


def test_a_word_for_the_validator_stays_when_they_accept_all_the_same(desk: Any) -> None:
    """What the figures go by: a dispute while the work awaits its validation is in the history, and acceptance adds nothing."""
    report = filed(desk)
    at_work(desk, report)
    do(desk, report, Action.RESOLVE, AGENCY, note="Selesai")
    do(desk, report, Action.DISPUTE, reason="belum")
    after = do(desk, report, Action.VALIDATE, ADMIN)
    events = [entry.event for entry in after.entries()]
    assert events[-3:] == ["resolved", "disputed", "validated"]
    erase(desk, report.tracking, action_id="e", seed=SEED)
    assert [entry.event for entry in desk.reports.get(report.tracking).entries()][: len(events)] == events


def test_the_days_are_counted_from_when_it_was_done(desk: Any, clock: Any) -> None:
    report = finished(desk, filed(desk))
    until = report.done_at() + timedelta(days=desk.city.policy.reopen_days)
    clock.instant = until
    do(desk, report, Action.CONFIRM)
    clock.instant = until + timedelta(seconds=1)
    late: list[tuple[Action, Any]] = [(Action.CONFIRM, {}), (Action.DISPUTE, {}), (Action.RATE, {"stars": 5})]
    for action, wish in late:
        with pytest.raises(NotAllowedNow) as refused:
            do(desk, report, action, **wish)
        assert refused.value.details["until"] == until.isoformat()
