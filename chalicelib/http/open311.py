"""Open311 GeoReport v2 at /open311/v2, discovery at /open311/discovery: every answer, also every error, in the format that
the address asks for. API Gateway knows no `{id}.json`, so the suffix is split off here."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from chalice.app import Blueprint, Response

from chalicelib.channels import open311 as channel
from chalicelib.channels import open311_form
from chalicelib.city.model import Channel, City
from chalicelib.domain import errors
from chalicelib.http import open311_query as query
from chalicelib.http.context import desk
from chalicelib.http.open311_answers import CORS, MESSAGES, answer, problem, refusal, text_answer
from chalicelib.http.requests import header_of, query_of, request_of, typed_of
from chalicelib.observability import count, logger
from chalicelib.pages import open311 as page
from chalicelib.usecases import open311 as usecase
from chalicelib.usecases import open311_views as views
from chalicelib.usecases.channel_health import refused

routes = Blueprint(__name__)
LISTED_CHARACTERS = 1_000
CHANGESET = "2026-11-21T00:00:00+07:00"
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_ANY = ["*/*"]  # Chalice would refuse what is not listed in its own form
_PREFLIGHT = CORS | {
    "Access-Control-Allow-Headers": "Content-Type, Accept-Language",
    "Access-Control-Max-Age": "86400",
}
_KEPT: dict[tuple[str, str], tuple[City, str]] = {}
# Where each method may be used: the resource, and whether an item of it is meant.
_TAKES: dict[tuple[str, bool], tuple[str, ...]] = {
    ("discovery", False): ("GET",),
    ("services", False): ("GET",),
    ("services", True): ("GET",),
    ("requests", False): ("GET", "POST"),
    ("requests", True): ("GET",),
    ("tokens", True): ("GET",),
    ("servicerequestupdates", False): ("GET", "POST"),
}


class Asked(NamedTuple):
    """What an address asks for: the resource, the item (None: all of them) and the format."""

    resource: str
    item: str | None
    kind: str


@routes.route("/open311/{document}", methods=_METHODS, content_types=_ANY)
def discovery(document: str) -> Response:
    """Where the endpoints are."""
    resource, kind = split(typed_of(document))
    return answered(Asked("discovery" if resource == "discovery" else "", None, kind))


@routes.route("/open311/v2/{name}", methods=_METHODS, content_types=_ANY)
def whole(name: str) -> Response:
    """A list, or something posted to it."""
    resource, kind = split(typed_of(name))
    return answered(Asked(resource, None, kind))


@routes.route("/open311/v2/{name}/{item}", methods=_METHODS, content_types=_ANY)
def single(name: str, item: str) -> Response:
    """One of them."""
    wanted, kind = split(typed_of(item))
    return answered(Asked(name, wanted, kind))


@routes.route("/open311/v2/{name}/{item}/{rest}", methods=_METHODS, content_types=_ANY)
def below(name: str, item: str, rest: str) -> Response:
    """Nothing is there: said in the format asked for."""
    return answered(Asked("", None, split(typed_of(rest))[1]))


def split(name: str) -> tuple[str, str]:
    """A name without its suffix, and the format: XML, which every client of the specification reads, where neither the
    suffix nor the Accept header says otherwise."""
    stem, dot, suffix = name.rpartition(".")
    if dot and suffix.lower() in (page.JSON, page.XML):
        return stem, suffix.lower()
    accept = header_of(routes.current_request, "accept").lower()
    return name, page.JSON if "json" in accept and "xml" not in accept else page.XML


def answered(asked: Asked) -> Response:
    """The answer to a request, whatever becomes of it."""
    method = routes.current_request.method
    try:
        takes = _TAKES.get((asked.resource, asked.item is not None))
        if takes is None:
            return refusal(asked.kind, 404, MESSAGES[404])
        if method == "OPTIONS":
            allowed = {"Access-Control-Allow-Methods": ", ".join(takes), "Allow": ", ".join(takes)}
            return Response(body="", status_code=204, headers={**_PREFLIGHT, **allowed})
        if (method if method != "HEAD" else "GET") not in takes:
            return refusal(asked.kind, 405, MESSAGES[405], {"Allow": ", ".join(takes)})
        query.jurisdiction(routes.current_request, desk().city)
        response = _VIEWS[(asked.resource, asked.item is not None, "POST" if method == "POST" else "GET")](asked)
        if method == "HEAD":
            response.body = ""
        return response
    except errors.ReportError as error:
        return problem(asked.kind, error)
    except Exception:
        logger().exception("a request failed")
        return refusal(asked.kind, 503, MESSAGES[503], {"Retry-After": "5"})


def _discovery(asked: Asked) -> Response:
    base = desk().settings.public_url
    formats = [page.CONTENT_TYPES[page.XML].partition(";")[0], page.CONTENT_TYPES[page.JSON].partition(";")[0]]
    endpoint = {
        "specification": SPECIFICATION,
        "url": f"{base}/open311/v2",
        "changeset": CHANGESET,
        "type": "test" if desk().settings.local else "production",
        "formats": formats,
    }
    contact = f"{desk().city.text('open311.contact', _language())} {base}/"
    found = {
        "changeset": CHANGESET,
        "contact": contact,
        "key_service": desk().city.text("open311.key_service", _language()),
        "endpoints": [endpoint],
    }
    return answer(asked.kind, "discovery", found, fresh=3600)


def _services(asked: Asked) -> Response:
    city, lang = desk().city, _language()
    kept = _KEPT.get((lang, asked.kind))
    if kept is None or kept[0] is not city:
        text = page.written(asked.kind, "services", views.services(city, lang))
        kept = _KEPT[(lang, asked.kind)] = (city, text)
    return text_answer(asked.kind, kept[1], fresh=3600)


def _definition(asked: Asked) -> Response:
    code = asked.item or ""
    if code not in desk().city.open_categories():
        raise errors.Unknown(f"service_code '{code[:100]}' was not found.")
    return answer(asked.kind, "service_definition", views.definition(desk().city, code, _language()), fresh=3600)


def _requests(asked: Asked) -> Response:
    current = routes.current_request
    named = query.listed(current, "service_request_id")
    if named:
        return _shown(asked.kind, usecase.several(desk(), named))
    wanted = query.wanted(current, desk().now(), desk().city)
    found = usecase.listing(desk(), wanted)
    headers = {}
    if found.more:
        base = f"{desk().settings.public_url}/open311/v2/requests.{asked.kind}"
        headers["Link"] = f'<{base}?{query.following(current, wanted, found)}>; rel="next"'
    return _shown(asked.kind, found.rows, headers)


def _request(asked: Asked) -> Response:
    return _shown(asked.kind, [usecase.one(desk(), asked.item or "")])


def _shown(kind: str, rows: list[Any], headers: Mapping[str, str] | None = None) -> Response:
    city, base, lang = desk().city, desk().settings.public_url, _language()
    # A thousand reports in one answer must stay below what Lambda may answer (6 MB): one by one they are whole.
    most = LISTED_CHARACTERS if len(rows) > 1 else None
    found = [views.request(row.tracking, row.listed, city, lang, base, most=most) for row in rows]
    return answer(kind, "service_requests", found, headers=headers)


def _token(asked: Asked) -> Response:
    found = usecase.one(desk(), asked.item or "")
    return answer(asked.kind, "service_requests", [{"service_request_id": found.tracking, "token": asked.item}])


def _post(asked: Asked) -> Response:
    own = _channel()
    posted, slips = _form(own)
    message = channel.parse(posted, desk().city, own.id, slips)
    desk().counts.take(own.id, own.per_minute, [message.id], desk().ticks())
    stored = usecase.post(desk(), message, seed=os.urandom(16).hex())
    report = stored.report
    count("MessageReceived" if stored.new else "MessageJoined", tracking=report.tracking, channel=own.id)
    city, lang = desk().city, _language()
    notice = city.text("open311.notice", lang, status_url=desk().status_url(report.tracking))
    if posted.files:
        notice = f"{notice} {city.text('open311.file_ignored', lang)}"
    row = {
        "service_request_id": report.tracking,
        "service_notice": notice,
        "account_id": posted.one("account_id") or None,
    }
    return answer(asked.kind, "service_requests", [row], fresh=None)


def _updates(asked: Asked) -> Response:
    current, lang = routes.current_request, _language()
    start, end, number = query.window(current, desk().now(), desk().city)
    reports, more = usecase.changed_since(desk(), start, page=number)
    found = [update for report in reports for update in views.updates(report, start, end, desk().city, lang)]
    found.sort(key=lambda update: str(update["updated_datetime"]))
    headers = {}
    if more:
        base = f"{desk().settings.public_url}/open311/v2/servicerequestupdates.{asked.kind}"
        headers["Link"] = f'<{base}?{query.replaced(current, page=str(number + 1))}>; rel="next"'
    return answer(asked.kind, "service_request_updates", found, headers=headers)


def _post_update(asked: Asked) -> Response:
    own = _channel()
    posted, slips = _form(own)
    update = channel.parse_update(posted, slips)
    desk().counts.take(own.id, own.per_minute, [f"{update.service_request_id} {update.update_id}"], desk().ticks())
    update_id = usecase.post_update(desk(), update, seed=os.urandom(16).hex())
    return answer(asked.kind, "service_request_updates", [{"update_id": update_id}], fresh=None)


def _noted(view: Callable[[Asked], Response]) -> Callable[[Asked], Response]:
    """A view that takes something: what it refuses is noted for the admin."""

    def noting(asked: Asked) -> Response:
        try:
            return view(asked)
        except errors.ReportError as error:
            if own := _own():
                refused(desk(), own.id, error)
            raise

    return noting


def _own() -> Channel | None:
    """The pack's channel for Open311."""
    return next((each for each in desk().city.channels.values() if each.adapter == "open311"), None)


def _channel() -> Channel:
    """The same, while it is in use. Raises SwitchedOff."""
    own = _own()
    if own is None or not own.in_use(desk().city.local_day(desk().now())):
        raise errors.SwitchedOff("This channel is not in use.", details={"instead": own.instead if own else ""})
    return own


def _form(own: Channel) -> tuple[open311_form.Posted, list[channel.Slip]]:
    """The posted form, and what is wrong with its key."""
    request = request_of(routes.current_request, "/open311/v2", desk().settings)
    posted = open311_form.read(request)
    secrets = desk().secrets.channel("inbound", own.id, desk().ticks())
    return posted, channel.key_slips(posted, secrets.get(own.inbound.get("api_key", "api_key"), ""))


_VIEWS: dict[tuple[str, bool, str], Callable[[Asked], Response]] = {
    ("discovery", False, "GET"): _discovery,
    ("services", False, "GET"): _services,
    ("services", True, "GET"): _definition,
    ("requests", False, "GET"): _requests,
    ("requests", False, "POST"): _noted(_post),
    ("requests", True, "GET"): _request,
    ("tokens", True, "GET"): _token,
    ("servicerequestupdates", False, "GET"): _updates,
    ("servicerequestupdates", False, "POST"): _noted(_post_update),
}


def _language() -> str:
    languages = desk().city.policy.languages
    asked = (query_of(routes.current_request, "locale"), header_of(routes.current_request, "accept-language"))
    for part in ",".join(asked).split(","):
        code = part.split(";")[0].strip().lower()[:2]
        if code in languages:
            return code
    return languages[0]
