"""What a phone keeps to open the form without net: the service worker, the manifest, and the page that is shown then."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.http.answers import speaks_http
from chalicelib.http.context import desk
from chalicelib.http.desk.form import Form
from chalicelib.http.site.framed import page, public_page, site_of
from chalicelib.pages.form import CSS, draft_words
from chalicelib.pages.site import STATIC, Site, edition, word_of

routes = Blueprint(__name__)
_AN_HOUR = "public, max-age=3600"


@routes.route("/sw.js", methods=["GET"])
@speaks_http
def worker() -> Response:
    """The service worker of the whole site. Browsers ask for it anew by themselves; another edition of the pages is another
    worker."""
    languages = list(desk().city.policy.languages)
    headers: dict[str, Any] = {
        "Content-Type": "text/javascript; charset=utf-8",
        "Cache-Control": "no-cache",
        "Service-Worker-Allowed": f"{site_of(routes.current_request).prefix}/",
        "X-Content-Type-Options": "nosniff",
    }
    told = f"const edition = {json.dumps(edition())}, languages = {json.dumps(languages)};\n"
    return Response(body=told + _worker(), status_code=200, headers=headers)


@routes.route("/manifest.webmanifest", methods=["GET"])
@speaks_http
def manifest() -> Response:
    """What the site is called, and looks like, on a phone's first screen."""
    site = site_of(routes.current_request)
    name = word_of(site.lang)("report_form.app_name", city=site.city.name)
    told = {
        "name": name,
        "short_name": next(iter(site.city.labels.get("service", {}).values()), site.city.name),
        "lang": site.lang,
        "start_url": f"{site.url('/report')}?lang={site.lang}",
        "scope": site.url("/"),
        "display": "standalone",
        "background_color": "#f2f5f5",
        "theme_color": "#0f3b49",
        "icons": [{"src": site.url("/static/icon.svg"), "type": "image/svg+xml", "sizes": "any", "purpose": "any"}],
    }
    headers: dict[str, Any] = {"Content-Type": "application/manifest+json", "Cache-Control": _AN_HOUR}
    return Response(body=json.dumps(told, ensure_ascii=False), status_code=200, headers=headers)


@routes.route("/offline", methods=["GET"])
@public_page(routes)
def without_net(site: Site, form: Form) -> Response:
    """The page that the service worker shows where there is no net: what waits on this phone, and the way to the form."""
    return page(site, "offline.html", css=CSS, draft_words=draft_words(site.lang))


@lru_cache(maxsize=1)
def _worker() -> str:
    return (STATIC / "sw.js").read_text("utf-8")
