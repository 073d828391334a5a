"""Creates what the deployed template names: tables, topics, subscriptions, queues, buckets, keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from local.cloud import Cloud
from local.settings import ACCOUNT, REGION, STAGE
from local.template import Resolver, TemplateError

Properties = dict[str, Any]
Made = dict[str, str]
"""What a created resource answers to Ref and Fn::GetAtt."""

_TABLE = (
    "TableName",
    "KeySchema",
    "AttributeDefinitions",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "BillingMode",
    "ProvisionedThroughput",
)
_ON_DEMAND = ("AWS::Cognito::UserPool",)  # the service takes a fifth of a second to load
_QUEUE_ONLY_IN_CFN = ("QueueName", "Tags")


class Resources:
    """The resources of one template in the local cloud. Each is made when it is first asked for."""

    def __init__(self, cloud: Cloud, template: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
        self._cloud = cloud
        self._declared: Mapping[str, Any] = template["Resources"]
        self._made: dict[str, Made] = {}
        pseudo = {
            "Region": REGION,
            "AccountId": ACCOUNT,
            "Partition": "aws",
            "URLSuffix": "amazonaws.com",
            "StackName": f"tanggap-{STAGE}",
            "StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/tanggap-{STAGE}/local",
            "NotificationARNs": "",
        }
        self.resolver = Resolver(template, parameters=parameters, pseudo=pseudo, lookup=self.attribute)
        self._makers: dict[str, Callable[[str, Properties], Made]] = {
            "AWS::DynamoDB::Table": self._table,
            "AWS::SNS::Topic": self._topic,
            "AWS::SNS::Subscription": self._subscription,
            "AWS::SQS::Queue": self._queue,
            "AWS::S3::Bucket": self._bucket,
            "AWS::S3::BucketPolicy": self._bucket_policy,
            "AWS::KMS::Key": self._key,
            "AWS::KMS::Alias": self._alias,
            "AWS::SSM::Parameter": self._parameter,
            "AWS::Cognito::UserPool": self._user_pool,
        }

    def create(self) -> None:
        """Make everything that stands in the template and has an effect locally."""
        for logical, resource in self._declared.items():
            if resource.get("Type") in _ON_DEMAND:
                continue
            if resource.get("Type") in self._makers and self.resolver.holds(resource.get("Condition")):
                self._make(logical)

    def attribute(self, logical: str, name: str) -> str:
        """`Ref` or an attribute of a resource. Functions and policies exist by name only."""
        resource = self._declared.get(logical)
        if resource is None:
            raise TemplateError(f"there is no resource {logical}")
        if resource.get("Type") in self._makers:
            made = self._make(logical)
            if name not in made:
                raise TemplateError(f"{logical} has no attribute {name} in the local run")
            return made[name]
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:tanggap-{STAGE}-{logical}" if name == "Arn" else logical

    def named(self, kind: str) -> dict[str, Made]:
        """The resources made of one type, by logical id."""
        return {logical: made for logical, made in self._made.items() if self._declared[logical]["Type"] == kind}

    def _make(self, logical: str) -> Made:
        if logical not in self._made:
            resource = self._declared[logical]
            properties = self.resolver.resolve(resource.get("Properties", {}))
            try:
                self._made[logical] = self._makers[resource["Type"]](logical, properties)
            except KeyError as error:
                raise TemplateError(f"{logical} ({resource['Type']}) lacks {error}") from error
        return self._made[logical]

    def _name(self, logical: str, given: str | None) -> str:
        return given or f"tanggap-{STAGE}-{logical}".lower()

    def _table(self, logical: str, properties: Properties) -> Made:
        name = self._name(logical, properties.get("TableName"))
        request = {n: properties[n] for n in _TABLE if n in properties} | {"TableName": name}
        if "StreamSpecification" in properties:
            request["StreamSpecification"] = {"StreamEnabled": True, **properties["StreamSpecification"]}
        client = self._cloud.client("dynamodb")
        table = client.create_table(**request)["TableDescription"]
        if ttl := properties.get("TimeToLiveSpecification"):
            client.update_time_to_live(TableName=name, TimeToLiveSpecification=_booleans(ttl))
        made = {"Ref": name, "Arn": table["TableArn"]}
        return made | ({"StreamArn": table["LatestStreamArn"]} if table.get("LatestStreamArn") else {})

    def _topic(self, logical: str, properties: Properties) -> Made:
        name = self._name(logical, properties.get("TopicName"))
        kept = ("KmsMasterKeyId", "DisplayName", "SignatureVersion")
        attributes = {n: str(properties[n]) for n in kept if n in properties}
        client = self._cloud.client("sns")
        arn = client.create_topic(Name=name, Attributes=attributes)["TopicArn"]
        for subscription in properties.get("Subscription", []):
            client.subscribe(TopicArn=arn, Protocol=subscription["Protocol"], Endpoint=subscription["Endpoint"])
        return {"Ref": arn, "TopicArn": arn, "TopicName": name}

    def _subscription(self, _logical: str, properties: Properties) -> Made:
        attributes = {
            name: value if isinstance(value := properties[name], str) else json.dumps(value)
            for name in ("RawMessageDelivery", "FilterPolicyScope", "FilterPolicy", "RedrivePolicy")
            if name in properties
        }
        made = self._cloud.client("sns").subscribe(
            TopicArn=properties["TopicArn"],
            Protocol=properties["Protocol"],
            Endpoint=properties["Endpoint"],
            Attributes=attributes,
            ReturnSubscriptionArn=True,
        )
        return {"Ref": made["SubscriptionArn"], "Arn": made["SubscriptionArn"]}

    def _queue(self, logical: str, properties: Properties) -> Made:
        name = self._name(logical, properties.get("QueueName"))
        attributes = {
            n: v if isinstance(v, str) else json.dumps(v) for n, v in properties.items() if n not in _QUEUE_ONLY_IN_CFN
        }
        url = self._cloud.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return {"Ref": url, "QueueUrl": url, "QueueName": name, "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"}

    def _bucket(self, logical: str, properties: Properties) -> Made:
        name = self._name(logical, properties.get("BucketName"))
        client = self._cloud.client("s3")
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        if block := properties.get("PublicAccessBlockConfiguration"):
            client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=_booleans(block))
        host = f"{name}.s3.{REGION}.amazonaws.com"
        return {
            "Ref": name,
            "Arn": f"arn:aws:s3:::{name}",
            "DomainName": f"{name}.s3.amazonaws.com",
            "RegionalDomainName": host,
        }

    def _bucket_policy(self, logical: str, properties: Properties) -> Made:
        """Of a bucket's policy, what everybody may do: nothing here speaks TLS, nor signs as a service would."""
        said = properties["PolicyDocument"]
        open_to_all = [each for each in said["Statement"] if each["Effect"] == "Allow" and each["Principal"] == "*"]
        if open_to_all:
            policy = json.dumps({"Version": said["Version"], "Statement": open_to_all})
            self._cloud.client("s3").put_bucket_policy(Bucket=properties["Bucket"], Policy=policy)
        return {"Ref": logical}

    def notifications(self) -> list[tuple[str, str, str]]:
        """Which buckets tell which queues of their objects: bucket, prefix of the keys, ARN of the queue."""
        found = []
        for logical, made in self.named("AWS::S3::Bucket").items():
            said = self._declared[logical]["Properties"].get("NotificationConfiguration", {})
            for each in self.resolver.resolve(said.get("QueueConfigurations", [])):
                rules = each.get("Filter", {}).get("S3Key", {}).get("Rules", ())
                prefix = next((str(rule["Value"]) for rule in rules if rule["Name"] == "prefix"), "")
                found.append((made["Ref"], prefix, str(each["Queue"])))
        return found

    def _key(self, _logical: str, properties: Properties) -> Made:
        key = self._cloud.client("kms").create_key(Description=str(properties.get("Description", "")))["KeyMetadata"]
        return {"Ref": key["KeyId"], "KeyId": key["KeyId"], "Arn": key["Arn"]}

    def _alias(self, _logical: str, properties: Properties) -> Made:
        name = properties["AliasName"]
        self._cloud.client("kms").create_alias(AliasName=name, TargetKeyId=properties["TargetKeyId"])
        return {"Ref": name}

    def _user_pool(self, logical: str, properties: Properties) -> Made:
        client = self._cloud.client("cognito-idp")
        kept = ("Schema", "UsernameAttributes", "AutoVerifiedAttributes")
        name = self._name(logical, properties.get("UserPoolName"))
        pool = client.create_user_pool(PoolName=name, **{n: properties[n] for n in kept if n in properties})["UserPool"]
        for resource in self._declared.values():
            if resource.get("Type") == "AWS::Cognito::UserPoolGroup":
                client.create_group(UserPoolId=pool["Id"], GroupName=resource["Properties"]["GroupName"])
        return {"Ref": pool["Id"], "Arn": pool["Arn"]}

    def _parameter(self, logical: str, properties: Properties) -> Made:
        name = self._name(logical, properties.get("Name"))
        value, kind = str(properties["Value"]), properties.get("Type", "String")
        self._cloud.client("ssm").put_parameter(Name=name, Value=value, Type=kind, Overwrite=True)
        return {"Ref": name, "Value": value, "Type": kind}


def _booleans(values: Mapping[str, Any]) -> Properties:
    """CloudFormation takes "true" for true, the API does not."""
    return {n: v == "true" if v in ("true", "false") else v for n, v in values.items()}
