"""The HTTP front: API Gateway in front of app.py, and the routes under /_local that only exist here."""

from __future__ import annotations

import base64
import gzip
import json
import re
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from chalice import Chalice
from chalice.config import Config
from chalice.local import LambdaEventConverter, LocalGateway, LocalGatewayException, RouteMatcher

from local.lambdas import Gate
from local.settings import STAGE

LIMIT = 10_000_000
"""Bytes of a body: what API Gateway takes."""
SMALLEST_ZIPPED = 1024
_ZIPPED = re.compile(r"^text/|json|xml|javascript")

Headers = list[tuple[str, str]]
Answer = tuple[int, Headers, bytes]
StartResponse = Callable[[str, Headers], Any]
LocalRoutes = Callable[[str, str, Mapping[str, str], bytes], Answer]
"""(method, raw path with query, headers in lower case, body) → answer."""


class _Events(LambdaEventConverter):
    """Events as API Gateway makes them: text unless the media type is binary, whatever its parameters."""

    def create_lambda_event(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> dict[str, Any]:
        event: dict[str, Any] = super().create_lambda_event(method, path, headers, None)
        event["requestContext"]["stage"] = STAGE
        event["multiValueHeaders"] = {name: [value] for name, value in event["headers"].items()}
        if body:
            binary = event["headers"].get("content-type", "").split(";")[0].strip().lower() in self._binary_types
            event["isBase64Encoded"] = binary
            event["body"] = base64.b64encode(body).decode() if binary else body.decode("utf-8", "replace")
        return event


class Front:
    """The WSGI application. Handler calls are made one at a time, as one instance of a function makes them."""

    def __init__(self, app: Chalice, local: LocalRoutes, gate: Gate) -> None:
        self._gateway = LocalGateway(app, Config.create(lambda_timeout=29))
        self._gateway.event_converter = _Events(RouteMatcher(list(app.routes)), app.api.binary_types)
        self._local = local
        self._gate = gate
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        status, headers, body = self._answer(environ)
        if environ["REQUEST_METHOD"] == "HEAD":
            body = b""
        names = {name.lower() for name, _ in headers}
        if "content-length" not in names and status >= 200 and status not in (204, 304):
            headers.append(("Content-Length", str(len(body))))
        reason = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"
        start_response(f"{status} {reason}", headers)
        return [body]

    def _answer(self, environ: dict[str, Any]) -> Answer:
        if int(environ.get("CONTENT_LENGTH") or 0) > LIMIT:
            return problem(413, "too_large", "The body is larger than 10 MB.")
        path = raw_path(environ)
        headers = request_headers(environ)
        body = environ["wsgi.input"].read()
        method = environ["REQUEST_METHOD"]
        if path == "/_local" or path.startswith(("/_local/", "/_local?")):
            return self._local(method, path, headers, body)
        with self._gate:
            return self._through_gateway(method, path, headers, body)

    def _through_gateway(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            with self._lock:
                response = self._gateway.handle_request(method, path, dict(headers), body)
        except LocalGatewayException as error:
            return _refused(error)
        except Exception:
            traceback.print_exc()
            return problem(500, "error", "The handler failed; see the output of the local run.")
        if response["statusCode"] == 405 and '"Code"' in str(response.get("body")):  # Chalice's own, not an address's
            return problem(405, "method_not_allowed", f"{method} is not possible here.")
        return _compressed(_from_lambda(response), headers)


def _compressed(answer: Answer, asked: Mapping[str, str]) -> Answer:
    """The answer as API Gateway sends it to who takes gzip (the template's MinimumCompressionSize)."""
    status, headers, body = answer
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    if len(body) < SMALLEST_ZIPPED or "gzip" not in asked.get("accept-encoding", "") or not _ZIPPED.search(kind):
        return answer
    return status, [*headers, ("Content-Encoding", "gzip")], gzip.compress(body, 6)


def _from_lambda(response: Mapping[str, Any]) -> Answer:
    headers = [(str(name), str(value)) for name, value in (response.get("headers") or {}).items()]
    for name, values in (response.get("multiValueHeaders") or {}).items():
        headers += [(str(name), str(value)) for value in values]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    body = response.get("body") or ""
    if response.get("isBase64Encoded"):
        return response["statusCode"], headers, base64.b64decode(body)
    return response["statusCode"], headers, body if isinstance(body, bytes) else body.encode()


def _refused(error: LocalGatewayException) -> Answer:
    text = (error.body or b"").decode("utf-8", "replace")
    if error.CODE == 403 and ("Missing Authentication Token" in text or "'Credential'" in text):
        return problem(404, "unknown", "There is nothing at this address.")
    codes = {401: "unauthenticated", 403: "not_yours"}
    messages = {401: "Credentials are needed.", 403: "This is not allowed."}
    return problem(error.CODE, codes.get(error.CODE, "error"), messages.get(error.CODE, "The authorizer failed."))


def problem(status: int, code: str, message: str) -> Answer:
    """An error in the product's shape."""
    return as_json({"code": code, "message": message}, status)


def as_json(value: Any, status: int = 200) -> Answer:
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return status, [("Content-Type", "application/json")], body


def raw_path(environ: Mapping[str, Any]) -> str:
    """The path and query as they came over the wire: `%2F` is no slash."""
    uri: str = environ.get("REQUEST_URI") or environ["PATH_INFO"]
    if not uri.startswith("/"):  # the absolute form that proxies use
        parts = urlsplit(uri)
        uri = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return "/" + uri.lstrip("/")


def request_headers(environ: Mapping[str, Any]) -> dict[str, str]:
    """The request's headers, names in lower case."""
    headers = {n[5:].replace("_", "-").lower(): v for n, v in environ.items() if n.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    return headers
