"""How the demo (and the bench) speak to the local run: keep-alive connections, one per thread, and counted answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit


class Http:
    """Requests to one server from any number of threads. What could not be answered at all is status 0."""

    def __init__(self, url: str, timeout: float = 30) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._timeout = timeout
        self._mine = threading.local()
        self._lock = threading.Lock()
        self.statuses: Counter[int] = Counter()
        self.problems: list[str] = []

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """The status and body of one request; a broken connection is opened anew once for what may be repeated."""
        status, answer = 0, b"no answer"
        for attempt in range(2):
            fresh = getattr(self._mine, "connection", None) is None
            if fresh:
                self._mine.connection = http.client.HTTPConnection(*self._address, timeout=self._timeout)
            try:
                self._mine.connection.request(method, path, body, dict(headers or {}))
                response = self._mine.connection.getresponse()
                status, answer = response.status, response.read()
                break
            except (OSError, http.client.HTTPException) as error:
                self._mine.connection.close()
                self._mine.connection = None
                answer = f"{type(error).__name__}".encode()
                if fresh or attempt:
                    break
        with self._lock:
            self.statuses[status] += 1
            if (status >= 500 or not status) and len(self.problems) < 20:
                self.problems.append(
                    f"{method} {path.partition('?')[0]}: {status} {answer[:200].decode('utf-8', 'replace')}"
                )
        return status, answer

    def json(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """The status and the decoded JSON body (None when there is none)."""
        encoded = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        given = {"Accept": "application/json", **(headers or {})}
        if encoded is not None:
            given["Content-Type"] = "application/json"
        return self.json_of(self.call(method, path, encoded, given))

    def close(self) -> None:
        """Ends this thread's connection."""
        if getattr(self._mine, "connection", None) is not None:
            self._mine.connection.close()
            self._mine.connection = None

    @staticmethod
    def json_of(answer: tuple[int, bytes]) -> tuple[int, Any]:
        """The status and the decoded body of an answer."""
        try:
            return answer[0], json.loads(answer[1])
        except ValueError:
            return answer[0], None


def app_webhook(secret: str, message_id: str, report: Mapping[str, Any], at: float) -> tuple[bytes, dict[str, str]]:
    """The body and headers of a city app's report, signed after Standard Webhooks; `at` is the Unix time of sending."""
    body = json.dumps(report, ensure_ascii=False).encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{int(at)}.".encode() + body
    signature = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return body, {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at)),
        "webhook-signature": f"v1,{signature}",
    }


def sms_form(token: str, url: str, fields: Sequence[tuple[str, str]]) -> tuple[bytes, dict[str, str]]:
    """The body and headers of an SMS as Twilio posts it; `url` is the channel's public URL."""
    text = url + "".join(name + value for name, value in sorted(fields))
    signature = base64.b64encode(hmac.digest(token.encode(), text.encode(), hashlib.sha1)).decode()
    return urlencode(fields).encode(), {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": signature,
    }


def uploaded_form(fields: Mapping[str, str], content: bytes) -> tuple[bytes, dict[str, str]]:
    """The body and headers of a picture sent with a presigned form: the file comes last."""
    boundary = hashlib.sha256(content).hexdigest()[:32]
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    file = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="foto.jpg"\r\n'
    parts += [f"{file}Content-Type: image/jpeg\r\n\r\n".encode(), content, f"\r\n--{boundary}--\r\n".encode()]
    return b"".join(parts), {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def until(answers: Any, seconds: float, pause: float = 0.02) -> bool:
    """Whether `answers()` came true within that many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answers():
            return True
        time.sleep(pause)
    return False
