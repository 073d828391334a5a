"""Channels that are off, for everybody or for one installation: 410, and where to go instead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import pytest

from chalicelib import city as packs
from chalicelib.city.model import Channel
from chalicelib.settings import read
from chalicelib.usecases.desk import Desk
from tests.http.conftest import Answer, report_body, signed

TODAY = date(2026, 11, 21)


def test_x_is_off_by_default_and_says_where_to_go(web: Callable[..., Answer]) -> None:
    for method in ("GET", "POST"):
        answer = web(method, "/channels/{channel}", channel="x", query={"crc_token": "a"} if method == "GET" else None)
        assert answer.status == 410
        assert answer.json["code"] == "switched_off"
        assert "WhatsApp" in answer.json["details"]["instead"]


def test_an_installation_switches_for_itself(aws: Any) -> None:
    desk = Desk(read({"STAGE": "local", "CHANNELS_ON": "x", "CHANNELS_OFF": "telegram, jaki"}))
    channels = desk.city.channels
    assert channels["x"].in_use(TODAY)
    assert not channels["telegram"].in_use(TODAY)
    assert channels["jaki"].instead
    with pytest.raises(KeyError, match="fax"):
        _ = Desk(read({"STAGE": "local", "CHANNELS_ON": "fax"})).city


@pytest.mark.parametrize(
    ("since", "until", "used"),
    [
        (None, None, True),
        (TODAY, TODAY, True),
        (date(2026, 11, 22), None, False),
        (None, date(2026, 11, 20), False),
        (date(2026, 1, 1), date(2026, 12, 31), True),
    ],
)
def test_a_channel_is_used_from_one_day_to_another(since: date | None, until: date | None, used: bool) -> None:
    channel = packs.load("jakarta").channels["jaki"]
    assert msgspec.structs.replace(channel, active_from=since, active_to=until).in_use(TODAY) is used


def test_the_day_is_the_city_s(web: Callable[..., Answer], desk: Any, clock: Any) -> None:
    from datetime import UTC, datetime

    jaki: Channel = msgspec.structs.replace(desk.city.channels["jaki"], active_to=TODAY, instead="WhatsApp")
    desk.city = msgspec.structs.replace(desk.city, channels={**desk.city.channels, "jaki": jaki})
    body = report_body()
    for instant, status in (
        (datetime(2026, 11, 21, 16, 59, tzinfo=UTC), 401),
        (datetime(2026, 11, 21, 17, tzinfo=UTC), 410),
    ):
        clock.instant = instant  # 23.59 in Jakarta, and midnight: the signature's own clock is past its five minutes
        assert web("POST", "/channels/{channel}", channel="jaki", headers=signed(body), body=body).status == status
