"""Works the city's figures out from its open data: python open_data.py https://lapor.kota.example 2026-11 [agency]

Needs nothing but Python 3.11. Instead of an address it takes a folder with the downloaded files (`reports/2026-11.csv`,
`hidden/2026-11.csv`). The figures are those of the city's page /performance of that month: a report counts on the day it was
received, and a "done" that its reporter disputes is not done. Medians are exact here; the page's are within 5 %.
"""

from __future__ import annotations

import csv
import io
import json
import math
import sys
import urllib.error
import urllib.request
from collections import defaultdict
from pathlib import Path

ENDED = {"incomplete", "rejected", "merged", "withdrawn", "abandoned"}


def read(base: str, name: str) -> list[dict[str, str]]:
    """The lines of a file of the open data, below an address or a folder; none where there is no such file."""
    folder = Path(base)
    if folder.is_dir():
        file = folder / name
        text = file.read_bytes().decode() if file.is_file() else ""
    else:
        try:
            with urllib.request.urlopen(f"{base.rstrip('/')}/open-data/{name}", timeout=60) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            text = ""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def standing(row: dict[str, str]) -> str:
    """The one thing that a report counts as."""
    if row["disputed"] == "true":
        return "disputed"
    if row["status"] == "done":
        return "done_on_time" if row["on_time"] == "true" else "done_late"
    return row["status"] if row["status"] in ENDED else "open"


def quantile(hours: list[float], share: float) -> float | None:
    """The time that this share of all does not exceed."""
    return sorted(hours)[max(math.ceil(share * len(hours)), 1) - 1] if hours else None


def figures(rows: list[dict[str, str]]) -> dict[str, object]:
    """What the page says of these reports."""
    counts: dict[str, object] = defaultdict(int)
    for row in rows:
        late_and_open = row["late"] == "true" and row["disputed"] == "false" and row["status"] != "done"
        for name, holds in {
            "received": True,
            standing(row): True,
            "overdue": late_and_open and standing(row) in ("open", "incomplete"),
            "extended": row["extended"] == "true",
            "rerouted": int(row["rerouted"]) > 0,
            "reopened": int(row["reopened"]) > 0,
        }.items():
            counts[name] += holds  # type: ignore[operator]
    for name in ("respond_hours", "resolve_hours"):
        hours = [float(row[name]) for row in rows if row[name]]
        counts[f"{name}_median"], counts[f"{name}_p90"] = quantile(hours, 0.5), quantile(hours, 0.9)
    return dict(counts)


def work_out(base: str, month: str, by: str = "") -> dict[str, dict[str, object]]:
    """The figures of a month: of all public reports, grouped by a column where one is named; and the counts of the hidden
    ones, which are published by day only."""
    rows = read(base, f"reports/{month}.csv")
    groups: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        groups[row[by] or "-" if by else "public"].append(row)
    told = {code: figures(groups[code]) for code in sorted(groups)}
    hidden: dict[str, object] = defaultdict(int)
    for line in read(base, f"hidden/{month}.csv"):
        for name, value in line.items():
            if value.isdigit():
                hidden[name] += int(value)  # type: ignore[operator]
    return told | ({"-hidden": dict(hidden)} if hidden else {})


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    print(json.dumps(work_out(*sys.argv[1:]), indent=1, sort_keys=True))
