"""Recognising the reporter's name, address and contact in later texts without knowing them.

A report keeps short keyed digests of the words that identify its reporter. A note, a question or an answer is compared
word by word: what fits is taken out. Whoever reads the table learns nothing without the key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b

_WORD = re.compile(r"[^\W_]+(?:@[\w.-]+)?")
_SMALL = frozenset(
    [
        "jl",
        "jln",
        "jalan",
        "gg",
        "gang",
        "rt",
        "rw",
        "no",
        "nomor",
        "blok",
        "kel",
        "kelurahan",
        "kec",
        "kecamatan",
        "kota",
        "jakarta",
        "dki",
        "bapak",
        "ibu",
        "pak",
        "bu",
        "bpk",
        "haji",
        "hajah",
    ]
)
_SHINGLE = 3


def marks_of(key: bytes, *, name: str, address: str, contacts: Iterable[str]) -> tuple[str, ...]:
    """The digests to keep with a report: one per word of the name (three letters or more), per two and three words of the
    address around a number (the house; a street alone is nobody's), and per contact. Twelve hex characters each."""
    found = [word for word in _words(name) if len(word) >= 3 and word not in _SMALL]
    found += _shingles([word for word in _words(address) if word not in _SMALL])
    found += [_contact(contact) for contact in contacts if contact]
    return tuple(map(_marker(key), dict.fromkeys(found)))


def mask_known(text: str, key: bytes, marks: Iterable[str]) -> str:
    """`text` without the words that fit the marks, `[nama]` or `[alamat]` in their place. However an address is written
    ("Jl. Mawar No. 2", "jalan mawar nomor 2"), the small words do not count."""
    known = frozenset(marks)
    if not known or not text:
        return text
    mark = _marker(key)
    spans = [(match.start(), match.end(), match.group().lower()) for match in _WORD.finditer(text)]
    out: list[tuple[int, int, str]] = []
    for start, end, word in spans:
        if len(word) >= 3 and (mark(word) in known or ((said := _contact(word)) != word and mark(said) in known)):
            out.append((start, end, "[nama]"))
    telling = [span for span in spans if span[2] not in _SMALL]
    for index in range(len(telling)):
        for size in (_SHINGLE, 2):
            phrase = telling[index : index + size]
            if len(phrase) == size and mark(" ".join(word for _, _, word in phrase)) in known:
                out.append((phrase[0][0], phrase[-1][1], "[alamat]"))
                break
    return _without(text, out)


def _without(text: str, spans: list[tuple[int, int, str]]) -> str:
    parts: list[str] = []
    at = 0
    for start, end, label in sorted(spans):
        between = text[at:start]
        if start < at or (parts and parts[-1] == label and not between.strip()):
            at = max(at, end)  # one mask for what overlaps or follows at once: "Budi Santoso" is one name
            continue
        parts += [between, label]
        at = end
    return "".join([*parts, text[at:]])


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _shingles(words: list[str]) -> Iterator[str]:
    numbered = [any(map(str.isdigit, word)) for word in words]
    if not any(numbered):  # "Komplek Seroja": all of it or nothing
        yield from [" ".join(words)] if len(words) in (2, _SHINGLE) else []
        return
    for index in range(len(words) - 1):
        if numbered[index + 1] and not numbered[index]:
            yield f"{words[index]} {words[index + 1]}"
        if index + _SHINGLE <= len(words) and any(numbered[index : index + _SHINGLE]):
            yield " ".join(words[index : index + _SHINGLE])


def _contact(contact: str) -> str:
    if "@" in contact:
        return contact.strip().lower()
    digits = "".join(filter(str.isdigit, contact))
    return digits.removeprefix("62").removeprefix("0") or contact.lower()


def _marker(key: bytes) -> Callable[[str], str]:
    """What makes a mark of a text. The key is taken in once: a copy costs less than a new start."""
    keyed = blake2b(key=key[:64], digest_size=6)

    def mark(text: str) -> str:
        digest = keyed.copy()
        digest.update(text.encode("utf-8", "replace"))
        return digest.hexdigest()

    return mark
