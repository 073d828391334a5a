"""Rotating a channel's secret: a new one beside the old, both valid, until the other side has changed over."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.city.model import Channel
from chalicelib.domain.errors import Conflict, Invalid, NotAllowedNow
from chalicelib.outbound.secrets import KEEP_SECONDS
from chalicelib.usecases.desk import Desk

MOST = 2
_LEAST_CHARACTERS = 16
_WEBHOOK = "whsec_"
# The settings of each adapter that name a secret; ours to make, or the provider's own (then it is given).
_OURS = {
    "city_app": ("secret",),
    "qlue": ("secret", "api_key"),
    "open311": ("api_key",),
    "telegram": ("secret",),
    "meta": ("verify",),
    "sms_http": ("secret",),
}
_THEIRS = {"meta": ("secret",), "x": ("secret",), "vonage": ("secret",), "sms_http": ("secret",)}
_SIGNS_WEBHOOKS = frozenset({"city_app", "qlue"})
_THEIR_SIGNATURES = frozenset({"twilio"})


class Rotated(NamedTuple):
    """A rotation: the new secret (empty where it was given), and from when on every process knows it."""

    secret: str
    valid: int
    everywhere_at: datetime


def rotatable(channel: Channel) -> frozenset[str]:
    """The parameters of a channel that are ours to make up."""
    if channel.inbound.get("signature") in _THEIR_SIGNATURES:
        return frozenset()
    return _named(channel, _OURS)


def secrets_of(channel: Channel) -> frozenset[str]:
    """The parameters that prove who sends: ours to make, or the provider's own."""
    return _named(channel, _OURS) | _named(channel, _THEIRS)


def rotate(desk: Desk, channel: Channel, name: str, value: str = "") -> Rotated:
    """Puts a new secret in front of the one in use: `value` where it is the provider's, else one made here. Raises
    Invalid, or NotAllowedNow while two are valid already."""
    ours = rotatable(channel)
    if name not in secrets_of(channel):
        raise Invalid("This channel has no such secret.", details={"name": sorted(secrets_of(channel))})
    if not value and name not in ours:
        raise Invalid(
            "This secret is the provider's own: make a new one there and send it here.",
            details={"value": "is required: we cannot make it"},
        )
    if value and (len(value) < _LEAST_CHARACTERS or len(value) > 1000 or not value.isprintable() or " " in value):
        raise Invalid(
            "The secret is not acceptable.", details={"value": f"{_LEAST_CHARACTERS} to 1000 characters, no blanks"}
        )
    old = _values(desk, channel, name)
    if value and value in old:
        return Rotated("", len(old), desk.now())
    if len(old) >= MOST:
        raise NotAllowedNow(
            "Two are valid already: end the older one first.", details={"name": name, "valid": len(old)}
        )
    new = value or _made(channel, name)
    desk.secrets.write("inbound", channel.id, name, " ".join([new, *old]))
    if _values(desk, channel, name) != [new, *old]:
        raise Conflict("Somebody else has changed this secret just now: look again.", details={"name": name})
    return Rotated("" if value else new, 1 + len(old), desk.now() + timedelta(seconds=KEEP_SECONDS))


def end_older(desk: Desk, channel: Channel, name: str) -> Rotated:
    """Ends the older of two secrets: only the newest is valid from now on. Raises NotAllowedNow where there is one."""
    values = _values(desk, channel, name)
    if len(values) < MOST:
        raise NotAllowedNow("There is no older secret to end.", details={"name": name, "valid": len(values)})
    desk.secrets.write("inbound", channel.id, name, values[0])
    return Rotated("", 1, desk.now() + timedelta(seconds=KEEP_SECONDS))


def _named(channel: Channel, table: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    settings = table.get(channel.adapter, ())
    return frozenset(channel.inbound[setting] for setting in settings if channel.inbound.get(setting))


def _values(desk: Desk, channel: Channel, name: str) -> list[str]:
    """The values that are valid, newest first: read now, whatever this process remembers."""
    desk.secrets.forget("inbound")
    return desk.secrets.channel("inbound", channel.id, desk.ticks()).get(name, "").split()


def _made(channel: Channel, name: str) -> str:
    """A new secret: in Standard Webhooks' form where the app signs after it, else letters and digits."""
    if channel.adapter in _SIGNS_WEBHOOKS and name == channel.inbound.get("secret"):
        return _WEBHOOK + base64.b64encode(os.urandom(32)).decode()
    return base64.b32encode(os.urandom(30)).decode().lower()
