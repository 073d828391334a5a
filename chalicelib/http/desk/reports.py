"""The plain page of a report: for every member of the staff who may see it, with what their role may do."""

from __future__ import annotations

import os

from chalice.app import Blueprint, Response

from chalicelib.domain import tracking as numbers
from chalicelib.domain.report import Report
from chalicelib.http.context import desk
from chalicelib.http.desk import acting
from chalicelib.http.desk.form import Form
from chalicelib.http.desk.framed import Asked, desk_page, page
from chalicelib.http.requests import typed_of
from chalicelib.pages.desk.failure import Failure
from chalicelib.pages.desk.kit import values
from chalicelib.usecases.act import may_touch

routes = Blueprint(__name__)


@routes.route("/desk/reports/{tracking}", methods=["GET"])
@desk_page()
def one(asked: Asked, form: Form, tracking: str) -> Response:
    """The report, whole; never who reported it."""
    report = seen(asked, tracking)
    return detail(asked, report, None, asked.path)


@acting.shows("/desk/reports")
def detail(asked: Asked, report: Report, failure: Failure | None, back: str) -> Response:
    """The page, perhaps with a form that was refused."""
    given = values(asked, report, back=back, form_id=os.urandom(16).hex(), failure=failure)
    return page(asked, "report.html", **given)


def seen(asked: Asked, tracking: str) -> Report:
    """The report with that number as typed. Raises Invalid, Unknown, and NotYours for one that is not theirs to see."""
    report = desk().reports.get(numbers.parse(typed_of(tracking), desk().city.prefix))
    may_touch(report, asked.actor, desk().city)
    return report
