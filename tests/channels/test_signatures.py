"""Every verifier against published vectors, against the vendors' own packages, and against nonsense."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook
from twilio.request_validator import RequestValidator

from chalicelib.channels import signatures
from chalicelib.domain.errors import BadSignature

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "golden" / "vectors.json").read_text())
TWILIO = VECTORS["twilio"]
NOW = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
KEY = "whsec_" + base64.b64encode(b"a key of 24 octets length").decode()
OTHER_KEY = "whsec_" + base64.b64encode(b"the key that came after").decode()


def signed(secret: str, body: bytes, message_id: str = "msg_1", at: datetime = NOW) -> str:
    return Webhook(secret).sign(message_id, at, body.decode())


def check(signature: str | None, body: bytes = b"{}", secret: str = KEY, **changes: Any) -> None:
    arguments = {"message_id": "msg_1", "timestamp": STAMP, "now": NOW} | changes
    signatures.standard_webhooks(secret, body=body, signature=signature, **arguments)


class TestStandardWebhooks:
    @pytest.mark.parametrize("vector", VECTORS["standard_webhooks"], ids=["python", "rust"])
    def test_published_vectors(self, vector: dict[str, Any]) -> None:
        check(
            vector["expected"],
            vector["payload"].encode(),
            vector["secret"],
            message_id=vector["id"],
            timestamp=str(vector["ts"]),
            now=datetime.fromtimestamp(vector["ts"], UTC),
        )

    @given(st.text(max_size=200), st.binary(min_size=1, max_size=40))
    def test_the_reference_package_agrees(self, text: str, key: bytes) -> None:
        secret = base64.b64encode(key).decode()
        body = text.encode("utf-8", "replace")
        check(signed(secret, body), body, secret)
        with pytest.raises(BadSignature):
            check(signed(secret, body), body + b" ", secret)

    def test_several_signatures_and_other_versions(self) -> None:
        check(f"v1a,xxxx v1,{'A' * 43}= {signed(KEY, b'{}')}")

    def test_both_secrets_count_while_one_replaces_the_other(self) -> None:
        both = f"{KEY} {OTHER_KEY}"
        check(signed(KEY, b"{}"), secret=both)
        check(signed(OTHER_KEY, b"{}"), secret=both)
        with pytest.raises(BadSignature):
            check(signed(OTHER_KEY, b"{}"))

    @pytest.mark.parametrize("seconds", [-300, 300, 0])
    def test_within_five_minutes(self, seconds: int) -> None:
        at = NOW + timedelta(seconds=seconds)
        check(signed(KEY, b"{}", at=at), timestamp=str(int(at.timestamp())))

    @pytest.mark.parametrize("seconds", [-301, 301, -86400])
    def test_beyond_five_minutes(self, seconds: int) -> None:
        at = NOW + timedelta(seconds=seconds)
        with pytest.raises(BadSignature):
            check(signed(KEY, b"{}", at=at), timestamp=str(int(at.timestamp())))

    @pytest.mark.parametrize(
        "timestamp",
        ["", "abc", "-1", "1e9", "9" * 5000, "9" * 12, f" {STAMP}", f"{STAMP}.0", "१७७२५०१४००", "1_772_501_400"],
    )
    def test_timestamps_that_are_none(self, timestamp: str) -> None:
        with pytest.raises(BadSignature):
            check(signed(KEY, b"{}"), timestamp=timestamp)

    @pytest.mark.parametrize("field", ["message_id", "timestamp"])
    @pytest.mark.parametrize("value", [None, ""])
    def test_missing_headers(self, field: str, value: str | None) -> None:
        with pytest.raises(BadSignature):
            check(signed(KEY, b"{}"), **{field: value})

    @pytest.mark.parametrize(
        "signature", [None, "", "v1", "v1,", "v1,ü", "v1,!!!", "v1,AAAA=====", "v2,x", ",,,", "v1,\ud800"]
    )
    def test_malformed_signatures(self, signature: str | None) -> None:
        with pytest.raises(BadSignature):
            check(signature)

    @pytest.mark.parametrize("secret", ["", "   ", "whsec_", "whsec_§", "not base64!", "a"])
    def test_an_unusable_secret_verifies_nothing(self, secret: str) -> None:
        forged = "v1," + base64.b64encode(hmac.digest(b"", f"msg_1.{STAMP}.{{}}".encode(), "sha256")).decode()
        with pytest.raises(BadSignature):
            check(forged, secret=secret)

    @given(st.text(), st.text(), st.text(), st.binary())
    def test_nothing_but_bad_signature_is_raised(
        self, signature: str, timestamp: str, secret: str, body: bytes
    ) -> None:
        with pytest.raises(BadSignature):
            check(signature, body, secret, timestamp=timestamp, message_id=signature)


class TestTwilio:
    TOKEN, URL = TWILIO["token"], TWILIO["url"]

    def check(self, signature: str | None, url: str = "", params: Any = None, **changes: Any) -> None:
        pairs = list(TWILIO["params"].items()) if params is None else params
        signatures.twilio(changes.get("secret", self.TOKEN), url=url or self.URL, params=pairs, signature=signature)

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("https://mycompany.com/myapp.php?foo=1&bar=2", "https"),
            ("https://mycompany.com:443/myapp.php?foo=1&bar=2", "https"),
            ("https://mycompany.com/myapp.php?foo=1&bar=2", "https_port443_added"),
            ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", "http_port1234"),
            ("http://mycompany.com/myapp.php?foo=1&bar=2", "http_port80_added"),
        ],
    )
    def test_published_vectors(self, url: str, expected: str) -> None:
        self.check(TWILIO["expected"][expected], url)

    def test_a_repeated_name(self) -> None:
        vector = TWILIO["duplicate_params"]
        pairs = [tuple(pair) for pair in vector["params"]]
        self.check(vector["expected"], params=pairs)
        self.check(vector["expected"], params=pairs + pairs)

    def test_a_json_body_is_vouched_for_by_its_digest_in_the_url(self) -> None:
        vector = TWILIO["json_body"]
        url = f"{self.URL}&bodySHA256={vector['bodySHA256']}"
        body = vector["body"].encode()
        signatures.twilio(self.TOKEN, url=url, body=body, signature=vector["expected"])
        with pytest.raises(BadSignature):
            signatures.twilio(self.TOKEN, url=url, body=body + b" ", signature=vector["expected"])

    def test_a_body_without_its_digest_in_the_url_is_not_signed(self) -> None:
        signature = RequestValidator(self.TOKEN).compute_signature(self.URL, {})
        with pytest.raises(BadSignature):
            signatures.twilio(self.TOKEN, url=self.URL, body=b"{}", signature=signature)

    @given(
        st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=10), st.text(st.characters(codec="utf-8"))),
        st.sampled_from(
            ["https://kota.example/prod/channels/sms", "https://kota.example:8443/x?a=b", "http://127.0.0.1:8000/s"]
        ),
    )
    def test_the_vendors_package_agrees(self, fields: dict[str, str], url: str) -> None:
        signature = RequestValidator(self.TOKEN).compute_signature(url, fields)
        self.check(signature, url, list(fields.items()))
        with pytest.raises(BadSignature):
            self.check(signature, url, [*fields.items(), ("Added", "1")])

    def test_rotation(self) -> None:
        self.check(TWILIO["expected"]["https"], secret=f"newer {self.TOKEN}")

    @pytest.mark.parametrize("signature", [None, "", "é", "\ud800", "AAAA", TWILIO["expected"]["https"].lower()])
    def test_wrong_signatures(self, signature: str | None) -> None:
        with pytest.raises(BadSignature):
            self.check(signature)

    @pytest.mark.parametrize("url", ["", "https://[", "https://x:99999/", "https://x:port/", "nonsense"])
    def test_an_odd_url_is_only_a_bad_signature(self, url: str) -> None:
        with pytest.raises(BadSignature):
            signatures.twilio(self.TOKEN, url=url, params=[], signature="AAAA")

    def test_no_secret_verifies_nothing(self) -> None:
        signature = RequestValidator("").compute_signature(self.URL, TWILIO["params"])
        with pytest.raises(BadSignature):
            self.check(signature, secret="")


class TestHmacSha256:
    BODY = b'{"text":"Jalan rusak"}'
    DIGEST = hmac.new(b"rahasia", BODY, hashlib.sha256)

    @pytest.mark.parametrize("prefix", ["", "sha256="])
    @pytest.mark.parametrize(
        "proof", [DIGEST.hexdigest(), DIGEST.hexdigest().upper(), base64.b64encode(DIGEST.digest()).decode()]
    )
    def test_hex_and_base64(self, proof: str, prefix: str) -> None:
        signatures.hmac_sha256("rahasia", body=self.BODY, signature=prefix + proof, prefix=prefix)
        with pytest.raises(BadSignature):
            signatures.hmac_sha256("lain", body=self.BODY, signature=prefix + proof, prefix=prefix)

    def test_a_timestamp_is_part_of_what_is_signed(self) -> None:
        proof = hmac.new(b"rahasia", f"{STAMP}.".encode() + self.BODY, hashlib.sha256).hexdigest()
        signatures.hmac_sha256("rahasia", body=self.BODY, signature=proof, timestamp=STAMP, now=NOW)
        with pytest.raises(BadSignature):  # the same text, made younger
            signatures.hmac_sha256("rahasia", body=self.BODY, signature=proof, timestamp=str(int(STAMP) + 1), now=NOW)
        with pytest.raises(BadSignature):
            signatures.hmac_sha256(
                "rahasia", body=self.BODY, signature=proof, timestamp=STAMP, now=NOW + timedelta(seconds=301)
            )
        with pytest.raises(BadSignature):
            signatures.hmac_sha256("rahasia", body=self.BODY, signature=proof, timestamp=None, now=NOW)

    @given(st.text(), st.binary())
    def test_nonsense(self, signature: str, body: bytes) -> None:
        with pytest.raises(BadSignature):
            signatures.hmac_sha256("rahasia", body=body, signature=signature)


class TestSharedSecretAndBasic:
    def test_shared_secret(self) -> None:
        signatures.shared_secret("s3cret", given="s3cret")
        signatures.shared_secret("old new", given="new")
        signatures.shared_secret("s3cret", given="Bearer s3cret", prefix="Bearer ")

    @pytest.mark.parametrize("given", [None, "", "s3cre", "s3cret ", "old new", "é", "\ud800"])
    def test_wrong_shared_secret(self, given: str | None) -> None:
        with pytest.raises(BadSignature):
            signatures.shared_secret("old new", given=given)

    @pytest.mark.parametrize("given", ["", " "])
    def test_no_shared_secret(self, given: str) -> None:
        with pytest.raises(BadSignature):
            signatures.shared_secret("", given=given)

    def test_basic(self) -> None:
        signatures.basic("kota:s3cret", authorization="Basic " + base64.b64encode(b"kota:s3cret").decode())
        signatures.basic("kota:s3cret", authorization="basic  " + base64.b64encode(b"kota:s3cret").decode())

    @pytest.mark.parametrize(
        "value", [None, "", "Basic", "Basic !", "Basic ü", "Bearer a290YTpzM2NyZXQ=", "Basic a290YQ=="]
    )
    def test_wrong_basic(self, value: str | None) -> None:
        with pytest.raises(BadSignature):
            signatures.basic("kota:s3cret", authorization=value)
