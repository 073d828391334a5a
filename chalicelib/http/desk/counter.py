"""The counter: one form for somebody who stands there, and the slip they take home."""

from __future__ import annotations

import hashlib
import os
import re
from collections import defaultdict
from typing import Any

import msgspec
from chalice.app import Blueprint, Response

from chalicelib.channels import staff_form
from chalicelib.channels.fields import MAX_PHOTOS, UPLOAD_ID
from chalicelib.city.kelurahan import full_name
from chalicelib.city.model import City
from chalicelib.domain.errors import Invalid, ReportError, TooLarge
from chalicelib.domain.lifecycle import Role
from chalicelib.domain.report import Report
from chalicelib.domain.tracking import keyed_digest
from chalicelib.http.answers import status_for
from chalicelib.http.context import desk
from chalicelib.http.desk.form import CONTENT_TYPES, Form
from chalicelib.http.desk.framed import Asked, cookies_of, desk_page, page
from chalicelib.http.entering import FINDINGS, channel_for, message_id_of, offered, wrong_here
from chalicelib.observability import count, logger
from chalicelib.pages.desk import word_of
from chalicelib.pages.desk.qr import qr
from chalicelib.usecases.enter import enter, official
from chalicelib.usecases.submit import Submitted
from chalicelib.usecases.uploads import store_upload

routes = Blueprint(__name__)
PATH = "/desk/counter"
CONSENT = "2026-11"
"""Which wording of the consent was read out (words/counter.toml): another one whenever that changes."""
COOKIE = "tanggap_counter"
_YEAR = 31_536_000
_TRY_LATER = 503
_FORM_ID = re.compile(r"[0-9a-f]{32}")
_SMS = frozenset({"sms_http", "vonage", "aws_sms"})
_WISHES = ("private", "anonymous", "confidential")
# The form's own names for the fields that the JSON body nests.
_FIELDS = {path: name for name, path in staff_form.PATHS.items()}
# Slips that are said as to the citizens: the others are said to an officer.
_FORMAL = frozenset({"phone", "email", "kelurahan"})
# The offices whose own counter is a channel of another name.
_COUNTERS = {"kelurahan": "kelurahan", "kecamatan": "kecamatan", "kota": "wali-kota", "inspektorat": "inspektorat"}


class _Away(ReportError):
    """Nothing could be stored just now."""

    code = "unavailable"


@routes.route(PATH, methods=["GET"])
@desk_page(Role.COUNTER, Role.ADMIN)
def empty(asked: Asked, form: Form) -> Response:
    """The form, with an id of its own."""
    values = {"channel": own_channel(asked), "lang": desk().city.policy.languages[0]}
    return _form(asked, values, form_id=os.urandom(16).hex())


@routes.route(PATH, methods=["POST"], content_types=CONTENT_TYPES)
@desk_page(Role.COUNTER, Role.ADMIN)
def take(asked: Asked, form: Form) -> Response:
    """The slip, which is nowhere else; or the form again with all that was typed, and beside each field what is wrong. The
    same form twice is one report, and the same slip."""
    form_id = form.get("form_id") if _FORM_ID.fullmatch(form.get("form_id")) else os.urandom(16).hex()
    values = {name: form.get(name) for name in form.names()}
    photos = [each for each in form.all("photo") if UPLOAD_ID.fullmatch(each)][:MAX_PHOTOS]
    wrong: dict[str, object] = {}
    try:
        photos += _stored(asked, form, form_id, MAX_PHOTOS - len(photos))
    except (Invalid, TooLarge) as error:
        wrong |= error.details
    try:
        stored, differs = _entered(asked, form, form_id, photos, wrong)
    except Invalid as error:
        return _form(asked, values, form_id=form_id, photos=photos, wrong=error.details, status=status_for(error))
    except ReportError as error:  # switched off, not yours: what was typed stays
        return _form(asked, values, form_id=form_id, photos=photos, error=error, status=status_for(error))
    except Exception:  # sent again as it stands, it is the same report
        logger().exception("a counter's form could not be stored")
        answer = _form(asked, values, form_id=form_id, photos=photos, error=_Away("Not stored."), status=_TRY_LATER)
        answer.headers["Retry-After"] = "5"
        return answer
    answer = slip_page(asked, stored.report, key=True, differs=differs)
    answer.headers["Set-Cookie"] = f"{COOKIE}={stored.report.channel}; Path=/; Max-Age={_YEAR}; SameSite=Lax; HttpOnly"
    return answer


def own_channel(asked: Asked) -> str:
    """The counter that this browser, or else this member's office, entered reports of before."""
    mine = offered(asked.actor)
    kept = cookies_of(routes.current_request).get(COOKIE, "")
    office = desk().city.agencies.get(asked.office)
    own = _COUNTERS.get(office.kind, "") if office else ""
    return next((each for each in (kept, own) if each in mine), mine[0] if mine else "")


def slip_page(asked: Asked, report: Report, *, key: bool, differs: bool = False) -> Response:
    """The paper to print: the number, and (`key`) apart from it the reporter's key. Never who reported."""
    city, lang, url = desk().city, report.lang, desk().status_url(report.tracking)
    known = desk().key_of(report.tracking, report.key_version) if key else ""
    channel = city.channels.get(report.channel)
    due = report.respond or report.resolve
    return page(
        asked,
        "counter_slip.html",
        slip_lang=lang,
        slip_words=word_of(lang),
        tracking=report.tracking,
        received=city.when(report.received_at, lang),
        at=(channel.label.get(lang) or channel.label[city.policy.languages[0]]) if channel else "",
        due=city.when(due.by, lang) if due else "",
        resolve=city.when(report.resolve.by, lang) if report.resolve and report.resolve is not due else "",
        missing=", ".join(city.text(f"field.{field}", lang) for field in report.missing),
        status_url=url,
        qr=qr(url, report.tracking),
        key=_spaced(known),
        key_qr=qr(known, city.text("page.key_label", lang)) if known else "",
        differs=differs,
        emergency=report.emergency and key,
        told=report.answerable,
        sms=any(each.adapter in _SMS and each.in_use(city.local_day(desk().now())) for each in city.channels.values()),
    )


def _entered(
    asked: Asked, form: Form, form_id: str, photos: list[str], wrong: dict[str, object]
) -> tuple[Submitted, bool]:
    told = _told(form, photos)
    raw = msgspec.json.encode(told)
    wrong = {**wrong, **_unkempt(form), **{_FIELDS.get(name, name): why for name, why in wrong_here(told).items()}}
    channel = channel_for(told.channel or "", asked.actor, wrong)
    try:
        message = staff_form.message(
            told, channel.id if channel else "", message_id=message_id_of(asked.actor, form_id), raw=raw, wrong=wrong
        )
    except Invalid as error:
        named = {_FIELDS.get(name, name): why for name, why in error.details.items()}
        raise Invalid(error.message, details=named) from error
    noted = {
        "consent": f"read out {CONSENT} {told.lang}",
        "id_seen": "yes" if form.get("id_seen") else "no",
        "who": asked.actor.subject,
    }
    stand_in = official(asked.actor, desk().city) if message.channel == FINDINGS else None
    stored = enter(desk(), message, seed=os.urandom(16).hex(), stand_in=stand_in, noted=noted)
    name = "MessageReceived" if stored.new else "MessageJoined"
    count(name, tracking=stored.report.tracking, channel=message.channel)
    differs = not stored.new and stored.report.body_hash != hashlib.sha256(raw).hexdigest()
    return stored, differs


def _told(form: Form, photos: list[str]) -> staff_form.Form:
    """The form as POST /staff/reports takes it."""
    where = form.get("address") if form.get("same_address") else form.get("place_address")
    chosen: dict[str, Any] = {wish: bool(form.get(wish)) for wish in _WISHES}
    return staff_form.Form(
        channel=form.get("channel"),
        text=form.get("text"),
        reporter=staff_form.Reporter(**{each: form.get(each) for each in ("name", "address", "phone", "email")}),
        location=staff_form.Where(
            lat=form.get("lat"),
            lng=form.get("lng"),
            address=where,
            landmark=form.get("landmark"),
            kelurahan=form.get("kelurahan"),
        ),
        category=form.get("category"),
        photos=photos,
        lang=form.get("lang") or desk().city.policy.languages[0],
        **chosen,
    )


def _unkempt(form: Form) -> dict[str, object]:
    """What the form asks for beyond what must be known: the consent; and what the city requires, unless the reporter does not
    say it (`incomplete`): they are there, so that they can be asked."""
    wrong: dict[str, object] = {} if form.get("consent") else {"consent": "is required"}
    same = form.get("address") if form.get("same_address") else ""
    there = {
        "place": form.get("place_address")
        or form.get("lat")
        or same
        or (form.get("landmark") and form.get("kelurahan")),
        "name": form.get("name"),
        "address": form.get("address"),
    }
    required = desk().city.required_of(form.get("channel")) if not form.get("incomplete") else ()
    if form.get("channel") == FINDINGS:
        there |= {"name": "office", "address": "office"}
    return wrong | {name: "is required" for name, value in there.items() if name in required and not value}


def _stored(asked: Asked, form: Form, form_id: str, room: int) -> list[str]:
    """The files of the form, stored as uploads. Their ids come from what they are: sent again, they are the same."""
    files = [file.content for name in ("photos", "camera") for file in form.files(name)]
    if len(files) > room:
        raise Invalid("Too many photos.", details={"photos": f"must be at most {MAX_PHOTOS}"})
    key = desk().secrets.key("uploads", desk().ticks())
    made = [keyed_digest(key, asked.actor.subject, form_id, hashlib.sha256(content).hexdigest()) for content in files]
    return [store_upload(desk(), content, random) for content, random in zip(files, made, strict=True)]


def _form(
    asked: Asked,
    values: dict[str, str],
    *,
    form_id: str,
    photos: list[str] | None = None,
    wrong: dict[str, object] | None = None,
    error: ReportError | None = None,
    status: int = 200,
) -> Response:
    city, lang = desk().city, asked.lang
    labels = {code: known.label.get(lang) or known.label["id"] for code, known in city.open_categories().items()}
    channels = [(code, city.channels[code].label.get(lang, code)) for code in offered(asked.actor)]
    return page(
        asked,
        "counter.html",
        status,
        v=defaultdict(str, values),
        form_id=form_id,
        kept=photos or [],
        wrong=_in_words(wrong or {}, city, lang),
        error=error,
        channels=channels,
        categories=sorted(labels.items(), key=lambda pair: pair[1]),
        kelurahan=_kelurahan(city),
        languages=[
            (code, {"id": "Bahasa Indonesia", "en": "English"}.get(code, code)) for code in city.policy.languages
        ],
        required=city.policy.required,
        most_photos=MAX_PHOTOS,
    )


def _in_words(wrong: dict[str, object], city: City, lang: str) -> dict[str, str]:
    """Each slip, from top to bottom, in the words of the public form where those fit; "": the counter's own words."""
    order = ("text", "photos", "kelurahan", "landmark", "place", "place_address", "lat", "lng", "name", "address", "phone",
             "email", "consent", "channel")  # fmt: skip
    said: dict[str, str] = {}
    for name in sorted(wrong, key=lambda each: order.index(each) if each in order else len(order)):
        why = str(wrong[name])
        field = name.split(".")[0]
        if field == "kelurahan" and "one of several" in why:
            said[field] = city.text("form.error_kelurahan_choice", lang, choices=why.partition(": ")[2])
        elif "at most" in why and field != "photos":
            said[field] = city.text("form.error_too_long", lang)
        else:
            said[field] = city.text(f"form.error_{field}", lang) if field in _FORMAL else ""
    return said


def _kelurahan(city: City) -> list[str]:
    """All kelurahan as the field takes them: with kecamatan and kota, which tells namesakes apart."""
    return sorted(full_name(city, area) for area in city.areas.values() if area.level == "kelurahan")


def _spaced(key: str) -> str:
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))
