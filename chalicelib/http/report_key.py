"""Whether a request brings the key of a report: in `X-Report-Key`, or as `?key=`."""

from __future__ import annotations

import hmac
from typing import Any

from chalicelib.domain.report import Report
from chalicelib.http.context import desk
from chalicelib.http.requests import header_of, query_of


def has_key(request: Any, report: Report) -> bool:
    """Whether it is the reporter who asks."""
    given = header_of(request, "x-report-key") or query_of(request, "key")
    if not given:
        return False
    expected = desk().key_of(report.tracking, report.key_version)
    return hmac.compare_digest(given.strip().upper().encode("utf-8", "replace"), expected.encode())
