"""What is wrong with a city pack, and where."""

from __future__ import annotations


class CityPackError(Exception):
    """A pack cannot be used: `file` (relative to the pack), `line` (1-based, 0 where the whole file is meant), `reason`."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}" if line else f"{file}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason


class OverrideError(Exception):
    """Overrides cannot be applied to a pack: `faults` says what is wrong with which value ("categories/jalan/hours")."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__("; ".join(f"{where}: {fault}" for where, fault in faults.items()))
        self.faults = faults
