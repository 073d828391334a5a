"""Learns the suggestion anew and says how good it is: `python -m scripts.train_suggestion` (make retrain).

Learns from the invented corpus and, with --corrections FILE.jsonl, from what the city's own people decided
(scripts/export_corrections.py). Measures by cross-validation, the corrections too, with and without having learnt from
them, and writes the model only where it is not worse than without (--force: in any case)."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from chalicelib import city as packs
from chalicelib.city.model import AREA_KINDS, City
from chalicelib.city.suggestions import NAME, File
from scripts.suggestion_corpus import PER_WEIGHT, Example, corpus
from scripts.suggestion_model import Measured, Model, crossed, learn, measure, seen_in

CITY = Path(__file__).resolve().parent.parent / "chalicelib" / "city"
WORSE = 0.005
"""So much worse in first place is chance."""
SHRINK = 1.45
"""The corpus is easier than what people write: its own best temperature is raised by this."""
CORRECTION_WEIGHT = 2.0


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the file: what a person decided about a report. `agency` is the office that got it."""

    text: str
    agency: str
    category: str | None = None
    chosen_category: str | None = None
    area: str | None = None
    suggested: str | None = None
    at: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Learn, measure, print, write. Exit code 1 when nothing was written because it would have been worse."""
    parser = argparse.ArgumentParser(prog="python -m scripts.train_suggestion", description=__doc__)
    parser.add_argument("--city", default="jakarta", help="the pack (default: jakarta)")
    parser.add_argument("--corrections", type=Path, help="JSONL of decisions (scripts.export_corrections)")
    parser.add_argument("--out", type=Path, help="where to write (default: the pack's suggestion.json)")
    parser.add_argument("--force", action="store_true", help="write even if it is worse")
    parser.add_argument("--size", type=float, default=PER_WEIGHT, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    city = packs.load(chosen.city)
    invented = list(corpus(city, per_weight=chosen.size))
    try:
        decided = read_corrections(chosen.corrections, city) if chosen.corrections else []
    except ValueError as error:
        print(f"{error}. Nothing was written.", file=sys.stderr)
        return 2
    agencies = sorted({code for example in (*invented, *decided) for code in example.agencies})
    print(f"{len(invented)} invented texts, {len(decided)} decisions, {len(agencies)} agencies")
    before, _, temperature = crossed(invented, agencies)
    show("invented texts, held out", before)
    better = True
    if decided:
        untaught = learn(invented, agencies)
        without = _judged(untaught, decided, temperature)
        show("decisions, not learnt from any", without)
        after, taught, temperature = crossed(invented, agencies, decided)
        show("invented texts, held out, with the decisions learnt", after)
        show("decisions, held out, with the others learnt", taught)
        better = after.first >= before.first - WORSE and taught.first >= without.first - WORSE
    temperature *= SHRINK
    print(f"temperature {temperature:.2f}")
    out = chosen.out or CITY / chosen.city / NAME
    if not better and not chosen.force:
        print(f"With the decisions it is worse: {out} stays as it is (--force writes it).")
        return 1
    model = learn([*invented, *decided], agencies)
    model.temperature = temperature
    write(model, city, out)
    print(f"{out}: {out.stat().st_size} bytes")
    return 0


def read_corrections(path: Path, city: City) -> list[Example]:
    """The decisions of a file. Of a kelurahan's office it is "the kelurahan of the place" that is learnt, of a Suku Dinas
    its Dinas. Raises ValueError naming the line that cannot be used."""
    found: list[Example] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            told = msgspec.json.decode(line, type=Correction)
            agency = learnt_as(told.agency, city)
        except (msgspec.DecodeError, KeyError) as error:
            raise ValueError(f"{path}:{number}: {error}") from error
        category = told.category if told.category in city.categories else None
        found.append(Example(told.text, category, {agency: 1.0}, number, CORRECTION_WEIGHT))
    return found


def learnt_as(agency: str, city: City) -> str:
    """The class an office stands for. Raises KeyError for one the pack does not have."""
    known = city.agencies[agency]
    if known.kind in AREA_KINDS and known.area is not None:
        general = next((a.code for a in city.agencies.values() if a.kind == known.kind and a.area is None), None)
        return general or known.code
    return known.parent if known.kind == "suku-dinas" and known.parent else known.code


def write(model: Model, city: City, out: Path) -> None:
    """Writes the file, checked as the loader will."""
    told = model.file("", list(city.categories))
    told["edition"] = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]
    msgspec.convert(msgspec.json.decode(msgspec.json.encode(told)), type=File)
    out.write_bytes(msgspec.json.encode(told) + b"\n")


def show(name: str, found: Measured) -> None:
    """Prints the figures and the reliability of the confidence."""
    print(f"{name} ({found.count}): first {found.first:.3f}, first or second {found.second:.3f}, loss {found.loss:.3f}")
    for low, high, count, said, right in found.table:
        print(f"  confidence {low:.1f} to {high:.1f}: said {said:.2f}, right {right:.2f} ({count})")


def _judged(model: Model, decided: Sequence[Example], temperature: float) -> Measured:
    model.temperature = temperature
    known = set(model.weights)
    number = {code: index for index, code in enumerate(model.agencies)}
    return measure(
        [
            (model.chances(seen_in(each, known)), {number[code]: share for code, share in each.agencies.items()})
            for each in decided
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
