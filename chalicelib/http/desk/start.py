"""The desk's door: where each role begins, and the files that pages load."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.domain.errors import Unknown
from chalicelib.http.answers import speaks_http
from chalicelib.http.desk.form import Form
from chalicelib.http.desk.framed import Asked, desk_page, see_other
from chalicelib.http.static_files import served
from chalicelib.pages.desk import STATIC, home_of

routes = Blueprint(__name__)


@routes.route("/desk", methods=["GET"])
@desk_page()
def start(asked: Asked, form: Form) -> Response:
    """To the page that the member's role begins at."""
    return see_other(home_of(asked.role))


@routes.route("/desk/static/{name}", methods=["GET"])
@speaks_http
def static(name: str) -> Response:
    """A style or a script. Its address changes with it, so it is kept for a year."""
    return served(STATIC, name)


@routes.route("/desk/{page}", methods=["GET"])
@desk_page()
def nothing(asked: Asked, form: Form, page: str) -> Response:
    """Whatever else is typed after /desk: a page that says so."""
    raise Unknown("There is no such page.", details={"page": page[:80]})
