"""The city pack: `load(name)` reads `chalicelib/city/<name>/` once, checks everything and gives a `City`.

A second city is a second folder. A pack with a mistake is refused with `CityPackError(file, line, reason)`.
"""

from __future__ import annotations

from .errors import CityPackError
from .loader import load, load_from
from .model import Agency, Area, Category, Channel, City, Label, Policy, Rung

__all__ = [
    "Agency",
    "Area",
    "Category",
    "Channel",
    "City",
    "CityPackError",
    "Label",
    "Policy",
    "Rung",
    "load",
    "load_from",
]
