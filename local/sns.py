"""What moto's SNS lacks: confirmed subscriptions, signed messages over HTTP with retries, e-mail, and topics that
invoke functions. Queues, topics and filter policies stay moto's.
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode
from xml.sax.saxutils import escape

from local.cloud import LOCK, Cloud
from local.deliveries import Delivery, Postman
from local.outbox import Outbox, cloud_event
from local.queues import put
from local.signing import Signer, as_sent, timestamp

CONFIRMS = ("http", "https", "email", "email-json")
"""Protocols whose endpoint must confirm before anything is sent to it."""
PENDING = "PendingConfirmation"


class Sns:
    """SNS of the local cloud."""

    def __init__(
        self, cloud: Cloud, *, aws_url: str, signer: Signer, postman: Postman, outbox: Outbox, inside: frozenset[str]
    ) -> None:
        self._cloud = cloud
        self._aws_url = aws_url
        self._signer = signer
        self._postman = postman
        self._outbox = outbox
        self.inside = inside  # names of topics that no agency reads: they stay out of the outbox
        self.functions: dict[str, Callable[[dict[str, Any]], None]] = {}  # by topic ARN: what takes its records
        self._mend_moto()

    def answer(self, environ: dict[str, Any]) -> tuple[str, str, bytes] | None:
        """The links in SNS messages are followed by a plain, unsigned GET: the answer, or None for other requests."""
        query = {name: values[0] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
        action = query.get("Action", "")
        if environ["REQUEST_METHOD"] != "GET" or action not in ("ConfirmSubscription", "Unsubscribe"):
            return None
        with LOCK:
            if action == "Unsubscribe":
                self._backend.unsubscribe(query.get("SubscriptionArn", ""))
                return "200 OK", "text/xml", _xml(action, "")
            arn = self.confirm(query.get("TopicArn", ""), query.get("Token", ""))
        if arn is None:
            return (
                "400 Bad Request",
                "text/xml",
                b"<ErrorResponse><Error><Code>InvalidParameter</Code></Error></ErrorResponse>",
            )
        return "200 OK", "text/xml", _xml(action, f"<SubscriptionArn>{escape(arn)}</SubscriptionArn>")

    def confirm(self, topic_arn: str, token: str) -> str | None:
        """Confirm the subscription that was sent `token`; its ARN, or None when there is none."""
        for subscription in self._backend.subscriptions.values():
            if subscription.topic.arn == topic_arn and token and token == getattr(subscription, "token", None):
                subscription.confirmed = True
                subscription.attributes[PENDING] = False
                return str(subscription.arn)
        return None

    @property
    def _backend(self) -> Any:
        return self._cloud.backend("sns")

    def _queue(self, arn: str) -> Any:
        return self._cloud.backend("sqs").get_queue(arn.split(":")[-1])

    def _mend_moto(self) -> None:
        import moto.sns.models as models
        import moto.sns.responses as responses

        publish_once, subscribe_once = models.Topic.publish, models.SNSBackend.subscribe

        def publish(topic: Any, message: str, **more: Any) -> str:
            message_id = publish_once(topic, message, **more)
            topic.sent_notifications.clear()  # moto keeps every message for ever
            self._published(topic, message_id, message, more)
            return message_id

        def deliver(subscription: Any, message: str, message_id: str, **more: Any) -> None:
            self._deliver(subscription, message, message_id, more)

        def subscribe(backend: Any, topic_arn: str, endpoint: str, protocol: str) -> Any:
            subscription = subscribe_once(backend, topic_arn, endpoint, protocol)
            if protocol not in CONFIRMS:
                subscription.confirmed = True
            elif not subscription.confirmed:
                self._ask_to_confirm(subscription)
            return subscription

        models.Topic.publish = publish  # type: ignore[method-assign,assignment]
        models.Subscription.publish = deliver  # type: ignore[method-assign,assignment]
        models.SNSBackend.subscribe = subscribe  # type: ignore[method-assign]
        _mend_answers(responses, self)

    def _published(self, topic: Any, message_id: str, message: str, more: dict[str, Any]) -> None:
        if topic.name not in self.inside:
            structured = more.get("message_structure") == "json"
            content = _part(message, "https") if structured else message
            event = cloud_event(content)
            tracking = event.get("subject") if isinstance(event, dict) else None
            self._outbox.add(
                channel="sns", to=topic.name, message=event, **({"tracking": tracking} if tracking else {})
            )
        if (invoke := self.functions.get(topic.arn)) is not None:
            invoke(self._record(topic, message_id, message, more))

    def _record(self, topic: Any, message_id: str, message: str, more: dict[str, Any]) -> dict[str, Any]:
        """What a function gets: the same fields, two of them spelt otherwise."""
        signed = self._signer.signed(
            _notification(topic, message_id, message, more, datetime.now(UTC)), _version(topic)
        )
        return (
            {"Subject": None, "MessageAttributes": more.get("message_attributes") or {}}
            | {{"SigningCertURL": "SigningCertUrl"}.get(name, name): value for name, value in signed.items()}
            | {"UnsubscribeUrl": f"{self._aws_url}/?Action=Unsubscribe"}
        )

    def _deliver(self, subscription: Any, message: str, message_id: str, more: dict[str, Any]) -> None:
        matcher = subscription._filter_policy_matcher
        if not subscription.confirmed or (matcher and not matcher.matches(more.get("message_attributes"), message)):
            return
        protocol, topic = subscription.protocol, subscription.topic
        if more.get("message_structure") == "json":
            message = _part(message, protocol)
        if protocol in ("http", "https"):
            self._post(subscription, message, message_id, more)
        elif protocol == "sqs":
            raw = bool(subscription.attributes.get("RawMessageDelivery"))
            envelope = None if raw else self._envelope(subscription, message, message_id, more, datetime.now(UTC))
            body = message if envelope is None else as_sent(envelope).decode()
            put(self._queue(subscription.endpoint), body, more.get("message_attributes") if raw else None)
        elif protocol in ("email", "email-json", "sms"):
            subject = more.get("subject") or "AWS Notification Message"
            content = {"text": message, "topic": topic.name} | ({} if protocol == "sms" else {"subject": subject})
            self._outbox.add(channel="sms" if protocol == "sms" else "email", to=subscription.endpoint, **content)

    def _post(self, subscription: Any, message: str, message_id: str, more: dict[str, Any]) -> None:
        raw = bool(subscription.attributes.get("RawMessageDelivery"))
        at = datetime.now(UTC)
        headers = _headers(subscription, "Notification", message_id) | (
            {"x-amz-sns-rawdelivery": "true"} if raw else {}
        )

        def body() -> bytes:
            return message.encode() if raw else as_sent(self._envelope(subscription, message, message_id, more, at))

        self._postman.post(
            Delivery(
                endpoint=subscription.endpoint,
                headers=headers,
                body=body,
                failed=lambda: self._redrive(subscription, message),
            )
        )

    def _envelope(
        self, subscription: Any, message: str, message_id: str, more: dict[str, Any], at: datetime
    ) -> dict[str, object]:
        topic = subscription.topic
        signed = self._signer.signed(_notification(topic, message_id, message, more, at), _version(topic))
        leave = urlencode({"Action": "Unsubscribe", "SubscriptionArn": subscription.arn}, safe=":")
        envelope = signed | {"UnsubscribeURL": f"{self._aws_url}/?{leave}"}
        attributes = more.get("message_attributes")
        return envelope | ({"MessageAttributes": attributes} if attributes else {})

    def _redrive(self, subscription: Any, message: str) -> None:
        policy = subscription.attributes.get("RedrivePolicy")
        if policy:
            put(self._queue(json.loads(policy)["deadLetterTargetArn"]), message, None)

    def _ask_to_confirm(self, subscription: Any) -> None:
        topic_arn = subscription.topic.arn
        subscription.token = secrets.token_hex(128)
        subscription.attributes[PENDING] = True
        query = {"Action": "ConfirmSubscription", "TopicArn": topic_arn, "Token": subscription.token}
        link = f"{self._aws_url}/?{urlencode(query, safe=':')}"
        message: dict[str, object] = {
            "Type": "SubscriptionConfirmation",
            "MessageId": str(uuid.uuid4()),
            "Token": subscription.token,
            "TopicArn": topic_arn,
            "Message": f"You have chosen to subscribe to the topic {topic_arn}.\n"
            "To confirm the subscription, visit the SubscribeURL included in this message.",
            "SubscribeURL": link,
            "Timestamp": timestamp(datetime.now(UTC)),
        }
        if subscription.protocol in ("email", "email-json"):
            subject, text = "AWS Notification - Subscription Confirmation", f"{message['Message']}\n{link}"
            self._outbox.add(channel="email", to=subscription.endpoint, subject=subject, text=text)
            return
        body = as_sent(self._signer.signed(message, _version(subscription.topic)))
        headers = _headers(subscription, "SubscriptionConfirmation", str(message["MessageId"]))
        self._postman.post(Delivery(endpoint=subscription.endpoint, headers=headers, body=lambda: body))


def _mend_answers(responses: Any, sns: Sns) -> None:
    """The API's own answers: pending subscriptions have no ARN yet, topics count both kinds, tokens confirm."""
    response = responses.SNSResponse
    subscribe, confirm, unsubscribe = response.subscribe, response.confirm_subscription, response.unsubscribe
    attributes, listed = response.get_topic_attributes, response.list_subscriptions
    by_topic = response.list_subscriptions_by_topic

    def subscribed(self: Any) -> Any:
        answer = subscribe(self)
        made = self.backend.subscriptions[answer.result["SubscriptionArn"]]
        if not made.confirmed and not self._get_param("ReturnSubscriptionArn", False):
            answer.result["SubscriptionArn"] = "pending confirmation"
        return answer

    def confirmed(self: Any) -> Any:
        answer = confirm(self)  # raises when there is no such topic
        arn = sns.confirm(self._get_param("TopicArn"), self._get_param("Token"))
        if arn is None:
            raise responses.SNSInvalidParameter("Invalid parameter: Token")
        answer.result["SubscriptionArn"] = arn
        return answer

    def unsubscribed(self: Any) -> Any:
        if not self._get_param("SubscriptionArn", "").startswith("arn:"):
            raise responses.SNSInvalidParameter("Invalid parameter: SubscriptionArn")
        return unsubscribe(self)

    def counted(self: Any) -> Any:
        topic = self.backend.get_topic(self._get_param("TopicArn"))
        subscriptions = self.backend._get_topic_subscriptions(topic)
        topic.subscriptions_confimed = sum(s.confirmed for s in subscriptions)
        topic.subscriptions_pending = len(subscriptions) - topic.subscriptions_confimed
        answer = attributes(self)
        if hasattr(topic, "signature_version"):
            answer.result["Attributes"]["SignatureVersion"] = topic.signature_version
        return answer

    def shown(answer: Any) -> Any:
        answer.result["Subscriptions"] = [_shown(s) for s in answer.result["Subscriptions"]]
        return answer

    response.subscribe, response.confirm_subscription, response.unsubscribe = subscribed, confirmed, unsubscribed
    response.get_topic_attributes = counted
    response.list_subscriptions = lambda self: shown(listed(self))
    response.list_subscriptions_by_topic = lambda self: shown(by_topic(self))


def _shown(subscription: Any) -> Any:
    return SimpleNamespace(
        arn=subscription.arn if subscription.confirmed else PENDING,
        owner=subscription.owner,
        protocol=subscription.protocol,
        endpoint=subscription.endpoint,
        topic_arn=subscription.topic.arn,
    )


def _notification(topic: Any, message_id: str, message: str, more: dict[str, Any], at: datetime) -> dict[str, object]:
    subject = more.get("subject")
    return {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": topic.arn,
        **({"Subject": subject} if subject else {}),
        "Message": message,
        "Timestamp": timestamp(at),
    }


def _headers(subscription: Any, kind: str, message_id: str) -> dict[str, str]:
    headers = {
        "x-amz-sns-message-type": kind,
        "x-amz-sns-message-id": message_id,
        "x-amz-sns-topic-arn": subscription.topic.arn,
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
    }
    return headers | ({"x-amz-sns-subscription-arn": subscription.arn} if kind == "Notification" else {})


def _part(message: str, protocol: str) -> str:
    parts = json.loads(message)
    return str(parts.get(protocol) or parts["default"])


def _version(topic: Any) -> str:
    """AWS signs with version 1 unless the topic says 2; here 2 is the default, because SHA1 is nothing to start with."""
    return str(getattr(topic, "signature_version", "2"))


def _xml(action: str, result: str) -> bytes:
    space = "http://sns.amazonaws.com/doc/2010-03-31/"
    return f'<{action}Response xmlns="{space}"><{action}Result>{result}</{action}Result></{action}Response>'.encode()
