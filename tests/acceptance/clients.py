"""What an examiner brings along: own clients for the local run's HTTP, SMTP and AWS addresses. Nothing of the product is imported."""

from __future__ import annotations

import base64
import contextlib
import http.client
import itertools
import json
import os
import queue
import re
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
import tomllib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from standardwebhooks import Webhook
from twilio.request_validator import RequestValidator

ROOT = Path(__file__).parents[2]
SECRETS = tomllib.loads((ROOT / "local" / "secrets.toml").read_text())["channels"]
APPS = ("jaki", "qlue", "jakarta-aman", "lapor")
MONAS = {"lat": -6.175392, "lng": 106.827153}
DEPOK = {"lat": -6.4025, "lng": 106.7942}
JAVA_SEA = {"lat": -5.2, "lng": 107.9}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


PATIENCE = 60.0
"""Seconds after which what was waited for is taken as never coming, even where other work runs on the same processor."""
LATE: list[str] = []
"""What came later than it should; told at the end of the run. How quick things are is measured in bench/."""


def until(find: Callable[[], Any], seconds: float = 10, pause: float = 0.05, what: str = "") -> Any:
    """The first true thing `find` gives, or an AssertionError when it does not come. Later than `seconds` is noted."""
    began = time.monotonic()
    while True:
        found = find()
        taken = time.monotonic() - began
        if found:
            return in_time(taken, seconds, what, found)
        assert taken < max(PATIENCE, 4 * seconds), f"not within {taken:.0f} s: {what or find}"
        time.sleep(pause)


def in_time(taken: float, seconds: float, what: str = "", value: Any = None) -> Any:
    """Notes what took longer than `seconds`, which a busy machine may do; four times as long is an AssertionError."""
    if taken > seconds:
        test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition("::")[2]
        LATE.append(f"{taken:.1f} s instead of {seconds:g}: {test} {what}".strip())
    assert taken < max(PATIENCE, 4 * seconds), f"took {taken:.1f} s: {what}"
    return value


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What the calls give, all started at the same moment in threads of their own."""
    start, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def run(number: int, call: Callable[[], Any]) -> None:
        start.wait()
        answers[number] = call()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def instant(text: str) -> datetime:
    """An ISO 8601 time with its zone."""
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo is not None, f"{text} names no zone"
    return moment


class Server:
    """`python -m local` from this checkout, on free ports."""

    def __init__(self, **environment: str) -> None:
        self.port, self.aws_port, self.smtp_port = free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        ports = {"PORT": str(self.port), "AWS_PORT": str(self.aws_port), "SMTP_PORT": str(self.smtp_port)}
        self.lines: list[str] = []
        self._tokens: dict[str, str] = {}
        self.started = time.monotonic()
        self.process = launch({**ports, **environment})
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        until(lambda: self._ready() or self.process.poll() is not None, 30, what="the ready line")
        self.seconds_to_ready = time.monotonic() - self.started
        assert self._ready(), self.said()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            self.lines.extend(stream)

    def _ready(self) -> bool:
        return any(line.strip() == f"ready {self.url}" for line in list(self.lines))

    def said(self) -> str:
        """All it has written so far."""
        return "".join(list(self.lines))

    def stop(self) -> int:
        """End it as Ctrl-C does; the exit code."""
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self._reader.join(5)

    # HTTP

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request; whatever it is, the answer is no 500 and shows no stack trace."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {**(headers or {}), "Connection": "close"})
            response = connection.getresponse()
            data = response.read()
        finally:
            connection.close()
        answer = Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, data)
        assert answer.status < 500, f"{method} {path[:200]}: {answer.status} {answer.text[:2000]}"
        for trace in ("Traceback (most recent", 'File "/', '.py", line'):
            assert trace not in answer.text, answer.text[:2000]
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, None, {name.replace("_", "-"): value for name, value in headers.items()})

    def citizen(self, tracking: str, key: str = "", query: str = "") -> Any:
        """A report as the public's JSON (with the key: as its reporter's)."""
        headers = {"Accept": "application/json", **({"X-Report-Key": key} if key else {})}
        answer = self.call("GET", f"/reports/{tracking}{query}", None, headers)
        assert answer.status == 200, (answer.status, answer.text)
        return answer.json

    def words(self, tracking: str) -> str:
        """What a report says, as the staff reads it: the public sees words of one's own once somebody has read them."""
        return str(self.staff("GET", f"/reports/{tracking}").json["problem"])

    def status(self, tracking: str) -> str:
        return str(self.citizen(tracking)["status"]["code"])

    # city apps

    def app(self, channel: str, body: Any, message_id: str | None = None) -> Answer:
        """A webhook of a city app, rightly signed now."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return self.call("POST", f"/channels/{channel}", raw, signed(channel, raw, message_id or fresh("msg")))

    def report(self, channel: str = "jaki", **changes: Any) -> dict[str, Any]:
        """A complete report is sent in; the answer's JSON."""
        answer = self.app(channel, complete(**changes))
        assert answer.status == 200, (answer.status, answer.text)
        return dict(answer.json)

    # SMS

    def sms(self, text: str, sender: str, sid: str | None = None, **fields: str) -> Answer:
        form = sms_form(text, sender, sid, **fields)
        return self.call("POST", "/channels/sms", urlencode(form).encode(), self.sms_headers(form))

    def sms_headers(self, form: Mapping[str, str]) -> dict[str, str]:
        validator = RequestValidator(SECRETS["sms"]["auth_token"])
        return {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": validator.compute_signature(f"{self.url}/channels/sms", form),
        }

    # e-mail

    def mail(self, raw: bytes, sender: str, to: str = "dki@jakarta.go.id") -> None:
        """Deliver a raw mail over SMTP; an empty sender is the null return path."""
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=60) as client:
            client.sendmail(sender, [to], re.sub(rb"\r?\n", b"\r\n", raw))

    # staff

    def token(self, role: str, **claims: str) -> str:
        query = urlencode({"role": role, **claims})
        if query not in self._tokens:
            self._tokens[query] = str(self.get(f"/_local/token?{query}").json["token"])
        return self._tokens[query]

    def staff(
        self, method: str, path: str, body: Any = None, *, role: str = "admin", key: str = "", **claims: str
    ) -> Answer:
        headers = {
            "Authorization": f"Bearer {self.token(role, **claims)}",
            "Accept": "application/json",
            **({"Content-Type": "application/json"} if body is not None else {}),
            **({"Idempotency-Key": key} if key else {}),
        }
        return self.call(method, f"/staff{path}", None if body is None else json.dumps(body).encode(), headers)

    def act(
        self, tracking: str, action: str, body: Any = None, *, role: str = "admin", key: str = "", **claims: str
    ) -> Answer:
        """An action on a report by somebody of the staff."""
        return self.staff("POST", f"/reports/{tracking}/{action}", body or {}, role=role, key=key, **claims)

    def agency(
        self, tracking: str, action: str, body: Any = None, *, agency: str = "bina-marga", key: str = ""
    ) -> Answer:
        return self.act(tracking, action, body, role="agency", key=key, agency=agency)

    def queue(self, name: str = "", limit: int = 100, pages: int = 60, **who: str) -> list[dict[str, Any]]:
        """A whole queue, page by page."""
        rows: list[dict[str, Any]] = []
        cursor = ""
        for _ in range(pages):
            query = {"limit": str(limit), **({"queue": name} if name else {}), **({"cursor": cursor} if cursor else {})}
            answer = self.staff("GET", f"/reports?{urlencode(query)}", **({"role": "admin"} | who))
            assert answer.status == 200, (answer.status, answer.text)
            rows.extend(answer.json["items"])
            cursor = answer.json["next"] or ""
            if not cursor:
                break
        return rows

    # what was sent

    def outbox(self, **query: str) -> list[dict[str, Any]]:
        """What was sent, newest first."""
        sent = self.get(f"/_local/outbox?{urlencode({'limit': '10000'} | query)}").json
        assert isinstance(sent, list)
        return sent

    def to(self, recipient: str, count: int = 1, seconds: float = 8) -> list[str]:
        """The texts sent to this person, oldest first, once there are at least `count`."""

        def texts() -> list[str]:
            found = [entry["text"] for entry in self.outbox(to=recipient)]
            return found[::-1] if len(found) >= count else []

        return list(until(texts, seconds, what=f"{count} texts to {recipient}"))

    def events(self, tracking: str, topic: str = "", kind: str = "") -> list[dict[str, Any]]:
        """The CloudEvents published about a report, oldest first."""
        found = []
        for entry in reversed(self.outbox(tracking=tracking)):
            if entry["channel"] != "sns":
                continue
            event = entry["message"]
            if topic in str(entry["to"]) and str(event.get("type", "")).rsplit(".", 1)[-1].endswith(kind):
                found.append({**event, "_to": entry["to"]})
        return found

    def quiet(self, seconds: float = 0.3, *, figures: bool = False) -> None:
        """Wait until nothing more is being sent: twice, with a pause between, nothing waits for a function and the outbox is
        what it was. Figures and alerts, which are gathered for some seconds, are waited for where `figures` says so."""
        end = time.monotonic() + PATIENCE
        last: object = None
        while time.monotonic() < end:
            waiting = self.get("/_local/pending").json
            if not figures:
                waiting.pop("tallies", None)
            now = None if waiting else [self.outbox(limit="1")]
            if now is not None and now == last:
                return
            last = now
            time.sleep(seconds if now else 0.05)


def launch(environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """`python -m local` with these settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TANGGAP", "SLA_"))}
    for name in ("PORT", "SMTP_PORT", "CITY", "PUBLIC_URL", "STAGE"):
        clean.pop(name, None)
    return subprocess.Popen(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env={**clean, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def fresh(prefix: str) -> str:
    """A name never used before, without digits that might be taken for a phone's."""
    return f"{prefix}-{uuid.uuid4().hex[:16].translate(str.maketrans('0123456789', 'ghijklmnop'))}"


def phone() -> str:
    """A mobile number never used before."""
    return f"+62812{uuid.uuid4().int % 10**8:08d}"


def complete(**changes: Any) -> dict[str, Any]:
    """A city app's complete report of a hole in a street near Monas; a change to None leaves the field out."""
    number = next(_numbers)
    body: dict[str, Any] = {
        "id": fresh("r"),
        "created_at": datetime.now(UTC).isoformat(),
        "text": f"Jalan berlubang sedalam 30 cm di depan halte, lubang ke-{number}, pengendara motor jatuh.",
        "reporter": {"name": "Siti Rahmawati", "address": "Jl. Kebon Sirih No. 45, Gambir"},
        "location": {**MONAS, "landmark": "depan Monas"},
        "category": "jalan",
    }
    body.update(changes)
    return {name: value for name, value in body.items() if value is not None}


def signed(channel: str, raw: bytes, message_id: str, at: float | None = None, secret: str = "") -> dict[str, str]:
    """The headers of a city app's webhook, by the standardwebhooks library (an independent signer)."""
    moment = datetime.fromtimestamp(time.time() if at is None else at, UTC)
    hook = Webhook(secret or SECRETS[channel]["secret"])
    signature = hook.sign(message_id, moment, raw.decode("utf-8", "surrogateescape")) if _utf8(raw) else "v1,"
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signature,
    }


def _utf8(raw: bytes) -> bool:
    with contextlib.suppress(UnicodeDecodeError):
        raw.decode()
        return True
    return False


def sign_raw(channel: str, raw: bytes, message_id: str) -> dict[str, str]:
    """As `signed`, for bytes that are no UTF-8."""
    import hashlib
    import hmac

    key = base64.b64decode(SECRETS[channel]["secret"].removeprefix("whsec_"))
    now = str(int(time.time()))
    digest = hmac.digest(key, f"{message_id}.{now}.".encode() + raw, hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": now,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def sms_form(text: str, sender: str, sid: str | None = None, **fields: str) -> dict[str, str]:
    """The fields Twilio posts."""
    return {
        "MessageSid": sid or f"SM{uuid.uuid4().hex}",
        "AccountSid": SECRETS["sms"].get("account_sid", "AC0"),
        "From": sender,
        "To": SECRETS["sms"].get("from_number", "+6280000001708"),
        "Body": text,
        "NumMedia": "0",
        "NumSegments": "1",
        **fields,
    }


@dataclass
class Subscriber:
    """An agency's own endpoint: confirms its subscription and keeps what it is sent after checking the signature."""

    certificate_hosts: set[str]
    received: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    confirmed: queue.Queue[str] = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        subscriber = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                subscriber._take(raw, {name.lower(): value for name, value in self.headers.items()})
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/sns"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _take(self, raw: bytes, headers: Mapping[str, str]) -> None:
        message = json.loads(raw)
        wrong = sns_mistake(message, self.certificate_hosts)
        if wrong:
            self.refused.append(wrong)
            return
        if message["Type"] == "SubscriptionConfirmation":
            status = fetch(message["SubscribeURL"])[0]
            assert status == 200
            self.confirmed.put(message["TopicArn"])
        else:
            self.received.append({"raw": raw.decode(), "headers": headers, "at": time.monotonic(), **message})

    def about(self, tracking: str) -> list[dict[str, Any]]:
        """The CloudEvents about a report, each with the envelope under `_envelope`."""
        events = [(json.loads(message["Message"]), message) for message in list(self.received)]
        return [{**event, "_envelope": message} for event, message in events if event.get("subject") == tracking]


def fetch(url: str) -> tuple[int, bytes]:
    """GET on loopback."""
    parts = urlsplit(url)
    assert parts.hostname in {"127.0.0.1", "localhost"}, url
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    connection.request("GET", f"{parts.path}?{parts.query}")
    response = connection.getresponse()
    answer = response.status, response.read()
    connection.close()
    return answer


def sns_mistake(message: Mapping[str, Any], certificate_hosts: set[str]) -> str:
    """Why an SNS message is not to be believed ('' when it is), after AWS's description of the signature."""
    names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{message[name]}\n" for name in names if message.get(name) is not None)
    url = str(message.get("SigningCertURL", ""))
    if urlsplit(url).netloc not in certificate_hosts:
        return f"the certificate is not from the local run: {url}"
    key = x509.load_pem_x509_certificate(fetch(url)[1]).public_key()
    version = {"1": hashes.SHA1, "2": hashes.SHA256}[message["SignatureVersion"]]
    try:
        key.verify(base64.b64decode(message["Signature"]), text.encode(), padding.PKCS1v15(), version())  # type: ignore
    except Exception as error:
        return f"the signature is wrong: {type(error).__name__}"
    return ""
