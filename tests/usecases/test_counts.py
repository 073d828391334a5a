"""What one process takes of a channel, and of a sender without conversations."""

from __future__ import annotations

import msgspec
import pytest

from chalicelib.domain.errors import Busy
from chalicelib.usecases.counts import Counts
from chalicelib.usecases.submit import submit
from tests.usecases.test_submit import COMPLETE, SEED


def test_beyond_the_limit_the_provider_is_asked_to_wait() -> None:
    counts = Counts()
    for number in range(5):
        counts.take("web", 5, [f"m{number}"], 100.0 + number)
    with pytest.raises(Busy) as busy:
        counts.take("web", 5, ["m9"], 110.0)
    assert 45 <= busy.value.retry_after <= 52
    counts.take("web", 5, ["m9"], 161.0)


def test_a_repetition_never_counts() -> None:
    counts = Counts()
    for _ in range(50):
        counts.take("web", 5, ["m1", "m2"], 100.0)
    counts.take("web", 5, ["m3", "m4", "m5"], 100.0)


def test_one_batch_is_taken_whole() -> None:
    Counts().take("web", 5, [f"m{number}" for number in range(1000)], 100.0)


def test_no_limit_by_default() -> None:
    counts = Counts()
    for number in range(500):
        counts.take("web", 0, [f"m{number}"], 100.0)


def test_a_flood_of_an_app_is_kept_and_flagged(desk: object) -> None:
    limit = desk.city.policy.messages_per_hour  # type: ignore[attr-defined]
    reports = [
        submit(desk, msgspec.structs.replace(COMPLETE, id=f"A-{number}"), seed=SEED).report  # type: ignore[arg-type]
        for number in range(limit + 2)
    ]
    assert [report.flags for report in reports[limit - 1 :]] == [(), ("flood",), ("flood",)]
    again = submit(desk, msgspec.structs.replace(COMPLETE, id="A-1"), seed=SEED)  # type: ignore[arg-type]
    assert not again.new
