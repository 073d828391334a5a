"""Faults of AWS services for tests: the next matching calls fail on the wire, before or after their effect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from moto.core.models import botocore_stubber

from chalicelib.store.client import client

REGION = "ap-southeast-3"
_THROTTLED = {
    "dynamodb": (400, b'{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}'),
    "kms": (400, b'{"__type":"ThrottlingException"}'),
    "sns": (400, b"<ErrorResponse><Error><Code>Throttling</Code><Message>slow</Message></Error></ErrorResponse>"),
}


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._body


@contextmanager
def failing(service: str, operation: str, kind: str, *, times: int = 1) -> Iterator[list[str]]:
    """While open, the first `times` tries of an operation fail: `throttle`, `500`, `timeout-before` or `timeout-after`
    (after the effect). Yields a list that grows with each failure."""
    failed: list[str] = []
    events = client(service, REGION).meta.events

    def fail(request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        if len(failed) >= times:
            return None
        failed.append(operation)
        if kind == "timeout-before":
            raise ConnectTimeoutError(endpoint_url=request.url)
        if kind == "timeout-after":
            botocore_stubber(event_name, request)
            raise ReadTimeoutError(endpoint_url=request.url)
        status, body = (500, b"{}") if kind == "500" else _THROTTLED[service]
        return AWSResponse(request.url, status, {"content-type": "application/x-amz-json-1.0"}, _Raw(body))

    before = f"before-send.{service}.{operation}"
    events.register_first(before, fail)
    try:
        yield failed
    finally:
        events.unregister(before, fail)
