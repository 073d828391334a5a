"""What a sign-in and a sign-out note in a member's record, and what the record lets its owner do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from chalicelib.city.model import City
from chalicelib.domain.errors import Unauthenticated
from chalicelib.store.members import EMAIL_MOST, NAME_MOST, Member
from chalicelib.usecases.act import Actor
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.posts import root_of


def signed_in(desk: Desk, claims: Mapping[str, Any], actor: Callable[[], Actor]) -> Member:
    """Notes a browser's sign-in with verified claims. The first one makes the record, with the role and office the claims
    give (`actor` reads them, and raises NotYours where there are none); later ones only say when. Raises Unauthenticated
    for an account that is switched off, and for a system's."""
    sub, now = str(claims["sub"]), desk.now()
    name, email = _told(claims, "name", NAME_MOST), _told(claims, "email", EMAIL_MOST)
    found = desk.members.get(sub)
    if found is None:
        post = actor()
        agency, unit = _split(desk.city, post.agency)
        found = Member(
            sub=sub, name=name or email, email=email, role=post.role, agency=agency, unit=unit, last_sign_in=now
        )
        if desk.members.add(found):
            return found

    def noted(member: Member) -> Member:
        if not member.active or member.system:
            raise Unauthenticated("This account is switched off.", details={"account": "off"})
        return msgspec.structs.replace(
            member, name=member.name or name or email, email=member.email or email, last_sign_in=now
        )

    return desk.members.change(sub, noted)


def sign_out(desk: Desk, sub: str, sid: str) -> None:
    """Ends one session: copies of its cookie are dead as well."""
    desk.members.change(sub, lambda member: member.without_session(sid, desk.now()))


def actor_for(member: Member) -> Actor:
    """What a member may do, by the record. Raises Unauthenticated for one that is switched off."""
    if not member.active:
        raise Unauthenticated("This account is switched off.", details={"account": "off"})
    return Actor(role=member.role, agency=member.office, subject=member.sub)


def _split(city: City, office: str | None) -> tuple[str | None, str | None]:
    """An office as agency and unit: what has an office above it, other than the city's leaders, is a unit of that."""
    root = root_of(city, office) if office else None
    return (root, office) if root and root != office else (office, None)


def _told(claims: Mapping[str, Any], name: str, most: int) -> str:
    value = claims.get(name)
    return "".join(c for c in value if c.isprintable())[:most] if isinstance(value, str) else ""
