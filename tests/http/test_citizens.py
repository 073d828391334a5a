"""The citizen's view: one read, what may be seen with and without the key, caching, and what happens to a wrong number."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib import city as packs
from chalicelib.city.overrides import CategoryChange, Overrides, applied
from chalicelib.domain.errors import Unknown
from tests.http.conftest import Answer, bearer

JSON = {"accept": "application/json"}
HTML = {"accept": "text/html,application/xhtml+xml"}
IDENTITY = ("Budi", "Santoso", "Mawar", "81234567890")


def follow(web: Callable[..., Answer], tracking: str, headers: dict[str, str], **query: str) -> Answer:
    return web("GET", "/reports/{tracking}", tracking=tracking, headers=headers, query=query or None)


def test_the_json_has_what_was_promised_and_never_the_reporter(
    web: Callable[..., Answer], filed: Callable[..., dict[str, Any]]
) -> None:
    answer = follow(web, filed()["tracking"], JSON)
    assert answer.status == 200
    view = answer.json
    promised = (
        "tracking status category agency area received_at respond_by resolve_by overdue escalation_level history photos"
    )
    assert set(promised.split()) <= set(view)
    assert view["status"] == {"code": "coordination", "label": "Koordinasi"}
    assert view["agency"]["code"] == "bina-marga"
    assert view["area"]["name"] == "Gambir"
    assert set(view["history"][0]) >= {"seq", "at", "event", "status", "note", "by", "hash"}
    assert not [word for word in IDENTITY if word in answer.text]


def test_one_read(
    web: Callable[..., Answer], filed: Callable[..., dict[str, Any]], calls: Callable[[], list[str]]
) -> None:
    tracking = filed()["tracking"]
    calls()
    follow(web, tracking, HTML)
    assert calls() == ["dynamodb.GetItem"]


def test_the_etag_spares_the_body_until_something_changes(
    web: Callable[..., Answer], filed: Callable[..., dict[str, Any]]
) -> None:
    tracking = filed()["tracking"]
    first = follow(web, tracking, JSON)
    assert "max-age" in first.headers["cache-control"]
    again = follow(web, tracking, {**JSON, "if-none-match": first.headers["etag"]})
    assert (again.status, again.text) == (304, "")
    agency = bearer("agency", "bina-marga")
    done = web(
        "POST", "/staff/reports/{tracking}/{action}", tracking=tracking, action="accept", headers=agency, body="{}"
    )
    assert done.status == 200
    assert follow(web, tracking, {**JSON, "if-none-match": first.headers["etag"]}).status == 200


@pytest.mark.parametrize("kind", [JSON, HTML])
def test_another_label_of_a_category_is_seen_at_once(
    web: Callable[..., Answer], filed: Callable[..., dict[str, Any]], desk: Any, kind: dict[str, str]
) -> None:
    tracking = filed()["tracking"]
    tag = follow(web, tracking, kind).headers["etag"]
    told = Overrides(categories={"jalan": CategoryChange(label={"id": "Jalan Raya Kita"})})
    desk.city = applied(packs.load("jakarta"), told, version=7)
    answer = follow(web, tracking, {**kind, "if-none-match": tag})
    assert answer.status == 200
    assert "Jalan Raya Kita" in answer.text
    assert follow(web, tracking, {**kind, "if-none-match": answer.headers["etag"]}).status == 304


@pytest.mark.parametrize("flag", ["private", "confidential"])
@pytest.mark.parametrize("accept", [JSON, HTML])
def test_a_hidden_report_shows_only_status_and_deadlines_without_the_key(
    web: Callable[..., Answer], filed: Callable[..., dict[str, Any]], flag: str, accept: dict[str, str]
) -> None:
    receipt = filed(**{flag: True})
    without = follow(web, receipt["tracking"], accept)
    assert without.status == 200
    for hidden in ("berlubang", "Gambir", "Bina Marga", "-6.1754", *IDENTITY):
        assert hidden not in without.text
    wrong = follow(web, receipt["tracking"], accept, key="A" * 16)
    assert "berlubang" not in wrong.text
    for answer in (
        follow(web, receipt["tracking"], accept, key=receipt["key"]),
        follow(web, receipt["tracking"], {**accept, "x-report-key": receipt["key"]}),
    ):
        assert "berlubang" in answer.text
        assert answer.headers["cache-control"] == "private, no-store"
        assert not [word for word in IDENTITY if word in answer.text]


@pytest.mark.parametrize(
    ("typed", "slip"),
    [
        ("JKT-7K3M-92QX", "length"),
        ("JKT-7K3M-92QX-4HTU", "character"),
        ("JKT-0000-0000-0001", "check"),
        ("<script>", "length"),
        ("%00", "length"),
    ],
)
def test_a_malformed_number_is_422_naming_the_slip(web: Callable[..., Answer], typed: str, slip: str) -> None:
    answer = follow(web, typed, JSON)
    assert answer.status == 422
    assert answer.json["details"]["slip"] == slip
    page = follow(web, typed, HTML)
    assert page.status == 422
    assert "text/html" in page.headers["content-type"]
    assert "<script>" not in page.text


def test_an_unknown_number_is_404(web: Callable[..., Answer]) -> None:
    from chalicelib.domain.tracking import check_character

    number = "ZZZZZZZZZZZ"
    tracking = f"JKT-ZZZZ-ZZZZ-ZZZ{check_character(number)}"
    assert follow(web, tracking, JSON).json["code"] == Unknown.code
    assert follow(web, tracking, HTML).status == 404


def test_both_languages(web: Callable[..., Answer], filed: Callable[..., dict[str, Any]]) -> None:
    tracking = filed()["tracking"]
    assert follow(web, tracking, JSON, lang="en").json["category"]["label"] != "Jalan"
    assert follow(web, tracking, {**JSON, "accept-language": "en-GB,en;q=0.9"}).json["status"]["label"] != "Koordinasi"
    assert '<html lang="id"' in follow(web, tracking, HTML).text
    assert '<html lang="en"' in follow(web, tracking, HTML, lang="en").text
    assert follow(web, tracking, JSON, lang="xx").status == 422


def test_the_reporter_acts_with_the_key_only(web: Callable[..., Answer], filed: Callable[..., dict[str, Any]]) -> None:
    receipt = filed()
    route = {"tracking": receipt["tracking"], "action": "withdraw"}
    plain = {"content-type": "application/json"}
    assert web("POST", "/reports/{tracking}/{action}", headers=plain, body="{}", **route).status == 403
    keyed = {**plain, "x-report-key": receipt["key"], "idempotency-key": "w1"}
    for _ in range(2):
        answer = web("POST", "/reports/{tracking}/{action}", headers=keyed, body="{}", **route)
        assert answer.status == 200
        assert answer.json["status"]["code"] == "withdrawn"
    other = web("POST", "/reports/{tracking}/{action}", headers=keyed | {"idempotency-key": "w2"}, body="{}", **route)
    assert other.status == 409
    assert other.json["details"]["status"] == "withdrawn"
    assert json.loads(other.text)["code"] == "not_allowed_now"


def test_words_of_ones_own_show_once_somebody_has_read_them(web: Callable[..., Answer], desk: Any) -> None:
    from chalicelib.usecases.converse import converse
    from tests.usecases.test_converse import SEED, sms

    text = "Sampah menumpuk di Jl Kemang Raya no 5. Nama: Siti. Alamat: Jl Bangka 7"
    tracking = converse(desk, sms(1, text), seed=SEED).report.tracking
    for accept in (JSON, HTML):
        assert "menumpuk" not in follow(web, tracking, accept).text
    admin = bearer("admin")
    body = '{"agency": "lingkungan-hidup", "note": "pelapor sering menelepon"}'
    done = web(
        "POST", "/staff/reports/{tracking}/{action}", tracking=tracking, action="dispatch", headers=admin, body=body
    )
    assert done.status == 200
    for accept in (JSON, HTML):
        seen = follow(web, tracking, accept).text
        assert "menumpuk" in seen
        assert "menelepon" not in seen
        assert "Siti" not in seen


def test_the_front_page_and_an_empty_look_up_ask_for_a_number(web: Callable[..., Answer]) -> None:
    for resource in ("/", "/reports"):
        answer = web("GET", resource, headers=HTML)
        assert answer.status == 200
        assert 'name="tracking"' in answer.text
    found = web("GET", "/reports", headers=HTML, query={"tracking": "jkt 7k3m", "lang": "en"})
    assert found.status == 303
    assert found.headers["location"] == "/reports/jkt%207k3m?lang=en"
