"""What different readers see of a report: the public, whoever has the key, the staff, and the topics. Never the
reporter."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.city.model import City
from chalicelib.domain import deadlines
from chalicelib.domain.facts import disputed
from chalicelib.domain.history import Entry
from chalicelib.domain.lifecycle import Role, Status, allowed
from chalicelib.domain.listing import accepted
from chalicelib.domain.open_photos import open_photos, own_photos
from chalicelib.domain.openness import category_of, is_open, opened_place
from chalicelib.domain.pictures import id_of, ready, state_of
from chalicelib.domain.place import Place
from chalicelib.domain.reasons import words_of
from chalicelib.domain.report import Report
from chalicelib.domain.rights import everybody_sees, only_theirs

# Adapters of channels whose words come in fields, or were written down by the staff.
_IN_FIELDS = frozenset({"city_app", "qlue", "staff"})
_JUDGES = frozenset({Role.ADMIN, Role.VALIDATOR})
_SHOWN_NO_MORE = frozenset({Status.REJECTED, Status.WITHDRAWN})


def public(
    report: Report, city: City, *, now: datetime, lang: str, with_key: bool, leader: Report | None = None
) -> dict[str, Any]:
    """The citizens' view. A private or confidential report without its key shows only status and deadlines. Of a merged
    report, `leader` is the one that leads: where that one stands is told. With the key the history also has what its reporter
    has said for the staff (`own`)."""
    view: dict[str, Any] = {
        "tracking": report.tracking,
        "status": status_of(report.status, city, lang),
        "category": None,
        "agency": None,
        "area": None,
        "received_at": report.received_at,
        "respond_by": report.respond.by if report.respond else None,
        "resolve_by": report.resolve.by if report.resolve else None,
        "overdue": deadlines.overdue(report, now),
        "escalation_level": deadlines.level(report, city.policy),
        "history": [],
        "photos": [],
        "hidden": report.hidden and not with_key,
    }
    if view["hidden"]:
        return view
    # A hidden report is named to nobody without a key: what it is about would be known of it.
    named = leader is not None and leader.tracking != report.tracking and (with_key or not leader.hidden)
    if leader is not None and named:
        view["leader"] = {
            "tracking": leader.tracking,
            "status": status_of(leader.status, city, lang),
            "resolve_by": leader.resolve.by if leader.resolve else None,
        }
    view["read"] = read_by_a_person(report, city)
    view |= _not_hidden(report, city, lang, with_key=with_key, words=view["read"] or with_key)
    if not with_key:
        view |= {"merged_into": leader.tracking if leader is not None and named else None, "split_from": None}
    return view


def _not_hidden(report: Report, city: City, lang: str, *, with_key: bool, words: bool) -> dict[str, Any]:
    """What a hidden report does not show; `words`: also what people wrote, the place and the photos."""
    return {
        "category": labelled(city.categories, report.category, lang),
        "agency": agency_of(report.agency, city, lang),
        "area": area_of(report.place.area, city),
        "problem": report.problem if report.problem and words else None,
        "place": seen_place(report, city, with_key=with_key) if words else None,
        "emergency": report.emergency,
        "paused_until": report.pause.until if report.pause else None,
        "merged_into": report.merged_into,
        "split_from": report.split_from,
        "reporters": report.reporters,
        "joined": report.joined,
        "photos": shown_photos(report, with_key=with_key) if words else [],
        "photos_after": photos_after(report) if words else [],
        "disputed": disputed(report),
        "disputed_at": disputed_at(report),
        "history": [
            entry_of(entry, city, lang, with_key=with_key) | ({"own": True} if only_theirs(entry) else {})
            for entry in report.entries()
            if everybody_sees(entry) or (with_key and only_theirs(entry))
        ],
    }


def read_by_a_person(report: Report, city: City) -> bool:
    """Whether the words may be shown to everybody: an app's fields say who is who; in words of their own people name
    themselves in ways no rule finds, so somebody of the staff has read them first. What was rejected (slander, it may
    be) or taken back is nobody's to read any more; that it was there, and why it ended, stays."""
    channel = city.channels.get(report.channel)
    if report.status in _SHOWN_NO_MORE:
        return False
    written_in_fields = channel is not None and channel.adapter in _IN_FIELDS
    return written_in_fields or accepted(report)


def staff(report: Report, city: City, *, now: datetime, role: Role, lang: str = "id") -> dict[str, Any]:
    """The staff's view: the whole history, the flags, and what this role may do next. Still never the reporter."""
    view = public(report, city, now=now, lang=lang, with_key=True)
    return view | {
        "version": report.version,
        "pack": report.pack,
        "seq": report.seq,
        "channel": report.channel,
        "suggested": labelled(city.categories, report.suggested, lang),
        "photos": [f"/photos/{photo}" for photo in ready(report.photos)],
        "pictures": [{"id": id_of(each), "state": state_of(each)} for each in report.photos],
        "unit": report.unit,
        "missing": list(report.missing),
        "private": report.private,
        "anonymous": report.anonymous,
        "confidential": report.confidential,
        "accused": report.accused,
        "verified": report.verified,
        "automatic": report.automatic,
        "answerable": report.answerable,
        "flags": list(report.flags),
        "stars": report.stars,
        "consent_withdrawn": report.consent_withdrawn,
        "erased": report.erased,
        **({"known_from": list(report.known_from)} if role is Role.ADMIN else {}),
        "complete_at": report.complete_at,
        "extension": report.extension,
        "held_hours": {agency: round(seconds / 3600, 4) for agency, seconds in report.held.items()},
        "leads": list(report.leads),
        "actions": [str(action) for action in allowed(report.status, role)],
        "history": [
            entry_of(entry, city, lang, staff=True)
            | {"public": entry.told.public, "role": entry.told.role, "data": _data(entry, role)}
            for entry in report.entries()
        ],
    }


def status_of(status: str, city: City, lang: str) -> dict[str, str]:
    """A status as code and label."""
    return {"code": str(status), "label": city.text(f"status.{status}", lang)}


def labelled(categories: Any, code: str | None, lang: str) -> dict[str, str] | None:
    """A category as code and label."""
    known = categories.get(code or "")
    return {"code": known.code, "label": known.label.get(lang) or known.label["id"]} if known else None


def agency_of(code: str | None, city: City, lang: str) -> dict[str, str] | None:
    """An agency as code and name."""
    known = city.agencies.get(code or "")
    if known is None:
        return None
    return {"code": known.code, "name": known.name_en if lang == "en" and known.name_en else known.name}


def area_of(code: str | None, city: City) -> dict[str, str] | None:
    """A kelurahan with the names of its kecamatan and kota."""
    area = city.areas.get(code or "")
    if area is None:
        return None
    above = city.areas.get(area.parent or "")
    top = city.areas.get(above.parent or "") if above else None
    return {
        "code": area.code,
        "name": area.name,
        "kecamatan": above.name if above else "",
        "kota": top.name if top else "",
    }


def seen_place(report: Report, city: City, *, with_key: bool) -> dict[str, Any]:
    """The place as this reader may know it, and whether the point is `exact`: without the key no more than everybody may."""
    if with_key:
        return _place(report.place) | {"exact": True}
    return _place(opened_place(report, city)) | {"exact": is_open(category_of(report), city)}


def place_of(report: Report) -> dict[str, Any]:
    """The place of the problem, as the staff sees it. What the reporter gave as their own address is there by street only."""
    return _place(report.place)


def _place(place: Place) -> dict[str, Any]:
    return {
        "lat": place.lat,
        "lng": place.lng,
        "address": place.address or None,
        "landmark": place.landmark or None,
        "in_city": place.in_city,
        "from_photo": place.from_photo,
    }


def shown_photos(report: Report, *, with_key: bool) -> list[str]:
    """Addresses of the photos that can be shown: to everybody, or to whoever has the key."""
    return [f"/photos/{photo}" for photo in (own_photos(report) if with_key else open_photos(report))]


def disputed_at(report: Report) -> str | None:
    """When a reporter last said that it is not done, while that is not settled: ISO 8601."""
    said = (entry.at for entry in reversed(report.entries()) if entry.event in ("disputed", "reopened"))
    return next(said, None) if disputed(report) else None


def photos_after(report: Report) -> list[str]:
    """Those of the shown photos that came with word of the finished work."""
    finished = {
        photo for entry in report.entries() if entry.event == "resolved" for photo in entry.told.data.get("photos", ())
    }
    return [f"/photos/{photo}" for photo in open_photos(report) if photo in finished]


def _data(entry: Entry, role: Role) -> dict[str, Any]:
    """What an entry keeps besides its words. What a proof is like is for those who judge it: it names other agencies'
    reports and pictures."""
    data = entry.told.data
    if role in _JUDGES:
        return data
    return {} if entry.event == "proof_doubted" else {name: data[name] for name in data if name != "signs"}


def entry_of(entry: Entry, city: City, lang: str, *, with_key: bool = True, staff: bool = False) -> dict[str, Any]:
    """One line of history, as readers see it. What a reporter says is read by the staff and by themselves only (people name
    others in their anger): what that of a merged report says, not by the reporter of the one that leads."""
    told = entry.told
    own = with_key and not told.data.get("for")
    by = agency_of(told.by, city, lang)
    about = agency_of(str(told.data.get("agency") or told.data.get("from") or ""), city, lang)
    return {
        "seq": entry.seq,
        "at": entry.at,
        "event": entry.event,
        "status": told.status or None,
        "note": (words_of(entry, city, lang) or None) if staff or own or told.role != Role.REPORTER else None,
        "by": by["name"] if by else (city.text(f"role.{told.role}", lang) if told.role else None),
        "hash": entry.hash,
        "agency": about["name"] if about else None,
        "until": told.data.get("until"),
        "level": told.data.get("level"),
        "into": told.data.get("into") if with_key else None,
        "photos": len(told.data.get("photos", ())) if entry.event == "resolved" else 0,
    }
