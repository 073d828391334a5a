"""A pack's `suggestion.json`: what `scripts/train_suggestion.py` has learnt about who handles what. Checked when the pack
is loaded, read when it is first asked for."""

from __future__ import annotations

from collections.abc import Container
from functools import lru_cache
from pathlib import Path

import msgspec

from .errors import CityPackError

NAME = "suggestion.json"
SCALE = 100
"""Weights are whole hundredths."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says of itself. `agencies` are the classes, by code; `categories` those it knows as a feature;
    `bias` is each agency's weight before anything is known."""

    edition: str
    agencies: tuple[str, ...]
    categories: tuple[str, ...]
    bias: tuple[int, ...]


class File(Head, frozen=True, kw_only=True):
    """The whole file. `words` and `chosen` (by category code) give for each feature the numbers of agencies, each followed
    by its weight."""

    words: dict[str, tuple[int, ...]]
    chosen: dict[str, tuple[int, ...]]


Pairs = tuple[tuple[int, int], ...]
"""(number of an agency, weight)."""


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """The file as it is worked with."""

    agencies: tuple[str, ...]
    bias: tuple[int, ...]
    words: dict[str, Pairs]
    chosen: dict[str, Pairs]


def check(folder: Path, agencies: Container[str], categories: Container[str]) -> str:
    """The path of the pack's file, empty when it has none. Raises CityPackError for a file that is not one, or that names an
    agency or a category the pack does not have. The weights themselves are not looked at."""
    path = folder / NAME
    if not path.is_file():
        return ""
    try:
        head = msgspec.json.decode(path.read_bytes(), type=Head)
    except (msgspec.DecodeError, OSError) as error:
        raise CityPackError(NAME, 0, f"is no suggestion file: {error}") from error
    if len(head.bias) != len(head.agencies) or len(head.agencies) < 2:
        raise CityPackError(NAME, 0, "needs at least two agencies, and one bias for each")
    for kind, codes, known in (("agency", head.agencies, agencies), ("category", head.categories, categories)):
        for code in codes:
            if code not in known:
                raise CityPackError(NAME, 0, f"unknown {kind} {code!r}: train it again (make retrain)")
    return str(path)


@lru_cache(maxsize=4)
def read(path: str) -> Weights:
    """The file that `check` has let pass. Raises CityPackError when its weights are not what they should be."""
    try:
        file = msgspec.json.decode(Path(path).read_bytes(), type=File)
    except (msgspec.DecodeError, OSError) as error:
        raise CityPackError(NAME, 0, f"is no suggestion file: {error}") from error
    words, chosen = (
        {feature: _paired(feature, flat, len(file.agencies)) for feature, flat in table.items()}
        for table in (file.words, file.chosen)
    )
    return Weights(agencies=file.agencies, bias=file.bias, words=words, chosen=chosen)


def _paired(feature: str, flat: tuple[int, ...], count: int) -> Pairs:
    numbers = flat[::2]
    if len(flat) % 2 or (flat and not 0 <= min(numbers) <= max(numbers) < count):
        raise CityPackError(NAME, 0, f"wrong weights of {feature!r}")
    return tuple(zip(numbers, flat[1::2], strict=True))
