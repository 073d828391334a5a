"""Reading reasons.toml: the codes with which the staff says why something is rejected, returned or refused, each with a label
for the staff and a polite sentence for the reporter.
"""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from .checks import is_code
from .files import check_keys, convert, read_toml
from .gsm7 import has_blocked, septets
from .model import Policy, Reason

NAME = "reasons.toml"
ACTIONS = ("reject", "return", "refuse")
# So that the sentence still fits beside the number in one SMS.
_MOST_SEPTETS = 95


def read_reasons(folder: Path, policy: Policy, categories: Container[str]) -> dict[str, dict[str, Reason]]:
    """The reasons by action and code, in the order in which they are offered. A pack may do without the file."""
    if not (folder / NAME).exists():
        return {}
    toml = read_toml(folder, NAME)
    check_keys(toml, toml.data, ACTIONS)
    found: dict[str, dict[str, Reason]] = {}
    for action, tables in toml.data.items():
        if not isinstance(tables, dict):
            raise toml.wrong(f"{action} must be a table of codes", action)
        found[action] = {}
        for code, table in tables.items():
            if not isinstance(table, dict):
                raise toml.wrong(f"{code} must be a table", action, code)
            check_keys(toml, table, Reason.__struct_fields__, action, code)
            reason = convert(toml, table, Reason, action, code)
            if fault := fault_of(code, reason, policy, categories):
                raise toml.wrong(f"{code}: {fault}", action, code)
            found[action][code] = reason
    return found


def fault_of(code: str, reason: Reason, policy: Policy, categories: Container[str]) -> str | None:
    """What is wrong with a reason; None if nothing is."""
    if not is_code(code):
        return "is not kebab-case"
    if code in categories:  # texts may be specialised by either: `rejected@<name>`
        return "is a category's code as well"
    for lang in policy.languages:
        if not reason.label.get(lang):
            return f"no label in {lang}"
        told = reason.told.get(lang, "")
        if not told:
            return f"no sentence in {lang}"
        try:
            length = septets(told)
        except ValueError as error:
            return str(error)
        if length > _MOST_SEPTETS:
            return f"the sentence in {lang} takes {length} septets: at most {_MOST_SEPTETS}"
        if has_blocked(told, policy.sms_blocked_words):
            return f"the sentence in {lang} holds a word that carriers block"
    return None
