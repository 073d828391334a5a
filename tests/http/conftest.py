"""The whole application in the mocked cloud, called with the events that API Gateway and Lambda send."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from chalicelib.http import context
from chalicelib.http.sign_in import KeySet
from chalicelib.store.client import client
from local.invoke import answer_invocations
from tests.conftest import SECRETS

_KEY = ec.generate_private_key(ec.SECP256R1())
_PUBLIC = json.loads(ECAlgorithm.to_jwk(_KEY.public_key())) | {"kid": "k1", "alg": "ES256", "use": "sig"}


class Context:
    """What Lambda hands to a function."""

    function_name = "tanggap"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:ap-southeast-3:123456789012:function:tanggap"
    aws_request_id = "r-1"


class Answer:
    """What API Gateway gets back. A header that may come several times is a list."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.status = raw["statusCode"]
        given = {**raw["headers"], **raw.get("multiValueHeaders", {})}
        self.headers: dict[str, Any] = {name.lower(): value for name, value in given.items()}
        self.text = raw["body"]

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@pytest.fixture
def module(desk: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """app.py, working at the test's desk."""
    import app

    context.open_desk(desk, KeySet("", {"keys": [_PUBLIC]}))
    monkeypatch.setattr(app, "desk", desk)
    functions = client("lambda", desk.settings.region)
    answer_invocations(functions, "local", lambda name, event: getattr(app, name)(event, Context()))
    return app


@pytest.fixture
def web(module: Any) -> Callable[..., Answer]:
    """Calls a route: `web("GET", "/reports/{tracking}", tracking=…, headers=…, query=…, body=…)`."""

    def call(
        method: str,
        resource: str,
        *,
        headers: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
        body: bytes | str | None = None,
        **parameters: str,
    ) -> Answer:
        text = body if isinstance(body, str) or body is None else base64.b64encode(body).decode()
        event = {
            "resource": resource,
            "path": resource.format(**parameters),
            "httpMethod": method,
            "headers": headers or {},
            "multiValueHeaders": {},
            "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
            "pathParameters": parameters or None,
            "stageVariables": None,
            "requestContext": {"httpMethod": method, "resourcePath": resource, "path": resource.format(**parameters)},
            "body": text,
            "isBase64Encoded": isinstance(body, bytes),
        }
        return Answer(module.app(event, Context()))

    return call


def signed(body: bytes, message_id: str = "msg-1", *, secret: str = SECRETS["inbound/jaki/secret"]) -> dict[str, str]:
    """Standard Webhooks headers."""
    stamp = str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, "sha256")
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }


def report_body(**changes: Any) -> bytes:
    """A complete city-app report."""
    return json.dumps(
        {
            "id": "A-1",
            "text": "Jalan berlubang besar di depan halte",
            "reporter": {"name": "Budi Santoso", "address": "Jl. Mawar No. 2, Menteng", "phone": "+6281234567890"},
            "location": {"lat": -6.1754, "lng": 106.8272},
            "category": "jalan",
            **changes,
        }
    ).encode()


@pytest.fixture
def filed(web: Callable[..., Answer], clock: Any) -> Callable[..., dict[str, Any]]:
    """Files a report by JAKI and gives the receipt."""
    from datetime import UTC, datetime

    def file(message_id: str = "msg-1", **changes: Any) -> dict[str, Any]:
        clock.instant = datetime.now(UTC)
        body = report_body(**changes)
        answer = web("POST", "/channels/{channel}", channel="jaki", headers=signed(body, message_id), body=body)
        assert answer.status == 200, answer.text
        receipt: dict[str, Any] = answer.json
        return receipt

    return file


def bearer(role: str, agency: str | None = None, **claims: Any) -> dict[str, str]:
    """An Authorization header for a staff member."""
    told = {
        "iss": "https://issuer.test",
        "aud": "tanggap",
        "sub": f"{role}-1",
        "exp": int(time.time()) + 86_400,  # made while tests are collected, used at the end of a long run
        "role": role,
        **({"agency": agency} if agency else {}),
        **claims,
    }
    token = jwt.encode({name: value for name, value in told.items() if value is not None}, _KEY, "ES256", {"kid": "k1"})
    return {"authorization": f"Bearer {token}", "content-type": "application/json"}
