"""Entered by staff: people without any phone; and how the admin keeps the channels."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.acceptance.clients import SECRETS, Answer, Server, at_once, complete, fresh, phone, signed, until
from tests.acceptance.providers import NUMBER, meta, seen, telegram, texts, tg_update

COUNTERS = ("kelurahan", "kecamatan", "wali-kota", "pendopo", "inspektorat", "gubernur", "media-massa")
BY_STAFF = (*COUNTERS, "laporan-petugas")


def form(channel: str = "kelurahan", **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "channel": channel,
        "text": f"Lampu jalan mati sejak tiga malam {fresh('loket')}",
        "reporter": {"name": "Dewi Anggraini", "address": "Jl. Kenanga 4, Menteng"},
        "location": {"landmark": "depan SDN 01", "kelurahan": "Menteng"},
    }
    body.update(changes)
    return {name: value for name, value in body.items() if value is not None}


def enter(every: Server, body: Any, role: str = "counter", key: str = "", **claims: str) -> Answer:
    return every.staff("POST", "/reports", body, role=role, key=key, **claims)


@pytest.mark.parametrize("channel", BY_STAFF)
@pytest.mark.parametrize("role", ["counter", "admin"])
def test_a_person_without_any_phone_gets_a_number_printed(every: Server, channel: str, role: str) -> None:
    answer = enter(every, form(channel), role)
    assert answer.status == 201, (answer.status, answer.text)
    receipt = answer.json
    assert NUMBER.fullmatch(receipt["tracking"])
    assert receipt["missing"] == []
    assert receipt["tracking"] in "\n".join(receipt["slip"]["lines"])
    assert every.status(receipt["tracking"]) == "waiting"
    assert channel in json.dumps(seen(every, receipt["tracking"]))
    public = json.dumps(every.citizen(receipt["tracking"]))
    for secret in ("Dewi", "Anggraini", "Kenanga", receipt["key"]):
        assert secret not in public


def test_officials_own_findings_come_from_agencies_too_and_the_counters_do_not(every: Server) -> None:
    assert enter(every, form("laporan-petugas"), "agency", agency="bina-marga").status == 201
    for channel in COUNTERS:
        assert enter(every, form(channel), "agency", agency="bina-marga").status == 403, channel
    for role in ("validator", "analyst"):
        for channel in BY_STAFF:
            assert enter(every, form(channel), role).status == 403, (role, channel)


def test_without_a_token_or_with_a_wrong_one_nothing_is_entered(every: Server) -> None:
    raw = json.dumps(form()).encode()
    for headers in (
        {},
        {"Authorization": "Bearer x.y.z"},
        {"Authorization": "Basic eDp5"},
        {"Authorization": "Bearer "},
    ):
        sent = {"Content-Type": "application/json", **headers}
        assert every.call("POST", "/staff/reports", raw, sent).status == 401
        assert every.call("GET", "/staff/channels", None, headers).status == 401
        assert every.call("POST", "/staff/channels/jaki/secrets", b'{"name":"secret"}', sent).status == 401


def test_the_same_form_is_one_report_even_at_once(every: Server) -> None:
    body, key = form(), fresh("idem")
    got = at_once([lambda: enter(every, body, key=key)] * 5)
    assert {a.status for a in got} <= {200, 201}, [a.text for a in got]
    assert len({a.json["tracking"] for a in got}) == 1
    again = enter(every, body | {"text": body["text"] + " (diperbaiki)"}, key=key)
    assert again.status == 200
    assert again.json["tracking"] == got[0].json["tracking"]
    other = enter(every, body, key=fresh("idem"))
    assert other.json["tracking"] != got[0].json["tracking"]
    by_form = [
        enter(every, form(form_id="form-1-abc-123", text="Jalan rusak di Menteng")).json["tracking"] for _ in range(2)
    ]
    assert len(set(by_form)) == 1


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"channel": None}, "channel"),
        ({"channel": "sms"}, "channel"),
        ({"channel": "nothing"}, "channel"),
        ({"channel": ["kelurahan"]}, "channel"),
        ({"text": None}, "text"),
        ({"text": ""}, "text"),
        ({"text": 3}, "text"),
        ({"reporter": "Dewi"}, "reporter"),
        ({"reporter": {"phone": "abc"}}, "reporter.phone"),
        ({"reporter": {"email": "x"}}, "reporter.email"),
        ({"location": {"lat": 95, "lng": 195}}, "location"),
        ({"location": {"lat": -6.1}}, "location"),
        ({"location": {"kelurahan": "Atlantis"}}, "location.kelurahan"),
        ({"category": "nothing-such"}, "category"),
        ({"photos": ["x"]}, "photos"),
        ({"private": "maybe"}, "private"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_every_wrong_field_is_named(every: Server, changes: dict[str, Any], named: str) -> None:
    answer = enter(every, form(**changes))
    assert answer.status == 422, (answer.status, answer.text)
    assert any(field.startswith(named) for field in answer.json["details"]), answer.json


def test_all_wrong_fields_are_named_at_once(every: Server) -> None:
    answer = enter(every, form(text=3, category="nothing-such", nonsense=1, reporter={"phone": "abc"}))
    assert {"text", "category", "nonsense", "reporter.phone"} <= set(answer.json["details"]), answer.json


@pytest.mark.parametrize("raw", [b"", b"{", b"null", b"[]", b"\xff", b'"x"'])
def test_what_is_no_json_object_is_a_400(every: Server, raw: bytes) -> None:
    headers = {"Authorization": f"Bearer {every.token('counter')}", "Content-Type": "application/json"}
    answer = every.call("POST", "/staff/reports", raw, headers)
    assert answer.status in (400, 422), answer.text


def test_who_has_a_phone_is_texted_the_number_and_can_follow_by_sms(every: Server) -> None:
    number = phone()
    answer = enter(every, form(reporter={"name": "Dewi", "address": "Jl. Kenanga 4", "phone": number}))
    assert answer.status == 201, answer.text
    text = texts(every, "sms", number)[0]
    assert answer.json["tracking"] in text
    assert len(text) <= 160


def test_what_the_form_lacks_is_said_and_the_report_is_kept(every: Server) -> None:
    answer = enter(every, form(reporter=None, location=None))
    assert answer.status == 201
    assert set(answer.json["missing"]) == {"name", "address", "place"}
    assert every.status(answer.json["tracking"]) == "incomplete"


def test_a_staff_channel_takes_no_webhook(every: Server) -> None:
    for channel in BY_STAFF:
        answer = every.call("POST", f"/channels/{channel}", b"{}", {"Content-Type": "application/json"})
        assert answer.status in (404, 405, 410), answer.status


@pytest.fixture(scope="module")
def shut() -> Any:
    """A run in which some channels are switched off by a setting."""
    server = Server(CHANNELS_OFF="kelurahan telegram")
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.said(), server.said()


def test_a_channel_that_is_switched_off_is_a_410_and_says_where_to_go(shut: Server) -> None:
    answer = enter(shut, form("kelurahan"))
    assert answer.status == 410, (answer.status, answer.text)
    assert "instead" in json.dumps(answer.json)
    assert enter(shut, form("kecamatan")).status == 201
    answer = telegram(shut, tg_update(77001122, "Lampu mati"))
    assert answer.status == 410
    assert answer.json["details"]["instead"]
    assert shut.get("/channels/x?crc_token=a").status == 410


# keeping the channels


def entry(every: Server, channel: str, **who: str) -> dict[str, Any]:
    answer = every.staff("GET", "/channels", **who)
    assert answer.status == 200, answer.text
    return next(dict(item) for item in answer.json["items"] if item["id"] == channel)


def test_only_the_admin_and_the_analyst_see_the_channels_and_only_the_admin_changes_them(every: Server) -> None:
    assert every.staff("GET", "/channels", role="analyst").status == 200
    for who in ({"role": "counter"}, {"role": "validator"}, {"role": "agency", "agency": "bina-marga"}):
        assert every.staff("GET", "/channels", **who).status == 403
        assert every.staff("POST", "/channels/jaki/secrets", {"name": "secret"}, **who).status == 403
        assert every.staff("POST", "/channels/sms/test", {"to": "+628111000222"}, **who).status == 403
    assert every.staff("POST", "/channels/jaki/secrets", {"name": "secret"}, role="analyst").status == 403


def test_the_admin_sees_all_channels_and_each_refusal_with_its_reason(every: Server) -> None:
    items = every.staff("GET", "/channels").json["items"]
    assert len(items) == 25
    before = entry(every, "instagram")["today"]["refused"]
    answer = every.call(
        "POST", "/channels/instagram", b"{}", {"Content-Type": "application/json", "X-Hub-Signature-256": "sha256=00"}
    )
    assert answer.status == 401
    item = until(lambda: (now := entry(every, "instagram"))["today"]["refused"] > before and now, 5)
    assert "bad_signature" in json.dumps(item["refusals"])
    assert re.match(r"\d{4}-\d\d-\d\dT", item["refusals"][0]["at"])


def test_deliveries_are_listed_without_anything_a_citizen_wrote(every: Server) -> None:
    body = complete()
    assert every.app("balai-warga", body).status == 200
    item = until(lambda: (now := entry(every, "balai-warga"))["last"] and now, 10)
    assert item["today"]["accepted"] >= 1
    said = json.dumps(item)
    assert body["text"] not in said
    assert "Siti" not in said


def test_a_rotated_secret_is_valid_beside_the_old_one_until_that_is_ended(every: Server) -> None:
    made = every.staff("POST", "/channels/lapor/secrets", {"name": "secret"})
    assert made.status == 201, made.text
    new = made.json["secret"]
    assert new.startswith("whsec_")
    assert made.json["valid"] == 2
    assert new not in every.staff("GET", "/channels").text, "shown this once"
    assert every.staff("POST", "/channels/lapor/secrets", {"name": "secret"}).status == 409
    raw = json.dumps(complete()).encode()

    def taken(secret: str) -> bool:
        return every.call("POST", "/channels/lapor", raw, signed("lapor", raw, fresh("m"), secret=secret)).status == 200

    assert taken(SECRETS["lapor"]["secret"]), "the old one stays valid"
    until(lambda: taken(new), 15, 0.5, "the new one becomes valid")
    assert taken(SECRETS["lapor"]["secret"])
    ended = every.staff("DELETE", "/channels/lapor/secrets?name=secret")
    assert ended.status in (200, 204), ended.text
    until(lambda: not taken(SECRETS["lapor"]["secret"]), 15, 0.5, "the old one ends")
    assert taken(new)


def test_a_secret_that_the_provider_makes_is_sent_with_it(every: Server) -> None:
    assert every.staff("POST", "/channels/facebook/secrets", {"name": "app_secret"}).status == 422
    value = fresh("app-secret-of-meta")
    made = every.staff("POST", "/channels/facebook/secrets", {"name": "app_secret", "value": value})
    assert made.status == 201, made.text
    assert meta(every, "facebook", {"object": "page", "entry": []}).status == 200, "the old one stays valid"
    assert every.staff("POST", "/channels/facebook/secrets", {"name": "nothing"}).status in (404, 422)
    assert every.staff("POST", "/channels/nothing/secrets", {"name": "secret"}).status == 404


@pytest.mark.parametrize(
    ("channel", "to"),
    [
        ("sms", "+6281299990001"),
        ("sms-aggregator", "+6281299990002"),
        ("sms-aws", "+6281299990003"),
        ("sms-vonage", "+6281299990004"),
        ("telegram", "99990005"),
        ("email", "admin@warga.example"),
    ],
)
def test_a_test_message_goes_out_by_the_channels_own_way(every: Server, channel: str, to: str) -> None:
    assert every.staff("POST", f"/channels/{channel}/test", {"to": to}).status == 202
    assert texts(every, channel, to)


def test_a_channel_without_a_way_of_its_own_says_so(every: Server) -> None:
    assert every.staff("POST", "/channels/kelurahan/test", {"to": "+6281299990001"}).status == 409
    assert every.staff("POST", "/channels/nothing/test", {"to": "+6281299990001"}).status == 404


def test_the_watch_for_silent_channels_runs(every: Server) -> None:
    assert every.call("POST", "/_local/run/watch_channels", b"").status == 200
    assert all("silent" in item for item in every.staff("GET", "/channels").json["items"])
