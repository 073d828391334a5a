"""Where providers keep pictures: which address, and who sees our account's credentials."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.outbound.media import media_adapter, same_origin, sms_http
from chalicelib.outbound.senders.outcome import SendFailed, SendRefused

BASE = "https://api.twilio.example"
NOW = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
SECRETS = {"account_sid": "AC1", "auth_token": "t"}


def test_the_providers_own_origin_gets_our_credentials() -> None:
    located = sms_http.locate(f"{BASE}/2010-04-01/Media/ME1", SECRETS, BASE, NOW)
    assert (located.headers, located.trusted) == ({"Authorization": "Basic QUMxOnQ="}, True)


@pytest.mark.parametrize(
    "address",
    [
        "https://api.twilio.example.evil.example/x", "http://api.twilio.example/x", "https://api.twilio.example:444/x",
        "https://api.twilio.example@evil.example/x", "https://evil.example/https://api.twilio.example", "https://[::1",
        "https://x@api.twilio.example/x", "", "127.0.0.1",
    ],
)  # fmt: skip
def test_no_other_does(address: str) -> None:
    located = sms_http.locate(address, SECRETS, BASE, NOW)
    assert (located.headers, located.trusted) == ({}, False)
    assert not same_origin(address, BASE)


def test_a_missing_secret_may_come_later() -> None:
    with pytest.raises(SendFailed):
        sms_http.locate(f"{BASE}/x", {}, BASE, NOW)


def test_the_usual_port_is_the_same_origin() -> None:
    assert same_origin("https://api.twilio.example:443/x", BASE)
    assert not same_origin("", "")


@pytest.mark.parametrize("adapter", ["city_app", "email", "web_form", "../sms_http", ""])
def test_a_channel_without_media_has_none(adapter: str) -> None:
    with pytest.raises(SendRefused):
        media_adapter(adapter)


@pytest.mark.parametrize("adapter", ["meta", "telegram", "x", "sms_http"])
def test_each_of_the_others_has_its_module(adapter: str) -> None:
    assert callable(media_adapter(adapter).locate)
