"""Delivers a queue to a function as Lambda's poller does, and invokes functions asynchronously with retries."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any

from local import events
from local.cloud import LOCK
from local.lambdas import Failures, FunctionError, Gate, Lambdas, request_context, response_context
from local.sources import Source

SMALL = 3
LONGEST_WINDOW = 3.0
"""Seconds that a batch is gathered at most, however long it is in AWS."""
LONGEST_HIDDEN = 30
"""Seconds after which a failed message is tried again at the latest; a deployed queue may hide it for minutes."""


class QueuePump:
    """One queue, one function, one thread. Visibility and redrive are the queue's own settings."""

    def __init__(self, source: Source, queue: Any, lambdas: Lambdas, gate: Gate) -> None:
        self._source = source
        self._queue = queue  # moto's
        self._lambdas = lambdas
        self._gate = gate
        self._stop = threading.Event()
        self._taken = 0
        self.woken = threading.Event()

    def stop(self) -> None:
        self._stop.set()
        self.woken.set()

    @property
    def pending(self) -> tuple[str, int]:
        """The function, and how many messages it could take or has taken; not those that wait for another try."""
        waiting = sum(message.visible and not message.delayed for message in list(self._queue._messages))
        return self._source.function, waiting + self._taken

    def run(self) -> None:
        while not self._stop.is_set():
            if not self._queue._messages:
                self.woken.wait(1.0)  # whatever is written wakes it
                self.woken.clear()
                continue
            self._gather()
            paused = self._gate.wait_turn() or self._source.window > 0
            if not self.step(self._source.batch_size if paused else SMALL):
                self.woken.wait(0.05)  # what is there is in flight or delayed
                self.woken.clear()

    def _gather(self) -> None:
        """Wait for a full batch, as long as the source lets a batch be gathered."""
        deadline = time.monotonic() + min(self._source.window, LONGEST_WINDOW)
        while len(self._queue._messages) < self._source.batch_size and not self._stop.is_set():
            if (left := deadline - time.monotonic()) <= 0:
                return
            self._stop.wait(min(left, 0.1))

    def step(self, size: int) -> bool:
        """Deliver one batch of at most `size` messages; False when none was visible."""
        with LOCK:
            batch = receive(self._queue, size)
            self._taken = len(batch)
        if not batch:
            return False
        records = [events.sqs_record(message, self._source.of) for message in batch]
        until = {message.id: message.visible_at for message in batch}
        try:
            answer = self._lambdas.invoke(self._source.function, {"Records": records}) or {}
            named = {f.get("itemIdentifier") for f in answer.get("batchItemFailures") or () if self._source.partial}
            whole = not named <= {message.id for message in batch}  # an unknown identifier fails all of them
        except FunctionError:
            named, whole = set(), True
        failed = [message for message in batch if whole or message.id in named]
        with LOCK:
            for message in failed:
                if message.visible_at == until[message.id]:  # the function itself may have put it off
                    message.change_visibility(min(LONGEST_HIDDEN, int(self._queue.visibility_timeout)))
            delete(self._queue, [message for message in batch if message not in failed])
            self._taken = 0
        return True


def receive(queue: Any, size: int) -> list[Any]:
    """What moto's receive_message does, but looks no further than it must: with thousands waiting that is 100 times
    faster. What was received too often goes to the dead-letter queue.
    """
    batch: list[Any] = []
    spent: list[Any] = []
    for message in queue._messages:
        if len(batch) >= size:
            break
        if not message.visible or message.delayed:
            continue
        limit = (queue.redrive_policy or {}).get("maxReceiveCount")
        if queue.dead_letter_queue is not None and limit and message.approximate_receive_count >= int(limit):
            spent.append(message)
            continue
        queue.pending_messages.add(message)
        message.mark_received(visibility_timeout=queue.visibility_timeout)
        batch.append(message)
    for message in spent:
        queue._messages.remove(message)
        queue.dead_letter_queue.add_message(message)
    return batch


def delete(queue: Any, messages: list[Any]) -> None:
    for message in messages:
        if message in queue._messages:
            queue._messages.remove(message)
        queue.pending_messages.discard(message)


def put(queue: Any, body: str, attributes: Mapping[str, Any] | None) -> None:
    """Put a message of SNS into a queue. moto's own send counts the whole queue, twice, for every message."""
    from moto.sqs.models import Message

    message = Message(str(uuid.uuid4()), body)
    message.message_attributes = {
        name: {"DataType": value["Type"], _KEYS.get(value["Type"].split(".")[0], "StringValue"): value["Value"]}
        for name, value in (attributes or {}).items()
    }
    message.mark_sent(delay_seconds=queue.delay_seconds)
    queue.add_message(message)


_KEYS = {"Binary": "BinaryValue"}


class AsyncPump:
    """Asynchronous invocations of one function: in the order they came, then its retries, then its failure destination."""

    WAITS = (0.5, 1.0)  # AWS: one and two minutes

    def __init__(self, lambdas: Lambdas, gate: Gate, failures: Failures) -> None:
        self._lambdas = lambdas
        self._gate = gate
        self._failures = failures
        self._due: list[tuple[float, int, Source, events.Event, int]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        self._working = ""

    @property
    def pending(self) -> tuple[str, int]:
        """The function, and how many calls of it are due or under way."""
        with self._changed:
            now = time.monotonic()
            due = [source.function for at, _, source, _, _ in self._due if at <= now]
            under_way = [self._working] if self._working else []
        return next(iter(under_way + due), ""), len(under_way + due)

    @property
    def idle(self) -> bool:
        """Whether nothing waits."""
        return not self._due

    def add(self, source: Source, event: events.Event, attempts: int = 0, wait: float = 0.0) -> None:
        """Invoke the source's function with `event` soon."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + wait, next(self._order), source, event, attempts))
            self._changed.notify()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def run(self) -> None:
        while (job := self._next()) is not None:
            source, event, attempts = job
            self._gate.wait_turn()
            try:
                self._lambdas.invoke(source.function, event)
            except FunctionError as error:
                self._again(source, event, attempts + 1, error)
            self._working = ""

    def _again(self, source: Source, event: events.Event, attempts: int, error: FunctionError) -> None:
        if attempts <= min(source.async_retries, len(self.WAITS)):
            self.add(source, event, attempts, self.WAITS[attempts - 1])
            return
        record = {
            "requestContext": request_context(source.function, "RetriesExhausted", attempts),
            "requestPayload": event,
            "responseContext": response_context(error),
            "responsePayload": {"errorMessage": str(error), "errorType": error.kind},
        }
        self._failures.put(source.failures, f"async/{source.function}", record)

    def _next(self) -> tuple[Source, events.Event, int] | None:
        with self._changed:
            while not self._stopped:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    _, _, source, event, attempts = heapq.heappop(self._due)
                    self._working = source.function
                    return source, event, attempts
                self._changed.wait(wait)
        return None
