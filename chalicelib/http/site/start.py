"""The files that the citizens' pages load."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.domain.errors import Unknown
from chalicelib.http.answers import speaks_http
from chalicelib.pages.site import STATIC

routes = Blueprint(__name__)
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_YEAR = 31_536_000


@routes.route("/static/{name}", methods=["GET"])
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


@lru_cache(maxsize=32)
def _file(name: str) -> tuple[str, str]:
    known = {path.name: path for path in STATIC.iterdir() if path.suffix in _TYPES}
    if name not in known:
        raise Unknown("There is no such file.", details={"name": name[:80]})
    return known[name].read_text("utf-8"), _TYPES[known[name].suffix]
