"""The proof that a report has not been changed: as JSON for whoever checks it on their own, and a page that checks it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from chalice.app import Blueprint, Response

from chalicelib.domain import tracking as numbers
from chalicelib.domain.checking import STEPS, checked
from chalicelib.domain.errors import Invalid, NotYours, ReportError
from chalicelib.domain.report import Report
from chalicelib.http.answers import json, status_for
from chalicelib.http.context import desk
from chalicelib.http.desk.form import Form
from chalicelib.http.page import wants_json
from chalicelib.http.report_key import has_key
from chalicelib.http.site.framed import page, public_page, see_other
from chalicelib.pages.site import Site, word_of
from chalicelib.pages.site.failure import told_of
from chalicelib.usecases.archive import INDEX, proof_of
from chalicelib.usecases.views import read_by_a_person

routes = Blueprint(__name__)
_CSS = ("proof",)


@routes.route("/reports/{tracking}/proof", methods=["GET"])
@public_page(routes, as_json=True)
def proof(site: Site, form: Form, tracking: str) -> Response:
    """The proof as JSON; a browser is led to the page that checks it. Of a hidden report its reporter has the page here: the
    key's cookie goes to the report's own addresses only. Two reads."""
    if not wants_json(routes.current_request):
        if _is_hidden_but_not_from_them(tracking):
            return _checked(site, tracking, form.get("tree"))
        return see_other(f"/proof?tracking={quote(tracking, safe='')}")
    report, private, words = _report(tracking)
    kept = "private, no-store" if private else "public, max-age=60"
    return json(
        _proof(report, form.get("tree"), words), headers={"Cache-Control": kept, "Vary": "Accept, X-Report-Key, Cookie"}
    )


@routes.route("/proof", methods=["GET"])
@public_page(routes)
def check(site: Site, form: Form) -> Response:
    """The page: what a proof is, and whether that of one report holds."""
    return _checked(site, form.get("tracking"), form.get("tree"))


def _checked(site: Site, typed: str, tree: str) -> Response:
    found, error, status = None, None, 200
    if typed:
        try:
            report, _, words = _report(typed)
            found = _proof(report, tree, words)
        except NotYours as refused:
            error, status = word_of(site.lang)("proof.hidden"), status_for(refused)
        except ReportError as refused:
            error, status = told_of(refused, site.city, site.lang)["told"], status_for(refused)
    steps = checked(found) if found and found["tree"] else {}
    return page(
        site,
        "proof.html",
        status,
        css=_CSS,
        typed=typed,
        proof=found,
        error=error,
        steps=[(name, steps[name]) for name in STEPS if steps],
        holds=bool(steps) and all(steps.values()),
        archived=site.city.when(datetime.fromisoformat(found["tree"]["closed_at"]), site.lang)
        if steps and found
        else "",
        trees=f"{desk().settings.open_data_url}/{INDEX}",
    )


def _is_hidden_but_not_from_them(typed: str) -> bool:
    """Whether it is a hidden report whose key has come along."""
    try:
        return _report(typed)[0].hidden
    except ReportError:
        return False


def _report(typed: str) -> tuple[Report, bool, bool]:
    """The report, whether only its reporter may see this, and whether this reader may read its words. Raises Unknown,
    NotYours."""
    report = desk().reports.get(numbers.parse(typed, desk().city.prefix), consistent=False)
    with_key = has_key(routes.current_request, report)
    if report.hidden and not with_key:
        raise NotYours("This report is not open to everybody.", details={"key": "required in X-Report-Key"})
    return report, report.hidden or with_key, with_key or read_by_a_person(report, desk().city)


def _proof(report: Report, tree: str, words: bool) -> dict[str, Any]:
    if tree and not (tree.isascii() and tree.isdigit() and len(tree) < 9):
        raise Invalid("There is no such tree.", details={"tree": "a number of a tree that the report is in"})
    return proof_of(desk(), report, int(tree) if tree else None, words=words)
