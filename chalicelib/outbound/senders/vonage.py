"""SMS by Vonage's SMS API: one form per text; what became of it stands in the answer, not in its status.

https://developer.vonage.com/en/api/sms. `user` and `password` of the channel's `outbound` name the parameters with key and
secret, `sender` the one with the number or name that texts come from.
"""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec

from chalicelib.channels.gsm7 import septets

from .call import Answer, call
from .outcome import SendFailed, SendRefused, Sent
from .outgoing import Outgoing

OK = "0"
# This text or this phone, never: fields missing or wrong, text not deliverable, number barred, text too long, no such
# network, number switched off. Everything else (rate, credit, credentials, our own number) passes or can be mended.
_NEVER = frozenset({"2", "3", "6", "7", "12", "22", "33"})
_THROTTLED = "1"


def send(out: Outgoing, *, timeout: float = 5.0) -> Sent:
    """Hand one text to Vonage. Raises SendRefused (never) or SendFailed (later)."""
    if not out.to.phone:
        raise SendRefused("no phone is known")
    names = out.channel.outbound
    try:
        credentials = [out.secrets[names.get(name, usual)] for name, usual in _PARAMETERS]
    except KeyError as error:
        raise SendFailed(f"the secret {error.args[0]} is not set") from error
    fields = dict(zip(("api_key", "api_secret", "from"), credentials, strict=True))
    fields |= {"to": out.to.phone.removeprefix("+"), "text": out.short, "client-ref": out.id[:100]}
    if not _is_gsm7(out.short):
        fields["type"] = "unicode"
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    return _outcome(call("POST", f"{out.base}/sms/json", headers, urlencode(fields).encode(), timeout=timeout))


_PARAMETERS = (("user", "api_key"), ("password", "api_secret"), ("sender", "from_number"))


class _Told(msgspec.Struct, frozen=True, rename="kebab"):
    status: str | int
    message_id: str = ""


class _Answer(msgspec.Struct, frozen=True):
    messages: list[_Told]


def _outcome(answer: Answer) -> Sent:
    try:
        told = msgspec.json.decode(answer.body, type=_Answer, strict=False).messages
    except (ValueError, RecursionError):
        raise SendFailed("the answer cannot be read") from None
    if not told:
        raise SendFailed("the answer names no message")
    status = str(told[0].status)
    if status == OK:  # should a further segment have failed: the first must not go out twice
        return Sent(told[0].message_id[:200])
    status = status if status.isalnum() else ""
    if status in _NEVER:
        raise SendRefused(f"Vonage: status {status}")
    raise SendFailed(f"Vonage: status {status[:10]}", 1.0 if status == _THROTTLED else None)


def _is_gsm7(text: str) -> bool:
    try:
        septets(text)
    except ValueError:
        return False
    return True
