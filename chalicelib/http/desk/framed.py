"""What every page of the desk goes through: who is asking, in which role, whether a change is meant, and errors as pages."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import msgspec
from chalice.app import Blueprint, Response

from chalicelib.domain.errors import Busy, NotYours, ReportError, Unauthenticated
from chalicelib.domain.lifecycle import Role
from chalicelib.http.answers import status_for
from chalicelib.http.context import desk
from chalicelib.http.desk.form import Form, form_of
from chalicelib.http.desk.session import SignedIn, csrf_ok, who
from chalicelib.http.page import language_of
from chalicelib.http.requests import header_of, typed_of
from chalicelib.observability import logger
from chalicelib.pages import desk as pages
from chalicelib.pages.desk import Frame
from chalicelib.store.members import Member
from chalicelib.usecases.act import Actor

routes = Blueprint(__name__)
ALL = (Role.ADMIN, Role.AGENCY, Role.VALIDATOR, Role.COUNTER, Role.ANALYST)
LANGUAGE_COOKIE = "tanggap_lang"
_NUMBER = re.compile(r"[A-Z0-9-]{1,24}")
_TRY_LATER = 503
_YEAR = 31_536_000
Page = Callable[..., Response]


class Asked(Frame, frozen=True, kw_only=True):
    """The frame of one request, with who is asking, for the use cases. `member` is their record."""

    actor: Actor
    member: Member


def desk_page(*roles: Role, title: str = "") -> Callable[[Page], Page]:
    """A view `(asked, form, **parameters)` open to these roles (none named: to all). Without a session a GET is sent to
    sign in, and comes back; a POST must carry the session's token. Every error is a page (`title`: its word), nothing is
    lost that was typed."""

    def framing(view: Page) -> Page:
        @functools.wraps(view)
        def answering(**parameters: str) -> Response:
            request = routes.current_request
            asked, form, cookie = None, None, None
            try:
                signed_in = who(request)
                asked, cookie = _asked(request, signed_in), signed_in.fresh_cookie
                form = form_of(request)
                if request.method == "POST" and not csrf_ok(signed_in, form.get("csrf"), request.headers):
                    raise NotYours(
                        "This form did not come from a page of yours. Open it again.", details={"csrf": "wrong"}
                    )
                if roles and asked.role not in roles:
                    raise NotYours("This page is not open to your role.", details={"role": asked.role})
                answer = view(asked, form, **parameters)
            except Unauthenticated as error:
                answer = _sign_in(request, error, form)
            except ReportError as error:
                answer = refused(asked or _nobody(request), error, form)
            except Exception:
                logger().exception("a page of the desk failed")
                answer = failed(asked or _nobody(request), form)
            return _with_cookies(answer, request, cookie)

        return answering

    return framing


def page(asked: Frame, template: str, status: int = 200, /, **values: Any) -> Response:
    """A page of the desk, kept by nobody."""
    return html(pages.render(template, asked, **values), asked.lang, status)


def done(path: str, key: str, **about: str) -> Response:
    """Sends the browser on to `path` (under /desk), which says in `done.<key>` what was done."""
    parts = urlsplit(path)
    query = [pair for pair in parse_qsl(parts.query) if not pair[0].startswith("done")]
    told = [("done", key), *((f"done.{name}", value) for name, value in about.items())]
    return see_other(f"{parts.path}?{urlencode([*query, *told])}")


def see_other(path: str) -> Response:
    """303 to a path of ours."""
    base = desk().settings.public_url
    return Response(body="", status_code=303, headers={"Location": f"{base}{path}", "Cache-Control": "no-store"})


def back_of(form: Form, otherwise: str) -> str:
    """The path under /desk that the form came from: nowhere else leads a form."""
    path = form.get("back")
    try:
        parts = urlsplit(path)
    except ValueError:
        return otherwise
    plain = path.isascii() and path.isprintable() and "\\" not in path and not parts.netloc and not parts.scheme
    return path if plain and f"{parts.path}/".startswith("/desk/") else otherwise


def refused(asked: Frame, error: ReportError, form: Form | None = None) -> Response:
    """The page of an error, with what was typed."""
    status = status_for(error)
    if status == _TRY_LATER:
        logger().error("a page of the desk failed", extra={"code": error.code})
    answer = page(asked, "error.html", status, code=error.code, error=error, typed=form.typed() if form else {})
    if isinstance(error, Busy):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def failed(asked: Frame, form: Form | None = None) -> Response:
    """The page of what nobody foresaw: nothing was stored, so it may be sent again."""
    answer = page(asked, "error.html", _TRY_LATER, code="unavailable", error=None, typed=form.typed() if form else {})
    answer.headers["Retry-After"] = "5"
    return answer


def html(text: str, lang: str, status: int = 200) -> Response:
    """An HTML answer under the desk's strict policy: no script or style but our own files."""
    uploads = _origin(desk().settings.s3_url)
    bucket = desk().settings.uploads_bucket
    # Uploads go to the bucket's own host as well as to the path of the service, whichever the region signs for.
    to = " ".join(dict.fromkeys(("'self'", *uploads_of(uploads, bucket))))
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
        f"connect-src {to}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return Response(
        body=text,
        status_code=status,
        headers={
            "Content-Type": "text/html; charset=utf-8",
            "Content-Language": lang,
            "Content-Security-Policy": policy,
            "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Cache-Control": "no-store",
        },
    )


def uploads_of(origin: str, bucket: str) -> list[str]:
    """The origins that a presigned upload may go to."""
    if not origin:
        return []
    scheme, _, host = origin.partition("://")
    return [origin, *([f"{scheme}://{bucket}.{host}"] if bucket else [])]


def _asked(request: Any, signed_in: SignedIn) -> Asked:
    actor, member = signed_in.actor, signed_in.member
    frame = _frame(
        request,
        role=actor.role,
        office=actor.agency or "",
        name=member.name or actor.subject,
        csrf=signed_in.csrf,
    )
    return Asked(**frame, actor=actor, member=member)


def _nobody(request: Any) -> Frame:
    """The frame of an error page: nothing of what was asked is in it that could break it again."""
    frame = Frame(**_frame(request, role=Role.ANALYST, office="", name="", csrf=""))
    return msgspec.structs.replace(frame, flash=None)


def _frame(request: Any, **who: Any) -> dict[str, Any]:
    query = [(name, value) for name in request.query_params or () for value in request.query_params.getlist(name)]
    kept = [pair for pair in query if pair[0] != "lang" and not pair[0].startswith("done")]
    path = _path_of(request) + (f"?{urlencode(kept)}" if kept else "")
    told = dict(query)
    key = told.get("done", "")
    # Whoever makes a link could put words into our mouth: only what looks like a tracking number is said.
    about = {n[5:]: value for n, value in told.items() if n.startswith("done.") and _NUMBER.fullmatch(value)}
    return {
        "city": desk().city,
        "lang": desk_language(request),
        "path": path,
        "prefix": urlsplit(desk().settings.public_url).path,
        "now": desk().now(),
        "flash": (key, about) if key.replace("_", "").replace(".", "").isalnum() else None,
        **who,
    }


def _path_of(request: Any) -> str:
    """The request's own path: Chalice gives that of the route, with names in braces."""
    told = {name: quote(typed_of(value), safe="") for name, value in (request.uri_params or {}).items()}
    return str(request.path).format_map(told) if told else str(request.path)


def desk_language(request: Any) -> str:
    """The language asked for, else the one chosen before, else the browser's."""
    chosen = cookies_of(request).get(LANGUAGE_COOKIE, "")
    asked = bool((request.query_params or {}).get("lang"))
    return chosen if chosen in desk().city.policy.languages and not asked else language_of(request)


def cookies_of(request: Any) -> dict[str, str]:
    """The request's cookies; of two with one name the first counts."""
    found: dict[str, str] = {}
    for pair in header_of(request, "cookie").split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals:
            found.setdefault(name, value)
    return found


def _sign_in(request: Any, error: Unauthenticated, form: Form | None) -> Response:
    if request.method in ("GET", "HEAD") and not header_of(request, "authorization"):
        frame = _nobody(request)
        return see_other(f"/desk/sign-in?{urlencode({'next': frame.path})}")
    return refused(_nobody(request), error, form or _form_or_none(request))


def _form_or_none(request: Any) -> Form | None:
    try:
        return form_of(request)
    except ReportError:
        return None


def _with_cookies(answer: Response, request: Any, session: str | None) -> Response:
    set_these = [session] if session else []
    lang = str((request.query_params or {}).get("lang") or "")
    if lang in desk().city.policy.languages:
        set_these.append(f"{LANGUAGE_COOKIE}={lang}; Path=/; Max-Age={_YEAR}; SameSite=Lax")
    if set_these:
        own = answer.headers.get("Set-Cookie", [])
        answer.headers["Set-Cookie"] = [*(own if isinstance(own, list) else [own]), *set_these]
    return answer


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""
