"""What each channel has brought: its last deliveries, taken and refused, and counts of the day. One item a channel, one
write at a time, no reads but the staff's. The same table remembers for three days who sent which text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from botocore.exceptions import ClientError

from chalicelib.store import client

RING = 20
"""How many deliveries of each outcome are kept."""
MOST_SENDERS = 200
_TEXT_KEPT = timedelta(days=3)
_COUNTS_KEPT = range(7, 15)
_BATCH = 100
_TAKEN, _REFUSED = "a", "r"


class Delivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One delivery: accepted (its report), refused or skipped (why, in words that name nobody)."""

    at: datetime
    outcome: str
    reason: str = ""
    words: str = ""
    tracking: str = ""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one channel: its newest deliveries first, of each outcome apart; counts are of the day asked for."""

    last_at: datetime | None = None
    last_tracking: str = ""
    watched_since: datetime | None = None
    accepted: int = 0
    refused: int = 0
    taken: tuple[Delivery, ...] = ()
    refusals: tuple[Delivery, ...] = ()


class SameText(NamedTuple):
    """Who has sent one text in the last three days (hashes), and in which reports."""

    senders: frozenset[str]
    reports: frozenset[str]


_decode = msgspec.json.Decoder(Delivery).decode


class Channels:
    """The channels table."""

    def __init__(self, table: str, region: str) -> None:
        self._table = table
        self._client = client.client("dynamodb", region)
        self._totals: dict[tuple[str, str], int] = {}

    def accepted(self, channel: str, deliveries: Sequence[Delivery], day: date) -> None:
        """Records what a batch of events says was taken. An older batch that comes late moves no clock back."""
        newest = max(deliveries, key=lambda delivery: delivery.at)
        clock = {":at": {"N": _epoch(newest.at)}, ":tracking": {"S": newest.tracking}}
        try:
            self._record(
                channel,
                _TAKEN,
                deliveries,
                len(deliveries),
                day,
                also="last_at = :at, last_tracking = :tracking",
                values=clock,
                condition="attribute_not_exists(last_at) OR last_at <= :at",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            self._record(channel, _TAKEN, deliveries, len(deliveries), day)

    def refused(self, channel: str, delivery: Delivery, day: date, *, times: int = 1) -> None:
        """Records a refusal, which stands for `times` of them."""
        self._record(channel, _REFUSED, [delivery], times, day)

    def watched(self, channel: str, now: datetime) -> None:
        """Notes since when a channel that has brought nothing yet is waited for."""
        self._update(
            channel, "SET watched_since = if_not_exists(watched_since, :now)", {":now": {"N": _epoch(now)}}, {}
        )

    def read(self, channels: Iterable[str], day: date) -> dict[str, Record]:
        """What is known of each of these channels."""
        keys = [{"channel": {"S": name}} for name in channels]
        found: dict[str, Record] = {}
        while keys:
            asked, keys = keys[:_BATCH], keys[_BATCH:]
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": asked}})
            found |= {item["channel"]["S"]: _record(item, day) for item in answer["Responses"][self._table]}
            keys += answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
        return found

    def same_text(self, digest: str, sender: str, tracking: str, *, now: datetime) -> SameText:
        """Remembers that this sender sent this text, and gives everybody who did. A crowd is counted up to a bound."""
        key = f"text#{digest}"
        expires = str(int((now + _TEXT_KEPT).timestamp()))
        values = {
            ":sender": {"SS": [sender]},
            ":report": {"SS": [tracking]},
            ":expires": {"N": expires},
            ":most": {"N": str(MOST_SENDERS)},
        }
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key={"channel": {"S": key}},
                UpdateExpression="ADD senders :sender, reports :report SET expires_at = :expires",
                ConditionExpression="attribute_not_exists(reports) OR size(reports) < :most",
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
            item = answer["Attributes"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            item = error.response.get("Item") or {}
        return SameText(_set(item, "senders") | {sender}, _set(item, "reports") | {tracking})

    def _record(
        self,
        channel: str,
        ring: str,
        deliveries: Sequence[Delivery],
        times: int,
        day: date,
        *,
        also: str = "",
        values: Mapping[str, Any] | None = None,
        condition: str = "",
    ) -> None:
        """One write: the newest deliveries go round a ring of slots. Where this process stands in it, it knows from its own
        last write; others' writes in between can at worst be overwritten early."""
        kept = sorted(deliveries, key=lambda delivery: delivery.at)[-RING:]
        total = self._totals.get((channel, ring))
        if total is None:
            total = self._turn(channel, ring)
        slots = {f"#s{number}": f"{ring}{(total + number) % RING}" for number in range(len(kept))}
        texts = {f":s{number}": {"S": msgspec.json.encode(each).decode()} for number, each in enumerate(kept)}
        sets = ", ".join([*(f"#s{number} = :s{number}" for number in range(len(kept))), *([also] if also else [])])
        old = {f"#o{days}": _counter(ring, day - timedelta(days=days)) for days in _COUNTS_KEPT}
        answer = self._update(
            channel,
            f"SET {sets} ADD #turn :kept, #count :times REMOVE {', '.join(old)}",
            {":kept": {"N": str(len(kept))}, ":times": {"N": str(times)}, **texts, **(values or {})},
            {"#turn": f"turn_{ring}", "#count": _counter(ring, day), **slots, **old},
            condition,
        )
        self._totals[channel, ring] = int(answer[f"turn_{ring}"]["N"])

    def _turn(self, channel: str, ring: str) -> int:
        answer = self._update(channel, "ADD #turn :none", {":none": {"N": "0"}}, {"#turn": f"turn_{ring}"})
        return int(answer[f"turn_{ring}"]["N"])

    def _update(
        self, channel: str, expression: str, values: Mapping[str, Any], names: Mapping[str, str], condition: str = ""
    ) -> dict[str, Any]:
        answer = self._client.update_item(
            TableName=self._table,
            Key={"channel": {"S": channel}},
            UpdateExpression=expression,
            ExpressionAttributeValues=dict(values),
            **({"ExpressionAttributeNames": dict(names)} if names else {}),
            **({"ConditionExpression": condition} if condition else {}),
            ReturnValues="UPDATED_NEW",
        )
        return dict(answer.get("Attributes", {}))


def _record(item: Mapping[str, Any], day: date) -> Record:
    def ring(name: str) -> tuple[Delivery, ...]:
        kept = [_decode(item[slot]["S"]) for slot in (f"{name}{number}" for number in range(RING)) if slot in item]
        return tuple(sorted(kept, key=lambda delivery: delivery.at, reverse=True))

    def number(name: str) -> float:
        return float(item.get(name, {"N": "0"})["N"])

    return Record(
        last_at=_instant(number("last_at")),
        last_tracking=item.get("last_tracking", {"S": ""})["S"],
        watched_since=_instant(number("watched_since")),
        accepted=int(number(_counter(_TAKEN, day))),
        refused=int(number(_counter(_REFUSED, day))),
        taken=ring(_TAKEN),
        refusals=ring(_REFUSED),
    )


def _counter(ring: str, day: date) -> str:
    return f"count_{ring}_{day:%Y%m%d}"


def _epoch(instant: datetime) -> str:
    return f"{instant.timestamp():.3f}"


def _instant(epoch: float) -> datetime | None:
    return datetime.fromtimestamp(epoch, UTC) if epoch else None


def _set(item: Mapping[str, Any], name: str) -> frozenset[str]:
    return frozenset(item.get(name, {}).get("SS", ()))
