"""What every page for citizens goes through: language, headers, forms, and errors as pages (or JSON for who asks for JSON)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from chalice.app import Blueprint, Response

from chalicelib.domain.errors import Busy, ReportError
from chalicelib.http.answers import problem, status_for
from chalicelib.http.context import desk
from chalicelib.http.desk.form import form_of
from chalicelib.http.page import language_of, wants_json
from chalicelib.http.requests import header_of, query_of, typed_of
from chalicelib.observability import logger
from chalicelib.pages import site as pages
from chalicelib.pages.site import Site

routes = Blueprint(__name__)
"""What views ask for the current request."""
LANGUAGE_COOKIE = "tanggap_lang"
_TRY_LATER = 503
_YEAR = 31_536_000
Page = Callable[..., Response]


def public_page(blueprint: Blueprint, *, as_json: bool = False) -> Callable[[Page], Page]:
    """A view `(site, form, **parameters)` of `blueprint`. Every error is a page, or, where `as_json`, JSON for whoever likes
    that better. Answers without a Cache-Control of their own are kept by nobody."""

    def framing(view: Page) -> Page:
        @functools.wraps(view)
        def answering(**parameters: str) -> Response:
            request = blueprint.current_request
            site = site_of(request)
            try:
                answer = view(site, form_of(request), **{name: typed_of(value) for name, value in parameters.items()})
            except ReportError as error:
                answer = problem(error) if as_json and wants_json(request) else refused(site, error)
            except Exception:
                logger().exception("a page failed")
                answer = failed(site)
            return with_language(answer, request)

        return answering

    return framing


def site_of(request: Any) -> Site:
    """The frame of a request."""
    here = desk()
    query = [(name, value) for name in request.query_params or () for value in request.query_params.getlist(name)]
    kept = urlencode([(name, value) for name, value in query if name not in ("lang", "done", "key")])
    told = {name: quote(typed_of(value), safe="") for name, value in (request.uri_params or {}).items()}
    path = str(request.path).format_map(told) if told else str(request.path)
    today = here.city.local_day(here.now())
    done = query_of(request, "done")
    return Site(
        city=here.city,
        lang=public_language(request),
        path=f"{path}?{kept}" if kept else path,
        prefix=urlsplit(here.settings.public_url).path.rstrip("/"),
        public_url=here.settings.public_url,
        now=here.now(),
        flash=done if done.replace("_", "").replace(".", "").isalnum() else "",
        can_report=any(each.adapter == "web_form" and each.in_use(today) for each in here.city.channels.values()),
    )


def public_language(request: Any) -> str:
    """The language asked for, else the one chosen before, else the browser's."""
    chosen = cookie_of(request, LANGUAGE_COOKIE)
    return chosen if chosen in desk().city.policy.languages and not query_of(request, "lang") else language_of(request)


def cookie_of(request: Any, name: str) -> str:
    """One cookie of the request; of two with that name the first. Empty when there is none."""
    for pair in header_of(request, "cookie").split(";"):
        given, equals, value = pair.strip().partition("=")
        if equals and given == name:
            return value
    return ""


def page(
    site: Site,
    template: str,
    status: int = 200,
    /,
    *,
    css: Sequence[str] = (),
    headers: dict[str, Any] | None = None,
    connect: Sequence[str] = (),
    pictures: Sequence[str] = (),
    **values: Any,
) -> Response:
    """A page; nobody keeps it unless `headers` say so. `connect` and `pictures` are the only other hosts it may reach."""
    return html(pages.render(template, site, css, **values), site.lang, status, css, headers, connect, pictures)


def html(
    text: str,
    lang: str,
    status: int = 200,
    css: Sequence[str] = (),
    headers: dict[str, Any] | None = None,
    connect: Sequence[str] = (),
    pictures: Sequence[str] = (),
) -> Response:
    """An HTML answer under the strict policy of these pages."""
    own: dict[str, Any] = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Language": lang,
        "Content-Security-Policy": pages.policy(css, connect=connect, pictures=pictures),
        "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cache-Control": "no-store",
        "Vary": "Accept, Accept-Language, Cookie",
    }
    return Response(body=text, status_code=status, headers=own | (headers or {}))


def see_other(path: str, *, done: str = "") -> Response:
    """303 to a path of ours, which says in `done.<key>` what was done. On the same host, whatever name it was called by: a
    form's policy lets it go nowhere else."""
    base = urlsplit(desk().settings.public_url).path.rstrip("/")
    told = f"{'&' if '?' in path else '?'}done={done}" if done else ""
    return Response(body="", status_code=303, headers={"Location": f"{base}{path}{told}", "Cache-Control": "no-store"})


def refused(site: Site, error: ReportError) -> Response:
    """The page of an error."""
    status = status_for(error)
    if status == _TRY_LATER:
        logger().error("a page failed", extra={"code": error.code})
    answer = page(site, "error.html", status, **pages_error(error, site))
    if isinstance(error, Busy):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def failed(site: Site) -> Response:
    """The page of what nobody foresaw: nothing was stored, so it may be tried again."""
    answer = page(site, "error.html", _TRY_LATER, title="error", told="", slip=False, tracking="", fields=())
    answer.headers["Retry-After"] = "5"
    return answer


def pages_error(error: ReportError, site: Site) -> dict[str, Any]:
    """What the page of an error says: which slip a tracking number has, that nothing is there, or which field is wrong."""
    from chalicelib.pages.site.failure import told_of

    return told_of(error, site.city, site.lang)


def with_language(answer: Response, request: Any) -> Response:
    """Remembers the language that was asked for, a year."""
    lang = query_of(request, "lang")
    if lang in desk().city.policy.languages and cookie_of(request, LANGUAGE_COOKIE) != lang:
        own = answer.headers.get("Set-Cookie", [])
        cookie = f"{LANGUAGE_COOKIE}={lang}; Path=/; Max-Age={_YEAR}; SameSite=Lax"
        answer.headers["Set-Cookie"] = [*(own if isinstance(own, list) else [own]), cookie]
    return answer
