"""HTML answers: their headers, and the language of whoever asks."""

from __future__ import annotations

from typing import Any

from chalice.app import Response

from chalicelib.http.context import desk
from chalicelib.http.requests import header_of, query_of

# Pages need no script and no other host; whoever opens one is not told where its reader came from.
_PAGE_HEADERS: dict[str, Any] = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def language_of(request: Any) -> str:
    """The language asked for by `?lang=`, else the first of the browser's that is offered, else the city's first."""
    languages = desk().city.policy.languages
    asked = query_of(request, "lang")
    if asked:
        return asked if asked in languages else languages[0]
    for part in header_of(request, "accept-language").split(","):
        code = part.split(";")[0].strip().lower()[:2]
        if code in languages:
            return code
    return languages[0]


def page_of(text: str, lang: str, status: int, headers: dict[str, Any] | None = None) -> Response:
    """A page; nobody keeps it unless `headers` say so."""
    return Response(
        body=text,
        status_code=status,
        headers=_PAGE_HEADERS | {"Content-Language": lang, "Cache-Control": "no-store"} | (headers or {}),
    )


def wants_json(request: Any) -> bool:
    """Whether JSON is liked better than a page, or nothing is said. A browser names text/html."""
    liked = {"text/html": 0.0, "application/json": 0.0, "*/*": 0.0}
    for part in header_of(request, "accept").lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        liked[kind] = next((_quality(each[2:]) for each in parameters if each.startswith("q=")), 1.0)
    html = max(liked["text/html"], liked.get("application/xhtml+xml", 0.0))
    return not html or liked["application/json"] > html


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0
