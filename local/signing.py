"""SNS messages as AWS sends them over HTTP: their JSON, what of it is signed, and a certificate to check it with."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


def string_to_sign(message: Mapping[str, object]) -> bytes:
    """The signed part of an SNS message: name and value on lines of their own; an absent Subject is left out."""
    names = SIGNED[str(message["Type"])]
    return "".join(f"{name}\n{message[name]}\n" for name in names if message.get(name) is not None).encode()


def timestamp(now: datetime) -> str:
    """As SNS writes instants: UTC with milliseconds and a Z."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"


class Signer:
    """A key and a self-signed certificate of our own, valid for a year from `now`."""

    def __init__(self, certificate_url: str, now: datetime) -> None:
        self.certificate_url = certificate_url
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.local")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=365))
            .sign(self._key, hashes.SHA256())
        )
        self.certificate = certificate.public_bytes(serialization.Encoding.PEM)

    def signed(self, message: dict[str, object], version: str = "2") -> dict[str, object]:
        """`message` with the signature's fields after its own; version 1 is SHA1, 2 is SHA256."""
        algorithm: hashes.HashAlgorithm = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303
        signature = self._key.sign(string_to_sign(message), padding.PKCS1v15(), algorithm)
        return message | {
            "SignatureVersion": version,
            "Signature": base64.b64encode(signature).decode(),
            "SigningCertURL": self.certificate_url,
        }


def as_sent(message: Mapping[str, object]) -> bytes:
    """The body as SNS writes it: indented, and a space on both sides of each colon."""
    return json.dumps(message, indent=2, separators=(",", " : "), ensure_ascii=False).encode()
