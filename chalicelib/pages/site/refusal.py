"""A reporter's form that was refused: which one, what is wrong with which field, and all that was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from chalicelib.domain.errors import Busy, Conflict, Invalid, NotAllowedNow, ReportError, TooLarge
from chalicelib.pages.words import Word

_MOST_MB = 4
# What a field's slip is said with, where the reason itself does not tell: a key of `status.mine`.
_WORDS = {
    "photos": "photo_wrong",
    "stars": "choose",
    "way": "choose",
    "confirm": "tick",
    "email": "way",
    "phone": "way",
}
_OF_ALL = ((Conflict, "conflict"), (NotAllowedNow, "not_now"), (Busy, "busy"))


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """`message` is about the form as a whole, `slips` about its fields (both in the reader's words); `typed` has all texts
    of each field."""

    action: str
    message: str
    slips: Mapping[str, str] = {}
    typed: Mapping[str, Sequence[str]] = {}

    def slip(self, action: str, field: str) -> str:
        """What is wrong with that field of that action's form; "" when nothing is."""
        return self.slips.get(field, "") if action == self.action else ""

    def value(self, action: str, field: str) -> str:
        """What was typed in it."""
        return next(iter(self.values(action, field)), "")

    def values(self, action: str, field: str) -> Sequence[str]:
        """All that was chosen in it."""
        return self.typed.get(field, ()) if action == self.action else ()


def refused_of(action: str, error: ReportError | None, typed: Mapping[str, Sequence[str]], w: Word) -> Refused:
    """The refusal in words. `error` None: something failed that the reporter cannot mend."""
    if error is None:
        return Refused(action=action, message=w("status.mine.failed"), typed=typed)
    key = next((words for kind, words in _OF_ALL if isinstance(error, kind)), "again")
    slips: dict[str, str] = {}
    if isinstance(error, TooLarge) and "photos" not in error.details:
        key = "full"
    elif isinstance(error, Invalid | TooLarge):
        said = {name: _said(name, value, error, w) for name, value in error.details.items()}
        slips = {name: words for name, words in said.items() if words}
    return Refused(action=action, message=w(f"status.mine.{key}"), slips=slips, typed=typed)


def _said(field: str, reason: object, error: ReportError, w: Word) -> str:
    told = str(reason)
    if field == "key":
        return w("status.open.wrong")
    if field == "photos" and (isinstance(error, TooLarge) or " MB" in told):
        return w("status.mine.too_large", mb=_MOST_MB)
    if field == "photos" and told == "or text":
        return ""
    if field == "photos" and "already" in told:
        return w("status.mine.photo_twice")
    if field == "way" and "offered" in told:
        return w("status.mine.way_off")
    if field in _WORDS:
        return w(f"status.mine.{_WORDS[field]}")
    if "at most" in told or "long" in told:
        return w("status.mine.long")
    return w("status.mine.empty" if "empty" in told or "required" in told else "status.mine.other")
