"""Reads a city pack, in the order in which its files refer to each other, and puts it together."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from . import cells, suggestions
from .attributes import read_attributes
from .checks import area_agencies, read_agencies, read_areas, read_categories, read_landmarks
from .errors import CityPackError
from .model import City
from .reasons import read_reasons
from .settings_files import check_offices, read_channels, read_identity, read_policy, read_texts

_HERE = Path(__file__).parent
_NAME = re.compile(r"[a-z][a-z0-9_-]*")


@lru_cache(maxsize=4)
def load(name: str) -> City:
    """The packaged city of that name, read once. Raises CityPackError for a pack that is missing or wrong."""
    folder = _HERE / name
    if not _NAME.fullmatch(name) or not (folder / "city.toml").is_file():
        raise CityPackError(f"{name}/city.toml", 0, "there is no such city pack")
    return load_from(folder)


def load_from(folder: Path) -> City:
    """The city pack in a folder. Raises CityPackError naming file, line and reason of the first mistake."""
    policy, policy_file = read_policy(folder)
    identity = read_identity(folder, policy.languages)
    areas = read_areas(folder)
    agencies = read_agencies(folder, areas, policy)
    check_offices(policy_file, policy, agencies)
    table = folder / "area_cells.bin"
    cells.check(table, areas)
    categories = read_categories(folder, agencies)
    reasons = read_reasons(folder, policy, categories)
    codes = [code for codes in reasons.values() for code in codes]
    return City(
        code=identity.code,
        name=identity.name,
        name_formal=identity.name_formal,
        province=identity.province,
        prefix=identity.prefix,
        timezone=identity.timezone,
        tz_label=identity.tz_label,
        labels=identity.labels,
        channels=read_channels(folder, policy),
        categories=categories,
        agencies=agencies,
        landmarks=read_landmarks(folder, areas),
        areas=areas,
        policy=policy,
        texts=read_texts(folder, policy, {*categories, *codes}),
        area_agencies=area_agencies(areas, agencies, complete="kelurahan" in policy.first_stop.values()),
        attributes=read_attributes(folder, categories, policy.languages),
        reasons=reasons,
        cells_path=str(table),
        outlines_path=str(drawn) if (drawn := folder / "outlines.json").is_file() else "",
        suggestion_path=suggestions.check(folder, agencies, categories),
    )
