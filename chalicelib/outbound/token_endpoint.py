"""One POST to the issuer's token endpoint."""

from __future__ import annotations

import urllib.error
import urllib.request

from chalicelib.domain.errors import ReportError

_SECONDS = 5
_MOST_BYTES = 100_000


class IssuerAwayError(ReportError):
    """The sign-in service does not answer."""

    code = "unavailable"


def exchange(url: str, form: str) -> str:
    """What the token endpoint answers to a form (urlencoded), good or bad. Raises IssuerAwayError when it does not."""
    request = urllib.request.Request(  # noqa: S310  the URL is the operator's setting
        url,
        data=form.encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            raw = answer.read(_MOST_BYTES)
    except urllib.error.HTTPError as error:
        with error:  # it holds the connection
            if error.code >= 500:
                raise IssuerAwayError("The sign-in service is not available just now.") from error
            raw = error.read(_MOST_BYTES)
    except OSError as error:
        raise IssuerAwayError("The sign-in service is not available just now.") from error
    return str(raw, "utf-8", "replace")
