"""A regular expression that is compiled when it is first used: importing triage must not cost a cold start
anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator


class Lazy:
    """Stands for `re.compile(pattern, flags)`, with the few methods that triage uses."""

    __slots__ = ("_compiled", "_flags", "_pattern")

    def __init__(self, pattern: str, flags: int = re.IGNORECASE) -> None:
        self._pattern = pattern
        self._flags = flags
        self._compiled: re.Pattern[str] | None = None

    def _ready(self) -> re.Pattern[str]:
        if self._compiled is None:
            self._compiled = re.compile(self._pattern, self._flags)
        return self._compiled

    def search(self, text: str, start: int = 0) -> re.Match[str] | None:
        return self._ready().search(text, start)

    def match(self, text: str, start: int = 0) -> re.Match[str] | None:
        return self._ready().match(text, start)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        return self._ready().fullmatch(text)

    def finditer(self, text: str, start: int = 0) -> Iterator[re.Match[str]]:
        return self._ready().finditer(text, start)

    def sub(self, replacement: str | Callable[[re.Match[str]], str], text: str) -> str:
        return self._ready().sub(replacement, text)

    def split(self, text: str) -> list[str]:
        return self._ready().split(text)
