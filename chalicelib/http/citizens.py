"""What anyone may see of a report, and what its reporter may do with the key."""

from __future__ import annotations

import hashlib
import os
from typing import Any
from urllib.parse import quote

from chalice.app import Blueprint, Response

from chalicelib.city.model import City
from chalicelib.domain import tracking as numbers
from chalicelib.domain.errors import Invalid, NotYours, ReportError, Unknown
from chalicelib.domain.lifecycle import Role
from chalicelib.domain.report import Report
from chalicelib.http.answers import json, problem, speaks_http, status_for
from chalicelib.http.context import desk
from chalicelib.http.page import language_of, page_of
from chalicelib.http.report_key import has_key
from chalicelib.http.requests import body_of, header_of, query_of, typed_of
from chalicelib.pages import report as page
from chalicelib.triage.per_city import per_city
from chalicelib.usecases import views
from chalicelib.usecases.act import REPORTER_ACTIONS, Actor, act
from chalicelib.usecases.merging import leader_of

routes = Blueprint(__name__)
_FRESH_SECONDS = 15
_LONGEST = 100


@routes.route("/", methods=["GET"])
@speaks_http
def home() -> Response:
    """The page that asks for a number."""
    return _home(routes.current_request)


@routes.route("/reports", methods=["GET"])
@speaks_http
def look_up() -> Response:
    """The number field of a page: on to the report's own address, whatever was typed."""
    request = routes.current_request
    typed = query_of(request, "tracking").strip()[:_LONGEST]
    if not typed:
        return _home(request)
    lang = query_of(request, "lang")
    where = f"{desk().settings.public_url}/reports/{quote(typed, safe='')}"
    return Response(body="", status_code=303, headers={"Location": f"{where}?lang={quote(lang)}" if lang else where})


@routes.route("/reports/{tracking}", methods=["GET"])
@speaks_http
def follow(tracking: str) -> Response:
    """Where a report stands: a page for a browser, JSON for whoever asks for JSON. One read; of a merged report one more for
    each that leads."""
    request = routes.current_request
    lang, as_json = language_of(request), _wants_json(request)
    try:
        _offered(request)
        number = numbers.parse(typed_of(tracking), desk().city.prefix)
        report = desk().reports.get(number, consistent=False)
    except ReportError as error:
        return problem(error) if as_json else page_of(_page_error(error, lang), lang, status_for(error))
    with_key = has_key(request, report)
    leader = leader_of(desk(), report) if report.merged_into and (with_key or not report.hidden) else None
    view = views.public(report, desk().city, now=desk().now(), lang=lang, with_key=with_key, leader=leader)
    headers = _caching(view, report, lang, as_json, with_key)
    if _known_tag(header_of(request, "if-none-match"), headers["ETag"]):
        return Response(body="", status_code=304, headers=headers)
    if as_json:
        return json(view, headers=headers)
    text = page.status(
        view,
        desk().city,
        lang,
        url=desk().status_url(report.tracking),
        now=desk().now(),
        key=query_of(request, "key") if with_key else "",
    )
    return page_of(text, lang, 200, headers)


@routes.route("/reports/{tracking}/{action}", methods=["POST"], content_types=["application/json"])
@speaks_http
def act_as_reporter(tracking: str, action: str) -> Response:
    """What the reporter may do, with the key from the acknowledgement in `X-Report-Key` (or `?key=`). Of a merged report
    the work is on the one that leads: what is said of it is done there, and the answer says where that stands."""
    request = routes.current_request
    known = next((each for each in REPORTER_ACTIONS if each == action), None)
    if known is None:
        raise Unknown("There is no such action.", details={"action": sorted(REPORTER_ACTIONS)})
    report = desk().reports.get(numbers.parse(typed_of(tracking), desk().city.prefix))
    if not has_key(request, report):
        raise NotYours("The key does not fit this report.", details={"key": "required in X-Report-Key"})
    given = header_of(request, "idempotency-key")[:128]
    action_id = f"reporter:{known}:{given or os.urandom(12).hex()}"
    after = act(
        desk(),
        report.tracking,
        known,
        Actor(role=Role.REPORTER),
        body_of(request),
        action_id=action_id,
        seed=os.urandom(16).hex(),
    )
    led = after.tracking != report.tracking
    view = views.public(
        report if led else after,
        desk().city,
        now=desk().now(),
        lang=language_of(request),
        with_key=True,
        leader=after if led else None,
    )
    return json(view, headers={"Cache-Control": "no-store"})


def _home(request: Any) -> Response:
    lang = language_of(request)
    base, today = desk().settings.public_url, desk().city.local_day(desk().now())
    forms = (each for each in desk().city.channels.values() if each.adapter == "web_form" and each.in_use(today))
    begin = f"{base}/report" if any(forms) else ""
    return page_of(page.home(desk().city, lang, search=f"{base}/reports", begin=begin), lang, 200)


def _page_error(error: ReportError, lang: str) -> str:
    return page.error(error, desk().city, lang, search=f"{desk().settings.public_url}/reports")


@per_city
def _wordings(city: City) -> str:
    """Which wordings, labels and reasons are in use: a page with other words is another page. The version covers whatever
    else the admins have changed."""
    labels = [(category.code, category.label) for category in city.categories.values()]
    offices = [(agency.code, agency.name, agency.name_en) for agency in city.agencies.values()]
    told = (city.code, city.version, city.texts, labels, offices, city.reasons)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _known_tag(given: str, tag: str) -> bool:
    return tag in (each.strip().removeprefix("W/") for each in given.split(",")) or given.strip() == "*"


def _offered(request: Any) -> None:
    asked, languages = query_of(request, "lang"), desk().city.policy.languages
    if asked and asked not in languages:
        raise Invalid("That language is not offered.", details={"lang": list(languages)})


def _wants_json(request: Any) -> bool:
    """Whether JSON is liked better than a page, or nothing is said. A browser names text/html."""
    liked = {"text/html": 0.0, "application/json": 0.0, "*/*": 0.0}
    for part in header_of(request, "accept").lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        liked[kind] = next((_quality(each[2:]) for each in parameters if each.startswith("q=")), 1.0)
    html = max(liked["text/html"], liked.get("application/xhtml+xml", 0.0))
    return not html or liked["application/json"] > html


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0


def _caching(view: dict[str, Any], report: Report, lang: str, as_json: bool, with_key: bool) -> dict[str, Any]:
    # A hidden report's tag stands for what is seen of it: what is not must not show by a changing tag either.
    what = repr(view) if view["hidden"] else f"{report.version} {view['overdue']} {view.get('leader')}"
    state = (report.tracking, what, lang, as_json, with_key, page.EDITION, _wordings(desk().city))
    tag = hashlib.sha256(repr(state).encode()).hexdigest()[:16]
    shared = "private, no-store" if with_key else f"public, max-age={_FRESH_SECONDS}"
    return {"ETag": f'"{tag}"', "Cache-Control": shared, "Vary": "Accept, Accept-Language, X-Report-Key"}
