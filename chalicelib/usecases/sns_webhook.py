"""SNS over HTTPS, before its message is read: is the topic ours, is the signature right, and who is subscribed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from botocore.exceptions import ClientError

from chalicelib.channels import sns_envelope
from chalicelib.channels.message import Request
from chalicelib.domain.errors import BadSignature, Invalid, Malformed
from chalicelib.observability import logger
from chalicelib.outbound.sns_certificates import certificate
from chalicelib.store.client import client
from chalicelib.usecases.desk import Desk


def proven(desk: Desk, request: Request, secrets: Mapping[str, str], now: datetime) -> dict[str, str]:
    """The channel's secrets with the `certificate` that proves this request. A subscription of ours that waits to be
    confirmed is confirmed by SNS's API; the link in the message is never followed. Raises BadSignature for anything that
    is not signed by AWS for a topic of the parameter `topic_arn`, Busy while the certificate cannot be fetched."""
    try:
        envelope = sns_envelope.parse(request.body)
    except Malformed as error:
        raise BadSignature("the signed message cannot be read") from error
    if envelope.topic_arn not in secrets.get("topic_arn", "").split():
        raise BadSignature("this is not our topic")
    url = envelope.signing_cert_url
    own = f"{desk.settings.public_url}/_local/sns.pem" if desk.settings.local else None
    if url != own and not sns_envelope.is_certificate_of(url, envelope.topic_arn):
        raise BadSignature("the certificate is not SNS's")
    pem = certificate(url, desk.ticks())
    sns_envelope.verify(envelope, pem.encode(), now)
    if envelope.type == sns_envelope.SUBSCRIBES:
        _confirm(desk, envelope)
    elif envelope.type == sns_envelope.UNSUBSCRIBES:
        logger().warning("SNS no longer posts to us", extra={"topic": envelope.topic_arn})
    return {**secrets, "certificate": pem}


def _confirm(desk: Desk, envelope: sns_envelope.Envelope) -> None:
    sns = client("sns", desk.settings.region)
    try:
        # "true": only this account may take the subscription off again
        sns.confirm_subscription(
            TopicArn=envelope.topic_arn, Token=envelope.token or "", AuthenticateOnUnsubscribe="true"
        )
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("InvalidParameter", "InvalidParameterValue", "NotFound"):
            raise
        raise Invalid("The subscription cannot be confirmed.", details={"Token": "is not valid any more"}) from error
    logger().info("subscribed to a topic", extra={"topic": envelope.topic_arn})
