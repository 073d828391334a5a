"""The field page's one-time code: six characters that a person can read, and the mark that is drawn into the picture.

The mark is 64 bits: the code's 30, and 34 of a keyed digest over code, report and end. It is drawn as a strip along the
lower edge: two rows of cells, the second the opposite of the first, between two ends that are always the same.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from chalicelib.domain.tracking import ALPHABET, keyed_digest

VALID = timedelta(minutes=10)
CHARACTERS, BITS, _TAG = 6, 64, 34
ENDS = "1010", "0101"
CELLS = BITS + len(ENDS[0]) + len(ENDS[1])
# Of the picture's width: how high each of the two rows is.
ROW = 1 / 40


def code_from(random: bytes) -> str:
    """A code; four fresh random bytes at least."""
    number = int.from_bytes(random[:4], "big") >> 2
    return "".join(ALPHABET[number >> 5 * at & 31] for at in reversed(range(CHARACTERS)))


def mark(key: bytes, code: str, tracking: str, until: datetime) -> str:
    """What is drawn: 16 hex digits."""
    number = 0
    for character in code:
        number = number << 5 | ALPHABET.index(character)
    tag = int.from_bytes(keyed_digest(key, "capture", code, tracking, str(int(until.timestamp())))[:5], "big") >> 6
    return f"{number << _TAG | tag:016x}"


def code_in(drawn: str) -> str:
    """The code that a mark (16 hex digits) holds."""
    number = int(drawn, 16) >> _TAG
    return "".join(ALPHABET[number >> 5 * at & 31] for at in reversed(range(CHARACTERS)))


def proves(key: bytes, drawn: str, tracking: str, until: datetime) -> bool:
    """Whether this mark was made by us, for this report and until then."""
    return hmac.compare_digest(mark(key, code_in(drawn), tracking, until), drawn)


def cells(drawn: str) -> str:
    """The first row of the strip, one character a cell: 1 is white."""
    return ENDS[0] + f"{int(drawn, 16):0{BITS}b}" + ENDS[1]


def mark_in(row: str) -> str:
    """The mark that a row of cells holds; "" when the ends are not its ends."""
    if len(row) != CELLS or not row.startswith(ENDS[0]) or not row.endswith(ENDS[1]):
        return ""
    return f"{int(row[len(ENDS[0]) : -len(ENDS[1])], 2):016x}"
