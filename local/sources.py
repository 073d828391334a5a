"""What invokes which function, and how: read from the template's SAM events, and from app.py's decorators where the
template says nothing. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from local.events import logical_name

RETRIES = 5
"""Attempts after the first for a stream batch whose template does not limit them (in AWS: until the data expires)."""
ASYNC_RETRIES = 2
PUBLISHED = frozenset({"publish"})
_UNITS = {"minute": 60.0, "hour": 3600.0, "day": 86400.0}
_KINDS = {"DynamoDB": "stream", "SQS": "queue", "SNS": "topic", "S3": "bucket", "Schedule": "schedule"}


@dataclass(frozen=True, kw_only=True)
class Source:
    """One event source of one function. `of` is the ARN of the stream, queue or topic, the bucket's name, or the
    schedule's expression. `failures` is the ARN that takes what failed for good.
    """

    kind: str  # stream, queue, topic, bucket, schedule
    function: str
    of: str
    batch_size: int = 10
    window: float = 0.0  # seconds that a batch is gathered
    retries: int = RETRIES
    async_retries: int = ASYNC_RETRIES
    bisect: bool = False
    partial: bool = False
    filters: tuple[Mapping[str, Any], ...] = ()
    failures: str | None = None
    prefix: str = ""


def from_template(resources: Mapping[str, Any], functions: Iterable[str]) -> list[Source]:
    """The sources in the (resolved) resources of a template, for the functions that app.py has."""
    found = []
    for function in functions:
        properties = resources.get(logical_name(function), {}).get("Properties", {})
        for name, event in properties.get("Events", {}).items():
            kind = _kind(name, event)
            if kind is not None:
                found.append(_source(kind, function, event.get("Properties", {})))
    return [source for source in found if source.of]


def with_invocation(sources: Iterable[Source], resources: Mapping[str, Any]) -> list[Source]:
    """The sources with what AWS::Lambda::EventInvokeConfig says of their functions: retries and failure destination."""
    said = {
        r["Properties"]["FunctionName"]: r["Properties"]
        for r in resources.values()
        if r.get("Type") == "AWS::Lambda::EventInvokeConfig"
    }
    result = []
    for source in sources:
        config = said.get(logical_name(source.function), {})
        if source.kind in ("topic", "bucket", "schedule"):
            retries = int(config.get("MaximumRetryAttempts", ASYNC_RETRIES))
            source = replace(source, async_retries=retries, failures=_destination(config))
        result.append(source)
    return result


def from_decorators(configs: Iterable[Any]) -> list[Source]:
    """The sources that app.py's own decorators name (Chalice's `app.event_sources`)."""
    found = []
    for config in configs:
        function = config.name
        if hasattr(config, "stream_arn"):
            found.append(Source(kind="stream", function=function, of=config.stream_arn, batch_size=config.batch_size))
        elif hasattr(config, "queue"):
            arn = config.queue_arn or config.queue or ""
            found.append(Source(kind="queue", function=function, of=arn, batch_size=config.batch_size))
        elif hasattr(config, "topic"):
            found.append(Source(kind="topic", function=function, of=config.topic))
        elif hasattr(config, "schedule_expression"):
            expression = config.schedule_expression
            text = expression if isinstance(expression, str) else expression.to_string()
            found.append(Source(kind="schedule", function=function, of=text))
    return found


def merged(template: Iterable[Source], decorators: Iterable[Source], known: Mapping[str, str]) -> list[Source]:
    """The template's word on each (kind, function) before the decorator's. Decorators may name placeholders: a source
    that `known` (ARN or name → anything) does not have is left out, schedules excepted.
    """
    chosen: dict[tuple[str, str, str], Source] = {(s.kind, s.function, s.of): s for s in template}
    said = {(kind, function) for kind, function, _ in chosen}
    for source in decorators:
        if (source.kind, source.function) not in said and (source.kind == "schedule" or source.of in known):
            chosen[source.kind, source.function, source.of] = source
    return list(chosen.values())


def seconds(expression: str, sla_scale: float, function: str = "") -> float:
    """The period of a schedule. Those below an hour are part of the deadlines and scale with them, never below 1 s;
    a cron expression is taken as once a day, but what is published every night is published every minute.
    """
    if function in PUBLISHED:
        return _UNITS["minute"]
    match = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if match is None:
        return _UNITS["day"]
    period = int(match[1]) * _UNITS[match[2]]
    return max(1.0, period * sla_scale) if period < _UNITS["hour"] else period


def _kind(name: str, event: Mapping[str, Any]) -> str | None:
    if (given := event.get("Type")) is not None:
        return _KINDS.get(given)
    # a merge template may add to the event that Chalice writes: RelayDynamodbEventSource, RepliesSqsEventSource
    endings = {"DynamodbEventSource": "stream", "SqsEventSource": "queue", "SnsSubscription": "topic"}
    return next((kind for ending, kind in endings.items() if name.endswith(ending)), None)


def _source(kind: str, function: str, said: Mapping[str, Any]) -> Source:
    of = {"stream": "Stream", "queue": "Queue", "topic": "Topic", "bucket": "Bucket", "schedule": "Schedule"}[kind]
    retries = int(said.get("MaximumRetryAttempts", -1))
    return Source(
        kind=kind,
        function=function,
        of=str(said.get(of, "")),
        batch_size=int(said.get("BatchSize", 10 if kind == "queue" else 100)),
        window=float(said.get("MaximumBatchingWindowInSeconds", 0)),
        retries=retries if retries >= 0 else RETRIES,
        bisect=str(said.get("BisectBatchOnFunctionError", "")).lower() == "true",
        partial="ReportBatchItemFailures" in said.get("FunctionResponseTypes", ()),
        filters=tuple(json.loads(f["Pattern"]) for f in said.get("FilterCriteria", {}).get("Filters", ())),
        failures=_destination(said),
        prefix=_prefix(said),
    )


def _destination(said: Mapping[str, Any]) -> str | None:
    return said.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")


def _prefix(said: Mapping[str, Any]) -> str:
    rules = said.get("Filter", {}).get("S3Key", {}).get("Rules", ())
    return next((str(r["Value"]) for r in rules if r["Name"] == "prefix"), "")
