"""The open data: the page that says what there is, and stable addresses that lead to the files."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from chalice.app import Blueprint, Response

from chalicelib.domain.errors import Invalid, Unknown
from chalicelib.domain.open_catalogue import GENERAL, INDEX
from chalicelib.http.answers import json
from chalicelib.http.context import desk
from chalicelib.http.desk.form import Form
from chalicelib.http.page import wants_json
from chalicelib.http.site.framed import page, public_page
from chalicelib.pages.site import Site
from chalicelib.usecases.edition import read_index, read_month

routes = Blueprint(__name__)
PATH = "/open-data"
_FRESH = {"Cache-Control": "public, max-age=300"}
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_NAMES = {
    "": re.compile("|".join(map(re.escape, (*GENERAL, INDEX)))),
    "reports/": re.compile(r"(\d{4}-\d\d)(-\d\d)?\.(csv|jsonl|geojson|json)"),
    "hidden/": re.compile(r"\d{4}-\d\d\.csv"),
    "trees/": re.compile(r"(index|\d{1,9})\.json"),
}


@routes.route(PATH, methods=["GET"])
@public_page(routes, as_json=True)
def open_data(site: Site, form: Form) -> Response:
    """What there is: the files of every month, of the days of one (`month`, the newest), what the columns mean, the licence,
    the feeds. The index itself for whoever likes JSON better. Two reads."""
    index = read_index(desk())
    base = desk().settings.open_data_url
    if wants_json(routes.current_request):
        told = msgspec.to_builtins(index) if index else {"files": [], "months": []}
        return json({"base_url": base, **told}, headers=_FRESH)
    from chalicelib.pages.site import open_data as view

    asked = form.get("month")
    if asked and (not _MONTH.fullmatch(asked) or index is None or asked not in {each.month for each in index.months}):
        raise Unknown("Nothing was published of this month.", details={"month": asked[:40]})
    name = asked or (index.months[0].month if index and index.months else "")
    month = read_month(desk(), name) if name else None
    return page(site, "open_data.html", css=("open_data",), headers=_FRESH, **view.values(site, index, month, base))


@routes.route(f"{PATH}/{{name}}", methods=["GET"])
@public_page(routes, as_json=True)
def general(site: Site, form: Form, name: str) -> Response:
    """To the schema, the dictionary, the codes, the licence or the index."""
    return _found("", name)


@routes.route(f"{PATH}/reports/{{name}}", methods=["GET"])
@public_page(routes, as_json=True)
def reports(site: Site, form: Form, name: str) -> Response:
    """To the reports of a day or a month."""
    return _found("reports/", name)


@routes.route(f"{PATH}/hidden/{{name}}", methods=["GET"])
@public_page(routes, as_json=True)
def hidden(site: Site, form: Form, name: str) -> Response:
    """To a month's counts of private and confidential reports."""
    return _found("hidden/", name)


@routes.route(f"{PATH}/trees/{{name}}", methods=["GET"])
@public_page(routes, as_json=True)
def trees(site: Site, form: Form, name: str) -> Response:
    """To a tree of proofs, or the list of them."""
    return _found("trees/", name)


def _found(folder: str, name: str) -> Response:
    """302 to the file. Raises Unknown for a name that no file has, and a day or month of which nothing was published."""
    known = _NAMES[folder].fullmatch(name)
    if known is None or (folder in ("reports/", "hidden/") and not _published(folder, name)):
        raise Unknown("There is no such file in the open data.", details={"file": f"{folder}{name}"[:80]})
    base = desk().settings.open_data_url
    if not base:
        raise Invalid("The open data has no public address here.", details={"OPEN_DATA_URL": "is not set"})
    headers: dict[str, Any] = {"Location": f"{base}/{folder}{name}", **_FRESH, "Access-Control-Allow-Origin": "*"}
    return Response(body="", status_code=302, headers=headers)


def _published(folder: str, name: str) -> bool:
    month = read_month(desk(), name[:7])
    if month is None:
        return False
    files = (*month.files, *(file for day in month.days for file in day.files))
    return name == f"{month.month}.json" or any(file.name == f"{folder}{name}" for file in files)
