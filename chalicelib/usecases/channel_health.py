"""How the channels are: what they brought last, what was refused and why, who has fallen silent. Never a word of a citizen's."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.channels.message import Skipped
from chalicelib.city.model import Channel
from chalicelib.domain.errors import ReportError
from chalicelib.observability import count, logger
from chalicelib.store.channels import RING, Delivery, Record
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.rotate import rotatable, secrets_of

_WORDS = 300
_PAUSE_SECONDS = 1.0
# What a provider sends that should have been a message; the rest (statuses, echoes) is as it should be.
_NOTED = frozenset({"unreadable", "invalid", "unknown"})
_FIELD = re.compile(r"[\w.\[\]-]{1,60}")
# What whoever was refused has typed may be anything, and anybody's.
_TYPED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”")
_PERSONAL = re.compile(r"\S*@\S*|\+?\d[\d\s().-]{4,}\d")


class Refusals:
    """Records refusals, at most one a second and channel from this process: a flood costs no more than a trickle. What
    came in between is counted with the next one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}
        self._more: dict[str, int] = {}

    def note(self, desk: Desk, channel: str, *, outcome: str, reason: str, words: str = "") -> None:
        """Records one. Never raises: whoever is refused hears why, whether or not it could be noted."""
        now = desk.ticks()
        with self._lock:
            if now < self._until.get(channel, 0.0):
                self._more[channel] = self._more.get(channel, 0) + 1
                return
            self._until[channel] = now + _PAUSE_SECONDS
            times = 1 + self._more.pop(channel, 0)
        told = Delivery(at=desk.now(), outcome=outcome, reason=reason[:60], words=words)
        try:
            desk.channels.refused(channel, told, desk.city.local_day(desk.now()), times=times)
        except Exception:
            logger().warning("a refusal was not noted", extra={"channel": channel, "code": reason}, exc_info=True)


def refused(desk: Desk, channel: str, error: ReportError) -> None:
    """Notes that a delivery was refused, with the reason as its sender heard it."""
    desk.refusals.note(desk, channel, outcome="refused", reason=error.code, words=words_of(error))


def ignored(desk: Desk, channel: str, reason: str) -> None:
    """Notes a delivery that is no person's message (spam, a bounce, an automatic answer) and was passed over."""
    desk.refusals.note(desk, channel, outcome="refused", reason=reason)


def skipped(desk: Desk, channel: str, parts: list[Skipped]) -> None:
    """Notes parts of a delivery that should have been messages and were none."""
    reasons = sorted({part.reason for part in parts if part.reason in _NOTED})
    if reasons:
        desk.refusals.note(desk, channel, outcome="skipped", reason=reasons[0], words=", ".join(reasons))


def words_of(error: ReportError) -> str:
    """An error in words for the admin: its message and the fields it names, without anything that might be a person's."""
    named = "; ".join(
        f"{name}: {reason}"
        for name, reason in error.details.items()
        if _FIELD.fullmatch(name) and isinstance(reason, str) and name not in ("tracking", "token")
    )
    return _PERSONAL.sub("…", _TYPED.sub("…", f"{error.message} {named}".strip()))[:_WORDS]


def silent_since(channel: Channel, known: Record, now: datetime) -> datetime | None:
    """Since when a channel has been silent, if for longer than it usually is."""
    since = known.last_at or known.watched_since
    if not channel.usual_gap_hours or since is None:
        return None
    return since if now - since > timedelta(hours=channel.usual_gap_hours) else None


def health(desk: Desk) -> list[dict[str, Any]]:
    """Every channel of the city, as the admin sees it. One read of the table."""
    now = desk.now()
    today = desk.city.local_day(now)
    known = desk.channels.read(desk.city.channels, today)
    return [_health(desk, channel, known.get(name, Record()), now) for name, channel in desk.city.channels.items()]


def _health(desk: Desk, channel: Channel, known: Record, now: datetime) -> dict[str, Any]:
    in_use = channel.in_use(desk.city.local_day(now))
    silent = silent_since(channel, known, now) if in_use else None
    newest = sorted((*known.taken, *known.refusals), key=lambda delivery: delivery.at, reverse=True)[:RING]
    secrets = desk.secrets.channel("inbound", channel.id, desk.ticks())
    ours = rotatable(channel)
    return {
        "id": channel.id,
        "label": channel.label,
        "group": channel.group,
        "adapter": channel.adapter,
        "geo_tagged": channel.geo_tagged,
        "active": channel.active,
        "in_use": in_use,
        "instead": channel.instead or None,
        "last": {"at": known.last_at, "tracking": known.last_tracking} if known.last_at else None,
        "today": {"accepted": known.accepted, "refused": known.refused},
        "deliveries": [_told(delivery) for delivery in newest],
        "refusals": [_told(delivery) for delivery in known.refusals],
        "usual_gap_hours": channel.usual_gap_hours or None,
        "silent": silent is not None,
        "silent_since": silent,
        "secrets": [
            {"name": name, "valid": len(secrets.get(name, "").split()), "made_here": name in ours}
            for name in sorted(secrets_of(channel))
        ],
    }


def _told(delivery: Delivery) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(delivery).items() if value}


def watch_silence(desk: Desk) -> list[str]:
    """Warns of every channel in use that has been silent beyond its usual gap. Gives their ids."""
    now = desk.now()
    today = desk.city.local_day(now)
    watched: Mapping[str, Channel] = {
        name: channel
        for name, channel in desk.city.channels.items()
        if channel.usual_gap_hours and channel.in_use(today)
    }
    known = desk.channels.read(watched, today)
    silent = []
    for name, channel in watched.items():
        record = known.get(name, Record())
        if record.last_at is None and record.watched_since is None:
            desk.channels.watched(name, now)
        elif since := silent_since(channel, record, now):
            silent.append(name)
            logger().warning("a channel is silent", extra={"channel": name, "since": since.isoformat()})
            count("ChannelSilent", channel=name)
    return silent
