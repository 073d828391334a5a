"""City apps: Standard Webhooks and one JSON report; every wrong field named, nothing merely missing refused."""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from chalicelib.channels import city_app
from chalicelib.channels.message import Location, Message, Request
from chalicelib.city.model import Channel
from chalicelib.domain.errors import BadSignature, Invalid, Malformed, ReportError, TooLarge, WrongContentType

SECRET = "whsec_" + base64.b64encode(b"a key of 24 octets length").decode()
WHOLE: dict[str, Any] = {
    "id": "A-1",
    "created_at": "2026-03-03T08:15:42+07:00",
    "text": "Jalan berlubang di depan sekolah",
    "reporter": {
        "name": "Sari Wulandari",
        "address": "Jl Kenanga 5",
        "phone": "0812 3456 789",
        "email": "Sari@warga.example",
    },
    "location": {"lat": -6.2, "lng": 106.83, "address": "Jl Melati", "landmark": "SDN Melati 2"},
    "category": "jalan",
    "photos": ["https://foto.example/1.jpg"],
    "private": True,
    "anonymous": False,
    "confidential": True,
}


def request(document: object, content_type: str = "application/json", **headers: str) -> Request:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Request(
        method="POST",
        url="https://kota.example/channels/jaki",
        headers={"content-type": content_type, "webhook-id": "msg_1", **headers},
        body=body,
    )


def changed(path: str, value: object) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(WHOLE))
    *steps, last = path.split(".")
    branch = document
    for step in steps:
        branch = branch[step]
    branch[last] = value
    return document


def details(app: Channel, document: object, now: datetime) -> dict[str, object]:
    with pytest.raises(Invalid) as caught:
        city_app.parse(app, request(document), now)
    return caught.value.details


def test_a_whole_report(app: Channel, now: datetime) -> None:
    sent = request(WHOLE, "application/json; charset=utf-8")
    assert city_app.parse(app, sent, now) == Message(
        channel="jaki",
        id="msg_1",
        sender="+628123456789",
        text="Jalan berlubang di depan sekolah",
        sent_at=datetime(2026, 3, 3, 1, 15, 42, tzinfo=UTC),
        name="Sari Wulandari",
        address="Jl Kenanga 5",
        phone="+628123456789",
        email="Sari@warga.example",
        location=Location(lat=-6.2, lng=106.83, address="Jl Melati", landmark="SDN Melati 2"),
        category="jalan",
        photos=("https://foto.example/1.jpg",),
        private=True,
        confidential=True,
        raw=sent.body,
    )
    assert city_app.parse_all(app, sent, now) == (city_app.parse(app, sent, now),)


class TestVerify:
    def signed(self, now: datetime) -> Request:
        body = json.dumps(WHOLE).encode()
        signature = Webhook(SECRET).sign("msg_1", now, body.decode())
        stamp = str(int(now.timestamp()))
        return request(body, **{"webhook-timestamp": stamp, "webhook-signature": signature})

    def test_signed_by_the_reference_package(self, app: Channel, now: datetime) -> None:
        city_app.verify(app, self.signed(now), {"secret": SECRET}, now)

    def test_replayed_after_five_minutes(self, app: Channel, now: datetime) -> None:
        with pytest.raises(BadSignature):
            city_app.verify(app, self.signed(now), {"secret": SECRET}, now + timedelta(seconds=301))

    @pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
    @pytest.mark.parametrize("value", [None, "", "x", "é"])
    def test_headers_missing_or_changed(self, app: Channel, header: str, value: str | None, now: datetime) -> None:
        good = self.signed(now)
        headers = {name: text for name, text in good.headers.items() if name != header}
        if value is not None:
            headers[header] = value
        with pytest.raises(BadSignature):
            city_app.verify(app, msgspec.structs.replace(good, headers=headers), {"secret": SECRET}, now)

    def test_another_method_body_or_no_secret(self, app: Channel, now: datetime) -> None:
        good = self.signed(now)
        for wrong in (
            msgspec.structs.replace(good, method="GET"),
            msgspec.structs.replace(good, body=good.body + b" "),
        ):
            with pytest.raises(BadSignature):
                city_app.verify(app, wrong, {"secret": SECRET}, now)
        with pytest.raises(BadSignature):
            city_app.verify(app, good, {}, now)


class TestWrongTypes:
    @pytest.mark.parametrize(
        ("path", "value", "reason"),
        [
            ("reporter.name", 3, "must be text"),
            ("reporter.phone", 812, "must be text"),
            ("reporter", [], "must be an object"),
            ("reporter", "Sari", "must be an object"),
            ("location", 3, "must be an object"),
            ("location.lat", True, "must be a number or text"),
            ("location.landmark", {}, "must be text"),
            ("text", ["a"], "must be text"),
            ("private", "yes", "must be true or false"),
            ("anonymous", 1, "must be true or false"),
            ("photos", "https://x.example", "must be a list"),
            ("id", 1.5, "must be a whole number or text"),
            ("id", {}, "must be a whole number or text"),
            ("created_at", False, "must be a number or text"),
            ("category", 7, "must be text"),
        ],
    )
    def test_the_field_is_named(self, app: Channel, path: str, value: object, reason: str, now: datetime) -> None:
        assert details(app, changed(path, value), now) == {path: reason}

    def test_the_item_is_named(self, app: Channel, now: datetime) -> None:
        assert details(app, changed("photos", ["https://x.example/1", 4]), now) == {"photos.1": "must be text"}

    def test_all_of_them_are_named_at_once(self, app: Channel, now: datetime) -> None:
        document = {"text": 1, "reporter": {"name": 2, "email": []}, "location": {"lat": {}}, "private": 0}
        assert details(app, document, now).keys() == {
            "text",
            "reporter.name",
            "reporter.email",
            "location.lat",
            "private",
        }

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"[]", b"3", b'"x"', b"null", b"true", b"{}}", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000],
    )
    def test_no_json_object(self, app: Channel, body: bytes, now: datetime) -> None:
        with pytest.raises(Malformed):
            city_app.parse(app, request(body), now)

    @pytest.mark.parametrize(
        "content_type", ["", "text/json", "application/x-www-form-urlencoded", "application/jsonp"]
    )
    def test_content_type(self, app: Channel, content_type: str, now: datetime) -> None:
        with pytest.raises(WrongContentType):
            city_app.parse(app, request(WHOLE, content_type), now)

    def test_size(self, app: Channel, now: datetime) -> None:
        body = json.dumps({"text": "Jalan rusak", "filling": ""}).encode()
        fitting = body[:-2] + b"a" * (1_000_000 - len(body)) + body[-2:]
        assert city_app.parse(app, request(fitting), now).text == "Jalan rusak"
        with pytest.raises(TooLarge):
            city_app.parse(app, request(fitting + b" "), now)


class TestWhatMayBeMissing:
    @pytest.mark.parametrize(
        "document", [{}, dict.fromkeys(WHOLE), {"unknown": {"deep": [1]}}, {"reporter": {}, "location": {}}]
    )
    def test_nothing_at_all_is_still_a_report(self, app: Channel, document: object, now: datetime) -> None:
        message = city_app.parse(app, request(document), now)
        assert (message.text, message.name, message.location, message.photos, message.sent_at) == (
            "",
            "",
            None,
            (),
            None,
        )
        assert message.sender.startswith("person:")

    def test_the_sender(self, app: Channel, now: datetime) -> None:
        def sender(**reporter: str) -> str:
            return city_app.parse(app, request({"reporter": reporter}), now).sender

        assert sender(name="Sari", phone="62812345678", email="s@x.example") == "+62812345678"
        assert sender(name="Sari", email="S@X.example") == "s@x.example"
        assert sender(name="Sari", address="Jl A") == sender(name=" Sari ", address="Jl A")
        assert sender(name="Sari", address="Jl A") != sender(name="SariJl", address=" A")

    def test_nobody_is_not_somebody_else(self, app: Channel, now: datetime) -> None:
        one = city_app.parse(app, request({}, **{"webhook-id": "a"}), now)
        other = city_app.parse(app, request({}, **{"webhook-id": "b"}), now)
        assert one.sender != other.sender

    @pytest.mark.parametrize("report_id", [7, "7", "", None, 10**30])
    def test_the_apps_own_id_may_be_a_number_or_text(self, app: Channel, report_id: object, now: datetime) -> None:
        assert city_app.parse(app, request(changed("id", report_id)), now).id == "msg_1"

    @pytest.mark.parametrize("webhook_id", ["", "x" * 201])
    def test_the_webhook_id_has_bounds(self, app: Channel, webhook_id: str, now: datetime) -> None:
        with pytest.raises(Invalid) as caught:
            city_app.parse(app, request(WHOLE, **{"webhook-id": webhook_id}), now)
        assert "webhook-id" in caught.value.details


class TestTimes:
    @pytest.mark.parametrize(
        "written",
        [
            "2026-03-03T08:15:42+07:00",
            "2026-03-03T08:15:42+0700",
            "2026-03-03 08:15:42 +0700",
            "2026-03-03T08:15:42",
            "2026-03-03T01:15:42Z",
            "2026-03-03T01:15:42.000Z",
            "2026-03-03T01:15:42.000000000+00:00",
            1772500542,
            1772500542.0,
            1772500542000,
            1772500542000000,
            "1772500542",
        ],
    )
    def test_one_instant(self, app: Channel, written: object, now: datetime) -> None:
        message = city_app.parse(app, request(changed("created_at", written)), now)
        assert message.sent_at == datetime(2026, 3, 3, 1, 15, 42, tzinfo=UTC)

    def test_the_future_is_left_to_the_use_case(self, app: Channel, now: datetime) -> None:
        sent_at = city_app.parse(app, request(changed("created_at", "2031-01-01T00:00:00Z")), now).sent_at
        assert sent_at == datetime(2031, 1, 1, tzinfo=UTC)

    @pytest.mark.parametrize(
        "written",
        ["kemarin", "2026-13-01", "0001-01-01T00:00:00+07:00", "9999-12-31T23:59:59-10:00", -5, 1e300, "9" * 99],
    )
    def test_what_cannot_be_read(self, app: Channel, written: object, now: datetime) -> None:
        assert details(app, changed("created_at", written), now).keys() == {"created_at"}


class TestPlaces:
    @pytest.mark.parametrize(
        ("lat", "lng"), [(-6.2, 106.83), ("-6.2", "106.83"), (" -6.2 ", "+106.83"), (-90, 180), (51, 0)]
    )
    def test_points(self, app: Channel, lat: Any, lng: Any, now: datetime) -> None:
        location = city_app.parse(app, request({"location": {"lat": lat, "lng": lng}}), now).location
        assert location == Location(lat=float(lat), lng=float(lng))

    @pytest.mark.parametrize("zero", [0, 0.0, "0", "0.000", -0.0])
    def test_zero_zero_is_no_place(self, app: Channel, zero: object, now: datetime) -> None:
        assert city_app.parse(app, request({"location": {"lat": zero, "lng": zero}}), now).location is None
        named = {"location": {"lat": zero, "lng": zero, "landmark": "Pasar Melati"}}
        assert city_app.parse(app, request(named), now).location == Location(landmark="Pasar Melati")

    @pytest.mark.parametrize(
        "lat",
        [
            b"NaN",
            b"Infinity",
            b"-Infinity",
            b"1e999",
            b"9" * 400,
            b"90.1",
            b"106.83",
            b'"nan"',
            b'"6,2"',
            b'"1e1"',
            b'"x"',
            b'"\xd9\xa1"',
        ],
    )
    def test_what_is_no_latitude(self, app: Channel, lat: bytes, now: datetime) -> None:
        body = b'{"text":"x","location":{"lat":' + lat + b',"lng":106.8}}'
        assert "location.lat" in details(app, body, now)

    def test_swapped_degrees_are_put_right(self, app: Channel, now: datetime) -> None:
        """A latitude beyond 90 can only be a longitude."""
        location = city_app.parse(app, request({"location": {"lat": 106.83, "lng": -6.2}}), now).location
        assert location == Location(lat=-6.2, lng=106.83)
        assert "location.lat" in details(app, {"location": {"lat": 106.83, "lng": 100}}, now)

    def test_half_a_point(self, app: Channel, now: datetime) -> None:
        assert details(app, {"location": {"lat": -6.2}}, now).keys() == {"location.lng"}
        assert details(app, {"location": {"lat": "", "lng": 106.83}}, now).keys() == {"location.lat"}


class TestTextsAndPhotos:
    def test_ten_thousand_characters_stay_whole(self, app: Channel, now: datetime) -> None:
        assert city_app.parse(app, request({"text": "é" * 20_000}), now).text == "é" * 20_000

    @pytest.mark.parametrize(
        ("path", "longest"),
        [
            ("text", 20_000),
            ("category", 100),
            ("reporter.name", 200),
            ("reporter.address", 1_000),
            ("reporter.phone", 40),
            ("reporter.email", 254),
            ("location.address", 1_000),
            ("location.landmark", 500),
        ],
    )
    def test_bounds(self, app: Channel, path: str, longest: int, now: datetime) -> None:
        city_app.parse(app, request(changed(path, "a" * longest)), now)
        assert details(app, changed(path, "a" * (longest + 1)), now) == {path: f"must be at most {longest} characters"}

    @pytest.mark.parametrize(
        ("written", "text"),
        [
            (b"Jalan\\u0000 rusak", "Jalan rusak"),
            (b"Jalan\x00 rusak\x07", "Jalan rusak\x07"),
            (b"\\ud83c banjir \\ud83c\\udf0a", " banjir 🌊"),
            (b"caf\xe9", "caf\ufffd"),
        ],
    )
    def test_unclean_text(self, app: Channel, written: bytes, text: str, now: datetime) -> None:
        assert city_app.parse(app, request(b'{"text":"' + written + b'"}'), now).text == text

    def test_a_byte_order_mark(self, app: Channel, now: datetime) -> None:
        assert city_app.parse(app, request(b'\xef\xbb\xbf{"text":"a"}'), now).text == "a"

    @pytest.mark.parametrize(
        "url",
        ["", "foto.jpg", "ftp://x.example/1", "javascript:alert(1)", "https://", "https:///a", "https://x.example/a b", "https://x.example\\@y/",
         "https://x.example/\n", "https://x.example/" + "a" * 2_048, "file:///etc/passwd", "//x.example/a"],
    )  # fmt: skip
    def test_what_is_no_photo(self, app: Channel, url: str, now: datetime) -> None:
        assert details(app, changed("photos", ["https://x.example/1", url]), now).keys() == {"photos.1"}

    def test_ten_photos(self, app: Channel, now: datetime) -> None:
        urls = [f"https://x.example/{number}" for number in range(11)]
        assert len(city_app.parse(app, request(changed("photos", urls[:10])), now).photos) == 10
        assert details(app, changed("photos", urls), now).keys() == {"photos"}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(WHOLE, JSON_VALUES)
        | {
            "reporter": st.dictionaries(st.sampled_from(["name", "address", "phone", "email"]), JSON_VALUES),
            "location": st.dictionaries(st.sampled_from(["lat", "lng", "address", "landmark"]), JSON_VALUES),
        },
    )
)
def test_any_values_give_a_message_or_a_named_error(app: Channel, document: dict[str, Any]) -> None:
    try:
        message = city_app.parse(app, request(document), datetime.now(UTC))
    except Invalid as error:
        roots = {path.partition(".")[0] for path in error.details}
        assert roots
        assert roots <= WHOLE.keys()
        return
    msgspec.json.encode(message)  # no lone surrogate is left


@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 30))
def test_any_bytes_give_a_message_or_an_error_of_ours(app: Channel, noise: bytes, at: int, gone: int) -> None:
    whole = json.dumps(WHOLE).encode()
    for body in (noise, whole[:at] + noise + whole[at + gone :]):
        try:
            city_app.parse(app, request(body), datetime.now(UTC))
        except ReportError:
            continue


def test_verify_and_parse_are_quick(app: Channel, now: datetime) -> None:
    """40 µs is the target, and about 11 µs the measure here; the bound leaves room for a slow machine."""
    sent = TestVerify().signed(now)
    best = 1.0
    for _ in range(20):
        start = time.thread_time()
        for _ in range(50):
            city_app.verify(app, sent, {"secret": SECRET}, now)
            city_app.parse(app, sent, now)
        best = min(best, (time.thread_time() - start) / 50)
    assert best < 200e-6


@pytest.mark.parametrize("field", ["reporter", "location", "photos", "private"])
def test_half_an_emoji_in_the_place_of_another_type_is_named(field: str, app: Channel) -> None:
    request = Request(
        method="POST",
        url="",
        headers={"content-type": "application/json", "webhook-id": "1"},
        body=b'{"text": "x", "%s": "\\ud83c"}' % field.encode(),
    )
    with pytest.raises(Invalid) as refused:
        city_app.parse_all(app, request, datetime(2026, 11, 21, tzinfo=UTC))
    assert set(refused.value.details) == {field}
