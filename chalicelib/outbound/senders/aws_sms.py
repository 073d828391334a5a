"""SMS by Amazon SNS, straight to one phone (no topic)."""

from __future__ import annotations

from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from .outcome import SendFailed, SendRefused, Sent
from .outgoing import Outgoing

# SNS's words for "this text to this phone, never". Everything else (rate, spending limit, sandbox, permissions) passes or
# can be mended.
_NEVER = frozenset(
    {"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid", "ValidationException", "OptedOut",
     "OptedOutException", "EndpointDisabled"}
)  # fmt: skip


class SnsClient(Protocol):
    """The one method used of botocore's `sns` client."""

    def publish(self, **arguments: Any) -> dict[str, Any]: ...


def send(out: Outgoing, sns: SnsClient) -> Sent:
    """Hand one text to SNS. Raises SendRefused (never) or SendFailed (later)."""
    if not out.to.phone:
        raise SendRefused("no phone is known")
    attributes = {"AWS.SNS.SMS.SMSType": "Transactional"}
    sender = out.secrets.get(out.channel.outbound.get("sender", "from_number"), "")
    if sender:
        is_number = sender.removeprefix("+").isdigit()
        attributes["AWS.MM.SMS.OriginationNumber" if is_number else "AWS.SNS.SMS.SenderID"] = sender
    try:
        answer = sns.publish(
            PhoneNumber=out.to.phone,
            Message=out.short,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )
    # Without the cause: its words, which may repeat whom the text is for, would stand in the log.
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _NEVER:
            raise SendRefused(f"SNS: {code}") from None
        raise SendFailed(f"SNS: {code}") from None
    except BotoCoreError as error:
        raise SendFailed(f"SNS: {type(error).__name__}") from None
    return Sent(str(answer.get("MessageId", "")))
