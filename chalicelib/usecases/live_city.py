"""The city as it is now: the pack with what the admins have changed, read again at most every 30 seconds."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

import msgspec

from chalicelib.city.errors import OverrideError
from chalicelib.city.model import City
from chalicelib.city.overrides import Overrides, applied
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
        """The city; `ticks` are seconds that only go forward. Never raises: what cannot be read leaves the city as it was,
        what cannot be used leaves the pack."""
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
        """Reads, and gives for how long that is good."""
        try:
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
        try:
            return applied(self._pack, decoded(stored), version=stored.version)
        except OverrideError as error:
            fault = "; ".join(list(error.faults)[:5])
        except Exception as error:
            fault = type(error).__name__
        logger().error(
            "the overrides cannot be used: the pack stands alone", extra={"version": stored.version, "fault": fault}
        )
        count("OverridesBroken", version=str(stored.version))
        return self._pack


def decoded(stored: Stored) -> Overrides:
    """The document of a version. Raises OverrideError for one that is none."""
    try:
        return msgspec.json.decode(stored.document, type=Overrides)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise OverrideError({"document": str(error)}) from error
