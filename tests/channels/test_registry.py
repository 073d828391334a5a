"""The way from a channel of the pack to the module that reads it."""

from __future__ import annotations

import pytest

from chalicelib.channels import city_app, sms_http
from chalicelib.channels.registry import ADAPTERS, http_adapter
from chalicelib.city.model import Channel
from chalicelib.domain.errors import Unknown


def test_adapters(twilio_sms: Channel, app: Channel) -> None:
    assert http_adapter(twilio_sms) is sms_http
    assert http_adapter(app) is city_app
    assert {"sms_http", "city_app", "meta"} <= ADAPTERS


def test_mail_takes_no_webhooks(mailbox: Channel) -> None:
    with pytest.raises(Unknown):
        http_adapter(mailbox)
