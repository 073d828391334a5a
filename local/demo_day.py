"""The demo's day, planned: who reports what, where, when and by which channel. Pure: the same seed, the same day."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

TEXTS = Path(__file__).with_name("demo_texts.toml")
BOX = (-6.365, -6.095, 106.690, 106.970)
"""South, north, west, east of the mainland part of the city; points outside the city are drawn again."""
HOURS = 24
AreaAt = Callable[[float, float], "tuple[str, str] | None"]
"""A point's kelurahan and kecamatan by name, None outside the city."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody invented."""

    name: str
    address: str
    phone: str
    email: str


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One report to be sent. `at` is in hours from the start of the day. `parts` are the messages it is told in, with
    the hours between them; only a conversation has more than one. `pictured`: with a picture; `told_category`: an app says
    the category; `case`: what is unusual about it, a name of demo_cases ("alike-3": the third problem that several tell); `second`: of two problems
    in one message, the second."""

    number: int
    at: float
    channel: str
    category: str
    text: str
    person: Person
    lat: float
    lng: float
    landmark: str
    parts: tuple[str, ...]
    private: bool = False
    anonymous: bool = False
    confidential: bool = False
    pictured: bool = False
    told_category: bool = True
    case: str = ""
    second: str = ""


def read_texts(path: Path = TEXTS) -> dict[str, Any]:
    """The data of the demo."""
    with path.open("rb") as file:
        return tomllib.load(file)


def shares(rows: Sequence[Mapping[str, Any]], name: str) -> dict[str, float]:
    """The share of each row, adding up to 1: published counts first, the rest evenly over rows without a count."""
    known = {row[name]: row["count"] / row["total"] for row in rows if "count" in row}
    others = [row[name] for row in rows if "count" not in row]
    left = max(0.0, 1.0 - sum(known.values())) / len(others) if others else 0.0
    every = known | dict.fromkeys(others, left)
    return {key: share / sum(every.values()) for key, share in every.items()}


def apportioned(weights: Mapping[str, float], total: int) -> dict[str, int]:
    """`total` in whole parts as near to the weights as can be (largest remainders)."""
    exact = {key: total * weight / sum(weights.values()) for key, weight in weights.items()}
    parts = {key: int(value) for key, value in exact.items()}
    by_remainder = sorted(exact, key=lambda key: parts[key] - exact[key])
    for key in by_remainder[: total - sum(parts.values())]:
        parts[key] += 1
    return parts


def plan(texts: Mapping[str, Any], area_at: AreaAt, *, reports: int, seed: int) -> list[Planned]:
    """The day's reports in the order in which they are sent."""
    chance = Random(seed)
    channels = _shuffled(apportioned(shares(texts["channel"], "id"), reports), chance)
    categories = _shuffled(apportioned(shares(texts["category"], "code"), reports), chance)
    templates = {row["code"]: row["texts"] for row in texts["category"]}
    times = _times(texts["day"], reports, chance)
    planned = []
    for number, (at, channel, category) in enumerate(zip(times, channels, categories, strict=True)):
        lat, lng, (kelurahan, kecamatan) = a_point(area_at, chance)
        say = {slot: chance.choice(values) for slot, values in texts["say"].items()}
        person = _person(texts, number, kelurahan, chance)
        text = chance.choice(templates[category]).format(**say)
        place = f"{say['patokan']} {say['jalan']}, Kelurahan {kelurahan}, {kecamatan}"
        pictured = chance.random() < texts["pictures"][channel] if channel in texts["pictures"] else False
        planned.append(
            Planned(
                number=number,
                at=at,
                channel="web" if pictured and channel == "jaki" else channel,
                category=category,
                text=text,
                person=person,
                lat=lat,
                lng=lng,
                landmark=f"{say['patokan']}, {say['jalan']}",
                parts=parts_of(channel, text, place, person, chance),
                private=chance.random() < 0.04,
                anonymous=chance.random() < 0.02,
                confidential=chance.random() < 0.02,
                pictured=pictured,
                told_category=chance.random() < texts["category_told"].get(channel, 1.0),
            )
        )
    return planned


def _times(day: Mapping[str, Any], reports: int, chance: Random) -> list[float]:
    hours = day["hours"]
    per_hour = apportioned({str(hour): hours[(hour + day["starts_at"]) % HOURS] for hour in range(HOURS)}, reports)
    return sorted(int(hour) + chance.random() for hour, count in per_hour.items() for _ in range(count))


def parts_of(channel: str, text: str, place: str, person: Person, chance: Random) -> tuple[str, ...]:
    """What is written in words: an app sends fields, a mail says all, an SMS often leaves something out."""
    who = f"Nama: {person.name}\nAlamat: {person.address}"
    if channel == "email":
        return (f"Yth. Pemerintah Kota,\n\n{text}\n\nLokasi: {place}\n{who}\n",)
    if channel != "sms":
        return (text,)
    match chance.choices(("whole", "two", "three", "never"), (40, 28, 17, 15))[0]:
        case "whole":
            return (f"{text} Lokasi: {place}. Nama: {person.name}. Alamat: {person.address}",)
        case "two":
            return f"{text} Lokasi: {place}", f"Nama: {person.name}. Alamat: {person.address}"
        case "three":
            return text, f"Lokasi: {place}", f"{person.name}; {person.address}"
        case _:
            return (text,)


def _person(texts: Mapping[str, Any], number: int, kelurahan: str, chance: Random) -> Person:
    first, second = (chance.choice(texts["people"][which]) for which in ("first", "second"))
    street = chance.choice(texts["say"]["jalan"])
    return Person(
        name=f"{first} {second}",
        address=f"{street} No. {chance.randint(1, 180)} RT {chance.randint(1, 12):02d}/{chance.randint(1, 9):02d}, "
        f"{kelurahan}",
        phone=f"+62811000{number:05d}",
        email=f"{first}.{second}{number}@warga.example".lower(),
    )


def a_point(area_at: AreaAt, chance: Random) -> tuple[float, float, tuple[str, str]]:
    south, north, west, east = BOX
    while True:
        lat, lng = round(chance.uniform(south, north), 6), round(chance.uniform(west, east), 6)
        area = area_at(lat, lng)
        if area is not None:
            return lat, lng, area


def _shuffled(counts: Mapping[str, int], chance: Random) -> list[str]:
    every = [key for key, count in counts.items() for _ in range(count)]
    chance.shuffle(every)
    return every


def likely_category(problem: str, texts: Mapping[str, Any]) -> str:
    """What a person at the desk would file a text under: the category whose own words it shares most of."""
    words = set(_words(problem))

    def fit(row: Mapping[str, Any]) -> float:
        return max(len(words & set(_words(text))) / (3 + len(_words(text))) for text in row["texts"])

    return str(max(texts["category"], key=fit)["code"])


def _words(text: str) -> list[str]:
    return [word for word in "".join(c if c.isalnum() else " " for c in text.lower()).split() if len(word) > 3]
