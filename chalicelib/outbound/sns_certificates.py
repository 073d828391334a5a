"""The certificates that SNS signs with: fetched once each from where the caller has made sure they belong, and kept."""

from __future__ import annotations

from chalicelib.domain.errors import Busy
from chalicelib.outbound.senders.call import call
from chalicelib.outbound.senders.outcome import SendError

KEEP_SECONDS = 6 * 3600.0
_MOST = 8
_kept: dict[str, tuple[str, float]] = {}


def certificate(url: str, now: float, *, timeout: float = 3.0) -> str:
    """The PEM at `url`; `now` is seconds on a clock that only goes forward. Raises Busy when it is not to be had: SNS then
    sends again, which it would not after a 401."""
    pem, until = _kept.get(url, ("", 0.0))
    if pem and now < until:
        return pem
    try:
        pem = call("GET", url, {"Accept": "*/*"}, None, timeout=timeout).body.decode("ascii", "replace")
    except SendError as error:
        raise Busy("The certificate cannot be fetched now.", retry_after=20) from error
    while len(_kept) >= _MOST:
        del _kept[next(iter(_kept))]
    _kept[url] = (pem, now + KEEP_SECONDS)
    return pem


def forget() -> None:
    """Forgets every certificate (tests)."""
    _kept.clear()
