"""Confidential reports at the desk: who meets them in queues, searches and pages, and what of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from chalicelib.domain.lifecycle import Role
from chalicelib.store.members import Member
from tests.http.conftest import Answer, bearer
from tests.http.desk_forms import DINAS, SUDIN, member
from tests.http.test_followers import acted

WATER = "sumber-daya-air"
WORDS = "Pungli di loket oleh petugas"
CLOSED = "Laporan rahasia yang tidak terbuka bagi Anda."
Web = Callable[..., Answer]


@pytest.fixture
def accusing(web: Web, filed: Any) -> Callable[..., str]:
    """The number of a confidential report about an office, with another agency ("": with none yet)."""

    def make(accused: str = DINAS, agency: str = WATER) -> str:
        number = str(filed(text=WORDS)["tracking"])
        assert acted(web, number, "return", "agency", {"reason": "bukan kami"}).status == 200
        told = {"accused": accused, "confidential": True}
        assert acted(web, number, "correct", "admin", told).status == 200
        if agency:
            assert acted(web, number, "dispatch", "admin", {"agency": agency}).status == 200
        return number

    return make


def page(web: Web, path: str, who: dict[str, str], **query: str) -> str:
    answer = web("GET", path, headers=who | {"accept-language": "id"}, query=query or None)
    assert answer.status == 200, answer.text
    return answer.text


@pytest.mark.parametrize(
    ("office", "is_open"), [(DINAS, False), (SUDIN, False), ("biro-pemerintahan", True), (None, True)]
)
def test_a_validator_of_the_accused_line_reads_that_it_is_there_and_no_more(
    web: Web, accusing: Any, office: str | None, is_open: bool
) -> None:
    number, who = accusing(), bearer("validator", office)
    done = {"note": "sudah", "photos": []}
    headers = bearer("agency", WATER)
    body = json.dumps(done).encode()
    path = "/staff/reports/{tracking}/{action}"
    assert web("POST", path, tracking=number, action="resolve", headers=headers, body=body).status == 200
    listed, told = page(web, "/desk/validation", who), web("GET", "/staff/reports", headers=who)
    assert number in listed
    assert number in told.text
    assert (WORDS in listed) is (WORDS in told.text) is is_open
    assert (CLOSED in listed) is not is_open
    one = web("GET", "/desk/validation/{tracking}", tracking=number, headers=who)
    assert (one.status == 200) is is_open


@pytest.mark.parametrize(("accused", "is_open"), [(DINAS, False), (SUDIN, False), (WATER, True)])
def test_a_counter_of_the_accused_line_reads_no_waiting_row(
    web: Web, accusing: Any, desk: Any, accused: str, is_open: bool
) -> None:
    number = accusing(accused, "")
    desk.members.add(Member(sub="counter-1", role=Role.COUNTER, agency=DINAS, unit=SUDIN))
    told = web("GET", "/staff/reports", headers=bearer("counter")).json["items"]
    (row,) = [each for each in told if each["tracking"] == number]
    if is_open:
        assert row["problem"] == WORDS
    else:
        assert (row["problem"], row["where"], row["lat"], row["area"], row["closed"]) == ("", "", None, None, True)


@pytest.mark.parametrize(("accused", "office"), [(DINAS, SUDIN), (SUDIN, DINAS), (SUDIN, SUDIN), (DINAS, DINAS)])
def test_it_is_given_to_nobody_up_or_down_the_accused_line(web: Web, accusing: Any, accused: str, office: str) -> None:
    number = accusing(accused, "")
    refused = acted(web, number, "dispatch", "admin", {"agency": office})
    assert (refused.status, list(refused.json["details"])) == (422, ["agency"])
    assert (
        f'value="{office}"' not in web("GET", "/desk/triage/{tracking}", tracking=number, headers=bearer("admin")).text
    )


def test_a_row_that_is_with_the_accused_by_mistake_is_closed_too(web: Web, filed: Any, desk: Any) -> None:
    """Nothing leads there any more; a row from before says no more for that."""
    number = filed(text=WORDS)["tracking"]
    before = desk.reports.get(number)
    held = {"agency": SUDIN, "accused": DINAS, "confidential": True, "version": before.version + 1}
    desk.reports.change(before, msgspec.structs.replace(before, **held))
    for office, query in ((DINAS, {"agency": SUDIN}), (SUDIN, {})):
        for path in ("/desk/agency", "/desk/field"):
            listed = page(web, path, member(office), **query)
            assert number in listed
            assert WORDS not in listed
            assert CLOSED in listed
            assert f"{number}/accept" not in listed
        assert WORDS not in page(web, "/staff/reports", member(office), queue=f"office#{SUDIN}")
        assert number not in page(web, "/desk/agency", member(office), **query, category="jalan"), (
            "no filter tells more"
        )
    assert WORDS in page(web, "/desk/agency", bearer("admin"), agency=SUDIN)


def test_a_confidential_report_is_closed_to_analysts(web: Web, accusing: Any, filed: Any) -> None:
    who = {name: value for name, value in bearer("analyst").items() if name == "authorization"}
    number, other = accusing(WATER, ""), filed("msg-2", id="A-2", text="Lampu jalan mati")["tracking"]
    assert acted(web, other, "return", "agency", {"reason": "bukan kami"}).status == 200
    for path in ("/staff/reports/{tracking}", "/desk/reports/{tracking}"):
        assert web("GET", path, tracking=number, headers=who).status == 403
        assert web("GET", path, tracking=other, headers=who).status == 200
    rows = {row["tracking"]: row for row in web("GET", "/staff/reports", headers=who).json["items"]}
    assert (rows[number]["problem"], rows[other]["problem"]) == ("", "Lampu jalan mati")
    for asked in ({"q": number}, {"q": "Pungli", "area": "31.71"}):
        assert WORDS not in page(web, "/desk/search", who, **asked)
    assert "Lampu jalan mati" in page(web, "/desk/search", who, q="Lampu", area="31.71"), "what is open is found"


def test_an_admin_gets_from_triage_to_who_reported(web: Web, accusing: Any) -> None:
    number = accusing()
    one = web("GET", "/desk/triage/{tracking}", tracking=number, headers=bearer("admin"))
    assert f'/desk/reports/{number}/identity"' in one.text
    path = "/desk/reports/{tracking}/identity"
    assert web("GET", path, tracking=number, headers=bearer("admin")).status == 200
