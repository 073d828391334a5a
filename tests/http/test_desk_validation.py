"""Validation and the field page in the mocked cloud."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.domain.lifecycle import Action
from chalicelib.domain.proof import Seen, Work, judged
from chalicelib.pages.desk import word_of
from chalicelib.usecases.look_at import look_at
from scripts.proof_pairs import View, place
from tests.http.conftest import Answer, bearer
from tests.http.desk_forms import at_dinas, member, post, post_files
from tests.usecases.test_capture import jpeg

VALIDATOR = bearer("validator", "biro-pemerintahan")
PATH = "/desk/validation"


def get(web: Callable[..., Answer], path: str, number: str, who: dict[str, str]) -> Answer:
    return web("GET", f"{path}/{{tracking}}", tracking=number, headers=who)


@pytest.fixture
def resolved(web: Any, filed: Any, desk: Any) -> Callable[..., str]:
    """The number of a report whose work is said to be done, with its picture looked at."""

    def make(name: str = "msg-1", seed: int = 3) -> str:
        number = at_dinas(filed, name)
        who = member()
        assert post(web, number, "accept", who).status == 303
        assert (
            post_files(web, number, "resolve", who, jpeg(place(seed, "tree", View())), note="sudah dipotong").status
            == 303
        )
        look_at(desk, number, seed="5e" * 16)
        return number

    return make


def test_the_queue_and_one_report(web: Any, resolved: Any) -> None:
    number = resolved()
    listed = web("GET", PATH, headers=VALIDATOR)
    assert listed.status == 200
    assert number in listed.text
    one = get(web, PATH, number, VALIDATOR)
    assert one.status == 200
    for words in (
        "sudah dipotong",
        "Dari galeri, belum terverifikasi",
        "Tidak memuat waktu dan tempat",
        "/validate",
        "/refuse",
    ):
        assert words in one.text
    assert post(web, number, "validate", VALIDATOR, back=f"{PATH}/{number}").status == 303
    assert number not in web("GET", PATH, headers=VALIDATOR).text


def test_reused_proof_is_shown_with_what_it_is_like(web: Any, resolved: Any) -> None:
    first, second = resolved(), resolved("msg-2")
    one = get(web, PATH, second, VALIDATOR).text
    assert re.search(rf"Sama \d+ % dengan foto hasil laporan {first}", one)
    assert f"/desk/reports/{first}" in one
    doubted = web("GET", PATH, headers=bearer("admin"), query={"queue": "doubted"}).text
    assert second in doubted
    assert first not in doubted


def test_reused_proof_of_accepted_work_stands_before_the_admin_until_they_say_something(
    web: Any, filed: Any, resolved: Any, desk: Any
) -> None:
    resolved()
    number, admin, picture = at_dinas(filed, "msg-2"), bearer("admin"), jpeg(place(3, "tree", View()))
    assert post_files(web, number, "resolve", member(), picture, note="sudah dipotong").status == 303
    assert post(web, number, "validate", VALIDATOR).status == 303  # quicker than the photos function
    look_at(desk, number, seed="5e" * 16)
    for path in (PATH, "/desk/triage"):
        assert number in web("GET", path, headers=admin, query={"queue": "doubted"}).text
    assert "Setelah laporan selesai, ternyata buktinya pernah dipakai" in get(web, PATH, number, admin).text
    assert number not in web("GET", PATH, headers=VALIDATOR).text
    assert post(web, number, "note", admin, note="Sudah dibicarakan dengan dinas").status == 303
    for path in (PATH, "/desk/triage"):
        assert number not in web("GET", path, headers=admin, query={"queue": "doubted"}).text
    assert desk.reports.get(number).status == "done"


def test_the_own_agencys_work_is_shown_and_not_judged(web: Any, resolved: Any) -> None:
    number = resolved()
    own = bearer("validator", "bina-marga")
    shown = get(web, PATH, number, own)
    assert shown.status == 200
    assert f"{number}/validate" not in shown.text
    assert post(web, number, "validate", own, back=f"{PATH}/{number}").status == 403


@pytest.mark.parametrize("role", ["agency", "counter", "analyst"])
def test_it_is_not_everybodys(web: Any, resolved: Any, role: str) -> None:
    assert get(web, PATH, resolved(), bearer(role, "bina-marga" if role == "agency" else None)).status == 403


def test_the_field_page_gives_a_code_to_the_agency_that_has_the_work(web: Any, filed: Any) -> None:
    number = at_dinas(filed)
    post(web, number, "accept", member())
    page = get(web, "/desk/field", number, member())
    assert page.status == 200
    assert 'type="file"' in page.text
    ask = {**member(), "content-type": "application/x-www-form-urlencoded"}
    path = "/desk/field/{tracking}/code"
    given = web("POST", path, tracking=number, headers=ask, body=urlencode({"csrf": ""}).encode())
    assert given.status == 201
    assert (len(given.json["code"]), len(given.json["cells"])) == (6, 72)
    other = {**bearer("agency", "dinas-perhubungan"), "content-type": "application/x-www-form-urlencoded"}
    assert web("POST", path, tracking=number, headers=other, body=b"x=1").status == 403


def test_a_code_is_given_only_for_work_that_is_awaited(web: Any, resolved: Any) -> None:
    ask = {**member(), "content-type": "application/x-www-form-urlencoded"}
    assert web("POST", "/desk/field/{tracking}/code", tracking=resolved(), headers=ask, body=b"x=1").status == 409


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_sign_has_words(lang: str) -> None:
    from datetime import UTC, datetime

    from chalicelib.domain.proof import Alike

    at, like = datetime(2026, 11, 1, tzinfo=UTC), Alike("a", "b", 0.9)
    later = at.replace(day=20)
    seen = [
        Seen(alike=(like,), before=like, captured=True, taken_at=at, where=(0, 0), software="GIMP"),
        Seen(width=1080, height=2400), Seen(taken_at=later, where=(0, 0)), Seen(),
    ]  # fmt: skip
    works = [Work(since=at, until=at, where=(0, 0)), Work(since=later, where=(1, 1)), Work(until=at, where=(1, 1))]
    kinds = {sign.kind for one in seen for work in works for sign in judged(one, work)}
    assert len(kinds) == 12
    assert [kind for kind in kinds if word_of(lang)(f"validation.sign.{kind}").startswith("validation.")] == []
    assert Action.DOUBT == "doubt"
