"""Changing recorded payloads at any place, into any JSON: what tests of parsers share."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def places_in(document: object) -> list[tuple[Any, Any]]:
    """Every container of a document with every key in it."""
    inside = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [pair for key, value in inside for pair in ((document, key), *places_in(value))]
