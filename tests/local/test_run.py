"""The whole local run, once, in a process of its own, against a stub of app.py."""

import base64
import hashlib
import hmac
import http.server
import json
import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import botocore.session
import jwt
import pytest
from botocore.exceptions import ClientError

from examples.skpd_receiver import get, verify

PROJECT = Path(__file__).parent.parent.parent
REGION = "ap-southeast-3"
RETRIES = 3
SECRETS = tomllib.loads((PROJECT / "local" / "secrets.toml").read_text())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(check: Callable[[], Any], seconds: float = 60) -> Any:
    """What `check` gives once it is true."""
    deadline = time.monotonic() + seconds
    while not (value := check()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return value


class Run:
    """A local run in its own process."""

    def __init__(self, template: Path, **settings: str) -> None:
        self.ports = {name: free_port() for name in ("PORT", "AWS_PORT", "SMTP_PORT")}
        environment = {
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "http_proxy": "http://127.0.0.1:1",
        }
        environment |= {name: str(port) for name, port in self.ports.items()} | settings
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local", "--app", "tests.local.stub_app", "--template", str(template)],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.url, self.aws = f"http://127.0.0.1:{self.ports['PORT']}", f"http://127.0.0.1:{self.ports['AWS_PORT']}"
        self.greeting = [self.process.stdout.readline().strip() for _ in range(3)]
        self._session = botocore.session.Session()
        self._session.set_credentials("local", "local")

    def client(self, service: str) -> Any:
        return self._session.create_client(service, region_name=REGION, endpoint_url=self.aws)

    def call(
        self, path: str, body: bytes | None = None, method: str | None = None, **headers: str
    ) -> tuple[int, bytes]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, data=body, headers=named, method=method)
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def get(self, path: str) -> Any:
        return json.loads(self.call(path)[1])

    def report(self, tracking: str) -> None:
        body = json.dumps({"id": tracking, "text": "Jalan berlubang"}).encode()
        assert self.call("/channels/jaki", body, Content_Type="application/json")[0] == 200

    def seen(self, function: str, **wanted: str) -> list[Any]:
        calls = [call for call in self.get("/seen") if call["function"] == function]
        return [call for call in calls if all(call.get(name) == value for name, value in wanted.items())]

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        started = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(5)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code, time.monotonic() - started


class Subscriber(http.server.ThreadingHTTPServer):
    """An agency's endpoint: keeps what it was sent, and answers `status`."""

    daemon_threads = True

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.statuses: list[int] = []
        super().__init__(("127.0.0.1", 0), _Taker)
        self.url = f"http://127.0.0.1:{self.server_port}/"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def messages(self, kind: str) -> list[dict[str, Any]]:
        return [message for _, message in self.received if message["Type"] == kind]


class _Taker(http.server.BaseHTTPRequestHandler):
    server: Subscriber

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        if status == 200:
            self.server.received.append(({k.lower(): v for k, v in self.headers.items()}, json.loads(body)))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template that is deployed, but for one number: a record is given up sooner."""
    document = json.loads((PROJECT / ".chalice" / "resources.json").read_text())
    events = document["Resources"]["Relay"]["Properties"]["Events"]
    events["RelayDynamodbEventSource"]["Properties"]["MaximumRetryAttempts"] = RETRIES
    path = tmp_path_factory.mktemp("template") / "resources.json"
    path.write_text(json.dumps(document))
    return path


@pytest.fixture(scope="module")
def run(template: Path) -> Iterator[Run]:
    started = time.monotonic()
    running = Run(template)
    running.ready_after = time.monotonic() - started  # type: ignore[attr-defined]
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    server = Subscriber()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def topic(run: Run) -> str:
    return str(run.client("sns").create_topic(Name="tanggap-local-agency-bina-marga")["TopicArn"])


@pytest.fixture
def confirmed(run: Run, subscriber: Subscriber, topic: str) -> Subscriber:
    run.client("sns").subscribe(TopicArn=topic, Protocol="http", Endpoint=subscriber.url)
    (message,) = eventually(lambda: subscriber.messages("SubscriptionConfirmation"))
    get(message["SubscribeURL"])
    return subscriber


def test_it_says_where_it_is(run: Run) -> None:
    assert run.greeting == [f"ready {run.url}", f"aws {run.aws}", f"smtp 127.0.0.1:{run.ports['SMTP_PORT']}"]


def test_the_environment_comes_from_the_template_and_the_settings(run: Run) -> None:
    told = run.get("/environment")
    assert told["STAGE"] == "local"
    assert told["CITY"] == "jakarta"
    assert told["PUBLIC_URL"] == run.url
    assert told["MAIL_BUCKET"] == "tanggap-local-mail-123456789012"
    assert told["KMS_KEY_ID"].startswith(f"arn:aws:kms:{REGION}:")


def test_the_resources_of_the_template_are_there_for_other_processes(run: Run) -> None:
    tables = run.client("dynamodb").list_tables()["TableNames"]
    names = ("reports", "conversations", "deliveries", "photos", "channels", "desk", "tallies", "followers")
    assert set(tables) == {f"tanggap-local-{name}" for name in names}
    alias = run.client("kms").describe_key(KeyId="alias/tanggap-local")["KeyMetadata"]
    assert alias["Enabled"]
    parameter = run.client("ssm").get_parameter(Name="/tanggap/local/inbound/jaki/secret", WithDecryption=True)
    assert parameter["Parameter"]["Value"] == SECRETS["channels"]["jaki"]["secret"]
    callback = run.client("ssm").get_parameter(Name="/tanggap/local/outbound/jaki/callback_url", WithDecryption=True)
    assert callback["Parameter"]["Value"] == f"{run.url}/_local/providers/apps/jaki"


def test_updates_are_those_of_dynamodb(run: Run) -> None:
    dynamodb, table, key = (
        run.client("dynamodb"),
        "tanggap-local-deliveries",
        {"tracking": {"S": "T"}, "destination": {"S": "d"}},
    )

    def update(expression: str, condition: str = "", **values: Any) -> Any:
        named = {f":{name}": value for name, value in values.items()}
        more = {"ConditionExpression": condition} if condition else {}
        more |= {"ExpressionAttributeValues": named} if named else {}
        return dynamodb.update_item(
            TableName=table, Key=key, UpdateExpression=expression, ReturnValues="ALL_NEW", **more
        )["Attributes"]

    one, text = {"N": "1"}, {"S": "x"}
    for count in ("1", "2"):  # the same expression twice: the first time there is no item
        made = update(
            "SET a = if_not_exists(a, :x), l = list_append(if_not_exists(l, :e), :l) ADD n :one",
            x=text,
            one=one,
            e={"L": []},
            l={"L": [text]},
        )
        assert made == key | {"a": text, "n": {"N": count}, "l": {"L": [text] * int(count)}}
    assert update("SET n = n + :one REMOVE l", one=one) == key | {"a": text, "n": {"N": "3"}}
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        update("SET a = :x", "attribute_not_exists(a) OR n < :one", x={"S": "y"}, one=one)
    assert update("SET a = :x", "attribute_exists(a) AND n > :one", x={"S": "y"}, one=one)["a"] == {"S": "y"}
    for wrong in ("SET a = :x SET b = :x", "SET a = :x, a = :x", "SET a = missing", "SET tracking = :x"):
        with pytest.raises(ClientError, match="ValidationException"):
            update(wrong, **({"x": text} if ":x" in wrong else {}))
    assert dynamodb.get_item(TableName=table, Key=key)["Item"]["n"] == {"N": "3"}


def test_http_answers(run: Run) -> None:
    assert run.call("/reports/JKT%2F1") == (200, b"JKT%2F1")
    assert run.call("/picture", Accept="application/octet-stream") == (200, b"\x00\xff")
    status, body = run.call("/nowhere", Authorization="Bearer x")
    assert (status, json.loads(body)["code"]) == (404, "unknown")
    status, body = run.call("/reports/x", b"{}", "PUT", Content_Type="application/json")
    assert (status, json.loads(body)["code"]) == (405, "method_not_allowed")
    status, body = run.call("/channels/jaki", b" " * 10_000_001, Content_Type="application/json")
    assert (status, json.loads(body)["code"]) == (413, "too_large")
    assert run.call("/reports/broken")[0] == 500
    form = json.dumps({"id": "JKT-FORM", "text": "x"}).encode()
    _, body = run.call("/channels/jaki", form, Content_Type="multipart/form-data; boundary=x")
    assert json.loads(body)["binary"] is True


def test_a_report_reaches_a_confirmed_subscriber_signed(run: Run, confirmed: Subscriber, topic: str) -> None:
    run.report("JKT-AAAA-0000-0001")
    (message,) = eventually(lambda: confirmed.messages("Notification"))
    verify(message, now=datetime.now(UTC), fetch=get, cert_host="127.0.0.1", topic_arn=topic)
    assert message["SignatureVersion"] == "2"
    assert json.loads(message["Message"])["subject"] == "JKT-AAAA-0000-0001"
    headers = confirmed.received[-1][0]
    assert headers["content-type"].startswith("text/plain")
    assert headers["x-amz-sns-message-type"] == "Notification"
    assert headers["x-amz-sns-message-id"] == message["MessageId"]
    assert headers["x-amz-sns-topic-arn"] == topic
    assert headers["x-amz-sns-subscription-arn"].startswith(topic + ":")
    assert len(eventually(lambda: run.seen("replies", tracking="JKT-AAAA-0000-0001"))) == 1


def test_the_stream_record_is_like_dynamodbs(run: Run) -> None:
    run.report("JKT-AAAA-0000-0002")
    (call,) = eventually(lambda: run.seen("relay", tracking="JKT-AAAA-0000-0002"))
    record = call["record"]
    assert record["eventName"] == "INSERT"
    assert record["awsRegion"] == REGION
    assert "table/tanggap-local-reports/stream/" in record["eventSourceARN"]
    assert isinstance(record["dynamodb"]["ApproximateCreationDateTime"], float)
    assert abs(record["dynamodb"]["ApproximateCreationDateTime"] - time.time()) < 60
    assert record["dynamodb"]["NewImage"]["sealed"] == {"B": base64.b64encode(b"\0\1").decode()}


def test_nothing_goes_to_a_subscriber_that_did_not_confirm(run: Run, subscriber: Subscriber, topic: str) -> None:
    sns = run.client("sns")
    answer = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=subscriber.url)
    assert answer["SubscriptionArn"] == "pending confirmation"
    (asked,) = eventually(lambda: subscriber.messages("SubscriptionConfirmation"))
    verify(asked, now=datetime.now(UTC), fetch=get, cert_host="127.0.0.1", topic_arn=topic)
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [s["SubscriptionArn"] for s in listed if s["Endpoint"] == subscriber.url] == ["PendingConfirmation"]
    before = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    sns.publish(TopicArn=topic, Message="early")
    with pytest.raises(sns.exceptions.InvalidParameterException):
        sns.confirm_subscription(TopicArn=topic, Token="wrong")
    arn = sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])["SubscriptionArn"]
    after = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert int(after["SubscriptionsConfirmed"]) == int(before["SubscriptionsConfirmed"]) + 1
    assert int(after["SubscriptionsPending"]) == int(before["SubscriptionsPending"]) - 1
    sns.publish(TopicArn=topic, Message="late", Subject="Perihal")
    (message,) = eventually(lambda: subscriber.messages("Notification"))
    assert (message["Message"], message["Subject"]) == ("late", "Perihal")
    verify(message, now=datetime.now(UTC), fetch=get, cert_host="127.0.0.1")
    sns.unsubscribe(SubscriptionArn=arn)


def test_filters_versions_and_retries(run: Run, subscriber: Subscriber) -> None:
    sns = run.client("sns")
    arn = sns.create_topic(Name="tanggap-local-agency-x", Attributes={"SignatureVersion": "1"})["TopicArn"]
    policy = {"FilterPolicy": json.dumps({"type": ["escalated"]})}
    sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=subscriber.url, Attributes=policy)
    sns.subscribe(TopicArn=arn, Protocol="http", Endpoint="http://127.0.0.1:1/dead")
    (asked,) = eventually(lambda: subscriber.messages("SubscriptionConfirmation"))
    get(asked["SubscribeURL"])
    subscriber.statuses[:] = [503, 503]
    for kind in ("dispatched", "escalated"):
        attributes = {"type": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=arn, Message=kind, MessageAttributes=attributes)
    (message,) = eventually(lambda: subscriber.messages("Notification"))
    assert message["Message"] == "escalated"
    assert message["SignatureVersion"] == "1"
    assert subscriber.statuses == []
    verify(message, now=datetime.now(UTC), fetch=get, cert_host="127.0.0.1", topic_arn=arn)


def test_e_mail_and_sms_subscriptions_land_in_the_outbox(run: Run) -> None:
    sns = run.client("sns")
    arn = sns.create_topic(Name="tanggap-local-agency-y")["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="dinas@kota.example")
    sns.subscribe(TopicArn=arn, Protocol="sms", Endpoint="+6280000000002")
    (asked,) = run.get("/_local/outbox?channel=email&to=dinas@kota.example")
    link = re.search(r"http://\S+ConfirmSubscription\S+", asked["text"])
    assert link is not None
    get(link.group())
    parts = json.dumps({"default": "{}", "email": "Surat", "sms": "SMS"})
    sns.publish(TopicArn=arn, Message=parts, MessageStructure="json")
    assert run.get("/_local/outbox?to=dinas@kota.example&limit=1")[0]["text"] == "Surat"
    assert [item["text"] for item in run.get("/_local/outbox?to=%2B6280000000002")] == ["SMS"]


def test_a_poison_record_is_isolated_and_kept_whole(run: Run) -> None:
    sns_before = len(run.get("/_local/outbox?channel=sns"))
    for tracking in ("JKT-BBBB-0000-0001", "JKT-POISON", "JKT-BBBB-0000-0002"):
        run.report(tracking)
    assert run.get("/_local/pending")["relay"] >= 1  # it is tried again, and what came after it waits
    eventually(lambda: run.seen("relay", tracking="JKT-BBBB-0000-0002"))
    assert len(run.seen("relay", tracking="JKT-POISON")) >= 1 + RETRIES
    s3, bucket = run.client("s3"), "tanggap-local-failures-123456789012"
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"] if "/relay/" in o["Key"]]
    (kept,) = [json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys]
    assert kept["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert kept["DDBStreamBatchInfo"]["batchSize"] == 1
    (record,) = json.loads(kept["payload"])["Records"]
    assert record["dynamodb"]["NewImage"]["tracking"] == {"S": "JKT-POISON"}
    assert eventually(lambda: len(run.get("/_local/outbox?channel=sns"))) == sns_before + 2
    eventually(lambda: run.get("/_local/pending") == {})


def test_the_outbox_names_topic_event_and_tracking(run: Run) -> None:
    run.report("JKT-CCCC-0000-0001")
    (item,) = eventually(lambda: run.get("/_local/outbox?tracking=JKT-CCCC-0000-0001"))
    assert item["channel"] == "sns"
    assert item["to"] == "tanggap-local-agency-bina-marga"
    assert item["message"]["type"] == "dispatched"
    assert datetime.fromisoformat(item["at"]).tzinfo is not None


def test_mail_comes_in_as_from_ses(run: Run) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Budi <budi@warga.example>", "lapor@kota.example", "Jalan rusak"
    mail["X-Local-Verdicts"] = "dmarc=FAIL spf=GRAY"
    mail.set_content("Jalan berlubang di depan kelurahan.")
    with smtplib.SMTP("127.0.0.1", run.ports["SMTP_PORT"]) as smtp:
        smtp.send_message(mail)
    (call,) = eventually(lambda: run.seen("receive_email"))
    assert call["name"] == "tanggap-local-receive_email"
    record = call["event"]["Records"][0]
    assert record["EventSource"] == "aws:sns"
    notice = json.loads(record["Sns"]["Message"])
    assert notice["notificationType"] == "Received"
    assert notice["receipt"]["dmarcVerdict"] == {"status": "FAIL"}
    assert notice["receipt"]["spfVerdict"] == {"status": "GRAY"}
    assert notice["receipt"]["dkimVerdict"] == {"status": "PASS"}
    assert notice["mail"]["commonHeaders"]["from"] == ["Budi <budi@warga.example>"]
    place = notice["receipt"]["action"]
    raw = run.client("s3").get_object(Bucket=place["bucketName"], Key=place["objectKey"])["Body"].read()
    assert raw.startswith(b"Return-Path: <budi@warga.example>\r\n")
    assert b"Subject: Jalan rusak" in raw


def test_a_put_by_somebody_else_is_told_of_by_s3_and_fails_for_good_into_the_bucket(run: Run) -> None:
    s3 = run.client("s3")
    s3.put_object(Bucket="tanggap-local-mail-123456789012", Key="inbound/it fails+1", Body=b"From: a@b.example\n\n")
    notice = eventually(lambda: len(told := notices(run)) == 3 and told)[0]
    assert notice["eventSource"] == "aws:s3"
    assert notice["s3"]["object"]["key"] == "inbound/it+fails%2B1"
    bucket = "tanggap-local-failures-123456789012"
    kept = eventually(
        lambda: s3.list_objects_v2(Bucket=bucket, Prefix="aws/lambda/async/receive_email/").get("Contents")
    )
    record = json.loads(s3.get_object(Bucket=bucket, Key=kept[0]["Key"])["Body"].read())
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestPayload"]["Records"][0]["EventSource"] == "aws:sns"


def notices(run: Run) -> list[Any]:
    """S3's own notices among what receive_email was called with."""
    messages = [json.loads(call["event"]["Records"][0]["Sns"]["Message"]) for call in run.seen("receive_email")]
    return [message["Records"][0] for message in messages if "Records" in message]


def test_mail_that_is_sent_lands_in_the_outbox(run: Run) -> None:
    raw = "From: lapor@kota.example\nTo: budi@warga.example\nSubject: Laporan JKT-7K3M-92QX-4HTC\nX-Y: z\n\nTerima kasih\n"
    destination = {"ToAddresses": ["budi@warga.example"]}
    run.client("sesv2").send_email(
        FromEmailAddress="lapor@kota.example", Destination=destination, Content={"Raw": {"Data": raw.encode()}}
    )
    (item,) = run.get("/_local/outbox?tracking=JKT-7K3M-92QX-4HTC")
    assert (item["channel"], item["to"], item["subject"]) == (
        "email",
        "budi@warga.example",
        "Laporan JKT-7K3M-92QX-4HTC",
    )
    assert item["text"].strip() == "Terima kasih"
    assert item["headers"]["X-Y"] == "z"


def test_the_stand_ins_of_providers_check_who_calls(run: Run) -> None:
    known = SECRETS["outbound"]["sms"]
    form = b"To=%2B6280000000001&From=%2B6280000001708&Body=JKT-7K3M-92QX-4HTD+diterima"
    path = f"/_local/providers/sms/2010-04-01/Accounts/{known['account_sid']}/Messages.json"
    basic = "Basic " + base64.b64encode(f"{known['account_sid']}:{known['auth_token']}".encode()).decode()
    kind = "application/x-www-form-urlencoded"
    assert run.call(path, form, Content_Type=kind, Authorization="Basic eDp5")[0] == 401
    status, body = run.call(path, form, Content_Type=kind, Authorization=basic)
    assert status == 201
    assert json.loads(body)["sid"].startswith("SM")
    (item,) = run.get("/_local/outbox?channel=sms&tracking=JKT-7K3M-92QX-4HTD")
    assert (item["to"], item["text"]) == ("+6280000000001", "JKT-7K3M-92QX-4HTD diterima")

    key = base64.b64decode(SECRETS["outbound"]["jaki"]["secret"].removeprefix("whsec_"))
    payload, now = (
        json.dumps({"type": "report.done", "data": {"tracking": "JKT-7K3M-92QX-4HTE"}}).encode(),
        int(time.time()),
    )
    digest = hmac.new(key, f"e1.{now}.".encode() + payload, hashlib.sha256).digest()
    headers = {"webhook-id": "e1", "webhook-timestamp": str(now), "Content-Type": "application/json"}
    signature = {"webhook-signature": "v1,bad v1," + base64.b64encode(digest).decode()}
    assert run.call("/_local/providers/apps/jaki", payload, **headers)[0] == 401
    assert run.call("/_local/providers/apps/jaki", payload + b" ", **headers, **signature)[0] == 401
    assert run.call("/_local/providers/apps/jaki", payload, **headers, **signature)[0] == 200
    assert run.get("/_local/outbox?tracking=JKT-7K3M-92QX-4HTE")[0]["channel"] == "jaki"


def test_tokens_and_their_keys(run: Run) -> None:
    token = run.get("/_local/token?role=agency&agency=bina-marga")["token"]
    for base in (run.url, run.aws):
        (key,) = jwt.PyJWKSet.from_dict(json.loads(get(f"{base}/_local/jwks.json"))).keys
    claims = jwt.decode(token, key, algorithms=["RS256"], audience="tanggap-local", issuer=f"{run.url}/_local")
    assert (claims["role"], claims["agency"]) == ("agency", "bina-marga")
    assert 11.9 < (claims["exp"] - time.time()) / 3600 <= 12
    assert jwt.get_unverified_header(token)["kid"] == key.key_id
    assert run.call("/_local/token?role=king")[0] == 422


def test_schedules_run_at_once(run: Run) -> None:
    assert json.loads(run.call("/_local/run/sweep", b"")[1]) == {"ran": "sweep", "result": {"swept": True}}
    assert json.loads(run.call("/_local/run/reconcile", b'{"days": 3}')[1])["result"] == {"days": 3}
    assert run.call("/_local/run/identity", b"")[0] == 404
    assert b"/_local/outbox" in run.call("/_local/")[1]


def test_a_port_in_use_is_said_plainly(run: Run) -> None:
    environment = {"PATH": os.environ["PATH"], "PORT": str(run.ports["PORT"])}
    environment |= {"AWS_PORT": str(free_port()), "SMTP_PORT": str(free_port())}
    done = subprocess.run([sys.executable, "-m", "local"], cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert f"port {run.ports['PORT']} is in use" in line
    assert "PORT=" in line


def test_it_sweeps_at_the_scaled_minute_and_ends_cleanly(template: Path) -> None:
    running = Run(template, SLA_SCALE="0.0005")
    try:
        eventually(lambda: len(running.seen("sweep")) >= 2)
        code, seconds = running.stop(signal.SIGINT)
    finally:
        running.process.kill()
        running.process.wait()
    assert code == 0
    assert seconds < 2


def test_it_is_ready_soon(run: Run) -> None:
    assert run.ready_after < 30  # type: ignore[attr-defined] # 3 s on a quiet machine; tests share theirs
