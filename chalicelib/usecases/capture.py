"""The field page's camera: a one-time code for one report, good for minutes, drawn into the picture and found in it again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.domain import capture
from chalicelib.domain.report import Report
from chalicelib.usecases.act import Actor, may_touch
from chalicelib.usecases.desk import Desk

_ID = "capture"
_KEPT = timedelta(days=30)  # a code that comes again is known for so long
_ON_ITS_WAY = timedelta(minutes=10)  # from the shutter until the picture is here


class Code(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A code that was given out: for which report, to whom, until when, and the picture it was found in."""

    tracking: str
    member: str
    until: datetime
    photo: str = ""


def new_code(desk: Desk, report: Report, actor: Actor, random: bytes) -> dict[str, Any]:
    """`{code, mark, cells, row, until}`: what the page draws into one picture. `random` is fresh, 4 bytes at least. Raises
    NotYours for a report of another agency."""
    may_touch(report, actor, desk.city)
    code, until = capture.code_from(random), (desk.now() + capture.VALID).replace(microsecond=0)
    given = Code(tracking=report.tracking, member=actor.subject, until=until)
    desk.things.put(_kind(code), _ID, given, expires_at=until + _KEPT)
    drawn = capture.mark(_key(desk), code, report.tracking, until)
    return {"code": code, "mark": drawn, "cells": capture.cells(drawn), "row": capture.ROW, "until": until}


def redeemed(desk: Desk, mark: str, photo: str) -> str:
    """The report for which the field page took this picture; "" when it did not: no mark, not ours, too late, or a code
    that another picture has used. The same picture may be asked about again, by several at once too; and what was
    uploaded in time may be asked about whenever its turn comes."""
    if not mark:
        return ""
    code = capture.code_in(mark)
    item = desk.things.get(_kind(code), _ID)
    if item is None:
        return ""
    given: Code = item.told(Code)
    if not capture.proves(_key(desk), mark, given.tracking, given.until):
        return ""
    if given.photo:
        return given.tracking if given.photo == photo else ""
    if desk.now() > given.until + _ON_ITS_WAY:
        uploaded = desk.buckets.uploaded_at(photo)
        if uploaded is None or uploaded > given.until + _ON_ITS_WAY:
            return ""
    used = msgspec.structs.replace(given, photo=photo)
    if desk.things.put(_kind(code), _ID, used, if_version=item.version, expires_at=given.until + _KEPT):
        return given.tracking
    now = desk.things.get(_kind(code), _ID)  # somebody looks at the same picture, or this very write was there already
    return given.tracking if now is not None and now.told(Code).photo == photo else ""


def _kind(code: str) -> str:
    return f"code#{code}"


def _key(desk: Desk) -> bytes:
    return desk.secrets.key("capture", desk.ticks())
