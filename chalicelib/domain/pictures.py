"""Pictures that come with reports: the id each has from its first moment on, before anybody has looked at it."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.domain.tracking import digest_of

UPLOAD = "upload:"
PENDING = "pending:"


def ids_of(sources: Sequence[str], seed: str) -> tuple[str, ...]:
    """The ids of a message's pictures (24 hex characters, not to be guessed): an upload has its own already, the others
    get theirs from the message's `seed`, so that retelling the message tells the same pictures."""
    return tuple(
        source.removeprefix(UPLOAD) if source.startswith(UPLOAD) else digest_of(seed, "photo", str(index)).hex()[:24]
        for index, source in enumerate(sources)
    )


def ready(photos: Sequence[str]) -> list[str]:
    """Those of a report's pictures that have been looked at and can be shown."""
    return [photo for photo in photos if not photo.startswith(PENDING)]
