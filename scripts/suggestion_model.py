"""Learning and measuring the suggestion: multinomial logistic regression by AdaGrad, in plain Python."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.city.suggestions import SCALE
from chalicelib.triage.suggestion import features, share_of
from scripts.suggestion_corpus import Example

BIAS, CHOSEN = "", "="
EPOCHS, RATE, DECAY = 10, 0.8, 1e-3
START = 3.0  # of the sum of squares: a feature seen a few times moves little
SEEN_TWICE = 2
_SMALL, _TOUCHED = 0.09, 0.004
_FOLDS = 3


@dataclass
class Model:
    """Weights by feature, one for each agency. The citizen's category is the feature `=code`."""

    agencies: list[str]
    weights: dict[str, list[float]]
    temperature: float = 1.0

    def chances(self, seen: Sequence[tuple[str, float]]) -> list[float]:
        """The probability of each agency."""
        scores = list(self.weights[BIAS])
        for feature, value in seen:
            row = self.weights.get(feature)
            if row is not None:
                scores = [score + weight * value for score, weight in zip(scores, row, strict=True)]
        top = max(scores)
        powers = [math.exp((score - top) / self.temperature) for score in scores]
        total = sum(powers)
        return [power / total for power in powers]

    def file(self, edition: str, categories: Sequence[str]) -> dict[str, object]:
        """What suggestion.json holds: whole hundredths, the temperature worked in, small weights left out. What a
        feature says about every agency alike is taken out: it says nothing."""
        words: dict[str, list[int]] = {}
        chosen: dict[str, list[int]] = {}
        for feature, row in sorted(self.weights.items()):
            if feature == BIAS:
                continue
            middle = sorted(row)[len(row) // 2]
            pairs: list[int] = []
            for number, weight in enumerate(row):
                hundredths = round((weight - middle) / self.temperature * SCALE)
                if abs(hundredths) >= _SMALL * SCALE * (2 if " " in feature else 1):
                    pairs += [number, hundredths]
            if pairs:
                (chosen if feature.startswith(CHOSEN) else words)[feature.removeprefix(CHOSEN)] = pairs
        return {
            "edition": edition,
            "agencies": self.agencies,
            "categories": [code for code in categories if code in chosen],
            "bias": [round(weight / self.temperature * SCALE) for weight in self.weights[BIAS]],
            "chosen": chosen,
            "words": words,
        }


def seen_in(example: Example, known: set[str]) -> list[tuple[str, float]]:
    """The features of an example that are known, with their values."""
    found = [feature for feature in features(example.text) if feature in known]
    value = share_of(len(found))
    seen = [(feature, value) for feature in found]
    if example.category is not None and f"{CHOSEN}{example.category}" in known:
        seen.append((f"{CHOSEN}{example.category}", 1.0))
    return seen


def learn(examples: Sequence[Example], agencies: Sequence[str], *, seed: int = 7) -> Model:
    """A model of the examples."""
    counts: Counter[str] = Counter()
    for example in examples:
        counts.update(features(example.text))
    known = {
        feature for feature, count in counts.items() if count >= (SEEN_TWICE + 1 if " " in feature else SEEN_TWICE)
    }
    known |= {f"{CHOSEN}{example.category}" for example in examples if example.category}
    number = {code: index for index, code in enumerate(agencies)}
    weights = {feature: [0.0] * len(agencies) for feature in (*sorted(known), BIAS)}
    squares = {feature: [START] * len(agencies) for feature in weights}
    model = Model(list(agencies), weights)
    ready = [
        (
            [*seen_in(example, known), (BIAS, 1.0)],
            {number[code]: share for code, share in example.agencies.items()},
            example.weight,
        )
        for example in examples
    ]
    chance = random.Random(seed)
    for epoch in range(EPOCHS):
        chance.shuffle(ready)
        rate = RATE / (1 + epoch / 2)
        for seen, wanted, weight in ready:
            _step(model, squares, seen, wanted, weight, rate)
    return model


def _step(
    model: Model,
    squares: dict[str, list[float]],
    seen: Sequence[tuple[str, float]],
    wanted: dict[int, float],
    weight: float,
    rate: float,
) -> None:
    chances = model.chances(seen[:-1])
    errors = [
        (index, (chance - wanted.get(index, 0.0)) * weight)
        for index, chance in enumerate(chances)
        if chance > _TOUCHED or index in wanted
    ]
    for feature, value in seen:
        row, square = model.weights[feature], squares[feature]
        for index, error in errors:
            slope = error * value + DECAY * row[index]
            square[index] += slope * slope
            row[index] -= rate * slope / math.sqrt(square[index])


@dataclass(frozen=True)
class Measured:
    """What was measured on examples that were not learnt from. `table` has rows (from, to, how many, predicted, right)."""

    count: int
    first: float
    second: float
    loss: float
    table: tuple[tuple[float, float, int, float, float], ...]


def measure(judged: Sequence[tuple[Sequence[float], dict[int, float]]]) -> Measured:
    """The figures of (chances, true shares) pairs."""
    first = second = loss = 0.0
    bins: dict[int, list[tuple[float, float]]] = {}
    for chances, wanted in judged:
        order = sorted(range(len(chances)), key=lambda index: -chances[index])
        right = wanted.get(order[0], 0.0)
        first += right
        second += right + wanted.get(order[1], 0.0)
        loss -= sum(share * math.log(max(chances[index], 1e-9)) for index, share in wanted.items())
        bins.setdefault(min(9, int(chances[order[0]] * 10)), []).append((chances[order[0]], right))
    count = max(1, len(judged))
    table = tuple(
        (low / 10, (low + 1) / 10, len(rows), sum(p for p, _ in rows) / len(rows), sum(r for _, r in rows) / len(rows))
        for low, rows in sorted(bins.items())
    )
    return Measured(len(judged), first / count, second / count, loss / count, table)


def crossed(
    examples: Sequence[Example], agencies: Sequence[str], extra: Sequence[Example] = (), folds: int = _FOLDS
) -> tuple[Measured, Measured, float]:
    """Cross-validation by patterns: of the examples, of the extra ones (each is held out as well), and the temperature that
    fits best."""
    number = {code: index for index, code in enumerate(agencies)}
    kept: list[tuple[list[float], dict[int, float], bool]] = []
    for fold in range(folds):
        model = learn([each for each in (*examples, *extra) if each.fold % folds != fold], agencies)
        known = set(model.weights)
        for is_extra, rows in ((False, examples), (True, extra)):
            for each in rows:
                if each.fold % folds == fold:
                    wanted = {number[code]: share for code, share in each.agencies.items()}
                    kept.append((model.chances(seen_in(each, known)), wanted, is_extra))
    temperature = min((0.8 + 0.1 * step for step in range(25)), key=lambda t: _loss(kept, t))
    warm = [(_warmed(chances, temperature), wanted, is_extra) for chances, wanted, is_extra in kept]
    return (
        measure([(chances, wanted) for chances, wanted, is_extra in warm if not is_extra]),
        measure([(chances, wanted) for chances, wanted, is_extra in warm if is_extra]),
        temperature,
    )


def _warmed(chances: Sequence[float], temperature: float) -> list[float]:
    powers = [max(chance, 1e-12) ** (1 / temperature) for chance in chances]
    total = sum(powers)
    return [power / total for power in powers]


def _loss(kept: Sequence[tuple[list[float], dict[int, float], bool]], temperature: float) -> float:
    return measure([(_warmed(chances, temperature), wanted) for chances, wanted, _ in kept]).loss
