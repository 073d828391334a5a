"""The front page: report, follow, what is happening nearby, how the city does this week."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.domain.errors import Invalid
from chalicelib.http.context import desk
from chalicelib.http.desk.form import Form
from chalicelib.http.site.framed import page, public_page
from chalicelib.pages.site import Site, word_of
from chalicelib.pages.site import home as view
from chalicelib.usecases.figures import week
from chalicelib.usecases.home import newest

routes = Blueprint(__name__)
_CSS = ("home",)
_FRESH = {"Cache-Control": "public, max-age=15"}
_LONGEST = 40


@routes.route("/", methods=["GET"])
@public_page(routes)
def home(site: Site, form: Form) -> Response:
    """The page, with the newest reports of `area` (a kelurahan or kecamatan) where one is chosen. At most fourteen reads."""
    area = form.get("area")[:_LONGEST]
    errors: dict[str, str] = {}
    try:
        rows = newest(desk(), area)
    except Invalid:
        rows, errors = [], {"area": word_of(site.lang)("home.wrong_area", typed=area)}
    values = view.values(site, rows, week(desk()), area="" if errors else area)
    return page(site, "home.html", 422 if errors else 200, css=_CSS, headers=_FRESH, errors=errors, **values)
