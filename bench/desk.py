"""What benches share: app.py in this process without AWS, the HTTP layer stubbed, and API Gateway's events."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

REGION = "ap-southeast-3"
PUBLIC_URL = "http://127.0.0.1:8000"
APP_SECRET = "whsec_" + base64.b64encode(b"local-only-bench-jaki").decode()
SMS_TOKEN = "local-only-bench-token"
SECRETS = {
    "core/numbering": "local-only-numbering-of-the-bench",
    "core/keys": "local-only-keys-of-the-bench",
    "inbound/jaki/secret": APP_SECRET,
    "inbound/sms/auth_token": SMS_TOKEN,
}
DYNAMODB_OK = b"{}"
Answer = Callable[[str, bytes], bytes]
"""(DynamoDB operation, request body) → response body."""


def environment() -> None:
    """The variables of a deployed function, with credentials that are worth nothing and no endpoint anywhere."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "POWERTOOLS_", "SLA_SCALE", "CITY"))]:
        del os.environ[name]
    os.environ.update(
        AWS_ACCESS_KEY_ID="bench",
        AWS_SECRET_ACCESS_KEY="bench",
        AWS_REGION=REGION,
        AWS_DEFAULT_REGION=REGION,
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_ACCOUNT_ID_ENDPOINT_MODE="disabled",
        STAGE="local",
        CITY="jakarta",
        PUBLIC_URL=PUBLIC_URL,
        EVENTS_TOPIC_ARN=f"arn:aws:sns:{REGION}:123456789012:tanggap-local-report-events",
        KMS_KEY_ID="alias/tanggap-local",
        POWERTOOLS_SERVICE_NAME="tanggap",
    )


def stubbed_app(answer: Answer = lambda operation, body: DYNAMODB_OK) -> ModuleType:
    """app.py, its secrets and its data key at hand as in a function that has been called before, and DynamoDB's HTTP
    layer answered by `answer`."""
    environment()
    import app
    from chalicelib.outbound.sealing import Sealer

    app.desk.secrets._groups = {
        group: ({n.split("/", 1)[1]: v for n, v in SECRETS.items() if n.startswith(f"{group}/")}, 1e18)
        for group in ("core", "inbound")
    }
    app.desk.__dict__["sealer"] = Sealer(_Kms(), "alias/tanggap-local")
    stub_http(answer)
    return app


def stub_http(answer: Answer) -> None:
    """Answers the process's DynamoDB client without any connection; signing and parsing stay real."""
    from botocore.awsrequest import AWSResponse

    from chalicelib.store.client import client

    def instead(request: Any, **_: Any) -> Any:
        operation = request.headers["X-Amz-Target"]
        name = (operation.decode() if isinstance(operation, bytes) else operation).rpartition(".")[2]
        headers = {"content-type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, 200, headers, _Raw(answer(name, request.body)))

    client("dynamodb", REGION).meta.events.register("before-send.dynamodb.*", instead)


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Any:
        yield self._body

    def read(self, *_: Any) -> bytes:
        return self._body


class _Kms:
    """Gives data keys without asking anybody: in real life one call in a thousand."""

    def generate_data_key(self, **_: Any) -> dict[str, bytes]:
        return {"Plaintext": os.urandom(32), "CiphertextBlob": os.urandom(184)}


class Context:
    """Lambda's context, as far as anybody looks at it."""

    function_name = "tanggap-local-api"
    memory_limit_in_mb = 256
    aws_request_id = "00000000-0000-0000-0000-000000000000"
    invoked_function_arn = f"arn:aws:lambda:{REGION}:123456789012:function:tanggap-local-api"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 29_000


def gateway_event(
    method: str,
    resource: str,
    parameters: Mapping[str, str],
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What API Gateway gives a function for one request."""
    path = resource.format(**parameters)
    every = {"Host": "api.example", "User-Agent": "bench", "X-Forwarded-Proto": "https", **(headers or {})}
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": every,
        "multiValueHeaders": {name: [value] for name, value in every.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": dict(parameters),
        "stageVariables": None,
        "requestContext": {
            "httpMethod": method,
            "resourcePath": resource,
            "path": path,
            "stage": "api",
            "requestId": "bench",
            "identity": {"sourceIp": "203.0.113.7"},
        },
        "body": body.decode() if body else None,
        "isBase64Encoded": False,
    }
