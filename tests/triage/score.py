"""How many fields of the labelled messages (labelled.jsonl) are read right: `python -m tests.triage.score [file] [-v]`.

A line has the text, which fields were `asked`, and what it says of each: `problem_contains`, `name`, `address`, and `place`
with any of address, landmark, kelurahan and same (= at the reporter's own address). null: it does not say.
"""

from __future__ import annotations

import json
import re
import sys
import timeit
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from chalicelib.city import load
from chalicelib.city.model import City
from chalicelib.triage.answers import FIELDS, answers_for
from chalicelib.triage.places import place_from
from chalicelib.triage.understanding import understand
from chalicelib.triage.words import TITLES

LABELLED = Path(__file__).with_name("labelled.jsonl")
_MOST_MORE = 5
"""Words a place may have beyond its label: a house number, RT/RW, what it is near."""


class Field(NamedTuple):
    """One field of one message."""

    name: str
    expected: str
    found: str
    right: bool
    text: str


def labelled(path: Path = LABELLED) -> list[dict[str, Any]]:
    """The messages of a file, one JSON object a line."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def score(messages: Iterable[dict[str, Any]], city: City) -> list[Field]:
    """Every asked field of every message."""
    return [field for message in messages for field in _fields(message, city)]


def shares(fields: Iterable[Field]) -> dict[str, float]:
    """The share of right fields, by name and in "all"."""
    asked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for field in fields:
        asked.update((field.name, "all"))
        right.update({field.name: field.right, "all": field.right})
    return {name: right[name] / count for name, count in asked.items()}


def _fields(message: dict[str, Any], city: City) -> Iterable[Field]:
    text, asked = message["text"], message["asked"]
    told = understand(text, city)
    answers = answers_for(asked, told)
    if "problem" in asked:
        wanted, found = message["problem_contains"] or "", answers.get("problem", "")
        right = plain(wanted) in plain(found) if wanted else not found
        yield Field("problem", wanted, found, right, text)
    if "place" in asked:
        place = told.place or (place_from(answers["place"], city) if "place" in answers else None)
        same = told.same_address or (place is not None and place.same_as_reporter)
        area = city.areas[place.area].name if place is not None and place.area else ""
        found = ", ".join(filter(None, (place.address, place.landmark))) if place is not None else ""
        shown = f"{found} [{area}]{' same' if same else ''}"
        yield Field("place", str(message["place"]), shown, _is_place(message["place"], found, area, same), text)
    for field in ("name", "address"):
        if field in asked:
            wanted, found = message[field] or "", answers.get(field, "")
            yield Field(field, wanted, found, _person(wanted) == _person(found), text)


def _is_place(wanted: dict[str, Any] | None, found: str, area: str, same: bool) -> bool:
    if wanted is None:
        return not found and not area and not same
    if wanted.get("same"):
        return same
    parts = [plain(wanted[part]) for part in ("address", "landmark") if wanted.get(part)]
    told = plain(found)
    extra = len(told.split()) - sum(len(part.split()) for part in parts)
    named = not wanted.get("kelurahan") or area == wanted["kelurahan"]
    return named and all(f" {part} " in f" {told} " for part in parts) and extra <= _MOST_MORE


def plain(text: str) -> str:
    """Small letters and digits, single blanks."""
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


def _person(text: str) -> str:
    words = plain(text).split()
    while words and words[0] in TITLES:
        words = words[1:]
    return " ".join(words)


def main(arguments: list[str]) -> int:
    """Prints what was missed (-v), then shares, precision and recall, and the time per message."""
    paths = [Path(argument) for argument in arguments if not argument.startswith("-")]
    messages, city = labelled(*paths[:1]), load("jakarta")
    fields = score(messages, city)
    if "-v" in arguments:
        for field in fields:
            if not field.right:
                print(f"{field.name}: {field.expected!r} but {field.found!r} in {field.text!r}")
    for name, share in shares(fields).items():
        of = [field for field in fields if name in (field.name, "all")]
        hits = sum(field.right and field.expected not in ("", "None") for field in of)
        told = sum(field.found.strip(" []") != "" for field in of)
        wanted = sum(field.expected not in ("", "None") for field in of)
        print(
            f"{name:8} right {share:.3f}  precision {hits / max(told, 1):.3f}  recall {hits / max(wanted, 1):.3f}  n {len(of)}"
        )
    texts = [message["text"] for message in messages]
    took = min(timeit.repeat(lambda: [understand(text, city) for text in texts], number=1, repeat=9))
    print(f"{len(texts)} messages, {took / len(texts) * 1e6:.0f} us each")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

__all__ = ["FIELDS", "Field", "labelled", "score", "shares"]
