"""Open311's answers: every value, also every error, in the format that the address asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalice.app import Response

from chalicelib.channels.open311 import Refused
from chalicelib.domain import errors
from chalicelib.http.answers import status_for
from chalicelib.observability import logger
from chalicelib.pages.open311 import CONTENT_TYPES, written

CORS = {"Access-Control-Allow-Origin": "*"}
MESSAGES = {
    404: "There is no such address.",
    405: "This address does not take that method.",
    503: "The service is not available just now. Try again.",
}
# Where the message of an error of ours says less than its status.
_SAID_BY_STATUS = frozenset({405, 503})


def problem(kind: str, error: errors.ReportError) -> Response:
    """An error of ours, everything that is wrong in it named."""
    if isinstance(error, Refused):
        return several(kind, error.status, [(slip.code, slip.description) for slip in error.slips])
    status = 400 if isinstance(error, errors.Invalid) else status_for(error)
    if status == 503:
        logger().error("a request failed", extra={"code": error.code})
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, errors.Busy) else None
    told = [f"{name}: {reason}" for name, reason in error.details.items()] if status == 400 else []
    return several(
        kind,
        status,
        [(status, text) for text in told or [MESSAGES[status] if status in _SAID_BY_STATUS else error.message]],
        headers,
    )


def refusal(kind: str, status: int, description: str, headers: Mapping[str, str] | None = None) -> Response:
    """One error."""
    return several(kind, status, [(status, description)], headers)


def several(kind: str, status: int, told: list[tuple[int, str]], headers: Mapping[str, str] | None = None) -> Response:
    """Errors: code and description of each."""
    rows = [{"code": code, "description": description} for code, description in told]
    return answer(kind, "errors", rows, status=status, fresh=None, headers=headers)


def answer(
    kind: str,
    root: str,
    value: Any,
    *,
    status: int = 200,
    fresh: int | None = 15,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A value in the format asked for. `fresh` is for how many seconds it may be kept; None: not at all."""
    return text_answer(kind, written(kind, root, value), status=status, fresh=fresh, headers=headers)


def text_answer(
    kind: str, text: str, *, status: int = 200, fresh: int | None = 15, headers: Mapping[str, str] | None = None
) -> Response:
    """What is written already."""
    caching = "no-store" if fresh is None else f"public, max-age={fresh}"
    own = {"Content-Type": CONTENT_TYPES[kind], "Cache-Control": caching, "Vary": "Accept, Accept-Language"}
    return Response(body=text, status_code=status, headers={**own, **CORS, **(headers or {})})
