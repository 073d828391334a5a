"""Pictures that come with reports: the id each has from its first moment on, before anybody has looked at it, and what a
report says of it: `pending:<id>` until it has been looked at, then `<id>`, or `kept:<id>` when nobody can show it.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.domain.tracking import digest_of, keyed_digest

UPLOAD = "upload:"
PENDING = "pending:"
KEPT = "kept:"
_RANDOM, _PROOF = 12, 9  # bytes of an upload's id: not to be guessed, and proof that it is ours (28 characters)


def ids_of(sources: Sequence[str], seed: str) -> tuple[str, ...]:
    """The ids of a message's pictures (24 hex characters, not to be guessed): an upload has its own already, the others
    get theirs from the message's `seed`, so that retelling the message tells the same pictures."""
    return tuple(
        source.removeprefix(UPLOAD) if source.startswith(UPLOAD) else digest_of(seed, "photo", str(index)).hex()[:24]
        for index, source in enumerate(sources)
    )


def ready(photos: Sequence[str]) -> list[str]:
    """Those of a report's pictures that have been looked at and can be shown."""
    return [photo for photo in photos if ":" not in photo]


def pending(photos: Sequence[str]) -> list[str]:
    """The ids of those that nobody has looked at yet."""
    return [photo.removeprefix(PENDING) for photo in photos if photo.startswith(PENDING)]


def id_of(photo: str) -> str:
    """The id of a picture, whatever its state."""
    return photo.rpartition(":")[2]


def state_of(photo: str) -> str:
    """What a report knows of a picture: "pending", "kept" or "ready"."""
    return photo.rpartition(":")[0] or "ready"


def brings_pictures(data: Mapping[str, Any]) -> bool:
    """Whether a history entry's change brought pictures that have to be looked at."""
    return bool(data.get("pictures")) or bool(data.get("photos") and "entries" not in data)


def upload_id(key: bytes, random: bytes) -> str:
    """An id for a picture that will be uploaded. It proves itself: nothing is stored when it is given out."""
    proof = keyed_digest(key, "upload", random[:_RANDOM].hex())[:_PROOF]
    return base64.urlsafe_b64encode(random[:_RANDOM] + proof).decode()


def is_upload_id(key: bytes, given: str) -> bool:
    """Whether this id was given out by us."""
    try:
        whole = base64.urlsafe_b64decode(given.encode("ascii"))
    except ValueError:  # also what is no ASCII, and wrong padding
        return False
    return len(whole) == _RANDOM + _PROOF and hmac.compare_digest(upload_id(key, whole).encode(), given.encode())
