"""A change that was refused: which one, why, what others did meanwhile, and what was typed, so that none of it is
lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from chalicelib.domain.errors import ReportError
from chalicelib.domain.lifecycle import Action


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """`typed`: all texts of each field; `changed`: what has been done to the report since the page was made, as
    `domain/changes.since` tells it. Templates ask `value`, `picked`, `wrong` with the action whose form they show."""

    action: Action
    error: ReportError
    typed: Mapping[str, Sequence[str]] = {}
    changed: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def of(cls, action: Action, error: ReportError, typed: Mapping[str, Sequence[str]]) -> Failure:
        """A failure from the error itself."""
        told = error.details.get("changed")
        return cls(action=action, error=error, typed=typed, changed=told if isinstance(told, list) else ())

    def of_form(self, action: str) -> bool:
        """Whether it was this action's form that was refused."""
        return self.action == action

    def value(self, action: str, field: str, otherwise: str = "") -> str:
        """What was typed in the field of that action's form."""
        return next(iter(self.typed.get(field, ())), "") if self.action == action else otherwise

    def picked(self, action: str, field: str) -> Sequence[str]:
        """All that was chosen in the field of that action's form."""
        return self.typed.get(field, ()) if self.action == action else ()

    def reason(self, action: str, field: str) -> str:
        """What is wrong with the field, as the rules say it; "" when nothing is."""
        found = self.error.details.get(field) if self.action == action and self.error.code == "invalid" else None
        return str(found) if found is not None else ""


class Wrong(NamedTuple):
    """A field and what is wrong with it, in the reader's words."""

    field: str
    words: str
