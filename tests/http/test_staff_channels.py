"""Channel health: what came, what was refused and why, who is silent, which secrets are valid; and never a citizen's word."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.http.conftest import Answer, Context, bearer, report_body, signed


def entry(web: Callable[..., Answer], channel: str, role: str = "admin") -> dict[str, Any]:
    answer = web("GET", "/staff/channels", headers=bearer(role))
    assert answer.status == 200, answer.text
    found: dict[str, Any] = next(item for item in answer.json["items"] if item["id"] == channel)
    return found


def watched(module: Any, tracking: str, *, seq: int = 1, **changes: Any) -> dict[str, Any]:
    """Hands the watch the event of a stored report, as the queue does."""
    from chalicelib.usecases.announce import event_of

    report = module.desk.reports.get(tracking)
    event = event_of(report, report.entries()[seq - 1], module.desk)
    event["data"] |= changes
    import msgspec

    record = {"messageId": f"{tracking}-{seq}", "body": msgspec.json.encode(event).decode(), "attributes": {}}
    answer: dict[str, Any] = module.watch({"Records": [record]}, Context())
    return answer


def post(web: Callable[..., Answer], headers: dict[str, str], body: bytes, channel: str = "jaki") -> Answer:
    return web("POST", "/channels/{channel}", channel=channel, headers=headers, body=body)


def test_every_channel_is_listed_for_those_who_may(web: Callable[..., Answer], desk: Any) -> None:
    answer = web("GET", "/staff/channels", headers=bearer("admin"))
    assert [item["id"] for item in answer.json["items"]] == list(desk.city.channels)
    x = entry(web, "x", "analyst")
    assert (x["active"], x["in_use"], bool(x["instead"])) == (False, False, True)
    for role, agency in (("counter", None), ("agency", "bina-marga"), ("validator", None)):
        assert web("GET", "/staff/channels", headers=bearer(role, agency)).status == 403
    assert web("GET", "/staff/channels").status == 401


def test_deliveries_are_noted_behind_the_webhook(
    web: Callable[..., Answer], module: Any, filed: Callable[..., dict[str, Any]], calls: Callable[[], list[str]]
) -> None:
    filed()
    calls()
    trackings = [filed(f"m-{number}")["tracking"] for number in range(3)]
    assert calls().count("dynamodb.UpdateItem") == 0, "an accepted webhook costs no write for this"
    for tracking in trackings:
        assert watched(module, tracking) == {"batchItemFailures": []}
    seen = entry(web, "jaki")
    assert seen["last"]["tracking"] == trackings[-1]
    assert seen["today"]["accepted"] == 3
    assert {each["tracking"] for each in seen["deliveries"]} == set(trackings)
    assert {each["outcome"] for each in seen["deliveries"]} == {"accepted"}


def test_a_refusal_is_noted_with_its_reason(web: Callable[..., Answer], clock: Any, desk: Any) -> None:
    clock.instant = datetime.now(UTC)
    body = report_body(location={"lat": "di depan rumah Siti 0812 3456 7890", "lng": 106.8})
    assert post(web, signed(body), body).status == 422
    seen = entry(web, "jaki")
    assert seen["today"] == {"accepted": 0, "refused": 1}
    (refusal,) = seen["refusals"]
    assert (refusal["outcome"], refusal["reason"]) == ("refused", "invalid")
    assert "location.lat" in refusal["words"]
    assert "Siti" not in json.dumps(seen)
    assert "3456" not in json.dumps(seen)


def test_a_flood_of_refusals_costs_one_write_a_second(
    web: Callable[..., Answer], desk: Any, calls: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [1000.0]
    monkeypatch.setattr(type(desk), "ticks", lambda _: seconds[0])
    body = report_body()
    calls()
    for _ in range(50):
        assert post(web, {"content-type": "application/json"}, body, "lapor").status == 401
    assert calls().count("dynamodb.UpdateItem") <= 2
    seconds[0] += 1.5
    assert post(web, {"content-type": "application/json"}, body, "lapor").status == 401
    assert entry(web, "lapor")["today"]["refused"] == 51


def test_the_ring_keeps_the_last_twenty(web: Callable[..., Answer], desk: Any, clock: Any) -> None:
    from chalicelib.store.channels import Delivery

    for number in range(50):
        told = Delivery(at=clock.pass_by(seconds=1), outcome="refused", reason=f"r{number}")
        desk.channels.refused("sms", told, clock.instant.date())
    seen = entry(web, "sms")
    assert [each["reason"] for each in seen["refusals"]] == [f"r{number}" for number in range(49, 29, -1)]


def test_whoever_still_posts_to_a_channel_that_is_off_is_noted(web: Callable[..., Answer]) -> None:
    assert post(web, {"content-type": "application/json"}, b"{}", "x").status == 410
    assert [each["reason"] for each in entry(web, "x")["refusals"]] == ["switched_off"]


def test_what_cannot_be_noted_is_refused_all_the_same(web: Callable[..., Answer]) -> None:
    from tests.faults import failing

    with failing("dynamodb", "UpdateItem", "500", times=9):
        assert post(web, {"content-type": "application/json"}, report_body(), "balai-warga").status == 401


def test_silence_is_judged_by_the_channels_own_gap(
    web: Callable[..., Answer], module: Any, filed: Callable[..., dict[str, Any]], clock: Any
) -> None:
    assert module.watch_channels(_event(), Context()) == []  # nothing has come yet: from now on it is waited for
    assert entry(web, "sms")["silent"] is False
    clock.pass_by(hours=11)
    assert module.watch_channels(_event(), Context()) == []
    clock.pass_by(hours=2)
    assert module.watch_channels(_event(), Context()) == ["sms"]
    seen = entry(web, "sms")
    assert (seen["silent"], seen["usual_gap_hours"]) == (True, 12)
    clock.pass_by(hours=24)
    assert module.watch_channels(_event(), Context()) == ["sms", "email"]
    tracking = filed()["tracking"]
    watched(module, tracking, channel="sms")
    assert "sms" not in module.watch_channels(_event(), Context())
    assert entry(web, "jaki")["silent"] is False


def _event() -> dict[str, Any]:
    return {
        "version": "0", "id": "e", "detail-type": "Scheduled Event", "source": "aws.events", "account": "1",
        "time": "2026-11-21T00:00:00Z", "region": "ap-southeast-3", "resources": [], "detail": {},
    }  # fmt: skip


def rotate(web: Callable[..., Answer], channel: str, role: str = "admin", **body: Any) -> Answer:
    route = "/staff/channels/{channel}/secrets"
    return web("POST", route, channel=channel, headers=bearer(role), body=json.dumps(body))


def end(web: Callable[..., Answer], channel: str, name: str) -> Answer:
    route = "/staff/channels/{channel}/secrets"
    return web("DELETE", route, channel=channel, headers=bearer("admin"), query={"name": name} if name else None)


def test_a_secret_is_rotated_without_a_gap(web: Callable[..., Answer], clock: Any) -> None:
    clock.instant = datetime.now(UTC)
    body = report_body()
    answer = rotate(web, "jaki", name="secret")
    assert answer.status == 201, answer.text
    new = answer.json["secret"]
    assert len(base64.b64decode(new.removeprefix("whsec_"))) == 32
    assert (answer.json["valid"], bool(answer.json["everywhere_at"])) == (2, True)
    assert {"name": "secret", "valid": 2, "made_here": True} in entry(web, "jaki")["secrets"]
    assert new not in web("GET", "/staff/channels", headers=bearer("admin")).text
    assert post(web, signed(body, "m-1"), body).status == 200, "the old one still counts"
    assert post(web, signed(body, "m-2", secret=new), body).status == 200, "the new one counts at once"
    assert rotate(web, "jaki", name="secret").status == 409, "two at a time"
    ended = end(web, "jaki", "secret")
    assert (ended.status, ended.json["valid"]) == (200, 1)
    assert post(web, signed(body, "m-3"), body).status == 401
    assert post(web, signed(body, "m-4", secret=new), body).status == 200
    assert end(web, "jaki", "secret").status == 409


@pytest.mark.parametrize(
    ("channel", "name", "made_here"),
    [
        ("qlue", "secret", True),
        ("qlue", "api_key", True),
        ("open311", "api_key", True),
        ("telegram", "secret_token", True),
        ("facebook", "verify_token", True),
        ("sms-aggregator", "secret", True),
        ("sms", "auth_token", False),
        ("whatsapp", "app_secret", False),
        ("x", "consumer_secret", False),
        ("sms-vonage", "signature_secret", False),
    ],
)
def test_whose_secret_it_is(web: Callable[..., Answer], channel: str, name: str, made_here: bool) -> None:
    if channel == "open311":  # the tests' cloud has two keys of it
        assert end(web, channel, name).json["valid"] == 1
    answer = rotate(web, channel, name=name)
    if made_here:
        assert answer.status == 201
        assert len(answer.json["secret"]) >= 32
        assert " " not in answer.json["secret"]
    else:
        assert answer.status == 422
        assert "value" in answer.json["details"]
        given = rotate(web, channel, name=name, value="a-new-secret-of-the-provider")
        assert given.status == 201
        assert "secret" not in given.json
        assert rotate(web, channel, name=name, value="a-new-secret-of-the-provider").status == 201, "a repetition"


@pytest.mark.parametrize(
    ("channel", "body", "status"),
    [
        ("jaki", {"name": "callback_url"}, 422),
        ("web", {"name": "secret"}, 422),
        ("kelurahan", {"name": "secret"}, 422),
        ("jaki", {}, 422),
        ("jaki", {"name": "secret", "value": "short"}, 422),
        ("jaki", {"name": "secret", "value": "with blanks in between it"}, 422),
        ("nowhere", {"name": "secret"}, 404),
    ],
)
def test_what_cannot_be_rotated(web: Callable[..., Answer], channel: str, body: dict[str, str], status: int) -> None:
    assert rotate(web, channel, **body).status == status


def test_only_the_admin_rotates_and_tests(web: Callable[..., Answer]) -> None:
    assert rotate(web, "jaki", "analyst", name="secret").status == 403
    assert end(web, "jaki", "").status == 422
    test = "/staff/channels/{channel}/test"
    body = json.dumps({"to": "+6281234567890"})
    assert web("POST", test, channel="sms", headers=bearer("analyst"), body=body).status == 403


def test_a_test_message_goes_out_by_the_channels_own_way(
    web: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.http import staff_channels

    sent: list[tuple[str, str, str]] = []

    def send(desk: Any, channel: str, to: str, *, test_id: str) -> str:
        sent.append((channel, to, test_id))
        return f"{channel}:test:{test_id}"

    monkeypatch.setattr(staff_channels, "send_test", send)
    test = "/staff/channels/{channel}/test"
    headers = bearer("admin") | {"idempotency-key": "t-1"}
    for _ in range(2):
        answer = web("POST", test, channel="sms", headers=headers, body='{"to": "+6281234567890"}')
        assert answer.status == 202
    assert sent[0] == sent[1], "the same test again is the same message"
    assert sent[0][:2] == ("sms", "+6281234567890")
    for channel, body, status in (
        ("sms", '{"to": ""}', 422),
        ("sms", "{}", 422),
        ("x", '{"to": "12345"}', 410),
        ("kelurahan", '{"to": "+6281234567890"}', 409),
        ("nowhere", '{"to": "+6281234567890"}', 404),
    ):
        assert web("POST", test, channel=channel, headers=bearer("admin"), body=body).status == status


def test_the_same_text_of_three_senders_is_flagged(
    web: Callable[..., Answer], module: Any, filed: Callable[..., dict[str, Any]], clock: Any
) -> None:
    text = "Tolong segera perbaiki jembatan di kampung kami!"
    reporter = {"name": "Budi", "address": "Jl. Mawar No. 2, Menteng"}

    def file(number: int, phone: int, words: str = text) -> str:
        told = reporter | {"phone": f"+62812345678{phone}"}
        tracking: str = filed(f"m-{number}", text=words, reporter=told)["tracking"]
        assert watched(module, tracking) == {"batchItemFailures": []}
        return tracking

    first, second = file(1, 10), file(2, 11, text.upper().replace(" ", "  "))
    assert file(3, 10), "the same sender again makes no crowd"
    assert module.desk.reports.get(first).flags == ()
    third = file(4, 12, "tolong segera perbaiki jembatan di kampung kami")
    fourth = file(5, 13)
    for tracking in (first, second, third, fourth):
        assert module.desk.reports.get(tracking).flags == ("same-text",), tracking
    version = module.desk.reports.get(third).version
    watched(module, third)
    assert module.desk.reports.get(third).version == version, "an event that comes twice flags once"
    shorts = [file(10 + number, 20 + number, "Banjir!") for number in range(4)]
    assert not any(module.desk.reports.get(tracking).flags for tracking in shorts)
    private = [
        filed(
            f"c-{number}", text=text + " rahasia", confidential=True, reporter=reporter | {"phone": f"+6281234567{n}"}
        )
        for number, n in enumerate(range(100, 104))
    ]
    for receipt in private:
        watched(module, receipt["tracking"])
        assert module.desk.reports.get(receipt["tracking"]).flags == ()


def test_a_bad_event_stands_alone(module: Any, filed: Callable[..., dict[str, Any]]) -> None:
    records = [
        {"messageId": "a", "body": "{", "attributes": {}},
        {"messageId": "b", "body": json.dumps({"data": {"event": "noted", "channel": "jaki"}}), "attributes": {}},
    ]
    assert module.watch({"Records": records}, Context()) == {"batchItemFailures": [{"itemIdentifier": "a"}]}
