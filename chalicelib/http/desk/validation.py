"""Validation: what is said to be done, in deadline order, and one report with all that speaks for and against its proof."""

from __future__ import annotations

import os

from chalice.app import Blueprint, Response

from chalicelib.domain.lifecycle import Role
from chalicelib.domain.offices import line_of
from chalicelib.domain.report import Report
from chalicelib.http.context import desk
from chalicelib.http.desk import acting
from chalicelib.http.desk.form import Form
from chalicelib.http.desk.framed import Asked, desk_page, page
from chalicelib.http.desk.reports import seen
from chalicelib.pages.desk import validation as pages
from chalicelib.pages.desk.failure import Failure
from chalicelib.pages.desk.kit import values
from chalicelib.usecases.rows import rows_for
from chalicelib.usecases.validate import own_work

routes = Blueprint(__name__)
PATH = "/desk/validation"
PAGE = 50


@routes.route(PATH, methods=["GET"])
@desk_page(Role.VALIDATOR, Role.ADMIN)
def queue(asked: Asked, form: Form) -> Response:
    """One page of what awaits validation, or of what is in doubt (admin): one query of fifty items."""
    name = "doubted" if form.get("queue") == "doubted" and asked.role is Role.ADMIN else "validation"
    cursor = form.get("cursor")
    rows, following = desk().reports.queue(name, limit=PAGE, cursor=cursor or None)
    return page(
        asked,
        "validation_queue.html",
        rows=[pages.row(each, own=_own(asked, each.agency)) for each in rows_for(asked.actor, rows, desk().city)],
        next=following,
        first=bool(cursor),
        path=PATH if name == "validation" else f"{PATH}?queue=doubted",
        queue=name,
    )


@routes.route(f"{PATH}/{{tracking}}", methods=["GET"])
@desk_page(Role.VALIDATOR, Role.ADMIN)
def one(asked: Asked, form: Form, tracking: str) -> Response:
    """One report: before and after, the signs, the agency's note, the history. One read."""
    report = seen(asked, tracking)
    return detail(asked, report, None, f"{PATH}/{report.tracking}")


@acting.shows(PATH)
def detail(asked: Asked, report: Report, failure: Failure | None, back: str) -> Response:
    """The page, perhaps with a form that was refused."""
    return page(
        asked,
        "validation_report.html",
        **values(
            asked, report, back=f"{PATH}/{report.tracking}", form_id=os.urandom(16).hex(), failure=failure, to=PATH
        ),
        proof=pages.proof(report, asked),
        own=own_work(report, asked.actor.agency, desk().city),
    )


def _own(asked: Asked, agency: str | None) -> bool:
    """Whether the work is of the validator's own agency: shown, but not theirs to judge."""
    office = asked.actor.agency
    return bool(office and agency and agency in line_of(desk().city, office))
