"""Channels as the admins keep them: how each one is, on and off, a test message, and its secrets."""

from __future__ import annotations

import os
from datetime import date

from chalice.app import Blueprint, Response

from chalicelib.city.model import Channel
from chalicelib.domain.errors import Conflict, Invalid, NotAllowedNow, ReportError, Unknown
from chalicelib.domain.lifecycle import Role
from chalicelib.http.context import desk
from chalicelib.http.desk.form import Form
from chalicelib.http.desk.framed import Asked, desk_page, done
from chalicelib.http.desk.settings import PATH, formed, listed, page_and_form, saved
from chalicelib.http.staff_channels import tested
from chalicelib.pages.desk import word_of
from chalicelib.pages.desk.settings import Cell, Field
from chalicelib.store.journal import Entry
from chalicelib.usecases.channel_health import health
from chalicelib.usecases.overrides import Path, pack_of
from chalicelib.usecases.rotate import Rotated, end_older, rotate

routes = Blueprint(__name__)


@routes.route(f"{PATH}/channels", methods=["GET"])
@desk_page(Role.ADMIN)
def channels(asked: Asked, form: Form) -> Response:
    """Every channel: in use or not, its last message, today's counts, and whether it has fallen silent."""
    w = word_of(asked.lang)
    rows = []
    for each in health(desk()):
        label = each["label"].get(asked.lang) or each["id"]
        state = (
            Cell(w("settings.channel_on"), tone="green")
            if each["in_use"]
            else Cell(w("settings.channel_off"), tone="grey")
        )
        if each["silent"]:
            state = Cell(w("settings.channel_silent"), tone="yellow")
        last = asked.city.when(each["last"]["at"], asked.lang) if each["last"] else "–"
        counts = f"{each['today']['accepted']} / {each['today']['refused']}"
        rows.append(
            [
                Cell(label, f"{PATH}/channel?id={each['id']}"),
                state,
                Cell(last),
                Cell(counts),
                Cell(each["instead"] or ""),
            ]
        )
    columns = [w(f"settings.column.{name}") for name in ("channel", "state", "last", "today", "instead")]
    return listed(asked, "channels", columns, rows)


@page_and_form(routes, f"{PATH}/channel")
@desk_page(Role.ADMIN)
def channel(asked: Asked, form: Form) -> Response:
    """One channel. `do`: save (on and off), test, rotate, end."""
    known = asked.city.channels.get(form.get("id"))
    if known is None:
        raise Unknown("There is no such channel.", details={"channel": form.get("id")[:80]})
    if routes.current_request.method == "GET":
        return _one(asked, known, form, None)
    if form.get("do") == "save":
        values: dict[Path, object] = {("channels", known.id): _wanted(known, form)}
        return saved(asked, form, "channels", values, lambda error: _one(asked, known, form, error))
    try:
        return _done(asked, known, form)
    except (Invalid, NotAllowedNow, Conflict) as error:
        return _one(asked, known, form, error)


def _done(asked: Asked, known: Channel, form: Form) -> Response:
    here, do, name = f"{PATH}/channel?id={known.id}", form.get("do"), form.get("name")
    if do == "test":
        tested(known, asked.actor, form.get("to"), form.get("form_id"))
        return done(here, "settings_tested")
    if do == "rotate":
        made = rotate(desk(), known, name, form.get("value"))
        _journal(asked, known, name, "secret_rotated", form.get("why"))
        return _one(asked, known, form, None, made=made) if made.secret else done(here, "settings_rotated")
    if do == "end":
        end_older(desk(), known, name)
        _journal(asked, known, name, "secret_ended", form.get("why"))
        return done(here, "settings_ended")
    raise Invalid("This form is not one of ours.", details={"do": "save, test, rotate or end"})


def _wanted(known: Channel, form: Form) -> dict[str, object] | None:
    """What the form says; None when that is what the pack says."""
    told: dict[str, object] = {"active": bool(form.get("active"))}
    told |= {name: form.get(name) for name in ("active_from", "active_to", "instead") if form.get(name)}
    pack = pack_of(desk()).channels[known.id]
    same: dict[str, object] = {"active": pack.active}
    same |= {
        name: _text(getattr(pack, name)) for name in ("active_from", "active_to", "instead") if getattr(pack, name)
    }
    return None if told == same else told


def _one(asked: Asked, known: Channel, form: Form, error: ReportError | None, made: Rotated | None = None) -> Response:
    w = word_of(asked.lang)
    ours = form.get("do") == "save" and error is not None

    def value(name: str, otherwise: str) -> str:
        return form.get(name) if ours else otherwise

    # This installation's own settings may have switched it as well: what is changed here is what is stored.
    now = known
    fields = [
        Field("check", "active", w("settings.channel_active"), value("active", "1" if now.active else "")),
        Field("date", "active_from", w("settings.active_from"), value("active_from", _text(now.active_from))),
        Field("date", "active_to", w("settings.active_to"), value("active_to", _text(now.active_to))),
        Field("text", "instead", w("settings.instead"), value("instead", now.instead), hint=w("settings.instead_hint")),
    ]
    told = next(each for each in health(desk()) if each["id"] == known.id)
    return formed(
        asked,
        "channels",
        known.label.get(asked.lang) or known.id,
        fields,
        path=f"{PATH}/channel",
        error=error,
        why=form.get("why") if ours else "",
        template="settings_channel.html",
        hidden={"id": known.id, "do": "save"},
        health=told,
        made=made,
        form_id=os.urandom(8).hex(),
        to=form.get("to"),
        installed=known.id in desk().settings.channels_on | desk().settings.channels_off,
    )


def _journal(asked: Asked, known: Channel, name: str, what: str, why: str) -> None:
    desk().journal.write(
        Entry(
            at=desk().now(),
            who=asked.actor.subject,
            role=str(asked.role),
            what=what,
            about=f"channels/{known.id}",
            why=why[:500],
            data={"name": name[:80]},
        )
    )


def _text(value: date | str | None) -> str:
    return str(value) if value else ""
