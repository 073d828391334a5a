"""Read the template that is deployed, and resolve its intrinsic functions. Pure: what exists is asked of `lookup`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Lookup = Callable[[str, str], str]
"""(logical id, "Ref" or an attribute such as "Arn") → its value."""

NO_VALUE = object()
_VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")


class TemplateError(Exception):
    """The template says something that cannot be resolved."""


def load(path: Path) -> dict[str, Any]:
    """The template at `path` (JSON)."""
    try:
        template = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise TemplateError(f"{path.name} cannot be read: {error}") from error
    if not isinstance(template.get("Resources"), dict):
        raise TemplateError(f"{path.name} has no Resources")
    return template


class Resolver:
    """Resolves values of one template: parameters by `parameters` (names compared without case) or their default."""

    def __init__(
        self, template: Mapping[str, Any], *, parameters: Mapping[str, str], pseudo: Mapping[str, str], lookup: Lookup
    ) -> None:
        self._template = template
        given = {name.lower(): value for name, value in parameters.items()}
        declared = template.get("Parameters", {})
        self._parameters = {n: given.get(n.lower(), str(p.get("Default", ""))) for n, p in declared.items()}
        self._pseudo = {f"AWS::{name}": value for name, value in pseudo.items()}
        self._lookup = lookup

    def resolve(self, value: Any) -> Any:
        """`value` with every intrinsic function carried out; AWS::NoValue drops the key or the element."""
        if isinstance(value, list):
            return [r for v in value if (r := self.resolve(v)) is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref":
                return self._ref(argument)
            if name.startswith("Fn::"):
                return self._function(name[4:], argument)
        return {k: r for k, v in value.items() if (r := self.resolve(v)) is not NO_VALUE}

    def holds(self, condition: str | None) -> bool:
        """Whether the named condition of the template holds; no name always does."""
        return condition is None or bool(self._condition(self._template["Conditions"][condition]))

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._parameters:
            return self._parameters[name]
        return self._lookup(name, "Ref")

    def _function(self, name: str, argument: Any) -> Any:
        match name:
            case "GetAtt":
                logical, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
                return self._lookup(logical, attribute)
            case "Sub":
                return self._sub(argument)
            case "Join":
                return argument[0].join(str(part) for part in self.resolve(argument[1]))
            case "Select":
                return self.resolve(argument[1])[int(argument[0])]
            case "Split":
                return str(self.resolve(argument[1])).split(argument[0])
            case "If":
                return self.resolve(argument[1] if self.holds(argument[0]) else argument[2])
            case "FindInMap":
                first, second, third = (self.resolve(part) for part in argument)
                return self._template["Mappings"][first][second][third]
            case "Equals" | "Not" | "And" | "Or":
                return self._condition({f"Fn::{name}": argument})
        raise TemplateError(f"Fn::{name} is not understood by the local run")

    def _sub(self, argument: Any) -> str:
        text, variables = argument if isinstance(argument, list) else (argument, {})

        def value(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return "${" + name + "}"
            if name in variables:
                return str(self.resolve(variables[name]))
            return str(self._function("GetAtt", name) if "." in name else self._ref(name))

        return _VARIABLE.sub(value, text)

    def _condition(self, condition: Mapping[str, Any]) -> bool:
        ((name, argument),) = condition.items()
        match name:
            case "Condition":
                return self.holds(argument)
            case "Fn::Equals":
                first, second = (self.resolve(part) for part in argument)
                return bool(first == second)
            case "Fn::Not":
                return not self._condition(argument[0])
            case "Fn::And":
                return all(self._condition(part) for part in argument)
            case "Fn::Or":
                return any(self._condition(part) for part in argument)
        raise TemplateError(f"the condition {name} is not understood by the local run")
