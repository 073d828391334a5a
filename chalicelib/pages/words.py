"""Words of pages in several languages: a folder of `<part>.toml`, each with a table for every language."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

Word = Callable[..., str]
"""(key, **values) → the wording, filled."""


def word_of(folder: Path, lang: str) -> Word:
    """The words of a folder in a language, as `w("part.key", n=3)`; what a language lacks is said in Indonesian, what nobody
    has is the key itself."""
    words = _words(folder)
    own = words.get(lang) or words["id"]

    def word(key: str, /, **values: object) -> str:
        template = own.get(key) or words["id"].get(key) or key
        return template.format_map(_Given(values)) if "{" in template else template

    return word


class _Given(dict[str, object]):
    """Values of a wording: what is not given is left out (an address may have been cut)."""

    def __missing__(self, key: str) -> str:
        return ""


@lru_cache(maxsize=2)
def _words(folder: Path) -> dict[str, dict[str, str]]:
    """All words, `<part>.<key>` by language."""
    found: dict[str, dict[str, str]] = {"id": {}, "en": {}}
    for path in sorted(folder.glob("*.toml")):
        for lang, table in tomllib.loads(path.read_text("utf-8")).items():
            found[lang] |= {f"{path.stem}.{key}": text for key, text in _flat(table)}
    return found


def _flat(table: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in table.items():
        pairs += _flat(value, f"{before}{key}.") if isinstance(value, dict) else [(before + key, value)]
    return pairs
