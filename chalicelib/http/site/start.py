"""The files that the citizens' pages load."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.http.answers import speaks_http
from chalicelib.http.static_files import served
from chalicelib.pages.site import STATIC

routes = Blueprint(__name__)


@routes.route("/static/{name}", methods=["GET"])
@speaks_http
def static(name: str) -> Response:
    """A style or a script. Its address changes with it, so it is kept for a year."""
    return served(STATIC, name)
