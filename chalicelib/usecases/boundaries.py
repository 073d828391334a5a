"""Where one conversation ends and the next begins, and which messages ask or say nothing: decisions without any writing."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta

from chalicelib.channels.message import Message
from chalicelib.city.model import City
from chalicelib.domain.contribution import Contribution
from chalicelib.domain.intake import is_full
from chalicelib.domain.lifecycle import Status
from chalicelib.domain.place import Place
from chalicelib.domain.report import Report
from chalicelib.usecases.silence import is_silenced

# How many messages of an hour may be answered with a question that they do not answer.
_MAILS_IN_VAIN, _ASKED_IN_VAIN = 2, 8
_SAME_PLACE_METRES = 300
_COURTEOUS_WORDS = 10
_COURTESY = re.compile(
    r"\W*(ok(e|ay)?|siap|baik(lah)?|mantap|sip|alhamdulillah|terima ?kasih|trima ?kasih|makasih|mksh|trims|thanks?|thank you)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]{3,}")
# Words of an address that do not tell one place from another.
_ANYWHERE = frozenset(
    [
        "jalan",
        "jln",
        "gang",
        "depan",
        "dekat",
        "belakang",
        "samping",
        "kelurahan",
        "kel",
        "kecamatan",
        "kec",
        "jakarta",
        "kota",
        "nomor",
        "blok",
    ]
)
_CORRECTS = re.compile(
    r"\b(ralat|koreksi|mengoreksi|maksud|salah|revisi|tambahan|menambahkan|bukan|update|correction|i mean)\b",
    re.IGNORECASE,
)


def is_over(report: Report, city: City, now: datetime) -> bool:
    """Whether a new message begins a new report: the old one has ended, or was complete and silent for long enough."""
    if report.terminal or report.erased or is_full(report):
        return True
    quiet = now - report.active_at > timedelta(minutes=city.policy.conversation_minutes)
    if report.status is Status.INCOMPLETE:  # whoever wanted to hear no more of it begins afresh
        return quiet and not report.answerable and is_silenced(report)
    return report.complete_at is not None and quiet and report.pause is None


def tells_another(message: Message, said: Contribution, report: Report) -> bool:
    """Whether a message after a complete report tells another problem, not more about the first: it has a problem and a
    place of its own that is not the first one's; or it is a new mail that answers none of ours."""
    if report.complete_at is None or report.pause is not None or _CORRECTS.search(message.text):
        return False
    if message.email and not message.answers and "problem" in said.filled and said.body_hash != report.body_hash:
        return True
    place = said.place
    if "problem" not in said.filled or place is None or not place.is_enough or place.same_as_reporter:
        return False
    if place.has_point and report.place.has_point:
        return _metres(place, report.place) > _SAME_PLACE_METRES
    return not _words(place) & _words(report.place)


def only_courtesy(message: Message, said: Contribution) -> bool:
    """Whether a message says nothing but thanks or "ok": after the end of a report that begins no other one."""
    if said.photos or said.place or said.unread or said.suggested or {"name", "address"} & set(said.filled):
        return False
    text = message.text.strip()
    return bool(text) and ((not said.problem and said.settled) or says_thanks(message))


def says_thanks(message: Message) -> bool:
    """Whether a message is a short one that begins with thanks or "ok"."""
    text = message.text.strip()
    return len(text.split()) <= _COURTEOUS_WORDS and bool(_COURTESY.match(text))


def asks_in_vain(message: Message, said: Contribution, report: Report, rate: int) -> bool:
    """Whether the same question would go out once more within the hour to somebody whose last answers did not answer it:
    two machines could go on like that for ever."""
    most = _MAILS_IN_VAIN if message.email else _ASKED_IN_VAIN
    return rate > most and not set(said.filled) & set(report.missing)


def _words(place: Place) -> set[str]:
    return {word for word in _WORD.findall(f"{place.address} {place.landmark}".lower()) if word not in _ANYWHERE}


def _metres(one: Place, other: Place) -> float:
    north = ((one.lat or 0) - (other.lat or 0)) * 111_200
    east = ((one.lng or 0) - (other.lng or 0)) * 111_200 * math.cos(math.radians(one.lat or 0))
    return math.hypot(north, east)
