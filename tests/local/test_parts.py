"""The parts of the local run that can be tested by themselves."""

import base64
import json
import time
import tomllib
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from local import events, lambdas
from local.lambdas import FunctionError, Gate
from local.outbox import Outbox, cloud_event, from_mail, tracking_in
from local.queues import receive
from local.run import SECRETS
from local.settings import SettingsError, aws_environment, read
from local.smtp import as_stored, notification, verdicts
from local.sources import Source, from_decorators, from_template, merged, seconds, with_invocation
from local.streams import StreamPump
from local.template import Resolver, TemplateError

NOW = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)


# Settings


def test_settings_have_defaults_and_can_be_set() -> None:
    assert read({}).ports == {"PORT": 8000, "AWS_PORT": 4566, "SMTP_PORT": 2525}
    chosen = read({"PORT": "8010", "CITY": "kota-lain", "SLA_SCALE": "0.0005", "AWS_PORT": ""})
    assert (chosen.port, chosen.city, chosen.sla_scale, chosen.aws_port) == (8010, "kota-lain", 0.0005, 4566)
    assert chosen.public_url == "http://127.0.0.1:8010"


@pytest.mark.parametrize(
    "wrong",
    [
        {"PORT": "http"},
        {"PORT": "0"},
        {"SMTP_PORT": "70000"},
        {"SLA_SCALE": "fast"},
        {"SLA_SCALE": "0"},
        {"SLA_SCALE": "2"},
        {"AWS_PORT": "8000"},
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        read(wrong)


def test_no_aws_call_can_leave_the_process() -> None:
    environ = {"AWS_ENDPOINT_URL": "x", "AWS_ENDPOINT_URL_SNS": "x", "AWS_PROFILE": "prod", "AWS_SESSION_TOKEN": "t"}
    aws_environment(environ)
    assert not {"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SNS", "AWS_PROFILE", "AWS_SESSION_TOKEN"} & environ.keys()
    assert environ["AWS_ACCESS_KEY_ID"] == "local"


def test_every_development_secret_says_that_it_is_one() -> None:
    tables = tomllib.loads(SECRETS.read_text())
    values = dict(tables["core"])
    for group in (tables["channels"], tables["outbound"]):
        for channel, names in group.items():
            values |= {f"{channel}.{name}": value for name, value in names.items()}
    public = (
        "from_number",
        "base_url",
        "callback_url",
        "account_id",
        "page_id",
        "phone_number_id",
        "user_id",
        "topic_arn",
    )
    for name, value in values.items():
        if name.rpartition(".")[2] not in public:
            shown = base64.b64decode(value[6:]).decode() if value.startswith("whsec_") else value
            assert shown.startswith("local-only-"), name


# The template


def resolver(template: dict[str, Any]) -> Resolver:
    return Resolver(
        template,
        parameters={"STAGE": "local"},
        pseudo={"Region": "ap-southeast-3", "AccountId": "1"},
        lookup=lambda logical, name: f"<{logical}.{name}>",
    )


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ({"Ref": "Stage"}, "local"),
        ({"Ref": "Size"}, "3"),
        ({"Ref": "AWS::Region"}, "ap-southeast-3"),
        ({"Ref": "Table"}, "<Table.Ref>"),
        ({"Fn::GetAtt": ["Table", "StreamArn"]}, "<Table.StreamArn>"),
        ({"Fn::GetAtt": "Table.Arn"}, "<Table.Arn>"),
        (
            {"Fn::Sub": "a-${Stage}-${AWS::AccountId}-${Table.Arn}-${Table}-${!raw}"},
            "a-local-1-<Table.Arn>-<Table.Ref>-${raw}",
        ),
        ({"Fn::Sub": ["${x}-${Stage}", {"x": {"Ref": "Size"}}]}, "3-local"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}]]}, "a-local"),
        ({"Fn::If": ["IsLocal", "yes", "no"]}, "yes"),
        ({"Fn::If": ["IsOther", "yes", "no"]}, "no"),
        ([1, {"Ref": "AWS::NoValue"}], [1]),
        ({"a": {"Ref": "AWS::NoValue"}, "b": {"c": {"Ref": "Stage"}}}, {"b": {"c": "local"}}),
        ({"Fn::Select": [1, {"Fn::Split": ["/", "a/b"]}]}, "b"),
    ],
)
def test_intrinsic_functions(value: Any, result: Any) -> None:
    conditions = {
        "IsLocal": {"Fn::Equals": [{"Ref": "Stage"}, "local"]},
        "IsOther": {"Fn::And": [{"Fn::Not": [{"Condition": "IsLocal"}]}, {"Condition": "IsLocal"}]},
    }
    template = {"Parameters": {"Stage": {}, "Size": {"Default": 3}}, "Conditions": conditions, "Resources": {}}
    assert resolver(template).resolve(value) == result


def test_what_is_not_understood_is_said() -> None:
    with pytest.raises(TemplateError, match="Fn::ImportValue"):
        resolver({"Resources": {}}).resolve({"Fn::ImportValue": "x"})


# Sources


RESOURCES = {
    "Relay": {
        "Properties": {
            "Events": {
                "RelayDynamodbEventSource": {
                    "Properties": {
                        "Stream": "arn:stream",
                        "BatchSize": 25,
                        "MaximumRetryAttempts": 10,
                        "BisectBatchOnFunctionError": True,
                        "FunctionResponseTypes": ["ReportBatchItemFailures"],
                        "FilterCriteria": {"Filters": [{"Pattern": '{"eventName":["INSERT"]}'}]},
                        "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::failures"}},
                    }
                }
            }
        }
    },
    "ReceiveEmail": {"Properties": {"Events": {"ReceiveEmailSnsSubscription": {"Properties": {"Topic": "arn:mail"}}}}},
    "ReceiveEmailInvokes": {
        "Type": "AWS::Lambda::EventInvokeConfig",
        "Properties": {
            "FunctionName": "ReceiveEmail",
            "MaximumRetryAttempts": 1,
            "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::failures"}},
        },
    },
}


def test_sources_of_the_template() -> None:
    relay, mail = with_invocation(from_template(RESOURCES, ["relay", "receive_email", "sweep"]), RESOURCES)
    assert (relay.kind, relay.of, relay.batch_size, relay.retries) == ("stream", "arn:stream", 25, 10)
    assert relay.bisect
    assert relay.partial
    assert relay.failures == "arn:aws:s3:::failures"
    assert relay.filters == ({"eventName": ["INSERT"]},)
    assert (mail.kind, mail.of, mail.async_retries, mail.failures) == ("topic", "arn:mail", 1, "arn:aws:s3:::failures")


def test_decorators_say_what_the_template_does_not() -> None:
    decorators = from_decorators(
        [
            SimpleNamespace(name="relay", stream_arn="arn:placeholder", batch_size=10),
            SimpleNamespace(name="replies", queue="placeholder", queue_arn=None, batch_size=5),
            SimpleNamespace(name="tallies", queue=None, queue_arn="arn:tallies", batch_size=5),
            SimpleNamespace(name="sweep", schedule_expression="rate(1 minute)"),
        ]
    )
    found = merged(from_template(RESOURCES, ["relay"]), decorators, {"arn:tallies": ""})
    assert [(s.function, s.of) for s in found] == [
        ("relay", "arn:stream"),
        ("tallies", "arn:tallies"),
        ("sweep", "rate(1 minute)"),
    ]


@pytest.mark.parametrize(
    ("expression", "scale", "period"),
    [
        ("rate(1 minute)", 1, 60),
        ("rate(1 minute)", 0.5, 30),
        ("rate(1 minute)", 0.0005, 1),
        ("rate(1 day)", 0.0005, 86400),
        ("cron(0 18 * * ? *)", 0.01, 86400),
    ],
)
def test_periods(expression: str, scale: float, period: float) -> None:
    assert seconds(expression, scale) == period


# Events


@pytest.mark.parametrize(
    ("pattern", "passes"),
    [
        ({"eventName": ["INSERT", "MODIFY"]}, True),
        ({"eventName": ["REMOVE"]}, False),
        ({"dynamodb": {"NewImage": {"status": {"S": [{"anything-but": "incomplete"}]}}}}, True),
        ({"dynamodb": {"NewImage": {"status": {"S": ["waiting"]}}}, "eventName": ["REMOVE"]}, False),
        ({"dynamodb": {"OldImage": [{"exists": False}]}}, True),
        ({"dynamodb": {"NewImage": {"status": {"S": [{"prefix": "wait"}]}}}}, True),
        ({"dynamodb": {"NewImage": {"other": {"S": ["x"]}}}}, False),
    ],
)
def test_filters(pattern: dict[str, Any], passes: bool) -> None:
    record = {"eventName": "INSERT", "dynamodb": {"NewImage": {"status": {"S": "waiting"}}}}
    assert events.passes([pattern], record) is passes
    assert events.passes([], record)


def test_s3_keys_are_quoted_as_s3_does() -> None:
    event = events.s3_event("b", "inbound/a b+ü/c", 3, '"e"', NOW)
    assert event["Records"][0]["s3"]["object"]["key"] == "inbound/a+b%2B%C3%BC/c"
    assert event["Records"][0]["s3"]["object"]["eTag"] == "e"


# The stream: order, partial failures, bisection, what failed for good


class Functions:
    """Fails on the trackings named, by exception or by naming the first failed record."""

    def __init__(self, poison: set[str], partial: bool, cured_after: int = 10**9) -> None:
        self.poison, self.partial, self.cured_after = poison, partial, cured_after
        self.done: list[str] = []
        self.calls: list[list[str]] = []

    def invoke(self, _function: str, event: dict[str, Any]) -> Any:
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        self.calls.append(numbers)
        for number in numbers:
            if number in self.poison and len(self.calls) <= self.cured_after:
                if self.partial:
                    return {"batchItemFailures": [{"itemIdentifier": number}]}
                raise FunctionError(ValueError("on purpose"))
            self.done.append(number)
        return {"batchItemFailures": []}


class Kept:
    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []

    def put(self, _destination: str | None, _folder: str, record: dict[str, Any]) -> None:
        self.records.append(record)

    @property
    def numbers(self) -> list[list[str]]:
        payloads = [json.loads(record["payload"])["Records"] for record in self.records]
        return [[r["dynamodb"]["SequenceNumber"] for r in records] for records in payloads]


def stream(functions: Functions, kept: Kept, **source: Any) -> StreamPump:
    chosen = Source(kind="stream", function="relay", of="arn:stream", partial=functions.partial, **source)
    shard = SimpleNamespace(items=[], id="shardId-1")
    pump = StreamPump(chosen, shard, functions, None, kept)  # type: ignore[arg-type]
    pump._stop.wait = lambda timeout=None: False  # type: ignore[method-assign,assignment] # no pauses between attempts
    return pump


def records(*numbers: str) -> list[events.Event]:
    return [{"dynamodb": {"SequenceNumber": n, "ApproximateCreationDateTime": 1.0}} for n in numbers]


@pytest.mark.parametrize("partial", [True, False])
def test_one_poison_record_is_given_up_alone(partial: bool) -> None:
    functions, kept = Functions({"3"}, partial), Kept()
    stream(functions, kept, retries=2, bisect=True).deliver(records("1", "2", "3", "4", "5"))
    assert kept.numbers == [["3"]]
    assert list(dict.fromkeys(functions.done)) == ["1", "2", "4", "5"]
    assert functions.calls.count(["3"]) == 3
    if partial:
        assert functions.done == ["1", "2", "4", "5"]  # what is done is not done again


def test_without_bisection_the_rest_of_the_batch_is_given_up_with_it() -> None:
    functions, kept = Functions({"2"}, True), Kept()
    stream(functions, kept, retries=1).deliver(records("1", "2", "3"))
    assert functions.done == ["1"]
    assert kept.numbers == [["2", "3"]]
    assert kept.records[0]["DDBStreamBatchInfo"]["batchSize"] == 2


def test_a_passing_failure_loses_nothing() -> None:
    functions, kept = Functions({"1"}, True, cured_after=2), Kept()
    stream(functions, kept, retries=5, bisect=True).deliver(records("1", "2"))
    assert functions.done == ["1", "2"]
    assert kept.records == []


def test_an_unknown_identifier_fails_the_whole_batch() -> None:
    functions, kept = Functions(set(), True), Kept()
    functions.invoke = lambda *_: {"batchItemFailures": [{"itemIdentifier": "?"}]}  # type: ignore[method-assign]
    stream(functions, kept, retries=1).deliver(records("1", "2"))
    assert kept.numbers == [["1", "2"]]


# HTTP calls go first


def test_what_runs_behind_gives_way_to_http_calls_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda span: (slept.append(span), sleep(span)))
    gate = Gate()
    assert gate.wait_turn()
    with gate:
        gate.breathe()  # not behind: at once
        assert not slept
        started = time.monotonic()
        with gate.behind():
            gate.breathe()
        assert slept
        breath = time.monotonic() - started
        assert breath >= lambdas.BREATH
        assert not gate.wait_turn()
        assert time.monotonic() - started - breath >= lambdas.PATIENCE


# The queue


def message(received: int = 0, visible: bool = True) -> Any:
    made = SimpleNamespace(visible=visible, delayed=False, approximate_receive_count=received)
    made.mark_received = lambda visibility_timeout: setattr(made, "approximate_receive_count", received + 1)
    return made


def test_what_was_received_too_often_goes_to_the_dead_letter_queue() -> None:
    dead = SimpleNamespace(added=[])
    dead.add_message = dead.added.append
    fresh, hidden, spent = message(), Hashable(message(visible=False)), message(received=5)
    queue = SimpleNamespace(
        _messages=[spent, hidden, fresh],
        redrive_policy={"maxReceiveCount": 5},
        dead_letter_queue=dead,
        pending_messages=SimpleNamespace(add=lambda _: None),
        visibility_timeout=30,
    )
    assert receive(queue, 10) == [fresh]
    assert dead.added == [spent]
    assert queue._messages == [hidden, fresh]


class Hashable(SimpleNamespace):
    def __init__(self, of: Any) -> None:
        super().__init__(**vars(of))


# Mail


RAW = b"From: =?utf-8?q?B=C3=BCdi?= <b@warga.example>\r\nTo: lapor@kota.example,\r\n dinas@kota.example\r\nSubject: Ada\r\n lubang\r\n\r\nhalo\r\n"


def test_verdicts_pass_unless_the_mail_says_otherwise() -> None:
    assert set(verdicts("").values()) == {"PASS"}
    assert verdicts("dmarc=fail spf=-") == {"spam": "PASS", "virus": "PASS", "dkim": "PASS", "dmarc": "FAIL"}


def test_the_notice_has_the_fields_of_ses() -> None:
    stored = as_stored(RAW, "id1", "b@warga.example", ["lapor@kota.example"], verdicts(""), NOW)
    assert stored.startswith(b"Return-Path: <b@warga.example>\r\nReceived: from warga.example ")
    assert stored.endswith(RAW)
    notice = notification(stored, "id1", "b@warga.example", ["lapor@kota.example"], verdicts(""), NOW)
    assert notice["mail"]["messageId"] == "id1"
    assert notice["mail"]["headers"][0] == {"name": "Return-Path", "value": "<b@warga.example>"}
    assert notice["mail"]["commonHeaders"]["to"] == ["lapor@kota.example", "dinas@kota.example"]
    assert notice["mail"]["commonHeaders"]["subject"] == "Ada lubang"
    assert notice["mail"]["timestamp"] == "2026-11-21T07:30:00.000Z"
    assert notice["receipt"]["virusVerdict"] == {"status": "PASS"}


@pytest.mark.parametrize("content", [b"", b"\xff\xfe no header", b"Subject: \xff\xfe\r\n\r\nx", b"A: " + b"x" * 20_000])
def test_no_mail_is_too_bad_to_be_stored(content: bytes) -> None:
    stored = as_stored(content, "id1", "", ["lapor@kota.example"], verdicts(""), NOW)
    notice = notification(stored, "id1", "", ["lapor@kota.example"], verdicts(""), NOW)
    json.dumps(notice).encode()
    assert notice["mail"]["commonHeaders"]["returnPath"] == ""
    assert notice["mail"]["headersTruncated"] is (len(content) > 10_000)


# The outbox


def test_the_outbox_is_newest_first_and_filtered() -> None:
    outbox = Outbox()
    outbox.add(channel="sms", to="+62", text="Laporan JKT-7K3M-92QX-4HTC kami terima")
    outbox.add(channel="email", to="a@b.example", subject="JKT-7K3M-92QX-4HTC", text="x")
    outbox.add(channel="sms", to="+63", text="tanpa")
    assert [item["to"] for item in outbox.newest({})] == ["+63", "a@b.example", "+62"]
    assert [item["to"] for item in outbox.newest({"tracking": "JKT-7K3M-92QX-4HTC"})] == ["a@b.example", "+62"]
    assert [item["to"] for item in outbox.newest({"channel": "sms", "limit": "1"})] == ["+63"]
    assert outbox.newest({"limit": "1"})[0]["tracking"] is None


def test_what_is_read_from_messages() -> None:
    assert tracking_in("jkt", "di https://x/reports/JKT-7K3M-92QX-4HTC.") == "JKT-7K3M-92QX-4HTC"
    assert cloud_event('{"id": 1}') == {"id": 1}
    assert cloud_event("[1]") == "[1]"
    assert cloud_event("teks") == "teks"
    html = b"Subject: =?utf-8?q?Terima_k=C3=A4sih?=\nContent-Type: text/html; charset=nowhere\n\n<p>\xc3\xa4</p>"
    assert from_mail(html)["subject"] == "Terima käsih"
    assert from_mail(html)["text"] == "<p>ä</p>"
