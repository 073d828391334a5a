"""What only the reporter is shown, and nobody without the key: their own words, and the numbers of hidden reports."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace

from chalicelib.domain.report import next_version
from tests.http.conftest import Answer, bearer
from tests.http.test_reporter_actions import do, done
from tests.pages.reading import Html

Web = Callable[..., Answer]
Filed = Callable[..., dict[str, Any]]
HTML, JSON = {"accept": "text/html"}, {"accept": "application/json"}


def staff(web: Web, tracking: str, action: str, **wish: Any) -> None:
    answer = web(
        "POST", "/staff/reports/{tracking}/{action}", tracking=tracking, action=action,
        headers=bearer("admin"), body=json.dumps(wish),
    )  # fmt: skip
    assert answer.status == 200, answer.text


def seen(web: Web, receipt: dict[str, Any], *, key: bool = False, page: bool = False) -> Any:
    headers = (HTML if page else JSON) | ({"x-report-key": receipt["key"]} if key else {})
    answer = web(
        "GET", "/reports/{tracking}", tracking=receipt["tracking"], headers=headers, query={"lang": "en"}
    )  # fmt: skip
    assert answer.status == 200, answer.text
    return Html(answer.text).text if page else answer.json


def test_with_the_key_ones_own_words_are_in_the_timeline(web: Web, filed: Filed) -> None:
    receipt = filed()
    staff(web, receipt["tracking"], "ask", question="Di sisi mana?")
    assert do(web, receipt, "answer", text="Di sisi kiri, <b>dekat</b> halte").status == 200
    assert do(web, receipt, "add", text="Makin dalam sejak Senin").status == 200
    told = {each["event"]: each for each in seen(web, receipt, key=True)["history"]}
    assert (told["answered"]["note"], told["answered"]["own"]) == ("Di sisi kiri, <b>dekat</b> halte", True)
    assert (told["message_added"]["note"], told["message_added"]["own"]) == ("Makin dalam sejak Senin", True)
    assert "own" not in told["asked"]
    page = seen(web, receipt, key=True, page=True)
    for words in ("You answered", "Di sisi kiri, <b>dekat</b> halte", "You added details", "Makin dalam sejak Senin"):
        assert words in page
    without = seen(web, receipt)
    assert not {"answered", "message_added"}.intersection(each["event"] for each in without["history"])
    assert "own" not in json.dumps(without)
    for words in ("sisi kiri", "Makin dalam", "You answered"):
        assert words not in json.dumps(without)
        assert words not in seen(web, receipt, page=True)


@pytest.mark.parametrize("action", ["dispute", "reopen"])
@pytest.mark.parametrize("reason", [None, "", "  ", "…!"])
def test_a_form_says_what_is_not_done(web: Web, filed: Filed, desk: Any, action: str, reason: str | None) -> None:
    receipt = filed()
    done(web, receipt)
    before = desk.reports.get(receipt["tracking"])
    form = {"key": receipt["key"], "lang": "en"} | ({} if reason is None else {"reason": reason})
    answer = web(
        "POST", "/reports/{tracking}/{action}", tracking=receipt["tracking"], action=action,
        headers=HTML | {"content-type": "application/x-www-form-urlencoded"}, body=urlencode(form).encode(),
    )  # fmt: skip
    assert answer.status == 422
    if action == "dispute":  # the one of the two that this page has
        assert 'id="dispute-reason-slip">' in answer.text
        assert 'aria-describedby="dispute-reason-slip" aria-invalid="true"' in answer.text
    assert desk.reports.get(receipt["tracking"]) == before
    assert do(web, receipt, action).status == 200, "a channel's one word goes on working"


def test_a_hidden_report_is_named_on_no_public_page(web: Web, filed: Filed, desk: Any) -> None:
    report, leader = filed(), filed("msg-2", id="A-2")
    staff(web, report["tracking"], "split", problem="Anak saya dipukul guru", category="permasalahan-siswa")
    second = desk.reports.get(report["tracking"]).entries()[-1].told.data["into"]
    staff(web, report["tracking"], "merge", into=leader["tracking"])
    assert seen(web, report)["merged_into"] == seen(web, report)["leader"]["tracking"] == leader["tracking"]
    before = desk.reports.get(leader["tracking"])
    desk.reports.change(before, next_version(before, replace(before, confidential=True)))
    public, page = json.dumps(seen(web, report)), seen(web, report, page=True)
    for hidden in (second, leader["tracking"]):
        assert hidden not in public
        assert hidden not in page
    own = seen(web, report, key=True)
    assert own["merged_into"] == leader["tracking"]
    assert second in [each["into"] for each in own["history"]]


def test_what_was_split_off_opens_from_the_first_one_s_page(web: Web, filed: Filed, desk: Any) -> None:
    receipt = filed()
    staff(web, receipt["tracking"], "split", problem="Lampu jalan mati", category="penerangan-jalan-umum")
    second = desk.reports.get(receipt["tracking"]).entries()[-1].told.data["into"]
    key = desk.key_of(second, 1)
    path = {"tracking": receipt["tracking"], "headers": HTML, "query": {"lang": "en"}}
    assert key not in web("GET", "/reports/{tracking}", **path).text
    page = web("GET", "/reports/{tracking}", **path | {"headers": HTML | {"x-report-key": receipt["key"]}}).text
    assert f'/reports/{second}/open" method="post">' in page
    assert f"Open report {second}" in page
    answer = web(
        "POST", "/reports/{tracking}/{action}", tracking=second, action="open",
        headers=HTML | {"content-type": "application/x-www-form-urlencoded"}, body=urlencode({"key": key}).encode(),
    )  # fmt: skip
    assert (answer.status, key in str(answer.headers["set-cookie"])) == (303, True)
