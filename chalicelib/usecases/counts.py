"""Counts of what this process has taken lately: a flooded channel is told to wait, where its provider will try again."""

from __future__ import annotations

from collections.abc import Collection

from chalicelib.domain.errors import Busy

_MINUTE, _HOUR = 60.0, 3600.0
_MOST_SENDERS = 10_000


class Counts:
    """What this process has taken lately, by message id: a provider's repetition never counts. Another process counts for
    itself, so a limit is one per process: enough to keep one source from crowding out the others."""

    def __init__(self) -> None:
        self._minutes: dict[str, tuple[float, set[str]]] = {}
        self._hours: dict[str, tuple[float, set[str]]] = {}

    def take(self, source: str, per_minute: int, ids: Collection[str], now: float) -> None:
        """Counts what came from a source (a channel, by its id); `now` is seconds that only go forward. Raises Busy beyond
        `per_minute` (0: no bound)."""
        if not per_minute:
            return
        if len(self._minutes) > _MOST_SENDERS:
            self._minutes.clear()
        since, seen = self._minutes.get(source, (now, set()))
        if now - since >= _MINUTE:
            since, seen = now, set()
        new = set(ids) - seen
        self._minutes[source] = (since, seen)
        if len(seen) + len(new) > per_minute and seen:
            raise Busy("Too many messages at once.", retry_after=max(1, int(_MINUTE - (now - since)) + 1))
        seen |= new

    def floods(self, sender: str, message_id: str, limit: int, now: float) -> bool:
        """Whether a sender (of a channel without conversations) has sent more than `limit` messages within the hour."""
        if len(self._hours) > _MOST_SENDERS:
            self._hours.clear()
        since, seen = self._hours.get(sender, (now, set()))
        if now - since >= _HOUR:
            since, seen = now, set()
        self._hours[sender] = (since, seen)
        seen.add(message_id)
        return len(seen) > limit
