"""The desk's door: where each role begins, and the files that pages load."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.domain.errors import Unknown
from chalicelib.http.answers import speaks_http
from chalicelib.http.desk.form import Form
from chalicelib.http.desk.framed import Asked, desk_page, see_other
from chalicelib.pages.desk import STATIC, home_of

routes = Blueprint(__name__)
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_YEAR = 31_536_000


@routes.route("/desk", methods=["GET"])
@desk_page()
def start(asked: Asked, form: Form) -> Response:
    """To the page that the member's role begins at."""
    return see_other(home_of(asked.role))


@routes.route("/desk/static/{name}", methods=["GET"])
@speaks_http
def static(name: str) -> Response:
    """A style or a script. Its address changes with it, so it is kept for a year."""
    text, kind = _file(name)
    headers: dict[str, Any] = {
        "Content-Type": kind,
        "Cache-Control": f"public, max-age={_YEAR}, immutable",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body=text, status_code=200, headers=headers)


@routes.route("/desk/{page}", methods=["GET"])
@desk_page()
def nothing(asked: Asked, form: Form, page: str) -> Response:
    """Whatever else is typed after /desk: a page that says so."""
    raise Unknown("There is no such page.", details={"page": page[:80]})


@lru_cache(maxsize=32)
def _file(name: str) -> tuple[str, str]:
    known = {path.name: path for path in STATIC.iterdir() if path.suffix in _TYPES}
    if name not in known:
        raise Unknown("There is no such file.", details={"name": name[:80]})
    return known[name].read_text("utf-8"), _TYPES[known[name].suffix]
