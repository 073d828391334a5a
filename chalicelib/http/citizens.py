"""What anyone may see of a report, and what its reporter may do with the key."""

from __future__ import annotations

import os
from urllib.parse import quote

from chalice.app import Blueprint, Response

from chalicelib.domain import tracking as numbers
from chalicelib.domain.errors import NotYours, Unknown
from chalicelib.domain.lifecycle import Role
from chalicelib.http.answers import json, speaks_http
from chalicelib.http.context import desk
from chalicelib.http.desk.form import CONTENT_TYPES
from chalicelib.http.page import language_of, wants_json
from chalicelib.http.report_key import fits, has_key, key_in
from chalicelib.http.requests import body_of, header_of, query_of, typed_of
from chalicelib.http.site import home, reporting, status
from chalicelib.http.site.framed import see_other
from chalicelib.usecases.act import REPORTER_ACTIONS, Actor, act
from chalicelib.usecases.merging import leader_of
from chalicelib.usecases.reporter_view import seen

routes = Blueprint(__name__)
_LONGEST = 100


@routes.route("/reports", methods=["GET"])
@speaks_http
def look_up() -> Response:
    """The number field of a page: on to the report's own address, whatever was typed."""
    request = routes.current_request
    typed = query_of(request, "tracking").strip()[:_LONGEST]
    if not typed:
        answer: Response = home.home()
        return answer
    lang = query_of(request, "lang")
    where = f"/reports/{quote(typed, safe='')}"
    return see_other(f"{where}?lang={quote(lang)}" if lang else where)


@routes.route("/reports/{tracking}", methods=["GET"])
@speaks_http
def follow(tracking: str) -> Response:
    """Where a report stands: a page for a browser, JSON for whoever asks for JSON. One read; of a merged report one more for
    each that leads."""
    request = routes.current_request
    if not wants_json(request):
        answer: Response = status.follow(tracking=tracking)
        return answer
    lang = language_of(request)
    status.offered(request)
    number = numbers.parse(typed_of(tracking), desk().city.prefix)
    report = desk().reports.get(number, consistent=False)
    with_key = has_key(request, report)
    leader = leader_of(desk(), report) if report.merged_into and (with_key or not report.hidden) else None
    view = seen(report, desk().city, now=desk().now(), lang=lang, with_key=with_key, leader=leader)
    headers = status.caching(view, report, lang, "json", with_key)
    if status.known_tag(header_of(request, "if-none-match"), headers["ETag"]):
        return Response(body="", status_code=304, headers=headers)
    return json(view, headers=headers)


@routes.route("/reports/{tracking}/{action}", methods=["POST"], content_types=["application/json", *CONTENT_TYPES])
@speaks_http
def act_as_reporter(tracking: str, action: str) -> Response:
    """What the reporter may do, with the key from the acknowledgement in `X-Report-Key` (or `?key=`, or `key` in the body). Of a merged report
    the work is on the one that leads: what is said of it is done there, and the answer says where that stands. A form of the
    report's page brings the key in a field, and is answered with that page."""
    request = routes.current_request
    if header_of(request, "content-type").lower().startswith(tuple(CONTENT_TYPES)):
        page_again: Response = reporting.sent(tracking=tracking, action=action)
        return page_again
    known = next((each for each in REPORTER_ACTIONS if each == action), None)
    if known is None:
        raise Unknown("There is no such action.", details={"action": sorted(REPORTER_ACTIONS)})
    report = desk().reports.get(numbers.parse(typed_of(tracking), desk().city.prefix))
    body, key = key_in(body_of(request))
    if not (fits(key, report) if key else has_key(request, report)):
        raise NotYours("The key does not fit this report.", details={"key": "required in X-Report-Key"})
    given = header_of(request, "idempotency-key")[:128]
    action_id = f"reporter:{known}:{given or os.urandom(12).hex()}"
    after = act(
        desk(),
        report.tracking,
        known,
        Actor(role=Role.REPORTER),
        body,
        action_id=action_id,
        seed=os.urandom(16).hex(),
    )
    led = after.tracking != report.tracking
    view = seen(
        report if led else after,
        desk().city,
        now=desk().now(),
        lang=language_of(request),
        with_key=True,
        leader=after if led else None,
    )
    return json(view, headers={"Cache-Control": "no-store"})


@routes.route("/reports/{tracking}/mine", methods=["GET"])
@speaks_http
def everything_of_mine(tracking: str) -> Response:
    """Everything that is stored about the reporter, as a file, with the key."""
    from chalicelib.usecases.reporter import mine  # loads the ways to people, which other requests do not need

    request = routes.current_request
    report = desk().reports.get(numbers.parse(typed_of(tracking), desk().city.prefix))
    if not has_key(request, report):
        raise NotYours("The key does not fit this report.", details={"key": "required in X-Report-Key"})
    name = f'attachment; filename="{report.tracking}.json"'
    told = mine(desk(), report, language_of(request))
    return json(told, headers={"Cache-Control": "private, no-store", "Content-Disposition": name})
