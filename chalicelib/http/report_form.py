"""The form on the web: a page without a script, and what becomes of what it sends."""

from __future__ import annotations

import os
from collections.abc import Mapping

from chalice.app import Blueprint, Response

from chalicelib.channels import web_form
from chalicelib.channels.message import Message
from chalicelib.channels.payload import FORM, expect
from chalicelib.city.kelurahan import full_name, kelurahan_meant
from chalicelib.city.model import Channel
from chalicelib.domain.errors import Invalid, ReportError, SwitchedOff, Unknown
from chalicelib.http.answers import speaks_http, status_for
from chalicelib.http.channels import open_channel
from chalicelib.http.context import desk
from chalicelib.http.page import language_of, page_of
from chalicelib.http.requests import request_of
from chalicelib.observability import count, logger
from chalicelib.pages import form as page
from chalicelib.pages.report import error as error_page
from chalicelib.usecases.enter import enter
from chalicelib.usecases.submit import Submitted

routes = Blueprint(__name__)
PATH = "/report"
_HERE = "report"  # as the page itself names it, wherever the API stands
_TRY_LATER = 503


@routes.route(PATH, methods=["GET"])
@speaks_http
def empty() -> Response:
    """The form, with an id of its own."""
    lang = language_of(routes.current_request)
    try:
        _channel()
    except ReportError as error:
        return _refused(error, lang)
    return page_of(page.form(desk().city, lang, action=_HERE, form_id=os.urandom(16).hex()), lang, 200)


@routes.route(PATH, methods=["POST"], content_types=[FORM])
@speaks_http
def send() -> Response:
    """The number and the key; or the form again with what was typed, and beside each field what is wrong with it."""
    request = request_of(routes.current_request, PATH, desk().settings)
    lang = language_of(routes.current_request)
    told: dict[str, object] = {}
    try:
        channel = _channel()
        expect(request, FORM)
        told = web_form.typed(request.body)
        lang = str(told["lang"]) if told.get("lang") in desk().city.policy.languages else lang
        stored = _stored(channel, _message(channel, told, request.body))
    except Invalid as error:
        return _again(told, lang, 422, wrong=error.details)
    except ReportError as error:
        return _refused(error, lang)
    except Exception:
        logger().exception("a form could not be stored")
        return _again(told, lang, _TRY_LATER)
    return _done(stored, lang)


def _channel() -> Channel:
    name = next((each.id for each in desk().city.channels.values() if each.adapter == "web_form"), None)
    if name is None:
        raise Unknown("This city has no form.")
    return open_channel(name)


def _message(channel: Channel, told: Mapping[str, object], raw: bytes) -> Message:
    """The message, complete: whoever is at the form can be asked at once. Raises Invalid."""
    wrong: dict[str, object] = {}
    try:
        message = web_form.message(channel, told, raw)
    except Invalid as error:
        wrong |= error.details
    words = {name: str(told.get(name) or "").strip() for name in web_form.WORDS}
    meant = kelurahan_meant(desk().city, words["kelurahan"])
    if words["kelurahan"] and not meant:
        wrong["kelurahan"] = "is no kelurahan of this city"
    elif len(meant) > 1:
        wrong["kelurahan"] = [full_name(desk().city, area) for area in meant]
    there = {
        "text": words["text"],
        "place": words["place_address"] or (words["landmark"] and words["kelurahan"]) or words["lat"],
        "name": words["name"],
        "address": words["address"],
    }
    required = {"text" if field == "problem" else field for field in desk().city.policy.required}
    wrong |= {field: "is required" for field, value in there.items() if field in required and not value}
    if wrong:
        raise Invalid("Some fields are wrong.", details={name: wrong[name] for name in _in_order(wrong)})
    return message


def _in_order(wrong: Mapping[str, object]) -> list[str]:
    """The fields as the page has them, from top to bottom."""
    order = ("text", "category", "place", "landmark", "kelurahan", "name", "address", "phone", "email")
    return sorted(wrong, key=lambda name: order.index(name) if name in order else len(order))


def _stored(channel: Channel, message: Message) -> Submitted:
    desk().counts.take(channel.id, channel.per_minute, [message.id], desk().ticks())
    stored = enter(desk(), message, seed=os.urandom(16).hex())
    name = "MessageReceived" if stored.new else "MessageJoined"
    count(name, tracking=stored.report.tracking, channel=message.channel)
    return stored


def _done(stored: Submitted, lang: str) -> Response:
    report = stored.report
    text = page.done(
        desk().city,
        lang,
        tracking=report.tracking,
        report_key=desk().key_of(report.tracking, report.key_version),
        url=desk().status_url(report.tracking),
        again=_HERE,
        missing=report.missing,
        danger=report.emergency,
    )
    return page_of(text, lang, 200)


def _again(told: Mapping[str, object], lang: str, status: int, wrong: Mapping[str, object] | None = None) -> Response:
    values = {name: value for name, value in told.items() if isinstance(value, str)}
    given = values.get("form_id", "")
    form_id = given if web_form.FORM_ID.fullmatch(given) else os.urandom(16).hex()
    text = page.form(desk().city, lang, action=_HERE, form_id=form_id, values=values, wrong=wrong, failed=wrong is None)
    return page_of(text, lang, status, {"Retry-After": "5"} if status == _TRY_LATER else None)


def _refused(error: ReportError, lang: str) -> Response:
    if isinstance(error, SwitchedOff):
        text = page.closed(desk().city, lang, instead=str(error.details.get("instead", "")))
    else:
        text = error_page(error, desk().city, lang)
    return page_of(text, lang, status_for(error))
