"""The event pump: connects every event source to its function, and keeps the schedules."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from local import events
from local.cloud import Cloud
from local.lambdas import Failures, Gate, Lambdas
from local.queues import AsyncPump, QueuePump, put
from local.sns import Sns
from local.sources import Source, seconds
from local.streams import StreamPump

Take = Callable[[events.Event], None]


class Pump:
    """All deliveries of one local run."""

    def __init__(
        self,
        cloud: Cloud,
        sns: Sns,
        *,
        sources: Iterable[Source],
        lambdas: Lambdas,
        gate: Gate,
        failures: Failures,
        sla_scale: float,
    ) -> None:
        self._cloud = cloud
        self._lambdas = lambdas
        self._gate = gate
        self._failures = failures
        self._scale = sla_scale
        self._stopping = threading.Event()
        self._async: dict[str, AsyncPump] = {}  # by function
        self._parts: list[Any] = []
        self._runs: list[Callable[[], None]] = []
        self._buckets: list[tuple[str, str, Take]] = []  # bucket, prefix, what takes the event
        self.quiet: set[str] = set()  # keys of objects whose coming is told of in another way
        self._threads: list[threading.Thread] = []
        self._wake: dict[int, threading.Event] = {}  # by the identity of moto's shard or queue
        for source in sources:
            self._connect(source, sns)
        self._mend_moto()

    def start(self) -> None:
        self._threads = [threading.Thread(target=run, name="pump", daemon=True) for run in self._runs]
        for thread in self._threads:
            thread.start()

    def stop(self, patience: float) -> None:
        """Begin nothing more, and give the calls under way so many seconds to end."""
        self._stopping.set()
        for part in self._parts:
            part.stop()
        deadline = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def run_now(self, function: str, event: events.Event | None = None) -> Any:
        """Run a scheduled function at once, with what `event` adds to a rule's event. Raises FunctionError."""
        return self._lambdas.invoke(function, events.schedule_event(function, datetime.now(UTC)) | (event or {}))

    def pending(self) -> dict[str, int]:
        """What has not been delivered yet, by function."""
        counted: Counter[str] = Counter()
        for part in self._parts:
            function, number = part.pending
            counted[function] += number
        return {function: number for function, number in counted.items() if number}

    def _connect(self, source: Source, sns: Sns) -> None:
        match source.kind:
            case "stream":
                table = self._cloud.backend("dynamodb").tables[source.of.split("/")[1]]
                shard = table.stream_shard
                self._add(StreamPump(source, shard, self._lambdas, self._gate, self._failures), shard)
            case "queue":
                queue = self._cloud.backend("sqs").queues[source.of.split(":")[-1]]
                self._add(QueuePump(source, queue, self._lambdas, self._gate), queue)
            case "topic":
                invoked = self._asynchronous(source.function)
                sns.functions[source.of] = lambda record: invoked.add(source, events.sns_event(source.of, record))
            case "bucket":
                invoked = self._asynchronous(source.function)
                self.listen(source.of, source.prefix, lambda event: invoked.add(source, event))
            case "schedule":
                invoked = self._asynchronous(source.function)
                self._runs.append(lambda: self._keep(source, invoked))

    def _asynchronous(self, function: str) -> AsyncPump:
        if function not in self._async:
            part = self._async[function] = AsyncPump(self._lambdas, self._gate, self._failures)
            self._parts.append(part)
            self._runs.append(part.run)
        return self._async[function]

    def _add(self, part: StreamPump | QueuePump, watched: Any) -> None:
        self._parts.append(part)
        self._runs.append(part.run)
        self._wake[id(watched)] = part.woken

    def _keep(self, source: Source, invoked: AsyncPump) -> None:
        period = seconds(source.of, self._scale, source.function)
        while not self._stopping.wait(period):
            if invoked.idle:  # else the last one is late already
                invoked.add(source, events.schedule_event(source.function, datetime.now(UTC)))

    def listen(self, bucket: str, prefix: str, take: Take) -> None:
        """Give `take` the event of every object that is put below `prefix`."""
        self._buckets.append((bucket, prefix, take))

    def forward(self, bucket: str, prefix: str, queue_arn: str) -> None:
        """Put S3's notice of every object below `prefix` into a queue, as the bucket's notification says."""
        queue = self._cloud.backend("sqs").queues[queue_arn.split(":")[-1]]
        self.listen(bucket, prefix, lambda event: put(queue, json.dumps(event), None))

    def _put(self, bucket: str, key: str, stored: Any) -> None:
        if key in self.quiet:
            self.quiet.discard(key)
            return
        for listened, prefix, take in self._buckets:
            if listened == bucket and key.startswith(prefix):
                take(events.s3_event(bucket, key, stored.size, stored.etag, datetime.now(UTC)))

    def _mend_moto(self) -> None:
        """Wake the pump when something is written, so that nobody waits for a poll."""
        from moto.dynamodb.models.table import StreamShard
        from moto.s3.models import S3Backend
        from moto.sqs.models import Queue

        def telling(method: Callable[..., Any]) -> Callable[..., Any]:
            def wrapped(thing: Any, *args: Any, **kwargs: Any) -> Any:
                result = method(thing, *args, **kwargs)
                if (event := self._wake.get(id(thing))) is not None:
                    event.set()
                return result

            return wrapped

        StreamShard.add = telling(StreamShard.add)  # type: ignore[method-assign]
        Queue.add_message = telling(Queue.add_message)  # type: ignore[method-assign]
        put_object = S3Backend.put_object

        def put(backend: Any, bucket_name: str, key_name: str, value: bytes, *args: Any, **kwargs: Any) -> Any:
            stored = put_object(backend, bucket_name, key_name, value, *args, **kwargs)
            self._put(bucket_name, key_name, stored)
            return stored

        S3Backend.put_object = put  # type: ignore[method-assign]
