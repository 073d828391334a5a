"""Who is asking: a bearer JWT, verified in the process with the issuer's keys. PyJWT is imported only when needed."""

from __future__ import annotations

import urllib.request
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


def signed_in(authorization: str, keys: KeySet, *, issuer: str, audience: str, now: float) -> Actor:
    """Who a bearer token speaks for. Raises Unauthenticated for every kind of bad token, NotYours for a role that is
    none of the staff's."""
    import jwt

    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("Sign in: a bearer token is required.")
    try:
        key = keys.key(str(jwt.get_unverified_header(token).get("kid", "")), now)
        if key is None:
            raise Unauthenticated("The token was signed with an unknown key.")
        claims = jwt.decode(
            token.strip(),
            key,
            algorithms=_ALGORITHMS,
            issuer=issuer,
            options={"require": ["exp", "iss", "sub"], "verify_aud": False},
        )
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise Unauthenticated("The token is not valid.", details={"token": type(error).__name__}) from error
    if not _meant_for(claims, audience):
        raise Unauthenticated("The token is not meant for this desk.", details={"token": "audience"})
    return actor_of(claims)


def _meant_for(claims: dict[str, Any], audience: str) -> bool:
    """Cognito's access tokens (client credentials) name the client instead of an audience."""
    told = claims.get("aud")
    if told is None and claims.get("token_use") == "access":
        told = claims.get("client_id")
    return bool(audience) and audience in (told if isinstance(told, list) else [told])


def actor_of(claims: dict[str, Any]) -> Actor:
    """The role and agency that verified claims give."""
    role = claims.get("role") or claims.get("custom:role")
    if not isinstance(role, str) or role not in _STAFF:
        raise NotYours("This account has no role here.", details={"role": str(role or "")})
    agency = claims.get("agency") or claims.get("custom:agency") or None
    if role == Role.AGENCY and not agency:
        raise NotYours("This account belongs to no agency.", details={"agency": "missing"})
    # A validator's agency counts as well: nobody validates the work of their own.
    own = str(agency) if agency and role in (Role.AGENCY, Role.VALIDATOR) else None
    return Actor(role=Role(role), agency=own, subject=str(claims["sub"]))
