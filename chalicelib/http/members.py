"""The member of the staff whose bearer token a request brings."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.errors import NotYours
from chalicelib.domain.lifecycle import Role
from chalicelib.http.context import desk, key_set
from chalicelib.http.requests import header_of
from chalicelib.http.sign_in import signed_in
from chalicelib.usecases.act import Actor


def member(request: Any) -> Actor:
    """Who is asking. Raises Unauthenticated, or NotYours for a role that is none of the staff's."""
    settings = desk().settings
    return signed_in(
        header_of(request, "authorization"),
        key_set(),
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
        now=desk().ticks(),
    )


def one_of(request: Any, *roles: Role) -> Actor:
    """Who is asking, if in one of these roles. Raises NotYours otherwise."""
    actor = member(request)
    if actor.role not in roles:
        raise NotYours("This is not open to your role.", details={"role": actor.role})
    return actor
