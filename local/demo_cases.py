"""What is unusual in the demo's day, laid over the ordinary reports: several people about one problem, floods, abuse, what is
no public matter or outside the city, several problems at once, emergencies. Pure: the same seed, the same cases."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from local.demo_day import AreaAt, Planned, parts_of

ALIKE = "alike"
_METRES = 111_320
"""Of a degree of latitude."""
_IN_FIELDS = ("jaki", "qlue", "jakarta-aman", "web")
"""Channels that carry a point."""


def with_cases(planned: Sequence[Planned], texts: Mapping[str, Any], area_at: AreaAt, *, seed: int) -> list[Planned]:
    """The day with its unusual reports in place of ordinary ones, in the order in which they are sent. Channels and times
    stay as planned, but for a flood's, which comes from one app within a few hours."""
    chance, total = Random(f"cases:{seed}"), len(planned)
    free = [each for each in planned if each.channel in _IN_FIELDS]
    chance.shuffle(free)
    changed: list[Planned] = []
    for case in texts["case"]:
        for turn in range(min(len(free), max(1, round(case["share"] * total)))):
            changed.append(_unusual(free.pop(), case, turn, texts, chance))
    changed += _alike(free, texts, area_at, round(texts["alike"]["share"] * total), chance)
    changed += _flood(free, texts, total, chance)
    by_number = {each.number: each for each in changed}
    return sorted((by_number.get(each.number, each) for each in planned), key=lambda each: (each.at, each.number))


def _unusual(planned: Planned, case: Mapping[str, Any], turn: int, texts: Mapping[str, Any], chance: Random) -> Planned:
    text = _filled(case["texts"][turn % len(case["texts"])], texts, chance)
    lat, lng = chance.choice(case["points"]) if "points" in case else (planned.lat, planned.lng)
    landmark = "" if case.get("own") else planned.landmark
    told = replace(planned, lat=lat, lng=lng, landmark=landmark, case=case["name"], told_category="points" in case)
    told = replace(told, second=case["second"][turn % len(case["second"])] if "second" in case else "")
    return _saying(told, text, chance)


def _alike(
    free: list[Planned], texts: Mapping[str, Any], area_at: AreaAt, wanted: int, chance: Random
) -> list[Planned]:
    """Takes whom it needs out of `free`; one at least of each group's is there first."""
    told, found, group = texts["alike"], list[Planned](), 0
    templates = {row["code"]: row["texts"] for row in texts["category"]}
    while len(found) < wanted and len(free) >= told["people"][1]:
        people = sorted((free.pop() for _ in range(chance.randint(*told["people"]))), key=lambda each: each.at)
        category = told["categories"][group % len(told["categories"])]
        first, say = people[0], {slot: chance.choice(values) for slot, values in texts["say"].items()}
        for each in people:
            lat, lng = _beside(first, told["metres"], area_at, chance)
            where = {"patokan": say["patokan"], "jalan": say["jalan"], "lama": chance.choice(texts["say"]["lama"])}
            text = chance.choice(templates[category]).format(**(say | where))
            landmark = f"{say['patokan']}, {say['jalan']}"
            moved = replace(
                each,
                category=category,
                lat=lat,
                lng=lng,
                landmark=landmark,
                case=f"{ALIKE}-{group}",
                private=False,
                told_category=chance.random() < 0.4,
            )
            found.append(_saying(moved, text, chance))
        group += 1
    return found


def _flood(free: list[Planned], texts: Mapping[str, Any], total: int, chance: Random) -> list[Planned]:
    told = texts["flood"]
    if total < told["from_reports"]:
        return []
    senders = [free.pop() for _ in range(min(told["messages"], len(free)))]
    first, began = senders[0], 9.0
    say = {slot: chance.choice(values) for slot, values in texts["say"].items()}
    return [
        replace(
            _saying(each, chance.choice(told["texts"]).format(**say), chance),
            at=began + told["hours"] * turn / len(senders), channel="qlue", category=told["category"], case="flood", told_category=False,
            person=first.person, lat=first.lat, lng=first.lng, landmark=f"{say['patokan']}, {say['jalan']}",
            pictured=False, private=False, anonymous=False, confidential=False,
        )
        for turn, each in enumerate(senders)
    ]  # fmt: skip


def _saying(planned: Planned, text: str, chance: Random) -> Planned:
    return replace(planned, text=text, parts=parts_of(planned.channel, text, planned.landmark, planned.person, chance))


def _filled(text: str, texts: Mapping[str, Any], chance: Random) -> str:
    return text.format(**{slot: chance.choice(values) for slot, values in texts["say"].items()})


def _beside(planned: Planned, metres: float, area_at: AreaAt, chance: Random) -> tuple[float, float]:
    """A point so near, in the city as the first one is."""
    for _ in range(20):
        lat = planned.lat + chance.uniform(-0.5, 0.5) * metres / _METRES
        lng = planned.lng + chance.uniform(-0.5, 0.5) * metres / (_METRES * math.cos(math.radians(planned.lat)))
        if area_at(lat, lng) is not None:
            return round(lat, 6), round(lng, 6)
    return planned.lat, planned.lng
