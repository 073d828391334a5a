"""A pack's settings: city.toml, policy.toml, channels.toml and texts/, each read, checked and given as values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from .checks import is_code
from .files import Toml, check_keys, convert, read_toml
from .gsm7 import has_blocked, septets
from .model import ADAPTERS, FIRST_STOPS, REQUIRABLE, Agency, Channel, Label, Policy, Rung
from .wordings import PLACEHOLDERS, general

# What an adapter cannot do without.
INBOUND: dict[str, tuple[str, ...]] = {
    "sms_http": ("method", "content_type", "id", "sender", "text", "signature", "secret", "response"),
    "vonage": ("secret",),
    "aws_sms": ("sender",),
    "email": (),
    "meta": ("secret", "verify", "object"),
    "x": ("secret",),
    "telegram": ("secret",),
    "city_app": ("secret",),
    "qlue": ("secret", "api_key"),
    "open311": ("api_key",),
    "web_form": (),
    "staff": (),
}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LABELS = ("agency", "agency_formal", "desk", "service")


class Identity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """city.toml."""

    code: str
    name: str
    name_formal: str
    province: str
    prefix: str
    timezone: str
    tz_label: str
    labels: dict[str, Label]


def read_identity(folder: Path, languages: tuple[str, ...]) -> Identity:
    """Who the city is."""
    toml = read_toml(folder, "city.toml")
    check_keys(toml, toml.data, Identity.__struct_fields__)
    identity = convert(toml, toml.data, Identity)
    if not (identity.prefix.isascii() and identity.prefix.isalnum() and identity.prefix.isupper()):
        raise toml.wrong(f"prefix {identity.prefix!r} is not of capital letters", "prefix")
    try:
        ZoneInfo(identity.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise toml.wrong(f"unknown timezone {identity.timezone!r}", "timezone") from error
    for name in LABELS:
        if name not in identity.labels:
            raise toml.wrong(f"missing label {name}", "labels")
    for name, label in identity.labels.items():
        _check_label(toml, label, languages, "labels", name)
    return identity


def _check_label(toml: Toml, label: Label, languages: tuple[str, ...], *path: str | int) -> None:
    for lang in languages:
        if not label.get(lang):
            raise toml.wrong(f"no label in {lang}", *path)


def read_policy(folder: Path) -> tuple[Policy, Toml]:
    """The policy, and the file it came from (offices on the ladder are checked once the agencies are known)."""
    toml = read_toml(folder, "policy.toml")
    check_keys(toml, toml.data, Policy.__struct_fields__)
    for index, rung in enumerate(_tables(toml, "ladder")):
        check_keys(toml, rung, Rung.__struct_fields__, "ladder", index)
    data = dict(toml.data, holidays=_holidays(toml))
    policy = convert(toml, data, Policy)
    _check_figures(toml, policy)
    _check_names(toml, policy)
    _check_ladder(toml, policy.ladder)
    return policy, toml


def _tables(toml: Toml, name: str) -> list[dict[str, Any]]:
    found = toml.data.get(name, [])
    if not (isinstance(found, list) and all(isinstance(table, dict) for table in found)):
        raise toml.wrong(f"{name} must be written as [[{name}]] tables", name)
    return found


def _holidays(toml: Toml) -> list[date]:
    found: list[date] = []
    years = toml.data.get("holidays", {})
    if not isinstance(years, dict):
        raise toml.wrong("holidays must be a table of years", "holidays")
    for year, days in years.items():
        for day in convert(toml, days, list[date], "holidays", year):
            if str(day.year) != year:
                raise toml.wrong(f"{day} is not in {year}", "holidays", year)
            found.append(day)
    return found


def _check_figures(toml: Toml, policy: Policy) -> None:
    for field in Policy.__struct_fields__:
        value = getattr(policy, field)
        if isinstance(value, int | float) and not isinstance(value, bool) and not 0 < value < float("inf"):
            raise toml.wrong(f"{field} must be above zero", field)
    if policy.incomplete_reminder_hours >= policy.abandon_hours:
        raise toml.wrong("incomplete_reminder_hours must be less than abandon_hours", "incomplete_reminder_hours")
    if not 0.5 <= policy.auto_dispatch_confidence <= 1:
        raise toml.wrong("auto_dispatch_confidence is a probability from 0.5 to 1", "auto_dispatch_confidence")
    for day, (opens, closes) in policy.office_hours.items():
        if day not in DAYS:
            raise toml.wrong(f"unknown day {day}: one of {', '.join(DAYS)}", "office_hours", day)
        if not "00:00" <= opens < closes <= "24:00":
            raise toml.wrong(f"{opens} to {closes} are no opening hours", "office_hours", day)


def _check_names(toml: Toml, policy: Policy) -> None:
    if not policy.languages:
        raise toml.wrong("at least one language is needed", "languages")
    if not policy.emergency_number.isdigit():
        raise toml.wrong(f"emergency_number {policy.emergency_number!r} is not digits", "emergency_number")
    for field in policy.required:
        if field not in REQUIRABLE:
            raise toml.wrong(f"unknown field {field!r}: of {', '.join(REQUIRABLE)}", "required")
    for word in policy.sms_blocked_words:
        if not word or word != word.lower():
            raise toml.wrong(f"blocked word {word!r} must be in small letters", "sms_blocked_words")
    for prefix in policy.mobile_prefixes:
        if not (prefix.startswith("+") and prefix[1:].isascii() and prefix[1:].isdigit()):
            raise toml.wrong(f"prefix {prefix!r} is not like +6281", "mobile_prefixes")
    for group, stop in policy.first_stop.items():
        if stop not in FIRST_STOPS:
            raise toml.wrong(f"unknown first stop {stop!r}: one of {', '.join(FIRST_STOPS)}", "first_stop", group)


def _check_ladder(toml: Toml, ladder: tuple[Rung, ...]) -> None:
    if not ladder:
        raise toml.wrong("the ladder has no rungs", "ladder")
    for index, rung in enumerate(ladder):
        if rung.level != index:
            raise toml.wrong(f"level {rung.level} stands where {index} is due", "ladder", index, "level")
        if (rung.at is None) == (rung.after_hours is None):
            raise toml.wrong("a rung has either `at` or `after_hours`", "ladder", index)
        if rung.at is not None and not 0 < rung.at < 1:
            raise toml.wrong(f"at {rung.at} is not a share between 0 and 1", "ladder", index, "at")
    hours = [rung.after_hours for rung in ladder]
    for index in range(1, len(hours)):
        before, after = hours[index - 1], hours[index]
        if after is None or after < 0 or (before is not None and after <= before):
            raise toml.wrong("each level comes later than the one before, after the breach", "ladder", index)


def check_offices(toml: Toml, policy: Policy, agencies: Mapping[str, Agency]) -> None:
    """Refuses a ladder that leads to an office that does not exist or oversees nobody."""
    for index, rung in enumerate(policy.ladder):
        for field, offices in (("to", rung.to), ("to_unassigned", rung.to_unassigned)):
            if not offices:
                raise toml.wrong(f"{field} names nobody", "ladder", index, field)
            for office in offices:
                if office == "agency" and field == "to":
                    continue
                if office not in agencies or agencies[office].kind != "oversight":
                    raise toml.wrong(f"unknown oversight office {office!r}", "ladder", index, field)


def read_channels(folder: Path, policy: Policy) -> dict[str, Channel]:
    """The channels, by id."""
    toml = read_toml(folder, "channels.toml")
    check_keys(toml, toml.data, ("channel",))
    channels: dict[str, Channel] = {}
    for index, table in enumerate(_tables(toml, "channel")):
        check_keys(toml, table, Channel.__struct_fields__, "channel", index)
        channel = convert(toml, table, Channel, "channel", index)
        _check_channel(toml, channel, policy, index)
        if channel.id in channels:
            raise toml.wrong(f"duplicate channel {channel.id}", "channel", index, "id")
        channels[channel.id] = channel
    if not channels:
        raise toml.wrong("has no [[channel]]")
    return channels


def _check_channel(toml: Toml, channel: Channel, policy: Policy, index: int) -> None:
    if not is_code(channel.id):
        raise toml.wrong(f"id {channel.id!r} is not kebab-case", "channel", index, "id")
    _check_label(toml, channel.label, policy.languages, "channel", index, "label")
    if channel.adapter not in ADAPTERS:
        reason = f"unknown adapter {channel.adapter!r}: one of {', '.join(ADAPTERS)}"
        raise toml.wrong(reason, "channel", index, "adapter")
    if channel.group not in policy.first_stop:
        raise toml.wrong(f"group {channel.group!r} has no first_stop in policy.toml", "channel", index, "group")
    for key in INBOUND[channel.adapter]:
        if not channel.inbound.get(key):
            raise toml.wrong(f"{channel.adapter} needs inbound {key}", "channel", index, "inbound")
    for field in channel.required or ():
        if field not in REQUIRABLE:
            raise toml.wrong(f"unknown field {field!r}: of {', '.join(REQUIRABLE)}", "channel", index, "required")
    if not channel.instead and (not channel.active or channel.active_to):
        raise toml.wrong("a channel that is or goes off says where to go `instead`", "channel", index, "active")
    if channel.active_from and channel.active_to and channel.active_from > channel.active_to:
        raise toml.wrong("`active_to` is before `active_from`", "channel", index, "active_to")


def read_texts(folder: Path, policy: Policy, names: Collection[str] = ()) -> dict[str, dict[str, str]]:
    """Every wording of every language, by its dotted key. `names` are what one may be made particular by: the codes of
    categories and of reasons (`sms."rejected@<code>"`)."""
    return {lang: _read_language(folder, f"texts/{lang}.toml", policy, names) for lang in policy.languages}


def _read_language(folder: Path, name: str, policy: Policy, names: Collection[str]) -> dict[str, str]:
    toml = read_toml(folder, name)
    texts: dict[str, str] = {}
    _flatten(toml, toml.data, (), texts)
    for key, template in texts.items():
        usual, particular = general(key)
        allowed = PLACEHOLDERS.get(usual)
        if allowed is None:
            raise toml.wrong(f"unknown text {key}", *key.split("."))
        if particular is not None and particular not in names:
            raise toml.wrong(f"{key}: there is no category or reason '{particular}'", *key.split("."))
        if fault := fault_of(key, template, allowed, policy):
            raise toml.wrong(f"{key}: {fault}", *key.split("."))
    if missing := next((key for key in PLACEHOLDERS if not texts.get(key)), None):
        raise toml.wrong(f"missing text {missing}", *missing.split("."))
    if len(texts["date.months"].split()) != 12:
        raise toml.wrong("date.months must be twelve words", "date", "months")
    return texts


def _flatten(toml: Toml, table: dict[str, Any], path: tuple[str, ...], texts: dict[str, str]) -> None:
    for name, value in table.items():
        if isinstance(value, dict):
            _flatten(toml, value, (*path, name), texts)
        elif isinstance(value, str):
            texts[".".join((*path, name))] = value
        else:
            raise toml.wrong(f"{name} is not a text", *path, name)


def fault_of(key: str, template: str, allowed: frozenset[str], policy: Policy) -> str | None:
    """What is wrong with a wording; None if nothing is."""
    if "{" in template or "}" in template:
        try:
            for _, field, spec, conversion in Formatter().parse(template):
                if field is not None and (field not in allowed or spec or conversion):
                    return f"unknown placeholder {{{field}}}"
        except ValueError as error:
            return f"braces do not match: {error}"
    if key.startswith(("sms.", "agency_sms.", "answer.", "field.", "example.", "followed.sms")):
        try:
            septets(template)
        except ValueError as error:
            return str(error)
        if has_blocked(template, policy.sms_blocked_words):
            return "holds a word that carriers block"
    if key.startswith("agency.") and key.endswith(".subject") and not (template.isascii() and template.isprintable()):
        return "a subject must be plain ASCII on one line"
    return None
