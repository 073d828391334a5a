"""The example endpoint of an agency, against real messages of AWS and forged ones."""

import http.server
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from examples.skpd_receiver import Desk, Endpoint, RefusedError, pinned, verify
from local.signing import Signer, as_sent

GOLDEN = Path(__file__).parent / "golden"
CERTIFICATE = (GOLDEN / "certificate.pem").read_bytes()
THEN = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)  # the golden certificate ended on 2026-10-14
NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
ARN = "arn:aws:sns:ap-southeast-3:123456789012:tanggap-local-agency-bina-marga"


def golden(name: str) -> dict[str, Any]:
    message: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text())
    return message


def fetch(url: str) -> bytes:
    assert url.startswith("https://sns.us-west-2.amazonaws.com/")
    return CERTIFICATE


@pytest.mark.parametrize("name", ["notification_no_subject_v1", "notification_v2", "subscription_confirmation_v1"])
def test_real_messages_of_aws_are_believed(name: str) -> None:
    message = golden(name)
    verify(message, now=THEN, fetch=fetch)
    verify(message, now=THEN, fetch=fetch, topic_arn=message["TopicArn"])


@pytest.mark.parametrize("name", ["notification_no_subject_v1", "notification_v2", "subscription_confirmation_v1"])
@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("Message", "Another text", "signature is wrong"),
        ("MessageId", "0", "signature is wrong"),
        ("Timestamp", "2026-03-06T20:00:27.000Z", "signature is wrong"),
        ("Signature", "AAAA", "signature is wrong"),
        ("Signature", "not base64!", "signature is wrong"),
        ("Signature", None, "missing"),
        ("SigningCertURL", None, "missing"),
        ("SignatureVersion", "3", "version is unknown"),
        ("SignatureVersion", None, "version is unknown"),
        ("Type", "Other", "type is unknown"),
        ("TopicArn", "arn:aws:sns:eu-west-1:131990247566:x", "not the pinned host"),
    ],
)
def test_a_changed_message_is_refused(name: str, field: str, value: str | None, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        verify(golden(name) | {field: value}, now=THEN, fetch=fetch)


def test_the_versions_are_not_interchangeable() -> None:
    with pytest.raises(RefusedError, match="signature is wrong"):
        verify(golden("notification_v2") | {"SignatureVersion": "1"}, now=THEN, fetch=fetch)


def test_the_topic_is_pinned() -> None:
    with pytest.raises(RefusedError, match="not the one expected"):
        verify(golden("notification_v2"), now=THEN, fetch=fetch, topic_arn=ARN)


@pytest.mark.parametrize("now", [NOW, datetime(2025, 11, 9, tzinfo=UTC)])
def test_the_certificate_must_be_valid_now(now: datetime) -> None:
    with pytest.raises(RefusedError, match="not valid now"):
        verify(golden("notification_v2"), now=now, fetch=fetch)


def test_a_certificate_that_is_none() -> None:
    with pytest.raises(RefusedError, match="cannot be read"):
        verify(golden("notification_v2"), now=THEN, fetch=lambda _: b"<html>")


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.ap-southeast-3.amazonaws.com/a.pem",
        "https://sns.ap-southeast-1.amazonaws.com/a.pem",
        "https://sns.ap-southeast-3.amazonaws.com.evil.example/a.pem",
        "https://evil.example/sns.ap-southeast-3.amazonaws.com/a.pem",
        "https://sns.ap-southeast-3.amazonaws.com@evil.example/a.pem",
        "https://sns.ap-southeast-3.amazonaws.com:8443/a.pem",
        "https://bucket.s3.ap-southeast-3.amazonaws.com/a.pem",
        "http://127.0.0.1:8000/_local/sns.pem",
        "file:///etc/hostname",
        "",
    ],
)
def test_other_hosts_than_sns_are_refused(url: str) -> None:
    with pytest.raises(RefusedError, match="not the pinned host"):
        pinned(url, cert_host=None, topic_arn=ARN)


def test_the_right_hosts() -> None:
    pinned("https://sns.ap-southeast-3.amazonaws.com/a.pem", cert_host=None, topic_arn=ARN)
    pinned("http://127.0.0.1:8000/_local/sns.pem", cert_host="127.0.0.1", topic_arn=ARN)
    pinned("https://proxy.kota.example/a.pem", cert_host="proxy.kota.example", topic_arn=ARN)
    for url in ("http://proxy.kota.example/a.pem", "http://127.0.0.1/a.pem"):
        with pytest.raises(RefusedError):
            pinned(url, cert_host="proxy.kota.example", topic_arn=ARN)


class City(http.server.ThreadingHTTPServer):
    """Stands in for the city's API, the certificate's host and the subscription link."""

    daemon_threads = True

    def __init__(self, certificate: bytes) -> None:
        self.certificate = certificate
        self.calls: list[tuple[str, str, dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        super().__init__(("127.0.0.1", 0), _CityHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def wait_for(self, number: int) -> list[tuple[str, str, dict[str, str], bytes]]:
        deadline = time.monotonic() + 60
        while len(self.calls) < number:
            assert time.monotonic() < deadline, self.calls
            time.sleep(0.01)
        return self.calls


class _CityHandler(http.server.BaseHTTPRequestHandler):
    server: City

    def do_GET(self) -> None:
        if not self.path.endswith("sns.pem"):
            self.server.calls.append(("GET", self.path, {}, b""))
        self._answer(200, self.server.certificate)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append(("POST", self.path, dict(self.headers), body))
        self._answer(self.server.statuses.pop(0) if self.server.statuses else 200, b"{}")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def signer() -> Signer:
    return Signer("set by the city", NOW - timedelta(days=1))


@pytest.fixture
def city(signer: Signer) -> Iterator[City]:
    server = City(signer.certificate)
    signer.certificate_url = f"{server.url}/_local/sns.pem"
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def endpoint(city: City) -> Iterator[Endpoint]:
    desk = Desk(api=city.url, token="secret-token", work=0, note="Sudah ditambal.")
    server = Endpoint(0, desk, cert_host="127.0.0.1", topic_arn=ARN)
    yield server
    server.server_close()


def notification(signer: Signer, event: dict[str, Any], **changed: str) -> bytes:
    message: dict[str, object] = {
        "Type": "Notification",
        "MessageId": "m",
        "TopicArn": ARN,
        "Message": json.dumps(event),
        "Timestamp": "2026-11-21T07:00:00.000Z",
    }
    return as_sent(signer.signed(message | changed))


EVENT = {"specversion": "1.0", "id": "JKT-7K3M-92QX-4HTC#3", "type": "dispatched", "subject": "JKT-7K3M-92QX-4HTC"}


def test_a_dispatched_report_is_accepted_and_resolved_once(city: City, signer: Signer, endpoint: Endpoint) -> None:
    city.statuses = [503]
    for _ in range(3):
        endpoint.receive(notification(signer, EVENT), NOW)
    calls = city.wait_for(3)
    time.sleep(0.1)
    assert [path.rsplit("/", 1)[1] for _, path, _, _ in calls] == ["accept", "accept", "resolve"]
    assert calls[0][1] == "/staff/reports/JKT-7K3M-92QX-4HTC/accept"
    assert calls[0][2]["Authorization"] == "Bearer secret-token"
    assert [headers["Idempotency-Key"] for _, _, headers, _ in calls] == [
        "JKT-7K3M-92QX-4HTC#3.accept",
        "JKT-7K3M-92QX-4HTC#3.accept",
        "JKT-7K3M-92QX-4HTC#3.resolve",
    ]
    assert json.loads(calls[2][3]) == {"note": "Sudah ditambal."}


def test_what_the_city_refuses_is_not_tried_again(city: City, signer: Signer, endpoint: Endpoint) -> None:
    city.statuses = [409]
    endpoint.receive(notification(signer, EVENT), NOW)
    city.wait_for(1)
    time.sleep(0.1)
    assert len(city.calls) == 1


@pytest.mark.parametrize("event", [EVENT | {"type": "reminded"}, {"id": "x"}, EVENT | {"subject": ""}])
def test_other_events_are_only_read(city: City, signer: Signer, endpoint: Endpoint, event: dict[str, Any]) -> None:
    endpoint.receive(notification(signer, event), NOW)
    time.sleep(0.05)
    assert city.calls == []


def test_forgeries_do_nothing(city: City, signer: Signer, endpoint: Endpoint) -> None:
    stranger = Signer(signer.certificate_url, NOW - timedelta(days=1))
    bodies = [
        notification(stranger, EVENT),
        notification(signer, EVENT, TopicArn=ARN + "-other"),
        b"{}",
        b"[]",
        b"\xff",
        b"",
    ]
    for body in bodies:
        with pytest.raises(RefusedError):
            endpoint.receive(body, NOW)
    assert city.calls == []


def test_a_subscription_is_confirmed_on_the_pinned_host_only(city: City, signer: Signer, endpoint: Endpoint) -> None:
    message: dict[str, object] = {
        "Type": "SubscriptionConfirmation",
        "MessageId": "m",
        "TopicArn": ARN,
        "Token": "t",
        "Message": "You have chosen …",
        "SubscribeURL": f"{city.url}/?Action=ConfirmSubscription&Token=t",
        "Timestamp": "2026-11-21T07:00:00.000Z",
    }
    with pytest.raises(RefusedError, match="not the pinned host"):
        endpoint.receive(as_sent(signer.signed(message | {"SubscribeURL": "http://evil.example/x"})), NOW)
    endpoint.receive(as_sent(signer.signed(message)), NOW)
    assert city.wait_for(1) == [("GET", "/?Action=ConfirmSubscription&Token=t", {}, b"")]
