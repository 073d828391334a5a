"""What becomes of one text sent to one person: it is with the provider, it will never be, or it may be later."""

from __future__ import annotations

import msgspec


class Sent(msgspec.Struct, frozen=True):
    """The provider took it; `id` is the provider's own ("" when it gave none)."""

    id: str


class SendError(Exception):
    """Base of both. `reason` is for logs: it names no person, number or text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SendRefused(SendError):
    """Permanent: this text will never reach this person this way."""


class SendFailed(SendError):
    """For now: try again, after `retry_after` seconds if the provider said so. The text may have gone out all the same."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
