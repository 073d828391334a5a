"""What tests of senders share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.outbound.played import Played


@pytest.fixture
def played() -> Iterator[Played]:
    """The played providers, behind a socket."""
    started = Played()
    yield started
    started.stop()
