"""Times as providers and forms write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.channels.instants import read_instant, with_plus

NOON = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T14:30:00+07:00", "2026-11-21T14:30:00 07:00", "2026-11-21T14:30:00 0700", "2026-11-21T14:30 07:00",
        "2026-11-21 14:30:00 07:00", "2026-11-21T14:30:00.000 07:00", "2026-11-21T14:30:00 +0700", "2026-11-21T07:30:00 Z",
        "2026-11-21T14:30:00", "2026-11-21 14:30",
    ],
)  # fmt: skip
def test_a_plus_sign_that_became_a_blank_is_one(text: str) -> None:
    assert read_instant(text) == NOON


@pytest.mark.parametrize("text", ["2026-11-21 07:00", "2026-11-21", "2026-11-21T14:30:00-07:00", "07:00", " 07:00", ""])
def test_other_blanks_stay(text: str) -> None:
    assert with_plus(text) == text
