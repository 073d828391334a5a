"""An agency's own subscriber on its SNS topic: told at once, exactly once, and never of who reported."""

from __future__ import annotations

import json
import time
from datetime import datetime

from tests.acceptance.clients import DEPOK, Server, Subscriber, phone, until

AGENCY = {"role": "agency", "agency": "bina-marga"}


def test_a_dispatched_report_reaches_the_subscriber_within_seconds_exactly_once(
    city: Server, subscriber: Subscriber
) -> None:
    began = time.monotonic()
    given = city.report()
    (event,) = until(lambda: subscriber.about(given["tracking"]), 3)
    assert event["_envelope"]["at"] - began < 2
    assert event["specversion"] == "1.0"
    assert event["id"] == f"{given['tracking']}#2" or event["id"].startswith(f"{given['tracking']}#")
    assert event["type"].endswith("dispatched")
    assert event["source"]
    assert datetime.fromisoformat(event["time"]).tzinfo
    assert event["datacontenttype"] == "application/json"
    assert isinstance(event["data"], dict)
    for name in event:
        assert name.startswith("_") or (name.isalnum() and name == name.lower()), f"{name}: not a CloudEvents attribute"
    city.quiet()
    assert len(subscriber.about(given["tracking"])) == 1
    assert subscriber.refused == []


def test_the_attributes_to_filter_by(city: Server, subscriber: Subscriber) -> None:
    tracking = city.report()["tracking"]
    (event,) = until(lambda: subscriber.about(tracking), 3)
    attributes = event["_envelope"]["MessageAttributes"]
    assert {"type", "agency", "category", "area", "level"} <= set(attributes)
    assert attributes["agency"]["Value"] == "bina-marga"
    assert attributes["category"]["Value"] == "jalan"
    assert attributes["type"]["Value"].endswith("dispatched")
    assert attributes["level"]["Value"] == "0"
    assert attributes["area"]["Value"]


def test_sns_says_who_it_is_in_its_headers(city: Server, subscriber: Subscriber) -> None:
    tracking = city.report()["tracking"]
    (event,) = until(lambda: subscriber.about(tracking), 3)
    headers = event["_envelope"]["headers"]
    assert headers["x-amz-sns-message-type"] == "Notification"
    assert headers["x-amz-sns-topic-arn"] == event["_envelope"]["TopicArn"]
    assert headers["content-type"].startswith("text/plain")


def test_nothing_of_the_reporter_is_in_anything_an_agency_or_a_topic_gets(city: Server, subscriber: Subscriber) -> None:
    """Not from the fields, not from the citizen's own words, not from a note of the staff."""
    given = city.report(
        text="Jalan berlubang di depan rumah saya. Nama saya Kartika Maheswari, alamat Jl. Anggrek Bulan No. 12 RT 03/05, HP 0812-9988-7766, "
        "email kartika.m@rumah.example, NIK 3174015502900003, mobil saya B 1234 KZT penyok.",
        reporter={"name": "Kartika Maheswari", "address": "Jl. Anggrek Bulan No. 12 RT 03/05", "phone": "+6281299887766", "email": "kartika.m@rumah.example"},
        location={"lat": -6.175392, "lng": 106.827153, "address": "Jl. Anggrek Bulan No. 12 RT 03/05", "landmark": "rumah Ibu Kartika Maheswari"},
    )  # fmt: skip
    tracking = given["tracking"]
    assert city.act(tracking, "accept", **AGENCY).status == 200
    note = (
        "Sudah bicara dengan Ibu Kartika Maheswari (081299887766, kartika.m@rumah.example) di Jl. Anggrek Bulan No. 12."
    )
    assert city.act(tracking, "note", {"note": note, "public": True}, **AGENCY).status == 200
    assert city.act(tracking, "resolve", {"note": f"Selesai. {note}"}, **AGENCY).status == 200
    city.quiet()
    told = list(subscriber.about(tracking))
    assert told
    outside = {
        "the subscriber's messages": json.dumps([{**e, "_envelope": e["_envelope"]["raw"]} for e in told]),
        "the topics": json.dumps([e for e in city.events(tracking) if "tanggap-" in e["_to"]]),
        "the public JSON": city.get(f"/reports/{tracking}", Accept="application/json").text,
        "the page": city.get(f"/reports/{tracking}", Accept="text/html").text,
        "the agency's view": city.staff("GET", f"/reports/{tracking}", **AGENCY).text,
        "the agency's queue": json.dumps(city.queue(**AGENCY)),
        "the log": city.said(),
    }
    secrets = (
        "9988-7766",
        "81299887766",
        "kartika.m",
        "3174015502900003",
        "B 1234 KZT",
        "Maheswari",
        "Anggrek Bulan No. 12",
    )
    leaks = [
        f"{secret} in {where}"
        for where, text in outside.items()
        for secret in secrets
        if secret.lower() in text.lower()
    ]
    assert leaks == []


def test_a_report_from_a_phone_never_shows_it(city: Server, subscriber: Subscriber) -> None:
    sender = phone()
    city.sms(
        "Jalan berlubang. Lokasi: depan Stasiun Cikini, Jl. Cikini Raya, Kelurahan Cikini. Nama: Paramitha. Alamat: Jl. Kamboja 17",
        sender,
    )
    city.to(sender)
    tracking = next(e["tracking"] for e in city.outbox(to=sender))
    assert city.act(tracking, "dispatch", {"agency": "bina-marga"}).status == 200
    told = until(lambda: subscriber.about(tracking), 3)
    text = json.dumps([e["_envelope"]["raw"] for e in told]) + city.get(f"/reports/{tracking}").text
    for secret in (sender, sender[3:], "0" + sender[3:], "Paramitha", "Kamboja"):
        assert secret not in text
    assert sender not in city.said()


def test_what_an_agency_gets_of_a_private_report_has_its_content(city: Server, subscriber: Subscriber) -> None:
    tracking = city.report(private=True, text="Lubang besar di gang sempit.")["tracking"]
    (event,) = until(lambda: subscriber.about(tracking), 3)
    assert event["data"]["problem"] == "Lubang besar di gang sempit."


def test_a_returned_report_goes_to_the_next_agencys_topic_only(city: Server, subscriber: Subscriber) -> None:
    tracking = city.report()["tracking"]
    until(lambda: subscriber.about(tracking), 3)
    assert city.act(tracking, "return", {"reason": "Bukan kami."}, **AGENCY).status == 200
    assert city.act(tracking, "dispatch", {"agency": "perhubungan"}).status == 200
    until(lambda: city.events(tracking, "agency-perhubungan", "dispatched"), 3)
    city.quiet()
    assert len([e for e in subscriber.about(tracking) if e["type"].endswith("dispatched")]) == 1


def test_a_confidential_report_is_never_sent_to_the_accused_unit(city: Server, subscriber: Subscriber) -> None:
    tracking = city.report(category="pungutan-liar", text="Petugas Dinas Bina Marga meminta uang agar jalan ditambal.")[
        "tracking"
    ]
    city.quiet()
    assert subscriber.about(tracking) == []
    assert city.staff("GET", f"/reports/{tracking}", **AGENCY).status == 403


def test_an_admin_dispatch_is_told_as_well(city: Server, subscriber: Subscriber) -> None:
    tracking = city.report(location=DEPOK)["tracking"]
    assert not subscriber.about(tracking)
    assert city.act(tracking, "dispatch", {"agency": "bina-marga"}).status == 200
    (event,) = until(lambda: subscriber.about(tracking), 3)
    assert event["type"].endswith("dispatched")


def test_reconciling_announces_nothing_a_second_time(city: Server, subscriber: Subscriber) -> None:
    tracking = city.report()["tracking"]
    until(lambda: subscriber.about(tracking), 3)
    city.quiet()
    before = len(city.outbox())
    for _ in range(2):
        answer = city.call("POST", "/_local/run/reconcile", b'{"days": 1}', {"Content-Type": "application/json"})
        assert answer.status == 200, answer.text
    city.quiet()
    assert len(subscriber.about(tracking)) == 1
    assert len(city.outbox()) == before
