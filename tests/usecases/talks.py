"""What people write by each channel, and attempts that end between two writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from chalicelib.channels.message import Location, Message
from chalicelib.domain.lifecycle import Action
from chalicelib.domain.report import Report
from chalicelib.store.client import client
from chalicelib.usecases.act import act
from chalicelib.usecases.hear import Heard, hear
from tests.usecases.test_commands import ADMIN

TRASH = "Sampah menumpuk di Jl Kenanga RT 4 Gondangdia"
SMELL = "baunya sangat menyengat sampai ke rumah"
PHONE = "+6281234567890"
_PIN = Location(lat=-6.1951, lng=106.8325)
_seeds = count(1)


class Ended(BaseException):
    """The process of an attempt ended: nothing catches it."""


def said(desk: Any, message: Message) -> Heard:
    """The message is heard, by an attempt of its own."""
    return hear(desk, message, seed=f"{next(_seeds):032x}")


def report_of(desk: Any, message: Message) -> Report:
    """The report that a message went to, as it is stored."""
    report = said(desk, message).report
    assert report is not None
    return now(desk, report)


def now(desk: Any, report: Report) -> Report:
    """The report as it is stored now."""
    found: Report = desk.reports.get(report.tracking)
    return found


def events(desk: Any, report: Report) -> list[str]:
    return [entry.event for entry in now(desk, report).entries()]


def with_agency(desk: Any, report: Report) -> Report:
    wish = b'{"agency": "bina-marga", "category": "jalan"}'
    return act(desk, report.tracking, Action.DISPATCH, ADMIN, wish, action_id="d", seed="0d" * 16)


def asked(desk: Any, report: Report) -> Report:
    wish = b'{"question": "Di sebelah mana?"}'
    return act(desk, report.tracking, Action.ASK, ADMIN, wish, action_id="q", seed="0e" * 16)


@contextmanager
def ending(store: Any, *names: str) -> Iterator[None]:
    """While open, an attempt ends where it would call one of these."""

    def end(*_: Any, **__: Any) -> None:
        raise Ended

    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setattr(store, name, end)
        yield


def ended(desk: Any, message: Message, store: Any, *names: str) -> None:
    """An attempt at this message that ends there."""
    with ending(store, *names), pytest.raises(Ended):
        said(desk, message)


def stored(desk: Any, table: str) -> list[dict[str, Any]]:
    """All items of a table."""
    items = client("dynamodb", desk.settings.region).scan(TableName=desk.settings.table(table))["Items"]
    return list(items)


def telegram(name: str, text: str, **more: Any) -> Message:
    return Message(
        channel="telegram", id=name, sender="77", text=text, conversational=True, raw=text.encode(), **more
    )  # fmt: skip


def facebook(name: str, text: str, **more: Any) -> Message:
    return Message(
        channel="facebook", id=name, sender="psid1", text=text, conversational=True, raw=text.encode(), **more
    )  # fmt: skip


def mail(name: str, text: str, sender: str = "budi@contoh.example", **more: Any) -> Message:
    return Message(
        channel="email", id=name, sender=sender, email=sender, text=text, conversational=True, raw=name.encode(), **more
    )  # fmt: skip


def counter(name: str = "f1") -> Message:
    """What the kelurahan's counter enters for somebody who stands there."""
    return Message(
        channel="kelurahan", id=name, sender=name, text="Lampu jalan mati", name="Budi Santoso", address="Jl Mawar 2",
        phone=PHONE, location=Location(address="Jl Melati RT 3", area="Menteng"),
    )  # fmt: skip


def web_form(name: str = "w1", email: str = "budi@contoh.example") -> Message:
    return Message(
        channel="web", id=name, sender=name, text="Lampu jalan mati", name="Budi Santoso", address="Jl Mawar 2",
        email=email, location=_PIN,
    )  # fmt: skip


def city_app(name: str = "j1", phone: str = PHONE, **more: Any) -> Message:
    """A report by the city's app; the phone in it is only what its user typed."""
    return Message(
        channel="jaki", id=name, sender="u1", name="Budi Santoso", address="Jl Mawar 2", phone=phone, location=_PIN,
        **{"text": "Lampu jalan mati", **more},
    )  # fmt: skip
