"""The overview in the mocked cloud: reports in all states counted, late ones sent elsewhere on the spot, and who looked."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from chalicelib.domain.lifecycle import Role
from chalicelib.pages.names import agency_name
from chalicelib.store.desk_table import Item
from chalicelib.store.journal import Entry
from tests.http.conftest import Answer, bearer

ADMIN = {"authorization": bearer("admin")["authorization"]}
ANALYST = {"authorization": bearer("analyst")["authorization"]}
PATH = "/desk/overview"


@pytest.fixture
def overview(web: Callable[..., Answer], desk: Any) -> Callable[..., Answer]:
    """The page, or its JSON, counted anew."""

    def get(path: str = PATH, *, headers: dict[str, str] = ADMIN, **query: str) -> Answer:
        desk.__dict__.pop("standing", None)
        return web("GET", path, headers=headers, query=query or None)

    return get


@pytest.fixture
def act(web: Callable[..., Answer]) -> Callable[..., Answer]:
    def do(number: str, action: str, role: str, agency: str | None = None, **wish: Any) -> Answer:
        answer = web(
            "POST", "/staff/reports/{tracking}/{action}", tracking=number, action=action, headers=bearer(role, agency),
            body=json.dumps(wish),
        )  # fmt: skip
        assert answer.status == 200, answer.text
        return answer

    return do


@pytest.fixture
def city(filed: Any, act: Any) -> dict[str, str]:
    """Seven reports: two with bina-marga, one of them extended; one returned, one that waits; one to be validated, one
    merged into the first, and one that ended."""
    numbers = {name: filed(f"m-{name}", id=name)["tracking"] for name in ("one", "two", "back", "done", "twin", "bad")}
    numbers["wait"] = filed("m-wait", id="wait", category="lain", location={"address": "Jl. Mawar"})["tracking"]
    act(numbers["two"], "accept", "agency", "bina-marga")
    act(numbers["back"], "return", "agency", "bina-marga", reason="Bukan jalan kota")
    act(numbers["done"], "accept", "agency", "bina-marga")
    act(numbers["done"], "resolve", "agency", "bina-marga", note="Sudah ditambal")
    act(numbers["twin"], "merge", "admin", into=numbers["one"])
    act(numbers["bad"], "reject", "admin", reason="Bukan masalah publik")
    return numbers


def test_figures_of_reports_in_all_states(city: dict[str, str], overview: Any) -> None:
    told = overview("/staff/overview").json
    total = told["total"]
    assert {name: total[name] for name in total if total[name]} == {
        "open": 5, "reporters": 6, "waiting": 2, "with_agency": 2, "on_time": 2, "validation": 1,
    }  # fmt: skip
    (agency,) = told["agencies"]
    assert (agency["code"], agency["figures"]["open"], agency["figures"]["on_time"]) == ("bina-marga", 3, 2)
    assert sum(row["figures"]["open"] for row in told["areas"]) == 5
    assert told["late"] == []


def test_overdue_and_escalated_by_the_clock(city: dict[str, str], overview: Any, clock: Any, desk: Any) -> None:
    from chalicelib.usecases.sweep import sweep

    clock.pass_by(hours=6, minutes=1)
    total = overview("/staff/overview").json["total"]
    assert (total["on_time"], total["overdue"], total["waiting_overdue"]) == (1, 1, 2), "who accepted has answered"
    for hours in (0, 6, 18.1):
        clock.pass_by(hours=hours)
        sweep(desk, seed="ab")
    told = overview("/staff/overview").json
    assert told["total"]["level_3"] == 3
    assert {late["tracking"] for late in told["late"]} == {city["one"], city["back"], city["wait"]}
    page = overview().text
    for name in ("one", "back", "wait"):
        assert f"/desk/reports/{city[name]}" in page


def test_a_late_report_is_reassigned_on_the_spot(
    city: dict[str, str], overview: Any, web: Any, clock: Any, desk: Any
) -> None:
    from chalicelib.usecases.sweep import sweep

    for hours in (6.1, 6, 18.1):
        clock.pass_by(hours=hours)
        sweep(desk, seed="ab")
    page = overview().text
    assert all(f'/{city[name]}/dispatch"' in page for name in ("one", "back", "wait")), "each has its form"
    assert "/dispatch" not in overview(headers=ANALYST).text
    assert len(page.encode()) < 60_000
    (form,) = re.findall(rf'<form method="post" action="[^"]*/{city["one"]}/dispatch">(.*?)</form>', page, re.S)
    fields = {n: html.unescape(v) for n, v in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)}
    assert fields["back"] == PATH
    assert 'list="offices"' in form
    assert f'<option value="{agency_name(desk.city, "id", "cipta-karya")}">' in page
    mistyped = web(
        "POST", "/desk/reports/{tracking}/{action}", tracking=city["one"], action="dispatch",
        body=urlencode(fields | {"agency": "Dinas Entah <b>", "note": "Mohon segera"}).encode(),
        headers=ADMIN | {"content-type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert mistyped.status == 422
    assert "“Dinas Entah &lt;b&gt;”" in mistyped.text, "what was typed is not lost"
    assert "Mohon segera</textarea>" in mistyped.text
    fields |= {"agency": agency_name(desk.city, "id", "cipta-karya").upper(), "note": "Mohon segera"}
    answer = web(
        "POST", "/desk/reports/{tracking}/{action}", tracking=city["one"], action="dispatch", body=urlencode(fields).encode(),
        headers=ADMIN | {"content-type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert answer.status == 303
    assert PATH in answer.headers["location"]
    assert desk.reports.get(city["one"]).agency == "cipta-karya"
    again = web(
        "POST", "/desk/reports/{tracking}/{action}", tracking=city["one"], action="dispatch",
        body=urlencode(fields | {"form_id": "other", "agency": "perhubungan"}).encode(),
        headers=ADMIN | {"content-type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert again.status == 409, "made on what stood before"


def test_four_queries_in_three_seconds_and_no_report_is_read(
    city: dict[str, str], web: Any, desk: Any, calls: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [500.0]
    monkeypatch.setattr(desk, "ticks", lambda: seconds[0])
    _ = desk.city
    desk.members.get("analyst-1")
    calls()
    for _ in range(3):
        assert web("GET", "/staff/overview", headers=ANALYST).status == 200
    assert calls().count("dynamodb.Query") == 4
    seconds[0] += 3.1
    web("GET", "/staff/overview", headers=ANALYST)
    assert calls().count("dynamodb.Query") == 4


def test_an_analyst_sees_confidential_reports_in_the_city_s_totals_only(filed: Any, overview: Any) -> None:
    filed()
    filed("msg-2", id="A-2", confidential=True, category="pungutan-liar")
    told, whole = overview("/staff/overview", headers=ANALYST).json, overview("/staff/overview").json
    assert told["total"]["open"] == whole["total"]["open"] == 2
    assert sum(row["figures"]["open"] for row in told["areas"]) == 1
    assert sum(row["figures"]["open"] for row in whole["areas"]) == 2
    inside = overview("/staff/overview", headers=ANALYST, area="31.71").json["total"]["open"]
    assert inside <= 1


@pytest.mark.parametrize("role", [Role.AGENCY, Role.VALIDATOR, Role.COUNTER])
def test_nobody_else(overview: Any, role: Role) -> None:
    headers = {"authorization": bearer(role, "bina-marga")["authorization"]}
    assert overview(headers=headers).status == 403
    assert overview("/staff/overview", headers=headers).status == 403


def test_an_analyst_reads_only(city: dict[str, str], overview: Any) -> None:
    page = overview(headers=ANALYST).text
    assert "reassign" not in page
    assert "identitas" not in page.lower() or "h-views" not in page


@pytest.mark.parametrize("query", [{"area": "99"}, {"agency": "<script>"}, {"area": "' OR 1=1"}])
def test_what_is_not_there(overview: Any, query: dict[str, str]) -> None:
    for path in (PATH, "/staff/overview"):
        answer = overview(path, **query)
        assert answer.status == 422
        assert "<script>" not in answer.text.replace("<script src", "")


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_page_has_all_its_words(city: dict[str, str], overview: Any, lang: str) -> None:
    for query in ({}, {"area": "31.71"}, {"agency": "bina-marga"}):
        page = overview(lang=lang, **query).text
        assert not re.findall(r">\s*(?:overview|settings|desk)\.[a-z_.0-9]+", page)
        assert len(page.encode()) < 60_000
        assert ("Roads Agency" if lang == "en" else "Dinas Bina Marga") in page


def test_the_look_at_the_journal_is_bounded(overview: Any, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    body = msgspec.json.encode(Entry(at=desk.now(), who="c", role="counter", what="slip_used", about="x")).decode()
    month, read = f"journal#{desk.now():%Y-%m}", list[int]()
    desk.things.put_many([Item(kind=month, id=f"2026-11-01T{n:06d}#x", body=body) for n in range(2_000)])
    plain = desk.journal.month

    def counted(*of: Any, **how: Any) -> Any:
        found = plain(*of, **how)
        read.append(len(found))
        return found

    monkeypatch.setattr(desk.journal, "month", counted)
    assert overview().status == 200
    assert sum(read) == 1_000


def test_who_looked_at_whom_is_shown(overview: Any, desk: Any, clock: Any) -> None:
    clock.instant = datetime(2026, 12, 1, 3, tzinfo=UTC)
    for number in range(60):
        at = clock.instant.replace(hour=number // 30, minute=number % 30)
        desk.journal.write(Entry(at=at, who="u-1", role="counter", what="identity_viewed", about=f"JKT-{number}", why=f"Alasan <{number}>"))  # fmt: skip
        desk.journal.write(Entry(at=at, who="u-1", role="admin", what="settings_changed", about="settings/1"))
    desk.journal.write(Entry(at=datetime(2026, 11, 30, tzinfo=UTC), who="u-2", role="admin", what="reporter_searched", about="search/a"))  # fmt: skip
    page = overview().text
    assert "JKT-59" in page
    assert "Alasan &lt;59&gt;" in page
    assert page.count(">JKT-") == 50
    assert "settings/1" not in page
    assert "/desk/settings/member?sub=u-1" in page
    clock.instant = datetime(2026, 12, 31, 3, tzinfo=UTC)
    assert "JKT-59" in overview().text
