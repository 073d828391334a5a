"""Bad input of every kind: a plain answer, nothing stored, never a 500 and never a stack trace."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.acceptance.clients import (
    SECRETS,
    Answer,
    Server,
    complete,
    fresh,
    phone,
    sign_raw,
    signed,
    sms_form,
    until,
)


def refused(answer: Answer, status: int) -> dict[str, Any]:
    """The error's JSON, after checking its shape: code, message, and perhaps details."""
    assert answer.status == status, (answer.status, answer.text[:500])
    assert answer.header("content-type").startswith("application/json")
    error = answer.json
    assert {"code", "message"} <= set(error) <= {"code", "message", "details"}
    assert isinstance(error["code"], str)
    assert isinstance(error["message"], str)
    return dict(error)


def stored(city: Server, text: str) -> list[str]:
    """Where a text is found among the queues."""
    queues = ("waiting", "incomplete", "validation", "agency#bina-marga")
    return [name for name in queues for row in city.queue(name, limit=200) if text in str(row.get("problem"))]


def _headers(kind: str, raw: bytes) -> Mapping[str, str]:
    right = signed("jaki", raw, fresh("msg"))
    signature = right["webhook-signature"].removeprefix("v1,")
    flipped = base64.b64encode(bytes(b ^ 1 for b in base64.b64decode(signature))).decode()
    without = {name: value for name, value in right.items() if not name.startswith("webhook-")}
    match kind:
        case "missing":
            return without
        case "no id" | "no timestamp" | "no signature":
            return {name: value for name, value in right.items() if name != f"webhook-{kind[3:]}"}
        case "301 s old":
            return signed("jaki", raw, fresh("msg"), time.time() - 301)
        case "301 s ahead":
            return signed("jaki", raw, fresh("msg"), time.time() + 360)
        case "another secret":
            return signed("jaki", raw, fresh("msg"), secret="whsec_" + base64.b64encode(b"x" * 32).decode())
        case "another channel's secret":
            return signed("qlue", raw, fresh("msg"))
        case "another id":
            return {**right, "webhook-id": fresh("msg")}
        case "another timestamp":
            return {**right, "webhook-timestamp": str(int(time.time()) - 1)}
    values = {
        "forged": f"v1,{flipped}",
        "not base64": "v1,!!!not base64!!!",
        "half base64": "v1,abc",
        "no version": signature,
        "unknown version": f"v2,{signature}",
        "asymmetric version": f"v1a,{signature}",
        "empty": "",
        "only version": "v1,",
        "several wrong": f"v1,{flipped} v1,AAAA v2,{signature} v1,",
        "comma missing": f"v1{signature}",
        "latin-1": "v1,\xe9\xe9",
        "very long": "v1," + "A" * 20_000,
        "many": "v1,AAAA " * 500,
    }
    if kind in values:
        return {**right, "webhook-signature": values[kind]}
    stamps = {
        "stamp text": "now",
        "stamp float": "1e400",
        "stamp nan": "nan",
        "stamp huge": "9" * 400,
        "stamp minus": "-1",
        "stamp empty": "",
    }
    return {**right, "webhook-timestamp": stamps[kind]}


@pytest.mark.parametrize(
    "kind",
    [
        "missing", "no id", "no timestamp", "no signature", "301 s old", "301 s ahead", "another secret",
        "another channel's secret", "another id", "another timestamp", "forged", "not base64", "half base64", "no version",
        "unknown version", "asymmetric version", "empty", "only version", "several wrong", "comma missing", "latin-1",
        "very long", "many", "stamp text", "stamp float", "stamp nan", "stamp huge", "stamp minus", "stamp empty",
    ],
)  # fmt: skip
def test_a_wrong_signature_is_401_and_stores_nothing(city: Server, kind: str) -> None:
    mark = fresh("tanda")
    raw = json.dumps(complete(text=f"Jalan rusak {mark}")).encode()
    refused(city.call("POST", "/channels/jaki", raw, _headers(kind, raw)), 401)
    assert not stored(city, mark)


def test_one_right_signature_among_several_is_enough(city: Server) -> None:
    raw = json.dumps(complete()).encode()
    headers = signed("jaki", raw, fresh("msg"))
    headers["webhook-signature"] = f"v1,AAAA v1a,xyz {headers['webhook-signature']}"
    assert city.call("POST", "/channels/jaki", raw, headers).status == 200


def test_a_message_of_four_minutes_ago_is_still_taken(city: Server) -> None:
    raw = json.dumps(complete()).encode()
    headers = signed("jaki", raw, fresh("msg"), time.time() - 290)
    assert city.call("POST", "/channels/jaki", raw, headers).status == 200


def test_a_body_changed_after_signing_is_401(city: Server) -> None:
    raw = json.dumps(complete()).encode()
    headers = signed("jaki", raw, fresh("msg"))
    refused(city.call("POST", "/channels/jaki", raw + b" ", headers), 401)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data; boundary=x", ""],
)
def test_another_content_type_is_415(city: Server, content_type: str) -> None:
    raw = json.dumps(complete()).encode()
    headers = {**signed("jaki", raw, fresh("msg")), "Content-Type": content_type}
    refused(city.call("POST", "/channels/jaki", raw, headers), 415)


def test_json_to_the_sms_channel_is_415(city: Server) -> None:
    form = sms_form("Jalan rusak", phone())
    headers = {**city.sms_headers(form), "Content-Type": "application/json"}
    assert city.call("POST", "/channels/sms", json.dumps(form).encode(), headers).status in (401, 415)


def test_json_to_the_staff_api_needs_its_content_type(city: Server) -> None:
    tracking = city.report()["tracking"]
    headers = {"Authorization": f"Bearer {city.token('admin')}", "Content-Type": "text/plain"}
    refused(city.call("POST", f"/staff/reports/{tracking}/note", b'{"note":"x"}', headers), 415)


@pytest.mark.parametrize("size", [1_000_001, 1_048_577, 3_000_000])
def test_more_than_a_megabyte_is_413(city: Server, size: int) -> None:
    mark = fresh("tanda")
    raw = json.dumps(complete(text=mark + "x" * size)).encode()
    refused(city.call("POST", "/channels/jaki", raw, signed("jaki", raw, fresh("msg"))), 413)
    assert not stored(city, mark)


@pytest.mark.parametrize("size", [100_000, 350_000, 900_000])
def test_up_to_a_megabyte_is_answered_for_certain(city: Server, size: int) -> None:
    """Whatever is not refused is stored: 200 with a number that can be looked up, or a plain 413 or 422."""
    answer = city.app("jaki", complete(text="panjang " * (size // 8)))
    if answer.status == 200:
        assert city.citizen(answer.json["tracking"])["status"]["code"] == "coordination"
    else:
        refused(answer, answer.status)
        assert answer.status in (413, 422)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b'{"id":1', b"{'id': 1}", b"nonsense", b'{"a":1}{"b":2}', b"[" * 5000, b'{"a":' * 20_000, b"\x00"],
)
def test_broken_json_is_400(city: Server, raw: bytes) -> None:
    refused(city.call("POST", "/channels/jaki", raw, sign_raw("jaki", raw, fresh("msg"))), 400)


@pytest.mark.parametrize(
    "raw", [b'{"text":"\xc3"}', b"\xff\xfe{\x00}\x00", b'{"text":NaN}', b'{"id":1,"id":2,"text":Infinity}']
)
def test_a_body_that_json_does_not_allow_is_refused(city: Server, raw: bytes) -> None:
    answer = city.call("POST", "/channels/jaki", raw, sign_raw("jaki", raw, fresh("msg")))
    assert answer.status in (400, 401, 422)
    refused(answer, answer.status)


@pytest.mark.parametrize("body", [None, [], [1, 2], 5, 1.5, True, "teks", [complete()]])
def test_a_body_that_is_no_object_is_refused(city: Server, body: object) -> None:
    answer = city.app("jaki", body)
    assert answer.status in (400, 422)
    refused(answer, answer.status)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": 5}, "text"),
        ({"text": ["a"]}, "text"),
        ({"text": {"a": 1}}, "text"),
        ({"id": ["x"]}, "id"),
        ({"id": True}, "id"),
        ({"id": 1.5}, "id"),
        ({"reporter": "Siti"}, "reporter"),
        ({"reporter": ["Siti"]}, "reporter"),
        ({"reporter": {"name": 5, "address": "x"}}, "reporter.name"),
        ({"reporter": {"name": "x", "address": {}}}, "reporter.address"),
        ({"reporter": {"name": "x", "address": "y", "phone": 62812}}, "reporter.phone"),
        ({"location": "Monas"}, "location"),
        ({"location": [1, 2]}, "location"),
        ({"location": {"lat": "x", "lng": 106.8}}, "location.lat"),
        ({"location": {"lat": -6.1, "lng": None, "landmark": 7}}, "location.landmark"),
        ({"location": {"lat": True, "lng": 106.8}}, "location.lat"),
        ({"category": 5}, "category"),
        ({"photos": "http://x.example/a.jpg"}, "photos"),
        ({"photos": [5]}, "photos"),
        ({"created_at": ["2026"]}, "created_at"),
    ],
)  # fmt: skip
def test_a_wrong_type_is_422_and_names_the_field(city: Server, changes: dict[str, Any], field: str) -> None:
    error = refused(city.app("jaki", complete(**changes)), 422)
    assert any(name.startswith(field.split(".")[0]) and field.split(".")[-1] in name for name in error["details"]), (
        error
    )


def test_every_wrong_field_is_named(city: Server) -> None:
    error = refused(
        city.app("jaki", complete(text=5, category=[], private="ya", reporter={"name": 1, "address": 2})), 422
    )
    named = " ".join(error["details"])
    for field in ("text", "category", "private", "name", "address"):
        assert field in named, error


@pytest.mark.parametrize(
    "point",
    [{"lat": 1e308, "lng": 1e308}, {"lat": 91, "lng": 181}, {"lat": -6.1}, {"lng": 106.8}, {"lat": -6.1, "lng": 1e400}],
)
def test_an_impossible_point_is_no_point_or_named(city: Server, point: dict[str, float]) -> None:
    answer = city.app("jaki", complete(location={**point, "landmark": "depan pasar"}))
    if answer.status != 200:
        assert "location" in str(refused(answer, 422)["details"])
    else:
        assert answer.json["status"]["code"] in ("incomplete", "waiting")


@pytest.mark.parametrize("channel", ["nix", "JAKI", "jaki%20", "..", "%2e%2e", "jaki%00", "x" * 3000, "balai", "email"])
def test_an_unknown_channel_is_404(city: Server, channel: str) -> None:
    raw = json.dumps(complete()).encode()
    refused(city.call("POST", f"/channels/{channel}", raw, signed("jaki", raw, fresh("msg"))), 404)


def test_a_text_of_10000_characters_is_stored_whole(city: Server) -> None:
    text = "Jalan berlubang. " + "é😀 panjang sekali " * 1000
    text = text[:10_000].rstrip("a ") + "AKHIR"
    tracking = city.report(text=text)["tracking"]
    assert city.citizen(tracking)["problem"] == text
    assert city.staff("GET", f"/reports/{tracking}").json["problem"] == text


@pytest.mark.parametrize(
    ("escaped", "clean"),
    [
        ("Jalan\\u0000 rusak parah", "rusak parah"),
        ("Jalan \\ud800 rusak parah", "rusak parah"),
        ("Jalan \\udfff rusak parah \\ud83d", "rusak parah"),
        ("Jalan rusak parah \\ud83d\\ude00", "rusak parah 😀"),
        ("Jalan \\u202e rusak parah \\u0007\\u001b", "rusak parah"),
    ],
)
def test_nul_and_lone_surrogates_are_cleaned(city: Server, escaped: str, clean: str) -> None:
    whole = json.dumps(complete(text="TEKS", reporter={"name": "NAMA", "address": "Jl. Melati"}))
    raw = whole.replace("TEKS", escaped).replace("NAMA", "Siti\\u0000 \\ud800Rahma").encode()
    answer = city.call("POST", "/channels/jaki", raw, signed("jaki", raw, fresh("msg")))
    assert answer.status == 200, answer.text
    seen = city.get(f"/reports/{answer.json['tracking']}", Accept="application/json")
    assert clean in seen.json["problem"]
    assert "\x00" not in seen.json["problem"]
    assert not any(0xD800 <= ord(character) < 0xE000 for character in seen.json["problem"])
    assert city.get(f"/reports/{answer.json['tracking']}", Accept="text/html").status == 200
    until(lambda: city.events(answer.json["tracking"], "agency-bina-marga"), 5)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "FOO"])
@pytest.mark.parametrize(
    "path",
    [
        "/channels/jaki",
        "/channels/sms",
        "/reports/JKT-7K3M-92QX-4HTC",
        "/staff/reports",
        "/staff/reports/JKT-7K3M-92QX-4HTC/accept",
    ],
)
def test_a_wrong_method_is_refused_plainly(city: Server, method: str, path: str) -> None:
    refused(city.call(method, path, b"{}", {"Content-Type": "application/json"}), 405)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nix",
        "/reports",
        "/reports/",
        "/channels",
        "/channels/",
        "/staff",
        "/x" * 4000,
        "//",
        "/%00",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/../local/secrets.toml",
        "/staff/reports/../../_local",
        "/%ff%fe",
        "/reports/%F0%9F%9A%A7/x/y/z",
    ],
)
def test_an_unknown_path_is_4xx(city: Server, path: str) -> None:
    answer = city.get(path, Accept="application/json")
    known = path.strip("/") in ("", "reports")  # the page that asks for a number
    assert 300 <= answer.status < 500 or (known and answer.status == 200)
    assert "local-only" not in answer.text


@pytest.mark.parametrize(
    "number",
    [
        "%00",
        "JKT%2F7K3M",
        "..%2f..%2f",
        "%ff%fe",
        "x" * 7000,
        "%F0%9F%9A%A7",
        "%25",
        "'%20OR%201=1",
        "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "JKT-7K3M-92QX-4HTC%00",
        "null",
        "JKT-%D9%A3%D9%A3%D9%A3%D9%A3-92QX-4HTC",
    ],
)
def test_a_nonsense_number_is_422_in_every_view(city: Server, number: str) -> None:
    refused(city.get(f"/reports/{number}", Accept="application/json"), 422)
    page = city.get(f"/reports/{number}", Accept="text/html")
    assert page.status == 422
    assert "<script>alert" not in page.text
    staff = city.staff("GET", f"/reports/{number}")
    refused(staff, 422)
    refused(city.act(number, "note", {"note": "x"}), 422)


@pytest.mark.parametrize("raw", [b"null", b"[]", b"5", b'"x"', b"{", b"", b"\xff", b"[" * 3000])
def test_a_bad_body_of_an_action_is_refused(city: Server, raw: bytes) -> None:
    tracking = city.report()["tracking"]
    headers = {"Authorization": f"Bearer {city.token('admin')}", "Content-Type": "application/json"}
    answer = city.call("POST", f"/staff/reports/{tracking}/note", raw, headers)
    assert answer.status in (400, 422)
    refused(answer, answer.status)


# SMS


@pytest.mark.parametrize("signature", [None, "", "AAAA", "!!!", "v1,xyz", "\xe9", "A" * 20_000])
def test_an_sms_with_a_wrong_signature_is_401_and_stores_nothing(city: Server, signature: str | None) -> None:
    mark = fresh("tanda")
    form = sms_form(f"Jalan rusak {mark}", phone())
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if signature is not None:
        headers["X-Twilio-Signature"] = signature
    answer = city.call("POST", "/channels/sms", urlencode(form).encode(), headers)
    assert answer.status == 401
    assert not stored(city, mark)


def test_an_sms_changed_after_signing_is_401(city: Server) -> None:
    form = sms_form("Jalan rusak", phone())
    headers = city.sms_headers(form)
    assert city.call("POST", "/channels/sms", urlencode({**form, "Body": "Lain"}).encode(), headers).status == 401
    assert city.call("POST", "/channels/sms", urlencode({**form, "Baru": "1"}).encode(), headers).status == 401
    assert city.call("POST", "/channels/sms?x=1", urlencode(form).encode(), headers).status == 401


@pytest.mark.parametrize("missing", ["MessageSid", "From"])
def test_an_sms_without_what_it_needs_is_refused_by_name(city: Server, missing: str) -> None:
    form = {name: value for name, value in sms_form("Jalan rusak", phone()).items() if name != missing}
    answer = city.call("POST", "/channels/sms", urlencode(form).encode(), city.sms_headers(form))
    assert answer.status in (400, 422)
    assert missing in str(refused(answer, answer.status))


@pytest.mark.parametrize(
    "raw", [b"%zz&&==&a", b"\xff\xfe\x00", b"Body=%ff%fe&From=%2B62812&MessageSid=SM1", b"&" * 5000]
)
def test_a_broken_form_is_never_a_500(city: Server, raw: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "AAAA"}
    assert city.call("POST", "/channels/sms", raw, headers).status in (400, 401, 422)


def test_the_host_header_decides_nothing(city: Server) -> None:
    raw = json.dumps(complete()).encode()
    headers = {**signed("jaki", raw, fresh("msg")), "Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    answer = city.call("POST", "/channels/jaki", raw, headers)
    assert answer.status == 200
    assert "evil" not in answer.text
    form = sms_form("Jalan rusak", phone())
    headers = {**city.sms_headers(form), "Host": "evil.example"}
    assert city.call("POST", "/channels/sms", urlencode(form).encode(), headers).status == 200


def test_many_headers_and_odd_queries_are_harmless(city: Server) -> None:
    for query in (
        "key=%00",
        "key=%ff",
        "lang=%00",
        "lang=" + "x" * 2000,
        "key=a&key=b",
        "=&=&",
        "lang[]=id",
        quote("ключ") + "=1",
    ):
        number = city.report()["tracking"]
        assert city.get(f"/reports/{number}?{query}", Accept="application/json").status in (200, 400, 422)
    assert SECRETS["jaki"]["secret"] not in city.said()
