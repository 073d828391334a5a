"""Where a received mail lies and what SES thinks of it, from any of the events that announce one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

import msgspec

from ..domain.errors import Malformed

MAX_RECIPIENTS = 100


class Verdicts(msgspec.Struct, frozen=True, kw_only=True):
    """SES's verdicts: "PASS", "FAIL", "GRAY", "PROCESSING_FAILED", or "" where it gave none. Only PASS is a pass."""

    spam: str = ""
    virus: str = ""
    spf: str = ""
    dkim: str = ""
    dmarc: str = ""

    @property
    def authentic(self) -> bool:
        """Whether the From address is proven: DMARC passed. SPF and DKIM alone prove some address, not the one that is
        shown: anybody passes both with a domain of their own."""
        return self.dmarc == "PASS"


class Notice(NamedTuple):
    """One mail to fetch. `bucket` is "" where the event does not name it (SES's own Lambda action); `recipients` are those
    that SES took it for, as the envelope said them."""

    bucket: str
    key: str
    verdicts: Verdicts
    ses_message_id: str
    recipients: tuple[str, ...] = ()


def notice(event: Mapping[str, Any], *, bucket: str = "", prefix: str = "") -> list[Notice]:
    """The mails of a Lambda event: SES's notification over SNS, SES's Lambda action, or a bare S3 event (no verdicts
    then). `bucket` and `prefix` say where SES stores mail, for events that do not. Raises Malformed for an event of
    another shape, so that it is kept and looked at."""
    try:
        return [mail for record in event["Records"] for mail in _mails(record, bucket, prefix)]
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise Malformed("the event announces no mail that can be found") from error


def _mails(record: Mapping[str, Any], bucket: str, prefix: str) -> Iterator[Notice]:
    if "Sns" in record:
        inner = msgspec.json.decode(record["Sns"]["Message"])
        if "Records" in inner:  # S3 announces through a topic too
            yield from notice(inner, bucket=bucket, prefix=prefix)
        elif inner.get("notificationType") == "Received":
            yield _received(inner, bucket, prefix)
        elif inner.get("Event") != "s3:TestEvent" and "notificationType" not in inner:
            raise Malformed("the notification announces no mail")
    elif "ses" in record:
        yield _received(record["ses"], bucket, prefix)
    elif record["eventName"].removeprefix("s3:").startswith("ObjectCreated:"):
        key = unquote_plus(record["s3"]["object"]["key"])
        yield Notice(record["s3"]["bucket"]["name"], key, Verdicts(), key.rpartition("/")[2])


def _received(ses: Mapping[str, Any], bucket: str, prefix: str) -> Notice:
    receipt, message_id = ses["receipt"], str(ses["mail"]["messageId"])
    action = receipt.get("action", {})
    return Notice(
        str(action.get("bucketName") or bucket),
        str(action.get("objectKey") or prefix + message_id),
        Verdicts(**{name: _status(receipt.get(f"{name}Verdict")) for name in Verdicts.__struct_fields__}),
        message_id,
        _recipients(receipt.get("recipients")),
    )


def _recipients(told: object) -> tuple[str, ...]:
    return tuple(one for one in told[:MAX_RECIPIENTS] if isinstance(one, str)) if isinstance(told, list) else ()


def _status(verdict: object) -> str:
    status = verdict.get("status") if isinstance(verdict, dict) else None
    return status.strip().upper() if isinstance(status, str) else ""
