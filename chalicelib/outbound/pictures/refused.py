"""A picture that cannot be shown."""

from __future__ import annotations


class PictureRefused(Exception):
    """This is no picture that can be shown; `reason` is one of "too_large", "not_a_picture", "animated", "bomb", "broken"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
