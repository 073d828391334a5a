"""Logger and metrics of this process: constant messages, keys, and no personal data.

Logs are Powertools'. A metric is one line in CloudWatch's embedded metric format, written at once: Powertools' Metrics took
40 µs for it, an eighth of a whole put, and keeps one set of metrics for the process, which threads must not share.
"""

from __future__ import annotations

import sys
import time
from functools import lru_cache

import msgspec
from aws_lambda_powertools import Logger

NAMESPACE = "Tanggap"
_encode = msgspec.json.Encoder().encode
_muted: list[bool] = []


@lru_cache(maxsize=1)
def logger() -> Logger:
    """The process's logger: one JSON line per record."""
    return Logger()


def mute() -> None:
    """Writes no metrics from now on (the local run, where nobody gathers them)."""
    _muted.append(True)


def count(name: str, **keys: str) -> None:
    """Counts one `name`, for the alarms and graphs of the namespace; `keys` stand beside it in the log, as no dimension.

    Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    if _muted:
        return
    metric = {"Namespace": NAMESPACE, "Dimensions": [["service"]], "Metrics": [{"Name": name, "Unit": "Count"}]}
    line = {
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [metric]},
        "service": logger().service,
        name: 1,
        **keys,
    }
    sys.stdout.write(_encode(line).decode() + "\n")
