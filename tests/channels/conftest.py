"""Channels built by hand, golden payloads, and a clock that stands still."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from chalicelib.city.model import Channel

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def golden() -> Path:
    return GOLDEN


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime(2026, 3, 3, 1, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def twilio_sms() -> Channel:
    """SMS in Twilio's form, with its signature."""
    return Channel(
        id="sms",
        label={"id": "SMS"},
        group="surat-elektronik",
        adapter="sms_http",
        geo_tagged=False,
        inbound={
            "method": "POST",
            "content_type": "application/x-www-form-urlencoded",
            "id": "MessageSid",
            "sender": "From",
            "recipient": "To",
            "text": "Body",
            "media_count": "NumMedia",
            "media_url": "MediaUrl{n}",
            "signature": "twilio",
            "signature_header": "X-Twilio-Signature",
            "secret": "auth_token",
            "response": "twiml",
        },
    )


@pytest.fixture(scope="session")
def app() -> Channel:
    """A city app that speaks Standard Webhooks."""
    return Channel(
        id="jaki",
        label={"id": "JAKI"},
        group="aplikasi",
        adapter="city_app",
        geo_tagged=True,
        inbound={"secret": "secret"},
    )


@pytest.fixture(scope="session")
def mailbox() -> Channel:
    """The city's e-mail address."""
    return Channel(
        id="email",
        label={"id": "Surel"},
        group="surat-elektronik",
        adapter="email",
        geo_tagged=False,
        inbound={"recipient": "aduan@kota.example"},
    )
