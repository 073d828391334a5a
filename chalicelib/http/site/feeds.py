"""Atom feeds of public reports: of the whole city, an area, an agency, a category."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

from chalice.app import Blueprint, Response

from chalicelib.domain.errors import Unknown
from chalicelib.http.context import desk
from chalicelib.http.desk.form import Form
from chalicelib.http.requests import header_of, query_of
from chalicelib.http.site.framed import public_page
from chalicelib.pages.names import agency_name, area_name, category_name
from chalicelib.pages.site import Site
from chalicelib.usecases import feed as usecase

routes = Blueprint(__name__)
_SECONDS = 300


@routes.route("/feeds/all", methods=["GET"])
@public_page(routes)
def everything(site: Site, form: Form) -> Response:
    """The newest public reports of the city."""
    return _feed(site, "/feeds/all", "", "")


@routes.route("/feeds/{by}/{code}", methods=["GET"])
@public_page(routes)
def some(site: Site, form: Form, by: str, code: str) -> Response:
    """Those of one `area`, `agency` or `category`, by its code."""
    if by not in usecase.BY:
        raise Unknown("There is no such feed.", details={"feed": by[:20]})
    return _feed(site, f"/feeds/{quote(by, safe='')}/{quote(code, safe='')}", by, code)


def _feed(site: Site, path: str, by: str, code: str) -> Response:
    from chalicelib.pages.site.feed import atom  # and an XML library, for feeds alone

    rows = usecase.newest(desk(), by, code)
    names = {
        "area": lambda: area_name(site.city, code),
        "agency": lambda: agency_name(site.city, site.lang, code),
        "category": lambda: category_name(site.city, site.lang, code),
    }
    about = names[by]() if by else ""
    asked = query_of(routes.current_request, "lang")
    text = atom(site, rows, f"{path}?lang={site.lang}" if asked else path, about)
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    headers: dict[str, Any] = {
        "Content-Type": "application/atom+xml; charset=utf-8",
        "Cache-Control": f"public, max-age={_SECONDS}",
        "Content-Language": site.lang,
        "ETag": tag,
        "Vary": "Accept-Language, Cookie",
        "X-Content-Type-Options": "nosniff",
        "Access-Control-Allow-Origin": "*",
    }
    if tag in header_of(routes.current_request, "if-none-match"):
        return Response(body="", status_code=304, headers=headers)
    return Response(body=text, status_code=200, headers=headers)
