"""The local sign-in: OpenID Connect's code flow with PKCE and OAuth's client credentials, as Cognito does them in AWS, with
one user per role and no passwords."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import html
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from local.front import Answer, as_json
from local.identity import Issuer

CODE_LIVES = timedelta(minutes=5)
TOKEN_LIVES = timedelta(hours=1)
SCOPE = "tanggap/staff"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Local sign-in</title><style>
body{{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}}
ul{{list-style:none;padding:0}} button{{width:100%;text-align:left;padding:.75rem 1rem;margin:.25rem 0;font:inherit;cursor:pointer}}
</style></head><body><main><h1>Local sign-in</h1>
<p>This stands in for the user pool. Nobody here is real, and no password is asked for.</p>{notice}
<form method="get" action="authorize">{hidden}<ul>{buttons}</ul>
<p><button name="deny" value="1">Cancel</button></p></form></main></body></html>
"""


@dataclass(frozen=True, kw_only=True)
class User:
    """Somebody who can sign in. `id` is what they are chosen by; `sub` is in their tokens."""

    id: str
    name: str
    role: str
    agency: str = ""
    unit: str = ""
    sub: str = ""
    email: str = ""

    @property
    def claims(self) -> dict[str, Any]:
        """What their tokens say of them."""
        told = {
            "name": self.name,
            "email": self.email or f"{self.id}@kota.example",
            "role": self.role,
            "agency": self.agency,
            "unit": self.unit,
        }
        return {
            "sub": self.sub or f"user-{self.id}",
            "email_verified": True,
            **{name: value for name, value in told.items() if value},
        }


USERS = (
    User(id="admin", name="Ratna Wulandari", role="admin"),
    User(id="admin-2", name="Bayu Nugraha", role="admin"),
    User(id="bina-marga", name="Sekar Larasati", role="agency", agency="bina-marga"),
    User(id="bina-marga-2", name="Galih Pamungkas", role="agency", agency="bina-marga"),
    User(
        id="bina-marga-selatan",
        name="Laksmi Andini",
        role="agency",
        agency="bina-marga",
        unit="suku-dinas-bina-marga-jakarta-selatan",
    ),
    User(id="perhubungan", name="Damar Prakoso", role="agency", agency="perhubungan"),
    User(
        id="kelurahan",
        name="Intan Maharani",
        role="agency",
        agency="kota-administrasi-jakarta-selatan",
        unit="kelurahan-tebet-timur",
    ),
    User(id="validator", name="Arum Kinasih", role="validator"),
    User(id="counter", name="Yoga Saputra", role="counter"),
    User(id="analyst", name="Citra Paramita", role="analyst"),
)


@dataclass(frozen=True, kw_only=True)
class _Grant:
    user: User
    challenge: str
    nonce: str
    until: datetime


class OAuthError(Exception):
    """A request that OAuth refuses: its error code."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.status = code, status


class Oidc:
    """The issuer's endpoints. `invited` gives the users beside USERS; `systems` the secrets of clients by their ids."""

    def __init__(
        self,
        issuer: Issuer,
        *,
        client_id: str,
        public_url: str,
        token_url: str,
        invited: Callable[[], Iterable[User]],
        systems: Mapping[str, str],
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._public_url = public_url
        self._token_url = token_url
        self._invited = invited
        self._systems = systems
        self._grants: dict[str, _Grant] = {}
        self._lock = threading.Lock()

    @property
    def redirect_uri(self) -> str:
        """The only address that codes are sent to."""
        return f"{self._public_url}/desk/callback"

    def user(self, id: str) -> User | None:
        """The user chosen by that id, e-mail or sub."""
        return next((user for user in self._users() if id in (user.id, user.claims["email"], user.claims["sub"])), None)

    def configuration(self) -> dict[str, Any]:
        """The discovery document."""
        base = f"{self._public_url}/_local/oidc"
        return {
            "issuer": self._issuer.issuer,
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": self._token_url,
            "end_session_endpoint": f"{base}/logout",
            "jwks_uri": f"{self._public_url}/_local/jwks.json",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "subject_types_supported": ["public"],
            "scopes_supported": ["openid", "email", "profile", SCOPE],
        }

    def authorize(self, query: Mapping[str, str], now: datetime) -> Answer:
        """The page to choose a user on; or back with a code for who is chosen (`user`, `login_hint`)."""
        if query.get("client_id") != self._client_id or query.get("redirect_uri") != self.redirect_uri:
            return _html("<p>The client or its redirect address is not registered here.</p>", 400)
        state = {"state": query["state"]} if query.get("state") else {}
        if query.get("response_type") != "code":
            return _back(self.redirect_uri, {"error": "unsupported_response_type"} | state)
        if not query.get("code_challenge") or query.get("code_challenge_method") != "S256":
            return _back(self.redirect_uri, {"error": "invalid_request"} | state)
        if query.get("deny"):
            return _back(self.redirect_uri, {"error": "access_denied"} | state)
        chosen = query.get("user") or query.get("login_hint") or ""
        user = self.user(chosen) if chosen else None
        if user is None:
            return self._page(query, f"<p role='alert'>There is no user {html.escape(chosen)}.</p>" if chosen else "")
        code = secrets.token_urlsafe(24)
        grant = _Grant(
            user=user, challenge=query["code_challenge"], nonce=query.get("nonce", ""), until=now + CODE_LIVES
        )
        with self._lock:
            self._grants = {known: each for known, each in self._grants.items() if each.until > now} | {code: grant}
        return _back(self.redirect_uri, {"code": code} | state)

    def token(self, authorization: str, body: bytes, now: datetime) -> tuple[int, dict[str, Any]]:
        """Tokens for a code or for a client's own credentials: status and JSON body."""
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        try:
            match form.get("grant_type"):
                case "authorization_code":
                    return 200, self._for_code(form, now)
                case "client_credentials":
                    return 200, self._for_system(*_credentials(authorization, form), now)
            raise OAuthError("unsupported_grant_type")
        except OAuthError as error:
            return error.status, {"error": error.code}

    def logout(self, query: Mapping[str, str]) -> Answer:
        """There is no session to end: back to where the desk says, if that is here."""
        back = query.get("logout_uri") or query.get("post_logout_redirect_uri") or ""
        if back == f"{self._public_url}/desk/signed-out":
            return _back(back, {})
        return _html("<p>You have signed out.</p>")

    def _for_code(self, form: Mapping[str, str], now: datetime) -> dict[str, Any]:
        if form.get("client_id") != self._client_id:
            raise OAuthError("invalid_client", 401)
        with self._lock:
            grant = self._grants.pop(form.get("code", ""), None)  # whatever becomes of it, it is used
        if grant is None or grant.until <= now or form.get("redirect_uri") != self.redirect_uri:
            raise OAuthError("invalid_grant")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if not hmac.compare_digest(challenge, grant.challenge.rstrip("=")):
            raise OAuthError("invalid_grant")
        claims = grant.user.claims
        nonce = {"nonce": grant.nonce} if grant.nonce else {}
        identity = claims | nonce | {"aud": self._client_id, "token_use": "id"}
        access = claims | {"client_id": self._client_id, "token_use": "access", "cognito:groups": [claims["role"]]}
        return {
            "id_token": self._issuer.signed(identity, now, TOKEN_LIVES),
            "access_token": self._issuer.signed(access, now, TOKEN_LIVES),
            "token_type": "Bearer",
            "expires_in": int(TOKEN_LIVES.total_seconds()),
        }

    def _for_system(self, client: str, secret: str, now: datetime) -> dict[str, Any]:
        known = self._systems.get(client, "")
        if not known or not hmac.compare_digest(known.encode(), secret.encode()):
            raise OAuthError("invalid_client", 401)
        claims = {"sub": client, "client_id": client, "token_use": "access", "scope": SCOPE}
        return {
            "access_token": self._issuer.signed(claims, now, TOKEN_LIVES),
            "token_type": "Bearer",
            "expires_in": int(TOKEN_LIVES.total_seconds()),
            "scope": SCOPE,
        }

    def _users(self) -> list[User]:
        return [*USERS, *self._invited()]

    def _page(self, query: Mapping[str, str], notice: str) -> Answer:
        kept = {name: value for name, value in query.items() if name not in ("user", "login_hint", "deny")}
        hidden = "".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
            for name, value in kept.items()
        )
        buttons = "".join(
            f'<li><button name="user" value="{html.escape(user.id)}"><b>{html.escape(user.name)}</b><br>'
            f"{html.escape(' · '.join(filter(None, (user.role, user.agency, user.unit))))}</button></li>"
            for user in self._users()
        )
        return _html(_PAGE.format(notice=notice, hidden=hidden, buttons=buttons))


def _credentials(authorization: str, form: Mapping[str, str]) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise OAuthError("invalid_client", 401) from None
    return client, secret


def _back(url: str, query: Mapping[str, str]) -> Answer:
    location = f"{url}?{urlencode(query)}" if query else url
    return 303, [("Location", location), ("Cache-Control", "no-store")], b""


def _html(text: str, status: int = 200) -> Answer:
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]
    return status, headers, text.encode()


def answer(
    oidc: Oidc, method: str, path: list[str], query: Mapping[str, str], authorization: str, body: bytes, now: datetime
) -> Answer | None:
    """The endpoints under /_local/oidc; None for what is none of them."""
    match method, path:
        case "GET", [".well-known", "openid-configuration"]:
            return as_json(oidc.configuration())
        case "GET", ["authorize"]:
            return oidc.authorize(query, now)
        case "GET", ["logout"]:
            return oidc.logout(query)
        case "POST", ["token"]:
            status, told = oidc.token(authorization, body, now)
            return as_json(told, status)
    return None
