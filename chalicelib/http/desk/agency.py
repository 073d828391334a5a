"""An agency at work: its queue, one report, the work order, and the list for a crew."""

from __future__ import annotations

import os
from urllib.parse import urlencode

import msgspec
from chalice.app import Blueprint, Response

from chalicelib.domain.errors import Invalid
from chalicelib.domain.lifecycle import Action, Role
from chalicelib.domain.report import Report
from chalicelib.http.context import desk
from chalicelib.http.desk import acting
from chalicelib.http.desk.form import Form
from chalicelib.http.desk.framed import Asked, desk_page, page
from chalicelib.http.desk.reports import seen
from chalicelib.pages.desk import queue as words
from chalicelib.pages.desk.failure import Failure
from chalicelib.pages.desk.kit import values
from chalicelib.usecases import queues
from chalicelib.usecases.queues import Filters

routes = Blueprint(__name__)
PATH, FIELD = "/desk/agency", "/desk/field"


@routes.route(PATH, methods=["GET"])
@desk_page(Role.AGENCY, Role.ADMIN)
def queue(asked: Asked, form: Form) -> Response:
    """Fifty reports by deadline, with what may be done at once."""
    office = queues.office_of(desk(), asked.actor, form.get("agency"))
    wanted, wrong = _filters(form), {}
    found = queues.Page([], None, 0, False)
    if office:
        try:
            found = queues.page(desk(), asked.actor, office, wanted, cursor=form.get("cursor"))
        except Invalid as error:
            wrong = error.details
    return page(
        asked,
        "agency_queue.html",
        422 if wrong else 200,
        office=office,
        rows=words.rows_of(found.rows, asked),
        found=found,
        wanted=wanted,
        wrong=wrong,
        first=bool(form.get("cursor")),
        here=_path(asked, office, wanted),
        areas=words.areas(asked, wanted.area),
        categories=words.categories(asked, office),
        statuses=words.statuses(asked),
        units=words.units(asked, office),
        heads=words.heads(asked) if asked.role is Role.ADMIN else [],
        form_id=os.urandom(16).hex(),
    )


@routes.route(PATH + "/{tracking}", methods=["GET"])
@desk_page(Role.AGENCY, Role.ADMIN)
def one(asked: Asked, form: Form, tracking: str) -> Response:
    """A report with everything an agency does with it."""
    return detail(asked, seen(asked, tracking), None, asked.path)


@acting.shows(PATH)
def detail(asked: Asked, report: Report, failure: Failure | None, back: str) -> Response:
    """The page of one report, perhaps with a form that was refused."""
    given = values(asked, report, back=back, form_id=os.urandom(16).hex(), failure=failure)
    return page(asked, "agency_report.html", **given, may_ask_who=_may_ask_who(asked, report))


@routes.route(PATH + "/{tracking}/work-order", methods=["GET"])
@desk_page(Role.AGENCY, Role.ADMIN)
def work_order(asked: Asked, form: Form, tracking: str) -> Response:
    """What a crew takes along on paper: never who reported it."""
    import segno

    report = seen(asked, tracking)
    address = f"{desk().settings.public_url}{FIELD}/{report.tracking}"
    code = segno.make(address, error="m").svg_inline(scale=4, border=2, lineclass=None, svgclass="qr", omitsize=True)
    given = values(asked, report, back=asked.path, form_id="")
    return page(asked, "agency_work_order.html", **given, qr=code, address=address)


@routes.route(FIELD, methods=["GET"])
@desk_page(Role.AGENCY, Role.ADMIN)
def field(asked: Asked, form: Form) -> Response:
    """What an office has in hand, for a phone outdoors."""
    office = queues.office_of(desk(), asked.actor, form.get("agency"))
    found = queues.Page([], None, 0, False)
    if office:
        found = queues.page(desk(), asked.actor, office, Filters(), cursor=form.get("cursor"))
    rows = words.in_hand_first(words.rows_of(found.rows, asked))
    path = f"{FIELD}?{urlencode({'agency': office})}" if form.get("agency") else FIELD
    heads = words.heads(asked) if asked.role is Role.ADMIN else []
    first = bool(form.get("cursor"))
    return page(asked, "field_list.html", rows=rows, found=found, here=path, first=first, office=office, heads=heads)


@acting.completes(Action.DISPOSITION)
def with_officer(asked: Asked, report: Report, form: Form, wish: dict[str, object]) -> dict[str, object]:
    """An officer's name alone stands for the unit."""
    officer = wish.pop("officer", "")
    if not officer:
        return wish
    return wish | ({"officer": officer} if wish.get("unit") else {"unit": officer})


def _filters(form: Form) -> Filters:
    return Filters(**{name: form.get(name)[:80] for name in Filters.__struct_fields__})


def _path(asked: Asked, office: str, wanted: Filters) -> str:
    """The list's own address with its filters, without its cursor."""
    told = {"agency": office} if office != asked.actor.agency else {}
    told |= msgspec.to_builtins(wanted)
    query = urlencode({name: value for name, value in told.items() if value})
    return f"{PATH}?{query}" if query else PATH


def _may_ask_who(asked: Asked, report: Report) -> bool:
    return asked.role is Role.ADMIN or not (report.anonymous or report.confidential)
