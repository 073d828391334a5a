"""Announcing: every new history entry goes to the topics concerned, claimed before and marked after, once each."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.city.model import City
from chalicelib.domain import announcements
from chalicelib.domain.history import Entry
from chalicelib.domain.pictures import brings_pictures, ready
from chalicelib.domain.reasons import words_of
from chalicelib.domain.report import Report
from chalicelib.observability import count, logger
from chalicelib.store.deliveries import State
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.views import agency_of, area_of, labelled, place_of, status_of

_SUBJECT_CHARACTERS = 100
_TYPE = "id.tanggap.report"
_OF_THE_STEP = ("officer", "until", "from", "clock", "into", "follower", "reason_code")


def announce(desk: Desk, report: Report, entry: Entry, *, claimant: str) -> int:
    """Publishes one entry to each of its topics that has not had it yet. Returns how many were published. An error
    ends it where it stands: what was published is marked, the rest is tried again from outside."""
    published = 0
    for destination in announcements.topics(report, entry):
        if not desk.deliveries.claim(
            report.tracking, entry.seq, destination, now=desk.now(), claimant=f"{claimant}:{entry.seq}:{destination}"
        ):
            continue
        try:
            _publish(desk, report, entry, destination)
        except Exception:
            desk.deliveries.mark(
                report.tracking, entry.seq, destination, State.RELEASED, now=desk.now(), reason="failed"
            )
            raise
        desk.deliveries.mark(report.tracking, entry.seq, destination, State.SENT, now=desk.now())
        published += 1
        if entry.event == "dispatched" and destination != announcements.EVENTS:
            _warn_if_nobody_listens(desk, report, destination.removeprefix("agency:"))
    return published


def republish(desk: Desk, report: Report, entry: Entry) -> None:
    """Puts an entry on the events topic again, for a consumer that lost it. Everybody else on it is idempotent."""
    _publish(desk, report, entry, announcements.EVENTS, again=True)


def event_of(report: Report, entry: Entry, desk: Desk) -> dict[str, Any]:
    """The entry as a CloudEvent 1.0. No identity; of a confidential report no text, place or note either."""
    city, told = desk.city, entry.told
    data: dict[str, Any] = {
        "tracking": report.tracking,
        "seq": entry.seq,
        "event": entry.event,
        "status": status_of(told.status or report.status, city, "id"),
        "channel": report.channel,
        "category": labelled(city.categories, report.category, "id"),
        "agency": agency_of(_agency_in(report, entry), city, "id"),
        "area": area_of(report.place.area, city),
        "level": int(told.data.get("level", 0)),
        "received_at": report.received_at,
        "respond_by": report.respond.by if report.respond else None,
        "resolve_by": report.resolve.by if report.resolve else None,
        "public": told.public,
        "confidential": report.confidential,
        "private": report.private,
        "emergency": report.emergency,
        "status_url": desk.status_url(report.tracking),
        "staff_url": f"{desk.settings.public_url}/staff/reports/{report.tracking}",
    }
    if not report.confidential:
        data |= {
            "problem": report.problem,
            "place": place_of(report),
            "note": words_of(entry, city, "id") or told.data.get("internal") or None,
            "unit": report.unit or None,
            "photos": ready(report.photos),
        }
        data |= {name: told.data[name] for name in _OF_THE_STEP if name in told.data}
    return {
        "specversion": "1.0",
        "id": f"{report.tracking}#{entry.seq}",
        "source": f"{desk.settings.public_url}/reports",
        "type": f"{_TYPE}.{entry.event}",
        "subject": report.tracking,
        "time": entry.at,
        "datacontenttype": "application/json",
        "data": data,
    }


def _agency_in(report: Report, entry: Entry) -> str | None:
    told = entry.told
    return str(told.data["agency"]) if "agency" in told.data else report.agency


def _publish(desk: Desk, report: Report, entry: Entry, destination: str, *, again: bool = False) -> None:
    event = event_of(report, entry, desk)
    data = event["data"]
    if again:
        data["again"] = True
    texts = {"default": msgspec.json.encode(event).decode()}
    subject = f"Tanggap {report.tracking} {entry.event}"
    if destination != announcements.EVENTS:
        words = _words(data, entry, desk.city)
        key = _text_key(report, entry)
        texts |= {
            "email": desk.city.text(f"agency.{key}.body", **words),
            "sms": desk.city.text(f"agency_sms.{key}", **words),
        }
        subject = desk.city.text(f"agency.{key}.subject", **words)
    attributes = {
        "type": event["type"],
        "agency": data["agency"]["code"] if data["agency"] else "",
        "category": data["category"]["code"] if data["category"] else "",
        "area": data["area"]["code"] if data["area"] else "",
        "level": str(data["level"]),
        **({"media": "1"} if brings_pictures(entry.told.data) else {}),
    }
    desk.topics.publish(destination, texts=texts, subject=_ascii(subject), attributes=attributes)


def _text_key(report: Report, entry: Entry) -> str:
    unassigned = report.agency is None and entry.event in ("reminded", "escalated")
    return f"unassigned_{entry.event}" if unassigned else entry.event


def _words(data: dict[str, Any], entry: Entry, city: City) -> dict[str, str]:
    place = data.get("place") or {}
    return {
        "tracking": data["tracking"],
        "category": data["category"]["label"] if data["category"] else "-",
        "area": data["area"]["name"] if data["area"] else "-",
        "agency": data["agency"]["name"] if data["agency"] else "-",
        "place": ", ".join(str(place[name]) for name in ("landmark", "address") if place.get(name)) or "-",
        "problem": data.get("problem") or "-",
        "note": data.get("note") or "-",
        "respond_by": city.when(data["respond_by"]) if data["respond_by"] else "-",
        "resolve_by": city.when(data["resolve_by"]) if data["resolve_by"] else "-",
        "date": city.when(data["resolve_by"]) if data["resolve_by"] else "-",
        "level": str(data["level"]),
        "staff_url": data["staff_url"],
        "status_url": data["status_url"],
    }


def _ascii(text: str) -> str:
    return text.encode("ascii", "ignore").decode().replace("\n", " ").strip()[:_SUBJECT_CHARACTERS] or "Tanggap"


def _warn_if_nobody_listens(desk: Desk, report: Report, agency: str) -> None:
    try:
        heard = desk.topics.has_listener(agency, desk.ticks())
    except Exception:  # it has been told all the same: not knowing who listens must not tell it twice
        logger().exception("subscribers could not be counted", extra={"agency": agency})
        return
    if not heard:
        logger().warning(
            "dispatched to an agency without subscriber", extra={"tracking": report.tracking, "agency": agency}
        )
        count("AgencyWithoutSubscriber", tracking=report.tracking, agency=agency)
