"""Oversight: how all open reports stand, the latest ones by name with a new agency on the spot, and who looked at whom."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlencode

import msgspec
from chalice.app import Blueprint, Response

from chalicelib.city.model import AREA_KINDS, City
from chalicelib.domain import tracking as numbers
from chalicelib.domain.errors import Invalid
from chalicelib.domain.lifecycle import Action, Role, allowed
from chalicelib.domain.report import Report
from chalicelib.http.answers import json, speaks_http
from chalicelib.http.context import desk
from chalicelib.http.desk import acting
from chalicelib.http.desk.form import Form
from chalicelib.http.desk.framed import Asked, desk_page, page
from chalicelib.http.members import one_of
from chalicelib.http.requests import query_of
from chalicelib.pages.desk import word_of
from chalicelib.pages.desk.settings import offices
from chalicelib.usecases.oversight import look, views

routes = Blueprint(__name__)
PATH = "/desk/overview"
_NAMED, _ROWS, _FORMS = 50, 60, 20


@routes.route(PATH, methods=["GET"])
@desk_page(Role.ADMIN, Role.ANALYST)
def overview(asked: Asked, form: Form) -> Response:
    """The figures; `area` and `agency` go into detail, the first twenty late reports have a form for
    another agency, `reassign` opens that of one more."""
    area, agency, start = form.get("area"), form.get("agency"), form.get("from")
    found = look(desk(), asked.actor, area=area, agency=agency)
    begin = int(start) if start.isdecimal() and len(start) < 7 else 0
    admin = asked.role is Role.ADMIN
    late = found.late[begin : begin + _NAMED]

    def here(**changes: str) -> str:
        query = {"area": area, "agency": agency} | changes
        told = urlencode({name: value for name, value in query.items() if value})
        return f"{PATH}?{told}" if told else PATH

    return page(
        asked,
        "overview.html",
        found=found,
        area=area,
        agency=agency,
        above=_above(asked.city, area),
        late=late,
        begin=begin,
        more=len(found.late) > begin + _NAMED,
        agencies=found.agencies[:_ROWS],
        areas=found.areas[:_ROWS],
        here=here,
        admin=admin,
        reassign=form.get("reassign"),
        seqs=_seqs(asked, [each.tracking for each in late[:_FORMS]], form.get("reassign")) if admin else {},
        offices=offices(asked.city, asked.lang),
        views=views(desk(), asked.actor) if admin else [],
        form_id=os.urandom(8).hex(),
        clock=_clock(asked.city, found.at),
    )


@routes.route("/staff/overview", methods=["GET"])
@speaks_http
def figures() -> Response:
    """The same figures for analysts' own tools: `?area=` and `?agency=` go into detail."""
    request = routes.current_request
    actor = one_of(request, Role.ADMIN, Role.ANALYST)
    found = look(desk(), actor, area=query_of(request, "area"), agency=query_of(request, "agency"))
    told = {name: msgspec.to_builtins(getattr(found, name), builtin_types=(type(found.at),)) for name in found._fields}
    return json(told, headers={"Cache-Control": "no-store"})


def _seqs(asked: Asked, late: list[str], one: str) -> dict[str, int]:
    """The reports that may be given to another agency, each as it stands (its `seq`): one read for all. Raises Invalid for
    what is no number."""
    wanted = [*late, numbers.parse(one, desk().city.prefix)] if one else late
    found = desk().finding.reports(list(dict.fromkeys(wanted)))
    return {
        number: report.seq for number, report in found.items() if Action.DISPATCH in allowed(report.status, asked.role)
    }


@acting.completes(Action.DISPATCH)
def _by_name(asked: Asked, report: Report, form: Form, wish: dict[str, Any]) -> dict[str, Any]:
    """An agency may be given by its name, as the list of this page has it. Raises Invalid on `agency`, with what was typed:
    the page that is shown then offers a list, which could not hold it."""
    told = " ".join(str(wish.get("agency") or "").split()).casefold()
    if not told or told in asked.city.agencies:
        return wish
    named = [code for code, name in offices(asked.city, asked.lang) if name.casefold() == told]
    if len(named) != 1:
        said = word_of(asked.lang)("overview.no_such", name=str(wish["agency"])[:80])
        raise Invalid("There is no such agency.", details={"agency": said})
    return wish | {"agency": named[0]}


def _above(city: City, area: str) -> list[str]:
    """The areas that an area lies in, the largest first, and itself."""
    line: list[str] = []
    while area in city.areas:
        line.insert(0, area)
        area = city.areas[area].parent or ""
    return line[: len(AREA_KINDS)]


def _clock(city: City, at: Any) -> str:
    from zoneinfo import ZoneInfo

    return f"{at.astimezone(ZoneInfo(city.timezone)):%H.%M.%S} {city.tz_label}"
