"""Proof that a webhook comes from who it says: one verifier per scheme, each in constant time over the raw bytes.

Every function returns None when the proof holds and raises BadSignature otherwise: also for what is missing, malformed,
not ASCII, or not configured. A secret may hold several, separated by spaces, while the sender changes to the next one.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from ..domain.errors import BadSignature

TOLERANCE_SECONDS = 300


def standard_webhooks(
    secret: str, *, message_id: str | None, timestamp: str | None, body: bytes, signature: str | None, now: datetime
) -> None:
    """Standard Webhooks: `v1,` base64 HMAC-SHA256 of `id.timestamp.body`. Several signatures stand apart by spaces."""
    if not (message_id and timestamp and signature):
        raise BadSignature("webhook-id, webhook-timestamp and webhook-signature are needed")
    _recent(timestamp, now)
    signed = b"%b.%b.%b" % (_octets(message_id), timestamp.encode(), body)
    given = [_octets(part[3:]) for part in signature.split(" ") if part.startswith("v1,")]
    _any_equal((b64encode(hmac.digest(key, signed, "sha256")) for key in _webhook_keys(secret)), given)


def twilio(
    secret: str, *, url: str, params: Iterable[tuple[str, str]] = (), body: bytes | None = None, signature: str | None
) -> None:
    """Twilio: base64 HMAC-SHA1 of the public URL and the sorted form fields. The URL counts with and without its port,
    a value repeated under one name counts once. A `body` that is no form is vouched for by `bodySHA256` in the URL."""
    if not signature:
        raise BadSignature("the signature is missing")
    if body is not None:
        _body_digest_in(url, body)
    fields = "".join(name + value for name, value in sorted(set(params)))
    given = [_octets(signature)]
    _any_equal(
        (
            b64encode(hmac.digest(_octets(key), _octets(variant + fields), "sha1"))
            for key in secret.split()
            for variant in _with_and_without_port(url)
        ),
        given,
    )


def hmac_sha256(
    secret: str,
    *,
    body: bytes,
    signature: str | None,
    prefix: str = "",
    timestamp: str | None = None,
    now: datetime | None = None,
) -> None:
    """HMAC-SHA256 of the raw body in hex or base64 after `prefix` ("sha256="). With `now` the provider also sends a
    timestamp, at most five minutes off, and signs `timestamp.body`: an unsigned time would prove nothing."""
    if not signature or not signature.startswith(prefix):
        raise BadSignature("the signature is missing")
    if now is not None:
        if not timestamp:
            raise BadSignature("the timestamp is missing")
        _recent(timestamp, now)
        body = b"%b.%b" % (timestamp.encode(), body)
    text = signature[len(prefix) :].strip()
    given = [_octets(text), _octets(text.lower())]
    digests = [hmac.digest(_octets(key), body, "sha256") for key in secret.split()]
    _any_equal((form for digest in digests for form in (digest.hex().encode(), b64encode(digest))), given)


def shared_secret(secret: str, *, given: str | None, prefix: str = "") -> None:
    """A secret that the provider repeats in a header or in the URL."""
    if not given or not given.startswith(prefix):
        raise BadSignature("the secret is missing")
    _any_equal(map(_octets, secret.split()), [_octets(given[len(prefix) :])])


def basic(secret: str, *, authorization: str | None) -> None:
    """HTTP Basic; the secret is `user:password`."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        raise BadSignature("the credentials are missing")
    try:
        given = b64decode(encoded.strip(), validate=True)
    except ValueError as error:  # binascii.Error is one; so is text beyond ASCII
        raise BadSignature("the credentials cannot be read") from error
    _any_equal(map(_octets, secret.split()), [given])


def _recent(timestamp: str, now: datetime) -> None:
    """Refuse a Unix time that is no plain number, or more than the tolerance away from `now`."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise BadSignature("the timestamp cannot be read")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise BadSignature("the timestamp is too far from now")


def _body_digest_in(url: str, body: bytes) -> None:
    query = dict(parse_qsl(url.partition("?")[2]))
    given = [_octets(query.get("bodySHA256", "").lower())]
    _any_equal([hashlib.sha256(body).hexdigest().encode()], given)


def _webhook_keys(secret: str) -> Iterable[bytes]:
    for part in secret.split():
        text = part.removeprefix("whsec_")
        try:
            key = b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError):
            continue  # a secret typed wrongly verifies nothing; the others still count
        if key:
            yield key


def _with_and_without_port(url: str) -> tuple[str, ...]:
    """The URL as it is, and with the scheme's default port added or its port taken out (as Twilio's checker does)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return (url,)
    start = url.find("//") + 2
    end = start + len(parts.netloc)
    if port:
        other = parts.netloc.rpartition(":")[0]
    else:
        other = f"{parts.netloc.removesuffix(':')}:{443 if parts.scheme == 'https' else 80}"
    return url, url[:start] + other + url[end:]


def _any_equal(expected: Iterable[bytes], given: list[bytes]) -> None:
    """Raise BadSignature unless one expected proof is among the given ones; no comparison ends early."""
    if not sum(hmac.compare_digest(one, other) for one in expected for other in given):
        raise BadSignature("the signature does not match")


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
