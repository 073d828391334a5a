"""What SNS posts over HTTP: its JSON, what of it is signed, and the proof by the certificate that it names.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html. Message attributes and UnsubscribeURL are
not signed: they are not read at all.
"""

from __future__ import annotations

import re
from base64 import b64decode
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from ..domain.errors import BadSignature, Malformed
from .payload import loads

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

NOTIFICATION, SUBSCRIBES, UNSUBSCRIBES = "Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"

_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIBES: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    UNSUBSCRIBES: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_PARTITIONS = {"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn"}
_TOPIC = re.compile(r"arn:(aws|aws-cn|aws-us-gov):sns:([a-z]{2}(?:-[a-z]+)+-\d):\d{12}:[A-Za-z0-9_.-]{1,256}", re.ASCII)
_CERTIFICATE = r"https://sns\.{region}\.{domain}/SimpleNotificationService-[0-9a-f]{{8,64}}\.pem"


class Envelope(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """One SNS message. `subject`, `subscribe_url` and `token` are None where the message has none."""

    type: str
    message_id: str
    topic_arn: str
    message: str
    timestamp: str
    signature_version: str = msgspec.field(default="1")
    signature: str
    signing_cert_url: str = msgspec.field(name="SigningCertURL")
    subject: str | None = None
    subscribe_url: str | None = msgspec.field(name="SubscribeURL", default=None)
    token: str | None = None


_decode = msgspec.json.Decoder(Envelope).decode


def parse(body: bytes) -> Envelope:
    """The message in a body. Raises Malformed for anything else, raw delivery included: that is not signed."""
    try:
        envelope = _decode(body)
    except (ValueError, RecursionError):
        try:
            envelope = msgspec.convert(loads(body), Envelope)
        except (msgspec.ValidationError, RecursionError) as error:
            raise Malformed("the body is no SNS message") from error
    if envelope.type not in _SIGNED:
        raise Malformed("the body is no SNS message of a known type")
    return envelope


def string_to_sign(envelope: Envelope) -> bytes:
    """Name and value on lines of their own, in the order that AWS gives; what is absent is left out."""
    values = {
        "Message": envelope.message,
        "MessageId": envelope.message_id,
        "Subject": envelope.subject,
        "SubscribeURL": envelope.subscribe_url,
        "Timestamp": envelope.timestamp,
        "Token": envelope.token,
        "TopicArn": envelope.topic_arn,
        "Type": envelope.type,
    }
    lines = (f"{name}\n{values[name]}\n" for name in _SIGNED[envelope.type] if values[name] is not None)
    return "".join(lines).encode("utf-8", "surrogatepass")


def is_certificate_of(url: str, topic_arn: str) -> bool:
    """Whether that is where SNS publishes certificates for the region of this topic."""
    topic = _TOPIC.fullmatch(topic_arn)
    if topic is None:
        return False
    domain = re.escape(_PARTITIONS[topic[1]])
    return re.fullmatch(_CERTIFICATE.format(region=topic[2], domain=domain), url, re.ASCII) is not None


def verify(envelope: Envelope, pem: bytes, now: datetime) -> None:
    """Raises BadSignature unless the key of this certificate, which must be valid at `now`, signed the message. Where the
    certificate came from is the caller's to know."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    algorithms = {"1": hashes.SHA1, "2": hashes.SHA256}
    certificate = _certificate(pem)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise BadSignature("the certificate is not valid now")
    key = certificate.public_key()
    algorithm = algorithms.get(envelope.signature_version)
    if algorithm is None or not isinstance(key, RSAPublicKey):
        raise BadSignature("the signature is of an unknown kind")
    try:
        signature = b64decode(envelope.signature, validate=True)
        key.verify(signature, string_to_sign(envelope), PKCS1v15(), algorithm())
    except (InvalidSignature, ValueError) as error:
        raise BadSignature("the signature is wrong") from error


def _certificate(pem: bytes) -> Certificate:
    from cryptography.x509 import load_pem_x509_certificate

    try:
        return load_pem_x509_certificate(pem)
    except ValueError as error:
        raise BadSignature("the certificate cannot be read") from error
