"""Entering: a report that a member of the staff writes down for somebody, or an official's own finding."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from chalicelib.channels.message import Message
from chalicelib.city.model import City
from chalicelib.domain.report import Report
from chalicelib.usecases.act import Actor
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.limits import flooded
from chalicelib.usecases.submit import Submitted, store_new
from chalicelib.usecases.understand import structured
from chalicelib.usecases.views import agency_of

_IDENTITY = ("name", "address")


class Official(NamedTuple):
    """Who stands in as the reporter of an official's own finding: an office, never a person."""

    name: str
    address: str


def official(actor: Actor, city: City) -> Official:
    """The office that a member of the staff speaks for."""
    agency = agency_of(actor.agency, city, city.policy.languages[0])
    office = agency["name"] if agency else city.always("desk", city.policy.languages[0])
    return Official(name=city.text("slip.official", agency=office), address=office)


def enter(
    desk: Desk,
    message: Message,
    *,
    seed: str,
    stand_in: Official | None = None,
    noted: Mapping[str, str] = MappingProxyType({}),
) -> Submitted:
    """Stores what was written down as a report of its own; the same message id again finds the same report. `stand_in` is
    the reporter where the message names none: their office is no secret, so its name is not searched for in any words.
    `noted` is what whoever wrote it down has noted beside it, for the history."""
    key = desk.secrets.key("recognition", desk.ticks())
    understood = structured(message, desk.city, now=desk.now(), seed=seed, key=key)
    said, secret = msgspec.structs.replace(understood.said, noted=dict(noted)), understood.secret
    if stand_in is not None:
        said = msgspec.structs.replace(said, filled=tuple(dict.fromkeys((*said.filled, *_IDENTITY))))
        secret = msgspec.structs.replace(
            secret, name=secret.name or stand_in.name, address=secret.address or stand_in.address
        )
    understood = msgspec.structs.replace(understood, said=said, secret=secret)
    sender = desk.sender_hash(message.channel, message.sender, verified=message.verified)
    understood = flooded(desk, message, understood, sender)
    return store_new(desk, understood, message.channel, sender)


def slip(report: Report, desk: Desk, *, key: str) -> list[str]:
    """What the reporter takes home, line by line: the number, when and where it was received, where to follow it, what is
    still missing; and, after a line to cut at, the key."""
    city, lang = desk.city, report.lang
    channel = city.channels[report.channel]
    lines = [
        city.text("slip.title", lang),
        city.text("slip.number", lang, tracking=report.tracking),
        city.text("slip.received", lang, date=city.when(report.received_at, lang)),
        city.text("slip.channel", lang, channel=channel.label.get(lang) or channel.label[city.policy.languages[0]]),
        city.text("slip.follow", lang, status_url=desk.status_url(report.tracking)),
        city.text("slip.ask", lang, tracking=report.tracking),
    ]
    if report.missing:
        missing = ", ".join(city.text(f"field.{field}", lang) for field in report.missing)
        lines.append(city.text("slip.missing", lang, missing=missing))
    return [
        *lines,
        city.text("slip.cut", lang),
        city.text("slip.key", lang, report_key=key, tracking=report.tracking),
        city.text("slip.key_use", lang),
    ]
