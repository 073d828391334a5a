"""The member of the staff whose bearer token a request brings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.errors import NotYours, Unauthenticated
from chalicelib.domain.lifecycle import Role
from chalicelib.http.context import desk, key_set
from chalicelib.http.requests import header_of
from chalicelib.http.sign_in import actor_of, bearer_claims, is_system, meant_for
from chalicelib.store.members import Member
from chalicelib.usecases.act import Actor
from chalicelib.usecases.signing_in import actor_for


def member(request: Any) -> Actor:
    """Who is asking. Raises Unauthenticated, or NotYours for a role that is none of the staff's."""
    return bearer(request)[0]


def bearer(request: Any) -> tuple[Actor, Member]:
    """Who is asking, and their record; where there is none, the token's claims count, and nothing is stored. Raises
    Unauthenticated (also for an account that is switched off, and for a token from before it was) and NotYours."""
    settings = desk().settings
    claims = bearer_claims(
        header_of(request, "authorization"), key_set(), issuer=settings.jwt_issuer, now=desk().ticks()
    )
    ours = meant_for(claims, settings.jwt_audience, settings.oidc_client_id)
    system = is_system(claims)
    if not ours and not system:
        raise _not_for_us()
    record = desk().members.get(str(claims["sub"]))
    if record is not None and (ours or record.system):
        known = actor_for(record)
        if _from_before(record, claims):
            raise Unauthenticated("This token was ended. Sign in again.", details={"token": "ended"})
        return known, record
    if not ours:
        raise _not_for_us()
    actor = actor_of(claims)
    return actor, _from_claims(claims, actor)


def one_of(request: Any, *roles: Role) -> Actor:
    """Who is asking, if in one of these roles. Raises NotYours otherwise."""
    actor = member(request)
    if actor.role not in roles:
        raise NotYours("This is not open to your role.", details={"role": actor.role})
    return actor


def _from_before(record: Member, claims: Mapping[str, Any]) -> bool:
    """Whether a token was given out before everything the account had was ended; one that does not say when counts as such."""
    issued = claims.get("iat")
    return record.ended_before is not None and not (
        isinstance(issued, int | float) and issued > record.ended_before.timestamp()
    )


def _not_for_us() -> Unauthenticated:
    return Unauthenticated("The token is not meant for this desk.", details={"token": "audience"})


def _from_claims(claims: Mapping[str, Any], actor: Actor) -> Member:
    name, email = (str(claims.get(told) or "")[:254] for told in ("name", "email"))
    return Member(sub=actor.subject, name=name or email, email=email, role=actor.role, agency=actor.agency)
