"""How many reports stand in which cell of the map, as a tree: cell → area → category → how many are open, done, disputed, other
(domain/facts.STATES). Cells are H3, as hex. Trees add up, and roll up into coarser cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import add

from chalicelib.city.cells import parent
from chalicelib.domain.facts import STATES, Facts

Hexagons = dict[str, dict[str, dict[str, list[int]]]]
TILES = {8: 6, 7: 5, 6: 4}
"""Resolutions of the map's cells, each with that of the tile (the coarser cell) in which they are kept: 49 to a tile."""


def hexagons_of(many: Iterable[Facts]) -> Hexagons:
    """The reports that everybody may list and whose place is known, in cells of resolution 8."""
    found: Hexagons = {}
    for facts in many:
        if facts.cell:
            counts = found.setdefault(facts.cell, {}).setdefault(facts.area, {}).setdefault(facts.category, [0] * 4)
            counts[STATES.index(facts.state)] += 1
    return found


def overlaid(many: Iterable[Mapping[str, Mapping[str, Mapping[str, list[int]]]]]) -> Hexagons:
    """All of them as one."""
    found: Hexagons = {}
    for tree in many:
        for cell, areas in tree.items():
            here = found.setdefault(cell, {})
            for area, categories in areas.items():
                _add(here.setdefault(area, {}), categories)
    return found


def tiles_of(tree: Hexagons) -> dict[tuple[int, str], Hexagons]:
    """The tiles (resolution of the cells, parent) that these cells of resolution 8 make."""
    tiles: dict[tuple[int, str], Hexagons] = {}
    for res in sorted(TILES, reverse=True):
        for cell, areas in _coarser(tree, res).items():
            tiles.setdefault((res, _up(cell, TILES[res])), {})[cell] = areas
    return tiles


def _coarser(tree: Hexagons, res: int) -> Hexagons:
    return overlaid({_up(cell, res): areas} for cell, areas in tree.items())


def _up(cell: str, res: int) -> str:
    return f"{parent(int(cell, 16), res):x}"


def _add(here: dict[str, list[int]], more: Mapping[str, list[int]]) -> None:
    for category, counts in more.items():
        here[category] = list(map(add, here.get(category, [0] * 4), counts))
