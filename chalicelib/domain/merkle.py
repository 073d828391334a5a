"""A Merkle tree of SHA-256 as RFC 6962 (section 2.1) builds it: leaves and nodes are hashed under different first bytes, and a
tree of n leaves is split at the largest power of two below n. Hashes are hex texts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

LEAF, NODE, ROOT = b"\x00", b"\x01", b"\x02"
Step = tuple[str, str]
"""One step of a path: on which side the other hash stands ("left" or "right"), and that hash."""


def leaf(content: bytes) -> str:
    """The hash of a leaf."""
    return hashlib.sha256(LEAF + content).hexdigest()


def root(leaves: Sequence[str]) -> str:
    """The root over these leaves, in their order; of none the hash of nothing."""
    if not leaves:
        return hashlib.sha256(b"").hexdigest()
    return _levels(leaves)[-1][0]


def paths(leaves: Sequence[str]) -> list[tuple[Step, ...]]:
    """The way of each leaf to the root."""
    levels = _levels(leaves)
    return [_path(levels, index) for index in range(len(leaves))]


def _levels(leaves: Sequence[str]) -> list[list[str]]:
    """Level by level, an odd last one moving up as it is: the same tree as splitting at the largest power of two."""
    levels = [list(leaves)]
    while len(level := levels[-1]) > 1:
        pairs = (level[at : at + 2] for at in range(0, len(level), 2))
        levels.append([_node(*pair) if len(pair) == 2 else pair[0] for pair in pairs])
    return levels


def _path(levels: Sequence[Sequence[str]], index: int) -> tuple[Step, ...]:
    steps: list[Step] = []
    for level in levels[:-1]:
        other = index ^ 1
        if other < len(level):
            steps.append(("left" if other < index else "right", level[other]))
        index //= 2
    return tuple(steps)


def climbed(start: str, steps: Sequence[Step]) -> str:
    """The root that a path leads to from a leaf."""
    for side, other in steps:
        start = _node(other, start) if side == "left" else _node(start, other)
    return start


def _node(left: str, right: str) -> str:
    return hashlib.sha256(NODE + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()
