"""Who is at the desk: the session, a sealed cookie that ends after 30 idle minutes, after 12 hours, at sign-out, or when the
account is switched off; or a bearer token."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from chalicelib.domain.errors import NotYours, Unauthenticated
from chalicelib.http.context import desk
from chalicelib.http.desk.cookies import named, opened, sealed, set_cookie, values_of
from chalicelib.http.members import bearer
from chalicelib.http.requests import header_of
from chalicelib.store.members import Member
from chalicelib.usecases.act import Actor
from chalicelib.usecases.signing_in import actor_for, sign_out

COOKIE = "tanggap_desk"
IDLE = timedelta(minutes=30)
WHOLE = timedelta(hours=12)
SEEN_AGAIN = timedelta(minutes=1)
_NOBODY = "Sign in first."


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What the cookie holds. Instants are UTC."""

    sub: str
    sid: str
    name: str
    signed_in_at: datetime
    seen_at: datetime
    csrf: str


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking. `csrf` is for the forms of the pages ("" with a bearer token, which needs none); `fresh_cookie` is a
    Set-Cookie header to send along, when there is one. `sid` is the session's ("" with a bearer token)."""

    actor: Actor
    member: Member
    csrf: str
    fresh_cookie: str | None
    sid: str = ""


def begin(member: Member) -> str:
    """A new session for a member: its Set-Cookie header."""
    now = desk().now()
    return _cookie(
        Session(
            sub=member.sub,
            sid=secrets.token_urlsafe(16),
            name=member.name,
            signed_in_at=now,
            seen_at=now,
            csrf=secrets.token_urlsafe(32),
        )
    )


def who(request: Any) -> SignedIn:
    """Who is asking, by bearer token or by cookie. Raises Unauthenticated for nobody (no, a bad, or an ended session; an
    account that is switched off), NotYours for a token whose role is none of the staff's."""
    if header_of(request, "authorization"):
        actor, member = bearer(request)
        return SignedIn(actor=actor, member=member, csrf="", fresh_cookie=None)
    session = _session_of(request)
    if session is None:
        raise Unauthenticated(_NOBODY)
    now = desk().now()
    if now - session.seen_at > IDLE or now - session.signed_in_at > WHOLE:
        raise Unauthenticated("Your session has ended. Sign in again.", details={"session": "ended"})
    member_now = desk().members.get(session.sub)
    if member_now is None or member_now.has_ended(session.sid, session.signed_in_at):
        raise Unauthenticated("Your session has ended. Sign in again.", details={"session": "ended"})
    return SignedIn(
        actor=actor_for(member_now),
        member=member_now,
        csrf=session.csrf,
        fresh_cookie=_seen(session, now),
        sid=session.sid,
    )


def csrf_ok(signed_in: SignedIn, form_token: str, headers: Mapping[str, str]) -> bool:
    """Whether a change was asked for by a page of ours: the form's token is the session's, and what the browser says of
    where it comes from is PUBLIC_URL's origin. A bearer token is never sent by a browser on its own."""
    if not signed_in.sid:
        return True
    said = {name.lower(): value for name, value in headers.items()}
    origin = said.get("origin") or said.get("referer")
    if origin and _origin(origin) != _origin(desk().settings.public_url):
        return False
    return hmac.compare_digest(form_token.encode(), signed_in.csrf.encode())


def end(signed_in: SignedIn, form_token: str, headers: Mapping[str, str]) -> str:
    """Ends the session, here and for every copy of its cookie; gives the Set-Cookie header that takes it away. Raises
    NotYours when no page of ours asked for it."""
    if not csrf_ok(signed_in, form_token, headers):
        raise NotYours("This form is too old, or not ours. Open the page again.", details={"csrf": "wrong"})
    if signed_in.sid:
        sign_out(desk(), signed_in.member.sub, signed_in.sid)
    return gone()


def gone() -> str:
    """The Set-Cookie header that takes the cookie away."""
    return set_cookie(COOKIE, "", desk().settings.public_url, seconds=0)


def _session_of(request: Any) -> Session | None:
    key = desk().secrets.session(desk().ticks())
    name = named(COOKIE, desk().settings.public_url)
    found = (opened(value, COOKIE, Session, key) for value in values_of(request, name))
    return next((session for session in found if session is not None), None)


def _seen(session: Session, now: datetime) -> str | None:
    if now - session.seen_at < SEEN_AGAIN:
        return None
    return _cookie(msgspec.structs.replace(session, seen_at=now))


def _cookie(session: Session) -> str:
    value = sealed(session, COOKIE, desk().secrets.session(desk().ticks()))
    return set_cookie(COOKIE, value, desk().settings.public_url)


def _origin(url: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None
