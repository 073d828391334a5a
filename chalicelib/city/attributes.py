"""Reading attributes.toml: what else is asked about a report of each category (Open311's service definitions)."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path
from typing import Any

from .files import Toml, check_keys, convert, read_toml
from .model import Attribute, Label

DATATYPES = ("string", "number", "datetime", "text", "singlevaluelist", "multivaluelist")
LISTS = ("singlevaluelist", "multivaluelist")
NAME = "attributes.toml"
# What may stand in `attribute[CODE]` of a form.
_CODE_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def read_attributes(
    folder: Path, categories: Container[str], languages: tuple[str, ...]
) -> dict[str, tuple[Attribute, ...]]:
    """The attributes by category, in the order in which they are asked. A pack may do without the file."""
    if not (folder / NAME).exists():
        return {}
    toml = read_toml(folder, NAME)
    found: dict[str, tuple[Attribute, ...]] = {}
    for category, tables in toml.data.items():
        if category not in categories:
            raise toml.wrong(f"unknown category {category}", category, 0)
        if not (isinstance(tables, list) and all(isinstance(table, dict) for table in tables)):
            raise toml.wrong(f"{category} must be written as [[{category}]] tables", category)
        found[category] = _attributes(toml, category, tables, languages)
    return found


def _attributes(
    toml: Toml, category: str, tables: list[dict[str, Any]], languages: tuple[str, ...]
) -> tuple[Attribute, ...]:
    attributes: dict[str, Attribute] = {}
    for index, table in enumerate(tables):
        check_keys(toml, table, Attribute.__struct_fields__, category, index)
        attribute = convert(toml, table, Attribute, category, index)
        if reason := _fault(attribute, languages):
            raise toml.wrong(reason, category, index, "code")
        if attribute.code in attributes:
            raise toml.wrong(f"duplicate attribute {attribute.code}", category, index, "code")
        attributes[attribute.code] = attribute
    return tuple(attributes.values())


def _fault(attribute: Attribute, languages: tuple[str, ...]) -> str | None:
    """What is wrong with an attribute; None if nothing is."""
    code, keys = attribute.code, [choice.key for choice in attribute.values]
    if not code or not _CODE_CHARACTERS.issuperset(code):
        return f"code {code!r} is not capitals, digits and underscores"
    if attribute.datatype not in DATATYPES:
        return f"unknown datatype {attribute.datatype!r}: one of {', '.join(DATATYPES)}"
    if (attribute.datatype in LISTS) != bool(keys):
        return f"{code}: values belong to a list, and to nothing else"
    if len(set(keys)) < len(keys) or not all(keys):
        return f"{code}: every value needs a key of its own"
    if attribute.required and not attribute.variable:
        return f"{code}: what is only shown cannot be required"
    labels: list[Label] = [attribute.description, *(choice.name for choice in attribute.values)]
    if attribute.hint:
        labels.append(attribute.hint)
    lacking = next((lang for lang in languages if not all(label.get(lang) for label in labels)), None)
    return f"{code}: no label in {lacking}" if lacking else None
