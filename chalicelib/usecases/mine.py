"""Everything that is stored about oneself, for who has the report's key. Only the function that may open seals opens them
(`sealed_about`); the rest is put beside it where the key was shown (`everything`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.domain import announcements, rights
from chalicelib.domain.history import Entry
from chalicelib.domain.lifecycle import Action, Role, lead_to
from chalicelib.domain.pictures import id_of, state_of
from chalicelib.domain.report import Deed, Report, record
from chalicelib.outbound.sealing import SealBrokenError, Sealed, seal_of
from chalicelib.usecases.act import changed
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.followers import destination_of
from chalicelib.usecases.identity import VIEWED
from chalicelib.usecases.merging import leader_of
from chalicelib.usecases.opened import told_of
from chalicelib.usecases.views import status_of

_WHO = ("name", "address", "phone", "email")
_ABOUT = ("private", "anonymous", "confidential", "consent_withdrawn", "erased", "answerable", "verified")


def sealed_about(desk: Desk, tracking: str, *, seed: str) -> dict[str, Any]:
    """`{identity, notices, messages, at_leader}`: who the reporter is, where they want to be told, and each message as it
    came (`raw`: at most its first 64 kB). Recorded first, once a day, as the reporter's own look. Raises Unknown."""
    report = _noted(desk, desk.reports.get(tracking), seed)
    told = told_of(desk, report) if report.tells_who else Sealed()
    leader = leader_of(desk, report)
    seals = rights.seals_of(rights.entries_for(leader, tracking))
    said = [part for part in leader.sealed if leader is not report and seal_of(part) in seals]
    others = rights.seals_of_others(report)
    own = tuple(part for part in report.sealed if seal_of(part) not in others)
    return {
        "identity": {name: getattr(told, name) for name in _WHO} | {"user": told.user},
        "notices": {"email": told.notify_email, "phone": told.notify_phone},
        "messages": [*_messages(desk, report, own), *_messages(desk, leader, tuple(said))],
    }


def everything(desk: Desk, report: Report, sealed: dict[str, Any], lang: str) -> dict[str, Any]:
    """What `GET /reports/{tracking}/mine` answers."""
    now, leader = desk.now(), leader_of(desk, report)
    at_leader = rights.entries_for(leader, report.tracking) if leader is not report else []
    consents = [_said(entry) for entry in report.entries() if entry.event == rights.CONSENT_WITHDRAWN]
    noted = [entry.told.data["noted"] for entry in report.entries() if entry.told.data.get("noted")]
    return {
        "tracking": report.tracking,
        "made_at": now,
        "report": {
            "status": status_of(report.status, desk.city, lang),
            "channel": report.channel,
            "received_at": report.received_at,
            "lang": report.lang,
            "problem": report.problem,
            "place": report.place,
            "category": report.category or report.suggested,
            "flags": list(report.flags),
            "stars": report.stars,
            "merged_into": report.merged_into,
            "split_from": report.split_from,
            "known_from": list(report.known_from),
            **{name: getattr(report, name) for name in _ABOUT},
        },
        "identity": sealed.get("identity", {}),
        "notices": {"way": report.way or "channel", **sealed.get("notices", {})},
        "messages": sealed.get("messages", []),
        "words": [_said(entry) for entry in rights.own_entries(report)],
        "words_at_leader": [_said(entry) | {"tracking": leader.tracking} for entry in at_leader],
        "photos": _photos(desk, report),
        "consents": {"withdrawn": consents, "noted": noted},
        "deliveries": _deliveries(desk, report, leader),
        "viewed": [_viewed(entry) for entry in report.entries() if entry.event == VIEWED],
    }


def _noted(desk: Desk, report: Report, seed: str) -> Report:
    """The report with the reporter's own look in its history: no matter for those who watch over the looks of others."""
    if report.erased:
        return report
    at = desk.now()
    action_id = f"mine:{desk.city.local_day(at).isoformat()}"
    deed = Deed(action=Action.NOTE, role=Role.REPORTER, action_id=action_id, at=at, seed=seed)

    def looked(report: Report) -> Report:
        lead_to(Action.EDIT, report.status, Role.REPORTER)
        return record(report, deed, VIEWED, data={"who": "reporter"})

    return changed(desk, report.tracking, Action.EDIT, action_id, looked)


def _messages(desk: Desk, report: Report, parts: tuple[bytes, ...]) -> list[dict[str, Any]]:
    found = []
    for part in parts:
        try:
            told = desk.sealer.open(part, report.tracking, desk.ticks())
        except SealBrokenError:
            continue
        said = {name: getattr(told, name) for name in (*_WHO, "subject", "message_id", "user", "text")}
        said["raw"] = told.raw.decode("utf-8", "replace")
        said["photos"] = [picture.id for picture in told.photos]
        found.append({name: value for name, value in said.items() if value})
    return found


def _said(entry: Entry) -> dict[str, Any]:
    told = entry.told
    before = {"before": told.data["before"]} if told.data.get("before") else {}
    return {"seq": entry.seq, "at": entry.at, "event": entry.event, "note": told.note, **before}


def _photos(desk: Desk, report: Report) -> list[dict[str, Any]]:
    own, found = rights.own_pictures(report), []
    for photo in report.photos:
        number = id_of(photo)
        if number not in own:
            continue
        known = desk.photos.get(number)
        found.append(
            {
                "id": number,
                "state": state_of(photo),
                "shown": f"/photos/{number}" if state_of(photo) == "ready" else None,
                "taken_at": (known.taken_at if known else "") or None,
                "lat": known.lat if known else None,
                "lng": known.lng if known else None,
            }
        )
    return found


def _deliveries(desk: Desk, report: Report, leader: Report) -> list[dict[str, Any]]:
    """What was sent to them, of this report and of the one that leads it; the deliveries of the last weeks."""
    found = []
    for about, destination in ((report, announcements.REPORTER), (leader, destination_of(report.tracking))):
        entries = {entry.seq: entry.event for entry in about.entries()}
        for name, (state, claimed) in desk.deliveries.of(about.tracking).items():
            seq, _, to = name.partition("#")
            if to != destination or not seq.isdecimal():
                continue
            event = entries.get(int(seq), "")
            at = datetime.fromtimestamp(claimed, desk.now().tzinfo) if claimed else None
            found.append({"tracking": about.tracking, "seq": int(seq), "event": event, "state": state, "at": at})
        if leader is report:
            break
    return sorted(found, key=lambda each: (str(each["tracking"]), each["seq"]))


def _viewed(entry: Entry) -> dict[str, Any]:
    """Who opened the identity, and why: the role and the office, never the person's account."""
    told = entry.told
    return {"at": entry.at, "role": told.role or None, "office": told.by or None, "why": told.note or None,
            "photo": told.data.get("photo")}  # fmt: skip
