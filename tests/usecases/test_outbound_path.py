"""From a change to the people concerned: the relay, the replies, reconciling; once each, whatever fails once on the way."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from chalicelib.domain.errors import Busy
from chalicelib.domain.lifecycle import Action, Role
from chalicelib.outbound import ways
from chalicelib.outbound.senders.outcome import SendFailed, SendRefused
from chalicelib.store.deliveries import LEASE
from chalicelib.store.items import attributes, wire
from chalicelib.usecases.act import Actor, act
from chalicelib.usecases.converse import converse
from chalicelib.usecases.reconcile import reconcile
from chalicelib.usecases.relay import relay
from chalicelib.usecases.reply import Event, event_in, reply
from chalicelib.usecases.submit import submit
from tests.conftest import ROOT
from tests.faults import failing
from tests.usecases.test_converse import sms
from tests.usecases.test_submit import COMPLETE, SEED

AGENCY = Actor(role=Role.AGENCY, agency="bina-marga", subject="u1")
IDENTITY = ("Budi", "Santoso", "Mawar", "81234567890", "3456-7890")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What went out to citizens: (to whom, text)."""
    out: list[tuple[str, str]] = []

    def by_sms(channel: Any, secrets: Any, phone: str, text: str) -> None:
        out.append((phone, text))

    def by_webhook(secrets: Any, payload: dict[str, Any], **_: Any) -> None:
        out.append(("app", payload["message"]))

    monkeypatch.setattr(ways, "by_sms", by_sms)
    monkeypatch.setattr(ways, "by_webhook", by_webhook)
    return out


def record_of(desk: Any, after: Any, before: Any = None) -> dict[str, Any]:
    images = {"NewImage": image(desk, after), "SequenceNumber": "1"}
    if before is not None:
        images["OldImage"] = image(desk, before)
    return {"eventName": "MODIFY" if before else "INSERT", "dynamodb": images}


def image(desk: Any, report: Any) -> dict[str, Any]:
    return {"tracking": {"S": report.tracking}, **wire(attributes(report, desk.city))}


def of_agencies(published: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [params for params in published if ":tanggap-local-agency-" in params["TopicArn"]]


def test_a_new_report_is_told_to_its_agency_and_to_the_system(desk: Any, published: list[dict[str, Any]]) -> None:
    report = submit(desk, COMPLETE, seed=SEED).report
    assert relay(desk, record_of(desk, report), claimant="a") == 3
    (to_agency,) = of_agencies(published)
    assert to_agency["TopicArn"].endswith("tanggap-local-agency-bina-marga")
    event = json.loads(json.loads(to_agency["Message"])["default"])
    assert event["specversion"] == "1.0"
    assert event["id"] == f"{report.tracking}#2"
    assert event["data"]["event"] == "dispatched"
    attributes_sent = {name: each["StringValue"] for name, each in to_agency["MessageAttributes"].items()}
    assert attributes_sent == {
        "type": "id.tanggap.report.dispatched",
        "agency": "bina-marga",
        "category": "jalan",
        "area": "31.71.01.1001",
        "level": "0",
    }
    assert len(published) == 3
    for params in published:
        assert not [word for word in IDENTITY if word in json.dumps(params)]


UNIT = "suku-dinas-bina-marga-jakarta-pusat"


def test_a_disposition_is_announced_to_the_sub_unit(desk: Any, published: list[dict[str, Any]]) -> None:
    before = submit(desk, COMPLETE, seed=SEED).report
    relay(desk, record_of(desk, before), claimant="0")
    published.clear()
    body = msgspec.json.encode({"unit": UNIT, "note": "Bawa aspal dingin"})
    report = act(desk, before.tracking, Action.DISPOSITION, AGENCY, body, action_id="d1", seed=SEED)
    relay(desk, record_of(desk, report, before=before), claimant="a")
    *_, to_unit = of_agencies(published)  # its topic is made when it is first needed
    assert {each["TopicArn"].partition("-agency-")[2] for each in of_agencies(published)} == {UNIT}
    texts = json.loads(to_unit["Message"])
    assert "Bawa aspal dingin" in texts["email"]
    assert report.tracking in texts["sms"]
    assert not texts["sms"].startswith("agency_sms.")
    published.clear()
    again = act(
        desk, before.tracking, Action.NOTE, Actor(role=Role.ADMIN), b'{"note": "Segera"}', action_id="n", seed=SEED
    )
    relay(desk, record_of(desk, again, before=report), claimant="b")
    assert [each["TopicArn"].partition("-agency-")[2] for each in of_agencies(published)] == ["bina-marga", UNIT]


def test_the_reporter_named_in_a_disposition_is_taken_out_and_an_officer_is_not(desk: Any) -> None:
    report = submit(desk, COMPLETE, seed=SEED).report
    body = msgspec.json.encode({"unit": "Regu 7, Pak Slamet; jemput Santoso"})
    after = act(desk, report.tracking, Action.DISPOSITION, AGENCY, body, action_id="d1", seed=SEED)
    assert after.unit == "Regu 7, Pak Slamet; jemput [nama]"


def test_a_record_relayed_twice_is_announced_once(desk: Any, published: list[dict[str, Any]]) -> None:
    record = record_of(desk, submit(desk, COMPLETE, seed=SEED).report)
    relay(desk, record, claimant="a")
    published.clear()
    assert relay(desk, record, claimant="b") == 0
    assert published == []


def test_records_that_add_no_history_are_nothing(desk: Any) -> None:
    report = submit(desk, COMPLETE, seed=SEED).report
    assert relay(desk, {"eventName": "REMOVE", "dynamodb": {"OldImage": {}}}, claimant="a") == 0
    assert relay(desk, record_of(desk, report, before=report), claimant="a") == 0


@pytest.mark.parametrize("kind", ["throttle", "500", "timeout-before", "timeout-after"])
@pytest.mark.parametrize(("service", "operation"), [("dynamodb", "UpdateItem"), ("sns", "Publish")])
@pytest.mark.parametrize("times", [1, 3])
def test_what_fails_on_the_way_is_made_good_and_told_once(
    desk: Any, published: list[dict[str, Any]], clock: Any, service: str, operation: str, kind: str, times: int
) -> None:
    """Once: botocore's own retry absorbs it. Three times: the whole call fails, and Lambda brings the record again."""
    desk.topics.subscribe("bina-marga", "sqs", "arn:aws:sqs:ap-southeast-3:123456789012:tanggap-local-replies")
    record = record_of(desk, submit(desk, COMPLETE, seed=SEED).report)
    with failing(service, operation, kind, times=times) as failed:
        for attempt in range(4):
            try:
                relay(desk, record, claimant=f"c{attempt}")
                break
            except Exception:
                clock.pass_by(seconds=LEASE.total_seconds() + 5)
    assert len(failed) == times
    ids = [json.loads(json.loads(params["Message"])["default"])["id"] for params in of_agencies(published)]
    effects = {"sns": times if kind == "timeout-after" and times == 3 else 0}.get(service, 0)
    assert len(ids) <= 2 + (1 if effects else 0)
    delivered = desk.deliveries.of(record["dynamodb"]["NewImage"]["tracking"]["S"])
    assert {state for state, _ in delivered.values()} == {"sent"}


def test_a_fresh_claim_keeps_others_away_and_a_stale_one_is_taken_over_once(desk: Any, clock: Any) -> None:
    claim = desk.deliveries.claim
    assert claim("JKT-1", 1, "events", now=clock.instant, claimant="a")
    with pytest.raises(Busy):
        claim("JKT-1", 1, "events", now=clock.instant, claimant="b")
    clock.pass_by(seconds=LEASE.total_seconds() + 1)
    assert claim("JKT-1", 1, "events", now=clock.instant, claimant="c")
    clock.pass_by(seconds=LEASE.total_seconds() + 1)
    assert not claim("JKT-1", 1, "events", now=clock.instant, claimant="d")


def test_the_acknowledgement_goes_out_once_in_one_segment(desk: Any, sent: list[tuple[str, str]]) -> None:
    report = converse(desk, sms(1, "Lampu jalan mati di Jl Melati RT 3 Menteng"), seed=SEED).report
    event = Event(report.tracking, 1)
    assert reply(desk, event, claimant="a")
    assert not reply(desk, event, claimant="b")
    ((to, text),) = sent
    assert to == "+6281234567890"
    assert report.tracking in text
    assert "nama" in text
    assert "alamat" in text
    assert len(text) <= 160


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("kind", ["throttle", "500", "timeout-before", "timeout-after"])
@pytest.mark.parametrize(
    ("service", "operation"), [("dynamodb", "UpdateItem"), ("dynamodb", "GetItem"), ("kms", "Decrypt")]
)
def test_no_reply_is_lost_or_sent_twice_when_a_service_fails(
    desk: Any, sent: list[tuple[str, str]], clock: Any, service: str, operation: str, kind: str, times: int
) -> None:
    report = converse(desk, sms(1, "Lampu jalan mati di Jl Melati RT 3 Menteng"), seed=SEED).report
    with failing(service, operation, kind, times=times):
        for attempt in range(4):
            try:
                reply(desk, Event(report.tracking, 1), claimant=f"c{attempt}")
                break
            except Exception:
                clock.pass_by(seconds=LEASE.total_seconds() + 5)
    assert len(sent) == 1


def test_a_provider_that_is_away_is_tried_again_and_one_that_refuses_is_not(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = converse(desk, sms(1, "Lampu jalan mati di Jl Melati RT 3 Menteng"), seed=SEED).report
    answers: list[Exception | None] = [SendFailed("503"), None]

    def by_sms(*_: Any) -> None:
        answer = answers.pop(0)
        if answer:
            raise answer

    monkeypatch.setattr(ways, "by_sms", by_sms)
    event = Event(report.tracking, 1)
    with pytest.raises(SendFailed):
        reply(desk, event, claimant="a")
    assert reply(desk, event, claimant="b")
    other = converse(desk, sms(9, "Lampu mati", "+62800"), seed=SEED).report
    answers[:] = [SendRefused("21610")]
    assert not reply(desk, Event(other.tracking, 1), claimant="a")
    assert not reply(desk, Event(other.tracking, 1), claimant="b")
    assert desk.deliveries.of(other.tracking)["1#reporter"][0] == "refused"


def test_reconciling_announces_what_a_relay_that_was_off_missed(
    desk: Any, published: list[dict[str, Any]], clock: Any
) -> None:
    report = submit(desk, COMPLETE, seed=SEED).report
    clock.pass_by(hours=2)
    act(desk, report.tracking, Action.ACCEPT, AGENCY, b"{}", action_id="k", seed=SEED)
    clock.pass_by(days=2)
    done = reconcile(desk, days=3, claimant="r")
    assert done.reports == 1
    assert {params["TopicArn"].rsplit(":", 1)[1] for params in published} == {
        "tanggap-local-agency-bina-marga",
        "tanggap-local-report-events",
    }
    published.clear()
    clock.pass_by(minutes=20)
    # The topics have it all; only the reporter has not: the replies' consumer gets its events again.
    again = reconcile(desk, days=3, claimant="r2")
    assert again.announced == 2
    assert not of_agencies(published)


def test_events_are_read_raw_and_wrapped() -> None:
    event = {"specversion": "1.0", "data": {"tracking": "JKT-1", "seq": 3}}
    raw = json.dumps(event)
    wrapped = json.dumps({"Type": "Notification", "TopicArn": "arn:aws:sns:x", "Message": raw})
    assert event_in(raw) == event_in(wrapped) == Event("JKT-1", 3)
    with pytest.raises(msgspec.DecodeError):
        event_in("{")


def test_a_dispatch_nobody_listens_to_is_counted(desk: Any, capsys: pytest.CaptureFixture[str]) -> None:
    report = submit(desk, COMPLETE, seed=SEED).report
    relay(desk, record_of(desk, report), claimant="a")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    (counted,) = [line for line in lines if "AgencyWithoutSubscriber" in line]
    assert counted["AgencyWithoutSubscriber"] == 1
    assert counted["agency"] == "bina-marga"
    (metric,) = counted["_aws"]["CloudWatchMetrics"]
    assert (metric["Namespace"], metric["Dimensions"]) == ("Tanggap", [["service"]])


def test_the_lease_outlasts_the_functions_that_claim() -> None:
    config = json.loads((ROOT / ".chalice" / "config.json").read_text("utf-8"))
    for name in ("relay", "replies"):
        timeouts = [place["lambda_functions"][name]["lambda_timeout"] for place in _places(config, name)]
        assert timeouts
        assert max(timeouts) < LEASE.total_seconds()


def _places(config: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The places of Chalice's configuration that set a timeout for a function."""
    places = [config, *config.get("stages", {}).values()]
    return [place for place in places if "lambda_timeout" in place.get("lambda_functions", {}).get(name, {})]
