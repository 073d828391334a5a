"""The honest figures: what became of the reports of a day, a month or a year. A page, JSON and CSV at one address."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from chalice.app import Blueprint, Response

from chalicelib.city.model import PILLARS
from chalicelib.domain import periods
from chalicelib.domain.errors import Invalid
from chalicelib.domain.figures import BY, By
from chalicelib.http.answers import json
from chalicelib.http.context import desk
from chalicelib.http.desk.form import Form
from chalicelib.http.page import wants_json
from chalicelib.http.site.framed import page, public_page
from chalicelib.pages.site import Site, word_of
from chalicelib.pages.site import figures as view
from chalicelib.pages.site import figures_file as files
from chalicelib.pages.site import figures_page as pages
from chalicelib.usecases.figures import figures

routes = Blueprint(__name__)
PATH = "/performance"
_CSS = ("figures",)
_FRESH = {"Cache-Control": "public, max-age=15"}
_LONGEST = 40


class Asked(NamedTuple):
    """What is asked for, checked. `within` is the area or the pillar that is looked into ("": the whole city)."""

    period: str
    by: By
    sort: str
    within: str


@routes.route(PATH, methods=["GET"])
@public_page(routes, as_json=True)
def performance(site: Site, form: Form) -> Response:
    """The figures of `period` (this month) by `by` (agency), sorted by `sort`; inside `area` or `pillar`. As JSON or CSV with
    `format`, or for whoever likes JSON better. Two reads."""
    kind = form.get("format") or ("json" if wants_json(routes.current_request) else "html")
    try:
        asked = _asked(form, site)
    except Invalid as error:
        if kind != "html":
            raise
        return _again(site, form, error)
    shown = pages.Shown(*asked, figures(desk(), asked.period, asked.by))
    if kind == "json":
        return json(files.as_json(shown, site.city, site.lang), headers=_FRESH)
    if kind == "csv":
        return _csv(files.as_csv(shown, site.city, site.lang), f"{asked.period}-{asked.by}.csv")
    values = pages.values(shown, site)
    return page(site, "performance.html", css=_CSS, headers=_FRESH, **values, **_form(site, _typed(asked), {}))


def _asked(form: Form, site: Site) -> Asked:
    """Raises Invalid, which names each wrong field with the word for it and what was typed."""
    today = site.city.local_day(site.now)
    period, by = form.get("period") or today.isoformat()[:7], form.get("by") or "agency"
    sort, area, pillar = form.get("sort") or "received", form.get("area"), form.get("pillar")
    wrong: dict[str, str] = {}
    first = periods.first_day(period)
    if first is None:
        wrong["period"] = "period"
    elif first > today:
        wrong["period"] = "future"
    if by not in BY:
        wrong["by"] = "by"
    if sort not in view.SORTS:
        wrong["sort"] = "sort"
    if by == "area" and area and area not in site.city.areas:
        wrong["area"] = "area"
    if by == "category" and pillar and pillar not in PILLARS:
        wrong["pillar"] = "pillar"
    if form.get("format") not in ("", "json", "csv", "html"):
        wrong["format"] = "format"
    if wrong:
        w, typed = word_of(site.lang), {name: form.get(name)[:_LONGEST] for name in wrong}
        told = {name: w(f"figures.wrong.{key}", typed=typed[name]) for name, key in wrong.items()}
        raise Invalid("These figures do not exist.", details=told)
    return Asked(period, BY[BY.index(by)], sort, {"area": area, "category": pillar}.get(by, ""))


def _again(site: Site, form: Form, error: Invalid) -> Response:
    """The form as it was filled in, with what is wrong beside each field; nothing else."""
    typed = {name: form.get(name)[:_LONGEST] for name in ("period", "by", "sort", "area", "pillar")}
    errors = {name: str(words) for name, words in error.details.items()}
    return page(site, "performance.html", 422, css=_CSS, **pages.nothing(), **_form(site, typed, errors))


def _form(site: Site, typed: dict[str, str], errors: dict[str, str]) -> dict[str, Any]:
    w = word_of(site.lang)
    return {
        "typed": typed,
        "errors": errors,
        "choices": [(name, w(f"figures.by.{name}")) for name in BY],
        "sorts": [(name, w(f"figures.sort.{name}")) for name in view.SORTS],
        "here_with": lambda more="", **changed: f"{PATH}?{_query(typed | changed, more)}",
    }


def _typed(asked: Asked) -> dict[str, str]:
    told = asked._asdict()
    within = told.pop("within")
    area, pillar = (within if asked.by == by else "" for by in ("area", "category"))
    return told | {"area": area, "pillar": pillar}


def _query(typed: dict[str, str], more: str) -> str:
    if more:  # looks inside a row: another breakdown of the same period
        return f"{urlencode({'period': typed['period'], 'sort': typed['sort']})}&{more}"
    return urlencode({name: value for name, value in typed.items() if value})


def _csv(text: str, name: str) -> Response:
    headers: dict[str, Any] = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="figures-{name}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body=text, status_code=200, headers=headers | _FRESH)
