"""Telling those who asked to be told: the mail that asks whether they mean it, what has changed on a report they joined, a
new report near a place of theirs. Each once, in their language, with the way to stop it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from chalicelib.channels.gsm7 import SEGMENT, fit
from chalicelib.city.model import City
from chalicelib.domain import announcements
from chalicelib.domain.around import Around
from chalicelib.domain.errors import Unknown
from chalicelib.domain.history import Entry
from chalicelib.domain.lifecycle import Role
from chalicelib.domain.openness import category_of
from chalicelib.domain.reasons import words_of
from chalicelib.domain.report import Report
from chalicelib.observability import logger
from chalicelib.outbound.senders.outcome import SendRefused
from chalicelib.outbound.senders.outgoing import Outgoing
from chalicelib.store.deliveries import State
from chalicelib.store.followers import ALERT, JOIN, UNCONFIRMED, Name, Wish
from chalicelib.usecases import alerts, joining
from chalicelib.usecases.alerts import A_DAY, Alerted, Everybody, is_news
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.following import Invite, digest_of, end, link_of, opened, short_place, token_of
from chalicelib.usecases.following_words import category_words, place_words
from chalicelib.usecases.joining import Joined, Joiners
from chalicelib.usecases.merging import leader_of
from chalicelib.usecases.send import send_one

Told = Invite | Joined | Joiners | Alerted | Everybody
# What the replies queue holds of these: {"<kind>": {…}}.
_KINDS: dict[str, type[Told]] = {
    "invite": Invite,
    "joined": Joined,
    "joiners": Joiners,
    "alert": Alerted,
    "everybody": Everybody,
}


def told_in(body: str) -> Told | None:
    """The message of this kind that a queue message is; None for any other. Raises msgspec.DecodeError for a broken one."""
    outer = msgspec.json.decode(body)
    kind = next((kind for kind in _KINDS if isinstance(outer, dict) and kind in outer and len(outer) == 1), None)
    return None if kind is None else msgspec.convert(outer[kind], _KINDS[kind])


def tell(desk: Desk, told: Told, *, claimant: str) -> bool:
    """Deals with one of them. True when something was sent, or put on its way. Raises SendFailed (or an AWS error) when it is
    worth another try, Busy while another attempt is under way."""
    match told:
        case Invite():
            return invite(desk, told, claimant=claimant)
        case Joined():
            return tell_joined(desk, told, claimant=claimant)
        case Alerted():
            return tell_alert(desk, told, claimant=claimant)
        case Joiners():
            return joining.fan_out(desk, told.tracking, told.seq, told.after) > 0
        case Everybody():
            report = _report(desk, told.tracking)
            news = report is not None and is_news(desk, report)
            return report is not None and news and alerts.fan_out(desk, report, told.key, told.after) > 0


def invite(desk: Desk, told: Invite, *, claimant: str) -> bool:
    """Sends the mail that asks whether a wish is meant: once on a day. True when it was sent. Raises as `tell`."""
    wish = desk.followers.get(told.name, now=desk.now())
    if wish is None or wish.active:
        return False
    values = {
        "tracking": wish.of if wish.what == JOIN else "",
        "place": place_words(desk.city, wish.around, wish.lang),
        "category": category_words(desk.city, wish.around.category if wish.around else "", wish.lang),
        "hours": int(UNCONFIRMED.total_seconds()) // 3600,
    }
    key = f"invite:{told.name.who}"
    out = _outgoing(desk, wish, f"ask_{wish.what}", f"{key}:{wish.of}:{told.day}", values)
    return _once(desk, (key, 0, f"{wish.of}:{told.day}"), claimant, lambda: send_one(desk, out()))


def tell_joined(desk: Desk, told: Joined, *, claimant: str) -> bool:
    """Tells one of those who joined a report what an entry says, once; that it is public no more, once, and erases them; and
    takes them along to the report that leads. True when something was sent. Raises as `tell`."""
    wish = desk.followers.get(Name(what=JOIN, of=told.tracking, who=told.who), now=desk.now())
    report = _report(desk, told.tracking)
    if wish is None or not wish.active or report is None or not 0 < told.seq <= report.seq:
        return False
    entry = report.entries()[told.seq - 1]
    leader = leader_of(desk, report)
    if report.hidden or (leader is not report and leader.hidden):
        sent = _tell_gone(desk, wish, report, claimant)
        end(desk, wish, quiet=False)
        return sent
    if leader is not report:
        _take_along(desk, wish, report, leader)
    news = entry.moment >= wish.since and announcements.tells_joiners(entry)
    sent = news and _tell_news(desk, wish, report, entry, claimant)
    if leader is not report and entry.event == "merged":
        end(desk, wish, quiet=False, keep_link=True)
    return sent


def tell_alert(desk: Desk, told: Alerted, *, claimant: str) -> bool:
    """Tells somebody of a new report near a place of theirs, once, whichever of their alerts it is; after ten on a day only
    that there is more. True when something was sent. Raises as `tell`."""
    wish = desk.followers.get(Name(what=ALERT, of=told.of, who=told.who), now=desk.now())
    report = _report(desk, told.tracking)
    if wish is None or not wish.active or report is None or not is_news(desk, report):
        return False
    day = desk.city.local_day(desk.now()).isoformat()
    values = {
        "tracking": report.tracking,
        "category": category_words(desk.city, category_of(report), wish.lang),
        "place": place_words(desk.city, Around(area=report.place.area or ""), wish.lang),
        "short_place": short_place(desk.city, report.place.area or "", wish.lang),
        "status_url": desk.status_url(report.tracking),
        "map_url": f"{desk.settings.public_url}/map",
    }
    if desk.followers.take_turn(wish.who, day, report.tracking, A_DAY, now=desk.now()):
        key, kind = (report.tracking, 0, f"alert:{wish.who}"), "alert"
    else:
        key, kind = (f"alerts:{wish.who}", 0, day), "more"
        values |= {"tracking": "", "category": "", "place": ""}
    out = _outgoing(desk, wish, kind, ":".join(map(str, key)), values)
    return _once(desk, key, claimant, lambda: send_one(desk, out()))


def _tell_news(desk: Desk, wish: Wish, report: Report, entry: Entry, claimant: str) -> bool:
    city, told = desk.city, entry.told
    # What the reporter wrote nobody of the staff has read.
    note = "" if told.role == Role.REPORTER else words_of(entry, city, wish.lang)
    values = {
        "tracking": report.tracking,
        "event": _event_words(report, entry, city, wish.lang),
        "status": city.text(f"status.{told.status or report.status}", wish.lang),
        "note": f"\n{note}\n" if note else "",
        "status_url": desk.status_url(report.tracking),
    }
    key = (report.tracking, entry.seq, f"join:{wish.who}")
    out = _outgoing(desk, wish, "news", ":".join(map(str, key)), values)
    return _once(desk, key, claimant, lambda: send_one(desk, out()))


def _tell_gone(desk: Desk, wish: Wish, report: Report, claimant: str) -> bool:
    key = (report.tracking, 0, f"gone:{wish.who}")
    out = _outgoing(desk, wish, "gone", ":".join(map(str, key)), {"tracking": report.tracking})
    return _once(desk, key, claimant, lambda: send_one(desk, out()))


def _event_words(report: Report, entry: Entry, city: City, lang: str) -> str:
    told = entry.told
    codes = (told.data.get("agency"), told.data.get("from"), told.by, report.agency)
    agency = next((city.agencies[code] for code in codes if code in city.agencies), None)
    until = told.data.get("until")
    if entry.event == "merged" and report.merged_into:
        return city.text("page.merged_into", lang, leader=report.merged_into).rstrip(".")
    return city.text(
        f"event.{entry.event}",
        lang,
        agency=agency.short if agency else city.text("page.unnamed_agency", lang),
        date=city.when(datetime.fromisoformat(until), lang) if isinstance(until, str) else "",
        level=told.data.get("level", ""),
    )


def _take_along(desk: Desk, wish: Wish, report: Report, leader: Report) -> None:
    """Somebody who joined a merged report has joined the one that leads: from the merge on, however late that is dealt with.
    What the leader told in between was told without them, so they are told of it now; each is claimed by itself."""
    merged = [entry.moment for entry in report.entries() if entry.event == "merged"]
    since = max(merged[-1], wish.since) if merged else desk.now()
    desk.followers.move(wish, leader.tracking, digest_of(token_of(desk, wish)), now=desk.now(), since=since)
    missed = [each.seq for each in _since_merged(leader, report.tracking) if announcements.tells_joiners(each)]
    desk.answers.put_all(
        msgspec.json.encode({"joined": Joined(tracking=leader.tracking, seq=seq, who=wish.who)}).decode()
        for seq in missed
    )


def _since_merged(leader: Report, follower: str) -> tuple[Entry, ...]:
    """What has been told of a report since that one was merged into it."""
    entries = leader.entries()
    for entry in reversed(entries):
        data = entry.told.data
        if entry.event == "merged_in" and follower in (data.get("follower"), *data.get("with", ())):
            return tuple(entries[entry.seq :])
    return ()


def _outgoing(desk: Desk, wish: Wish, kind: str, id: str, values: Mapping[str, object]) -> Callable[[], Outgoing]:
    """One of the `following` texts on its way to whoever wished for it; opened only when it is really sent."""

    def made() -> Outgoing:
        city, lang, link = desk.city, wish.lang, link_of(desk, wish)
        channel = city.channels.get(wish.way)
        if channel is None or not channel.in_use(city.local_day(desk.now())):
            raise SendRefused("the channel is not in use")
        given = {**values, "link": link}
        brief = {**given, "place": values.get("short_place", "")}
        short = fit(city.text(f"following.{kind}_sms", lang, **brief), SEGMENT)
        # A mail about somebody else's report is not answered into that report.
        tracking = "" if channel.adapter == "email" else str(values.get("tracking", ""))
        return Outgoing(
            id=id,
            channel=channel,
            secrets=desk.secrets.channel("outbound", channel.id, desk.ticks()),
            to=opened(desk, wish),
            tracking=tracking,
            event=f"following.{kind}",
            lang=lang,
            short=short,
            chat=city.text(f"following.{kind}_chat", lang, **given),
            subject=city.text(f"following.{kind}_subject", lang, **given),
            body=city.text(f"following.{kind}_body", lang, **given),
            payload={},
            unsubscribe="" if kind.startswith("ask_") else link,
            heard_at=wish.since,
            now=desk.now(),
        )

    return made


def _once(desk: Desk, key: tuple[str, int, str], claimant: str, tell: Callable[[], object]) -> bool:
    """Claims a delivery, makes it, and notes how it went. True when it went out now."""
    if not desk.deliveries.claim(*key, now=desk.now(), claimant=claimant):
        return False
    state, reason = State.SENT, ""
    try:
        tell()
    except SendRefused as error:
        logger().warning("a message to a follower was refused for good", extra={"reason": str(error)})
        state, reason = State.REFUSED, str(error)
    except Exception as error:
        desk.deliveries.mark(*key, State.RELEASED, now=desk.now(), reason=type(error).__name__)
        raise
    desk.deliveries.mark(*key, state, now=desk.now(), reason=reason)
    return state is State.SENT


def _report(desk: Desk, tracking: str) -> Report | None:
    try:
        return desk.reports.get(tracking)
    except Unknown:
        logger().warning("a message about no report", extra={"tracking": tracking})
        return None
