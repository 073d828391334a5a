"""Senders: each module gets one text to one person, and nothing else."""

from .outcome import SendError, SendFailed, SendRefused, Sent

__all__ = ["SendError", "SendFailed", "SendRefused", "Sent"]
