"""Sealing: what identifies a reporter is AES-256-GCM ciphertext under a data key from KMS.

A sealed part is `version ‖ length of the wrapped key ‖ wrapped key ‖ nonce ‖ ciphertext`; the tracking number is the
associated data, so that a part cannot be moved to another report. Who may only seal holds `kms:GenerateDataKey`;
opening needs `kms:Decrypt`.
"""

from __future__ import annotations

import hashlib
import os
from functools import reduce
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chalicelib.domain.errors import ReportError

_VERSION = 1
_NONCE = 12
KEY_SECONDS = 300
KEY_USES = 1000


class SealBrokenError(ReportError):
    """A sealed part was altered, cut, or belongs to another report."""

    code = "seal_broken"


class Picture(msgspec.Struct, frozen=True, array_like=True):
    """A picture that came with a message: the id it has with us, and where it is to be had (see `Message.photos`)."""

    id: str
    source: str


class Sealed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one message told about its reporter. Later parts win over earlier ones, field by field. `user` is how the
    provider knows them, `post` the public post that was answered, `stored` where the whole mail lies; `notify_…` is
    where they want to be told since, for that only."""

    name: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    subject: str = ""
    message_id: str = ""
    user: str = ""
    post: str = ""
    photos: tuple[Picture, ...] = ()
    text: str = ""
    raw: bytes = b""
    stored: str = ""
    notify_email: str = ""
    notify_phone: str = ""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Sealed)


class Sealer:
    """Seals and opens with one KMS key. A data key serves `KEY_SECONDS` or `KEY_USES`, whichever ends first; opened
    keys are kept as long. `now` is seconds on any clock that only goes forward."""

    def __init__(self, kms: Any, key_id: str) -> None:
        self._kms = kms
        self._key_id = key_id
        self._key: AESGCM | None = None
        self._wrapped = b""
        self._uses = 0
        self._until = 0.0
        self._opened: dict[bytes, tuple[AESGCM, float]] = {}

    def seal(self, part: Sealed, tracking: str, now: float) -> bytes:
        """The sealed part, to be stored with that report."""
        return self.seal_bytes(_encoder.encode(part), tracking, now)

    def seal_bytes(self, content: bytes, whose: str, now: float) -> bytes:
        """Any content, sealed. `whose` is what it belongs to: a tracking number, or a picture's id."""
        if self._key is None or now >= self._until or self._uses >= KEY_USES:
            answer = self._kms.generate_data_key(KeyId=self._key_id, KeySpec="AES_256")
            self._key, self._wrapped = AESGCM(answer["Plaintext"]), answer["CiphertextBlob"]
            self._uses, self._until = 0, now + KEY_SECONDS
        self._uses += 1
        nonce = os.urandom(_NONCE)
        head = bytes([_VERSION]) + len(self._wrapped).to_bytes(2, "big") + self._wrapped
        return head + nonce + self._key.encrypt(nonce, content, whose.encode())

    def open(self, sealed: bytes, tracking: str, now: float) -> Sealed:
        """What was sealed. Raises SealBrokenError when it is not what was sealed for this report."""
        try:
            return _decoder.decode(self.open_bytes(sealed, tracking, now))
        except (ValueError, msgspec.DecodeError) as error:
            raise SealBrokenError("A sealed part cannot be opened.") from error

    def open_bytes(self, sealed: bytes, whose: str, now: float) -> bytes:
        """The content that was sealed. Raises SealBrokenError when it is not what was sealed for this."""
        try:
            if sealed[0] != _VERSION:
                raise SealBrokenError("A sealed part has an unknown version.")
            end = 3 + int.from_bytes(sealed[1:3], "big")
            wrapped, nonce, text = sealed[3:end], sealed[end : end + _NONCE], sealed[end + _NONCE :]
            return self._unwrapped(wrapped, now).decrypt(nonce, text, whose.encode())
        except (IndexError, ValueError, InvalidTag) as error:
            raise SealBrokenError("A sealed part cannot be opened.") from error

    def open_all(self, parts: tuple[bytes, ...], tracking: str, now: float) -> Sealed:
        """Everything the parts tell about the reporter, later ones winning; photos and texts of all of them."""
        return reduce(together, (self.open(part, tracking, now) for part in parts), Sealed())

    def _unwrapped(self, wrapped: bytes, now: float) -> AESGCM:
        key, until = self._opened.get(wrapped, (None, 0.0))
        if key is None or now >= until:
            if len(self._opened) >= KEY_USES:
                self._opened.clear()
            key = AESGCM(self._kms.decrypt(CiphertextBlob=wrapped, KeyId=self._key_id)["Plaintext"])
            self._opened[wrapped] = (key, now + KEY_SECONDS)
        return key


def seal_of(part: bytes) -> str:
    """What tells a sealed part from any other, without opening it. 24 hex characters."""
    return hashlib.sha256(part).hexdigest()[:24]


def together(told: Sealed, new: Sealed) -> Sealed:
    """What both tell: of each field the newer, photos and texts of both."""
    return Sealed(
        name=new.name or told.name,
        address=new.address or told.address,
        phone=new.phone or told.phone,
        email=new.email or told.email,
        subject=new.subject or told.subject,
        message_id=new.message_id or told.message_id,
        user=new.user or told.user,
        post=new.post or told.post,
        photos=(*told.photos, *new.photos),
        text="\n".join(text for text in (told.text, new.text) if text),
        stored=new.stored or told.stored,
        notify_email=new.notify_email or told.notify_email,
        notify_phone=new.notify_phone or told.notify_phone,
    )
