"""Being told: joining a report, alerts for a place, and the page a mail's link leads to. For browsers and in JSON."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

import msgspec
from chalice.app import Blueprint, Response

from chalicelib.city.kelurahan import full_name
from chalicelib.city.model import City
from chalicelib.domain import tracking as numbers
from chalicelib.domain.around import RADII
from chalicelib.domain.errors import Invalid, Malformed, NotAllowedNow, ReportError, Unknown
from chalicelib.http.answers import JSON, json, problem, status_for
from chalicelib.http.context import desk
from chalicelib.http.desk.form import CONTENT_TYPES, Form, form_of
from chalicelib.http.form_guard import slow_wishes
from chalicelib.http.page import wants_json
from chalicelib.http.requests import body_of, header_of, query_of, typed_of
from chalicelib.http.site.framed import LANGUAGE_COOKIE, cookie_of, failed, page, refused, site_of, with_language
from chalicelib.observability import logger
from chalicelib.pages.site import Site
from chalicelib.triage.per_city import per_city
from chalicelib.usecases import alerts, following, joining
from chalicelib.usecases.following_words import category_words, place_words

routes = Blueprint(__name__)
_FIELDS = ("kelurahan", "lat", "lng", "radius", "category")
_LONGEST = 300
_CSS = ("form", "follow")
_NO_STORE = {"Cache-Control": "no-store"}
View = Callable[..., Response]


def _both(view: View) -> View:
    """A view `(site, form, **parameters)` whose form may come as JSON, and whose errors are JSON for who asks for JSON."""

    @functools.wraps(view)
    def answering(**parameters: str) -> Response:
        request = routes.current_request
        site = site_of(request)
        try:
            form = _form(request)
            if form.get("lang") in site.city.policy.languages:
                site = msgspec.structs.replace(site, lang=form.get("lang"))
            answer = view(site, form, **{name: typed_of(value) for name, value in parameters.items()})
        except ReportError as error:
            answer = problem(error) if wants_json(request) else refused(site, error)
        except Exception:
            logger().exception("a wish to be told could not be dealt with")
            answer = failed(site)
        return with_language(answer, request)

    return answering


@routes.route("/reports/{tracking}/join", methods=["POST"], content_types=[JSON, *CONTENT_TYPES])
@_both
def join(site: Site, form: Form, tracking: str) -> Response:
    """Asks an address whether it wants to hear of the report. The answer is the same whatever is known of the address."""
    number = numbers.parse(tracking, site.city.prefix)
    as_json = wants_json(routes.current_request)
    try:
        if form.get("website"):  # a machine: it hears what everybody hears
            joining.joinable(desk(), number)
        else:
            slow_wishes(routes.current_request)
            joining.join(desk(), number, email=form.get("email"), lang=site.lang, seed=os.urandom(16).hex())
    except Invalid as error:
        if as_json or "email" not in error.details:
            raise
        return _follow(site, 422, state="join", tracking=number, values=form.typed(), errors=_said(site, error))
    if as_json:
        return json({"state": "asked", "tracking": number}, 202, _NO_STORE)
    return _follow(site, 202, state="asked", what="join", tracking=number)


@routes.route("/follow/{token}", methods=["GET"])
@_both
def look(site: Site, form: Form, token: str) -> Response:
    """What a mail's link is for, and the button that says yes: a program that opens links says nothing by it."""
    return _stands(site, token)


@routes.route("/follow/{token}", methods=["POST"], content_types=[JSON, *CONTENT_TYPES])
@_both
def decide(site: Site, form: Form, token: str) -> Response:
    """`do=confirm` or `do=stop`; a mail program's one click (RFC 8058) is a stop."""
    do = "stop" if form.get("List-Unsubscribe") == "One-Click" else form.get("do")
    as_json = wants_json(routes.current_request)
    if do == "stop":
        following.stop(desk(), token)
        return json({"state": "stopped"}, 200, _NO_STORE) if as_json else _follow(site, 200, state="stopped")
    if do != "confirm":
        raise Invalid("Say what to do.", details={"do": "confirm or stop"})
    try:
        following.confirm(desk(), token)
    except NotAllowedNow:
        if as_json:
            raise
        return _follow(site, 409, state="too_many")
    except Unknown:
        pass  # said below
    return _stands(site, token, done=True)


@routes.route("/alerts", methods=["GET"])
@_both
def alerts_form(site: Site, form: Form) -> Response:
    """The form for alerts; a point or a kelurahan may be in the address (from the map, from a report)."""
    return _alerts(site, 200, values={name: form.get(name)[:_LONGEST] for name in _FIELDS})


@routes.route("/alerts", methods=["POST"], content_types=[JSON, *CONTENT_TYPES])
@_both
def ask_alerts(site: Site, form: Form) -> Response:
    """Asks an address whether it wants these alerts. The answer is the same whatever is known of the address."""
    as_json = wants_json(routes.current_request)
    try:
        around = _around(site.city, form)
        if not form.get("website"):
            slow_wishes(routes.current_request)
            alerts.ask(desk(), around, email=form.get("email"), lang=site.lang, seed=os.urandom(16).hex())
    except Invalid as error:
        if as_json:
            raise
        return _alerts(site, 422, values=form.typed(), errors=_said(site, error))
    if as_json:
        return json({"state": "asked"}, 202, _NO_STORE)
    return _follow(site, 202, state="asked", what="alert", place=place_words(site.city, around, site.lang))


def _around(city: City, form: Form) -> Any:
    """The place wished for; the address is looked at in the same breath, so that every slip is named at once."""
    wrong: dict[str, object] = {}
    around = None
    try:
        around = alerts.around_of(city, **{name: form.get(name)[:_LONGEST] for name in _FIELDS})
    except Invalid as error:
        wrong |= error.details
    try:
        following.address_in(form.get("email"))
    except Invalid as error:
        wrong |= error.details
    if wrong:
        raise Invalid("Some fields are wrong.", details=wrong)
    return around


def _stands(site: Site, token: str, *, done: bool = False) -> Response:
    as_json = wants_json(routes.current_request)
    try:
        found = following.standing(desk(), token)
    except Unknown as error:
        return problem(error) if as_json else _follow(site, status_for(error), state="gone")
    if as_json:
        told = {"what": found.what, "state": "active" if found.active else "asked", "around": found.around}
        return json({**told, **({"tracking": found.of} if found.what == "join" else {})}, 200, _NO_STORE)
    request = routes.current_request
    if found.lang in site.city.policy.languages and not (
        query_of(request, "lang") or cookie_of(request, LANGUAGE_COOKIE)
    ):
        site = msgspec.structs.replace(site, lang=found.lang)  # that of the message which the link stood in
    category = found.around.category if found.around else ""
    return _follow(
        site,
        200,
        state="confirmed" if done else "active" if found.active else "confirm",
        what=found.what,
        tracking=found.of if found.what == "join" else "",
        place=place_words(site.city, found.around, site.lang),
        category=category_words(site.city, category, site.lang),
        token=token,
    )


def _follow(site: Site, status: int, **values: Any) -> Response:
    blank: dict[str, Any] = {
        "what": "",
        "tracking": "",
        "place": "",
        "category": "",
        "token": "",
        "values": {},
        "errors": {},
    }
    return page(site, "follow.html", status, css=_CSS, **(blank | values))


def _alerts(site: Site, status: int, *, values: dict[str, str], errors: dict[str, str] | None = None) -> Response:
    city = site.city
    category = [(code, each.label.get(site.lang, code)) for code, each in city.open_categories().items()]
    return page(
        site,
        "alerts.html",
        status,
        css=_CSS,
        values={"radius": "1000"} | {name: value for name, value in values.items() if value},
        errors=errors or {},
        radii=[(str(each), f"{each} m" if each < 1000 else f"{each // 1000} km") for each in RADII],
        categories=sorted(category, key=lambda each: each[1]),
        kelurahan=_kelurahan(city),
        bot=joining.bot_link(city, "pantau"),
    )


@per_city
def _kelurahan(city: City) -> tuple[str, ...]:
    return tuple(sorted(full_name(city, area) for area in city.areas.values() if area.level == "kelurahan"))


def _said(site: Site, error: Invalid) -> dict[str, str]:
    """The slips in the page's words, by field."""
    from chalicelib.pages.site import word_of

    w = word_of(site.lang)
    told: dict[str, str] = {}
    for name, reason in error.details.items():
        if isinstance(reason, list):
            told[name] = w("follow.error_kelurahan_choice", choices="; ".join(map(str, reason)))
        else:
            key = f"follow.error_{name}_missing" if str(reason).startswith("is required") else f"follow.error_{name}"
            told["kelurahan" if name == "lat" else name] = w(key)
    return told


def _form(request: Any) -> Form:
    """The form, or the flat JSON object in its place. Raises Malformed, WrongContentType."""
    if request.method in ("GET", "HEAD") or not header_of(request, "content-type").startswith(JSON):
        return form_of(request)
    try:
        told = msgspec.json.decode(body_of(request) or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("The body is not valid JSON.", details={"body": "not valid JSON"}) from error
    if not isinstance(told, dict):
        raise Malformed("The body must be an object.", details={"body": "must be an object"})
    wrong = {name: "must be text" for name, value in told.items() if not isinstance(value, str | int | float)}
    if wrong:
        raise Invalid("Some fields are wrong.", details=wrong)
    return Form((name, str(value)) for name, value in told.items())
