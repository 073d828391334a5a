"""One place that turns what happened into HTTP: answers, and errors as `{code, message, details?}`, never a stack
trace."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec

import msgspec
from chalice.app import Response

from chalicelib.domain import errors
from chalicelib.observability import logger

# The most particular class comes first.
_STATUS: tuple[tuple[type[errors.ReportError], int], ...] = (
    (errors.Malformed, 400),
    (errors.Unauthenticated, 401),
    (errors.NotYours, 403),
    (errors.Unknown, 404),
    (errors.NotAllowedNow, 409),
    (errors.Conflict, 409),
    (errors.SwitchedOff, 410),
    (errors.TooLarge, 413),
    (errors.WrongContentType, 415),
    (errors.Invalid, 422),
    (errors.Busy, 429),
)
_TRY_LATER = 503
JSON = "application/json"
P = ParamSpec("P")
_encode = msgspec.json.Encoder().encode


def status_for(error: errors.ReportError) -> int:
    """The HTTP status of an error of ours."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), _TRY_LATER)


def json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON; instants in ISO 8601."""
    return Response(body=_encode(body).decode(), status_code=status, headers={"Content-Type": JSON, **(headers or {})})


def problem(error: errors.ReportError) -> Response:
    """An error as every client gets it."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.details:
        body["details"] = error.details
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, errors.Busy):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.Unauthenticated) and not isinstance(error, errors.BadSignature):
        headers["WWW-Authenticate"] = "Bearer"
    return json(body, status_for(error), headers)


def speaks_http(view: Callable[P, Response]) -> Callable[P, Response]:
    """A view whose errors become answers. What nobody foresaw (an AWS service that is
    away) is logged whole and answered with 503 and Retry-After: nothing was acknowledged, so the sender tries again."""

    @functools.wraps(view)
    def answering(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            return view(*args, **kwargs)
        except errors.ReportError as error:
            if status_for(error) == _TRY_LATER:
                logger().error("a request failed", extra={"code": error.code})
            return problem(error)
        except Exception:
            logger().exception("a request failed")
            return json(
                {"code": "unavailable", "message": "The service is not available just now. Please try again."},
                _TRY_LATER,
                {"Retry-After": "5", "Cache-Control": "no-store"},
            )

    return answering
