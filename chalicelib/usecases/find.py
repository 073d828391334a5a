"""Search for the staff: one box that takes a number, a phone, an address, a reporter's name or words. Every search reads a
bounded number of items and says where the bound was; nobody finds what they may not see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.channels.phones import e164
from chalicelib.city.model import City
from chalicelib.domain import offices
from chalicelib.domain import tracking as numbers
from chalicelib.domain.errors import Invalid, NotYours
from chalicelib.domain.lifecycle import Role
from chalicelib.domain.report import Report
from chalicelib.store.finding import Row
from chalicelib.store.items import NO_AREA
from chalicelib.store.journal import Entry
from chalicelib.triage.clean import clean
from chalicelib.triage.recognition import marks_of
from chalicelib.usecases.act import Actor, may_touch
from chalicelib.usecases.desk import Desk

MOST_READ, MOST_FOUND, DAYS = 500, 50, 30
SEARCHED = "reporter_searched"
_LONGEST = 200
_YEARS = (2000, 2200)
_MAY_NAME = frozenset({Role.ADMIN, Role.COUNTER})
_WORD = re.compile(r"[^\W_]+")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?[\d\s().\-/]{7,25}", re.ASCII)
_GROUPS = re.compile(r"[0-9A-Za-z]{3,5}(?:[-\s][0-9A-Za-z]{3,5}){2,3}")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for. `named`: the words are a reporter's name or address; else words of the problem or the street,
    within `area` (a code, "-": place not known) and the days from `since` until `until` (None: the last thirty)."""

    text: str
    named: bool = False
    area: str = ""
    since: date | None = None
    until: date | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, newest first. `kind` is what the words were taken for: "number", "contact", "name" or "words".
    `hint` says what to do when it is not what was meant: "slip" (of a number: `slip` has its kind), "area" (choose one),
    "words" (there is none to search for), "short" (a name needs three letters). `read` items were looked at; `all` is false
    when there were more of them, `more` when more were found than are given."""

    kind: str
    hits: tuple[Report, ...] = ()
    hint: str = ""
    slip: str = ""
    read: int = 0
    all: bool = True
    more: bool = False


def find(desk: Desk, actor: Actor, wanted: Wanted, *, personal: bool = True) -> Found:
    """What this member may see of what they look for; without `personal` no person is searched for (hint "again": ask for it
    by the form). Raises NotYours for a search by name, phone or address of somebody
    whose role must not (it is recorded for those who may), Invalid on `area`, `since`, `until`."""
    text = " ".join(clean(wanted.text)[:_LONGEST].split())
    # a phone first: one in 32 of twelve digits has a tracking number's check character, no number is all digits
    contact = _contact_in(text)
    if not contact and not wanted.named and (number := _number_in(text, desk.city.prefix)):
        return _by_number(desk, actor, number)
    if (contact or wanted.named) and not personal:
        return Found(kind="contact" if contact else "name", hint="again")
    if contact or wanted.named:
        return _by_marks(desk, actor, contact, text)
    return _by_words(desk, actor, wanted, text)


def areas_under(city: City, code: str) -> list[str]:
    """The codes of the kelurahan of an area; of "-" itself. Raises Invalid for one that is none of the city's."""
    if code == NO_AREA:
        return [NO_AREA]
    if code not in city.areas:
        raise Invalid("There is no such area.", details={"area": "none of this city"})
    if city.areas[code].level == "kelurahan":
        return [code]
    inside = [area.code for area in city.areas.values() if area.parent == code]
    return [each for area in inside for each in areas_under(city, area)]


def _number_in(text: str, prefix: str) -> str:
    """What looks like a tracking number, as it was typed; a status page's address (scanned) has it at its end."""
    last = text.split("?")[0].rstrip("/").rpartition("/")[2] if "://" in text else text
    try:
        return numbers.parse(last, prefix)
    except Invalid:
        pass
    known = last.upper().startswith(prefix) and any(map(str.isdigit, last)) and " " not in last.strip()
    return last if known or (_GROUPS.fullmatch(last) and _mixed(last)) else ""


def _mixed(text: str) -> bool:
    """Digits and letters in one word: "92QX" is no word and no phone."""
    return any(re.search(r"\d", word) and re.search(r"[A-Za-z]", word) for word in re.split(r"[-\s]", text))


def _contact_in(text: str) -> str:
    """The phone (E.164) or mail address that the text is."""
    if _MAIL.fullmatch(text):
        return text.lower()
    return (e164(text) or "") if _PHONE.fullmatch(text) else ""


def _by_number(desk: Desk, actor: Actor, typed: str) -> Found:
    city = desk.city
    try:
        number = numbers.parse(typed, city.prefix)
    except Invalid as error:
        slip = str(error.details.get("slip", ""))
        near = numbers.near(typed, city.prefix) if slip == "check" else []
        hits, read = _seen(desk, actor, near)
        return Found(kind="number", hits=tuple(hits), hint="slip", slip=slip, read=read)
    hits, read = _seen(desk, actor, [number])
    return Found(kind="number", hits=tuple(hits), read=read)


def _by_marks(desk: Desk, actor: Actor, contact: str, text: str) -> Found:
    kind = "contact" if contact else "name"
    if actor.role not in _MAY_NAME:
        raise NotYours("Only admins and counters search for persons.", details={"role": actor.role, "search": kind})
    key = desk.secrets.key("recognition", desk.ticks())
    housed = any(map(str.isdigit, text))
    marks = marks_of(
        key,
        name="" if contact or housed else text,
        address=text if housed and not contact else "",
        contacts=[contact] if contact else [],
    )
    if not marks:
        return Found(kind=kind, hint="short" if text else "words")
    _recorded(desk, actor, kind, contact or text)
    found, everything = desk.finding.marked(marks, most=MOST_READ)
    hits, _ = _seen(desk, actor, found)
    hits.sort(key=lambda report: report.received_at, reverse=True)
    return Found(kind=kind, hits=tuple(hits[:MOST_FOUND]), read=len(found), all=everything, more=len(hits) > MOST_FOUND)


def _recorded(desk: Desk, actor: Actor, kind: str, text: str) -> None:
    """Who searched for a person, and when; of the person only a keyed digest, which tells two searches for the same one."""
    digest = numbers.keyed_digest(desk.secrets.key("searches", desk.ticks()), " ".join(sorted(text.lower().split())))
    told = digest.hex()[:16]
    desk.journal.write(
        Entry(
            at=desk.now(),
            who=actor.subject,
            role=str(actor.role),
            what=SEARCHED,
            about=f"search/{told}",
            data={"by": kind, "digest": told, "office": actor.agency or ""},
        )
    )


def _by_words(desk: Desk, actor: Actor, wanted: Wanted, text: str) -> Found:
    words = [word.casefold() for word in _WORD.findall(text)]
    since, until = _period(desk.city, wanted, desk.now())
    areas = areas_under(desk.city, wanted.area) if wanted.area else []
    if not areas:
        return Found(kind="words", hint="area")
    if text and not words:
        return Found(kind="words", hint="words")
    looked = desk.finding.in_areas(areas, since, until, most=MOST_READ)
    fitting = [row.tracking for row in looked.rows if _open_to(actor, row, desk.city) and _fits(words, row)]
    hits: list[Report] = []
    for start in range(0, len(fitting), MOST_FOUND):
        hits += _seen(desk, actor, fitting[start : start + MOST_FOUND])[0]
        if len(hits) > MOST_FOUND:
            break
    return Found(
        kind="words",
        hits=tuple(hits[:MOST_FOUND]),
        read=looked.read,
        all=looked.all,
        more=len(hits) > MOST_FOUND,
    )


def _fits(words: Sequence[str], row: Row) -> bool:
    """Whether every word begins one of the report's (its masked problem, its street)."""
    told = f"{row.summary.get('problem', '')} {row.summary.get('where', '')}".casefold()
    there = _WORD.findall(told)
    return all(any(each.startswith(word) for each in there) for word in words)


def _open_to(actor: Actor, row: Row, city: City) -> bool:
    """Whether an office might see it, as far as the index tells: the rest is decided on the report."""
    if actor.role is not Role.AGENCY:
        return True
    unit = str(row.summary.get("unit") or "")
    return actor.agency in {row.agency, *offices.line_of(city, row.agency), *offices.line_of(city, unit)}


def _seen(desk: Desk, actor: Actor, found: Sequence[str]) -> tuple[list[Report], int]:
    """Those of the reports that there are and that this member may see, in that order; and how many were read."""
    known = desk.finding.reports(found) if found else {}
    return [report for report in _in_order(known.get, found) if _may(report, actor, desk.city)], len(known)


def _in_order(get: Callable[[str], Report | None], found: Iterable[str]) -> Iterable[Report]:
    return (report for number in found if (report := get(number)) is not None)


def _may(report: Report, actor: Actor, city: City) -> bool:
    try:
        may_touch(report, actor, city)
    except NotYours:
        return False
    return True


def _period(city: City, wanted: Wanted, now: datetime) -> tuple[datetime, datetime]:
    """The instants from the beginning of the first day to the end of the last, in the city's time."""
    last = wanted.until or city.local_day(now)
    for name, day in (("since", wanted.since), ("until", last)):
        if day is not None and not _YEARS[0] <= day.year <= _YEARS[1]:
            raise Invalid("That day is out of range.", details={name: f"from {_YEARS[0]} to {_YEARS[1]}"})
    first = wanted.since or last - timedelta(days=DAYS - 1)
    if first > last:
        raise Invalid("The period ends before it begins.", details={"until": "before the first day"})
    zone = ZoneInfo(city.timezone)
    return datetime.combine(first, time.min, zone), datetime.combine(last, time.max, zone)
