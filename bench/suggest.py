"""The suggestion against real complaints: agency right at first or second place, whether its confidence can be believed,
and what one call costs. Beside it the floors: the majority, the category's agency alone, the pack's keywords alone.

The complaints are ../shared/complaints/crm_jakarta_2023.csv: measured with, never learnt from. Without that file only the
cost is measured."""

from __future__ import annotations

import csv
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median

from bench.figures import Figure, run_alone
from chalicelib.city.model import City
from chalicelib.triage.suggestion import Suggestion

REAL = Path(__file__).resolve().parent.parent.parent / "shared" / "complaints" / "crm_jakarta_2023.csv"
FIRST, SECOND, SURE = 0.68, 0.82, 0.90
BOUND_US = 1000
BINS = (0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.01)
OTHER = "other"
# The labels' names for agencies, by our codes; the rest of the pack's agencies are "other".
LABELS = {
    "bina-marga": "DINAS BINA MARGA",
    "perhubungan": "DINAS PERHUBUNGAN",
    "satpol-pp": "SATUAN POLISI PAMONG PRAJA",
    "pertamanan-dan-hutan-kota": "DINAS PERTAMANAN DAN HUTAN",
    "sumber-daya-air": "DINAS SUMBER DAYA AIR",
    "cipta-karya": "DINAS CIPTA KARYA, TATA RUANG, DAN PERTANAHAN",
}
KELURAHAN, BUMD = "KELURAHAN", "BADAN PEMBINAAN BADAN USAHA MILIK DAERAH"
# The names of that year's categories that are not ours. None: no category of ours is meant.
NAMES = {
    "keluhan fasilitas gedung pemda (sekolah, kantor)": "keluhan-fasilitas-gedung-pemda",
    "reklame/spanduk": "reklame",
    "kawasan dilarang merokok": "kawasan-dilarang-merokok-dan-iklan-rokok",
    "pekerja penanganan prasarana dan sarana umum kelurahan (ppsu)": "petugas-ppsu",
    "keluhan pelayanan": None,
    "penanganan banjir": "banjir",
    "fasilitas sosial/fasilitas umum (fasos/fasum)": "fasilitas-sosial-fasilitas-umum",
    "perizinan bidang ketenteraman, ketertiban dan perlindungan masyarakat": "perizinan",
    "perizinan bidang perdagangan": "perizinan",
    "pmks (penyandang masalah kesejahteraan sosial)": "pmks",
    "pdam/pam": "jaringan-air-bersih",
    "tpu (tempat pemakaman umum)": "taman-pemakaman-umum",
    "pajak bumi dan bangunan (pbb)/bphtb": "pbb",
}

Ranked = Sequence[tuple[str, float]]
"""Labels with their probabilities, best first."""


def measure(quick: bool) -> Iterable[Figure]:
    """The figures."""
    from chalicelib import city as packs
    from chalicelib.triage.suggestion import suggest_agency, sure_enough

    city = packs.load("jakarta")
    yield _cost(city, 200 if quick else 2000)
    if not REAL.is_file():
        print(f"{REAL} is not there: only the cost is measured", file=sys.stderr)
        return
    rows = list(csv.DictReader(REAL.read_text("utf-8-sig").splitlines(keepends=True)))
    told = [(row["text"], category_named(row["category"], city)) for row in rows]
    labels = [row["agency9"] for row in rows]
    suggested = [suggest_agency(text, city, category=category) for text, category in told]
    ranked = [_labelled(found, city) for found in suggested]
    floors = _floors(told, labels, city)
    for name, found, bound in (
        ("first", _within(ranked, labels, 1), FIRST),
        ("first or second", _within(ranked, labels, 2), SECOND),
    ):
        yield Figure(
            bench="suggest",
            name=f"agency right at {name} place ({len(rows)} real complaints)",
            measured=f"{found:.3f}",
            floor=floors if name == "first" else "",
            bound=f"{bound}",
            met=found >= bound,
        )
    alone = [suggest_agency(text, city) for text, _ in told]
    for name, found in (("text and category", suggested), ("text alone, as it is used", alone)):
        sure = [
            (_labelled(each, city), label) for each, label in zip(found, labels, strict=True) if sure_enough(each, city)
        ]
        right = _within([row for row, _ in sure], [label for _, label in sure], 1)
        yield Figure(
            bench="suggest",
            name=f"of those sure enough to go at once ({city.policy.auto_dispatch_confidence:.2f}), right: {name}",
            measured=f"{right:.3f} ({len(sure)} = {len(sure) / len(rows):.0%})",
            bound=f"{SURE}",
            met=right >= SURE,
        )
    of_text = [_labelled(found, city) for found in alone]
    yield Figure(
        bench="suggest",
        name="the text alone: right at first place, at first or second",
        measured=f"{_within(of_text, labels, 1):.3f}, {_within(of_text, labels, 2):.3f}",
    )
    yield from _reliability(ranked, labels)


def category_named(name: str, city: City) -> str | None:
    """Our category for that year's name of one."""
    wanted = name.strip().lower()
    if wanted in NAMES:
        return NAMES[wanted]
    return next((code for code, each in city.categories.items() if each.label["id"].lower() == wanted), None)


def label_of(agency: str, city: City) -> str:
    """The label of an agency of ours."""
    known = city.agencies[agency]
    if known.kind == "kelurahan":
        return KELURAHAN
    if known.kind == "bumd" or agency == "bp-bumd":
        return BUMD
    return LABELS.get(agency) or (LABELS.get(known.parent or "") or OTHER)


def _labelled(found: Suggestion, city: City) -> Ranked:
    """The choices as labels: several agencies of one label are one."""
    chances: dict[str, float] = {}
    for each in found.choices:
        label = label_of(each.agency, city)
        chances[label] = chances.get(label, 0.0) + each.confidence
    return sorted(chances.items(), key=lambda pair: -pair[1])


def _within(ranked: Sequence[Ranked], labels: Sequence[str], places: int) -> float:
    right = sum(label in [name for name, _ in row[:places]] for row, label in zip(ranked, labels, strict=True))
    return right / max(1, len(labels))


def _floors(told: Sequence[tuple[str, str | None]], labels: Sequence[str], city: City) -> str:
    from chalicelib.triage.categories import suggest

    def share(guess: Callable[[str, str | None], str | None]) -> float:
        found = [(guess(text, category), label) for (text, category), label in zip(told, labels, strict=True)]
        return sum(
            code is not None and label_of(city.categories[code].agency, city) == label for code, label in found
        ) / len(labels)

    majority = Counter(labels).most_common(1)[0][1] / len(labels)
    keywords = share(lambda text, _: next((code for code, _ in suggest(text, city)), None))
    return (
        f"majority {majority:.3f}, category's agency {share(lambda _, category: category):.3f}, keywords {keywords:.3f}"
    )


def _reliability(ranked: Sequence[Ranked], labels: Sequence[str]) -> Iterable[Figure]:
    for low, high in pairwise(BINS):
        rows = [
            (row[0][1], row[0][0] == label)
            for row, label in zip(ranked, labels, strict=True)
            if row and low <= row[0][1] < high
        ]
        if rows:
            said, right = (sum(values) / len(rows) for values in zip(*rows, strict=True))
            name = f"confidence {low:.2f} to {min(high, 1):.2f}"
            yield Figure(bench="suggest", name=name, measured=f"said {said:.2f}, right {right:.2f} ({len(rows)})")


def _cost(city: City, rounds: int) -> Figure:
    from random import Random

    from bench.traffic import sentence
    from chalicelib.triage.suggestion import suggest_agency
    from local.demo_day import read_texts

    chance, texts, took = Random(5), read_texts(), []
    for index in range(rounds + 20):
        said = " ".join(sentence(chance, chance.choice(texts["category"]), texts) for _ in range(6))[:300]
        began = time.perf_counter_ns()
        suggest_agency(said, city, category="jalan" if index % 2 else None)
        took.append((time.perf_counter_ns() - began) / 1000)
    found = median(took[20:])
    return Figure(
        bench="suggest",
        name="one suggestion for 300 characters",
        measured=f"{found:.0f} us",
        bound=f"{BOUND_US} us",
        met=found < BOUND_US,
    )


if __name__ == "__main__":
    run_alone(measure)
