"""What speaks for a picture that shows finished work, and what against it. A sign decides nothing: a validator does."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from chalicelib.domain.pictures import id_of
from chalicelib.domain.report import Report

Weight = Literal["for", "against"]
FOR: Weight = "for"
AGAINST: Weight = "against"
NEAR_METRES = 200.0
TOLERANCE = timedelta(hours=1)  # of clocks: a telephone's and ours
# Reused proof: such a report goes before the oversight office at once.
REUSED = frozenset({"alike", "same_as_before"})
_EARTH = 6_371_000.0
# Telephones' screens are longer, for their width, than any camera's picture.
_SCREEN_WIDTHS = frozenset({640, 720, 750, 828, 1080, 1125, 1170, 1179, 1206, 1242, 1260, 1284, 1290, 1320, 1344, 1440})
_LEAST_SCREEN, _MOST_SCREEN = 1.7, 2.4
# Where entries name pictures, by event.
_PICTURES = {
    "pictures_processed": ("ready", "undecodable", "refused"),
    "redacted": ("photos",),
    "resolved": ("photos",),
    "split": ("taken",),
}
_EDITORS = ("screenshot", "photoshop", "snapseed", "picsart", "canva", "gimp", "lightroom", "inshot", "remini")


class Sign(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that speaks for or against a picture; `data` says what exactly, by kind: `alike` {tracking, photo, share},
    `taken_before`/`taken_after` {at}, `too_far`/`near` {metres}, `edited` {with}, others nothing."""

    kind: str
    weight: Weight
    data: Mapping[str, Any] = {}


class Alike(msgspec.Struct, frozen=True):
    """An earlier picture that this one is the same as: `share` of what both show agrees."""

    tracking: str
    photo: str
    share: float


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a picture. `width` and `height` are the original's; `software` is what it says it was made with;
    `captured` tells that the field page took it for this report; `before` is a picture of the problem that it repeats."""

    width: int = 0
    height: int = 0
    taken_at: datetime | None = None
    where: tuple[float, float] | None = None
    software: str = ""
    captured: bool = False
    alike: tuple[Alike, ...] = ()
    before: Alike | None = None


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the work: from when an agency had it until it said it was done, and where the problem is."""

    since: datetime | None = None
    until: datetime | None = None
    where: tuple[float, float] | None = None


def judged(photo: Seen, work: Work) -> tuple[Sign, ...]:
    """The signs, what weighs most first."""
    found = [Sign("alike", AGAINST, _told(each)) for each in photo.alike]
    if photo.before is not None:
        found.append(Sign("same_as_before", AGAINST, _told(photo.before)))
    found += [Sign("captured", FOR)] if photo.captured else [Sign("gallery", AGAINST)]
    found += _time(photo, work) + _distance(photo, work)
    if any(name in photo.software.lower() for name in _EDITORS):
        found.append(Sign("edited", AGAINST, {"with": photo.software[:40]}))
    if not photo.captured:  # the field page draws on a canvas, which keeps no EXIF
        if is_screen(photo):
            found.append(Sign("screenshot", AGAINST))
        elif photo.taken_at is None and photo.where is None:
            found.append(Sign("no_exif", AGAINST))
    return tuple(found)


def is_screen(photo: Seen) -> bool:
    """Whether this has the very shape of a telephone's screen, and nothing that a camera would have told."""
    narrow, tall = sorted((photo.width, photo.height))
    told = photo.taken_at is not None or photo.where is not None
    return bool(not told and narrow in _SCREEN_WIDTHS and _LEAST_SCREEN <= tall / narrow <= _MOST_SCREEN)


def _told(alike: Alike) -> dict[str, Any]:
    return {"tracking": alike.tracking, "photo": alike.photo, "share": round(alike.share, 2)}


def _time(photo: Seen, work: Work) -> list[Sign]:
    if photo.taken_at is None:
        return []
    data = {"at": photo.taken_at.isoformat()}
    if work.since is not None and photo.taken_at < work.since - TOLERANCE:
        return [Sign("taken_before", AGAINST, data)]
    if work.until is not None and photo.taken_at > work.until + TOLERANCE:
        return [Sign("taken_after", AGAINST, data)]
    return [Sign("taken_during", FOR, data)] if work.since is not None and work.until is not None else []


def _distance(photo: Seen, work: Work) -> list[Sign]:
    if photo.where is None or work.where is None:
        return []
    metres = distance(photo.where, work.where)
    near = metres <= NEAR_METRES
    return [Sign("near" if near else "too_far", FOR if near else AGAINST, {"metres": round(metres)})]


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two points (latitude, longitude, degrees)."""
    (lat1, lng1), (lat2, lng2) = ([math.radians(each) for each in point] for point in (one, other))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lng2 - lng1) / 2) ** 2
    return 2 * _EARTH * math.asin(min(1.0, math.sqrt(half)))


def work_of(report: Report) -> Work:
    """What a report tells of the work: an agency's first having it, the last time it was said to be done, the point."""
    since = until = None
    for entry in report.entries():
        if entry.event == "dispatched" and since is None:
            since = entry.moment
        elif entry.event == "resolved":
            until = entry.moment
    place = report.place
    where = (place.lat, place.lng) if place.lat is not None and place.lng is not None and not place.from_photo else None
    return Work(since=since or report.complete_at, until=until, where=where)


def completion(report: Report) -> tuple[str, ...]:
    """The ids of the pictures that the last `resolved` brought."""
    brought: tuple[str, ...] = ()
    for entry in report.entries():
        if entry.event == "resolved":
            brought = tuple(str(photo) for photo in entry.told.data.get("photos", ()))
    return brought


def ever_finished(report: Report) -> frozenset[str]:
    """The ids of all pictures that any `resolved` brought, shown still or not."""
    return frozenset(
        str(photo)
        for entry in report.entries()
        if entry.event == "resolved"
        for photo in entry.told.data.get("photos", ())
    )


def ever_pictured(report: Report) -> frozenset[str]:
    """The ids of all pictures that the report has or ever had, as far as its history tells: those that were hidden, split off
    or refused too."""
    told = {id_of(photo) for photo in report.photos}
    for entry in report.entries():
        for name in _PICTURES.get(entry.event, ()):
            told.update(str(photo) for photo in entry.told.data.get(name, ()))
    return frozenset(told)


def signs_of(report: Report) -> dict[str, tuple[Sign, ...]]:
    """What the history tells of the pictures of finished work, by picture. Needs no read but the report's."""
    told: dict[str, tuple[Sign, ...]] = {}
    for entry in report.entries():
        if entry.event == "pictures_processed":
            told |= msgspec.convert(entry.told.data.get("signs", {}), dict[str, tuple[Sign, ...]])
    return told


def reused(signs: Mapping[str, Sequence[Sign]]) -> dict[str, Any]:
    """The first sign of reused proof, as a history entry tells it; nothing when there is none."""
    for photo, found in signs.items():
        for sign in found:
            if sign.kind in REUSED:
                return {
                    "photo": photo,
                    "sign": sign.kind,
                    "other": sign.data.get("tracking", ""),
                    "like": sign.data.get("photo", ""),
                }
    return {}
