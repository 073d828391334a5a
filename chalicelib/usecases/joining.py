"""Joining: anyone may want to hear of a public report, and is told of its changes as those are who reported the same. How
many there are everybody sees (`Report.joined`); who, nobody.
"""

from __future__ import annotations

import msgspec

from chalicelib.channels.message import Message
from chalicelib.city.model import City
from chalicelib.domain import announcements
from chalicelib.domain.errors import NotYours
from chalicelib.domain.history import Entry
from chalicelib.domain.report import Report
from chalicelib.store.followers import JOIN
from chalicelib.usecases import following
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.following import confirm, standing, stop
from chalicelib.usecases.merging import leader_of

__all__ = ["Joined", "Joiners", "confirm", "count", "fan_out", "join", "join_by", "joinable", "standing", "stop"]

PAGE = 500


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """A message on the replies queue: that `who` hears of an entry of a report."""

    tracking: str
    seq: int
    who: str


class Joiners(msgspec.Struct, frozen=True, kw_only=True):
    """A message on the replies queue: that those hear of an entry who come after `after` in the order of their digests."""

    tracking: str
    seq: int
    after: str


def joinable(desk: Desk, tracking: str) -> Report:
    """The report that whoever names this number joins: it, or the one that leads it. Raises Unknown, and NotYours where what
    it says is not everybody's."""
    report = desk.reports.get(tracking)
    leader = report if report.hidden else leader_of(desk, report)
    if leader.hidden:
        raise NotYours("This report is not public: nobody can join it.", details={"tracking": tracking})
    return leader


def join(desk: Desk, tracking: str, *, email: str, lang: str, seed: str) -> None:
    """Asks an address, by mail, whether it wants to hear of that report (of one that was merged: of the one that leads).
    `tracking` is a canonical number, `seed` fresh randomness (hex). Raises Invalid (email), Unknown, NotYours (hidden)."""
    following.address_in(email)
    report = joinable(desk, tracking)
    following.ask(desk, JOIN, report.tracking, email=email, lang=_offered(desk, lang), seed=seed)


def join_by(desk: Desk, tracking: str, message: Message, *, lang: str, seed: str) -> Report:
    """Joins by a channel that proves who writes: it counts at once. Gives the report joined. Its own reporter, who is told of
    every change there anyway, is not told twice. Raises as `join`, and NotAllowedNow when they follow too many."""
    report = joinable(desk, tracking)
    if _told_anyway(desk, report, message):
        return report
    following.take(desk, JOIN, report.tracking, message, lang=lang, seed=seed)
    return report


def _told_anyway(desk: Desk, report: Report, message: Message) -> bool:
    sender = desk.sender_hash(message.channel, message.sender, verified=message.verified)
    told = report.answerable and report.tells_who and not report.way and not report.consent_withdrawn
    return told and report.sender == sender and desk.conversations.stopped_at(sender) is None


def count(desk: Desk, tracking: str) -> int:
    """How many have joined a report: one read. Whoever has the report already takes `report.joined`. Raises Unknown."""
    return desk.reports.get(tracking, consistent=False).joined


def telegram_link(city: City, tracking: str) -> str:
    """Where a tap joins by Telegram; "" while the city's bot has no name (`bot` of the channel)."""
    return bot_link(city, f"ikut-{tracking.removeprefix(f'{city.prefix}-').replace('-', '')}")


def bot_link(city: City, word: str) -> str:
    """The address that begins a chat with the city's bot by that word; "" while the bot has no name."""
    bots = (
        each.inbound.get("bot", "") for each in city.channels.values() if each.adapter == "telegram" and each.active
    )
    name = next((each for each in bots if each), "")
    return f"https://t.me/{name}?start={word}" if name else ""


def concerns(desk: Desk, report: Report, entry: Entry) -> bool:
    """Whether there are people who joined a report and are to hear of an entry: every public change, and that it is public no
    more. The number on the report is for everybody to see; where it says nobody, one read makes sure of it."""
    if not (report.hidden or announcements.tells_joiners(entry)):
        return False
    return report.joined > 0 or bool(desk.followers.joiners(report.tracking, limit=1))


def fan_out(desk: Desk, tracking: str, seq: int, after: str = "") -> int:
    """Puts a message on the queue for each of those who joined: a page of them, and one message for the next page. They may
    get there twice: each delivery is claimed by itself."""
    page = desk.followers.joiners(tracking, limit=PAGE, after=after)
    if len(page) == PAGE:
        rest = Joiners(tracking=tracking, seq=seq, after=page[-1].who)
        desk.answers.put(msgspec.json.encode({"joiners": rest}).decode())
    told = [each.who for each in page if each.active]
    desk.answers.put_all(
        msgspec.json.encode({"joined": Joined(tracking=tracking, seq=seq, who=who)}).decode() for who in told
    )
    return len(told)


def _offered(desk: Desk, lang: str) -> str:
    languages = desk.city.policy.languages
    return lang if lang in languages else languages[0]
