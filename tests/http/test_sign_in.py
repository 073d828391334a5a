"""Who may come in: only a token of our issuer, for us, in date, with a role of ours."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

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
