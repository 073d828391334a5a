"""Uploads: an id and a form for one picture, and whose it becomes. An id proves itself, so giving one out writes nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from chalicelib.domain import pictures
from chalicelib.domain.errors import Invalid, TooLarge
from chalicelib.outbound.pictures.kinds import is_whole, kind_of
from chalicelib.outbound.sealing import Picture
from chalicelib.store.photos import Photo
from chalicelib.usecases.desk import Desk

_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
REFUSED = "refused"
MOST_SENT = 6_000_000


def new_upload(desk: Desk, random: bytes) -> dict[str, Any]:
    """`{id, url, fields}`: a form that uploads one picture. `random` is fresh, 12 bytes at least."""
    photo = pictures.upload_id(_key(desk), random)
    return {"id": photo, **desk.buckets.upload_form(photo)}


def store_upload(desk: Desk, content: bytes, random: bytes) -> str:
    """One picture that came with a form, put where a presigned upload would put it: its id. `random` as for `new_upload`.
    Raises TooLarge, Invalid on `photos` for what is no picture of a kind we take, or begins like one and is none."""
    if len(content) > MOST_SENT:
        raise TooLarge("The picture is too large.", details={"photos": f"at most {MOST_SENT // 1_000_000} MB"})
    if kind_of(content) is None or not is_whole(content):
        raise Invalid("That is no picture.", details={"photos": "not a picture"})
    photo = pictures.upload_id(_key(desk), random)
    desk.buckets.put_upload(photo, content)
    return photo


def is_ours(desk: Desk, photo: str) -> bool:
    """Whether this id was given out here."""
    return bool(_ID.fullmatch(photo)) and pictures.is_upload_id(_key(desk), photo)


def claim(desk: Desk, photos: Sequence[str], claimers: Sequence[str]) -> None:
    """These uploads belong to the first of `claimers` now; the same ones again is no second claim. Raises Invalid on
    `photos` for ids that we never gave out, and for those that are somebody else's. Nothing is claimed then."""
    strange = [photo for photo in photos if not is_ours(desk, photo)]
    if strange:
        raise Invalid("These photos are not known.", details={"photos": f"no ids of uploads: {_listed(strange)}"})
    taken = [photo for photo in dict.fromkeys(photos) if claimed(desk, photo, claimers) is None]
    if taken:
        raise Invalid("These photos are in use already.", details={"photos": f"in use already: {_listed(taken)}"})


def claim_shown(desk: Desk, photos: Sequence[str], claimer: str) -> None:
    """As `claim`; and raises Invalid, with the reason, for one that has been looked at and cannot be shown, and for one that
    never came: an id alone shows nothing."""
    claim(desk, photos, (claimer,))
    for photo in photos:
        known = desk.photos.get(photo)
        if known is not None and known.state == REFUSED:
            raise Invalid("This photo cannot be used.", details={"photos": f"{photo}: {known.reason}"})
        if (known is None or not known.state) and desk.buckets.uploaded_at(photo) is None:
            raise Invalid("This photo has not been uploaded.", details={"photos": f"not uploaded yet: {photo[:64]}"})


def claim_sources(desk: Desk, told: Sequence[Picture], claimer: str) -> None:
    """Claims those of a message's pictures that were uploaded."""
    uploads = [picture.id for picture in told if picture.source.startswith(pictures.UPLOAD)]
    if uploads:
        claim(desk, uploads, (claimer,))


def claimed(desk: Desk, photo: str, claimers: Sequence[str]) -> Photo | None:
    """The upload, now one of theirs; None when it is somebody else's."""
    return desk.photos.claim(photo, claimers, now=desk.now())


def _key(desk: Desk) -> bytes:
    return desk.secrets.key("uploads", desk.ticks())


def _listed(photos: Sequence[str]) -> str:
    return ", ".join(photo[:64] for photo in photos[:5])
