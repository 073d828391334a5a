"""Small maps for who picks a place at the desk."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.http import small_map
from chalicelib.http.desk.form import Form
from chalicelib.http.desk.framed import Asked, desk_page
from chalicelib.pages.desk import word_of

routes = Blueprint(__name__)


@routes.route("/desk/map.svg", methods=["GET"])
@desk_page()
def drawn(asked: Asked, form: Form) -> Response:
    """The map, as `small_map` draws it."""
    word = word_of(asked.lang)
    return small_map.small_map(form, lambda key, **given: word(f"map.{key}", **given), cache="private, max-age=3600")
