"""Keeping to a provider's limits: so many texts a second, and none at all until it says so after a refusal."""

from __future__ import annotations

from random import Random

from chalicelib.outbound.senders.outcome import SendFailed

_LONGEST_WAIT = 1.0
_FIRST, _LONGEST = 2.0, 900.0


class Pace:
    """One process's pace, by channel. `now` is seconds that only go forward."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}
        self._closed: dict[str, float] = {}

    def wait(self, channel: str, per_second: float, now: float) -> float:
        """Seconds to wait before the next text of a channel. Raises SendFailed when it is closed, or when so many wait
        already that this one is better put off."""
        closed = self._closed.get(channel, 0.0) - now
        if closed > 0:
            raise SendFailed("the provider asked to wait", closed)
        if per_second <= 0:
            return 0.0
        slot = max(now, self._next.get(channel, 0.0))
        if slot - now > _LONGEST_WAIT:
            raise SendFailed("too many texts for this provider at once", slot - now)
        self._next[channel] = slot + 1 / per_second
        return slot - now

    def close(self, channel: str, seconds: float, now: float) -> None:
        """No text of this channel for so long: the provider said so."""
        self._closed[channel] = now + seconds


def put_off(tries: int, retry_after: float | None, chance: Random) -> float:
    """Seconds until the next try after `tries` of them: doubling from 2 s to a quarter of an hour, half of it by chance so
    that what failed together does not come back together, and never before the provider's own Retry-After."""
    longest = min(_LONGEST, _FIRST * 2.0 ** min(max(tries, 1) - 1, 20))
    return max(longest * chance.uniform(0.5, 1.0), (retry_after or 0.0) * chance.uniform(1.0, 1.1))
