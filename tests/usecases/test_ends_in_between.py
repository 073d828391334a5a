"""What a review found: attempts that end between two writes, repetitions under other circumstances, people who are not
meant. Each was a defect once.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from chalicelib.domain.errors import Invalid, NotYours, ReportError
from chalicelib.domain.lifecycle import Action, Role
from chalicelib.usecases.act import Actor, act
from chalicelib.usecases.converse import converse
from chalicelib.usecases.reconcile import reconcile
from chalicelib.usecases.relay import relay
from chalicelib.usecases.submit import submit
from tests.faults import failing
from tests.usecases.test_converse import sms
from tests.usecases.test_outbound_path import record_of
from tests.usecases.test_submit import COMPLETE, SEED

ADMIN = Actor(role=Role.ADMIN, subject="a")
BM = Actor(role=Role.AGENCY, agency="bina-marga", subject="u1")
FULL = "Lampu jalan mati di Jl Melati RT 3 Menteng. Nama: Siti. Alamat: Jl Bangka 7"


def all_reports(desk):
    from chalicelib.store.client import client

    items = client("dynamodb", desk.settings.region).scan(TableName="tanggap-local-reports")["Items"]
    return [desk.reports.get(i["tracking"]["S"]) for i in items]


def text_in(desk, needle):
    return any(needle in msgspec.json.encode(msgspec.structs.replace(r, sealed=())).decode() for r in all_reports(desk))


def do(desk, t, action, actor, **wish):
    key = wish.pop("key", f"{action}:{desk.now()}:{id(wish)}")
    return act(desk, t, action, actor, json.dumps(wish).encode(), action_id=key, seed=SEED)


def test_lost_join_timeout_after_effect_on_ended_conversation(desk, clock):
    r = converse(desk, sms(1, FULL), seed=SEED).report
    do(desk, r.tracking, Action.REJECT, ADMIN, reason="tidak benar")
    clock.pass_by(minutes=5)
    with failing("dynamodb", "UpdateItem", "timeout-after"):
        s = converse(desk, sms(2, "Pohon tumbang di Jl Kemang Raya no 5"), seed=SEED)
    assert text_in(desk, "Pohon tumbang"), f"LOST; answered {s.report.tracking} {s.report.status}"


def test_misfiled_join_timeout_after_effect_silent(desk, clock):
    r = converse(desk, sms(1, FULL), seed=SEED).report
    clock.pass_by(days=3)
    with failing("dynamodb", "UpdateItem", "timeout-after"):
        s = converse(desk, sms(2, "Pohon tumbang di Jl Kemang Raya no 5"), seed=SEED)
    assert s.report.tracking != r.tracking, "a new problem was joined to a report of 3 days ago"


def test_crash_between_join_and_renew_then_retry(desk, clock, monkeypatch):
    r = converse(desk, sms(1, FULL), seed=SEED).report
    do(desk, r.tracking, Action.REJECT, ADMIN, reason="tidak benar")
    clock.pass_by(hours=5)
    with monkeypatch.context() as broken:

        def fails(*_: Any, **__: Any) -> None:
            raise TimeoutError

        broken.setattr(desk.conversations, "renew", fails)
        with pytest.raises(TimeoutError):
            converse(desk, sms(2, "Pohon tumbang di Jl Kemang Raya no 5"), seed=SEED)
    s = converse(desk, sms(2, "Pohon tumbang di Jl Kemang Raya no 5"), seed=SEED)  # the provider's / Lambda's retry
    assert text_in(desk, "Pohon tumbang"), f"LOST; answered {s.report.tracking} {s.report.status}"


def test_second_message_lost_between_writes_never_told(desk, monkeypatch):
    converse(desk, sms(1, "Jalan rusak di Jl Kemang Raya no 5"), seed=SEED)
    with monkeypatch.context() as broken:

        def fails(*_: Any, **__: Any) -> None:
            raise TimeoutError

        broken.setattr(desk.reports, "change", fails)
        with pytest.raises(TimeoutError):
            converse(desk, sms(2, "Sudah ada korban motor jatuh, lubangnya dalam"), seed=SEED)
    converse(desk, sms(3, "Nama: Siti. Alamat: Jl Bangka 7"), seed=SEED)
    assert text_in(desk, "korban motor"), "message 2 is in no report"


def test_two_first_messages_at_once_keep_both_seals(desk, monkeypatch):
    real = desk.reports.add
    state = {}

    def add(report):
        if "b" not in state:
            state["b"] = 1
            state["r"] = converse(desk, sms(2, "Lubangnya dalam sekali"), seed=SEED)
        return real(report)

    monkeypatch.setattr(desk.reports, "add", add)
    converse(desk, sms(1, FULL), seed=SEED)
    reps = all_reports(desk)
    assert len(reps) == 1
    told = desk.sealer.open_all(reps[0].sealed, reps[0].tracking, desk.ticks())
    assert reps[0].missing == ()
    assert told.name == "Siti", f"report is complete but the seal has no name: {told}"


def test_answer_to_a_question_after_half_an_hour_of_silence(desk, clock):
    r = converse(desk, sms(1, FULL), seed=SEED).report
    do(desk, r.tracking, Action.DISPATCH, ADMIN, agency="bina-marga")
    clock.pass_by(hours=5)
    do(desk, r.tracking, Action.ASK, BM, question="Tiang yang mana?")
    assert desk.reports.get(r.tracking).pause
    clock.pass_by(hours=1)
    s = converse(desk, sms(2, "Tiang depan masjid"), seed=SEED)
    assert s.report.tracking == r.tracking, (
        f"the answer made a new report {s.report.tracking} {s.report.status}; pause still on: {desk.reports.get(r.tracking).pause}"
    )


def test_quote_in_key(desk):
    r = submit(desk, COMPLETE, seed=SEED).report
    for _ in range(2):
        do(desk, r.tracking, Action.NOTE, ADMIN, note="dicek", key='admin::note:"8e03978e-40d5"')
    n = [e for e in desk.reports.get(r.tracking).entries() if e.event == "noted"]
    assert len(n) == 1, len(n)


def test_message_id_with_quote(desk):
    from msgspec.structs import replace

    converse(desk, sms(1, "Jalan rusak di Jl Kemang Raya no 5"), seed=SEED)
    m = replace(sms(2, "Lubangnya dalam sekali"), id='a"b')
    for _ in range(3):
        r = converse(desk, m, seed=SEED).report
    assert r.problem.count("dalam sekali") == 1, r.problem


def test_redacted_message_replayed(desk):
    r = converse(desk, sms(1, "Jalan rusak di Jl Kemang Raya no 5"), seed=SEED).report
    converse(desk, sms(2, "Ketua RT bajingan Slamet korupsi"), seed=SEED)
    seq = next(e.seq for e in desk.reports.get(r.tracking).entries() if e.event == "message_added")
    do(desk, r.tracking, Action.REDACT, ADMIN, problem="Jalan rusak", entries=[seq])
    assert not text_in(desk, "bajingan")
    converse(desk, sms(2, "Ketua RT bajingan Slamet korupsi"), seed=SEED)  # the provider's retry
    assert not text_in(desk, "bajingan"), "redacted words are back"


def test_identity_by_own_action_id(desk):
    from chalicelib.usecases.identity import open_identity

    r = submit(desk, msgspec.structs.replace(COMPLETE, anonymous=True), seed=SEED).report
    do(desk, r.tracking, Action.ACCEPT, BM, key="agency:bina-marga:accept:K")
    before = desk.reports.get(r.tracking).version
    with pytest.raises(NotYours):
        open_identity(desk, r.tracking, BM, why="x", action_id="agency:bina-marga:accept:K", seed=SEED)
    assert desk.reports.get(r.tracking).version == before


def test_has_listener_failure_doubles_publish(desk, published):
    r = submit(desk, COMPLETE, seed=SEED).report
    with failing("sns", "GetTopicAttributes", "500", times=3):
        relay(desk, record_of(desk, r), claimant="a")
    relay(desk, record_of(desk, r), claimant="b")
    n = [p for p in published if "agency" in p["TopicArn"]]
    assert len(n) == 1, f"agency told {len(n)} times"


def test_reconcile_tells_agency_old_messages(desk, clock, published):
    prev = None

    def step():
        nonlocal prev
        now = desk.reports.get(t)
        relay(desk, record_of(desk, now, prev), claimant=f"c{now.version}")
        prev = now

    t = converse(desk, sms(1, "Jalan rusak di Jl Kemang Raya no 5"), seed=SEED).report.tracking
    step()
    converse(desk, sms(2, "Lubangnya dalam sekali"), seed=SEED)
    step()
    converse(desk, sms(3, "Nama: Siti. Alamat: Jl Bangka 7"), seed=SEED)
    step()
    do(desk, t, Action.NOTE, ADMIN, note="telepon pelapor dulu")
    step()
    do(desk, t, Action.DISPATCH, ADMIN, agency="bina-marga")
    step()
    do(desk, t, Action.NOTE, BM, note="catatan internal bina marga")
    step()
    do(desk, t, Action.DISPATCH, ADMIN, agency="lingkungan-hidup")
    step()
    published.clear()
    clock.pass_by(hours=12)
    reconcile(desk, days=3, claimant="r")
    ag = [(p["TopicArn"].rsplit(":")[-1], p["Subject"]) for p in published if "agency" in p["TopicArn"]]
    assert not ag, f"nothing was missed, but the night run announces {len(ag)}: {ag}"


def test_reconcile_after_deliveries_ttl(desk, clock, published):
    r = submit(desk, COMPLETE, seed=SEED).report
    relay(desk, record_of(desk, r), claimant="a")
    clock.pass_by(days=401)
    from chalicelib.store.client import client

    db = client("dynamodb", desk.settings.region)
    for i in db.scan(TableName="tanggap-local-deliveries")["Items"]:
        if int(i["expires_at"]["N"]) < desk.now().timestamp():
            db.delete_item(
                TableName="tanggap-local-deliveries", Key={"tracking": i["tracking"], "destination": i["destination"]}
            )
    do(desk, r.tracking, Action.NOTE, ADMIN, note="arsip")
    published.clear()
    clock.pass_by(hours=1)
    reconcile(desk, days=3, claimant="r")
    old = [
        p
        for p in published
        if json.loads(json.loads(p["Message"])["default"] if "MessageStructure" in p else p["Message"])["data"]["seq"]
        <= 2
    ]
    assert not old, (
        f"{len(old)} announcements of 13 months ago go out again: {[p['TopicArn'].rsplit(':')[-1] for p in old]}"
    )


def test_disposition_fills_item(desk, clock):
    r = submit(desk, COMPLETE, seed=SEED).report
    err = None
    for i in range(100):
        try:
            do(desk, r.tracking, Action.DISPOSITION, BM, unit="Seksi", note="\U0001f6a7" * 5000, key=f"d{i}")
        except ReportError as error:
            err = error
            break
    from chalicelib.usecases.sweep import sweep

    clock.pass_by(days=10)
    s = [sweep(desk, seed=SEED) for _ in range(4)]
    assert err is not None
    assert sum(each.failed for each in s) == 0


def test_merge_cycle(desk, monkeypatch):
    a = submit(desk, COMPLETE, seed=SEED).report.tracking
    b = submit(desk, msgspec.structs.replace(COMPLETE, id="msg-2"), seed=SEED).report.tracking
    # T1 leads b, then crashes; another admin merges b into a; T1 is retried with its key
    real = desk.reports.change
    n = {"n": 0}

    def change(before, after):
        n["n"] += 1
        if n["n"] == 2:
            raise TimeoutError
        return real(before, after)

    with monkeypatch.context() as m:
        m.setattr(desk.reports, "change", change)
        with pytest.raises(TimeoutError):
            do(desk, a, Action.MERGE, ADMIN, into=b, key="k")
    with pytest.raises(Invalid):
        do(desk, b, Action.MERGE, ADMIN, into=a, key="k2")
    do(desk, a, Action.MERGE, ADMIN, into=b, key="k")
    assert not (desk.reports.get(a).terminal and desk.reports.get(b).terminal), (
        "both reports are merged into each other: nobody handles the problem"
    )


def test_answer_then_abandoned(desk, clock):
    from chalicelib.usecases.sweep import sweep

    r = submit(desk, msgspec.structs.replace(COMPLETE, address=""), seed=SEED).report
    assert r.status == "incomplete", r.status
    clock.pass_by(hours=25)
    sweep(desk, seed=SEED)
    rep = Actor(role=Role.REPORTER)
    act(
        desk,
        r.tracking,
        Action.ANSWER,
        rep,
        json.dumps({"text": "Alamat: Jl Mawar No 2, Menteng"}).encode(),
        action_id="x",
        seed=SEED,
    )
    clock.pass_by(hours=73)
    sweep(desk, seed=SEED)
    now = desk.reports.get(r.tracking)
    assert now.status != "abandoned", f"{[e.event for e in now.entries()]} missing {now.missing}"
