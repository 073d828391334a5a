"""Qlue: the feed's key and fields, every wrong one named; Standard Webhooks where a signature is there."""

from __future__ import annotations

import base64
import copy
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from chalicelib.channels import city_app, qlue
from chalicelib.channels.message import Location, Message, Request, Skipped
from chalicelib.city.model import Channel
from chalicelib.domain.errors import BadSignature, Invalid, Malformed, ReportError, TooLarge, WrongContentType

NOW = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
POST: dict[str, Any] = json.loads((Path(__file__).parent / "golden" / "qlue_feed.json").read_text())
CHANNEL = Channel(
    id="qlue",
    label={"id": "Qlue"},
    group="aplikasi",
    adapter="qlue",
    geo_tagged=True,
    inbound={"secret": "secret", "api_key": "api_key"},
)
SECRET = "whsec_" + base64.b64encode(b"a key of 24 octets length").decode()
SECRETS = {"secret": SECRET, "api_key": "old-key new-key"}
KEY = {"x-api-key": "new-key"}


def request(document: object, content_type: str = "application/json", method: str = "POST", **headers: str) -> Request:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    url = "https://kota.example/channels/qlue"
    return Request(method=method, url=url, headers={"content-type": content_type, **headers}, body=body)


def told(document: object) -> tuple[Message | Skipped, ...]:
    return qlue.parse_all(CHANNEL, request(document), NOW)


def message(**changes: object) -> Message:
    (found,) = told({**POST, **changes})
    assert isinstance(found, Message), found
    return found


def details(document: object) -> dict[str, object]:
    with pytest.raises(Invalid) as caught:
        told(document)
    return caught.value.details


def test_a_post_of_the_feed() -> None:
    assert message() == Message(
        channel="qlue",
        id="9999",
        sender="post:9999",
        text="Banjir\nAir masuk rumah warga",
        sent_at=datetime(2026, 3, 3, 1, 15, tzinfo=UTC),
        location=Location(lat=-6.2, lng=106.83),
        category="flood",
        photos=("https://foto.example/9999.jpg",),
        raw=json.dumps(POST).encode(),
    )


@pytest.mark.parametrize("post_id", [9999, "9999", " 9999 ", 9999.0])
def test_the_id_is_the_same_as_number_and_as_text(post_id: object) -> None:
    assert (message(post_id=post_id).id, message(post_id=post_id).sender) == ("9999", "post:9999")


def test_only_the_id_must_be_there() -> None:
    (found,) = told({"post_id": 7})
    assert found == Message(channel="qlue", id="7", sender="post:7", text="", raw=b'{"post_id": 7}')


@pytest.mark.parametrize("nothing", [None, ""])
def test_null_and_empty_are_absent(nothing: object) -> None:
    found = message(title=nothing, created_at=nothing, image_url=nothing, qlue_city=nothing, disaster_type=nothing)
    assert (found.text, found.sent_at, found.photos, found.category) == ("Air masuk rumah warga", None, (), "")


def test_a_title_that_the_text_repeats_is_said_once() -> None:
    assert message(title="Air masuk").text == "Air masuk rumah warga"
    assert message(title="Pohon tumbang", text=None).text == "Pohon tumbang"


@pytest.mark.parametrize(
    ("given_place", "where"),
    [
        (None, None),
        ({}, None),
        ({"lat": 0, "lng": 0}, None),
        ({"lat": "0", "lng": "0.0"}, None),
        ({"lat": None, "lng": None}, None),
        ({"lat": "-6.2", "lng": "106.83"}, Location(lat=-6.2, lng=106.83)),
        ({"lat": 106.83, "lng": -6.2}, Location(lat=-6.2, lng=106.83)),
        ({"lat": 0, "lng": 106.83}, Location(lat=0, lng=106.83)),
    ],
)
def test_places(given_place: object, where: Location | None) -> None:
    assert message(location=given_place).location == where


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-03T08:15+0700", datetime(2026, 3, 3, 1, 15, tzinfo=UTC)),
        ("2026-03-03T08:15:00", datetime(2026, 3, 3, 1, 15, tzinfo=UTC)),
        ("2026-03-03 08:15:00.123+07:00", datetime(2026, 3, 3, 1, 15, 0, 123000, tzinfo=UTC)),
        ("2026-03-03T01:15:00Z", datetime(2026, 3, 3, 1, 15, tzinfo=UTC)),
        (1772500500, datetime(2026, 3, 3, 1, 15, tzinfo=UTC)),
        ("2030-01-01T00:00:00Z", NOW),
    ],
)
def test_times_without_offset_with_a_short_one_and_in_the_future(written: object, meant: datetime) -> None:
    assert message(created_at=written).sent_at == meant


def test_every_wrong_field_is_named() -> None:
    wrong = {
        "post_id": True,
        "created_at": "kemarin",
        "title": 7,
        "text": ["x"],
        "image_url": "ftp://foto.example/1",
        "qlue_city": {},
        "location": {"lat": 91, "lng": "timur"},
    }
    assert details(wrong) == {
        "post_id": "must be a number or a text of 1 to 200 characters",
        "created_at": "must be a time such as 2026-11-21T14:30:00+07:00",
        "title": "must be text",
        "text": "must be text",
        "image_url": "must be an http or https URL",
        "qlue_city": "must be text",
        "location.lng": "must be degrees from -180 to 180",
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"post_id": None}, "post_id"),
        ({"post_id": " "}, "post_id"),
        ({"post_id": "9" * 201}, "post_id"),
        ({"post_id": 1.5}, "post_id"),
        ({"created_at": []}, "created_at"),
        ({"text": "x" * 20_001}, "text"),
        ({"title": "x" * 1_001}, "title"),
        ({"location": [1, 2]}, "location"),
        ({"location": {"lat": -6.2}}, "location.lng"),
        ({"location": {"lng": 106.8, "lat": ""}}, "location.lat"),
        ({"location": {"lat": 100, "lng": 100}}, "location.lat"),
        ({"location": {"lat": 181, "lng": 1}}, "location.lat"),
        ({"location": {"lat": True, "lng": 1}}, "location.lat"),
        ({"location": {"lat": 10**400, "lng": 1}}, "location.lat"),
        ({"image_url": "javascript:x"}, "image_url"),
        ({"image_url": "https://foto.example/" + "x" * 2_048}, "image_url"),
        ({"image_url": 7}, "image_url"),
    ],
)
def test_one_wrong_field(changes: dict[str, object], field: str) -> None:
    assert field in details({**POST, **changes})


def test_nan_is_no_degree() -> None:
    assert "location.lat" in details(b'{"post_id": 1, "location": {"lat": NaN, "lng": 106.8}}')


@pytest.mark.parametrize("wrap", [lambda p: [p], lambda p: {"data": p}, lambda p: {"data": {"posts": [p]}}])
def test_a_post_may_come_in_a_list_or_wrapped(wrap: Any) -> None:
    (found,) = told(wrap(POST))
    assert isinstance(found, Message)
    assert (found.id, json.loads(found.raw) in (POST, wrap(POST))) == ("9999", True)


def test_a_bad_post_takes_no_good_one_with_it() -> None:
    found = told({"posts": [{**POST, "post_id": 1}, {**POST, "text": 7}, "x", {**POST, "post_id": "2"}]})
    assert [each.id for each in found] == ["1", "9999", "", "2"]
    assert [isinstance(each, Message) for each in found] == [True, False, False, True]
    assert found[1] == Skipped(reason="invalid", id="9999")


def test_a_list_of_bad_posts_names_each() -> None:
    assert set(details([{**POST, "text": 7}, {}, 7])) == {"0.text", "1.post_id", "2.post_id"}


@pytest.mark.parametrize("document", [[], {"data": []}, {}, {"posts": {}}])
def test_no_post_at_all(document: object) -> None:
    assert "post_id" in details(document)


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (request(b"{"), Malformed),
        (request(7), Malformed),
        (request({"data": {"data": {"data": {"data": POST}}}}), Malformed),
        (request(POST, "text/plain"), WrongContentType),
        (request(b" " * 1_000_001), TooLarge),
        (request([POST] * 1_001), TooLarge),
    ],
)
def test_what_makes_no_sense_as_a_whole(sent: Request, error: type[ReportError]) -> None:
    with pytest.raises(error):
        qlue.parse_all(CHANNEL, sent, NOW)


class TestVerify:
    @pytest.mark.parametrize("key", ["old-key", "new-key"])
    def test_the_feeds_key(self, key: str) -> None:
        qlue.verify(CHANNEL, request(POST, **{"x-api-key": key}), SECRETS, NOW)

    @pytest.mark.parametrize("headers", [{}, {"x-api-key": ""}, {"x-api-key": "key"}, {"x-api-key": "old-key new-key"}])
    def test_a_wrong_key(self, headers: dict[str, str]) -> None:
        with pytest.raises(BadSignature):
            qlue.verify(CHANNEL, request(POST, **headers), SECRETS, NOW)

    def test_without_a_key_configured_or_by_get_nothing_is_taken(self) -> None:
        for secrets, method in (({"secret": SECRET}, "POST"), (SECRETS, "GET")):
            with pytest.raises(BadSignature):
                qlue.verify(CHANNEL, request(POST, method=method, **KEY), secrets, NOW)

    @pytest.mark.parametrize("header", ["webhook-signature", "webhook-id", "webhook-timestamp"])
    def test_a_key_does_not_stand_in_for_a_signature(self, header: str) -> None:
        with pytest.raises(BadSignature):
            qlue.verify(CHANNEL, request(POST, **KEY, **{header: "v1,x"}), SECRETS, NOW)


def test_a_signed_report_is_a_city_apps() -> None:
    body = json.dumps({"text": "Jalan rusak", "reporter": {"phone": "0812 3456 789"}})
    signature = Webhook(SECRET).sign("msg_1", NOW, body)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(NOW.timestamp())),
        "webhook-signature": signature,
    }
    sent = request(body.encode(), **headers)
    qlue.verify(CHANNEL, sent, SECRETS, NOW)
    assert qlue.parse_all(CHANNEL, sent, NOW) == city_app.parse_all(CHANNEL, sent, NOW)
    with pytest.raises(BadSignature):
        qlue.verify(CHANNEL, sent, SECRETS, NOW + timedelta(minutes=6))


def test_the_caller_gets_a_receipt() -> None:
    assert qlue.RECEIPT is True
    assert qlue.handshake(CHANNEL, request(POST), SECRETS) is None
    assert qlue.http_answer(CHANNEL) == ("{}", "application/json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    try:
        found = qlue.parse_all(CHANNEL, request(body), NOW)
    except ReportError:
        return
    assert found


@given(st.sampled_from([*POST, "location.lat", "location.lng"]), JSON, st.booleans())
def test_any_change_of_a_post(path: str, value: object, several: bool) -> None:
    post = copy.deepcopy(POST)
    *steps, last = path.split(".")
    branch = post[steps[0]] if steps else post
    branch[last] = value
    try:
        found = qlue.parse_all(CHANNEL, request([post, POST] if several else post), NOW)
    except Invalid as error:
        named = list(error.details)
    else:
        named = [path]
        assert any(isinstance(each, Message) and each.id for each in found)
        assert all(isinstance(each, Message | Skipped) for each in found)
    assert any(field.startswith(path.split(".")[0]) for field in named)


def test_a_post_takes_well_under_a_millisecond() -> None:
    sent = request(POST)
    began = time.thread_time()
    for _ in range(500):
        qlue.parse_all(CHANNEL, sent, NOW)
    assert (time.thread_time() - began) / 500 < 0.001
