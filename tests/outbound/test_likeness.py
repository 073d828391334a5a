"""The same picture again, however it was changed; and honest pictures, which are another one."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from PIL import Image

from chalicelib.domain.likeness import ALIKE, MOST_SPOTS, likeness
from chalicelib.outbound.pictures.likeness import print_of

PAIRS = Path(__file__).parent / "proof_pairs"
RECALL, FALSE_ALARMS = 0.90, 0.02


@cache
def _print(name: str):  # type: ignore[no-untyped-def]
    with Image.open(PAIRS / name) as image:
        return print_of(image)


def shares() -> dict[str, dict[str, list[float]]]:
    """By truth and kind, how alike each pair is found."""
    found: dict[str, dict[str, list[float]]] = {"reused": defaultdict(list), "honest": defaultdict(list)}
    for line in (PAIRS / "pairs.tsv").read_text().splitlines():
        truth, kind, first, second = line.split("\t")
        found[truth][kind].append(likeness(_print(second), _print(first)))
    return found


def test_the_committed_pairs() -> None:
    found = shares()
    rates = {}
    for truth, kinds in found.items():
        for kind, told in kinds.items():
            print(f"{truth:8} {kind:32} {sum(share >= ALIKE for share in told):3} of {len(told)} called reused")
        every = [share for told in kinds.values() for share in told]
        assert len(every) == 100
        rates[truth] = sum(share >= ALIKE for share in every) / len(every)
    print(f"recall {rates['reused']:.2f}, false alarms {rates['honest']:.2f}")
    assert rates["reused"] >= RECALL
    assert rates["honest"] <= FALSE_ALARMS


def test_they_are_small_enough_to_keep() -> None:
    assert sum(path.stat().st_size for path in PAIRS.iterdir()) <= 3_000_000


def test_pictures_of_different_places_never_match() -> None:
    names = [f"{number:03}.jpg" for number in range(24)]
    alike = [(a, b) for a in names for b in names if a < b and likeness(_print(a), _print(b)) >= ALIKE]
    assert alike == []


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (3000, 2), (640, 480)])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_picture_of_nothing_has_a_print_without_spots(size: tuple[int, int], mode: str) -> None:
    plain = print_of(Image.new(mode, size, "grey"))
    assert plain.spots == ()
    assert likeness(plain, plain) == 0.0


def test_a_print_is_bounded() -> None:
    one = _print("000.jpg")
    assert 0 < len(one.spots) <= MOST_SPOTS
    assert all(len(set(spot.keys)) == 2 for spot in one.spots)
    assert len(one.packed) < 20_000
