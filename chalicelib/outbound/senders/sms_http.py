"""An SMS by any provider's REST API: the URL, the fields and the credentials are the channel's `outbound`.

`{name}` in the URL, the user and the password stands for the secret of that name; field names may be paths into JSON
("messages.0.destinations.0.to").
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import msgspec

from .call import Answer, call
from .outcome import SendFailed, Sent

if TYPE_CHECKING:
    from ...city.model import Channel

FORM = "application/x-www-form-urlencoded"

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_USUAL_IDS = ("sid", "id", "message_id", "messageId", "messages.0.messageId", "messages.0.id")


class Prepared(msgspec.Struct, frozen=True):
    """The call that is about to be made."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None


def send(channel: Channel, secrets: Mapping[str, str], to: str, text: str, *, timeout: float = 5.0) -> Sent:
    """Hand one text for one phone to the provider. Raises SendRefused (never) or SendFailed (later)."""
    request = prepare(channel.outbound, secrets, to, text)
    answer = call(request.method, request.url, request.headers, request.body, timeout=timeout)
    return Sent(_id(answer, channel.outbound.get("id", "")))


def prepare(outbound: Mapping[str, str], secrets: Mapping[str, str], to: str, text: str) -> Prepared:
    """The call for one text. Raises SendFailed when a secret it needs is not there yet."""
    values = {outbound.get("recipient", "to"): to, outbound.get("text", "text"): text}
    sender = secrets.get("from_number") or outbound.get("from_number", "")
    if sender and outbound.get("sender"):
        values[outbound["sender"]] = sender
    headers = {"Accept": "application/json", **_credentials(outbound, secrets)}
    base = secrets.get("base_url") or outbound.get("base", "")
    url = _filled(outbound["url"].replace("{base}", base.rstrip("/")), secrets, lambda value: quote(value, safe=""))
    method = outbound.get("method", "POST").upper()
    if method == "GET":
        return Prepared(method, url + ("&" if "?" in url else "?") + urlencode(values), headers, None)
    content_type = outbound.get("content_type", FORM)
    headers["Content-Type"] = content_type
    body = urlencode(values).encode() if content_type == FORM else msgspec.json.encode(_nested(values))
    return Prepared(method, url, headers, body)


def _credentials(outbound: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
    password = _filled(outbound.get("password", ""), secrets)
    match outbound.get("auth", "none"):
        case "basic":
            pair = f"{_filled(outbound.get('user', ''), secrets)}:{password}"
            return {"Authorization": "Basic " + b64encode(pair.encode()).decode()}
        case "bearer":
            return {"Authorization": f"Bearer {password}"}
        case "header":
            return {outbound["header"]: password}
        case _:
            return {}


def _filled(template: str, secrets: Mapping[str, str], escape: Callable[[str], str] = str) -> str:
    """`template` with every {name} replaced by that secret."""
    try:
        return _PLACEHOLDER.sub(lambda match: escape(secrets[match[1]]), template)
    except KeyError as error:
        raise SendFailed(f"the secret {error.args[0]} is not set") from error


def _nested(values: Mapping[str, str]) -> object:
    """Dotted paths made into objects and lists: {"a.0.b": "x"} → {"a": [{"b": "x"}]}."""
    tree: dict[str, Any] = {}
    for path, value in values.items():
        *steps, last = path.split(".")
        branch = tree
        for step in steps:
            branch = branch.setdefault(step, {})
        branch[last] = value
    return _listed(tree)


def _listed(tree: object) -> object:
    if not isinstance(tree, dict):
        return tree
    if tree and all(key.isdecimal() for key in tree):
        return [_listed(tree[key]) for key in sorted(tree, key=int)]
    return {key: _listed(value) for key, value in tree.items()}


def _id(answer: Answer, path: str) -> str:
    """The provider's id for the text, "" when the answer holds none."""
    try:
        document: object = msgspec.json.decode(answer.body)
    except (ValueError, RecursionError):
        return ""
    for candidate in (path,) if path else _USUAL_IDS:
        value = document
        for step in candidate.split("."):
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            else:
                value = None
        if isinstance(value, str | int) and not isinstance(value, bool):
            return str(value)[:200]
    return ""
