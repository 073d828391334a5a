"""A queue that one of our own functions empties."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

_LONGEST_SECONDS = 43_200
_BATCH = 10


class Queue:
    """Puts messages into one SQS queue, and puts off those that cannot be dealt with yet."""

    def __init__(self, sqs: Any, url: str) -> None:
        self._sqs = sqs
        self._url = url

    def put(self, body: str) -> None:
        """Adds a message. It may be delivered more than once."""
        self._sqs.send_message(QueueUrl=self._url, MessageBody=body)

    def put_all(self, bodies: Iterable[str]) -> None:
        """Adds many messages, ten at a time. Raises OSError when some were not taken: then all may be put again."""
        waiting = iter(bodies)
        while batch := list(islice(waiting, _BATCH)):
            entries = [{"Id": str(index), "MessageBody": body} for index, body in enumerate(batch)]
            answer = self._sqs.send_message_batch(QueueUrl=self._url, Entries=entries)
            if failed := answer.get("Failed"):
                raise OSError(f"{len(failed)} messages were not taken: {failed[0].get('Code')}")

    def put_off(self, receipt: str, seconds: float) -> None:
        """Hides a received message until then."""
        hidden = max(0, min(int(seconds + 0.999), _LONGEST_SECONDS))
        self._sqs.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=hidden)
