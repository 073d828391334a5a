"""Completing by the key: what the reporter of an app answers fills the fields that were missing, as an SMS would."""

from __future__ import annotations

import msgspec

from chalicelib.channels.message import Message
from chalicelib.domain.intake import join
from chalicelib.domain.report import Deed, Report
from chalicelib.usecases.ask import Answer
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.follow_up import room_for
from chalicelib.usecases.understand import screened, spoken


def completed_by(desk: Desk, report: Report, wish: Answer, deed: Deed) -> Report:
    """The incomplete report with that answer; it goes on its way when nothing is missing any more."""
    room_for(report, wish.text, "text")
    message = Message(channel=report.channel, id=deed.action_id, sender="", text=wish.text, raw=wish.text.encode())
    understood = spoken(
        message,
        desk.city,
        now=deed.at,
        seed=deed.seed,
        key=desk.secrets.key("recognition", desk.ticks()),
        asked=report.missing,
        known_place=report.place,
        lang=report.lang,
    )
    sealed = desk.sealer.seal(understood.secret, report.tracking, desk.ticks())
    noted = {"via": deed.via} if deed.via else {}
    after = join(report, msgspec.structs.replace(understood.said, given_id=deed.action_id, noted=noted), desk.city)
    after = screened(after, desk.secrets.key("recognition", desk.ticks()))
    return msgspec.structs.replace(after, sealed=(*report.sealed, sealed), version=report.version)
