"""Asking the function that alone may open seals: the HTTP function cannot."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.domain import errors

# What it refuses is refused here in the same words.
_REFUSALS: dict[str, type[errors.ReportError]] = {
    kind.code: kind for kind in (errors.Invalid, errors.NotYours, errors.Unknown, errors.NotAllowedNow, errors.Conflict)
}


class IdentityFunction:
    """Opens who reported, and originals of pictures. Each call is recorded there before anything is opened."""

    def __init__(self, lambda_: Any, function: str) -> None:
        self._lambda = lambda_
        self._function = function

    def reporter(self, tracking: str, **asking: str | None) -> dict[str, str]:
        """`{tracking, name, address, phone, email}` for who is `asking`: `role`, `agency`, `who`, `why`, `action_id`. Raises
        what the function refuses with, ReportError when it failed."""
        return self._asked({"tracking": tracking, **asking})

    def original(self, tracking: str, photo: str, **asking: str | None) -> str:
        """The address at which the original of a picture can be downloaded for five minutes."""
        return self._asked({"tracking": tracking, "photo": photo, **asking})["url"]

    def mine(self, tracking: str) -> dict[str, Any]:
        """What the report's seals hold, for its own reporter (who has shown the key): `usecases/mine.sealed_about`."""
        return self._told({"tracking": tracking, "do": "mine"})

    def erase(self, tracking: str, *, action_id: str, role: str) -> list[str]:
        """Erases who reported, for themselves or because the time is over: the numbers of the reports concerned."""
        told = self._told({"tracking": tracking, "do": "erase", "action_id": action_id, "role": role})
        return [str(each) for each in told.get("erased", ())]

    def _asked(self, event: dict[str, str | None]) -> dict[str, str]:
        return {name: str(value) for name, value in self._told(event).items()}

    def _told(self, event: dict[str, str | None]) -> dict[str, Any]:
        answer = self._lambda.invoke(FunctionName=self._function, Payload=msgspec.json.encode(event))
        told: Any = msgspec.json.decode(answer["Payload"].read())
        if answer.get("FunctionError") or not isinstance(told, dict):
            raise errors.ReportError("The identity could not be opened just now. Please try again.")
        if "code" in told:
            kind = _REFUSALS.get(told["code"], errors.ReportError)
            raise kind(told.get("message", ""), details=told.get("details") or {})
        return told
