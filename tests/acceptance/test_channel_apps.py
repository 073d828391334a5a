"""City apps, Qlue's feed and the web form."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from standardwebhooks import Webhook

from tests.acceptance.clients import MONAS, SECRETS, Server, at_once, complete, fresh, signed, until
from tests.acceptance.providers import seen

ALL = ("jaki", "qlue", "jakarta-aman", "lapor", "balai-warga")


@pytest.mark.parametrize("channel", ALL)
def test_each_app_files_a_report_and_its_retry_gets_the_same_answer(every: Server, channel: str) -> None:
    body, same = complete(), fresh("msg")
    first, second = every.app(channel, body, same), every.app(channel, body, same)
    assert first.status == second.status == 200, first.text
    assert first.json["tracking"] == second.json["tracking"]
    assert seen(every, first.json["tracking"])["channel"] in (channel, {"code": channel}) or channel in json.dumps(
        seen(every, first.json["tracking"])
    )


@pytest.mark.parametrize("channel", ALL)
def test_each_apps_wrong_signature_is_401(every: Server, channel: str) -> None:
    raw = json.dumps(complete()).encode()
    right = signed(channel, raw, fresh("m"))
    other = "jaki" if channel != "jaki" else "lapor"
    for headers in (
        {name: value for name, value in right.items() if name != "webhook-signature"},
        {name: value for name, value in right.items() if name != "webhook-id"},
        right | {"webhook-signature": "v1,"},
        right | {"webhook-signature": "v1,!!!!"},
        right | {"webhook-timestamp": "x"},
        right | {"webhook-timestamp": str(int(time.time()) + 1)},
        signed(channel, raw, "m", time.time() - 301),
        signed(channel, raw, "m", time.time() + 360),
        signed(other, raw, "m"),
    ):
        assert every.call("POST", f"/channels/{channel}", raw, headers).status == 401, headers


def test_several_signatures_while_a_secret_rotates(every: Server) -> None:
    raw = json.dumps(complete()).encode()
    message, moment = fresh("m"), datetime.now(UTC)
    good = Webhook(SECRETS["balai-warga"]["secret"]).sign(message, moment, raw.decode())
    old = Webhook("whsec_" + "b2xkLXNlY3JldC1vbGQtc2VjcmV0").sign(message, moment, raw.decode())
    headers = signed("balai-warga", raw, message) | {
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": f"v1a,xxxx {old} {good}",
    }
    assert every.call("POST", "/channels/balai-warga", raw, headers).status == 200


# Qlue's own feed


def feed(every: Server, post: object, key: str = "") -> object:
    headers = {"Content-Type": "application/json", "x-api-key": key or SECRETS["qlue"]["api_key"]}
    return every.call("POST", "/channels/qlue", json.dumps(post).encode(), headers)


def test_qlues_post_as_number_and_as_text_is_one_report(every: Server) -> None:
    identity = int(time.time() * 1000)
    body = {
        "post_id": identity,
        "created_at": time.strftime("%Y-%m-%dT%H:%M+0700", time.gmtime(time.time() + 7 * 3600)),
        "title": "Banjir",
        "text": "Air masuk rumah warga",
        "image_url": "https://qluein.example/x.jpg",
        "qlue_city": "jakarta",
        "disaster_type": "flood",
        "location": MONAS,
    }
    first = feed(every, body)
    second = feed(every, body | {"post_id": str(identity)})
    assert first.status == second.status == 200, first.text  # type: ignore[attr-defined]
    assert first.json["tracking"] == second.json["tracking"]  # type: ignore[attr-defined]
    assert "Air masuk" in every.words(first.json["tracking"])  # type: ignore[attr-defined]


def test_qlue_swapped_and_zero_coordinates(every: Server) -> None:
    base = {"post_id": int(time.time() * 1000) + 1, "text": "Banjir", "qlue_city": "jakarta"}
    swapped = feed(every, base | {"location": {"lat": MONAS["lng"], "lng": MONAS["lat"]}})
    zero = feed(every, base | {"post_id": base["post_id"] + 1, "location": {"lat": 0, "lng": 0}})  # type: ignore[operator]
    assert swapped.status == zero.status == 200, (swapped.text, zero.text)  # type: ignore[attr-defined]
    assert "106.8" in json.dumps(seen(every, swapped.json["tracking"]))  # type: ignore[attr-defined]
    assert '"lat": 0' not in json.dumps(seen(every, zero.json["tracking"]))  # type: ignore[attr-defined]


@pytest.mark.parametrize("key", ["x", "local-only-qlue-api-ke", "local-only-qlue-api-key2"])
def test_qlue_a_wrong_key_is_401(every: Server, key: str) -> None:
    assert feed(every, {"post_id": 1, "text": "x"}, key).status == 401  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "body",
    [{}, {"post_id": None}, {"post_id": []}, [], 3, {"post_id": 1, "location": "x"}, {"post_id": "", "text": "x"}],
)
def test_qlue_what_is_no_post_is_refused_naming_the_field(every: Server, body: object) -> None:
    answer = feed(every, body)
    assert answer.status in (200, 400, 422), answer.text  # type: ignore[attr-defined]


# web form


def web(**changes: str) -> dict[str, str]:
    """The fields of docs/channels/web.md."""
    return {
        "form_id": fresh("formulir-warga") + fresh("x"),
        "text": f"Jalan berlubang di depan halte {fresh('web')}",
        "consent": "ya",
        "name": "Dewi Anggraini",
        "address": "Jl. Pegangsaan 12",
        "landmark": "depan Stasiun Cikini",
        "kelurahan": "Cikini",
    } | changes


def test_the_web_form_is_a_page_and_takes_a_report_from_a_browser(every: Server) -> None:
    page = every.get("/report", Accept="text/html")
    assert page.status == 200
    assert "<form" in page.text
    assert set(re.findall(r"<script ([a-z]+)=", page.text)) <= {"src", "type"}, "files of ours and data; none is needed"
    sent = every.call(
        "POST", "/report", urlencode(web()).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert sent.status in (200, 201, 303), (sent.status, sent.text[:300])
    if sent.status != 303:
        assert "JKT-" in sent.text


def test_what_a_browser_left_out_is_said_beside_the_field_and_what_was_typed_stays(every: Server) -> None:
    form = web(consent="", text="Jalan <b>rusak</b> sekali")
    sent = every.call(
        "POST", "/report", urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert sent.status in (200, 400, 422)
    assert "&lt;b&gt;rusak" in sent.text
    assert "JKT-" not in sent.text


@pytest.mark.parametrize("kind", ["json", "form"])
def test_the_web_form_answers_with_number_and_key_and_two_clicks_are_one_report(every: Server, kind: str) -> None:
    body = web()
    raw = json.dumps(body).encode() if kind == "json" else urlencode(body).encode()
    mime = "application/json" if kind == "json" else "application/x-www-form-urlencoded"
    headers = {"Content-Type": mime, "Accept": "application/json"}
    got = at_once([lambda: every.call("POST", "/channels/web", raw, headers)] * 3)
    assert {a.status for a in got} <= {200, 201}, got[0].text
    assert len({a.json["tracking"] for a in got}) == 1
    tracking, key = got[0].json["tracking"], got[0].json["key"]
    until(lambda: every.status(tracking) != "incomplete", 10)
    assert every.citizen(tracking, key)
    public = json.dumps(every.citizen(tracking))
    for secret in ("Dewi", "Pegangsaan", key):
        assert secret not in public


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"text": 3}', b'{"text": ""}'])
def test_the_web_form_names_what_is_wrong(every: Server, body: bytes) -> None:
    answer = every.call("POST", "/channels/web", body, {"Content-Type": "application/json"})
    assert answer.status in (400, 422), (answer.status, answer.text)
    assert {"code", "message"} <= set(answer.json)


@pytest.mark.parametrize("field", ["photos", "location", "reporter", "text", "id", "category"])
def test_half_an_emoji_in_the_place_of_a_field_is_a_4xx_or_a_report_and_never_503(every: Server, field: str) -> None:
    """JSON can escape a lone surrogate; a provider that is told 503 sends it for ever."""
    raw = json.dumps(complete(**{field: "\ud83c"})).encode()
    assert every.call("POST", "/channels/jaki", raw, signed("jaki", raw, fresh("m"))).status in (200, 400, 422)
    body = {"channel": "kelurahan", "text": "Jalan rusak", field: "\ud83c"}
    assert every.staff("POST", "/reports", body, role="counter").status in (201, 400, 422)
