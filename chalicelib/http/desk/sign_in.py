"""Signing in and out: to the issuer and back, with what the browser must bring along in a sealed cookie."""

from __future__ import annotations

import functools
import hmac
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from chalice.app import Blueprint, Response

from chalicelib.domain.errors import Malformed, NotYours, ReportError, Unauthenticated
from chalicelib.domain.lifecycle import Role
from chalicelib.http.answers import status_for
from chalicelib.http.context import desk
from chalicelib.http.desk import oidc, session
from chalicelib.http.desk.cookies import named, opened, sealed, set_cookie, values_of
from chalicelib.http.desk.form import CONTENT_TYPES, form_of
from chalicelib.http.desk.framed import desk_language, html
from chalicelib.http.requests import query_of
from chalicelib.http.sign_in import actor_of
from chalicelib.observability import logger
from chalicelib.pages import desk as pages
from chalicelib.usecases.signing_in import signed_in

routes = Blueprint(__name__)
COOKIE = "tanggap_sign_in_"
_MOST_NEXT = 1000
_DOORS = ("/desk/sign-in", "/desk/callback", "/desk/sign-out", "/desk/signed-out")
_INSIDE = re.compile(r"/desk(?:[/?][!-\[\]-~]*)?")  # visible ASCII, but no backslash
View = Callable[[], Response]


def _told(view: View) -> View:
    """A view whose errors are pages: what went wrong, and how to try again."""

    @functools.wraps(view)
    def answering() -> Response:
        try:
            return view()
        except ReportError as error:
            logger().warning("a sign-in failed", extra={"code": error.code, "details": error.details})
            return _said(_trouble(error), status_for(error), error)
        except Exception:
            logger().exception("a sign-in failed")
            return _said("away", 503)

    return answering


@routes.route("/desk/sign-in", methods=["GET"])
@_told
def sign_in() -> Response:
    """To the issuer. `?next=` is a path of the desk to come back to; `?login_hint=` goes along."""
    request = routes.current_request
    started = oidc.start(inside(query_of(request, "next")))
    value = sealed(started, COOKIE, _key())
    cookie = set_cookie(
        COOKIE + oidc.slot_of(started.state), value, _public(), seconds=int(oidc.WITHIN.total_seconds())
    )
    return _to(oidc.authorize_url(started, query_of(request, "login_hint")), cookie)


@routes.route("/desk/callback", methods=["GET"])
@_told
def callback() -> Response:
    """Back from the issuer: the session begins."""
    request = routes.current_request
    state = query_of(request, "state")
    started = _started(request, state)
    gone = set_cookie(COOKIE + oidc.slot_of(state), "", _public(), seconds=0)
    try:
        claims = oidc.finish(started, {name: query_of(request, name) for name in request.query_params or ()})
        member = signed_in(desk(), claims, lambda: actor_of(claims))
    except ReportError as error:
        logger().warning("a sign-in failed", extra={"code": error.code, "details": error.details})
        answer = _said(_trouble(error), status_for(error), error)
        answer.headers["Set-Cookie"] = [gone]
        return answer
    logger().info("signed in", extra={"member": member.sub, "role": member.role})
    return _to(_public() + started.next, session.begin(member), gone)


@routes.route("/desk/sign-out", methods=["POST"], content_types=CONTENT_TYPES)
@_told
def sign_out() -> Response:
    """Ends the session here, for every copy of its cookie, and then at the issuer."""
    request = routes.current_request
    form = form_of(request)
    try:
        cookie = session.end(session.who(request), form.get("csrf"), request.headers)
    except Unauthenticated:
        cookie = session.gone()  # it had ended already
    # By a page and not by a redirect: browsers hold redirects of forms to `form-action 'self'`.
    answer = _said("leaving", 200, onward=oidc.logout_url())
    answer.headers["Set-Cookie"] = [cookie]
    return answer


@routes.route("/desk/signed-out", methods=["GET"])
@_told
def signed_out() -> Response:
    """Where the issuer's sign-out leads."""
    return _said("signed_out", 200)


def inside(path: str) -> str:
    """The path if it is one of the desk's, else the desk's own: no sign-in leads anywhere else."""
    good = len(path) <= _MOST_NEXT and _INSIDE.fullmatch(path) and path.partition("?")[0] not in _DOORS
    return path if good else "/desk"


def _started(request: Any, state: str) -> oidc.Started:
    """The sign-in that this browser began with that state. Raises Malformed when it began none, or long ago."""
    slot = oidc.slot_of(state)
    found = (
        opened(value, COOKIE, oidc.Started, _key()) for value in values_of(request, named(COOKIE + slot, _public()))
    )
    for started in found:
        same = started is not None and hmac.compare_digest(started.state.encode(), state.encode())
        if started is not None and same and desk().now() - started.at <= oidc.WITHIN:
            return started
    raise Malformed("This sign-in was not begun here, or too long ago.", details={"state": "unknown"})


def _trouble(error: ReportError) -> str:
    """Which words say it."""
    if isinstance(error, Malformed):
        return "stale"
    if isinstance(error, NotYours):
        return "denied" if "issuer" in error.details else "not_yours" if "csrf" in error.details else "no_role"
    if isinstance(error, Unauthenticated):
        return "off" if "account" in error.details else "not_good"
    return "away"


def _said(words: str, status: int, error: ReportError | None = None, onward: str = "") -> Response:
    lang = desk_language(routes.current_request)
    frame = pages.Frame(
        city=desk().city,
        lang=lang,
        role=Role.ANALYST,
        office="",
        name="",
        csrf="",
        path="/desk/signed-out" if words in ("leaving", "signed_out") else "/desk",
        prefix=urlsplit(_public()).path,
        now=desk().now(),
    )
    # Whoever came with the wrong account has to leave it at the issuer first.
    other = oidc.logout_url() if words in ("no_role", "off", "denied") else ""
    text = pages.render("sign_in_said.html", frame, said=words, error=error, onward=onward, other=other)
    answer = html(text, lang, status)
    if status == 503:
        answer.headers["Retry-After"] = "5"
    return answer


def _to(url: str, *cookies: str) -> Response:
    return Response(
        body="",
        status_code=303,
        headers={
            "Location": url,
            "Set-Cookie": list(cookies),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
        },
    )


def _public() -> str:
    return desk().settings.public_url


def _key() -> bytes:
    return desk().secrets.session(desk().ticks())
