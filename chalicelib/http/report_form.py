"""The form on the web: a page that needs no script, and what becomes of what it sends."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import msgspec
from chalice.app import Blueprint, Response

from chalicelib.channels.message import Message
from chalicelib.channels.payload import FORM
from chalicelib.city.model import Channel
from chalicelib.domain.errors import Busy, Invalid, NotAllowedNow, NotYours, ReportError, SwitchedOff, Unknown
from chalicelib.http.answers import json, problem, speaks_http, status_for
from chalicelib.http.channels import open_channel
from chalicelib.http.context import desk
from chalicelib.http.desk.form import MULTIPART, Form
from chalicelib.http.desk.framed import uploads_of
from chalicelib.http.form_fields import MOST_MB, MOST_PHOTOS, Sent, sent_of
from chalicelib.http.form_guard import made_now, slow_down, slow_wishes, too_quick
from chalicelib.http.requests import header_of
from chalicelib.http.site.framed import page, public_page, refused, site_of
from chalicelib.http.small_map import small_map
from chalicelib.observability import count, logger
from chalicelib.pages import form as pages
from chalicelib.pages.desk.qr import qr
from chalicelib.pages.site import Site, word_of
from chalicelib.triage.emergency import is_emergency
from chalicelib.usecases.enter import enter
from chalicelib.usecases.submit import Submitted

routes = Blueprint(__name__)
PATH = "/report"
_TRY_LATER = 503


@routes.route(PATH, methods=["GET"])
@public_page(routes)
def empty(site: Site, form: Form) -> Response:
    """The form, with an id of its own."""
    try:
        _channel()
    except SwitchedOff as error:
        return _closed(site, error)
    told = pages.form(
        site.city, site.lang, form_id=os.urandom(16).hex(), made=made_now(), most_photos=MOST_PHOTOS, most_mb=MOST_MB
    )
    return page(site, "report_form.html", css=pages.CSS, connect=_uploads(), **told)


@routes.route(f"{PATH}/map.svg", methods=["GET"])
@public_page(routes, as_json=True)
def drawn(site: Site, form: Form) -> Response:
    """A small map to tap, as `small_map` draws it."""
    word = word_of(site.lang)
    return small_map(form, lambda key, **given: word(f"report_form.map_{key}", **given), cache="public, max-age=3600")


@routes.route(PATH, methods=["POST"], content_types=[FORM, MULTIPART])
@speaks_http
def send() -> Response:
    """The number and the key; or the form again with what was typed, and beside each field what is wrong with it; or, where
    somebody may have told of the same problem, the question whether it is that one. Who asks for JSON gets the receipt."""
    request, site = routes.current_request, site_of(routes.current_request)
    as_json = "application/json" in (liked := header_of(request, "accept").lower()) and "text/html" not in liked
    sent = Sent()
    try:
        channel = _channel()
        sent = sent_of(request)
        site = _in_language(site, sent)
        answer = _answered(request, site, channel, sent, as_json=as_json)
    except SwitchedOff as error:
        answer = problem(error) if as_json else _closed(site, error)
    except ReportError as error:
        answer = problem(error) if as_json else _again(site, sent, error)
    except Exception:
        if as_json:
            raise
        logger().exception("a form could not be stored")
        answer = _again(site, sent)
    return answer


def _answered(request: Any, site: Site, channel: Channel, sent: Sent, *, as_json: bool) -> Response:
    """What becomes of it. Raises Invalid with every slip, Busy."""
    slow_down(request)
    sent.store_files()
    message = sent.message(channel, site.city)
    if not as_json:
        if too_quick(sent.told.get("made", "")):
            again = _form(site, sent, 429, asked_again="quick")
            again.headers["Retry-After"] = "1"
            return again
        if question := _question(request, site, sent, message):
            return question
    desk().counts.take(channel.id, channel.per_minute, [message.id], desk().ticks())
    stored = enter(desk(), message, seed=os.urandom(16).hex())
    name = "MessageReceived" if stored.new else "MessageJoined"
    count(name, tracking=stored.report.tracking, channel=message.channel)
    return _receipt(stored, site.lang) if as_json else _done(site, sent, stored)


def _question(request: Any, site: Site, sent: Sent, message: Message) -> Response | None:
    """Whether it is one of the reports near by; or that the reporter has joined the one they chose. None to go on."""
    chosen = sent.told.get("same", "")
    if sent.told.get("other") or (message.confidential and not chosen):
        return None
    if chosen and message.email:
        slow_wishes(request)
        return _joined(site, sent, chosen, message)
    from chalicelib.usecases.nearby import similar_to

    try:
        found = similar_to(desk(), message, seed=os.urandom(16).hex())
    except Exception:  # to ask is a kindness: nobody's report waits for it
        logger().exception("reports near by could not be looked for")
        return None
    if not found:
        return None
    told = pages.similar(
        site.city,
        site.lang,
        found=found,
        values=sent.values(),
        kept=sent.kept(without=() if message.email else ("email",)),
        needs_mail=bool(chosen),
        danger=is_emergency(message.text),
    )
    return page(site, "report_similar.html", 422 if chosen else 200, css=pages.CSS, **told)


def _joined(site: Site, sent: Sent, tracking: str, message: Message) -> Response:
    from chalicelib.domain.tracking import parse
    from chalicelib.usecases.joining import join

    try:
        number = parse(tracking, site.city.prefix)
        join(desk(), number, email=message.email, lang=site.lang, seed=os.urandom(16).hex())
    except (Unknown, NotYours, NotAllowedNow, Invalid) as error:
        if "email" in error.details:
            raise
        return _form(site, sent, 409, asked_again="gone")
    return page(site, "report_joined.html", css=pages.CSS, tracking=number, form_id=sent.form_id)


def _uploads() -> list[str]:
    return uploads_of(desk().settings.s3_url, desk().settings.uploads_bucket)


def _channel() -> Channel:
    name = next((each.id for each in desk().city.channels.values() if each.adapter == "web_form"), None)
    if name is None:
        raise Unknown("This city has no form.")
    return open_channel(name)


def _in_language(site: Site, sent: Sent) -> Site:
    lang = sent.told.get("lang", "")
    return msgspec.structs.replace(site, lang=lang) if lang in site.city.policy.languages else site


def _done(site: Site, sent: Sent, stored: Submitted) -> Response:
    report, city = stored.report, site.city
    url = desk().status_url(report.tracking)
    told = pages.done(
        city,
        site.lang,
        form_id=sent.form_id,
        tracking=report.tracking,
        report_key=desk().key_of(report.tracking, report.key_version),
        status_url=url,
        qr=qr(url, word_of(site.lang)("report_form.done_qr", tracking=report.tracking)),
        missing=report.missing,
        danger=report.emergency,
        told=report.answerable,
        respond=city.when(report.respond.by, site.lang) if report.respond else "",
        resolve=city.when(report.resolve.by, site.lang) if report.resolve else "",
    )
    return page(site, "report_done.html", css=pages.CSS, **told)


def _receipt(stored: Submitted, lang: str) -> Response:
    report = stored.report
    told = {
        "tracking": report.tracking,
        "status": {"code": str(report.status), "label": desk().city.text(f"status.{report.status}", lang)},
        "status_url": desk().status_url(report.tracking),
        "key": desk().key_of(report.tracking, report.key_version),
        "missing": list(report.missing),
        "emergency": report.emergency,
    }
    return json(told, headers={"Cache-Control": "no-store"})


def _again(site: Site, sent: Sent, error: ReportError | None = None) -> Response:
    """The form as it was sent, with why it is to be sent once more. What could not be read at all is only refused."""
    if error is None:
        answer = _form(site, sent, _TRY_LATER, asked_again="failed")
        answer.headers["Retry-After"] = "5"
        return answer
    if isinstance(error, Busy):
        answer = _form(site, sent, status_for(error), asked_again="busy", seconds=error.retry_after)
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    return _form(site, sent, 422, wrong=error.details) if isinstance(error, Invalid) else refused(site, error)


def _form(site: Site, sent: Sent, status: int, **why: Any) -> Response:
    told = pages.form(
        site.city,
        site.lang,
        form_id=sent.form_id,
        values=sent.values(),
        photos=sent.photos,
        again=True,
        most_photos=MOST_PHOTOS,
        most_mb=MOST_MB,
        **why,
    )
    return page(site, "report_form.html", status, css=pages.CSS, connect=_uploads(), **told)


def _closed(site: Site, error: SwitchedOff) -> Response:
    instead: Mapping[str, object] = error.details
    told = site.city.text("form.closed", site.lang, instead=str(instead.get("instead", "")))
    return page(site, "report_closed.html", status_for(error), told=told)
