"""Keeping to a provider's limits, and the waits between tries."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.outbound.pacing import Pace, put_off
from chalicelib.outbound.senders.outcome import SendFailed


def test_no_limit_no_wait() -> None:
    pace = Pace()
    assert [pace.wait("sms", 0, 100.0) for _ in range(50)] == [0.0] * 50


def test_so_many_a_second() -> None:
    pace = Pace()
    assert [round(pace.wait("sms", 4, 100.0), 2) for _ in range(5)] == [0.0, 0.25, 0.5, 0.75, 1.0]
    with pytest.raises(SendFailed) as failed:
        pace.wait("sms", 4, 100.0)
    assert failed.value.retry_after == pytest.approx(1.25)
    assert pace.wait("telegram", 4, 100.0) == 0.0, "each channel has its own pace"
    assert pace.wait("sms", 4, 102.0) == 0.0


def test_a_provider_that_asked_to_wait_is_not_called(desk: object) -> None:
    pace = Pace()
    pace.close("sms", 30, 100.0)
    with pytest.raises(SendFailed) as failed:
        pace.wait("sms", 0, 110.0)
    assert failed.value.retry_after == pytest.approx(20)
    assert pace.wait("whatsapp", 0, 110.0) == 0.0
    assert pace.wait("sms", 0, 130.5) == 0.0


@given(st.integers(1, 40), st.integers(0, 2**32), st.none() | st.floats(0, 3600))
def test_waits_grow_and_never_fall_below_what_the_provider_asked(tries: int, seed: int, asked: float | None) -> None:
    wait = put_off(tries, asked, Random(seed))
    assert wait >= (asked or 0)
    longest = min(900.0, 2.0 * 2 ** (tries - 1))
    assert longest / 2 <= max(wait, longest / 2)
    assert wait <= max(longest, 1.1 * (asked or 0))


def test_what_failed_together_does_not_come_back_together() -> None:
    chance = Random(1)
    assert len({round(put_off(5, None, chance), 3) for _ in range(100)}) > 90
