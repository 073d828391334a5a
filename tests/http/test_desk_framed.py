"""What every page of the desk goes through: sign-in, roles, languages, headers, errors as pages."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.http.desk.form import Form
from chalicelib.http.desk.framed import back_of
from chalicelib.pages.desk import MENU
from tests.http.conftest import bearer

Web = Callable[..., Any]


def test_who_is_not_signed_in_is_sent_to_and_comes_back(web: Web) -> None:
    answer = web("GET", "/desk", query={"a": "1"})
    assert answer.status == 303
    parts = urlsplit(answer.headers["location"])
    assert parts.path == "/desk/sign-in"
    assert parse_qs(parts.query)["next"] == ["/desk?a=1"]


@pytest.mark.parametrize("role", ["admin", "agency", "validator", "counter", "analyst"])
def test_each_role_begins_at_its_own_page(web: Web, role: str) -> None:
    answer = web("GET", "/desk", headers=bearer(role, "bina-marga" if role == "agency" else None))
    assert answer.status == 303
    home = urlsplit(answer.headers["location"]).path
    assert home == next(path for _, path, roles in MENU if role in roles)


def test_a_bad_token_gets_a_page_that_says_so(web: Web) -> None:
    answer = web("GET", "/desk", headers={"authorization": "Bearer x.y.z", "accept-language": "en"})
    assert answer.status == 401
    assert "Sign in again" in answer.text
    assert "<script>" not in answer.text


def test_pages_allow_no_script_or_style_but_our_files(web: Web) -> None:
    answer = web("GET", "/desk", headers={"authorization": "Bearer x.y.z"})
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert " style=" not in answer.text
    assert " onclick=" not in answer.text


def test_static_files_are_kept_and_nothing_else_is_given(web: Web) -> None:
    answer = web("GET", "/desk/static/{name}", name="desk.css")
    assert answer.status == 200
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")
    for name in ("absent.js", "..%2F__init__.py", "__init__.py"):
        assert web("GET", "/desk/static/{name}", name=name).status == 404


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("/desk/triage?cursor=x", "/desk/triage?cursor=x"),
        ("", "/desk"),
        ("https://evil.example/desk", "/desk"),
        ("//evil.example/desk", "/desk"),
        ("/desk\\@evil.example", "/desk"),
        ("/desk\r\nSet-Cookie: a=b", "/desk"),
        ("/deskevil", "/desk"),
        ("//[", "/desk"),
        ("/desk/é", "/desk"),
        ("/reports", "/desk"),
        ("javascript:alert(1)", "/desk"),
    ],
)
def test_a_form_leads_back_to_the_desk_only(given: str, path: str) -> None:
    assert back_of(Form([("back", given)]), "/desk") == path


@pytest.mark.parametrize(
    "said", [{"done": "accept", "done.key": "1"}, {"done": "accept", "done.tracking": "KIRIM SANDI"}, {"done": "{0}"}]
)
def test_a_link_puts_no_words_into_our_mouth(web: Web, said: dict[str, str]) -> None:
    answer = web("GET", "/desk/search", query=said, headers=bearer("admin"))
    assert answer.status == 200
    assert "KIRIM SANDI" not in answer.text


def test_an_unknown_page_is_a_page(web: Web) -> None:
    answer = web("GET", "/desk/{page}", page="nothing-here", headers=bearer("admin"))
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert web("GET", "/desk/{page}", page="nothing-here").status == 303
