"""What is published beside the rows: which files there are, the schema and the dictionary of a row, what its codes mean, and
the licence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from chalicelib.city.model import PILLARS, City
from chalicelib.domain.lifecycle import Status
from chalicelib.domain.open_columns import COLUMNS, KINDS
from chalicelib.domain.opendata import table

LICENCE = "CC BY 4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
    "geojson": "application/geo+json; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}
"""What each kind of file is sent as."""
GENERAL = ("schema.json", "dictionary.csv", "dictionary.md", "codes.csv", "LICENSE.txt")
INDEX = "index.json"


class File(msgspec.Struct, frozen=True, kw_only=True):
    """One file: its name below the base address, its size, the SHA-256 of its bytes, and when they last changed (UTC)."""

    name: str
    type: str
    bytes: int
    sha256: str
    updated: str


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """The files of the reports received on a day."""

    day: str
    reports: int
    files: tuple[File, ...] = ()


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a month, and of its days (in order)."""

    month: str
    reports: int = 0
    files: tuple[File, ...] = ()
    days: tuple[Day, ...] = ()


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """A month in the index: its days are listed in the file `index`."""

    month: str
    reports: int
    index: str
    updated: str
    files: tuple[File, ...]


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """All files, the newest month first."""

    city: str
    publisher: str
    timezone: str
    licence: str
    licence_url: str
    updated: str = ""
    files: tuple[File, ...] = ()
    months: tuple[Brief, ...] = ()


def empty(city: City) -> Index:
    """The index of a city that has published nothing yet."""
    return Index(
        city=city.code,
        publisher=city.name_formal,
        timezone=city.timezone,
        licence=LICENCE,
        licence_url=LICENCE_URL,
    )


def kind_of(name: str) -> str:
    """What a file is sent as."""
    return TYPES[name.rsplit(".", 1)[-1]]


def general(city: City) -> dict[str, bytes]:
    """The files that say what the others mean."""
    return {
        "schema.json": _json(schema(city)),
        "dictionary.csv": _dictionary_csv(),
        "dictionary.md": _dictionary_md(city).encode(),
        "codes.csv": table(("kind", "code", "name_id", "name_en", "parent"), _codes(city)),
        "LICENSE.txt": _licence(city).encode(),
    }


def schema(city: City) -> dict[str, Any]:
    """The JSON Schema of a row of the JSON Lines files."""
    properties = {}
    for column in COLUMNS:
        told = dict(KINDS[column.kind])
        if not column.always:
            told["type"] = [told["type"], "null"]
        properties[column.name] = told | {"description": column.en}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Reports of citizens to {city.name_formal}",
        "type": "object",
        "properties": properties,
        "required": [column.name for column in COLUMNS],
        "additionalProperties": False,
    }


def _dictionary_csv() -> bytes:
    lines = ((each.name, each.kind, "yes" if each.always else "no", each.id, each.en) for each in COLUMNS)
    return table(("column", "kind", "always", "meaning_id", "meaning_en"), lines)


def _dictionary_md(city: City) -> str:
    lines = [
        f"# {city.name_formal}: kamus data / data dictionary",
        "",
        "CSV: UTF-8, RFC 4180. Teks yang diawali `=`, `+`, `-`, `@` atau tab diberi apostrof di depannya agar tidak dibaca",
        "sebagai rumus; di JSON Lines dan GeoJSON tidak. Text that begins with `=`, `+`, `-`, `@` or a tab has an apostrophe",
        "before it, so that no spreadsheet takes it for a formula; in JSON Lines and GeoJSON it has none.",
        "",
        "Laporan rahasia dan privat tidak ada di sini satu per satu: `hidden/<bulan>.csv` memuat jumlahnya per hari. Private and",
        "confidential reports are not here one by one: `hidden/<month>.csv` has their counts by day.",
        "`respond_buckets`, `resolve_buckets`: `n:jumlah`, waktu dari 2^(n/8) sampai 2^((n+1)/8) jam; yang diawali `-` diberi",
        "apostrof. `n:count`, times from 2^(n/8) to 2^((n+1)/8) hours; what begins with `-` has an apostrophe before it.",
        "",
        "`trees/index.json`, `trees/000001.json` …: daftar yang membuktikan bahwa laporan tidak diubah (halaman /proof). The lists",
        "by which anyone can check that no report was changed, re-dated or lost (how: the page /proof).",
        "",
        "| column | kind | always | arti | meaning |",
        "|---|---|---|---|---|",
        *(
            f"| {each.name} | {each.kind} | {'yes' if each.always else 'no'} | {each.id} | {each.en} |"
            for each in COLUMNS
        ),
    ]
    return "\n".join(lines) + "\n"


def _codes(city: City) -> Iterator[tuple[str, str, str, str, str]]:
    """Each code that a row may hold, with its names."""

    def both(kind: str, code: str, label: Any, parent: str = "") -> tuple[str, str, str, str, str]:
        return kind, code, label.get("id", code), label.get("en", label.get("id", code)), parent

    for status in Status:
        key = f"status.{status}"
        yield both("status", status, {lang: city.text(key, lang) for lang in city.policy.languages})
    for pillar in PILLARS:
        yield both("pillar", pillar, city.labels.get(f"pillar_{pillar}", {}))
    for category in city.categories.values():
        yield both("category", category.code, category.label, category.pillar)
    for agency in city.agencies.values():
        yield both("agency", agency.code, {"id": agency.name, "en": agency.name_en or agency.name}, agency.parent or "")
    for area in city.areas.values():
        yield both("area", area.code, {"id": area.name}, area.parent or "")
    for channel in city.channels.values():
        yield both("channel", channel.id, channel.label)
    for code, reason in city.reasons.get("reject", {}).items():
        yield both("reason", code, reason.label)


def _licence(city: City) -> str:
    return "\n".join(
        (
            f"{LICENCE} - {LICENCE_URL}",
            "",
            f"Data terbuka laporan warga, {city.name_formal}.",
            "Anda boleh menyalin, menyebarkan, mengolah dan memakainya untuk keperluan apa pun, juga komersial, dengan",
            f'menyebut sumbernya: "{city.name_formal}, laporan warga, {LICENCE}", dan mengatakan apa yang Anda ubah.',
            "",
            f"Open data of citizens' reports, {city.name_formal}.",
            "You may copy, share, adapt and use it for any purpose, also commercially, if you name the source:",
            f'"{city.name_formal}, citizens\' reports, {LICENCE}", and say what you changed.',
            "",
            "Nobody warrants anything about it. Personal data is masked by machine and read by staff; whoever finds any that",
            "was missed must not spread it, and is asked to tell the city, which takes it out of the next edition.",
            "",
        )
    )


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
