"""A stub in the place of app.py, with the same handlers: what the local run is tested against."""

import json
import os
import time
from typing import Any

import botocore.session
from chalice import Chalice, Response

app = Chalice("tanggap", configure_logs=False)
app.api.binary_types.append("multipart/form-data")
session = botocore.session.Session()
dynamodb, sns, sqs = (session.create_client(name) for name in ("dynamodb", "sns", "sqs"))
EVENTS = os.environ["EVENTS_TOPIC_ARN"]
PLACEHOLDER = "arn:aws:dynamodb:ap-southeast-3:123456789012:table/placeholder/stream/now"
seen: list[Any] = []
CONTENT_TYPES = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"]


@app.route("/channels/{channel}", methods=["POST"], content_types=CONTENT_TYPES)
def receive(channel: str) -> Any:
    body = json.loads(app.current_request.raw_body)
    item = {"tracking": {"S": body["id"]}, "text": {"S": body["text"]}, "sealed": {"B": b"\0\1"}}
    dynamodb.put_item(TableName="tanggap-local-reports", Item=item)
    return {"tracking": body["id"], "binary": app.current_request.to_original_event()["isBase64Encoded"]}


@app.route("/reports/{tracking}")
def show(tracking: str) -> Any:
    if tracking == "broken":
        raise RuntimeError("on purpose")
    headers: dict[str, str | list[str]] = {"Set-Cookie": ["a=1", "b=2"], "Content-Type": "text/plain"}
    return Response(body=tracking, headers=headers)


@app.route("/picture")
def picture() -> Any:
    return Response(body=b"\x00\xff", headers={"Content-Type": "application/octet-stream"})


@app.route("/seen")
def show_seen() -> Any:
    return seen


@app.route("/environment")
def environment() -> Any:
    return {name: os.environ.get(name) for name in ("STAGE", "CITY", "PUBLIC_URL", "KMS_KEY_ID", "MAIL_BUCKET")}


@app.on_dynamodb_record(stream_arn=PLACEHOLDER)
def relay(event: Any) -> Any:
    for record in event.to_dict()["Records"]:
        tracking = record["dynamodb"]["Keys"]["tracking"]["S"]
        seen.append({"function": "relay", "tracking": tracking, "record": record})
        if "POISON" in tracking:
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
        announce(tracking)
    return {"batchItemFailures": []}


def announce(tracking: str) -> None:
    event = json.dumps({"specversion": "1.0", "id": f"{tracking}#1", "type": "dispatched", "subject": tracking})
    topic = sns.create_topic(Name="tanggap-local-agency-bina-marga")["TopicArn"]
    parts = json.dumps({"default": event, "email": f"Laporan {tracking}"})
    kind = {"type": {"DataType": "String", "StringValue": "dispatched"}}
    sns.publish(TopicArn=topic, Message=parts, MessageStructure="json", MessageAttributes=kind)
    sns.publish(TopicArn=EVENTS, Message=event)


@app.on_sqs_message(queue="placeholder")
def replies(event: Any) -> Any:
    for record in event.to_dict()["Records"]:
        seen.append({"function": "replies", "tracking": json.loads(record["body"])["subject"]})
    return {"batchItemFailures": []}


@app.lambda_function()
def receive_email(event: Any, context: Any) -> Any:
    seen.append({"function": "receive_email", "event": event, "name": context.function_name})
    if "fails" in json.dumps(event):
        raise RuntimeError("on purpose")


@app.schedule("rate(1 minute)")
def sweep(event: Any) -> Any:
    seen.append({"function": "sweep", "at": time.time()})
    return {"swept": True}


@app.schedule("rate(1 day)")
def reconcile(event: Any) -> Any:
    return {"days": event.to_dict().get("days")}


@app.lambda_function()
def identity(event: Any, context: Any) -> Any:
    return {}
