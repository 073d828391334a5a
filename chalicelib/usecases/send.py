"""Sending one answer: at the provider's pace, and not at all while it has asked to wait."""

from __future__ import annotations

import time

from chalicelib.outbound import ways
from chalicelib.outbound.senders.outcome import SendFailed
from chalicelib.outbound.senders.outgoing import Outgoing
from chalicelib.usecases.desk import Desk


def send_one(desk: Desk, out: Outgoing) -> str:
    """The provider's id, as `ways.send` gives it. Raises SendRefused (never) or SendFailed (later, with the provider's own wait if it gave one)."""
    per_second = float(out.channel.outbound.get("per_second", "0"))
    wait = desk.pace.wait(out.channel.id, per_second, desk.ticks())
    if wait:
        time.sleep(wait)
    try:
        return ways.send(out, tools_of(desk))
    except SendFailed as error:
        if error.retry_after:
            desk.pace.close(out.channel.id, error.retry_after, desk.ticks())
        raise


def tools_of(desk: Desk) -> ways.Tools:
    """What some ways need besides the text."""
    return ways.Tools(settings=desk.settings, ses=lambda: desk.ses, sns=lambda: desk.sns)
