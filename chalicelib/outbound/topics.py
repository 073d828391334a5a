"""SNS topics: one per agency, made when first needed, and the one all events of the system go to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from chalicelib.domain.errors import Invalid, Unknown
from chalicelib.settings import Settings

_CONFIRMED_KEEP_SECONDS = 60
_NO_TOPIC = frozenset({"NotFound", "NotFoundException"})


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint on an agency's topic; `pending` until its owner has confirmed."""

    id: str
    protocol: str
    endpoint: str
    pending: bool


class Topics:
    """Publishes to topics and keeps their subscriptions."""

    def __init__(self, sns: Any, settings: Settings) -> None:
        self._sns = sns
        self._settings = settings
        self._confirmed: dict[str, tuple[bool, float]] = {}

    def publish(
        self, destination: str, *, texts: Mapping[str, str], subject: str, attributes: Mapping[str, str]
    ) -> None:
        """Publishes to `events` or `agency:<code>`. `texts` holds `default` and one per protocol that differs."""
        call = {
            "Subject": subject,
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
            },
        }
        if len(texts) == 1:
            call["Message"] = texts["default"]
        else:
            call |= {"Message": msgspec.json.encode(texts).decode(), "MessageStructure": "json"}
        if destination == "events":
            self._sns.publish(TopicArn=self._settings.events_topic_arn, **call)
            return
        agency = destination.removeprefix("agency:")
        arn = self._settings.agency_topic_arn(agency)
        try:
            self._sns.publish(TopicArn=arn, **call)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _NO_TOPIC:
                raise
            self._sns.publish(TopicArn=self._made(agency), **call)

    def has_listener(self, agency: str, now: float) -> bool:
        """Whether anybody has a confirmed subscription on the agency's topic; asked at most once a minute."""
        known, until = self._confirmed.get(agency, (False, 0.0))
        if now < until:
            return known
        try:
            answer = self._sns.get_topic_attributes(TopicArn=self._settings.agency_topic_arn(agency))
            known = int(answer["Attributes"].get("SubscriptionsConfirmed", "0")) > 0
        except ClientError as error:
            if error.response["Error"]["Code"] not in _NO_TOPIC:
                raise
            known = False
        self._confirmed[agency] = (known, now + _CONFIRMED_KEEP_SECONDS)
        return known

    def subscribe(self, agency: str, protocol: str, endpoint: str) -> Subscription:
        """A new endpoint on the agency's topic. Raises Invalid when SNS does not take it."""
        try:
            answer = self._sns.subscribe(
                TopicArn=self._made(agency), Protocol=protocol, Endpoint=endpoint, ReturnSubscriptionArn=True
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("InvalidParameter", "InvalidParameterValue"):
                raise
            raise Invalid("The endpoint was not accepted.", details={"endpoint": "not accepted by SNS"}) from error
        self._confirmed.pop(agency, None)
        arn = answer["SubscriptionArn"]
        pending = protocol in ("http", "https", "email")
        return Subscription(id=arn.rsplit(":", 1)[-1], protocol=protocol, endpoint=endpoint, pending=pending)

    def subscriptions(self, agency: str) -> list[Subscription]:
        """All endpoints on the agency's topic."""
        found: list[Subscription] = []
        token: dict[str, str] = {}
        arn = self._settings.agency_topic_arn(agency)
        while True:
            try:
                answer = self._sns.list_subscriptions_by_topic(TopicArn=arn, **token)
            except ClientError as error:
                if error.response["Error"]["Code"] in _NO_TOPIC:
                    return []
                raise
            for each in answer["Subscriptions"]:
                pending = not each["SubscriptionArn"].startswith("arn:")
                found.append(
                    Subscription(
                        id="" if pending else each["SubscriptionArn"].rsplit(":", 1)[-1],
                        protocol=each["Protocol"],
                        endpoint=each["Endpoint"],
                        pending=pending,
                    )
                )
            if not answer.get("NextToken"):
                return found
            token = {"NextToken": answer["NextToken"]}

    def unsubscribe(self, agency: str, subscription_id: str) -> None:
        """Takes an endpoint off. Raises Unknown when it is not one of this agency's."""
        if subscription_id not in {each.id for each in self.subscriptions(agency) if each.id}:
            raise Unknown("There is no such subscription.", details={"id": subscription_id})
        self._sns.unsubscribe(SubscriptionArn=f"{self._settings.agency_topic_arn(agency)}:{subscription_id}")
        self._confirmed.pop(agency, None)

    def _made(self, agency: str) -> str:
        answer = self._sns.create_topic(Name=self._settings.agency_topic_name(agency))
        return str(answer["TopicArn"])
