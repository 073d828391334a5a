"""What the reporter decides for themselves: how good the work was, how they are told, and that they are told no more."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal

import msgspec

from chalicelib.channels.phones import e164
from chalicelib.city.model import City
from chalicelib.domain import deadlines, rights
from chalicelib.domain.errors import Busy, Invalid
from chalicelib.domain.lifecycle import lead_to
from chalicelib.domain.report import Deed, Report, record
from chalicelib.outbound.sealing import Sealed
from chalicelib.usecases import notices
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.follow_up import perhaps, room_for
from chalicelib.usecases.persons import inbox, person

MOST_OF_A_WORD = 200
_MARK = 12
_MAIL = re.compile(r"[^@\s<>\"(),;:\\]{1,64}@[^@\s<>\"(),;:\\]{1,180}\.[^@\s<>\"(),;:\\.]{2,}", re.ASCII)
# Whoever has the key could have strangers written to by it: so many of one report, and so often one of them by any report.
_MOST_NEW_A_DAY = _MOST_TO_ONE_A_DAY = 3


class Rate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How good the work was: 1 (bad) to 5 stars, and a word for the staff."""

    stars: Annotated[int, msgspec.Meta(ge=1, le=5)]
    word: str = ""


class Notify(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the reporter is told from now on: as the report came, by e-mail, by text message, or not at all."""

    way: Literal["channel", "email", "sms", "none"]
    email: str = ""
    phone: str = ""


class WithdrawConsent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing more is sent, and nothing of it is shown to anybody without the key."""


def rate(report: Report, deed: Deed, wish: Rate, city: City) -> Report:
    """Rated; what was said last counts. As long as the reporter may reopen."""
    status = lead_to(deed.action, report.status, deed.role)
    rights.in_time(report, deed.at, city.policy, f"A report can be rated within {city.policy.reopen_days} days.")
    if len(wish.word) > MOST_OF_A_WORD:
        raise Invalid("The text is too long.", details={"word": f"at most {MOST_OF_A_WORD} characters"})
    word = perhaps(wish.word, "word")
    room_for(report, word, "word")
    return record(report, deed, "rated", status=status, note=word, data={"stars": wish.stars}, stars=wish.stars)


def withdraw_consent(report: Report, deed: Deed, wish: WithdrawConsent, city: City) -> Report:
    """From now on its reporter is told nothing, the report is nobody's to read without its key, and who reported is not
    opened any more. The work goes on; no clock waits for an answer."""
    lead_to(deed.action, report.status, deed.role)
    report = deadlines.resumed(report, deed.at)
    return record(report, deed, "consent_withdrawn", consent_withdrawn=True, answerable=False)


def notified(desk: Desk, report: Report, wish: Notify, deed: Deed) -> Report:
    """Told by that way from now on. A phone or an address of which the report did not know goes into the seal, and is written
    to at once: who wrote, why, and how to stop it. That makes nobody the reporter. Who is told nothing can still be asked: on
    the report's page. Raises Invalid on `email` or `phone`, Busy after three new ones within a day, and where three reports'
    reporters have entered the same one on one day."""
    lead_to(deed.action, report.status, deed.role)
    email, phone = _contact(desk, report, wish)
    contact = email or phone
    # No mark of the reporter: it only tells that the same is no new one.
    known = person(desk, "entered", contact)[:_MARK]
    new = bool(contact) and known not in report.marks[-1:]
    if new and _new_of_the_day(report, deed) >= _MOST_NEW_A_DAY:
        raise Busy("Too many new contacts today. Please try again tomorrow.", retry_after=86_400)
    room_for(report, "", "way")
    if new and not deed.quiet:  # of a report of the same telling nothing is sent
        _may_write(desk, report, contact, deed)
    data: dict[str, object] = {"way": wish.way, **({"new": True} if new else {})}
    way = "" if wish.way == "channel" else wish.way
    answerable = report.answerable or way in notices.BY_CONTACT
    after = record(report, deed, "notices_changed", data=data, way=way, answerable=answerable)
    if not new:
        return after
    sealed = desk.sealer.seal(Sealed(notify_email=email, notify_phone=phone), report.tracking, desk.ticks())
    others = (mark for mark in report.marks if mark != known)
    return msgspec.structs.replace(after, sealed=(*report.sealed, sealed), marks=(*others, known))


def _may_write(desk: Desk, report: Report, contact: str, deed: Deed) -> None:
    to, day = f"notify.{inbox(desk, contact)}", desk.city.local_day(deed.at).isoformat()
    if not desk.followers.may_ask(to, f"{report.tracking}.{deed.action_id}", day, _MOST_TO_ONE_A_DAY, now=deed.at):
        raise Busy("This contact was entered too often today. Please try again tomorrow.", retry_after=86_400)


def _contact(desk: Desk, report: Report, wish: Notify) -> tuple[str, str]:
    """The new address, or the new phone, as it is written to; of the other one nothing is kept."""
    email, phone = wish.email.strip(), wish.phone.strip()
    wrong: dict[str, object] = {}
    for field, given, way in (("email", email, "email"), ("phone", phone, "sms")):
        if given and wish.way != way:
            wrong[field] = f"belongs to the way '{way}'"
    if wish.way in notices.BY_CONTACT and notices.channel_of(desk, wish.way) is None:
        wrong["way"] = "not offered here just now"
    known = notices.knows_contact(desk, report, wish.way)
    if wish.way == "email" and not email and not known:
        wrong["email"] = "is required"
    if wish.way == "sms" and not phone and not known:
        wrong["phone"] = "is required"
    if email and not (len(email) <= 254 and _MAIL.fullmatch(email)):
        wrong["email"] = "must be an e-mail address such as nama@contoh.id"
    number = e164(phone) if phone else ""
    mobile = desk.city.policy.mobile_prefixes
    if phone and not (number and number.startswith(mobile or "+")):
        wrong["phone"] = "must be a phone such as 0812 3456 7890"
    if wrong:
        raise Invalid("The request is not acceptable.", details=wrong)
    return email, number or ""


def _new_of_the_day(report: Report, deed: Deed) -> int:
    since = deed.at - timedelta(days=1)
    told = (entry for entry in report.entries() if entry.event == "notices_changed" and entry.moment > since)
    return sum(bool(entry.told.data.get("new")) for entry in told)
