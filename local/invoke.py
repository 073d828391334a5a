"""Answers calls of Lambda's Invoke in the process: what an HTTP function asks of another function, without Lambda."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

from botocore.awsrequest import AWSResponse

Call = Callable[[str, dict[str, Any]], Any]
"""(the function's name in app.py, event) → its answer."""


class _Raw(io.BytesIO):
    """A body as urllib3 would give it."""

    def stream(self, *_: Any, **__: Any) -> Any:
        yield self.read()


def answer_invocations(client: Any, stage: str, call: Call) -> None:
    """From now on `client` (of Lambda) invokes the functions `tanggap-<stage>-<name>` by `call`. What raises is a function
    error, as Lambda reports it."""

    def answer(request: Any, **_: Any) -> AWSResponse:
        name = request.url.split("/functions/")[1].split("/")[0].removeprefix(f"tanggap-{stage}-")
        headers = {"Content-Type": "application/json"}
        try:
            told = call(name, json.loads(request.body or b"{}"))
        except Exception as error:
            headers["X-Amz-Function-Error"] = "Unhandled"
            told = {"errorType": type(error).__name__, "errorMessage": str(error)}
        return AWSResponse(request.url, 200, headers, _Raw(json.dumps(told).encode()))  # type: ignore[no-untyped-call]

    client.meta.events.register_first("before-send.lambda.Invoke", answer, unique_id="invoke")
