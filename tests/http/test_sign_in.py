"""Who may come in: only a token of our issuer, for us, in date, with a role of ours."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import msgspec
import pytest

from chalicelib.domain.lifecycle import Role
from chalicelib.store.members import Member
from tests.http.conftest import Answer, bearer


def _unsigned(**claims: Any) -> dict[str, str]:
    return {"authorization": "Bearer " + jwt.encode(claims, "", "none", {"kid": "k1"})}


BAD: dict[str, dict[str, str]] = {
    "nothing": {},
    "empty": {"authorization": ""},
    "no token": {"authorization": "Bearer "},
    "another scheme": {"authorization": "Basic YTpi"},
    "garbage": {"authorization": "Bearer abc"},
    "garbage with dots": {"authorization": "Bearer a.b.c"},
    "another issuer": bearer("admin", iss="https://other"),
    "another audience": bearer("admin", aud="other"),
    "too late": bearer("admin", exp=int(time.time()) - 10),
    "no end": bearer("admin", exp=None),
    "nobody": bearer("admin", sub=None),
    "an id token": bearer("admin", token_use="id"),
    "an id token of another kind": bearer("admin", nonce="n"),
    "unsigned": _unsigned(iss="https://issuer.test", aud="tanggap", sub="x", exp=2**31, role="admin"),
    "signed by text": {
        "authorization": "Bearer " + jwt.encode({"role": "admin"}, "k" * 32, "HS256", {"kid": "k1"}),
    },
    "an unknown key": {
        "authorization": "Bearer " + jwt.encode({"role": "admin"}, "k" * 32, "HS256", {"kid": "k9"}),
    },
    "no key id": {"authorization": "Bearer " + jwt.encode({"role": "admin"}, "k" * 32, "HS256")},
}


@pytest.mark.parametrize("case", BAD)
def test_bad_tokens_are_401(web: Callable[..., Answer], case: str) -> None:
    answer = web("GET", "/staff/reports", headers=BAD[case])
    assert answer.status == 401
    assert answer.json["code"] == "unauthenticated"
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "headers", [bearer("reporter"), bearer("system"), bearer("root"), bearer("agency"), bearer("", "bina-marga")]
)
def test_roles_that_are_none_of_ours_are_403(web: Callable[..., Answer], headers: dict[str, str]) -> None:
    assert web("GET", "/staff/reports", headers=headers).status == 403


def test_a_token_from_before_the_account_was_ended_stays_ended(web: Callable[..., Answer], desk: Any) -> None:
    ended = desk.now()
    desk.members.add(Member(sub="u-1", role=Role.AGENCY, agency="bina-marga", ended_before=ended))

    def status(issued: Any) -> int:
        return web("GET", "/staff/reports", headers=bearer("agency", "bina-marga", sub="u-1", iat=issued)).status

    at = int(ended.timestamp())
    assert [status(issued) for issued in (at - 300, at, None)] == [401, 401, 401]
    desk.members.change("u-1", lambda member: msgspec.structs.replace(member, ended_before=ended - timedelta(days=400)))
    assert status(at - 300) == 200


def test_a_good_token_comes_in(web: Callable[..., Answer]) -> None:
    answer = web("GET", "/staff/reports", headers=bearer("agency", "bina-marga"))
    assert answer.status == 200
    assert answer.json == {"queue": "agency#bina-marga", "items": [], "next": None}


def test_who_has_it_no_more_sees_what_everybody_sees(
    web: Callable[..., Answer], filed: Callable[..., dict[str, Any]]
) -> None:
    tracking = filed()["tracking"]
    mine, admin = bearer("agency", "bina-marga") | {"idempotency-key": "k1"}, bearer("admin")

    def do(action: str, headers: dict[str, str], body: str = "{}") -> Answer:
        return web(
            "POST", "/staff/reports/{tracking}/{action}", tracking=tracking, action=action, headers=headers, body=body
        )

    assert "actions" in do("accept", mine).json
    do("dispatch", admin, '{"agency": "perhubungan"}')
    do("note", admin, '{"note": "catatan untuk admin saja"}')
    again = do("accept", mine)
    assert again.status == 200
    assert "catatan" not in again.text
    assert "actions" not in again.json


def test_a_member_of_one_agency_has_nothing_to_do_with_another(
    web: Callable[..., Answer], filed: Callable[..., dict[str, Any]]
) -> None:
    tracking = filed()["tracking"]
    stranger = bearer("agency", "perhubungan")
    assert web("GET", "/staff/reports", headers=stranger, query={"queue": "agency#bina-marga"}).status == 403
    assert web("GET", "/staff/reports", headers=stranger, query={"queue": "waiting"}).status == 403
    assert web("GET", "/staff/reports/{tracking}", tracking=tracking, headers=stranger).status == 403
    answer = web(
        "POST", "/staff/reports/{tracking}/{action}", tracking=tracking, action="accept", headers=stranger, body="{}"
    )
    assert answer.status == 403
    assert web("GET", "/staff/agencies/{code}/subscriptions", code="perhubungan", headers=stranger).status == 403


@pytest.mark.parametrize("role", ["counter", "validator"])
def test_nobody_of_an_accused_office_reads_the_report_whatever_their_role(
    web: Callable[..., Answer], filed: Callable[..., dict[str, Any]], desk: Any, role: str
) -> None:
    """Without a record of the member the token's office counts."""
    tracking = filed()["tracking"]
    before = desk.reports.get(tracking)
    after = msgspec.structs.replace(
        before, accused="bina-marga", confidential=True, agency=None, status="waiting", version=before.version + 1
    )
    desk.reports.change(before, after)
    read = {
        office: web("GET", "/staff/reports/{tracking}", tracking=tracking, headers=bearer(role, office)).status
        for office in (None, "perhubungan", "bina-marga")
    }
    assert read == {None: 200, "perhubungan": 200, "bina-marga": 403}
