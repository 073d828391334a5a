"""A regular expression that is compiled when it is first used: importing triage must not cost a cold start
anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any


class Lazy:
    """Stands for `re.compile(pattern, flags)`, with the few methods that triage uses.

    The methods are the compiled expression's own: after the first use nothing stands between it and the caller."""

    __slots__ = ("_flags", "_pattern", "findall", "finditer", "fullmatch", "match", "search", "split", "sub")

    search: Callable[..., re.Match[str] | None]
    match: Callable[..., re.Match[str] | None]
    fullmatch: Callable[..., re.Match[str] | None]
    findall: Callable[..., list[str]]
    finditer: Callable[..., Iterator[re.Match[str]]]
    sub: Callable[..., str]
    split: Callable[..., list[str]]

    def __init__(self, pattern: str, flags: int = re.IGNORECASE) -> None:
        self._pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """Called for an empty slot only, so once: compiles, and fills the slots."""
        if name not in Lazy.__slots__:
            raise AttributeError(name)
        compiled = re.compile(self._pattern, self._flags)
        for method in Lazy.__slots__[2:]:
            setattr(self, method, getattr(compiled, method))
        return getattr(self, name)
