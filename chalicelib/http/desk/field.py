"""The field page: the picture of finished work taken on the spot, with a code of the server's in it."""

from __future__ import annotations

import os

from chalice.app import Blueprint, Response

from chalicelib.domain.errors import NotAllowedNow
from chalicelib.domain.lifecycle import Action, Role, allowed
from chalicelib.domain.report import Report
from chalicelib.http.answers import json
from chalicelib.http.context import desk
from chalicelib.http.desk import acting
from chalicelib.http.desk.form import CONTENT_TYPES, Form
from chalicelib.http.desk.framed import Asked, desk_page, page
from chalicelib.http.desk.reports import seen
from chalicelib.pages.desk.failure import Failure
from chalicelib.pages.desk.kit import values
from chalicelib.usecases.capture import new_code

routes = Blueprint(__name__)
PATH = "/desk/field"


@routes.route(f"{PATH}/{{tracking}}", methods=["GET"])
@desk_page(Role.AGENCY)
def one(asked: Asked, form: Form, tracking: str) -> Response:
    """The report with its camera."""
    report = seen(asked, tracking)
    return detail(asked, report, None, f"{PATH}/{report.tracking}")


@acting.shows(PATH)
def detail(asked: Asked, report: Report, failure: Failure | None, back: str) -> Response:
    """The page, perhaps with a form that was refused."""
    given = values(
        asked, report, back=f"{PATH}/{report.tracking}", form_id=os.urandom(16).hex(), failure=failure, to=PATH
    )
    return page(asked, "field_report.html", **given)


@routes.route(f"{PATH}/{{tracking}}/code", methods=["POST"], content_types=CONTENT_TYPES)
@desk_page(Role.AGENCY)
def code(asked: Asked, form: Form, tracking: str) -> Response:
    """A one-time code for one picture, as JSON: `{code, mark, cells, row, until, at}`; `at` is the time in words to be drawn into it:
    the city's, since a phone's clock may be wrong and does not say its zone. Raises NotAllowedNow when the report cannot be
    resolved now."""
    report = seen(asked, tracking)
    if Action.RESOLVE not in allowed(report.status, asked.role):
        raise NotAllowedNow("There is no work to show in this status.", details={"status": report.status})
    given = new_code(desk(), report, asked.actor, os.urandom(4))
    told = {"until": given["until"].isoformat(), "at": asked.city.when(asked.now, asked.lang)}
    return json({**given, **told}, 201, {"Cache-Control": "no-store"})
