"""Who is asking: a bearer JWT, or the id token of a sign-in, verified in the process with the issuer's keys. PyJWT is imported only when needed."""

from __future__ import annotations

import hmac
import urllib.request
from collections.abc import Mapping
from typing import Any

import msgspec

from chalicelib.domain.errors import NotYours, Unauthenticated
from chalicelib.domain.lifecycle import Role
from chalicelib.usecases.act import Actor

KEEP_SECONDS = 600
_RETRY_SECONDS = 30
_ALGORITHMS = ["RS256", "ES256"]
_STAFF = frozenset({Role.ADMIN, Role.AGENCY, Role.VALIDATOR, Role.COUNTER, Role.ANALYST})
_MOST_BYTES = 100_000
_SKEW_SECONDS = 5  # how far the issuer's clock may be from ours
# The most particular first.
_OFFICES = ("unit", "custom:unit", "agency", "custom:agency")


class KeySet:
    """The issuer's public keys, by key id. `documents` may be given instead of fetched (the local run, tests)."""

    def __init__(self, url: str, document: dict[str, Any] | None = None) -> None:
        self._url = url
        self._document = document
        self._keys: dict[str, Any] = {}
        self._until = 0.0
        self._tried = -_RETRY_SECONDS * 2.0

    def key(self, key_id: str, now: float) -> Any:
        """The key with that id; None when the issuer has none such. A new id makes the set be fetched again, at most
        every half minute."""
        unknown = key_id not in self._keys and now - self._tried > _RETRY_SECONDS
        if now >= self._until or unknown:
            self._tried = now
            self._load(now)
        return self._keys.get(key_id)

    def _load(self, now: float) -> None:
        import jwt

        try:
            document = self._document or self._fetched()
        except (OSError, ValueError, msgspec.DecodeError):
            if not self._keys:
                raise
            self._until = now + _RETRY_SECONDS  # the issuer is away: known keys are still good
            return
        self._keys = {key.key_id: key.key for key in jwt.PyJWKSet.from_dict(document).keys if key.key_id}
        self._until = now + KEEP_SECONDS

    def _fetched(self) -> dict[str, Any]:
        with urllib.request.urlopen(self._url, timeout=3) as answer:  # noqa: S310  the URL is the operator's setting
            return dict(msgspec.json.decode(answer.read(_MOST_BYTES)))


def bearer_claims(authorization: str, keys: KeySet, *, issuer: str, now: float) -> dict[str, Any]:
    """The verified claims of a bearer token; whom it is meant for is still to be asked (`meant_for`). Raises
    Unauthenticated for every kind of bad token, and for an id token: it says who signed in somewhere, and opens nothing."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("Sign in: a bearer token is required.")
    claims = _verified(token.strip(), keys, issuer=issuer, now=now)
    if claims.get("token_use") == "id" or "nonce" in claims:
        raise Unauthenticated("An id token is no access token.", details={"token": "use"})
    return claims


def identity_claims(token: str, keys: KeySet, *, issuer: str, client_id: str, nonce: str, now: float) -> dict[str, Any]:
    """The verified claims of the id token that answers one sign-in. Raises Unauthenticated for one that is another
    client's, another sign-in's, or no id token."""
    claims = _verified(token, keys, issuer=issuer, now=now)
    told = claims.get("aud")
    audiences = told if isinstance(told, list) else [told]
    if client_id not in audiences or (len(audiences) > 1 and claims.get("azp") != client_id):
        raise Unauthenticated("The token is not meant for this desk.", details={"token": "audience"})
    if claims.get("token_use", "id") != "id":
        raise Unauthenticated("This is not an id token.", details={"token": "use"})
    if not nonce or not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise Unauthenticated("The token answers another sign-in.", details={"token": "nonce"})
    return claims


def _verified(token: str, keys: KeySet, *, issuer: str, now: float) -> dict[str, Any]:
    import jwt

    try:
        key = keys.key(str(jwt.get_unverified_header(token).get("kid", "")), now)
        if key is None:
            raise Unauthenticated("The token was signed with an unknown key.")
        return dict(
            jwt.decode(
                token,
                key,
                algorithms=_ALGORITHMS,
                issuer=issuer,
                leeway=_SKEW_SECONDS,
                options={"require": ["exp", "iss", "sub"], "verify_aud": False},
            )
        )
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise Unauthenticated("The token is not valid.", details={"token": type(error).__name__}) from error


def meant_for(claims: Mapping[str, Any], *audiences: str) -> bool:
    """Whether a token is for one of these audiences. Access tokens of Cognito name the client instead of an audience."""
    told = claims.get("aud")
    if told is None and claims.get("token_use") == "access":
        told = claims.get("client_id")
    return any(audience and audience in (told if isinstance(told, list) else [told]) for audience in audiences)


def is_system(claims: Mapping[str, Any]) -> bool:
    """Whether a token was given for client credentials: nobody but the client itself is its subject."""
    return claims.get("token_use") == "access" and "aud" not in claims and claims.get("client_id") == claims.get("sub")


def actor_of(claims: Mapping[str, Any]) -> Actor:
    """The role and the most particular office that verified claims give."""
    role = claims.get("role") or claims.get("custom:role") or _role_of_groups(claims.get("cognito:groups"))
    if not isinstance(role, str) or role not in _STAFF:
        raise NotYours("This account has no role here.", details={"role": str(role or "")})
    office = next((claims[name] for name in _OFFICES if claims.get(name)), None)
    if role == Role.AGENCY and not office:
        raise NotYours("This account belongs to no agency.", details={"agency": "missing"})
    # A validator's, a counter's and an analyst's too: nobody validates the work of their own office, or reads what accuses
    # it in confidence.
    own = str(office) if office and role != Role.ADMIN else None
    return Actor(role=Role(role), agency=own, subject=str(claims["sub"]))


def _role_of_groups(groups: Any) -> str | None:
    """The role of who is in exactly one of the roles' groups: in two, it is not for us to choose."""
    found = [str(group) for group in groups if group in _STAFF] if isinstance(groups, list) else []
    return found[0] if len(found) == 1 else None
