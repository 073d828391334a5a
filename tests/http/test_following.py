"""Being told, over HTTP: joining, the page of a mail's link, alerts; forms and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.outbound import ways
from chalicelib.outbound.senders.outgoing import Outgoing
from chalicelib.store.client import client
from chalicelib.usecases import joining
from chalicelib.usecases.deliver import deliver
from tests.http.conftest import Answer, bearer

MAIL = "ibu.sari@contoh.example"
HTML = {"accept": "text/html", "content-type": "application/x-www-form-urlencoded"}
JSON = {"accept": "application/json", "content-type": "application/json"}
LOOK = {"accept": "text/html"}
Web = Callable[..., Answer]


@pytest.fixture
def mails(desk: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Outgoing]]:
    """Empties the replies queue; the mails to followers that went out."""
    out: list[Outgoing] = []
    monkeypatch.setattr(ways, "send", lambda each, tools: out.append(each))
    sqs, url = client("sqs", desk.settings.region), desk.settings.replies_queue_url

    def taken() -> list[Outgoing]:
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                record = {"body": message["Body"], "messageId": "m", "receiptHandle": message["ReceiptHandle"]}
                assert deliver(desk, record, claimant="r")
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        found = [each for each in out if each.event.startswith("following.")]
        out.clear()
        return found

    return taken


def joins(web: Web, tracking: str, *, headers: dict[str, str] = HTML, **fields: str) -> Answer:
    body = json.dumps(fields) if headers is JSON else urlencode(fields)
    return web("POST", "/reports/{tracking}/join", tracking=tracking, headers=headers, body=body)


def token_of(out: Outgoing) -> str:
    found = re.search(r"/follow/([a-z2-7]{32})", out.body)
    assert found
    return found[1]


def test_a_citizen_joins_by_form_says_yes_and_stops(web: Web, filed: Any, mails: Any, desk: Any) -> None:
    tracking = filed()["tracking"]
    answer = joins(web, tracking, email=MAIL, lang="en")
    assert answer.status == 202
    assert "One more step" in answer.text
    assert MAIL not in answer.text
    (out,) = mails()
    token = token_of(out)
    for _ in range(2):
        opened = web("GET", "/follow/{token}", token=token, headers=LOOK)
        assert (opened.status, opened.headers["cache-control"]) == (200, "no-store")
        assert 'value="confirm"' in opened.text
    assert joining.count(desk, tracking) == 0, "a program that opens links says nothing by it"
    said = web("POST", "/follow/{token}", token=token, headers=HTML, body="do=confirm&lang=en")
    assert said.status == 200
    assert "All right" in said.text
    assert joining.count(desk, tracking) == 1
    assert 'value="stop"' in web("GET", "/follow/{token}", token=token, headers=LOOK).text
    gone = web("POST", "/follow/{token}", token=token, headers=HTML, body="do=stop")
    assert gone.status == 200
    assert joining.count(desk, tracking) == 0
    assert web("GET", "/follow/{token}", token=token, headers=LOOK).status == 404
    assert web("POST", "/follow/{token}", token=token, headers=HTML, body="do=stop").status == 200


def test_a_link_speaks_the_language_of_its_mail_unless_another_is_chosen(web: Web, filed: Any, mails: Any) -> None:
    joins(web, filed()["tracking"], email=MAIL, lang="id")
    token = token_of(mails()[0])
    english = LOOK | {"accept-language": "en-GB"}
    assert 'lang="id"' in web("GET", "/follow/{token}", token=token, headers=english).text[:200]
    chosen = web("GET", "/follow/{token}", token=token, headers=english, query={"lang": "en"})
    assert 'lang="en"' in chosen.text[:200]
    (cookie,) = chosen.headers["set-cookie"]
    assert cookie.startswith("tanggap_lang=en;")
    again = web("GET", "/follow/{token}", token=token, headers=LOOK | {"cookie": cookie.split(";")[0]})
    assert 'lang="en"' in again.text[:200]


def test_a_mail_program_s_one_click_stops(web: Web, filed: Any, mails: Any, desk: Any) -> None:
    tracking = filed()["tracking"]
    joins(web, tracking, email=MAIL)
    token = token_of(mails()[0])
    joining.confirm(desk, token)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert web("POST", "/follow/{token}", token=token, headers=headers, body="List-Unsubscribe=One-Click").status == 200
    assert joining.count(desk, tracking) == 0


def test_json_says_the_same_whatever_is_known_of_the_address(web: Web, filed: Any, mails: Any, desk: Any) -> None:
    tracking = filed()["tracking"]
    first = joins(web, tracking, headers=JSON, email=MAIL)
    token = token_of(mails()[0])
    joining.confirm(desk, token)
    again = joins(web, tracking, headers=JSON, email=MAIL)
    joining.stop(desk, token)
    stopped = joins(web, tracking, headers=JSON, email=MAIL)
    robot = joins(web, tracking, headers=JSON, email=MAIL, website="x")
    answers = {(each.status, each.text) for each in (first, again, stopped, robot)}
    assert answers == {(202, json.dumps({"state": "asked", "tracking": tracking}, separators=(",", ":")))}
    assert mails() == []


def test_a_wrong_address_is_named_and_kept(web: Web, filed: Any) -> None:
    tracking = filed()["tracking"]
    for email in ("", "x", "a@b", "a@c.id, d@e.id", "<script>alert(1)</script>"):
        answer = joins(web, tracking, headers=JSON, email=email)
        assert (answer.status, list(answer.json["details"])) == (422, ["email"])
        page = joins(web, tracking, email=email)
        assert page.status == 422
        assert 'aria-invalid="true"' in page.text
        assert "<script>alert" not in page.text
        if email == "x":
            assert 'value="x"' in page.text


def test_hidden_and_unknown_reports(web: Web, filed: Any) -> None:
    tracking = filed()["tracking"]
    body = json.dumps({"confidential": True})
    done = web("POST", "/staff/reports/{tracking}/{action}", tracking=tracking, action="correct", headers=bearer("admin"),
               body=body)  # fmt: skip
    assert done.status == 200, done.text
    assert joins(web, tracking, headers=JSON, email=MAIL).status == 403
    assert joins(web, tracking, headers=JSON, email=MAIL, website="x").status == 403
    assert joins(web, "JKT-7K3M-92QX-4HT2", headers=JSON, email=MAIL).status == 404
    assert joins(web, "JKT-1", headers=JSON, email=MAIL).status == 422
    assert "<!doctype html>" in joins(web, "JKT-7K3M-92QX-4HT2", email=MAIL).text


def test_broken_bodies_are_refused_in_words(web: Web, filed: Any) -> None:
    tracking = filed()["tracking"]
    for body in ("[]", "{", '{"email": {}}', '{"email": null}', '"x"', "\x00", ""):
        answer = web("POST", "/reports/{tracking}/join", tracking=tracking, headers=JSON, body=body)
        assert answer.status in (400, 422), answer.text
        assert "Traceback" not in answer.text


def test_very_many_at_once_are_told_to_wait(web: Web, filed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.http import form_guard

    monkeypatch.setattr(form_guard, "WISHES_PER_MINUTE", 2)
    tracking = filed()["tracking"]
    answers = [joins(web, tracking, headers=JSON, email=f"a{n}@contoh.example").status for n in range(4)]
    assert answers == [202, 202, 429, 429]


def test_one_sender_shuts_nobody_else_out(web: Web, filed: Any, module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.http import form_guard, pictures

    monkeypatch.setattr(form_guard, "WISHES_PER_ADDRESS", 2)
    monkeypatch.setattr(pictures, "UPLOADS_PER_ADDRESS", 2)
    here = ["203.0.113.9"]
    own = form_guard.slow_down
    tracking = filed()["tracking"]

    def from_there(request: Any, **more: Any) -> None:
        own(SimpleNamespace(context={"identity": {"sourceIp": here[0]}}), **more)

    monkeypatch.setattr(form_guard, "slow_down", from_there)
    monkeypatch.setattr(pictures, "slow_down", from_there)

    def asked(number: int) -> list[int]:
        alert = json.dumps({"email": f"b{number}@contoh.example", "kelurahan": "Menteng"})
        answers = (
            joins(web, tracking, headers=JSON, email=f"a{number}@contoh.example"),
            web("POST", "/alerts", headers=JSON, body=alert),
            web("POST", "/uploads", headers=JSON),
        )
        return [answer.status for answer in answers]

    assert [asked(number) for number in range(3)] == [[202, 202, 201], [429, 429, 201], [429, 429, 429]]
    here[0] = "203.0.113.10"
    assert asked(3) == [202, 202, 201]


def test_who_was_asked_for_nothing_they_wished_says_never_again(web: Web, filed: Any, mails: Any, desk: Any) -> None:
    tracking = filed()["tracking"]
    joins(web, tracking, headers=JSON, email=MAIL)
    token = token_of(mails()[0])
    assert 'value="stop"' in web("GET", "/follow/{token}", token=token, headers=LOOK).text
    assert web("POST", "/follow/{token}", token=token, headers=HTML, body="do=stop").status == 200
    for address in (MAIL, MAIL.replace("@", "+2@")):
        alert = json.dumps({"email": address, "kelurahan": "Menteng"})
        assert web("POST", "/alerts", headers=JSON, body=alert).status == 202
    assert mails() == []


def test_a_page_behind_a_text_message_speaks_of_no_mail(web: Web, filed: Any, desk: Any) -> None:
    from chalicelib.usecases import following
    from tests.usecases.test_converse import SEED, sms

    tracking = filed()["tracking"]
    joining.join_by(desk, tracking, sms("sms1", "IKUT"), lang="id", seed=SEED)  # type: ignore[arg-type]
    (wish,) = desk.followers.joiners(tracking, limit=5)
    for lang, mail in (("id", "surel"), ("en", "e-mail")):
        page = web("GET", "/follow/{token}", token=following.token_of(desk, wish), headers=LOOK, query={"lang": lang})
        assert page.status == 200
        assert mail not in re.sub("<[^>]+>", " ", page.text.partition("<main")[2].partition("</main")[0])


def test_other_links_are_no_longer_valid(web: Web) -> None:
    for path in ("x", "a" * 32, "%3Cscript%3E"):
        for answer in (
            web("GET", "/follow/{token}", token=path, headers=LOOK),
            web("POST", "/follow/{token}", token=path, headers=HTML, body="do=confirm"),
        ):
            assert answer.status == 404
            assert "<script>" not in answer.text
        assert (
            web("GET", "/follow/{token}", token=path, headers={"accept": "application/json"}).json["code"] == "unknown"
        )


def test_what_to_do_must_be_said(web: Web) -> None:
    answer = web("POST", "/follow/{token}", token="a" * 32, headers=JSON, body="{}")
    assert (answer.status, list(answer.json["details"])) == (422, ["do"])


# --- alerts --------------------------------------------------------------------------------------------------------------


def test_alerts_for_a_kelurahan_are_asked_for_confirmed_and_stopped(
    web: Web, mails: Any, module: Any, clock: Any
) -> None:
    assert web("GET", "/alerts", headers=LOOK).status == 200
    answer = web("POST", "/alerts", headers=HTML, body=urlencode({"kelurahan": "Menteng", "email": MAIL, "lang": "en"}))
    assert answer.status == 202, answer.text
    (out,) = mails()
    assert "Menteng" in out.body
    token = token_of(out)
    assert "Menteng" in web("GET", "/follow/{token}", token=token, headers=LOOK).text
    told = web("POST", "/follow/{token}", token=token, headers=JSON, body='{"do": "confirm"}').json
    assert (told["what"], told["state"]) == ("alert", "active")
    assert web("POST", "/follow/{token}", token=token, headers=JSON, body='{"do": "stop"}').json == {"state": "stopped"}


def test_alerts_for_a_point_come_from_a_page_without_a_script_too(web: Web, mails: Any) -> None:
    page = web("GET", "/alerts", headers=LOOK, query={"lat": "-6.1754", "lng": "106.8272", "radius": "300"})
    assert 'value="-6.1754"' in page.text
    fields = {"lat": -6.1754, "lng": 106.8272, "radius": 300, "category": "jalan", "email": MAIL}
    assert web("POST", "/alerts", headers=JSON, body=json.dumps(fields)).status == 202
    assert "300 m" in mails()[0].body


SLIPS: list[tuple[dict[str, str], set[str]]] = [
    ({}, {"kelurahan", "email"}),
    ({"kelurahan": "Atlantis", "email": "x"}, {"kelurahan", "email"}),
    ({"lat": "0", "lng": "0", "radius": "300", "email": MAIL}, {"lat"}),
    ({"lat": "nan", "lng": "inf", "radius": "300", "email": MAIL}, {"lat"}),
    ({"lat": "-6.1754", "lng": "106.8272", "radius": "9", "email": MAIL}, {"radius"}),
    ({"lat": "-6.1754", "lng": "106.8272", "radius": "٣٠٠", "email": MAIL}, {"radius"}),
    ({"kelurahan": "Menteng", "category": "x", "email": MAIL}, {"category"}),
]


def test_every_slip_is_named_and_what_was_typed_is_kept(web: Web) -> None:
    for fields, wrong in SLIPS:
        answer = web("POST", "/alerts", headers=JSON, body=json.dumps(fields))
        assert (answer.status, set(answer.json["details"])) == (422, wrong)
        page = web("POST", "/alerts", headers=HTML, body=urlencode(fields))
        assert page.status == 422
        assert "follow.error" not in page.text
        for value in (fields.get("kelurahan"), fields.get("email")):
            assert not value or f'value="{value}"' in page.text


def test_every_word_is_there(web: Web) -> None:
    for lang in ("id", "en"):
        for page in (web("GET", "/alerts", headers=LOOK, query={"lang": lang}),
                     web("GET", "/follow/{token}", token="a" * 32, headers=LOOK, query={"lang": lang})):  # fmt: skip
            assert not re.search(r"\bfollow\.\w+", page.text)
            assert len(page.text.encode()) < 60_000
