"""Open311's two formats: plain values as JSON, and as the XML that the specification maps to it (the Spark convention:
every list has an element for each of its members)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

JSON, XML = "json", "xml"
CONTENT_TYPES = {JSON: "application/json; charset=utf-8", XML: "text/xml; charset=utf-8"}
# The element of a list's members, by the list's own.
MEMBERS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
# What no XML 1.0 document can hold, not even escaped.
_NEVER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
_encode = msgspec.json.Encoder().encode


def written(kind: str, root: str, value: Any) -> str:
    """The value in a format; `root` is the XML document's element."""
    return _encode(_clean(value)).decode() if kind == JSON else _HEAD + "".join(_element(root, value)) + "\n"


def _clean(value: Any) -> Any:
    """Without lone surrogates, which no UTF-8 can hold. The plain case costs one attempt."""
    try:
        _encode(value)
    except UnicodeEncodeError:
        if isinstance(value, str):
            return _NEVER.sub("", value)
        if isinstance(value, Mapping):
            return {name: _clean(each) for name, each in value.items()}
        if isinstance(value, Sequence):
            return [_clean(each) for each in value]
    return value


def _element(name: str, value: Any) -> list[str]:
    if value is None or value == "":
        return [f"<{name}/>"]
    if isinstance(value, Mapping):
        inner = [text for field, each in value.items() for text in _element(field, each)]
    elif isinstance(value, Sequence) and not isinstance(value, str):
        inner = [text for each in value for text in _element(MEMBERS[name], each)]
    else:
        inner = [_text(value)]
    return [f"<{name}>", *inner, f"</{name}>"]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NEVER.sub("", str(value)).translate(_ESCAPES)
