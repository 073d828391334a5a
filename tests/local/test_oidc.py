"""The local issuer: as strict as a real one, whatever else it makes easy."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import pytest

from chalicelib.city import load
from chalicelib.domain.lifecycle import Role
from chalicelib.usecases.posts import post_of
from local.accounts import invited, systems_in
from local.identity import Issuer
from local.oidc import CODE_LIVES, USERS, Oidc, User, answer
from local.run import SECRETS
from local.settings import AUDIENCE

NOW = datetime.now(UTC)
URL = "http://127.0.0.1:8000"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
ASKED = {
    "response_type": "code",
    "client_id": AUDIENCE,
    "redirect_uri": f"{URL}/desk/callback",
    "scope": "openid",
    "state": "s-1",
    "nonce": "n-1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
FORM = {
    "grant_type": "authorization_code",
    "client_id": AUDIENCE,
    "redirect_uri": f"{URL}/desk/callback",
    "code_verifier": VERIFIER,
}


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer(f"{URL}/_local")


@pytest.fixture
def oidc(issuer: Issuer) -> Oidc:
    guest = User(id="new@x.example", name="<b>New</b>", role="counter", sub="guest-1", email="new@x.example")
    return Oidc(
        issuer,
        client_id=AUDIENCE,
        public_url=URL,
        token_url="http://127.0.0.1:4566/_local/oidc/token",
        invited=lambda: [guest],
        systems={"sys": "local-only-secret"},
    )


def _back(told: Any) -> dict[str, str]:
    status, headers, _ = told
    assert status == 303
    url, _, query = dict(headers)["Location"].partition("?")
    assert url == f"{URL}/desk/callback"
    return dict(parse_qsl(query))


def _code(oidc: Oidc, user: str = "admin") -> str:
    told = _back(oidc.authorize(ASKED | {"login_hint": user}, NOW))
    assert told["state"] == "s-1"
    return told["code"]


def _token(
    oidc: Oidc, form: dict[str, str], now: datetime = NOW, authorization: str = ""
) -> tuple[int, dict[str, Any]]:
    return oidc.token(authorization, urlencode(form).encode(), now)


def _claims(issuer: Issuer, token: str, **options: Any) -> dict[str, Any]:
    (key,) = jwt.PyJWKSet.from_dict(issuer.key_set()).keys
    return dict(jwt.decode(token, key.key, ["RS256"], issuer=issuer.issuer, options={"verify_aud": False}))


def test_a_code_gives_tokens_once(oidc: Oidc, issuer: Issuer) -> None:
    code = _code(oidc, "bina-marga-selatan")
    status, told = _token(oidc, FORM | {"code": code})
    assert (status, told["token_type"], told["expires_in"]) == (200, "Bearer", 3600)
    identity = _claims(issuer, told["id_token"])
    assert (identity["aud"], identity["nonce"], identity["token_use"]) == (AUDIENCE, "n-1", "id")
    for claims in (identity, _claims(issuer, told["access_token"])):
        assert claims["sub"] == "user-bina-marga-selatan"
        assert claims["role"] == "agency"
        assert claims["agency"] == "bina-marga"
        assert claims["unit"] == "suku-dinas-bina-marga-jakarta-selatan"
        assert claims["name"]
        assert claims["email"] == "bina-marga-selatan@kota.example"
    assert _token(oidc, FORM | {"code": code}) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 64}, (400, "invalid_grant")),
        ({"code_verifier": ""}, (400, "invalid_grant")),
        ({"redirect_uri": f"{URL}/elsewhere"}, (400, "invalid_grant")),
        ({"code": "other"}, (400, "invalid_grant")),
        ({"client_id": "other"}, (401, "invalid_client")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type")),
    ],
)
def test_a_code_is_for_who_asked_for_it(oidc: Oidc, changes: dict[str, str], error: tuple[int, str]) -> None:
    assert _token(oidc, FORM | {"code": _code(oidc)} | changes) == (error[0], {"error": error[1]})


def test_a_code_tried_with_a_wrong_verifier_is_spent(oidc: Oidc) -> None:
    code = _code(oidc)
    assert _token(oidc, FORM | {"code": code, "code_verifier": "w"})[0] == 400
    assert _token(oidc, FORM | {"code": code})[0] == 400


def test_a_code_gets_old(oidc: Oidc) -> None:
    assert _token(oidc, FORM | {"code": _code(oidc)}, NOW + CODE_LIVES)[0] == 400
    assert _token(oidc, FORM | {"code": _code(oidc)}, NOW + CODE_LIVES - timedelta(seconds=1))[0] == 200


@pytest.mark.parametrize(
    "changes", [{"client_id": "other"}, {"redirect_uri": "https://evil.example/"}, {"redirect_uri": ""}]
)
def test_an_unknown_client_or_address_is_sent_nowhere(oidc: Oidc, changes: dict[str, str]) -> None:
    status, headers, _ = oidc.authorize(ASKED | {"user": "admin"} | changes, NOW)
    assert status == 400
    assert "Location" not in dict(headers)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"deny": "1"}, "access_denied"),
    ],
)
def test_what_is_refused_is_said(oidc: Oidc, changes: dict[str, str], error: str) -> None:
    assert _back(oidc.authorize(ASKED | {"user": "admin"} | changes, NOW)) == {"error": error, "state": "s-1"}


def test_the_page_has_a_button_for_everybody(oidc: Oidc) -> None:
    status, _, body = oidc.authorize(ASKED | {"login_hint": "<nobody>"}, NOW)
    page = body.decode()
    assert status == 200
    assert "There is no user &lt;nobody&gt;." in page
    assert "&lt;b&gt;New&lt;/b&gt;" in page
    chosen = set(re.findall(r'name="user" value="([^"]+)"', page))
    assert chosen == {user.id for user in USERS} | {"new@x.example"}
    kept = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
    assert kept == ASKED


def test_there_is_a_user_for_every_role_whose_office_fits() -> None:
    assert {user.role for user in USERS} == {"admin", "agency", "validator", "counter", "analyst"}
    city = load("jakarta")
    for user in USERS:
        assert post_of(city, user.role, user.agency, user.unit) == (
            Role(user.role),
            user.agency or None,
            user.unit or None,
        )


def test_a_guest_signs_in_by_e_mail(oidc: Oidc, issuer: Issuer) -> None:
    _, told = _token(oidc, FORM | {"code": _code(oidc, "new@x.example")})
    assert _claims(issuer, told["id_token"])["sub"] == "guest-1"


@pytest.mark.parametrize("basic", [True, False])
def test_a_system_gets_a_token_for_its_secret(oidc: Oidc, issuer: Issuer, basic: bool) -> None:
    form = {"grant_type": "client_credentials"}
    header = "Basic " + base64.b64encode(b"sys:local-only-secret").decode() if basic else ""
    form |= {} if basic else {"client_id": "sys", "client_secret": "local-only-secret"}
    status, told = _token(oidc, form, authorization=header)
    claims = _claims(issuer, told["access_token"])
    assert status == 200
    assert (claims["sub"], claims["client_id"], claims["token_use"]) == ("sys", "sys", "access")
    assert "aud" not in claims
    assert "id_token" not in told


@pytest.mark.parametrize("told", ["", "sys:", "sys:wrong", "other:local-only-secret", ":"])
def test_a_system_without_its_secret_gets_none(oidc: Oidc, told: str) -> None:
    form = {"grant_type": "client_credentials"}
    for header in ("Basic " + base64.b64encode(told.encode()).decode(), "Basic ???"):
        assert _token(oidc, form, authorization=header) == (401, {"error": "invalid_client"})


def test_the_routes(oidc: Oidc) -> None:
    def call(method: str, *path: str, **query: str) -> Any:
        return answer(oidc, method, list(path), query, "", b"", NOW)

    status, _, body = call("GET", ".well-known", "openid-configuration")
    told = json.loads(body)
    assert status == 200
    assert told["issuer"] == f"{URL}/_local"
    assert urlsplit(told["authorization_endpoint"]).path == "/_local/oidc/authorize"
    assert call("POST", "token")[0] == 400
    assert call("GET", "token") is None
    assert call("GET", "other") is None
    assert call("GET", "logout", logout_uri=f"{URL}/desk/signed-out")[0] == 303
    assert call("GET", "logout", logout_uri="https://evil.example/")[0] == 200


def test_the_systems_of_the_local_run_belong_to_offices() -> None:
    systems = systems_in(SECRETS)
    assert len(systems) >= 2
    for told in systems.values():
        assert told["secret"].startswith("local-only-")
        assert told["agency"] in load("jakarta").agencies


def test_who_was_invited_can_sign_in(cloud: Any, aws: Any) -> None:
    pool = aws.attribute("UserPool", "Ref")
    client = cloud.client("cognito-idp")
    for email, role in (("a@x.example", "validator"), ("b@x.example", "admin")):
        told = {"email": email, "name": "A", "custom:role": role}
        attributes = [{"Name": name, "Value": value} for name, value in told.items()]
        client.admin_create_user(UserPoolId=pool, Username=email, UserAttributes=attributes)
    client.admin_disable_user(UserPoolId=pool, Username="b@x.example")
    (user,) = invited(cloud, pool)
    assert (user.id, user.role, user.name) == ("a@x.example", "validator", "A")
    assert invited(cloud, "") == []
