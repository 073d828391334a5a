"""The committed pairs of pictures: how many reused ones are found, how many honest ones are called reused, and the cost."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from statistics import median
from time import process_time

from PIL import Image

from bench.figures import Figure, run_alone
from chalicelib.domain.likeness import ALIKE, MOST_SPOTS, Print, likeness
from chalicelib.outbound.pictures.likeness import print_of

PAIRS = Path(__file__).resolve().parent.parent / "tests/outbound/proof_pairs"
RECALL, FALSE_ALARMS, MILLISECONDS = 0.90, 0.02, 300


def measure(quick: bool) -> Iterable[Figure]:
    """Recall and false alarms, by kind, and the CPU of a print and of a comparison."""
    prints: dict[str, Print] = {}
    cost: list[float] = []
    compared: list[float] = []
    found: dict[tuple[str, str], list[bool]] = {}
    lines = (PAIRS / "pairs.tsv").read_text().splitlines()
    for line in lines[:40] if quick else lines:
        truth, kind, *names = line.split("\t")
        for name in names:
            if name not in prints:
                with Image.open(PAIRS / name) as image:
                    image.load()
                    began = process_time()
                    prints[name] = print_of(image)
                    cost.append((process_time() - began) * 1000)
        began = process_time()
        share = likeness(prints[names[1]], prints[names[0]])
        compared.append((process_time() - began) * 1000)
        found.setdefault((truth, kind), []).append(share >= ALIKE)
    for truth, name, bound in (("reused", "recall", RECALL), ("honest", "false alarms", FALSE_ALARMS)):
        every = [each for (which, _), told in found.items() if which == truth for each in told]
        rate = sum(every) / len(every)
        met = rate >= bound if truth == "reused" else rate <= bound
        yield Figure(
            bench="proof", name=name, measured=f"{rate:.2f} of {len(every)}", floor="-", bound=f"{bound:.2f}", met=met
        )
    for (truth, kind), told in sorted(found.items()):
        yield Figure(bench="proof", name=f"  {truth}: {kind}", measured=f"{sum(told)} of {len(told)}", floor="-")
    yield Figure(
        bench="proof", name="a print, CPU", measured=f"{median(cost):.0f} ms", floor=f"compared {median(compared):.0f} ms",
        bound=f"{MILLISECONDS} ms", met=median(cost) <= MILLISECONDS,
    )  # fmt: skip
    yield Figure(bench="proof", name="queries a picture, at most", measured=str(2 * MOST_SPOTS), floor="-")


if __name__ == "__main__":
    run_alone(measure)
