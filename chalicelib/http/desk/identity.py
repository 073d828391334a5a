"""Who reported, shown once to somebody with a right to know and a reason; originals of pictures likewise. The function that
alone can open seals records it first."""

from __future__ import annotations

import os
from typing import Any

import msgspec
from chalice.app import Blueprint, Response

from chalicelib.domain import tracking as numbers
from chalicelib.domain.errors import Invalid
from chalicelib.domain.lifecycle import Role
from chalicelib.domain.report import Report
from chalicelib.http.answers import json, speaks_http, status_for
from chalicelib.http.context import desk
from chalicelib.http.desk.form import CONTENT_TYPES, Form
from chalicelib.http.desk.framed import Asked, back_of, desk_page, page
from chalicelib.http.members import member
from chalicelib.http.requests import body_of, typed_of
from chalicelib.usecases.act import Actor, decoded, may_touch

routes = Blueprint(__name__)
_MAY = (Role.ADMIN, Role.COUNTER, Role.AGENCY)
_PHOTO_MOST, _WHY_MOST = 64, 500


class Why(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it is needed; with `photo`, the original of that picture instead of who reported."""

    why: str
    photo: str = ""


@routes.route("/desk/reports/{tracking}/identity", methods=["GET"])
@desk_page(*_MAY)
def ask(asked: Asked, form: Form, tracking: str) -> Response:
    """Asks for the reason; opens nothing."""
    report = _report(asked.actor, tracking)
    return page(asked, "identity_ask.html", report=report, back=f"/desk/reports/{report.tracking}")


@routes.route("/desk/reports/{tracking}/identity", methods=["POST"], content_types=CONTENT_TYPES)
@desk_page(*_MAY)
def reporter(asked: Asked, form: Form, tracking: str) -> Response:
    """The reporter's name, address and contact, in this answer and nowhere else. Without a reason: what is missing."""
    return _shown(asked, form, tracking, photo="")


@routes.route("/desk/reports/{tracking}/original", methods=["POST"], content_types=CONTENT_TYPES)
@desk_page(*_MAY)
def original(asked: Asked, form: Form, tracking: str) -> Response:
    """Where the original of a picture can be downloaded for five minutes."""
    return _shown(asked, form, tracking, photo=form.get("photo")[:_PHOTO_MOST] or "-")


@routes.route("/staff/reports/{tracking}/identity", methods=["POST"], content_types=["application/json"])
@speaks_http
def as_json(tracking: str) -> Response:
    """The same for systems: `{why}` → name, address, phone, email; `{why, photo}` → url."""
    actor = member(routes.current_request)
    wish = decoded(body_of(routes.current_request), Why)
    report = _report(actor, tracking)
    return json(_opened(actor, report, wish.why, wish.photo), headers={"Cache-Control": "no-store"})


def _shown(asked: Asked, form: Form, tracking: str, *, photo: str) -> Response:
    report, why = _report(asked.actor, tracking), form.get("why")
    back = back_of(form, f"/desk/reports/{report.tracking}")
    try:
        told = _opened(asked.actor, report, why, photo)
    except Invalid as error:
        return page(
            asked,
            "identity.html",
            status_for(error),
            report=report,
            photo=photo,
            told=None,
            back=back,
            error=error,
            why=why,
        )
    return page(asked, "identity.html", report=report, photo=photo, told=told, back=back, error=None, why=why)


def _report(actor: Actor, tracking: str) -> Report:
    report = desk().reports.get(numbers.parse(typed_of(tracking), desk().city.prefix))
    may_touch(report, actor, desk().city)
    return report


def _opened(actor: Actor, report: Report, why: str, photo: str) -> dict[str, Any]:
    """What the identity function opens. One request is one view, however often the call to it is repeated."""
    if len(why) > _WHY_MOST:
        raise Invalid("The reason is too long.", details={"why": f"must be at most {_WHY_MOST} characters"})
    asking = {
        "role": str(actor.role),
        "agency": actor.agency,
        "who": actor.subject,
        "why": why,
        "action_id": os.urandom(12).hex(),
    }
    if photo:
        return {
            "tracking": report.tracking,
            "photo": photo,
            "url": desk().identity.original(report.tracking, photo, **asking),
        }
    return dict(desk().identity.reporter(report.tracking, **asking))
