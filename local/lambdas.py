"""Calls the handlers in app.py as Lambda would: one call at a time per function, JSON in, JSON out."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

from chalice.local import LambdaContext

from local.cloud import Cloud
from local.events import as_json
from local.settings import ACCOUNT, REGION, STAGE

QUIET = 0.004
"""Seconds without an HTTP request after which the functions behind have the processor."""
PATIENCE = 1.0
"""The longest they wait for such a pause."""
BREATH = 0.02
"""The longest each AWS call of theirs waits for HTTP calls that are under way."""


class Gate:
    """HTTP calls go first: whoever works behind them waits for a pause, but never longer than PATIENCE."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._last = 0.0
        self._behind = threading.local()

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            self._last = time.monotonic()

    @property
    def busy(self) -> bool:
        return self._inside > 0 or time.monotonic() - self._last < QUIET

    def wait_turn(self) -> bool:
        """Wait for a pause between HTTP calls. False when there was none: do a little only."""
        deadline = time.monotonic() + PATIENCE
        while self.busy:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.002)
        return True

    @contextlib.contextmanager
    def behind(self) -> Iterator[None]:
        """What this thread does in here gives way to HTTP calls."""
        self._behind.now = True
        try:
            yield
        finally:
            self._behind.now = False

    def breathe(self) -> None:
        """Called before each AWS call of the process."""
        if not getattr(self._behind, "now", False):
            return
        deadline = time.monotonic() + BREATH
        while self._inside > 0 and time.monotonic() < deadline:
            time.sleep(0.001)


class FunctionError(Exception):
    """The handler raised, as Lambda reports it."""

    def __init__(self, error: Exception) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.kind = type(error).__name__


class Lambdas:
    """The functions of app.py."""

    def __init__(self, app: ModuleType, gate: Gate, timeouts: Mapping[str, int]) -> None:
        self._app = app
        self._gate = gate
        self._timeouts = timeouts
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    @property
    def names(self) -> list[str]:
        """The event handlers app.py has, as Chalice registered them."""
        return [name for name in self._app.app.handler_map if hasattr(self._app, name)]

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """Call the handler and give its answer. Raises FunctionError when it raises."""
        with self._guard:
            lock = self._locks.setdefault(function, threading.Lock())
        handler: Callable[[Any, Any], Any] = getattr(self._app, function)
        with lock, self._gate.behind():
            try:
                return as_json(handler(as_json(event), _context(function, self._timeouts.get(function, 60))))
            except Exception as error:
                traceback.print_exc()
                raise FunctionError(error) from error


def arn(function: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:tanggap-{STAGE}-{function}"


def _context(function: str, timeout: int) -> LambdaContext:
    context = LambdaContext(f"tanggap-{STAGE}-{function}", 256, timeout * 1000)
    context.invoked_function_arn = arn(function)
    return context


class Failures:
    """Where what failed for good goes: an S3 bucket or an SQS queue, by ARN."""

    def __init__(self, cloud: Cloud, fallback_bucket: str | None) -> None:
        self._cloud = cloud
        self._fallback = f"arn:aws:s3:::{fallback_bucket}" if fallback_bucket else None

    def put(self, destination: str | None, folder: str, record: Mapping[str, Any]) -> None:
        """Keep `record` whole at the destination, in a folder such as Lambda makes."""
        target = destination or self._fallback
        now = datetime.now(UTC)
        body = json.dumps({"version": "1.0", "timestamp": now.isoformat(timespec="milliseconds"), **record})
        if target is None:
            print(f"lost: {body}", flush=True)
        elif ":s3:" in target:
            key = f"aws/lambda/{folder}/{now:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"
            bucket = target.split(":::", 1)[1]
            self._cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=body.encode())
        else:
            queue = target.split(":")[-1]
            self._cloud.client("sqs").send_message(
                QueueUrl=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{queue}", MessageBody=body
            )


def request_context(function: str, condition: str, attempts: int) -> dict[str, Any]:
    return {
        "requestId": str(uuid.uuid4()),
        "functionArn": f"{arn(function)}:$LATEST",
        "condition": condition,
        "approximateInvokeCount": attempts,
    }


def response_context(error: FunctionError | None) -> dict[str, Any]:
    failed = {"functionError": "Unhandled"} if error is not None else {}
    return {"statusCode": 200, "executedVersion": "$LATEST", **failed}
