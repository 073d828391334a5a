"""Tracking numbers such as `JKT-7K3M-92QX-4HTC`: derived, not counted, so that nobody can walk through them.

55 bits of HMAC-SHA256(numbering secret, channel ‖ sender ‖ message id) in 11 Crockford base32 characters, then one
check character (ISO/IEC 7064 hybrid system, M = 32), which catches every single wrong character.
"""

from __future__ import annotations

import hashlib
import hmac

from chalicelib.domain.errors import Invalid

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
# Crockford's decoding: what people write for a character they misread.
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_LENGTH = 12


def digest_of(*parts: str) -> bytes:
    """SHA-256 over length-prefixed parts, so that ("ab", "c") and ("a", "bc") differ. 32 bytes."""
    return hashlib.sha256(_framed(parts)).digest()


def keyed_digest(secret: bytes, *parts: str) -> bytes:
    """HMAC-SHA256 over length-prefixed parts. 32 bytes."""
    return hmac.digest(secret, _framed(parts), "sha256")


def _framed(parts: tuple[str, ...]) -> bytes:
    return "".join([f"{len(part)}:{part}" for part in parts]).encode("utf-8", "replace")


def derive(secret: bytes, prefix: str, channel: str, sender: str, message_id: str, *, attempt: int = 0) -> str:
    """The number of the report that this message begins: always the same one. `attempt` counts up only when another
    report already holds the number (a collision of 55 bits)."""
    parts = (channel, sender, message_id) if attempt == 0 else (channel, sender, message_id, str(attempt))
    number = int.from_bytes(keyed_digest(secret, *parts)[:7], "big") >> 1
    body = "".join(ALPHABET[(number >> shift) & 31] for shift in range(50, -1, -5))
    return written(prefix, body + check_character(body))


def origin_of(channel: str, sender: str, message_id: str) -> str:
    """What a number was derived from, as a digest: tells a provider's retry from a collision. 32 hex characters."""
    return digest_of("origin", channel, sender, message_id).hex()[:32]


def check_character(body: str) -> str:
    """The ISO/IEC 7064 hybrid check character over `ALPHABET` for the 11 characters before it."""
    size = len(ALPHABET)
    check = size // 2
    for character in body:
        check = (((check or size) * 2) % (size + 1) + _VALUE[character]) % size
    return ALPHABET[(1 - ((check or size) * 2) % (size + 1)) % size]


def written(prefix: str, characters: str) -> str:
    """Twelve characters as people see them: prefix and groups of four."""
    return f"{prefix}-{characters[:4]}-{characters[4:8]}-{characters[8:]}"


def parse(text: str, prefix: str) -> str:
    """The canonical number for what somebody typed: any case, with or without dashes, blanks or the prefix; O is read
    as 0, I and L as 1. Raises Invalid on `tracking`, saying what is wrong with it."""
    typed = "".join(character for character in text.upper() if character.isalnum())
    if len(typed) == _LENGTH + len(prefix) and typed.translate(_MISREAD).startswith(prefix.translate(_MISREAD)):
        typed = typed[len(prefix) :]
    characters = typed.translate(_MISREAD)
    if len(characters) != _LENGTH:
        raise _slip("length", f"{_LENGTH} characters are expected after {prefix}, {len(characters)} were given")
    for position, character in enumerate(characters, 1):
        if character not in _VALUE:
            raise _slip("character", f"'{character}' at position {position} is never part of a tracking number")
    if check_character(characters[:-1]) != characters[-1]:
        raise _slip("check", "a character is mistyped or two are swapped: the check character does not fit")
    return written(prefix, characters)


def near(text: str, prefix: str) -> list[str]:
    """The numbers that one wrong character, or two swapped neighbours, would make of what somebody typed: at most a few
    dozen, of which seldom more than one is anybody's. Empty for what has another length or strange characters."""
    typed = "".join(character for character in text.upper() if character.isalnum())
    if len(typed) == _LENGTH + len(prefix):
        typed = typed[len(prefix) :]
    typed = typed.translate(_MISREAD)
    if len(typed) != _LENGTH or any(character not in _VALUE for character in typed):
        return []
    swapped = [typed[:at] + typed[at + 1] + typed[at] + typed[at + 2 :] for at in range(_LENGTH - 1)]
    wrong = [typed[:at] + other + typed[at + 1 :] for at in range(_LENGTH) for other in ALPHABET]
    fitting = [each for each in [*swapped, *wrong] if check_character(each[:-1]) == each[-1]]
    return [written(prefix, each) for each in dict.fromkeys(fitting)]


def _slip(kind: str, reason: str) -> Invalid:
    return Invalid("The tracking number is not correct.", details={"tracking": reason, "slip": kind})
