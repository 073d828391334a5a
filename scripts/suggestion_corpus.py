"""The invented complaints from which the suggestion learns: seeded, always the same. The patterns and what stands around
them are scripts/suggestion_*.txt; no real complaint is in them.

`python -m scripts.suggestion_corpus 20` prints some."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chalicelib import city as packs
from chalicelib.city.model import City

HERE = Path(__file__).parent
SEED = 20261121
PER_WEIGHT = 24  # texts for each unit of a situation's weight
KEYWORD_TEXTS = 1
_CHOICE = re.compile(r"\{([^{}]*)\}")
# How reporters use categories: the right one, a near one, any other one, none.
_RIGHT, _NEAR, _ANY = 0.66, 0.18, 0.05
_CATCH_ALL = "keluhan-fasilitas-gedung-pemda"
# Spelling of hurried people, applied to some words.
_HURRIED = {
    "yang": "yg", "dan": "dn", "tidak": "tdk", "jalan": "jln", "sudah": "sdh", "untuk": "utk", "dengan": "dgn",
    "karena": "krn", "mohon": "mhn", "banyak": "byk", "belum": "blm", "lampu": "lmpu", "depan": "dpn", "dekat": "dkt",
    "rumah": "rmh", "motor": "mtr", "sampah": "smpah", "lubang": "lobang", "parkir": "prkir", "pohon": "phn",
}  # fmt: skip
_DROPPED, _HASTE = 0.25, 0.15


@dataclass(frozen=True)
class Situation:
    """What is said in such a case, and who handles it: agency → share. `category` is the right one, `near` are others that
    are chosen for it; `weight` says how often it comes up."""

    agencies: dict[str, float]
    category: str
    near: tuple[str, ...]
    weight: float
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """One complaint. `fold` is the same for all texts of one pattern: what is measured was never seen in other words of
    the same pattern."""

    text: str
    category: str | None
    agencies: dict[str, float]
    fold: int
    weight: float = 1.0


def situations(path: Path = HERE / "suggestion_situations.txt") -> list[Situation]:
    """The table. Raises ValueError naming the line that cannot be read."""
    found: list[Situation] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("@"):
            head, _, near = line[1:].partition(";")
            try:
                agencies, category, weight = head.split()
                found.append(Situation(_shares(agencies), category, tuple(near.split()), float(weight), ()))
            except ValueError as error:
                raise ValueError(f"{path.name}:{number}: @ agency:share,… category weight ; near …") from error
        elif found:
            last = found.pop()
            found.append(Situation(last.agencies, last.category, last.near, last.weight, (*last.patterns, line)))
        else:
            raise ValueError(f"{path.name}:{number}: a pattern before any @")
    return found


def _shares(text: str) -> dict[str, float]:
    parts = [part.partition(":") for part in text.split(",")]
    shares = {code: float(share or 100) for code, _, share in parts}
    total = sum(shares.values())
    return {code: share / total for code, share in shares.items()}


def frames(path: Path = HERE / "suggestion_frames.txt") -> dict[str, list[str]]:
    """What stands around a complaint, by kind."""
    found: dict[str, list[str]] = {}
    kind = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("@"):
            kind = line[1:].strip()
        elif line.strip() and not line.startswith("#"):
            found.setdefault(kind, []).append(line.strip())
    return found


def filled(pattern: str, chance: random.Random) -> str:
    """One of the texts that a pattern stands for."""
    while "{" in pattern:
        pattern = _CHOICE.sub(lambda match: chance.choice(match[1].split("|")), pattern)
    return " ".join(pattern.split())


def corpus(city: City, *, per_weight: float = PER_WEIGHT, seed: int = SEED) -> Iterator[Example]:
    """All examples. Raises ValueError for a situation that names an agency or category the pack does not have."""
    chance = random.Random(seed)
    around = frames()
    fold = 0
    for situation in situations():
        _check(situation, city)
        each = max(2.0, situation.weight * per_weight / len(situation.patterns))
        for pattern in situation.patterns:
            fold += 1
            for _ in range(round(each)):
                yield Example(
                    _told(filled(pattern, chance), around, chance),
                    _chosen(situation, city, chance),
                    situation.agencies,
                    fold,
                )
    yield from _of_keywords(city, around, chance, fold)


def _check(situation: Situation, city: City) -> None:
    for code in situation.agencies:
        if code not in city.agencies:
            raise ValueError(f"unknown agency {code!r} in the situations")
    for code in (situation.category, *situation.near):
        if code not in city.categories:
            raise ValueError(f"unknown category {code!r} in the situations")


def _of_keywords(city: City, around: dict[str, list[str]], chance: random.Random, fold: int) -> Iterator[Example]:
    """The pack's own keywords, as its editors wrote them: each as a short complaint, with and without the category."""
    shares = _usual(city)
    for category in city.categories.values():
        for keyword in category.keywords:
            fold += 1
            for _ in range(KEYWORD_TEXTS):
                text = _told(keyword, around, chance)
                yield Example(text, category.code if chance.random() < 0.6 else None, shares[category.code], fold, 0.5)


def _usual(city: City) -> dict[str, dict[str, float]]:
    """Who handles a category: as its situations say, else the pack's agency."""
    found: dict[str, tuple[float, dict[str, float]]] = {}
    for situation in situations():
        if situation.weight > found.get(situation.category, (0.0, {}))[0]:
            found[situation.category] = (situation.weight, situation.agencies)
    return {
        code: found[code][1] if code in found else {category.agency: 1.0} for code, category in city.categories.items()
    }


def _told(core: str, around: dict[str, list[str]], chance: random.Random) -> str:
    parts = [core]
    if chance.random() < 0.45:
        parts.append(chance.choice(around["where"]))
    if chance.random() < 0.35:
        parts.insert(0, chance.choice(around["open"]))
    if chance.random() < 0.3:
        parts.insert(chance.choice((0, len(parts))), chance.choice(around["noise"]) + chance.choice((".", ",", "")))
    if chance.random() < 0.15:
        parts.append(chance.choice(around["noise"]))
    if chance.random() < 0.5:
        parts.append(chance.choice((", ", ". ", "")) + chance.choice(around["close"]))
    words = " ".join(parts).split()
    lossy = chance.random() < 0.5
    return " ".join(
        _HURRIED.get(word, word) if chance.random() < _HASTE else word
        for word in words
        if not (lossy and len(words) > 3 and chance.random() < _DROPPED)
    )


def _chosen(situation: Situation, city: City, chance: random.Random) -> str | None:
    value = chance.random()
    if value < _RIGHT or (value < _RIGHT + _NEAR and not situation.near):
        return situation.category
    if value < _RIGHT + _NEAR:
        return chance.choice(situation.near)
    if value < _RIGHT + _NEAR + _ANY:
        return chance.choice((_CATCH_ALL, chance.choice(list(city.categories))))
    return None


def main() -> None:
    """Print some examples."""
    city = packs.load("jakarta")
    examples = list(corpus(city))
    chance = random.Random()
    print(f"{len(examples)} texts of {examples[-1].fold} patterns")
    for example in chance.sample(examples, int(sys.argv[1]) if len(sys.argv) > 1 else 10):
        best = max(example.agencies, key=lambda code: example.agencies[code])
        print(f"{best:28} {example.category or '-':28} {example.text}")


if __name__ == "__main__":
    main()
