"""SNS messages over HTTP: AWS's own where they are at hand, and ours with a certificate of our own."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels import sns_envelope
from chalicelib.domain.errors import BadSignature, Malformed

REAL = Path("/work/shared/wire/aws/sns_real")
NOW = datetime(2026, 3, 6, 20, 5, tzinfo=UTC)
TOPIC = "arn:aws:sns:ap-southeast-3:123456789012:tanggap-dev-sms-inbound"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(
    key: Any = KEY, start: datetime = NOW - timedelta(days=1), end: datetime = NOW + timedelta(days=1)
) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(end)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


PEM = certificate()
NOTIFICATION = {
    "Type": "Notification",
    "MessageId": "00000000-0000-5000-8000-000000000001",
    "TopicArn": TOPIC,
    "Subject": "texts",
    "Message": "baris satu\nbaris dua 🌊",
    "Timestamp": "2026-03-06T20:00:26.893Z",
}
# https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html, written out
CANONICAL = (
    "Message\nbaris satu\nbaris dua 🌊\nMessageId\n00000000-0000-5000-8000-000000000001\nSubject\ntexts\n"
    f"Timestamp\n2026-03-06T20:00:26.893Z\nTopicArn\n{TOPIC}\nType\nNotification\n"
)
CONFIRMATION = {
    "Type": "SubscriptionConfirmation",
    "MessageId": "00000000-0000-5000-8000-000000000002",
    "Token": "abc",
    "TopicArn": TOPIC,
    "Message": "You have chosen to subscribe",
    "SubscribeURL": "https://sns.ap-southeast-3.amazonaws.com/?Action=ConfirmSubscription",
    "Timestamp": "2026-03-06T20:00:26.893Z",
}
CANONICAL_CONFIRMATION = (
    "Message\nYou have chosen to subscribe\nMessageId\n00000000-0000-5000-8000-000000000002\n"
    "SubscribeURL\nhttps://sns.ap-southeast-3.amazonaws.com/?Action=ConfirmSubscription\n"
    f"Timestamp\n2026-03-06T20:00:26.893Z\nToken\nabc\nTopicArn\n{TOPIC}\nType\nSubscriptionConfirmation\n"
)


def sent(message: dict[str, Any], canonical: str, version: str = "2", **more: Any) -> bytes:
    algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303
    signature = b64encode(KEY.sign(canonical.encode(), padding.PKCS1v15(), algorithm)).decode()
    url = "https://sns.ap-southeast-3.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
    signed = {"SignatureVersion": version, "Signature": signature, "SigningCertURL": url}
    return json.dumps({**message, **signed, **more}).encode()


def refused(body: bytes, pem: bytes = PEM, now: datetime = NOW) -> bool:
    try:
        sns_envelope.verify(sns_envelope.parse(body), pem, now)
    except BadSignature:
        return True
    return False


@pytest.mark.parametrize("name", ["notification_no_subject_v1", "notification_v2", "subscription_confirmation_v1"])
def test_what_aws_has_signed(name: str) -> None:
    if not REAL.exists():
        pytest.skip("AWS's own messages are not here")
    body = (REAL / f"{name}.json").read_bytes()
    (pem,) = (path.read_bytes() for path in REAL.glob("*.pem"))
    envelope = sns_envelope.parse(body)
    sns_envelope.verify(envelope, pem, NOW)
    assert sns_envelope.is_certificate_of(envelope.signing_cert_url, envelope.topic_arn)
    assert refused(body, pem, datetime(2026, 11, 21, tzinfo=UTC)), "the certificate has ended by then"
    assert refused(body.replace(b"This", b"That").replace(b"You", b"We"), pem)


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions_of_signature(version: str) -> None:
    body = sent(NOTIFICATION, CANONICAL, version)
    assert not refused(body)
    assert refused(body.replace(b"baris dua", b"baris tiga"))
    assert not refused(sent(CONFIRMATION, CANONICAL_CONFIRMATION, version))


def test_a_subject_that_is_not_there_is_not_signed() -> None:
    bare = {name: value for name, value in NOTIFICATION.items() if name != "Subject"}
    canonical = CANONICAL.replace("Subject\ntexts\n", "")
    assert not refused(sent(bare, canonical))
    assert not refused(sent({**bare, "Subject": None}, canonical))
    assert refused(sent({**bare, "Subject": "added"}, canonical))


def test_attributes_are_not_signed_and_not_read() -> None:
    body = sent(NOTIFICATION, CANONICAL, MessageAttributes={"x": {"Type": "String", "Value": "forged"}})
    assert not refused(body)
    assert "forged" not in repr(sns_envelope.parse(body))


@pytest.mark.parametrize(
    "change", [{"SignatureVersion": "3"}, {"SignatureVersion": ""}, {"Signature": "###"}, {"Signature": ""}]
)
def test_signatures_that_are_none(change: dict[str, str]) -> None:
    assert refused(sent(NOTIFICATION, CANONICAL, **change))


def test_certificates_that_prove_nothing() -> None:
    body = sent(NOTIFICATION, CANONICAL)
    assert refused(body, certificate(end=NOW - timedelta(seconds=1)))
    assert refused(body, certificate(start=NOW + timedelta(seconds=1)))
    assert refused(body, certificate(rsa.generate_private_key(public_exponent=65537, key_size=2048)))
    assert refused(body, certificate(ec.generate_private_key(ec.SECP256R1())))
    assert refused(body, b"")
    assert refused(body, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")


@pytest.mark.parametrize(
    ("url", "is_ours"),
    [
        ("https://sns.ap-southeast-3.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem", True),
        ("http://sns.ap-southeast-3.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem", False),
        ("https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem", False),
        ("https://sns.ap-southeast-3.amazonaws.com.evil.example/SimpleNotificationService-0123456789abcdef.pem", False),
        ("https://sns.ap-southeast-3.amazonaws.com@evil.example/SimpleNotificationService-0123456789abcdef.pem", False),
        ("https://bucket.s3.ap-southeast-3.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem", False),
        ("https://sns.ap-southeast-3.amazonaws.com/../SimpleNotificationService-0123456789abcdef.pem", False),
        ("https://sns.ap-southeast-3.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem?x=1", False),
        ("https://snsxap-southeast-3.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem", False),
        ("https://169.254.169.254/SimpleNotificationService-0123456789abcdef.pem", False),
        ("", False),
    ],
)
def test_certificates_come_from_sns_in_the_topics_region_only(url: str, is_ours: bool) -> None:
    assert sns_envelope.is_certificate_of(url, TOPIC) is is_ours


def test_topics_that_are_none_have_no_certificate() -> None:
    for topic in (
        "",
        "arn:aws:sns:x",
        "arn:aws:sns:evil.example/:123456789012:t",
        "arn:aws:sqs:us-east-1:123456789012:t",
    ):
        assert not sns_envelope.is_certificate_of(
            "https://sns.x.amazonaws.com/SimpleNotificationService-00000000.pem", topic
        )


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"{" * 10_000, b'{"Type": "Other"}', json.dumps({**NOTIFICATION, "Type": "Text", "Signature": "", "SigningCertURL": ""}).encode()])  # fmt: skip
def test_what_is_no_sns_message(body: bytes) -> None:
    with pytest.raises(Malformed):
        sns_envelope.parse(body)


@given(st.binary(max_size=300) | st.dictionaries(st.sampled_from([*CONFIRMATION, "Subject", "Signature", "SigningCertURL", "SignatureVersion"]), st.text() | st.none() | st.integers()).map(lambda each: json.dumps({**json.loads(sent(NOTIFICATION, CANONICAL)), **each}).encode()))  # fmt: skip
def test_any_bytes_are_refused_or_read(body: bytes) -> None:
    try:
        envelope = sns_envelope.parse(body)
    except Malformed:
        return
    try:
        sns_envelope.verify(envelope, PEM, NOW)
    except BadSignature:
        return
    assert sns_envelope.string_to_sign(envelope) == CANONICAL.encode()
