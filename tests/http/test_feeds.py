"""Atom feeds: valid, bounded, and no more than everybody may know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from tests.domain.builders import fresh
from tests.http.conftest import Answer
from tests.usecases.rules import do

Web = Callable[..., Answer]
NS = "{http://www.w3.org/2005/Atom}"


def tree(answer: Answer) -> ElementTree.Element:
    assert answer.status == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(answer.text.encode())  # noqa: S314 - our own answer


@pytest.fixture
def listed(desk: Any, clock: Any) -> Callable[..., str]:
    """Keeps a report that its agency has taken up."""

    def keep(number: int, **changes: Any) -> str:
        taken = do(fresh(where=desk.city), 1, "accept", desk.city)
        tracking = f"JKT-0000-0000-{number:04d}"
        assert desk.reports.add(msgspec.structs.replace(taken, tracking=tracking, **changes))
        clock.instant = max(clock.instant, taken.changed_at)
        return tracking

    return keep


def some(web: Web, by: str, code: str, **told: Any) -> Answer:
    return web("GET", "/feeds/{by}/{code}", by=by, code=code, **told)


def test_a_feed_is_as_rfc_4287_asks(web: Web, listed: Any) -> None:
    numbers = [listed(number) for number in range(3)]
    feed = tree(web("GET", "/feeds/all", query={"lang": "en"}))
    assert feed.tag == f"{NS}feed"
    for name in ("id", "title", "updated"):
        assert len(feed.findall(f"{NS}{name}")) == 1
    assert feed.find(f"{NS}author/{NS}name") is not None
    links = {each.get("rel"): each.get("href") for each in feed.findall(f"{NS}link")}
    assert links["self"] == feed.findtext(f"{NS}id") == "http://127.0.0.1:8000/feeds/all?lang=en"
    entries = feed.findall(f"{NS}entry")
    assert sorted(each.findtext(f"{NS}id", "")[-18:] for each in entries) == numbers
    for entry in entries:
        for name in ("id", "title", "updated", "published", "summary"):
            assert entry.findtext(f"{NS}{name}")
        assert datetime.fromisoformat(entry.findtext(f"{NS}updated", "")).utcoffset() is not None
        assert {each.get("term") for each in entry.findall(f"{NS}category")} >= {"jalan", "bina-marga"}


def test_feeds_of_one_area_agency_or_category(web: Web, listed: Any, desk: Any) -> None:
    listed(1)
    listed(
        2,
        category="trotoar",
        agency="lingkungan-hidup",
        place=msgspec.structs.replace(_place(desk), area="31.74.01.1001"),
    )
    for by, codes in {
        "category": ("jalan", "trotoar"), "agency": ("bina-marga", "lingkungan-hidup"), "area": ("31.71", "31.74"),
    }.items():  # fmt: skip
        for number, code in enumerate(codes, 1):
            entries = tree(some(web, by, code)).findall(f"{NS}entry")
            assert [each.findtext(f"{NS}id", "")[-1] for each in entries] == [str(number)], (by, code)
    assert len(tree(some(web, "area", "31.71.01.1001")).findall(f"{NS}entry")) == 1
    assert len(tree(some(web, "area", "31.71.01")).findall(f"{NS}entry")) == 1


def _place(desk: Any) -> Any:
    return desk.reports.get("JKT-0000-0000-0001").place


@pytest.mark.parametrize(
    ("by", "code"), [("area", "99.99"), ("agency", "x"), ("category", "<i>"), ("person", "budi"), ("", "jalan")]
)
def test_there_is_no_such_feed(web: Web, by: str, code: str) -> None:
    answer = some(web, by, code)
    assert answer.status == 404
    assert "<i>" not in answer.text


def test_words_are_text_and_nothing_else(web: Web, listed: Any) -> None:
    listed(1, problem='Jalan <script>alert("x")</script> & "rusak" \x00\x0b\ufffe\u202eterbalik')
    answer = web("GET", "/feeds/all")
    (entry,) = tree(answer).findall(f"{NS}entry")
    summary = entry.findtext(f"{NS}summary", "")
    assert summary == 'Jalan <script>alert("x")</script> & "rusak" terbalik'
    assert "<script>" not in answer.text


def test_hidden_and_unread_reports_are_in_no_feed(web: Web, listed: Any, desk: Any) -> None:
    listed(1, private=True)
    listed(2, confidential=True)
    assert desk.reports.add(fresh(where=desk.city))
    assert tree(web("GET", "/feeds/all")).findall(f"{NS}entry") == []


def test_what_was_rejected_has_no_words(web: Web, listed: Any) -> None:
    listed(1, status="rejected")
    (entry,) = tree(web("GET", "/feeds/all")).findall(f"{NS}entry")
    assert entry.findtext(f"{NS}summary") == "Ditolak"


def test_a_feed_is_kept_and_asked_again_by_its_tag(web: Web, listed: Any) -> None:
    listed(1)
    first = web("GET", "/feeds/all")
    assert first.headers["cache-control"] == "public, max-age=300"
    again = web("GET", "/feeds/all", headers={"if-none-match": first.headers["etag"]})
    assert (again.status, again.text) == (304, "")
    listed(2)
    assert web("GET", "/feeds/all", headers={"if-none-match": first.headers["etag"]}).status == 200


def test_a_feed_has_an_end_and_few_reads(web: Web, listed: Any, calls: Any) -> None:
    for number in range(55):
        listed(number)
    calls()
    assert len(tree(web("GET", "/feeds/all")).findall(f"{NS}entry")) == 50
    assert len(calls()) <= 5
    assert len(tree(some(web, "category", "jalan")).findall(f"{NS}entry")) == 50
    assert len(calls()) <= 5
