"""The page of one report, and what belongs to it: its QR code, and its photos for who has the key."""

from __future__ import annotations

import hashlib
import os
from typing import Any

import msgspec
from chalice.app import Blueprint, Response

from chalicelib.city.model import City
from chalicelib.domain import tracking as numbers
from chalicelib.domain.errors import Invalid, Unknown
from chalicelib.domain.report import Report
from chalicelib.http.answers import speaks_http
from chalicelib.http.context import desk
from chalicelib.http.desk.form import Form
from chalicelib.http.desk.framed import uploads_of
from chalicelib.http.pictures import shown_photo
from chalicelib.http.report_key import has_key, remembering
from chalicelib.http.requests import header_of, query_of, typed_of
from chalicelib.http.site.framed import html, public_page, site_of
from chalicelib.pages import standing
from chalicelib.pages.site import Site, edition, status, word_of
from chalicelib.pages.site.refusal import Refused
from chalicelib.triage.per_city import per_city
from chalicelib.usecases.merging import leader_of
from chalicelib.usecases.reporter_view import seen

routes = Blueprint(__name__)
_FRESH_SECONDS = 15
_A_DAY = 86_400
VARY = "Accept, Accept-Language, Cookie, X-Report-Key"


@public_page(routes)
def follow(site: Site, form: Form, tracking: str) -> Response:
    """The page for a browser. One read; of a merged report one more for each that leads. The address with `?key=` is a
    link from a message: its key goes into a cookie of this report's addresses."""
    request = routes.current_request
    offered(request)
    # Who comes from a form of this page sees what it did.
    report = desk().reports.get(numbers.parse(tracking, desk().city.prefix), consistent=bool(site.flash))
    with_key, whole = has_key(request, report), form.get("history") == "all"
    view = view_of(site, report, with_key=with_key)
    headers = caching(view, report, site.lang, "page all" if whole else f"page {site.flash}", with_key)
    if known_tag(header_of(request, "if-none-match"), headers["ETag"]):
        return Response(body="", status_code=304, headers=headers)
    answer = shown(site, report, view, with_key=with_key, headers=headers, whole=whole)
    if with_key and query_of(request, "key"):
        answer.headers["Set-Cookie"] = remembering(report)
    return answer


@routes.route("/reports/{tracking}/qr.svg", methods=["GET"])
@speaks_http
def qr_code(tracking: str) -> Response:
    """The report's public address as a QR code, without its key; nothing is read for it."""
    import segno

    number = numbers.parse(typed_of(tracking), desk().city.prefix)
    drawn = segno.make(desk().status_url(number), error="m", micro=False)
    code = str(drawn.svg_inline(scale=4, border=2, omitsize=True))
    code = code.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return _svg(code, {"Cache-Control": f"public, max-age={_A_DAY}"})


@routes.route("/reports/{tracking}/map.svg", methods=["GET"])
@speaks_http
def small_map(tracking: str) -> Response:
    """Where the report is, as its reader may know it: a map of its own address keeps the page itself small."""
    request = routes.current_request
    site = site_of(request)
    report = desk().reports.get(numbers.parse(typed_of(tracking), desk().city.prefix), consistent=False)
    with_key = has_key(request, report)
    view = seen(report, site.city, now=site.now, lang=site.lang, with_key=with_key)
    drawn = "" if view["hidden"] else standing.small_map(view, site.city, word_of(site.lang))
    if not drawn:
        raise Unknown("There is no map of that place.", details={"tracking": report.tracking})
    fresh = "private, no-store" if with_key else f"public, max-age={_FRESH_SECONDS}"
    return _svg(drawn, {"Cache-Control": fresh, "Vary": VARY})


@routes.route("/reports/{tracking}/photos/{photo}", methods=["GET"])
@speaks_http
def photo_of(tracking: str, photo: str) -> Response:
    """A photo of the report for its reporter: the cookie of the report's addresses comes along here."""
    return shown_photo(routes.current_request, typed_of(photo))


def view_of(site: Site, report: Report, *, with_key: bool) -> dict[str, Any]:
    """The citizens' view, with that of the report which leads, if one does."""
    leader = leader_of(desk(), report) if report.merged_into and (with_key or not report.hidden) else None
    return seen(report, site.city, now=site.now, lang=site.lang, with_key=with_key, leader=leader)


def shown(
    site: Site,
    report: Report,
    view: dict[str, Any],
    code: int = 200,
    *,
    with_key: bool,
    headers: dict[str, Any] | None = None,
    failure: Refused | None = None,
    whole: bool = False,
) -> Response:
    """The report's page as an answer."""
    own, connect = None, []
    if with_key:
        own = status.Own(
            key=desk().key_of(report.tracking, report.key_version),
            form_id=os.urandom(16).hex(),
            others=_split_off(report),
        )
        connect = uploads_of(desk().settings.s3_url, desk().settings.uploads_bucket)
    site = msgspec.structs.replace(site, path=_plain(site.path, report.tracking))
    text = status.status(view, site, address=desk().status_url(report.tracking), own=own, failure=failure, whole=whole)
    told = headers or {"Cache-Control": "private, no-store", "Vary": VARY}
    return html(text, site.lang, code, status.CSS, told, connect)


def _split_off(report: Report) -> tuple[tuple[str, str], ...]:
    """The numbers of what was split from it, each with its key: its reporter told them all, and a message may not bring it."""
    into = (str(entry.told.data.get("into", "")) for entry in report.entries() if entry.event == "split")
    return tuple((number, desk().key_of(number, 1)) for number in into if number)


def caching(view: dict[str, Any], report: Report, lang: str, kind: str, with_key: bool) -> dict[str, Any]:
    """The headers that say how long an answer may be kept, and its tag. `kind`: "json", or which page it is."""
    # A hidden report's tag stands for what is seen of it: what is not must not show by a changing tag either.
    told = (view["overdue"], view.get("leader"), view.get("joined"), view.get("choices"))
    what = repr(view) if view["hidden"] else f"{report.version} {told}"
    state = (report.tracking, what, lang, kind, with_key, edition(), _wordings(desk().city))
    tag = hashlib.sha256(repr(state).encode()).hexdigest()[:16]
    shared = "private, no-store" if with_key else f"public, max-age={_FRESH_SECONDS}"
    return {"ETag": f'"{tag}"', "Cache-Control": shared, "Vary": VARY}


def known_tag(given: str, tag: str) -> bool:
    """Whether If-None-Match names this tag."""
    return tag in (each.strip().removeprefix("W/") for each in given.split(",")) or given.strip() == "*"


def offered(request: Any) -> None:
    """Raises Invalid for a language that the city does not have."""
    asked, languages = query_of(request, "lang"), desk().city.policy.languages
    if asked and asked not in languages:
        raise Invalid("That language is not offered.", details={"lang": list(languages)})


def _svg(drawn: str, headers: dict[str, Any]) -> Response:
    own: dict[str, Any] = {
        "Content-Type": "image/svg+xml",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    }
    return Response(body=drawn, status_code=200, headers=own | headers)


def _plain(path: str, tracking: str) -> str:
    """The page's own path: after a refused form that of the page, not that of the form."""
    return path if path.split("?")[0].count("/") == 2 else f"/reports/{tracking}"


@per_city
def _wordings(city: City) -> str:
    """Which wordings, labels and reasons are in use: a page with other words is another page. The version covers whatever
    else the admins have changed."""
    labels = [(category.code, category.label) for category in city.categories.values()]
    offices = [(agency.code, agency.name, agency.name_en) for agency in city.agencies.values()]
    told = (city.code, city.version, city.texts, labels, offices, city.reasons)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
