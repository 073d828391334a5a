"""What .chalice/ says is deployed: nothing is built here."""

import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest

CHALICE = Path(__file__).parents[2] / ".chalice"
RESOURCES: dict[str, Any] = json.loads((CHALICE / "resources.json").read_text())["Resources"]
CONFIG: dict[str, Any] = json.loads((CHALICE / "config.json").read_text())
POLICIES: dict[str, list[dict[str, Any]]] = {
    function: json.loads((CHALICE / settings["iam_policy_file"]).read_text())["Statement"]
    for function, settings in CONFIG["lambda_functions"].items()
}

# IAM's service → botocore's, and the actions that are no operation of the service
CLIENTS = {"ses": ("sesv2", "ses"), "dynamodb": ("dynamodb", "dynamodbstreams")}
NOT_OPERATIONS = {"s3:ListBucket", "lambda:InvokeFunction"}


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: r["Properties"] for name, r in RESOURCES.items() if r.get("Type") == kind}


def actions(function: str) -> set[str]:
    return {action for statement in POLICIES[function] for action in statement["Action"]}


def statements(function: str, action: str) -> list[dict[str, Any]]:
    return [s for s in POLICIES[function] if action in s["Action"]]


@pytest.mark.parametrize("table", of_type("AWS::DynamoDB::Table").values(), ids=lambda t: t["TableName"]["Fn::Sub"])
def test_tables_are_encrypted_recoverable_and_cannot_be_deleted_by_mistake(table: dict[str, Any]) -> None:
    assert table["SSESpecification"]["SSEEnabled"] is True
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert table["DeletionProtectionEnabled"] is True
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_reports_stream_both_images_and_never_expire() -> None:
    table = RESOURCES["ReportsTable"]["Properties"]
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert "TimeToLiveSpecification" not in table


@pytest.mark.parametrize("name", ["ConversationsTable", "DeliveriesTable", "ChannelsTable", "PhotosTable", "DeskTable"])
def test_what_is_only_needed_for_a_while_expires(name: str) -> None:
    assert RESOURCES[name]["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


SUMMARY = ["summary", "agency", "status"]


def test_reports_have_the_named_sparse_indexes() -> None:
    indexes = {
        index["IndexName"]: ([key["AttributeName"] for key in index["KeySchema"]], index["Projection"])
        for index in RESOURCES["ReportsTable"]["Properties"]["GlobalSecondaryIndexes"]
    }
    keys_only = {"ProjectionType": "KEYS_ONLY"}
    summary = {"ProjectionType": "INCLUDE", "NonKeyAttributes": SUMMARY}
    assert indexes == {
        "by_due": (["due_shard", "next_due_at"], keys_only),
        "by_queue": (["queue", "deadline_at"], summary),
        "by_pending": (["pending", "deadline_at"], summary),
        "by_day": (["day", "tracking"], keys_only),
        # What the desk compares, and what the map shows.
        "by_cell": (["cell", "received"], summary | {"NonKeyAttributes": [*SUMMARY, "listed"]}),
        "by_sender": (["sender", "received"], summary),
        "by_area": (["area", "received"], summary | {"NonKeyAttributes": [*SUMMARY, "listed"]}),
        "by_office": (["office", "deadline_at"], summary),
        "by_open": (["open_shard", "deadline_at"], {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["standing"]}),
        "by_public": (["public_month", "received"], {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["listed"]}),
        "by_changed": (["changed_month", "changed"], keys_only),
    }


def test_parts_that_wait_are_found_by_a_sparse_index() -> None:
    (index,) = RESOURCES["ConversationsTable"]["Properties"]["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "by_flush"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["flush", "flush_at"]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


@pytest.mark.parametrize("name", ["MailBucket", "FailuresBucket", "UploadsBucket", "PhotosBucket"])
def test_buckets_are_private_and_encrypted_with_our_key(name: str) -> None:
    bucket = RESOURCES[name]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == {"Fn::GetAtt": ["StorageKey", "Arn"]}
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    policy = RESOURCES[f"{name}Policy"]["Properties"]["PolicyDocument"]["Statement"]
    assert any(s["Effect"] == "Deny" and s["Condition"] == {"Bool": {"aws:SecureTransport": "false"}} for s in policy)


def test_every_topic_and_queue_is_encrypted_and_refuses_plain_http() -> None:
    for name, topic in of_type("AWS::SNS::Topic").items():
        assert topic["KmsMasterKeyId"], name
    for name, queue in of_type("AWS::SQS::Queue").items():
        assert queue["SqsManagedSseEnabled"] is True, name
    for name in [*of_type("AWS::SNS::Topic"), *of_type("AWS::SQS::Queue")]:
        policy = RESOURCES[f"{name}Policy"]["Properties"]["PolicyDocument"]["Statement"]
        assert any(s["Sid"] == "OnlyOverTls" for s in policy), name


def test_replies_take_raw_events_and_their_failures_rest_in_a_dead_letter_queue() -> None:
    dead = {"Fn::GetAtt": ["RepliesDeadQueue", "Arn"]}
    queue = RESOURCES["RepliesQueue"]["Properties"]
    assert queue["RedrivePolicy"] == {"deadLetterTargetArn": dead, "maxReceiveCount": 12}
    assert RESOURCES["RepliesDeadQueue"]["Properties"]["MessageRetentionPeriod"] == 14 * 86400
    subscription = RESOURCES["RepliesSubscription"]["Properties"]
    assert subscription["RawMessageDelivery"] is True
    assert subscription["RedrivePolicy"] == {"deadLetterTargetArn": dead}
    # AWS asks for six times the function's own limit
    assert queue["VisibilityTimeout"] >= 6 * CONFIG["lambda_functions"]["replies"]["lambda_timeout"]


def test_only_our_numbers_publish_texts() -> None:
    allowed, _ = RESOURCES["SmsInboundTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert allowed["Principal"] == {"Service": "sms-voice.amazonaws.com"}
    assert allowed["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def test_photos_take_uploads_and_only_those_events_that_bring_pictures() -> None:
    dead = {"Fn::GetAtt": ["PhotosDeadQueue", "Arn"]}
    assert RESOURCES["PhotosQueue"]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"] == dead
    limit = CONFIG["lambda_functions"]["photos"]["lambda_timeout"]
    assert RESOURCES["PhotosQueue"]["Properties"]["VisibilityTimeout"] >= 6 * limit
    subscription = RESOURCES["PhotosSubscription"]["Properties"]
    assert subscription["RawMessageDelivery"] is True
    assert subscription["FilterPolicy"] == {"media": ["1"]}
    uploads = RESOURCES["UploadsBucket"]
    (notice,) = uploads["Properties"]["NotificationConfiguration"]["QueueConfigurations"]
    assert notice["Queue"] == {"Fn::GetAtt": ["PhotosQueue", "Arn"]}
    assert "PhotosQueuePolicy" in uploads["DependsOn"]  # S3 tries the queue when it is told of it
    (rule,) = uploads["Properties"]["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == 1


def test_the_relay_starts_at_the_oldest_record_and_loses_none() -> None:
    source = RESOURCES["Relay"]["Properties"]["Events"]["RelayDynamodbEventSource"]["Properties"]
    assert source["StartingPosition"] == "TRIM_HORIZON"
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["BisectBatchOnFunctionError"] is True
    assert source["DestinationConfig"] == {"OnFailure": {"Destination": {"Fn::GetAtt": ["FailuresBucket", "Arn"]}}}
    assert source["MaximumRetryAttempts"] > 0
    # a stream keeps its records for 24 hours: what is older than this goes to S3 while it can still be read
    assert source["MaximumRecordAgeInSeconds"] < 86400
    (pattern,) = source["FilterCriteria"]["Filters"]
    assert json.loads(pattern["Pattern"]) == {"eventName": ["INSERT", "MODIFY", "REMOVE"]}


@pytest.mark.parametrize("function", ["ReceiveEmail", "ReceiveSms"])
def test_mail_and_texts_that_fail_rest_whole_in_the_failures_bucket(function: str) -> None:
    invokes = RESOURCES[f"{function}Invokes"]["Properties"]
    assert invokes["DestinationConfig"] == {"OnFailure": {"Destination": {"Fn::GetAtt": ["FailuresBucket", "Arn"]}}}


def test_whatever_fails_is_heard() -> None:
    watched = {
        (a["Namespace"], a["MetricName"], json.dumps(a["Dimensions"][0]["Value"])): a
        for a in of_type("AWS::CloudWatch::Alarm").values()
    }
    for function in (
        "APIHandler",
        "Relay",
        "Replies",
        "ReceiveEmail",
        "ReceiveSms",
        "Sweep",
        "Reconcile",
        "Identity",
        "Watch",
        "WatchChannels",
        "Photos",
        "Tallies",
        "Publish",
    ):
        assert ("AWS/Lambda", "Errors", json.dumps({"Ref": function})) in watched, function
    assert watched["AWS/Lambda", "IteratorAge", json.dumps({"Ref": "Relay"})]["Threshold"] == 5 * 60 * 1000
    silent = watched["AWS/Lambda", "Invocations", json.dumps({"Ref": "Sweep"})]
    assert (silent["ComparisonOperator"], silent["TreatMissingData"]) == ("LessThanThreshold", "breaching")
    assert {"ApproximateNumberOfMessagesVisible", "5XXError", "AgencyWithoutSubscriber", "ChannelSilent"} <= {
        k[1] for k in watched
    }
    for alarm in watched.values():
        assert alarm["AlarmActions"] == [{"Ref": "AlarmsTopic"}]
    tells = RESOURCES["FailuresBucket"]["Properties"]["NotificationConfiguration"]["TopicConfigurations"]
    assert tells == [{"Event": "s3:ObjectCreated:*", "Topic": {"Ref": "AlarmsTopic"}}]


def test_every_stage_keeps_logs_for_a_limited_time() -> None:
    assert set(CONFIG["stages"]) == {"dev", "prod"}
    assert all(stage["log_retention_in_days"] <= 365 for stage in CONFIG["stages"].values())


def test_no_resource_name_stands_in_the_config_that_test_clients_read() -> None:
    assert "environment_variables" not in json.dumps(CONFIG)


@pytest.mark.parametrize("function", POLICIES)
def test_every_action_is_named_and_exists(function: str) -> None:
    session = botocore.session.Session()
    for action in actions(function):
        service, operation = action.split(":")
        assert "*" not in action, action
        clients = CLIENTS.get(service, (service,))
        known = {name for client in clients for name in session.get_service_model(client).operation_names}
        assert operation in known or action in NOT_OPERATIONS, action


@pytest.mark.parametrize("function", POLICIES)
def test_every_permission_names_its_resources(function: str) -> None:
    for statement in POLICIES[function]:
        if statement["Action"] == ["sns:Unsubscribe"]:
            continue  # IAM knows no resource for it; the code only takes off what it finds on the agency's topic
        if statement["Action"] == ["sns:Publish"] and "NotResource" in statement:
            continue  # a phone has no ARN either: everything but topics is left
        assert statement["Resource"] != "*", statement["Sid"]
        assert "*" not in statement["Resource"], statement["Sid"]
        assert statement["Effect"] == "Allow"


@pytest.mark.parametrize("function", POLICIES)
def test_every_function_writes_its_own_log_only(function: str) -> None:
    logical = {"api_handler": "APIHandler"}.get(function, function.title().replace("_", ""))
    name = RESOURCES[logical]["Properties"]["FunctionName"]["Fn::Sub"]
    (logs,) = statements(function, "logs:PutLogEvents")
    assert logs["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert logs["Resource"]["Fn::Sub"].endswith(f":log-group:/aws/lambda/{name}:*")


def test_only_who_answers_fetches_or_is_asked_to_can_open_an_identity() -> None:
    identity = {"Fn::GetAtt": ["IdentityKey", "Arn"]}
    opens = {f for f in POLICIES if any(s["Resource"] == identity for s in statements(f, "kms:Decrypt"))}
    assert opens == {"replies", "identity", "photos"}
    assert "kms:Decrypt" not in actions("api_handler")
    assert {f for f in POLICIES if "kms:GenerateDataKey" in actions(f)} >= {"api_handler", "receive_email"}


def test_only_the_api_asks_for_identities_and_the_nightly_run_for_erasing_and_only_that_function() -> None:
    assert {f for f in POLICIES if "lambda:InvokeFunction" in actions(f)} == {"api_handler", "reconcile"}
    for function in ("api_handler", "reconcile"):
        (statement,) = statements(function, "lambda:InvokeFunction")
        assert statement["Resource"]["Fn::Sub"].endswith(":function:tanggap-${Stage}-identity")


def test_the_identity_function_writes_the_journal_and_lends_originals_for_a_day() -> None:
    (journal,) = statements("identity", "dynamodb:PutItem")
    assert journal["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["journal#*"]}}
    (lent,) = statements("identity", "s3:PutObject")
    assert lent["Resource"] == {"Fn::Sub": "${PhotosBucket.Arn}/opened/*"}
    rules = RESOURCES["PhotosBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert [rule["ExpirationInDays"] for rule in rules if rule.get("Prefix") == "opened/"] == [1]


def test_the_key_of_the_buckets_serves_through_s3_only() -> None:
    storage = {"Fn::GetAtt": ["StorageKey", "Arn"]}
    used = [s for statements_ in POLICIES.values() for s in statements_ if s.get("Resource") == storage]
    assert used
    for statement in used:
        assert "kms:ViaService" in statement["Condition"]["StringEquals"]


# What may take something away, and where: what waited for a tree and is in one now; what reporters sent and want erased.
MAY_DELETE: dict[tuple[str, str], list[Any]] = {
    ("publish", "dynamodb:DeleteItem"): [{"Fn::GetAtt": ["TalliesTable", "Arn"]}],
    ("identity", "dynamodb:DeleteItem"): [{"Fn::GetAtt": ["DeskTable", "Arn"]}],
    ("identity", "s3:DeleteObject"): [
        [
            {"Fn::Sub": "${UploadsBucket.Arn}/uploads/*"},
            {"Fn::Sub": "${PhotosBucket.Arn}/originals/*"},
            {"Fn::Sub": "${PhotosBucket.Arn}/shown/*"},
            {"Fn::Sub": "${MailBucket.Arn}/inbound/*"},
        ]
    ],
}


def test_nobody_may_delete_or_scan_but_what_is_told_here() -> None:
    for function in POLICIES:
        for action in {a for a in actions(function) if "Delete" in a or "Scan" in a} - {"sqs:DeleteMessage"}:
            assert (function, action) in MAY_DELETE, (function, action)
            assert [s["Resource"] for s in statements(function, action)] == MAY_DELETE[function, action]
    (prints,) = statements("identity", "dynamodb:DeleteItem")  # of erased pictures, and nothing else of the desk's
    assert prints["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["print#*"]}}


def test_only_the_api_may_write_secrets_and_only_those_of_channels_in() -> None:
    assert {f for f in POLICIES if "ssm:PutParameter" in actions(f)} == {"api_handler"}
    (statement,) = statements("api_handler", "ssm:PutParameter")
    assert statement["Resource"]["Fn::Sub"].endswith(":parameter/tanggap/${Stage}/inbound/*")


def test_only_what_announces_may_publish_and_only_what_writes_to_reporters_may_send_mail() -> None:
    topics = {f for f in POLICIES if any("Resource" in s for s in statements(f, "sns:Publish"))}
    assert topics == {"relay", "reconcile"}
    phones = {f: s for f in POLICIES for s in statements(f, "sns:Publish") if "NotResource" in s}
    assert set(phones) == {"replies"}
    # a text to a phone has no resource: everything but a topic (or an application's endpoint)
    assert phones["replies"]["NotResource"] == {"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:*"}
    assert {f for f in POLICIES if "ses:SendEmail" in actions(f)} == {"replies"}
