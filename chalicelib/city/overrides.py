"""What the admins have changed of a pack while the city runs: a document, and the city that pack and document make together.

Each section is a table, so that one change is one value under a path: `texts/id/sms.received`, `categories/jalan`,
`routing/jalan`, `holidays/2026-12-24`, `channels/qlue`, `reasons/reject/untrue`, `policy/auto_dispatch`, `first_stop/aplikasi`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import msgspec

from . import override_checks as checks
from .errors import OverrideError
from .model import Category, Channel, City, Label, Policy, Reason
from .override_texts import texts_with

Faults = dict[str, str]
FIGURES = ("auto_dispatch", "auto_dispatch_confidence")
"""What an admin may set of the policy, beside the first stops."""


class CategoryChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is different about a category; the whole of one that the pack does not have."""

    label: Label = {}
    agency: str = ""
    hours: float | None = None
    pillar: str = ""
    sensitive: bool | None = None
    place: str = ""
    keywords: tuple[str, ...] | None = None
    retired: bool = False


class Route(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who handles a category instead: everywhere, and in some areas (by code)."""

    agency: str = ""
    areas: dict[str, str] = {}


class ChannelChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whether a channel is in use, between which days (both included), and where to go instead."""

    active: bool
    active_from: date | None = None
    active_to: date | None = None
    instead: str = ""


class ReasonChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A reason's words, by language."""

    label: Label = {}
    told: Label = {}


class Overrides(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """All that is different from the pack. `texts` are by language and key, `holidays` says of a day whether it is one."""

    texts: dict[str, dict[str, str]] = {}
    categories: dict[str, CategoryChange] = {}
    routing: dict[str, Route] = {}
    holidays: dict[date, bool] = {}
    channels: dict[str, ChannelChange] = {}
    reasons: dict[str, dict[str, ReasonChange]] = {}
    policy: dict[str, bool | float] = {}
    first_stop: dict[str, str] = {}


SECTIONS = Overrides.__struct_fields__
_DEEP = frozenset({"texts", "reasons"})  # sections of tables of tables


def applied(city: City, told: Overrides, *, version: int = 0) -> City:
    """The city that a pack and its overrides make. Every value is checked as the pack's own would be. Raises OverrideError
    naming all that is wrong; then nothing of it counts."""
    faults: Faults = {}
    policy = _policy(city, told, faults)
    categories = {**city.categories}
    for code, change in told.categories.items():
        categories[code] = _category(city, code, change, faults)
    checks.labels_differ(categories, told.categories, faults)
    routes: dict[str, dict[str, str]] = {}
    for code, route in told.routing.items():
        where = f"routing/{code}"
        checks.route(city, code, route.agency, route.areas, categories, where, faults)
        if where not in faults:
            if route.agency:
                categories[code] = msgspec.structs.replace(categories[code], agency=route.agency)
            if route.areas:
                routes[code] = dict(route.areas)
    checked = msgspec.structs.replace(
        city,
        policy=policy,
        categories=categories,
        routes=routes,
        rerouted={
            code: known.agency for code, known in city.categories.items() if categories[code].agency != known.agency
        },
        channels=city.channels | {name: _channel(city, name, each, faults) for name, each in told.channels.items()},
        reasons=_reasons(city, told, categories, faults),
        version=version,
    )
    texts = texts_with(checked, told.texts, faults)
    if faults:
        raise OverrideError(faults)
    return msgspec.structs.replace(checked, texts=texts)


def usable(city: City, told: Overrides, *, version: int = 0) -> tuple[City, Overrides, Faults]:
    """The city that a pack makes with as much of its overrides as can be used, what that is, and what is wrong with the
    others: an entry that a new pack does not bear is left out, and takes only what was built on it with it."""
    faults: Faults = {}
    while True:
        try:
            return applied(city, told, version=version), told, faults
        except OverrideError as error:
            found, before = error.faults, told
        faults = found | faults
        for where in found:
            told = with_value(told, place_of(where), None)
        if told == before:  # a fault that is of no entry: of all that was changed nothing can be used
            return msgspec.structs.replace(city, version=version), Overrides(), faults


def read(document: bytes) -> tuple[Overrides, Faults]:
    """A stored document, without the entries that have not the shape of one, and what those are. Raises OverrideError for
    one that is no document at all."""
    try:
        whole: Any = msgspec.json.decode(document)
        return msgspec.convert(whole, Overrides), {}
    except msgspec.ValidationError:
        pass
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise OverrideError({"document": str(error)}) from error
    if not isinstance(whole, dict):
        raise OverrideError({"document": "is no table"})
    told, faults = Overrides(), Faults()
    for path, value in _entries(whole):
        try:
            told = with_value(told, path, value)
        except OverrideError as error:
            faults |= {"/".join(path): fault for fault in error.faults.values()}
    return told, faults


def place_of(where: str) -> tuple[str, ...]:
    """The entry that something wrong belongs to: `categories/jalan/hours` is of `categories/jalan`."""
    parts = tuple(where.split("/"))
    return parts[: 3 if parts[0] in _DEEP else 2]


def _entries(whole: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for section, entries in whole.items():
        for name, entry in entries.items() if isinstance(entries, dict) else [("", entries)]:
            if section in _DEEP and isinstance(entry, dict):
                yield from (((section, name, key), value) for key, value in entry.items())
            else:
                yield (section, name), entry


def with_value(told: Overrides, path: tuple[str, ...], value: object) -> Overrides:
    """The document with another value under a path; None takes what is there away. Raises OverrideError for a path or a
    value of another shape."""
    whole: dict[str, Any] = msgspec.to_builtins(told)
    where, inner = whole, "/".join(path)
    if len(path) < 2 or path[0] not in SECTIONS or (value is not None and not all(path)):
        raise OverrideError({inner: "is no place for an override"})
    for name in path[:-1]:
        where = where.setdefault(name, {})
        if not isinstance(where, dict):
            raise OverrideError({inner: "is no place for an override"})
    if value is None:
        where.pop(path[-1], None)
    else:
        where[path[-1]] = msgspec.to_builtins(value)
    for end in range(len(path) - 1, 0, -1):  # an empty table says nothing
        _drop_empty(whole, path[:end])
    try:
        return msgspec.convert(whole, Overrides)
    except msgspec.ValidationError as error:
        # `… - at `$.categories[...].hours``: the field of the entry that has not the shape of one.
        field = re.search(r"\]\.(\w+)`$", str(error))
        raise OverrideError({f"{inner}/{field[1]}" if field else inner: str(error)}) from error


def value_at(told: Overrides, path: tuple[str, ...]) -> Any:
    """What stands under a path, as JSON has it; None when nothing does."""
    where: Any = msgspec.json.decode(msgspec.json.encode(told))
    for name in path:
        where = where.get(name) if isinstance(where, dict) else None
    return where


def _drop_empty(whole: dict[str, Any], path: tuple[str, ...]) -> None:
    where = whole
    for name in path[:-1]:
        where = where.get(name, {})
    if where.get(path[-1]) == {}:
        del where[path[-1]]


def _category(city: City, code: str, change: CategoryChange, faults: Faults) -> Category:
    where, known = f"categories/{code}", city.categories.get(code)
    if known is None:
        hours = city.policy.default_resolve_hours
        known = Category(code=code, label={}, agency="", hours=hours, pillar="", sensitive=False, keywords=())
        checks.new_category(city, code, change.label, where, faults)
    made = msgspec.structs.replace(
        known,
        label=known.label | change.label,
        agency=change.agency or known.agency,
        pillar=change.pillar or known.pillar,
        hours=known.hours if change.hours is None else change.hours,
        sensitive=known.sensitive if change.sensitive is None else change.sensitive,
        place=change.place or known.place,
        keywords=known.keywords if change.keywords is None else change.keywords,
        retired=change.retired,
    )
    checks.category(city, made, where, faults)
    return made


def _channel(city: City, name: str, change: ChannelChange, faults: Faults) -> Channel | None:
    known = city.channels.get(name)
    if known is None:
        faults[f"channels/{name}"] = "there is no such channel"
        return known
    made = msgspec.structs.replace(
        known,
        active=change.active,
        active_from=change.active_from,
        active_to=change.active_to,
        instead=change.instead or known.instead,
    )
    checks.channel(made, f"channels/{name}", faults)
    return made


def _reasons(
    city: City, told: Overrides, categories: Mapping[str, Category], faults: Faults
) -> dict[str, dict[str, Reason]]:
    reasons = {action: {**codes} for action, codes in city.reasons.items()}
    for action, changes in told.reasons.items():
        for code, change in changes.items():
            where, known = f"reasons/{action}/{code}", reasons.get(action, {}).get(code)
            if known is None:
                faults[where] = "there is no such reason"
                continue
            made = Reason(label=known.label | change.label, told=known.told | change.told)
            checks.reason(city, code, made, where, faults)
            reasons[action][code] = made
    return reasons


def _policy(city: City, told: Overrides, faults: Faults) -> Policy:
    policy, figures = city.policy, dict[str, Any]()
    for name, value in told.policy.items():
        where = f"policy/{name}"
        if name not in FIGURES:
            faults[where] = f"is not for admins to set: only {', '.join(FIGURES)}"
        elif fault := checks.figure(name, value):
            faults[where] = fault
        else:
            figures[name] = value
    checks.first_stops(city, told.first_stop, faults)
    days = set(policy.holidays)
    for day, is_one in told.holidays.items():
        checks.holiday(policy, day, is_one, f"holidays/{day}", faults)
        days = days | {day} if is_one else days - {day}
    return msgspec.structs.replace(
        policy, holidays=tuple(sorted(days)), first_stop=policy.first_stop | told.first_stop, **figures
    )
