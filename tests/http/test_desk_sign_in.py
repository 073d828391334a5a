"""The sign-in of the desk, against an issuer that the test plays."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.domain.lifecycle import Role
from chalicelib.http.desk.sign_in import inside
from chalicelib.store.members import Member
from chalicelib.usecases.act import Actor
from chalicelib.usecases.members import disable, move
from tests.conftest import PUBLIC_URL
from tests.http import conftest as web_tests
from tests.http.conftest import Context, bearer

CLIENT = "tanggap-desk"
ISSUER = "https://issuer.test"
CHIEF = Actor(role=Role.ADMIN, subject="chief")


class PlayedIssuer:
    """A token endpoint on loopback. `claims`, `key` and the rest of what it answers may be changed by a test."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {
            "role": "agency",
            "agency": "bina-marga",
            "name": "Sekar L",
            "email": "s@x.example",
        }
        self.sub = "u-1"
        self.sign: Callable[[dict[str, Any]], str] = lambda claims: jwt.encode(
            claims, web_tests._KEY, "ES256", {"kid": "k1"}
        )
        self.answer: tuple[int, bytes] | None = None
        self.codes: dict[str, dict[str, str]] = {}
        self.forms: list[dict[str, str]] = []
        played = self

        class Endpoint(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = dict(parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
                status, body = played.answer or played.tokens(form)
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Endpoint)
        self.url = f"http://127.0.0.1:{self.server.server_port}/token"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def tokens(self, form: dict[str, str]) -> tuple[int, bytes]:
        self.forms.append(form)
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if asked is None or base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]:
            return 400, b'{"error": "invalid_grant"}'
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": CLIENT, "sub": self.sub, "iat": now, "exp": now + 600, "nonce": asked["nonce"]}
        token = self.sign({name: v for name, v in (claims | self.claims).items() if v is not None})
        return 200, json.dumps({"access_token": "a", "token_type": "Bearer", "id_token": token}).encode()


@pytest.fixture
def issuer() -> Iterator[PlayedIssuer]:
    played = PlayedIssuer()
    yield played
    played.server.shutdown()
    played.server.server_close()


@pytest.fixture
def browser(module: Any, desk: Any, issuer: PlayedIssuer) -> Browser:
    desk.settings = msgspec.structs.replace(
        desk.settings,
        oidc_authorize_url=f"{ISSUER}/authorize",
        oidc_token_url=issuer.url,
        oidc_logout_url=f"{ISSUER}/logout",
        oidc_client_id=CLIENT,
    )
    return Browser(module.app, issuer)


class Page:
    def __init__(self, raw: dict[str, Any]) -> None:
        self.status, self.text = raw["statusCode"], raw["body"] or ""
        self.headers = {name.lower(): value for name, value in raw["headers"].items()}
        many = {name.lower(): values for name, values in raw.get("multiValueHeaders", {}).items()}
        self.cookies = [*many.get("set-cookie", []), *([c] if (c := self.headers.get("set-cookie")) else [])]

    @property
    def location(self) -> str:
        return str(self.headers["location"])


class Browser:
    """Keeps cookies, as a browser does."""

    def __init__(self, app: Any, issuer: PlayedIssuer) -> None:
        self.app, self.issuer, self.jar = app, issuer, dict[str, str]()

    def go(self, method: str, url: str, body: str | None = None, **headers: str) -> Page:
        parts = urlsplit(url)
        query = parse_qs(parts.query, keep_blank_values=True)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.jar:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        event = {
            "resource": parts.path,
            "path": parts.path,
            "httpMethod": method,
            "headers": sent,
            "multiValueHeaders": {},
            "multiValueQueryStringParameters": query or None,
            "pathParameters": None,
            "stageVariables": None,
            "requestContext": {"httpMethod": method, "resourcePath": parts.path, "path": parts.path},
            "body": body,
            "isBase64Encoded": False,
        }
        page = Page(self.app(event, Context()))
        for cookie in page.cookies:
            name, value = cookie.split(";")[0].split("=", 1)
            self.jar.pop(name, None)
            if "Max-Age=0" not in cookie:
                self.jar[name] = value
        return page

    def to_issuer(self, query: str = "") -> dict[str, str]:
        page = self.go("GET", f"/desk/sign-in{query}")
        assert page.status == 303, page.text
        url, told = page.location.split("?")
        assert url == f"{ISSUER}/authorize"
        return dict(parse_qsl(told))

    def back(self, asked: dict[str, str], **changes: str) -> Page:
        """The issuer lets them in, and sends them back."""
        self.issuer.codes["c-1"] = asked
        told = {"code": "c-1", "state": asked["state"]} | changes
        return self.go("GET", "/desk/callback?" + "&".join(f"{n}={v}" for n, v in told.items() if v))

    def sign_in(self, query: str = "") -> Page:
        return self.back(self.to_issuer(query))

    @property
    def inside(self) -> bool:
        return "sign-in" not in self.go("GET", "/desk").location

    def csrf(self) -> str:
        """The token of this session's forms."""
        from chalicelib.http.desk import session

        found = session._session_of(_Asking(self.jar))
        assert found is not None
        return found.csrf


class _Asking:
    def __init__(self, jar: dict[str, str]) -> None:
        self.headers = {"cookie": "; ".join(f"{name}={value}" for name, value in jar.items())}


def test_the_whole_way_in(browser: Browser, desk: Any) -> None:
    asked = browser.to_issuer("?next=/desk/agency%3Fpage%3D2&login_hint=sekar")
    assert asked["response_type"] == "code"
    assert asked["client_id"] == CLIENT
    assert asked["redirect_uri"] == f"{PUBLIC_URL}/desk/callback"
    assert asked["scope"] == "openid email profile"
    assert asked["code_challenge_method"] == "S256"
    assert asked["login_hint"] == "sekar"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    page = browser.back(asked)
    assert (page.status, page.location) == (303, f"{PUBLIC_URL}/desk/agency?page=2")
    (form,) = browser.issuer.forms
    assert form["grant_type"] == "authorization_code"
    assert form["redirect_uri"] == f"{PUBLIC_URL}/desk/callback"
    assert form["client_id"] == CLIENT
    assert "client_secret" not in form
    assert list(browser.jar) == ["tanggap_desk"]
    assert browser.inside
    member = desk.members.get("u-1")
    assert (member.name, member.email, member.role, member.office) == ("Sekar L", "s@x.example", "agency", "bina-marga")
    assert member.last_sign_in == desk.now()


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(browser: Browser, desk: Any) -> None:
    page = browser.sign_in()
    assert [cookie.split("=")[0] for cookie in page.cookies] == ["tanggap_desk", next(iter(page.cookies[1].split("=")))]
    for cookie in page.cookies:
        assert {"Path=/", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
    desk.settings = msgspec.structs.replace(desk.settings, public_url="https://lapor.kota.example")
    page = browser.go("GET", "/desk/sign-in")
    assert page.cookies[0].startswith("__Host-tanggap_sign_in_")
    assert "Secure" in page.cookies[0].split("; ")


def test_the_host_header_is_not_believed(browser: Browser) -> None:
    page = browser.go("GET", "/desk/sign-in", Host="evil.example", X_Forwarded_Host="evil.example")
    assert "evil" not in page.location


def test_two_sign_ins_in_one_browser_do_not_disturb_each_other(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.http.desk import oidc

    numbers = iter((3, 5))
    monkeypatch.setattr(oidc.secrets, "randbelow", lambda _: next(numbers))
    first, second = browser.to_issuer("?next=/desk/a"), browser.to_issuer("?next=/desk/b")
    assert browser.back(second).location == f"{PUBLIC_URL}/desk/b"
    assert browser.back(first).location == f"{PUBLIC_URL}/desk/a"


@pytest.mark.parametrize("state", ["", "0", "9abc", "0wrong", "%F0%9F%98%80", "x" * 5000])
def test_a_wrong_state_is_refused(browser: Browser, state: str) -> None:
    asked = browser.to_issuer()
    page = browser.back(asked, state=state)
    assert page.status == 400
    assert not browser.issuer.forms  # the code was not spent
    assert "tanggap_desk" not in browser.jar


def test_a_callback_without_its_cookie_or_twice_or_late_is_refused(browser: Browser, clock: Any) -> None:
    asked = browser.to_issuer()
    jar, browser.jar = browser.jar, {}
    assert browser.back(asked).status == 400
    browser.jar = jar
    assert browser.back(asked).status == 303
    assert browser.back(asked).status == 400
    asked = browser.to_issuer()
    clock.pass_by(minutes=11)
    assert browser.back(asked).status == 400


def test_a_code_of_another_browser_is_refused(browser: Browser, module: Any) -> None:
    """Its challenge is another verifier's."""
    other = Browser(module.app, browser.issuer)
    others = other.to_issuer()
    mine = browser.to_issuer()
    browser.issuer.codes["theirs"] = others
    page = browser.go("GET", f"/desk/callback?code=theirs&state={mine['state']}")
    assert page.status == 401
    assert "tanggap_desk" not in browser.jar


def _public_key() -> bytes:
    return web_tests._KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _hs256(claims: dict[str, Any]) -> str:
    """Signed with the public key's text as if it were a shared secret."""
    import hmac

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    head = part(b'{"alg":"HS256","kid":"k1"}')
    text = f"{head}.{part(json.dumps(claims).encode())}"
    return f"{text}.{part(hmac.digest(_public_key(), text.encode(), 'sha256'))}"


_OTHER = ec.generate_private_key(ec.SECP256R1())
BAD_TOKENS: dict[str, Callable[[dict[str, Any]], str]] = {
    "unsigned": lambda claims: jwt.encode(claims, "", "none", {"kid": "k1"}),
    "signed with the public key": _hs256,
    "another's key under our id": lambda claims: jwt.encode(claims, _OTHER, "ES256", {"kid": "k1"}),
    "an unknown key": lambda claims: jwt.encode(claims, _OTHER, "ES256", {"kid": "k2"}),
    "garbage": lambda claims: "a.b.c",
    "nothing": lambda claims: "",
}
BAD_CLAIMS: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "n"},
    "no nonce": {"nonce": None},
    "another audience": {"aud": "other"},
    "no audience": {"aud": None},
    "ours among others, for another": {"aud": [CLIENT, "other"], "azp": "other"},
    "another issuer": {"iss": "https://other"},
    "expired": {"exp": 1_700_000_000},
    "no end": {"exp": None},
    "nobody": {"sub": None},
    "an access token": {"token_use": "access"},
}


@pytest.mark.parametrize("case", BAD_TOKENS)
def test_id_tokens_badly_signed_are_refused(browser: Browser, desk: Any, case: str) -> None:
    browser.issuer.sign = BAD_TOKENS[case]
    assert browser.sign_in().status == 401
    assert "tanggap_desk" not in browser.jar
    assert desk.members.get("u-1") is None


@pytest.mark.parametrize("case", BAD_CLAIMS)
def test_id_tokens_that_are_not_for_this_sign_in_are_refused(browser: Browser, desk: Any, case: str) -> None:
    browser.issuer.claims |= BAD_CLAIMS[case]
    assert browser.sign_in().status == 401
    assert "tanggap_desk" not in browser.jar
    assert desk.members.get("u-1") is None


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ((400, b'{"error": "invalid_grant"}'), 401),
        ((401, b'{"error": "invalid_client"}'), 401),
        ((200, b"not json at all"), 401),
        ((200, b'{"access_token": "a", "token_type": "Bearer"}'), 401),
        ((200, b"[]"), 401),
        ((500, b"oh"), 503),
    ],
)
def test_answers_of_the_token_endpoint_that_are_none(browser: Browser, answer: tuple[int, bytes], status: int) -> None:
    browser.issuer.answer = answer
    page = browser.sign_in()
    assert page.status == status
    assert "<h1>" in page.text
    assert "Traceback" not in page.text


def test_an_issuer_that_is_away_is_503(browser: Browser, desk: Any) -> None:
    desk.settings = msgspec.structs.replace(desk.settings, oidc_token_url="http://127.0.0.1:9/token")
    page = browser.sign_in()
    assert page.status == 503
    assert page.headers["retry-after"]


def test_whom_the_issuer_does_not_let_in_is_told(browser: Browser) -> None:
    asked = browser.to_issuer()
    page = browser.back(asked, code="", error="access_denied")
    assert page.status == 403
    assert "access_denied" in page.text
    assert f"{ISSUER}/logout" in page.text
    assert not any(name.startswith("tanggap_sign_in") for name in browser.jar)


def test_an_account_without_a_role_is_told_and_not_kept(browser: Browser, desk: Any) -> None:
    browser.issuer.claims = {"email": "x@x.example"}
    assert browser.sign_in().status == 403
    assert desk.members.get("u-1") is None


def test_groups_give_a_role(browser: Browser, desk: Any) -> None:
    browser.issuer.claims = {"cognito:groups": ["validator", "someone"]}
    assert browser.sign_in().status == 303
    assert desk.members.get("u-1").role is Role.VALIDATOR


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "https://evil.example/desk",
        "/\\evil.example",
        "/desk\\..\\..",
        "javascript:alert(1)",
        "/reports",
        "/desks",
        "",
        "desk",
        "/desk/sign-in",
        "/desk/callback?state=1",
        "/desk/sign-out",
        "/desk/\r\nSet-Cookie: a=b",
        "/desk/" + "a" * 2000,
        "http:/desk",
        "//[",
    ],
)
def test_a_sign_in_leads_nowhere_else(path: str) -> None:
    assert inside(path) == "/desk"


@pytest.mark.parametrize("path", ["/desk", "/desk/triage", "/desk/agency?status=open&page=2", "/desk/reports/JKT-1"])
def test_a_sign_in_leads_back_to_where_one_was(path: str) -> None:
    assert inside(path) == path


def test_a_changed_cookie_is_none(browser: Browser) -> None:
    browser.sign_in()
    good = browser.jar["tanggap_desk"]
    assert browser.inside
    for bad in (
        good[:-4],
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        "A" + good[1:],
        "",
        "a",
        "=" * 8,
        "é",
        "x" * 9000,
    ):
        browser.jar["tanggap_desk"] = bad
        assert not browser.inside, bad
    browser.jar["tanggap_desk"] = good
    assert browser.inside


def test_a_cookie_sealed_for_something_else_is_no_session(browser: Browser) -> None:
    browser.to_issuer()
    (value,) = browser.jar.values()
    browser.jar = {"tanggap_desk": value}
    assert not browser.inside


def test_another_key_ends_every_session(browser: Browser, desk: Any, aws: Any, cloud: Any) -> None:
    browser.sign_in()
    cloud.client("ssm").put_parameter(
        Name="/tanggap/local/core/session", Value="local-only-another", Type="SecureString", Overwrite=True
    )
    desk.secrets.forget("core")
    assert not browser.inside


def test_thirty_idle_minutes_end_it_and_use_does_not(browser: Browser, clock: Any) -> None:
    browser.sign_in()
    first = browser.jar["tanggap_desk"]
    clock.pass_by(seconds=59)
    assert browser.inside
    assert browser.jar["tanggap_desk"] == first  # written anew once a minute at most
    for _ in range(4):
        clock.pass_by(minutes=29)
        assert browser.inside
    assert browser.jar["tanggap_desk"] != first
    clock.pass_by(minutes=30, seconds=1)
    assert not browser.inside


def test_twelve_hours_end_it(browser: Browser, clock: Any) -> None:
    browser.sign_in()
    for _ in range(24):
        clock.pass_by(minutes=29)
        assert browser.inside
    clock.pass_by(minutes=25)
    assert not browser.inside


def test_a_sign_out_kills_every_copy(browser: Browser, clock: Any) -> None:
    browser.sign_in()
    copy = dict(browser.jar)
    page = browser.go("POST", "/desk/sign-out", f"csrf={browser.csrf()}", Origin=PUBLIC_URL)
    assert page.status == 200
    onward = re.search(r'content="0; url=([^"]+)"', page.text)
    assert onward is not None
    assert onward[1].startswith(f"{ISSUER}/logout?client_id={CLIENT}&amp;logout_uri=http")
    assert browser.jar == {}
    browser.jar = copy
    assert not browser.inside
    browser.jar = {}
    browser.sign_in()
    assert browser.inside


def test_a_sign_out_ends_that_session_only(browser: Browser, module: Any) -> None:
    other = Browser(module.app, browser.issuer)
    browser.sign_in()
    other.sign_in()
    browser.go("POST", "/desk/sign-out", f"csrf={browser.csrf()}")
    assert not browser.inside
    assert other.inside


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("", {}),
        ("csrf=", {}),
        ("csrf=wrong", {}),
        ("csrf=%C3%A9", {}),
        ("csrf={csrf}", {"Origin": "https://evil.example"}),
        ("csrf={csrf}", {"Origin": "null"}),
        ("csrf={csrf}", {"Origin": "http://127.0.0.1:8001"}),
        ("csrf={csrf}", {"Origin": "http://127.0.0.1:8000.evil.example"}),
        ("csrf={csrf}", {"Referer": "https://evil.example/desk"}),
    ],
)
def test_no_other_site_signs_anybody_out(browser: Browser, body: str, headers: dict[str, str]) -> None:
    browser.sign_in()
    page = browser.go("POST", "/desk/sign-out", body.format(csrf=browser.csrf()), **headers)
    assert page.status == 403
    assert browser.inside


def test_signing_out_without_a_session_is_harmless(browser: Browser) -> None:
    assert browser.go("POST", "/desk/sign-out", "csrf=x").status == 200
    assert browser.go("GET", "/desk/signed-out").status == 200


def test_a_member_switched_off_is_out_at_once_and_for_good(browser: Browser, desk: Any, clock: Any) -> None:
    browser.sign_in()
    clock.pass_by(seconds=5)
    off = disable(desk, CHIEF, "u-1", version=1)
    assert not browser.inside
    assert browser.sign_in().status == 401
    from chalicelib.usecases.members import enable

    enable(desk, CHIEF, "u-1", version=off.version)
    assert not browser.inside
    clock.pass_by(seconds=1)
    assert browser.sign_in().status == 303
    assert browser.inside


def test_a_moved_member_is_somebody_else_at_once(browser: Browser, desk: Any) -> None:
    browser.sign_in()
    assert browser.go("GET", "/desk").location.endswith("/desk/agency")
    move(desk, CHIEF, "u-1", version=1, role="counter")
    assert browser.go("GET", "/desk").location.endswith("/desk/counter")
    browser.sign_in()  # the token still says agency
    assert browser.go("GET", "/desk").location.endswith("/desk/counter")


# Bearer tokens


def test_a_bearer_token_goes_by_the_record(web: Callable[..., Any], desk: Any) -> None:
    desk.members.add(Member(sub="agency-1", role=Role.AGENCY, agency="perhubungan"))
    token = bearer("agency", "bina-marga")
    assert web("GET", "/staff/reports", headers=token).json["queue"] == "agency#perhubungan"
    disable(desk, CHIEF, "agency-1", version=1)
    answer = web("GET", "/staff/reports", headers=token)
    assert answer.status == 401
    assert "switched off" in answer.json["message"]


def test_a_bearer_token_makes_no_record(web: Callable[..., Any], desk: Any) -> None:
    assert web("GET", "/staff/reports", headers=bearer("agency", "bina-marga")).status == 200
    assert desk.members.get("agency-1") is None


def test_a_unit_in_a_token_is_the_office(web: Callable[..., Any]) -> None:
    unit = "suku-dinas-bina-marga-jakarta-selatan"
    token = bearer("agency", "bina-marga", unit=unit)
    assert web("GET", "/staff/reports", headers=token, query={"queue": "agency#perhubungan"}).status == 403


def _system(client: str, **claims: Any) -> dict[str, str]:
    told = {"aud": None, "sub": client, "client_id": client, "token_use": "access"}
    return bearer("", **(told | claims))


def test_an_agency_s_system_needs_a_record_of_its_own(web: Callable[..., Any], desk: Any) -> None:
    assert web("GET", "/staff/reports", headers=_system("sys-1")).status == 401
    desk.members.add(Member(sub="sys-1", role=Role.AGENCY, agency="perhubungan", system=True))
    desk.members.add(Member(sub="person", role=Role.ADMIN))
    answer = web("GET", "/staff/reports", headers=_system("sys-1"))
    assert (answer.status, answer.json["queue"]) == (200, "agency#perhubungan")
    assert web("GET", "/staff/reports", headers=_system("person")).status == 401
    assert web("GET", "/staff/reports", headers=_system("sys-1", client_id="other")).status == 401
    disable(desk, CHIEF, "sys-1", version=1)
    assert web("GET", "/staff/reports", headers=_system("sys-1")).status == 401


def test_one_read_is_all_a_session_costs(browser: Browser, calls: Callable[[], list[str]]) -> None:
    browser.sign_in()
    calls()
    assert browser.inside
    assert calls() == ["dynamodb.GetItem"]


def test_sessions_are_kept_as_ended_for_as_long_as_they_could_live() -> None:
    from tests.conftest import START

    member = Member(sub="x", role=Role.ADMIN)
    member = member.without_session("a", START).without_session("b", START + timedelta(hours=13))
    assert list(member.ended) == ["b"]
    for number in range(100):
        member = member.without_session(str(number), START + timedelta(hours=13))
    assert member.ended_before == START + timedelta(hours=13)
    assert member.has_ended("a-copy", START)
    assert not member.has_ended("new", START + timedelta(hours=14))
