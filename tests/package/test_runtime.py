"""The package under Lambda's runtime client, against moto on loopback: what the zip lacks, or a role's environment, fails here."""

import base64
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from local.resources import Resources
from tests.package.events import ADDRESS, JAKI_SECRET, NAME, PHONE, REGION, inserted, queued, scheduled, webhook
from tests.package.lambda_runtime import Function, link_runtime_client

pytestmark = pytest.mark.package

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
PARAMETERS = {
    "Stage": "dev",
    "City": "jakarta",
    "PublicUrl": "https://lapor.kota.example",
    "MailFrom": "lapor@kota.example",
    "JwtIssuer": "https://masuk.kota.example",
    "JwtAudience": "tanggap",
    "JwksUrl": "https://masuk.kota.example/jwks.json",
}
SECRETS = {
    "core/numbering": "a numbering secret of the test",
    "core/keys": "a master key of the test",
    "inbound/jaki/secret": "whsec_" + base64.b64encode(JAKI_SECRET).decode(),
    "outbound/jaki/secret": "whsec_" + base64.b64encode(b"the way back, also 32 bytes long").decode(),
}


class CityApp(ThreadingHTTPServer):
    """The city app's own webhook: keeps what it is sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receives)
        self.received: list[dict[str, Any]] = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


class _Receives(BaseHTTPRequestHandler):
    server: CityApp

    def do_POST(self) -> None:
        self.server.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Silence."""


class Aws:
    """moto in a process of its own, on a free port of loopback."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 30
        while not _listens(port):
            assert time.monotonic() < until, "moto did not start"
            time.sleep(0.05)

    def client(self, service: str) -> Any:
        return botocore.session.Session().create_client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    server = Aws()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def city_app() -> Iterator[CityApp]:
    app = CityApp()
    yield app
    app.shutdown()
    app.server_close()


@pytest.fixture(scope="module")
def environment(aws: Aws, city_app: CityApp, template: dict[str, Any]) -> dict[str, str]:
    """The resources of the template that is deployed, made in moto, and what it tells every function."""
    resources = Resources(aws, template, PARAMETERS)  # type: ignore[arg-type]  # only its clients are asked for
    resources.create()
    callback = {"outbound/jaki/callback_url": f"http://127.0.0.1:{city_app.server_port}/tanggap"}
    for name, value in {**SECRETS, **callback}.items():
        aws.client("ssm").put_parameter(Name=f"/tanggap/dev/{name}", Value=value, Type="SecureString")
    given = resources.resolver.resolve(template["Globals"]["Function"]["Environment"]["Variables"])
    return {
        **given,
        **CREDENTIALS,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/f",
        "AWS_LAMBDA_LOG_STREAM_NAME": "s",
    }


@pytest.fixture(scope="module")
def functions(
    environment: dict[str, str], task_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Function]]:
    """One warm instance of each function, started when first used. When all is done, no log may hold an identity."""
    started = _Started(environment, task_root, link_runtime_client(tmp_path_factory.mktemp("runtime")))
    yield started
    for function in started.values():
        function.close()
    for name, function in started.items():
        for secret in (NAME, ADDRESS, PHONE, *SECRETS.values()):
            assert secret not in function.log, f"{name} logs {secret}"


class _Started(dict[str, Function]):
    def __init__(self, environment: dict[str, str], task_root: Path, runtime_client: Path) -> None:
        self._made_of = (task_root, runtime_client)
        self._environment = environment

    def __missing__(self, name: str) -> Function:
        environment = {**self._environment, "AWS_LAMBDA_FUNCTION_NAME": f"tanggap-dev-{name}"}
        self[name] = Function(f"app.{name}", *self._made_of, environment)
        return self[name]


def reported(functions: dict[str, Function], text: str) -> str:
    """A new report through the packaged HTTP function: its tracking number."""
    answer = functions["app"].invoke(webhook(text))
    assert answer["statusCode"] == 200, answer
    return str(json.loads(answer["body"])["tracking"])


def item(aws: Aws, tracking: str) -> dict[str, Any]:
    key = {"tracking": {"S": tracking}}
    return dict(aws.client("dynamodb").get_item(TableName="tanggap-dev-reports", Key=key)["Item"])


def reports(aws: Aws) -> int:
    return int(aws.client("dynamodb").scan(TableName="tanggap-dev-reports", Select="COUNT")["Count"])


def announced(aws: Aws) -> list[str]:
    """Everything that report-events has put into the queue of the replies; the queue is empty afterwards."""
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName="tanggap-dev-replies")["QueueUrl"]
    bodies: list[str] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            bodies.append(message["Body"])
    return bodies


def test_a_signed_webhook_becomes_one_report(aws: Aws, functions: dict[str, Function]) -> None:
    request = webhook("Jalan berlubang besar, motor jatuh", message="msg_once")
    first, again = functions["app"].invoke(request), functions["app"].invoke(request)
    assert (first["statusCode"], again["statusCode"]) == (200, 200)
    tracking = json.loads(first["body"])["tracking"]
    assert json.loads(again["body"])["tracking"] == tracking
    assert tracking.startswith("JKT-")
    stored = json.dumps(item(aws, tracking), default=repr)
    assert NAME not in stored
    assert PHONE not in stored


def test_a_forged_webhook_is_refused_and_nothing_is_stored(aws: Aws, functions: dict[str, Function]) -> None:
    before = reports(aws)
    answer = functions["app"].invoke(webhook("palsu", secret=b"another secret"))
    assert answer["statusCode"] == 401
    assert reports(aws) == before


def test_a_poison_record_stops_the_batch_there_and_is_reported_alone(aws: Aws, functions: dict[str, Function]) -> None:
    first, poisoned, last = (item(aws, reported(functions, f"Lubang nomor {n}")) for n in ("satu", "dua", "tiga"))
    announced(aws)
    poison = {**poisoned, "facts": {"S": "{broken"}}
    batch = {"Records": [inserted(first, 101), inserted(poison, 102), inserted(last, 103)]}
    assert functions["relay"].invoke(batch) == {"batchItemFailures": [{"itemIdentifier": "102"}]}
    told = announced(aws)
    assert told
    assert all(first["tracking"]["S"] in body for body in told)
    rest = {"Records": [inserted(poisoned, 102), inserted(last, 103)]}
    assert functions["relay"].invoke(rest) == {"batchItemFailures": []}
    told = announced(aws)
    assert {n for n in (poisoned["tracking"]["S"], last["tracking"]["S"]) if n in "".join(told)} == {
        poisoned["tracking"]["S"],
        last["tracking"]["S"],
    }
    for body in told:
        assert not {s for s in (NAME, ADDRESS, PHONE) if s in body}


def test_an_agency_without_subscriber_is_measured_where_the_alarm_looks(
    aws: Aws, functions: dict[str, Function], template: dict[str, Any]
) -> None:
    """The report above was dispatched at once, and nobody listens for the agency here."""
    functions["relay"].invoke({"Records": [inserted(item(aws, reported(functions, "Lubang lagi")), 201)]})
    lines = [json.loads(line) for line in functions["relay"].log.splitlines() if line.startswith("{")]
    measured = [line for line in lines if "AgencyWithoutSubscriber" in line]
    assert measured
    alarm = template["Resources"]["AgencyWithoutSubscriberAlarm"]["Properties"]
    (metrics,) = measured[-1]["_aws"]["CloudWatchMetrics"]
    assert metrics["Namespace"] == alarm["Namespace"]
    assert metrics["Dimensions"] == [[dimension["Name"] for dimension in alarm["Dimensions"]]]
    assert alarm["Dimensions"][0]["Value"]["Fn::Sub"].replace("${Stage}", "dev") == measured[-1]["service"]


def test_a_poison_message_is_reported_alone_and_the_reporter_hears_once(
    aws: Aws, city_app: CityApp, functions: dict[str, Function]
) -> None:
    tracking = reported(functions, "Lampu jalan mati")
    announced(aws)
    functions["relay"].invoke({"Records": [inserted(item(aws, tracking), 301)]})
    good, poison = [queued(body) for body in announced(aws)], queued("{not json")
    assert good
    answer = functions["replies"].invoke({"Records": [*good, poison, *good]})
    assert answer == {"batchItemFailures": [{"itemIdentifier": poison["messageId"]}]}
    told = [(sent["tracking"], sent["seq"]) for sent in city_app.received if sent["tracking"] == tracking]
    assert told
    assert len(told) == len(set(told))


def test_the_schedules_run(functions: dict[str, Function]) -> None:
    for name in ("sweep", "reconcile"):
        assert isinstance(functions[name].invoke(scheduled(name)), dict)


def test_who_reported_is_opened_for_a_reason_only(aws: Aws, functions: dict[str, Function]) -> None:
    tracking = reported(functions, "Trotoar rusak")
    ask = {"tracking": tracking, "role": "admin", "who": "petugas satu"}
    assert NAME not in json.dumps(functions["identity"].invoke({**ask, "why": " "}))
    assert functions["identity"].invoke({**ask, "why": "menelepon pelapor"})["name"] == NAME
    assert "identity_viewed" in json.dumps(item(aws, tracking), default=repr)
