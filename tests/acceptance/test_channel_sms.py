"""SMS by four providers: Twilio's form, an aggregator's JSON, Vonage's parts, AWS's topic."""

from __future__ import annotations

import json
import time
import uuid
from itertools import permutations
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from tests.acceptance.clients import SECRETS, Server, at_once, fresh, phone, sms_form, until
from tests.acceptance.providers import (
    PLACE,
    WHO,
    aggregator,
    answers,
    aws_sms,
    digits,
    number,
    sns,
    texts,
    vonage,
    vonage_form,
)

GSM7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)


def plain(text: str) -> None:
    """One GSM-7 segment without a link."""
    assert len(text) <= 160, text
    assert set(text) <= GSM7, set(text) - GSM7
    assert "http" not in text


def reports_of(every: Server, mark: str) -> list[str]:
    return [
        str(row["tracking"])
        for name in ("incomplete", "waiting")
        for row in every.queue(name, limit=200)
        if mark in str(row["problem"])
    ]


# Twilio


def test_twilios_full_form_is_read_and_unknown_fields_disturb_nothing(every: Server) -> None:
    sender = phone()
    sid = f"SM{uuid.uuid4().hex}"
    extra = {
        "ToCountry": "ID",
        "ToState": "",
        "SmsMessageSid": sid,
        "ToCity": "",
        "FromZip": "",
        "SmsSid": sid,
        "FromState": "",
        "SmsStatus": "received",
        "FromCity": "",
        "FromCountry": "ID",
        "ToZip": "",
        "ApiVersion": "2010-04-01",
        "MessagingServiceSid": "MG1",
        "NewFieldOf2027": "x=y&z",
    }
    assert every.sms("Banjir di Jl. Kemang \U0001f30a setinggi lutut & macet=parah", sender, sid, **extra).status == 200
    (entry,) = answers(every, "sms", sender)
    plain(entry["text"])
    assert "\U0001f30a" in every.words(number(entry["text"]))
    assert "macet=parah" in every.words(number(entry["text"]))


def test_a_duplicated_form_value_is_signed_once_as_twilio_does(every: Server) -> None:
    sender = phone()
    form = sms_form("Lampu jalan mati", sender)
    signature = RequestValidator(SECRETS["sms"]["auth_token"]).compute_signature(f"{every.url}/channels/sms", form)
    body = urlencode([*form.items(), ("Body", form["Body"])]).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    assert every.call("POST", "/channels/sms", body, headers).status == 200
    texts(every, "sms", sender)


def test_twilios_wrong_signatures_are_401_and_store_nothing(every: Server) -> None:
    mark = fresh("palsu")
    form = sms_form(f"Jalan rusak {mark}", phone())
    right = RequestValidator(SECRETS["sms"]["auth_token"]).compute_signature(f"{every.url}/channels/sms", form)
    bad = RequestValidator("another").compute_signature(f"{every.url}/channels/sms", form)
    elsewhere = RequestValidator(SECRETS["sms"]["auth_token"]).compute_signature(
        "https://evil.example/channels/sms", form
    )
    for signature in ("", "x", right[:-2], right + "A", bad, elsewhere, "\xff"):
        answer = every.call(
            "POST",
            "/channels/sms",
            urlencode(form).encode(),
            {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature},
        )
        assert answer.status == 401, signature
    changed = urlencode(form | {"Body": f"Lain {mark}"}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": right}
    assert every.call("POST", "/channels/sms", changed, headers).status == 401
    assert reports_of(every, mark) == []


def test_an_mms_of_a_picture_alone_is_asked_for_words(every: Server) -> None:
    sender = phone()
    media = f"{every.url}/_local/providers/sms/2010-04-01/Accounts/x/Messages/MM1/Media/ME1"
    answer = every.sms("", sender, NumMedia="1", MediaUrl0=media, MediaContentType0="image/jpeg")
    assert answer.status == 200
    assert number(texts(every, "sms", sender)[0])


@pytest.mark.parametrize("sender", ["TELKOMSEL", "1708", "PLN-123", "+62"])
def test_a_sender_that_cannot_be_answered_costs_nothing_but_the_answer(every: Server, sender: str) -> None:
    mark = fresh("alfa")
    assert every.sms(f"Jalan rusak di depan pasar {mark}", sender).status == 200
    every.quiet(0.3)
    assert len(reports_of(every, mark)) == 1


# aggregator


def test_the_aggregators_message_is_answered_by_the_aggregator(every: Server) -> None:
    sender = phone()
    answer = aggregator(every, f"Lampu jalan mati. {PLACE}. {WHO}", sender)
    assert answer.status == 200
    assert answer.header("content-type").startswith("application/json")
    (entry,) = answers(every, "sms-aggregator", sender)
    plain(entry["text"])
    assert every.status(number(entry["text"])) == "waiting"
    every.quiet(0.4)
    assert len(every.outbox(to=sender)) == 1


def test_the_aggregators_retry_is_the_same_message_and_a_wrong_signature_is_401(every: Server) -> None:
    sender, mark, same = phone(), fresh("agg"), fresh("id")
    for _ in range(3):
        assert aggregator(every, f"Jalan rusak {mark}", sender, same).status == 200
    at_once([lambda: aggregator(every, f"Jalan rusak {mark}", sender, same)] * 4)
    texts(every, "sms-aggregator", sender)
    every.quiet(0.4)
    assert len(texts(every, "sms-aggregator", sender)) == 1
    assert len(reports_of(every, mark)) == 1
    other = fresh("palsu")
    for signature in ("", "0" * 64, "zz", "sha256=00"):
        assert aggregator(every, f"Jalan rusak {other}", sender, signature=signature).status == 401
    assert reports_of(every, other) == []


# Vonage


@pytest.mark.parametrize("how", ["form", "json", "GET"])
def test_vonage_by_every_method_an_account_can_be_set_to(every: Server, how: str) -> None:
    sender = phone()[1:]
    form = vonage_form(f"Lampu jalan mati & gelap=sekali. {PLACE}. {WHO}", sender)
    answer = vonage(every, form, "GET" if how == "GET" else "POST", how)
    assert answer.status in (200, 204), (answer.status, answer.text)
    (entry,) = answers(every, "sms-vonage", sender)
    plain(entry["text"])
    until(lambda: every.status(number(entry["text"])) == "waiting", 10)
    assert "gelap=sekali" in every.words(number(entry["text"]))


def test_vonage_a_missing_or_wrong_sig_is_401(every: Server) -> None:
    mark = fresh("palsu")
    form = vonage_form(f"Jalan rusak {mark}", phone()[1:])
    for changed in ({"sig": ""}, {"sig": "0" * 64}, {"text": f"Lain {mark}"}, {"extra": "1"}, {"sig": "\xe9"}):
        assert vonage(every, form | changed).status == 401, changed
        assert vonage(every, form | changed, "GET").status == 401, changed
    without = {name: value for name, value in form.items() if name != "sig"}
    assert vonage(every, without).status == 401
    assert reports_of(every, mark) == []


def test_an_empty_vonage_ping_is_no_error_of_ours(every: Server) -> None:
    assert every.get("/channels/sms-vonage").status in (200, 400, 401)


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_parts_in_any_order_are_one_report_in_the_right_order(every: Server, order: tuple[int, ...]) -> None:
    sender, reference = phone()[1:], digits(3)
    words = [
        "Lampu jalan mati sudah satu minggu lebih di",
        "sepanjang jalan. Lokasi: depan Stasiun Cik",
        f"ini, Kelurahan Cikini. {WHO}",
    ]
    for part in order:
        form = vonage_form(
            words[part - 1],
            sender,
            concat="true",
            **{"concat-ref": reference, "concat-total": "3", "concat-part": str(part)},
        )
        assert vonage(every, form).status in (200, 204)
    sent = answers(every, "sms-vonage", sender)
    every.quiet(0.4)
    sent = answers(every, "sms-vonage", sender)
    assert len(sent) == 1, sent
    tracking = number(sent[0]["text"])
    assert every.status(tracking) == "waiting"
    assert "lebih disepanjang" in every.words(tracking) or "lebih di sepanjang" in every.words(tracking)


def test_an_emoji_split_between_two_parts_is_whole_again(every: Server) -> None:
    """UCS-2 parts cut a surrogate pair in two; Vonage hands each half on as it is, in JSON as an escape."""
    sender, reference = phone()[1:], digits(3)
    halves = ("Banjir di depan Pasar Senen \ud83c", f"\udf0a setinggi lutut. {WHO}")
    import hashlib
    import hmac

    for part, text in ((2, halves[1]), (1, halves[0])):
        fields = {
            "msisdn": sender,
            "to": "6280000001710",
            "messageId": f"0A{digits(14)}",
            "text": text,
            "type": "unicode",
            "keyword": "BANJIR",
            "message-timestamp": "2026-11-21 12:00:00",
            "timestamp": str(int(time.time())),
            "nonce": str(uuid.uuid4()),
            "concat": "true",
            "concat-ref": reference,
            "concat-total": "2",
            "concat-part": str(part),
        }
        ordered = "".join(f"&{k}={v}" for k, v in sorted(fields.items())).encode("utf-8", "surrogatepass")
        fields["sig"] = hmac.new(
            SECRETS["sms-vonage"]["signature_secret"].encode(), ordered, hashlib.sha256
        ).hexdigest()
        answer = every.call(
            "POST", "/channels/sms-vonage", json.dumps(fields).encode(), {"Content-Type": "application/json"}
        )
        assert answer.status in (200, 204), (answer.status, answer.text)
    (text,) = texts(every, "sms-vonage", sender)
    assert "\U0001f30a" in every.words(number(text)), every.words(number(text))


def test_a_part_delivered_twice_counts_once_and_two_people_with_one_reference_stay_apart(every: Server) -> None:
    reference, one, two = digits(3), phone()[1:], phone()[1:]
    for sender in (one, two):
        for part in (1, 1, 2):
            form = vonage_form(
                f"{'Lampu jalan mati di depan ' if part == 1 else 'Stasiun Cikini ' + sender[-3:]}",
                sender,
                f"0A{sender}{part}",
                concat="true",
                **{"concat-ref": reference, "concat-total": "2", "concat-part": str(part)},
            )
            assert vonage(every, form).status in (200, 204)
    for sender in (one, two):
        tracking = number(texts(every, "sms-vonage", sender)[0])
        assert every.words(tracking).count("Lampu jalan mati") == 1


def test_the_sweep_does_not_flush_what_came_just_now(every: Server) -> None:
    sender = phone()[1:]
    parts = {"concat": "true", "concat-ref": digits(3), "concat-total": "2"}
    assert vonage(every, vonage_form("Lampu jalan mati di de", sender, **parts, **{"concat-part": "1"})).status in (
        200,
        204,
    )
    assert every.call("POST", "/_local/run/sweep", b"").status == 200
    every.quiet(0.3)
    assert not every.outbox(to=f"+{sender}")
    assert vonage(every, vonage_form("pan Stasiun Cikini", sender, **parts, **{"concat-part": "2"})).status in (
        200,
        204,
    )
    assert "di depan Stasiun Cikini" in every.words(number(texts(every, "sms-vonage", sender)[0]))


# AWS


def test_aws_two_way_sms_comes_by_its_topic_and_is_answered_by_aws(every: Server) -> None:
    sender, same = phone(), str(uuid.uuid4())
    for _ in range(2):
        aws_sms(every, f"Lampu jalan mati. {PLACE}. {WHO}", sender, same)
    (entry,) = answers(every, "sms-aws", sender)
    plain(entry["text"])
    assert every.status(number(entry["text"])) == "waiting"
    every.quiet(0.6)
    assert len(answers(every, "sms-aws", sender)) == 1


@pytest.mark.parametrize(
    "message",
    [
        "",
        "x",
        "[]",
        "null",
        '{"originationNumber": 3}',
        '{"messageBody": "a"}',
        '{"originationNumber":"+62812","messageBody":null,"inboundMessageId":""}',
    ],
)
def test_rubbish_on_the_aws_topic_stops_nothing_and_is_no_exception(every: Server, message: str) -> None:
    before = len(every.lines)
    sns(every).publish(TopicArn=SECRETS["sms-aws"]["topic_arn"], Message=message or " ")
    sender = phone()
    aws_sms(every, "Lampu jalan mati", sender)
    texts(every, "sms-aws", sender)
    assert not [line for line in every.lines[before:] if line.startswith("Traceback")]


def test_the_aws_channel_over_http_takes_no_unsigned_sns_message(every: Server) -> None:
    mark = fresh("palsu")
    inner = {
        "originationNumber": phone(),
        "destinationNumber": "+6280000001709",
        "messageKeyword": "X",
        "messageBody": f"Jalan rusak {mark}",
        "inboundMessageId": str(uuid.uuid4()),
    }
    envelope = {
        "Type": "Notification",
        "MessageId": str(uuid.uuid4()),
        "TopicArn": SECRETS["sms-aws"]["topic_arn"],
        "Message": json.dumps(inner),
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "SignatureVersion": "1",
        "Signature": "QUJD",
        "SigningCertURL": "https://sns.ap-southeast-3.amazonaws.com.evil.example/SimpleNotificationService-1.pem",
    }
    for changed in ({}, {"SigningCertURL": "http://169.254.169.254/x.pem"}, {"Signature": ""}):
        answer = every.call(
            "POST",
            "/channels/sms-aws",
            json.dumps(envelope | changed).encode(),
            {"Content-Type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": "Notification"},
        )
        assert answer.status in (400, 401, 403, 404), (answer.status, answer.text)
    assert reports_of(every, mark) == []


def test_one_person_on_two_providers_is_answered_by_the_one_used(every: Server) -> None:
    sender = phone()
    assert aggregator(every, "Lampu jalan mati", sender).status == 200
    first = texts(every, "sms-aggregator", sender)
    assert vonage(every, vonage_form("STATUS " + number(first[0]), sender[1:])).status in (200, 204)
    assert number(first[0]) in texts(every, "sms-vonage", sender)[0]
    every.quiet(0.4)
    assert len(texts(every, "sms-aggregator", sender)) == 1
