"""The authorization code flow with PKCE as the desk's client speaks it (OpenID Connect; RFC 6749, 7636). oauthlib is
imported only when somebody signs in."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec

from chalicelib.domain.errors import NotYours, Unauthenticated
from chalicelib.http.context import desk, key_set
from chalicelib.http.sign_in import identity_claims
from chalicelib.outbound.token_endpoint import exchange

SCOPE = "openid email profile"
CALLBACK = "/desk/callback"
WITHIN = timedelta(minutes=10)
SLOTS = 8
_VERIFIER = 64


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in under way, as the browser keeps it (sealed). `next` is where its owner wanted to go."""

    state: str
    nonce: str
    verifier: str
    next: str
    at: datetime


def start(onward: str) -> Started:
    """A new sign-in. Its state begins with the number of its cookie: several may be under way in one browser."""
    client = _client()
    return Started(
        state=f"{secrets.randbelow(SLOTS)}{secrets.token_urlsafe(24)}",
        nonce=secrets.token_urlsafe(24),
        verifier=client.create_code_verifier(_VERIFIER),
        next=onward,
        at=desk().now(),
    )


def slot_of(state: str) -> str:
    """The number of the cookie that a state's sign-in is kept in; "" for a state that is none of ours."""
    return state[:1] if state[:1] in "01234567" else ""


def authorize_url(started: Started, login_hint: str = "") -> str:
    """Where the browser is sent to sign in."""
    client, settings = _client(), desk().settings
    told = {"login_hint": login_hint[:254]} if login_hint else {}
    return str(
        client.prepare_request_uri(
            settings.oidc_authorize_url,
            redirect_uri=settings.public_url + CALLBACK,
            scope=SCOPE,
            state=started.state,
            nonce=started.nonce,
            code_challenge=client.create_code_challenge(started.verifier, "S256"),
            code_challenge_method="S256",
            **told,
        )
    )


def finish(started: Started, query: dict[str, str]) -> dict[str, Any]:
    """The verified claims of who has signed in, from what the issuer sent the browser back with. Raises NotYours when the
    issuer let nobody in, Unauthenticated for a code or a token that is not good, IssuerAwayError."""
    from oauthlib.oauth2 import OAuth2Error

    client, settings = _client(), desk().settings
    try:
        # Only the query is read; that PUBLIC_URL is plain http in the local run is no matter.
        told = client.parse_request_uri_response(f"https://desk{CALLBACK}?{urlencode(query)}", state=started.state)
    except OAuth2Error as error:
        raise NotYours("The sign-in was not completed.", details={"issuer": error.error or "refused"}) from error
    form = client.prepare_request_body(
        code=told["code"],
        redirect_uri=settings.public_url + CALLBACK,
        code_verifier=started.verifier,
        client_secret=desk().secrets.client_secret(desk().ticks()) or None,
    )
    answer = exchange(settings.oidc_token_url, form)
    try:
        token = client.parse_request_body_response(answer).get("id_token")
    except (
        OAuth2Error,
        Warning,
        ValueError,
        TypeError,
        AttributeError,
    ) as error:  # whatever an answer that is none does
        code = getattr(error, "error", "") or "unreadable"
        raise Unauthenticated("The sign-in was not accepted.", details={"issuer": str(code)[:80]}) from error
    return identity_claims(
        str(token or ""),
        key_set(),
        issuer=settings.jwt_issuer,
        client_id=settings.oidc_client_id,
        nonce=started.nonce,
        now=desk().ticks(),
    )


def logout_url() -> str:
    """Where the issuer's own session is ended; it leads back here. Names of Cognito's and of OpenID Connect's logout."""
    settings = desk().settings
    back = f"{settings.public_url}/desk/signed-out"
    if not settings.oidc_logout_url:
        return back
    told = {"client_id": settings.oidc_client_id, "logout_uri": back, "post_logout_redirect_uri": back}
    return f"{settings.oidc_logout_url}?{urlencode(told)}"


def _client() -> Any:
    from oauthlib.oauth2 import WebApplicationClient

    return WebApplicationClient(desk().settings.oidc_client_id)
