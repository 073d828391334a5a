"""The AWS services: moto in this process, and the same backends over HTTP for the AWS CLI, boto3 and presigned uploads."""

from __future__ import annotations

import functools
import io
import threading
from collections.abc import Callable, Iterable
from typing import Any

import botocore.session

from local.settings import ACCOUNT, HOST, REGION, aws_environment
from local.swift import make_moto_swift

Before = Callable[[dict[str, Any]], tuple[str, str, bytes] | None]
"""(environ) → status line, content type and body of a request that is not moto's to answer."""
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

LOCK = threading.RLock()
"""Held while moto carries out one call: a conditional write is atomic in DynamoDB, but in moto only so."""


class Cloud:
    """moto, started. Make one per process, before anything creates an AWS client. `before_call` is called before each
    AWS call of this process, and may wait.
    """

    def __init__(self, before_call: Callable[[], None] = lambda: None) -> None:
        aws_environment()
        _know_two_regions()
        from moto import mock_aws

        _one_call_at_a_time(before_call)
        make_moto_swift()
        self._mock = mock_aws()
        self._mock.start()
        aws_environment()  # moto puts credentials of its own in place
        self._session = botocore.session.Session()
        self.client = functools.cache(self._session.create_client)

    def backend(self, service: str) -> Any:
        """moto's backend of a service in our region (S3 has one for all regions)."""
        from moto.backends import get_backend

        return get_backend(service)[ACCOUNT]["aws" if service == "s3" else REGION]  # type: ignore[call-overload]

    def stop(self) -> None:
        self._mock.stop()


def _know_two_regions() -> None:
    """Every region of every service is looked up in its model otherwise (0.5 s for SSM, which imports EC2)."""

    def regions(
        _self: Any, service_name: str, partition_name: str = "aws", allow_non_regional: bool = False
    ) -> list[str]:
        # us-east-1 is where moto looks up its own addresses
        return [REGION, "us-east-1"] if partition_name == "aws" else []

    botocore.session.Session.get_available_regions = regions


def _one_call_at_a_time(before_call: Callable[[], None]) -> None:
    import moto.core.responses as responses
    from moto.core.botocore_stubber import BotocoreStubber

    once = BotocoreStubber.process_request

    def process_request(self: BotocoreStubber, request: Any) -> Any:
        before_call()
        with LOCK:
            return once(self, request)

    BotocoreStubber.process_request = process_request  # type: ignore[method-assign]
    # asked at every call, and the answer never changes
    responses.method_names_from_class = functools.cache(responses.method_names_from_class)


class AwsServer:
    """moto over HTTP on `port` of loopback, on the same backends. `before` may answer a request itself (or return None)."""

    def __init__(self, port: int, before: Before) -> None:
        from moto.moto_server.werkzeug_app import (
            DomainDispatcherApplication,
            MotoRequestHandler,
            create_backend_app,
        )
        from werkzeug.serving import make_server

        class Quiet(MotoRequestHandler):
            def log(self, type: str, message: str, *args: Any) -> None:
                pass

        app = _serialised(DomainDispatcherApplication(create_backend_app), before)
        self._server = make_server(HOST, port, app, threaded=True, request_handler=Quiet)  # type: ignore[arg-type]
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="aws", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()


def _serialised(app: Wsgi, before: Before) -> Wsgi:
    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = before(environ)
        if answer is not None:
            status, kind, body = answer
            start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
            return [body]
        if "sqs/aws4_request" in environ.get("HTTP_AUTHORIZATION", ""):
            return app(environ, start_response)  # a long poll may wait 20 s
        body = _whole_body(environ)  # before the lock: the client may be slow
        environ["wsgi.input"] = io.BytesIO(body)
        with LOCK:
            return list(app(environ, start_response))

    return serve


def _whole_body(environ: dict[str, Any]) -> bytes:
    length = environ.get("CONTENT_LENGTH")
    if length:
        return bytes(environ["wsgi.input"].read(int(length)))
    return bytes(environ["wsgi.input"].read()) if environ.get("wsgi.input_terminated") else b""
