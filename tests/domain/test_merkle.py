"""The tree: every leaf's path leads to the root, nothing else's does, and it is the tree of RFC 6962."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import merkle

LEAVES = st.lists(st.binary(max_size=8), min_size=1, max_size=70).map(lambda many: [merkle.leaf(each) for each in many])


def by_the_book(leaves: list[str]) -> bytes:
    """RFC 6962, 2.1, as it is written there, on leaf hashes."""
    if len(leaves) == 1:
        return bytes.fromhex(leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + by_the_book(leaves[:k]) + by_the_book(leaves[k:])).digest()


@given(LEAVES)
def test_it_is_the_tree_of_the_rfc(leaves: list[str]) -> None:
    assert merkle.root(leaves) == by_the_book(leaves).hex()


def test_of_nothing() -> None:
    assert merkle.root([]) == hashlib.sha256(b"").hexdigest()


# The published test vector of RFC 6962's reference implementation: the root over these eight inputs.
VECTOR = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]


def test_the_reference_implementations_vector() -> None:
    leaves = [merkle.leaf(bytes.fromhex(each)) for each in VECTOR]
    assert merkle.root(leaves) == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@given(LEAVES, st.data())
def test_every_path_leads_to_the_root_and_no_other_leafs_does(leaves: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    steps = merkle.paths(leaves)[index]
    assert merkle.climbed(leaves[index], steps) == merkle.root(leaves)
    assert len(steps) <= max(len(leaves) - 1, 0).bit_length()
    assert merkle.climbed(merkle.leaf(b"another one, nine"), steps) != merkle.root(leaves)


@pytest.mark.parametrize("size", [2, 3, 7, 8, 9, 100])
def test_a_step_on_the_other_side_leads_elsewhere(size: int) -> None:
    leaves = [merkle.leaf(str(n).encode()) for n in range(size)]
    for index in range(size):
        steps = merkle.paths(leaves)[index]
        flipped = ((("left", "right")[steps[0][0] == "left"], steps[0][1]), *steps[1:])
        assert merkle.climbed(leaves[index], flipped) != merkle.root(leaves)
