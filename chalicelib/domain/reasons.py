"""Why something was rejected, returned or refused: a code of the city's, words of one's own, or both."""

from __future__ import annotations

from chalicelib.city.model import City
from chalicelib.domain.errors import Invalid
from chalicelib.domain.history import Entry

# Which action's codes an event may carry.
ACTION_OF = {"rejected": "reject", "returned": "return", "follow_up_refused": "refuse"}


def known_code(action: str, code: str, city: City) -> dict[str, object]:
    """What a history entry keeps of a code: nothing of none. Raises Invalid on `reason_code` for one the city does not have."""
    if not code:
        return {}
    known = city.reasons.get(action, {})
    if code not in known:
        raise Invalid("There is no such reason.", details={"reason_code": f"one of {', '.join(known)}"})
    return {"reason_code": code}


def code_in(entry: Entry, city: City) -> str:
    """The code an entry carries, "" when it has none that the city knows."""
    code = str(entry.told.data.get("reason_code", ""))
    return code if code in city.reasons.get(ACTION_OF.get(entry.event, ""), {}) else ""


def words_of(entry: Entry, city: City, lang: str) -> str:
    """What an entry says to people: the code's polite sentence in their language, and what was written beside it."""
    return with_note(entry.event, str(entry.told.data.get("reason_code", "")), entry.told.note, city, lang)


def with_note(event: str, code: str, note: str, city: City, lang: str) -> str:
    """As `words_of`, of an event's name, a code and a note."""
    reason = city.reasons.get(ACTION_OF.get(event, ""), {}).get(code)
    if reason is None:
        return note
    sentence = reason.told.get(lang) or reason.told[city.policy.languages[0]]
    return f"{sentence} {note}" if note else sentence
