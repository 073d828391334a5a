"""Forms of the desk as a browser sends them, and reports in the hands of an agency."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from tests.http.conftest import Answer, bearer

Web = Callable[..., Answer]
FORM = {"content-type": "application/x-www-form-urlencoded", "accept-language": "id"}
DINAS, SUDIN = "bina-marga", "suku-dinas-bina-marga-jakarta-pusat"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def post(
    web: Web, tracking: str, action: str, who: dict[str, str], seq: int | None = None, form_id: str = "", **fields: Any
) -> Answer:
    """Sends an action's form; `back` is the agency's page unless given."""
    told = {"back": f"/desk/agency/{tracking}", "form_id": form_id or os.urandom(8).hex()} | fields
    if seq is not None:
        told["seq"] = seq
    body = urlencode(told, doseq=True)
    path = "/desk/reports/{tracking}/{action}"
    return web("POST", path, tracking=tracking, action=action, headers=who | FORM, body=body)


def post_files(web: Web, tracking: str, action: str, who: dict[str, str], *files: bytes, **fields: Any) -> Answer:
    """As `post`, as multipart with files in `photos`."""
    told = {"back": f"/desk/agency/{tracking}", "form_id": os.urandom(8).hex()} | fields
    parts = [f'--X\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in told.items()]
    body = "".join(parts).encode()
    for index, content in enumerate(files):
        head = f'--X\r\nContent-Disposition: form-data; name="photos"; filename="{index}.png"\r\n'
        body += head.encode() + b"Content-Type: image/png\r\n\r\n" + content + b"\r\n"
    body += b"--X--\r\n"
    headers = who | {"content-type": "multipart/form-data; boundary=X", "accept-language": "id"}
    path = "/desk/reports/{tracking}/{action}"
    return web("POST", path, tracking=tracking, action=action, headers=headers, body=body)


def at_dinas(filed: Callable[..., dict[str, Any]], message_id: str = "msg-1", **changes: Any) -> str:
    """A report about a road in Gambir, with the Dinas by the standing rule."""
    return str(filed(message_id, **changes)["tracking"])


def member(office: str = DINAS) -> dict[str, str]:
    """Somebody of an office."""
    return bearer("agency", office, sub=f"{office}-1")
