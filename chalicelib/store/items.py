"""A report as one DynamoDB item, and back.

Written for the release before as well: unknown attributes are ignored, missing ones have defaults, `schema` says which
shape an item has. Parts that are only read whole (clocks, place, pause …) are JSON texts: cheaper to encode than maps.
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import Any

import msgspec
from pynamodb.attributes import BinaryAttribute, BooleanAttribute, ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from chalicelib.city.model import City, Policy
from chalicelib.domain import deadlines, listing
from chalicelib.domain.lifecycle import TERMINAL, WITH_AGENCY, Status
from chalicelib.domain.overview import Standing
from chalicelib.domain.report import Report

SCHEMA = 1
SHARDS = 8
OPEN_SHARDS = 4
SUMMARY_CHARACTERS = 200
WHERE_CHARACTERS = 120
NO_AREA = "-"


class ReportItem(Model):
    """The table `reports`. `due_shard`, `queue`, `pending` are set only while there is something due, queued,
    undecided, `office` while an agency has it, `open_shard` and `standing` until it ends, `listed` and what orders lists
    only while everybody may list it."""

    class Meta:
        """Filled in by `client.connect`."""

        table_name = "reports"
        region = "ap-southeast-3"

    tracking = UnicodeAttribute(hash_key=True)
    schema_ = NumberAttribute(attr_name="schema")
    version = NumberAttribute()
    status = UnicodeAttribute()
    facts = UnicodeAttribute()
    problem = UnicodeAttribute(null=True)
    history = ListAttribute(of=UnicodeAttribute)
    head = UnicodeAttribute()
    sealed = ListAttribute(of=BinaryAttribute, null=True)
    agency = UnicodeAttribute(null=True)
    hidden = BooleanAttribute(null=True)
    summary = UnicodeAttribute(null=True)
    due_shard = UnicodeAttribute(null=True)
    next_due_at = NumberAttribute(null=True)
    queue = UnicodeAttribute(null=True)
    pending = UnicodeAttribute(null=True)
    deadline_at = NumberAttribute(null=True)
    day = UnicodeAttribute()
    cell = UnicodeAttribute(null=True)
    area = UnicodeAttribute()
    office = UnicodeAttribute(null=True)
    open_shard = UnicodeAttribute(null=True)
    standing = UnicodeAttribute(null=True)
    sender = UnicodeAttribute()
    public_month = UnicodeAttribute(null=True)
    received = NumberAttribute(null=True)
    changed_month = UnicodeAttribute(null=True)
    changed = NumberAttribute(null=True)
    listed = UnicodeAttribute(null=True)
    joined = NumberAttribute(null=True)


# These stand in attributes of their own; `facts` is the report without them.
_BARE: dict[str, Any] = {"problem": "", "history": (), "sealed": (), "version": 1, "joined": 0}
_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Report)


def attributes(report: Report, city: City) -> dict[str, Any]:
    """The item's attributes by name; what is absent from the item is absent here."""
    policy = city.policy
    due = deadlines.next_due_at(report, policy)
    queue = queue_of(report)
    item: dict[str, Any] = {
        "schema_": SCHEMA,
        "version": report.version,
        "status": str(report.status),
        "facts": _encode(msgspec.structs.replace(report, **_BARE)).decode(),
        "history": list(report.history),
        "head": report.head,
        "day": city.local_day(report.changed_at).isoformat(),
        "sender": report.sender,
        "area": report.place.area or NO_AREA,
        "received": stamp_of(report.received_at),
        "summary": _summary(report, policy),
    }
    if report.problem:
        item["problem"] = report.problem
    if report.sealed:
        item["sealed"] = list(report.sealed)
    if report.agency:
        item["agency"] = report.agency
    if report.cell:
        item["cell"] = report.cell
    if due is not None:
        item["due_shard"] = str(zlib.crc32(report.tracking.encode()) % SHARDS)
        item["next_due_at"] = int(due.timestamp()) + 1  # never looked at before it is due
    if queue:
        item |= _queued(report, queue, city)
    if report.extension:
        item["pending"] = "extensions"
    elif report.doubted and report.status in (Status.AWAITING_VALIDATION, Status.DONE):
        item |= {"deadline_at": int(report.changed_at.timestamp())} | item | {"pending": "doubted"}
    if (row := listing.listed(report)) is not None:
        item |= {
            "public_month": month_of(row.received_at),
            "changed_month": month_of(row.changed_at),
            "changed": stamp_of(row.changed_at),
            "listed": _encode(row).decode(),
        }
    return item


def _queued(report: Report, queue: str, city: City) -> dict[str, Any]:
    """What orders an open report in queues and overviews."""
    item: dict[str, Any] = {
        "queue": queue,
        "deadline_at": int(deadlines.queue_order_at(report, city.policy).timestamp()),
        "open_shard": str(zlib.crc32(report.tracking.encode()) % OPEN_SHARDS),
        "standing": _encode(standing_of(report, city)).decode(),
    }
    if report.status in WITH_AGENCY and report.agency:
        item["office"] = report.unit if report.unit in city.agencies else report.agency
    return item


def month_of(at: datetime) -> str:
    """The partition of a list that an instant lies in: its month in UTC."""
    return f"{at.astimezone(UTC):%Y-%m}"


def stamp_of(at: datetime) -> int:
    """An instant as lists are ordered by it: milliseconds, as exact as history."""
    return int(at.timestamp() * 1000)


_TYPES = {name: attribute.attr_type for name, attribute in ReportItem.get_attributes().items()}
_NAMES = {name: attribute.attr_name for name, attribute in ReportItem.get_attributes().items()}


def wire(attributes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The attributes as DynamoDB takes them: what the model itself would make of them, without making a model (which
    takes a third of a put's time)."""
    return {_NAMES[name]: _typed(_TYPES[name], name, value) for name, value in attributes.items()}


def _typed(kind: str, name: str, value: Any) -> dict[str, Any]:
    if kind == "N":
        return {"N": str(value)}
    if kind == "L":
        element = "B" if name == "sealed" else "S"
        return {"L": [{element: each} for each in value]}
    return {kind: value}


def queue_of(report: Report) -> str | None:
    """The desk queue a report stands in; None when nobody has anything to do."""
    if report.status in TERMINAL:
        return None
    if report.status in WITH_AGENCY:
        return f"agency#{report.agency}"
    return {Status.AWAITING_VALIDATION: "validation", Status.WAITING: "waiting"}.get(report.status, "incomplete")


def standing_of(report: Report, city: City) -> Standing:
    """Where an open report stands."""
    running = [clock for clock in (report.respond, report.resolve) if clock is not None and clock.running]
    by = {id(clock): int(clock.by.timestamp()) for clock in running}
    return Standing(
        status=str(report.status),
        agency=report.agency or "",
        unit=report.unit,
        area=report.place.area or "",
        category=report.category or "",
        level=deadlines.level(report, city.policy),
        extended=report.extended,
        asked_extension=report.extension is not None,
        paused=report.pause is not None,
        respond_by=by.get(id(report.respond)),
        resolve_by=by.get(id(report.resolve)),
        followers=len(report.leads),
        confidential=report.confidential,
    )


def _summary(report: Report, policy: Policy) -> str:
    return _encode(
        {
            "problem": report.problem[:SUMMARY_CHARACTERS],
            "category": report.category or report.suggested,
            "area": report.place.area,
            "channel": report.channel,
            "received_at": report.received_at,
            "respond_by": report.respond.by if report.respond else None,
            "resolve_by": report.resolve.by if report.resolve else None,
            "emergency": report.emergency,
            "unit": report.unit,
            "lat": report.place.lat,
            "lng": report.place.lng,
            "complete_at": report.complete_at,
            "given": report.category is not None,
            "flags": report.flags,
            "photos": len(report.photos),
            "extended": report.extended,
            "level": deadlines.level(report, policy),
            "leads": len(report.leads),
            "verified": report.verified,
            "confidential": report.confidential,
            "accused": report.accused,
            "asked": report.extension,
            "paused": report.pause is not None,
            "seq": report.seq,
            "where": f"{report.place.address} {report.place.landmark}".strip()[:WHERE_CHARACTERS],
        }
    ).decode()


def report_of(item: ReportItem) -> Report:
    """The report an item holds."""
    return msgspec.structs.replace(
        _decoder.decode(item.facts),
        version=int(item.version),
        problem=item.problem or "",
        history=tuple(item.history),
        sealed=tuple(item.sealed or ()),
        joined=max(int(item.joined or 0), 0),
    )


def report_of_image(image: dict[str, Any]) -> Report:
    """The report in a stream record's image (DynamoDB's own JSON)."""
    item = ReportItem()
    item.deserialize(image)
    return report_of(item)


def instant(epoch: float) -> datetime:
    """An aware UTC instant from seconds."""
    return datetime.fromtimestamp(epoch, UTC)
