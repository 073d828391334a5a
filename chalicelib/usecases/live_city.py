"""The city as it is now: the pack with what the admins have changed, read again at most every 30 seconds."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from chalicelib.city.errors import OverrideError
from chalicelib.city.model import City
from chalicelib.city.overrides import read, usable
from chalicelib.observability import count, logger
from chalicelib.store.overrides import Stored

KEPT_SECONDS = 30.0
_AGAIN_SECONDS = 5.0


class LiveCity:
    """One process's city. `read` gives the stored overrides (None: there are none), `finish` does what this installation's
    own settings say to any city. A new value is made only when another version is there, so that what is built from a city
    (`per_city`) is built once for each version."""

    def __init__(self, pack: City, read: Callable[[], Stored | None], finish: Callable[[City], City]) -> None:
        self._pack, self._read, self._finish = pack, read, finish
        self._lock = Lock()
        self._until = float("-inf")
        self._seen: Stored | None = None
        self._city = finish(pack)

    def at(self, ticks: float) -> City:
        """The city; `ticks` are seconds that only go forward. Never raises: what cannot be read leaves the city as it was, an
        entry that cannot be used leaves what the pack says there."""
        if ticks < self._until or not self._lock.acquire(blocking=self._until == float("-inf")):
            return self._city
        try:
            if ticks >= self._until:
                self._until = ticks + self._looked()
        finally:
            self._lock.release()
        return self._city

    def took(self, stored: Stored, ticks: float) -> None:
        """What this process has written counts at once."""
        with self._lock:
            self._use(stored)
            self._until = ticks + KEPT_SECONDS

    def _looked(self) -> float:
        """Reads, and gives for how long that is good. A process that has never read tries twice: without, it would take what
        the admins have switched off."""
        try:
            try:
                self._use(self._read())
            except Exception:
                if self._until > float("-inf"):
                    raise
                self._use(self._read())
        except Exception:
            logger().warning("the overrides could not be read", exc_info=True)
            return _AGAIN_SECONDS
        return KEPT_SECONDS

    def _use(self, stored: Stored | None) -> None:
        if stored is not None and self._seen is not None and stored.version < self._seen.version:
            return  # read before the write that this process made meanwhile
        if stored == self._seen:
            return
        self._seen = stored
        self._city = self._finish(self._made(stored) if stored else self._pack)

    def _made(self, stored: Stored) -> City:
        city, fault = self._pack, ""
        try:
            told, faults = read(stored.document)
            city, _, others = usable(self._pack, told, version=stored.version)
            fault = "; ".join([*faults, *others][:5])
        except OverrideError as error:
            fault = "; ".join(list(error.faults)[:5])
        except Exception as error:
            fault = type(error).__name__
        if fault:
            told_of = {"version": stored.version, "fault": fault}
            logger().error("overrides cannot be used: the pack stands in their place", extra=told_of)
            count("OverridesBroken", version=str(stored.version))
        return city
