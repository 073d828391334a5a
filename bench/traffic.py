"""Reports as citizens send them, none like the one before: names, addresses, phones, points, texts and their lengths.

They come from the demo's own texts; what real traffic would not repeat is fresh each time, so that no cache in the
process helps more than it would in real life.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random
from typing import Any

from chalicelib import city as packs
from chalicelib.city.model import City
from local.demo_day import BOX, read_texts
from local.demo_http import app_webhook, sms_form

SYLLABLES = ("ba", "den", "gus", "ha", "jar", "ka", "lin", "ma", "nur", "pra", "ra", "sa", "ti", "wu", "ya", "zul")


def app_reports(seed: int) -> Iterator[dict[str, Any]]:
    """City-app reports without end, each a JSON body's content. Texts have 40 to 400 characters."""
    chance, texts = Random(seed), read_texts()
    rows = texts["category"]
    city, number = packs.load("jakarta"), 0
    while True:
        number += 1
        row = chance.choice(rows)
        name = f"{_name(chance)} {_name(chance)}"
        street = f"Jl. {_name(chance)} {chance.choice(('Raya', 'Dalam', 'Timur', 'Barat', 'I', 'II'))}"
        yield {
            "id": f"r{seed}-{number}",
            "created_at": "2026-11-21T08:00:00+07:00",
            "text": sentence(chance, row, texts),
            "reporter": {
                "name": name,
                "address": f"{street} No. {chance.randint(1, 250)} RT {chance.randint(1, 15):03d}",
                "phone": f"+62811{chance.randint(0, 9_999_999):07d}",
            },
            "location": {
                **_point(city, chance),
                "landmark": f"{chance.choice(texts['say']['patokan'])} {street}",
            },
            "category": row["code"],
        }


def sentence(chance: Random, row: dict[str, Any], texts: dict[str, Any]) -> str:
    """One to three sentences about a category's problem, in a street that nobody has named before."""
    count = chance.choices((1, 2, 3), (6, 3, 1))[0]
    said = [
        text.format(
            jalan=f"Jl. {_name(chance)} {chance.randint(1, 99)}",
            patokan=chance.choice(texts["say"]["patokan"]),
            lama=chance.choice(texts["say"]["lama"]),
            jam=f"{chance.randint(0, 23):02d}.{chance.randint(0, 59):02d}",
        )
        for text in chance.choices(row["texts"], k=count)
    ]
    return " ".join(said)


def signed_app(report: dict[str, Any], secret: str) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a city app's webhook, signed now."""
    return app_webhook(secret, f"msg_{report['id']}", report, time.time())


def signed_sms(message_id: str, sender: str, text: str, token: str, url: str) -> tuple[bytes, dict[str, str]]:
    """Body and headers of an SMS webhook."""
    fields = [
        ("MessageSid", message_id),
        ("AccountSid", "AC" + "0" * 32),
        ("From", sender),
        ("To", "+6280000001708"),
        ("Body", text),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
    ]
    return sms_form(token, url, fields)


def _point(city: City, chance: Random) -> dict[str, float]:
    south, north, west, east = BOX
    while True:
        lat, lng = round(chance.uniform(south, north), 6), round(chance.uniform(west, east), 6)
        if city.area_at(lat, lng):
            return {"lat": lat, "lng": lng}


def _name(chance: Random) -> str:
    return "".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))).capitalize()
