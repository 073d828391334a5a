"""Logger and metrics of this process (Powertools): constant messages, keys, and no personal data."""

from __future__ import annotations

from functools import lru_cache

from aws_lambda_powertools import Logger, Metrics

NAMESPACE = "Tanggap"


@lru_cache(maxsize=1)
def logger() -> Logger:
    """The process's logger: one JSON line per record."""
    return Logger()


@lru_cache(maxsize=1)
def metrics() -> Metrics:
    """The process's metrics: one EMF line per invocation, written by `flush`."""
    return Metrics(namespace=NAMESPACE)


def flush() -> None:
    """Writes the metrics gathered since the last time, if any."""
    if metrics().metric_set:
        metrics().flush_metrics()
