"""A bound on memory while strangers' bytes are decoded: what wants more gets MemoryError, and the process lives on."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STATUS = Path("/proc/self/status")


@contextmanager
def bounded(most: int) -> Iterator[None]:
    """Inside, the process gets at most so many bytes more than it has. Where the system does not tell how many it has
    (anything but Linux), nothing is bounded."""
    before = resource.getrlimit(resource.RLIMIT_DATA)
    used = _used()
    if used:
        wanted = used + most
        limits = [limit for limit in before if limit != resource.RLIM_INFINITY]
        resource.setrlimit(resource.RLIMIT_DATA, (min(wanted, *limits) if limits else wanted, before[1]))
    try:
        yield
    finally:
        if used:
            resource.setrlimit(resource.RLIMIT_DATA, before)


def _used() -> int:
    """Bytes of data that this process has; 0 when nobody knows."""
    try:
        lines = _STATUS.read_text("ascii", "replace").splitlines()
    except OSError:
        return 0
    told = [line.split() for line in lines if line.startswith("VmData:")]
    return int(told[0][1]) * 1024 if told else 0
