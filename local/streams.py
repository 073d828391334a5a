"""Delivers a table's stream to a function: in order, in batches, with partial failures, bisection and retries."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from typing import Any

from local import events
from local.lambdas import Failures, FunctionError, Gate, Lambdas, request_context, response_context
from local.sources import Source

SMALL = 10
"""Records taken at once while HTTP calls leave no pause."""
FIRST_WAIT, LONGEST_WAIT = 0.2, 0.5


class StreamPump:
    """One stream, one function, one thread."""

    def __init__(self, source: Source, shard: Any, lambdas: Lambdas, gate: Gate, failures: Failures) -> None:
        self._source = source
        self._shard = shard  # moto's: records in order in a list
        self._lambdas = lambdas
        self._gate = gate
        self._failures = failures
        self._cursor = len(shard.items)
        self._stop = threading.Event()
        self.woken = threading.Event()

    def stop(self) -> None:
        self._stop.set()
        self.woken.set()

    @property
    def pending(self) -> tuple[str, int]:
        """The function, and how many records it has not taken yet."""
        return self._source.function, len(self._shard.items) - self._cursor

    def run(self) -> None:
        """Deliver until stopped."""
        while not self._stop.is_set():
            if self._cursor >= len(self._shard.items):
                self.woken.wait(1.0)  # whatever is written wakes it
                self.woken.clear()
                continue
            paused = self._gate.wait_turn()
            self.step(self._source.batch_size if paused else min(SMALL, self._source.batch_size))

    def step(self, size: int) -> None:
        """Deliver one batch of at most `size` records, to the end: done, or in the failure destination."""
        start, end = self._cursor, min(self._cursor + size, len(self._shard.items))
        taken = [events.stream_record(item.record, self._source.of) for item in self._shard.items[start:end]]
        batch = [record for record in taken if events.passes(self._source.filters, record)]
        self.deliver(batch)
        self._cursor = end

    def deliver(self, batch: Sequence[events.Event], attempts: int = 0) -> None:
        """Hand over `batch`, in order, until every record is done or given up; a poison record is isolated by halving
        when the source says so, and only then counts its own attempts.
        """
        while batch and not self._stop.is_set():
            done, error = self._call(batch)
            if done:
                batch, attempts = batch[done:], 0
            if not batch:
                return
            if done == 0 and self._source.bisect and len(batch) > 1:
                middle = len(batch) // 2
                self.deliver(batch[:middle])
                batch = batch[middle:]
                continue
            attempts += 1
            if attempts > self._source.retries:
                self._give_up(batch, attempts, error)
                return
            self._stop.wait(min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempts - 1)))

    def _call(self, batch: Sequence[events.Event]) -> tuple[int, FunctionError | None]:
        """How many records from the front are done."""
        try:
            answer = self._lambdas.invoke(self._source.function, {"Records": batch})
        except FunctionError as error:
            return 0, error
        failed = (answer or {}).get("batchItemFailures") or []
        if not self._source.partial or not failed:
            return len(batch), None
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        named = {item.get("itemIdentifier") for item in failed}
        places = [place for place, number in enumerate(numbers) if number in named]
        return (min(places) if len(places) == len(named) else 0), None  # an unknown identifier fails the whole batch

    def _give_up(self, batch: Sequence[events.Event], attempts: int, error: FunctionError | None) -> None:
        first, last = batch[0]["dynamodb"], batch[-1]["dynamodb"]
        record = {
            "requestContext": request_context(self._source.function, "RetryAttemptsExhausted", attempts),
            "responseContext": response_context(error),
            "DDBStreamBatchInfo": {
                "shardId": self._shard.id,
                "startSequenceNumber": first["SequenceNumber"],
                "endSequenceNumber": last["SequenceNumber"],
                "approximateArrivalOfFirstRecord": first["ApproximateCreationDateTime"],
                "approximateArrivalOfLastRecord": last["ApproximateCreationDateTime"],
                "batchSize": len(batch),
                "streamArn": self._source.of,
            },
            "payload": json.dumps({"Records": list(batch)}),
        }
        self._failures.put(self._source.failures, f"{self._source.function}/{self._shard.id}", record)
