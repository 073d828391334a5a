"""Which of the fields that were asked for does a message fill?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from .names import is_known
from .words import COMMON, FUNCTION, PROBLEM

if TYPE_CHECKING:
    from .understanding import Understood

FIELDS = ("problem", "place", "name", "address")
_SHORT = 8


class Bare(msgspec.Struct, frozen=True):
    """An unlabelled segment of an answer-like message: kind "name", "address", "place" or "text"."""

    kind: str
    value: str


def answers_for(missing: Sequence[str], understood: Understood) -> dict[str, str]:
    """Field → value, for those of `missing` (an ordered part of problem, place, name, address) that this message
    tells, outright or in answer to the question. A place comes as text: `place_from` reads it. Never fills what was
    not asked."""
    answers = _outright(missing, understood)
    open_fields = [field for field in FIELDS if field in missing and field not in answers]
    bare = list(understood.bare)
    if len(bare) == len(open_fields) > 1 and all(
        _fits(part, field) for part, field in zip(bare, open_fields, strict=True)
    ):
        return _ordered({**answers, **{field: part.value for part, field in zip(bare, open_fields, strict=True)}})
    named = understood.name is not None
    if "name" not in missing:  # "alfamidi jl kelapa puan" says where, not who
        bare.sort(key=lambda part: part.kind == "name")
    for part in bare:
        if part.kind == "address" and _is_the_place(part, understood):
            continue
        field = _field_of(part, open_fields, named)
        named = named or part.kind == "name"
        if field is not None:
            answers[field] = part.value
            open_fields.remove(field)
    return _ordered(answers)


def _is_the_place(part: Bare, understood: Understood) -> bool:
    """Whether this street was understood as the place of a problem that is told beside it."""
    place = understood.place
    return bool(understood.problem) and place is not None and bool(place.address) and place.address in part.value


def _outright(missing: Sequence[str], understood: Understood) -> dict[str, str]:
    place = understood.place
    told = {
        "problem": understood.problem,
        "place": "" if place is None else ", ".join(filter(None, (place.address, place.landmark))),
        "name": understood.name or "",
        "address": understood.address or (understood.either if "place" not in missing else None) or "",
    }
    return {field: told[field] for field in FIELDS if field in missing and told[field]}


def _ordered(answers: dict[str, str]) -> dict[str, str]:
    return {field: answers[field] for field in FIELDS if field in answers}


def _fits(part: Bare, field: str) -> bool:
    """Whether a segment may stand for a field when the number of segments is the number of questions."""
    words = part.value.lower().split()
    troubled = any(word.strip(".,") in PROBLEM for word in words)
    if field == "problem":
        return part.kind == "text" or troubled
    if field == "name":
        return part.kind == "name" or (
            part.kind in ("text", "place") and len(words) <= 4 and not troubled and not _has_digit(part.value)
        )
    return not troubled and not (part.kind == "name" and field == "place" and is_known(words[0]))


def _field_of(part: Bare, open_fields: Sequence[str], named: bool) -> str | None:
    only = open_fields[0] if len(open_fields) == 1 else None
    if part.kind == "name":
        if "name" in open_fields:
            return "name"
        return only if only in ("place", "address") and not is_known(part.value.split()[0].lower()) else None
    if part.kind == "address":
        wanted = (
            ("address", "place")
            if named or ("name" not in open_fields and "place" not in open_fields)
            else ("place", "address")
        )
        return next((field for field in wanted if field in open_fields), None)
    if part.kind == "place":
        return next((field for field in ("place", "address") if field in open_fields), None)
    if only in ("place", "address") and _is_short_answer(part.value):
        return only
    return "problem" if "problem" in open_fields else None


def _is_short_answer(value: str) -> bool:
    words = [word.strip(".,!") for word in value.lower().split()]
    if len(words) > _SHORT or any(word in PROBLEM for word in words):
        return False
    return any(word not in FUNCTION and word not in COMMON for word in words) or _has_digit(value)


def _has_digit(value: str) -> bool:
    return any(map(str.isdigit, value))
