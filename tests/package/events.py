"""Events as AWS hands them to a function."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

REGION = "ap-southeast-3"
JAKI_SECRET = b"a secret of the test, 32 bytes.."
NAME, ADDRESS, PHONE = "Sekar Wulandari", "Jalan Cempaka Putih Tengah 21", "+6281200000017"


def webhook(text: str, *, message: str | None = None, secret: bytes = JAKI_SECRET) -> dict[str, Any]:
    """What API Gateway hands over of a city app's signed report."""
    message = message or f"msg_{uuid.uuid4().hex}"
    body = json.dumps(
        {
            "id": message,
            "created_at": datetime.now(UTC).isoformat(),
            "text": text,
            "reporter": {"name": NAME, "address": ADDRESS, "phone": PHONE},
            "location": {"lat": -6.1754, "lng": 106.8272, "landmark": "dekat tugu"},
            "category": "jalan",
        }
    )
    stamp = str(int(time.time()))
    mac = hmac.new(secret, f"{message}.{stamp}.{body}".encode(), hashlib.sha256).digest()
    headers = {
        "content-type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }
    return {
        "resource": "/channels/{channel}",
        "path": "/channels/jaki",
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"channel": "jaki"},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/channels/{channel}",
            "httpMethod": "POST",
            "path": "/api/channels/jaki",
            "stage": "api",
            "requestId": str(uuid.uuid4()),
            "identity": {"sourceIp": "192.0.2.7"},
        },
        "body": body,
        "isBase64Encoded": False,
    }


def inserted(image: Mapping[str, Any], number: int) -> dict[str, Any]:
    """A stream record as Lambda hands it over."""
    encoded = json.loads(json.dumps(image, default=lambda raw: base64.b64encode(raw).decode()))
    return {
        "eventID": f"{number:032x}",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": {
            "ApproximateCreationDateTime": time.time(),
            "Keys": {"tracking": image["tracking"]},
            "NewImage": encoded,
            "SequenceNumber": str(number),
            "SizeBytes": 1000,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": f"arn:aws:dynamodb:{REGION}:123456789012:table/tanggap-dev-reports/stream/1",
    }


def queued(body: str) -> dict[str, Any]:
    """A queue message as Lambda hands it over."""
    return {
        "messageId": str(uuid.uuid4()),
        "receiptHandle": "handle",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "0", "SenderId": "s"},
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:123456789012:tanggap-dev-replies",
        "awsRegion": REGION,
    }


def scheduled(rule: str) -> dict[str, Any]:
    """What a schedule sends."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": "2026-11-21T00:00:00Z",
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:123456789012:rule/{rule}"],
        "detail": {},
    }
