"""What is to be done when: tasks on one clock, carried out by a few threads."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
import traceback
from collections.abc import Callable

Task = Callable[[], None]


class Agenda:
    """City hours since the day began, `hour` real seconds each; tasks run at their hour or as soon as a thread is
    free."""

    def __init__(self, hour: float, *, threads: int = 4) -> None:
        self.hour = hour
        self.failures: list[str] = []
        self.began = time.monotonic()
        self._tasks: list[tuple[float, int, Task]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._closed = False
        self._threads = [threading.Thread(target=self._work, name="agenda", daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    @property
    def now(self) -> float:
        """City hours since the beginning."""
        return (time.monotonic() - self.began) / self.hour

    def at(self, hour: float, task: Task) -> None:
        """Do it at that city hour."""
        with self._changed:
            heapq.heappush(self._tasks, (hour, next(self._order), task))
            self._changed.notify()

    def after(self, hours: float, task: Task) -> None:
        """Do it in so many city hours."""
        self.at(self.now + hours, task)

    def every(self, hours: float, task: Task) -> None:
        """Do it again and again, with that pause in between."""

        def again() -> None:
            try:
                task()
            finally:
                self.after(hours, again)

        self.after(hours, again)

    def close(self) -> None:
        """Nothing more is begun; what is under way is finished."""
        with self._changed:
            self._closed = True
            self._tasks.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(30)

    def _work(self) -> None:
        while (task := self._next()) is not None:
            try:
                task()
            except Exception:  # the demo goes on, and says at the end that something of its own failed
                self.failures.append(traceback.format_exc(limit=-3))

    def _next(self) -> Task | None:
        with self._changed:
            while not self._closed:
                wait = None
                if self._tasks:
                    wait = (self._tasks[0][0] - self.now) * self.hour
                    if wait <= 0:
                        return heapq.heappop(self._tasks)[2]
                self._changed.wait(wait)
        return None
