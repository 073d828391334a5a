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

        document = self._document or self._fetched()
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
            audience=audience,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
    except jwt.PyJWTError as error:
        raise Unauthenticated("The token is not valid.", details={"token": type(error).__name__}) from error
    return actor_of(claims)


def actor_of(claims: dict[str, Any]) -> Actor:
    """The role and agency that verified claims give."""
    role = claims.get("role") or claims.get("custom:role")
    if role not in _STAFF:
        raise NotYours("This account has no role here.", details={"role": str(role or "")})
    agency = claims.get("agency") or claims.get("custom:agency") or None
    if role == Role.AGENCY and not agency:
        raise NotYours("This account belongs to no agency.", details={"agency": "missing"})
    return Actor(role=Role(role), agency=str(agency) if role == Role.AGENCY else None, subject=str(claims["sub"]))
