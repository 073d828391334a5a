"""A runnable endpoint of an agency (SKPD): receives the city's SNS messages, checks them, and takes up what is sent to it.

    python examples/skpd_receiver.py --port 9000 --api http://127.0.0.1:8000 --token "$TOKEN" --cert-host 127.0.0.1

Subscribe `http://127.0.0.1:9000/` to your agency's topic; the subscription is confirmed by itself. Every `dispatched` report
is answered with `accept` at once and with `resolve` after --work seconds. Needs Python 3.11 and `cryptography`, nothing else:
copy it and put your own work where `Desk` is.

What an endpoint on the open internet must not skip: the certificate comes only from the pinned host, its signature covers the
message, the topic is the one expected, SubscribeURL is followed only on the pinned host, and a message that comes twice is
taken once. Message attributes are not signed: nothing is decided by them.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import contextlib
import json
import re
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

LIMIT = 300_000  # bytes; SNS sends at most 256 kB
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
AWS_HOST = re.compile(r"sns\.[a-z]{2}(-[a-z]+)+-\d\.amazonaws\.com")
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
HASHES: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 - AWS's version 1

Fetch = Callable[[str], bytes]


class RefusedError(Exception):
    """The message is not to be believed; the text says why."""


def verify(
    message: Mapping[str, Any],
    *,
    now: datetime,
    fetch: Fetch,
    cert_host: str | None = None,
    topic_arn: str | None = None,
) -> None:
    """Check an SNS message. `fetch` gets the certificate's PEM; `cert_host` pins its host (without it: SNS's own hosts in
    the topic's region, over https); `topic_arn` pins the topic. Raises RefusedError.
    """
    names = SIGNED.get(str(message.get("Type")))
    if names is None:
        raise RefusedError("the type is unknown")
    if topic_arn is not None and message.get("TopicArn") != topic_arn:
        raise RefusedError("the topic is not the one expected")
    algorithm = HASHES.get(str(message.get("SignatureVersion")))
    if algorithm is None:
        raise RefusedError("the signature's version is unknown")
    required = [name for name in names if name != "Subject"] + ["Signature", "SigningCertURL"]
    missing = [name for name in required if not isinstance(message.get(name), str)]
    if missing:
        raise RefusedError(f"{missing[0]} is missing")
    url = message["SigningCertURL"]
    pinned(url, cert_host=cert_host, topic_arn=message["TopicArn"])
    key = _key(fetch(url), now)
    text = "".join(f"{name}\n{message[name]}\n" for name in names if message.get(name) is not None)
    try:
        signature = base64.b64decode(message["Signature"], validate=True)
        key.verify(signature, text.encode(), padding.PKCS1v15(), algorithm)
    except (binascii.Error, InvalidSignature) as error:
        raise RefusedError("the signature is wrong") from error


def pinned(url: str, *, cert_host: str | None, topic_arn: str) -> None:
    """Raise RefusedError unless `url` lies on the pinned host: https, or http where that host is loopback and was named."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if cert_host is not None:
        right = host == cert_host and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))
    else:
        region = (topic_arn.split(":") + [""] * 4)[3]
        right = (
            parts.scheme == "https"
            and parts.netloc == host  # no user, no port
            and AWS_HOST.fullmatch(host) is not None
            and host == f"sns.{region}.amazonaws.com"
        )
    if not right:
        raise RefusedError(f"{parts.scheme}://{host} is not the pinned host")


def _key(pem: bytes, now: datetime) -> rsa.RSAPublicKey:
    try:
        certificate = x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise RefusedError("the certificate cannot be read") from error
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise RefusedError("the certificate is not valid now")
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key
    raise RefusedError("the certificate's key is not RSA")


class Certificates:
    """Fetches certificates, each once. Raises OSError, after which SNS will ask again."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def __call__(self, url: str) -> bytes:
        if url not in self._known:
            self._known[url] = get(url)
        return self._known[url]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def opener(url: str) -> urllib.request.OpenerDirector:
    """Follows no redirects, and reaches loopback without a proxy."""
    direct = [urllib.request.ProxyHandler({})] if urlsplit(url).hostname in LOOPBACK else []
    return urllib.request.build_opener(_NoRedirect, *direct)


def get(url: str) -> bytes:
    """GET at most 100 kB. Raises OSError."""
    with opener(url).open(url, timeout=10) as response:
        return bytes(response.read(100_000))


class Desk:
    """What this agency does with a report: accept it, work, resolve it. Put your own system here."""

    def __init__(self, *, api: str, token: str, work: float, note: str) -> None:
        self._api = api.rstrip("/")
        self._token = token
        self._work = work
        self._note = note
        self._seen: set[str] = set()
        self._lock = threading.Lock()

    def take(self, event: Mapping[str, Any]) -> bool:
        """Take one CloudEvent; False when it is known already or nothing for us to do."""
        identifier, tracking = str(event.get("id", "")), str(event.get("subject", ""))
        kind = str(event.get("type", "")).rsplit(".", 1)[-1]
        if kind != "dispatched" or not identifier or not tracking:
            return False
        with self._lock:
            if identifier in self._seen:
                return False
            self._seen.add(identifier)
        threading.Thread(target=self._handle, args=(identifier, tracking), daemon=True).start()
        return True

    def _handle(self, identifier: str, tracking: str) -> None:
        if self._act(identifier, tracking, "accept", {}):
            time.sleep(self._work)
            self._act(identifier, tracking, "resolve", {"note": self._note})

    def _act(self, identifier: str, tracking: str, action: str, body: Mapping[str, Any]) -> bool:
        """POST one action, again after a failure that may pass. The key makes a second attempt harmless."""
        request = urllib.request.Request(
            f"{self._api}/staff/reports/{quote(tracking)}/{action}",
            data=json.dumps(body).encode(),
            method="POST",
            headers={
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/json",
                "Accept": "application/json",
                "Idempotency-Key": f"{identifier}.{action}",
            },
        )
        for wait in (0.5, 1, 2, 4, 8, 0):
            try:
                with opener(request.full_url).open(request, timeout=30) as response:
                    say(f"{tracking} {action}: {response.status}")
                    return True
            except urllib.error.HTTPError as error:
                answer = error.read(500).decode("utf-8", "replace")
                say(f"{tracking} {action}: {error.code} {answer}")
                if error.code < 500 and error.code != 429:
                    return False
            except OSError as error:
                say(f"{tracking} {action}: {error}")
            time.sleep(wait)
        return False


class Endpoint(ThreadingHTTPServer):
    """Takes SNS's POSTs. 200 when taken, 403 when not believed, so that SNS does not try again."""

    daemon_threads = True

    def __init__(self, port: int, desk: Desk, *, cert_host: str | None, topic_arn: str | None) -> None:
        super().__init__(("127.0.0.1" if cert_host in LOOPBACK else "", port), _Handler)
        self._desk = desk
        self._cert_host = cert_host
        self._topic_arn = topic_arn
        self._certificates = Certificates()

    def receive(self, body: bytes, now: datetime) -> None:
        """Check one message and act on it. Raises RefusedError."""
        try:
            message = json.loads(body)
        except ValueError as error:
            raise RefusedError("the body is not JSON") from error
        if not isinstance(message, dict):
            raise RefusedError("the body is not an object")
        verify(message, now=now, fetch=self._certificates, cert_host=self._cert_host, topic_arn=self._topic_arn)
        if message["Type"] == "SubscriptionConfirmation":
            pinned(message["SubscribeURL"], cert_host=self._cert_host, topic_arn=message["TopicArn"])
            get(message["SubscribeURL"])
            say(f"subscribed to {message['TopicArn']}")
        elif message["Type"] == "Notification":
            event = _event(message["Message"])
            say(f"{event.get('subject', '?')} {event.get('type', '?')} ({event.get('id', '?')})")
            self._desk.take(event)


def _event(text: str) -> Mapping[str, Any]:
    try:
        event = json.loads(text)
    except ValueError:
        event = None
    return event if isinstance(event, dict) else {}


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        status = 413
        if length <= LIMIT:
            try:
                self.server.receive(self.rfile.read(length), datetime.now(UTC))
                status = 200
            except RefusedError as error:
                say(f"refused: {error}")
                status = 403
            except OSError as error:  # the city could not be reached: SNS will ask again
                say(f"failed: {error}")
                status = 500
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def say(text: str) -> None:
    print(text, flush=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--api", required=True, help="the city's base URL")
    parser.add_argument("--token", required=True, help="a staff token of your agency")
    parser.add_argument(
        "--cert-host", help="where certificates and SubscribeURL lie; default: SNS in the topic's region"
    )
    parser.add_argument("--topic-arn", help="the only topic whose messages are taken")
    parser.add_argument("--work", type=float, default=5.0, help="seconds from accept to resolve (default: %(default)s)")
    parser.add_argument("--note", default="Sudah ditangani oleh petugas di lapangan.", help="the note of resolve")
    chosen = parser.parse_args(arguments)
    desk = Desk(api=chosen.api, token=chosen.token, work=chosen.work, note=chosen.note)
    try:
        endpoint = Endpoint(chosen.port, desk, cert_host=chosen.cert_host, topic_arn=chosen.topic_arn)
    except OSError as error:
        print(f"port {chosen.port} cannot be used ({error.strerror}); choose another with --port", file=sys.stderr)
        return 1
    say(f"listening on port {chosen.port}")
    with contextlib.suppress(KeyboardInterrupt):
        endpoint.serve_forever()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
