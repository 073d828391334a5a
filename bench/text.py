"""What is done with words and points: the area of a point, and a 160-character SMS understood and masked.

Every point and every text is a new one; the floors are one regular expression and one JSON round trip over the same text.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from random import Random
from statistics import median, quantiles
from typing import Any

from bench.figures import Figure, run_alone
from bench.traffic import sentence
from local.demo_day import BOX, read_texts

AREA_BOUND_US = 100
SMS_CHARACTERS = 160


def measure(quick: bool) -> Iterable[Figure]:
    """The two figures."""
    from chalicelib import city as packs
    from chalicelib.triage.masking import mask
    from chalicelib.triage.understanding import understand

    city, chance, rounds = packs.load("jakarta"), Random(11), 2_000 if quick else 20_000
    south, north, west, east = BOX
    points = [(chance.uniform(south, north), chance.uniform(west, east)) for _ in range(rounds)]
    city.area_at(*points[0])
    looked_up = _each(lambda point: city.area_at(*point), points)
    yield Figure(
        bench="text",
        name="area of a point (H3)",
        measured=f"{median(looked_up):.1f} us (99 of 100: {quantiles(looked_up, n=100)[98]:.1f})",
        floor=f"its H3 cell alone {median(_each(_cell, points)):.1f} us",
        bound=f"{AREA_BOUND_US} us",
        met=median(looked_up) < AREA_BOUND_US,
    )
    messages = _messages(chance, 100 if quick else 1000)
    for text in messages[:20]:  # whatever is made when first used
        understand(text, city)
        mask(text)
    fresh = messages[20:]
    word = re.compile(r"\bNama:\s*(\w+)")
    search = median(_each(word.search, fresh))
    round_trip = median(_each(lambda text: json.loads(json.dumps(text)), fresh))
    floor = f"re.search {search:.1f} us, JSON round trip {round_trip:.1f} us"
    for name, call in (("understood", lambda text: understand(text, city)), ("masked", mask)):
        took = _each(call, fresh)
        yield Figure(
            bench="text",
            name=f"an SMS of {SMS_CHARACTERS} characters {name}",
            measured=f"{median(took):.0f} us (9 of 10: {quantiles(took, n=10)[8]:.0f})",
            floor=floor,
        )


def _messages(chance: Random, count: int) -> list[str]:
    texts = read_texts()
    people = texts["people"]
    messages = []
    for _ in range(count):
        who = f" Nama: {chance.choice(people['first'])} {chance.choice(people['second'])}, alamat Jl Mawar {chance.randint(1, 99)}"
        said = sentence(chance, chance.choice(texts["category"]), texts)
        messages.append((said[: SMS_CHARACTERS - len(who)] + who).ljust(SMS_CHARACTERS, "."))
    return messages


def _cell(point: tuple[float, float]) -> int:
    from h3.api import basic_int

    return int(basic_int.latlng_to_cell(*point, 11))


def _each(call: Callable[[Any], Any], values: Iterable[Any]) -> list[float]:
    """Microseconds of each call."""
    took = []
    for value in values:
        began = time.perf_counter_ns()
        call(value)
        took.append((time.perf_counter_ns() - began) / 1000)
    return took


if __name__ == "__main__":
    run_alone(measure)
