"""What Lambda hands to a function, built from what happened. Shapes as AWS's; pure."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

import msgspec

from local.settings import ACCOUNT, REGION

Event = dict[str, Any]


def as_json(value: Any) -> Any:
    """`value` as it comes out of JSON: bytes as base64, nothing shared with the original."""
    return msgspec.json.decode(msgspec.json.encode(value))


def stream_record(record: Mapping[str, Any], stream_arn: str) -> Event:
    """A stream record of moto as DynamoDB would send it: seconds as a float, our region, the stream's ARN."""
    created: datetime = record["dynamodb"]["ApproximateCreationDateTime"]
    mended = {
        **record,
        "awsRegion": REGION,
        "eventVersion": "1.1",
        "eventSourceARN": stream_arn,
        "dynamodb": {**record["dynamodb"], "ApproximateCreationDateTime": created.replace(tzinfo=UTC).timestamp()},
    }
    event: Event = as_json(_plain(mended))
    event["dynamodb"]["ApproximateCreationDateTime"] = float(event["dynamodb"]["ApproximateCreationDateTime"])
    return event


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(v) for v in value]
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    return value


def sqs_record(message: Any, queue_arn: str) -> Event:
    """A message of moto's queue as Lambda's poller passes it on."""
    attributes = {
        name: {
            "dataType": value["DataType"],
            "stringListValues": [],
            "binaryListValues": [],
            **({"stringValue": value["StringValue"]} if value.get("StringValue") is not None else {}),
            **({"binaryValue": value["BinaryValue"]} if value.get("BinaryValue") is not None else {}),
        }
        for name, value in message.message_attributes.items()
    }
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.approximate_receive_count),
            "SentTimestamp": str(message.sent_timestamp),
            "SenderId": message.sender_id,
            "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
        },
        "messageAttributes": as_json(_plain(attributes)),
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }


def sns_event(topic_arn: str, message: Mapping[str, Any]) -> Event:
    """One SNS message for a function."""
    subscription = f"{topic_arn}:{uuid.uuid5(uuid.NAMESPACE_URL, topic_arn)}"
    record = {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": subscription}
    return {"Records": [record | {"Sns": as_json(message)}]}


def s3_event(bucket: str, key: str, size: int, etag: str, now: datetime) -> Event:
    """An object was put; its key is quoted as S3 quotes it."""
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": REGION,
        "eventTime": now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "AWS:local"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": uuid.uuid4().hex[:16].upper(), "x-amz-id-2": uuid.uuid4().hex},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "local",
            "bucket": {"name": bucket, "ownerIdentity": {"principalId": "local"}, "arn": f"arn:aws:s3:::{bucket}"},
            "object": {
                "key": quote_plus(key, safe="/"),
                "size": size,
                "eTag": etag.strip('"'),
                "sequencer": f"{int(now.timestamp() * 1e6):018X}",
            },
        },
    }
    return {"Records": [record]}


def schedule_event(function: str, now: datetime) -> Event:
    """A rule's time has come."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/tanggap-local-{function}"],
        "detail": {},
    }


def passes(filters: Sequence[Mapping[str, Any]], record: Mapping[str, Any]) -> bool:
    """Whether a record matches one of an event source's filter patterns; no pattern lets everything pass."""
    return not filters or any(_matches(pattern, record) for pattern in filters)


def _matches(pattern: Mapping[str, Any], value: Any) -> bool:
    for name, wanted in pattern.items():
        present = isinstance(value, Mapping) and name in value
        actual = value[name] if present else None
        if isinstance(wanted, Mapping):
            if not _matches(wanted, actual):
                return False
        elif not any(_rule(rule, actual, present) for rule in wanted):
            return False
    return True


def _rule(rule: Any, actual: Any, present: bool) -> bool:
    if not isinstance(rule, Mapping):
        return present and bool(actual == rule)
    ((kind, operand),) = rule.items()
    match kind:
        case "exists":
            return present is operand
        case "prefix":
            return isinstance(actual, str) and actual.startswith(operand)
        case "suffix":
            return isinstance(actual, str) and actual.endswith(operand)
        case "anything-but":
            return present and actual not in (operand if isinstance(operand, list) else [operand])
    raise ValueError(f"the filter rule {kind!r} is not understood by the local run")


def logical_name(function: str) -> str:
    """The resource name Chalice gives a function: receive_email → ReceiveEmail."""
    return "".join(part.capitalize() for part in re.split(r"[^A-Za-z0-9]+", function))
