"""Conversations: one item per sender, one update per message, which says at once whether the message was seen before
and which report it belongs to. Attribute names carry the period of 8 days in which a message id was seen, so that old
ones can go; that is why this table is spoken to directly and not through a model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from chalicelib.domain.contribution import Contribution
from chalicelib.store import client

SCHEMA = 1
_PERIOD_SECONDS = 8 * 86400
# A returning sender is known for this long.
_KEPT_SECONDS = 180 * 86400
_LOG_BYTES_LIMIT = 60_000
_PROBLEM_CHARACTERS = 1_000
_CROWDED = 200
_SEEN = re.compile(r"m\d+:")
_decode_said = msgspec.json.Decoder(Contribution).decode
_encode = msgspec.json.Encoder().encode


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """Where a message belongs. `log` holds what all messages of this conversation said, this one last; it is empty
    when it cannot be retold and the report has to be read. `repeated`: the message was seen before. `rate` counts
    this hour."""

    tracking: str
    log: tuple[Contribution, ...] = ()
    repeated: bool = False
    rate: int = 0


class Recalled(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a sender: the report they write about (`open`), the one they were last told of (`about`), since
    when they want no notices (epoch seconds), which report each message went to, and what the last messages said."""

    open: str = ""
    about: str = ""
    stopped_at: int | None = None
    seen: Mapping[str, str] = {}
    log: tuple[Contribution, ...] = ()
    rate: int = 0
    repeated: bool = False


class Conversations:
    """Reads and writes the table `conversations`; `sender` is a keyed hash everywhere."""

    def __init__(self, table: str, region: str) -> None:
        self._table = table
        self._client = client.client("dynamodb", region)

    def join(self, sender: str, said: Contribution, derived: str, *, now: datetime) -> Joined:
        """Takes the message into the sender's open conversation, or opens one for `derived`: one update, no read. Two
        first messages at once get the same report."""
        period = int(now.timestamp()) // _PERIOD_SECONDS
        names = {
            "#seen": f"m{period}:{said.message_id}",
            "#before": f"m{period - 1}:{said.message_id}",
            "#hour": f"r{int(now.timestamp()) // 3600}",
            "#open": "open",
            "#log": "log",
            "#schema": "schema",
            "#by": "by",
        }
        values = _values(said, derived, now)
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key={"sender": {"S": sender}},
                UpdateExpression=(
                    "SET #seen = if_not_exists(#open, :derived), #open = if_not_exists(#open, :derived), "
                    "#log = list_append(if_not_exists(#log, :none), :said), expires_at = :expires, #schema = :schema, #by = :by "
                    "ADD #hour :one"
                ),
                ConditionExpression="attribute_not_exists(#seen) AND attribute_not_exists(#before)",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationException":  # the item is full: a flood of messages
                return self._without_log(sender, said, names["#seen"])
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            item = error.response.get("Item") or self._item(sender)
            if item.get("by", {}).get("S") == said.seed:  # our own update took effect, its answer was lost on the way
                return _joined(item, names["#hour"])
            seen = item.get(names["#seen"]) or item.get(names["#before"]) or {"S": derived}
            return Joined(tracking=seen["S"], repeated=True)
        if len(answer["Attributes"]) > _CROWDED:
            self.tidy(sender, now=now)
        return _joined(answer["Attributes"], names["#hour"])

    def renew(self, sender: str, said: Contribution, closed: str, derived: str, *, now: datetime) -> Joined:
        """Opens a new conversation in place of the one about `closed`, which is over. If another message did so first,
        this one joins it."""
        period = int(now.timestamp()) // _PERIOD_SECONDS
        names = {"#seen": f"m{period}:{said.message_id}", "#open": "open", "#log": "log"}
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"sender": {"S": sender}},
                UpdateExpression="SET #seen = :derived, #open = :derived, #log = :said",
                ConditionExpression="#open = :closed",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={
                    ":derived": {"S": derived},
                    ":closed": {"S": closed},
                    ":said": {"L": [_kept(said)]},
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return self._without_log(sender, said, names["#seen"])
        return Joined(tracking=derived, log=(said,))

    def recall(self, sender: str) -> Recalled:
        """What is known of the sender: one read."""
        return _recalled(self._item(sender))

    def note(self, sender: str, message_id: str, tracking: str, *, now: datetime) -> Recalled:
        """Notes a message that tells nothing about a report (a command), once: one update. What is known of the sender
        comes back, `repeated` when the message was noted before."""
        period = int(now.timestamp()) // _PERIOD_SECONDS
        hour = f"r{int(now.timestamp()) // 3600}"
        names = {"#seen": f"m{period}:{message_id}", "#before": f"m{period - 1}:{message_id}", "#hour": hour}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key={"sender": {"S": sender}},
                UpdateExpression="SET #seen = :tracking, expires_at = :expires, #schema = :schema ADD #hour :one",
                ConditionExpression="attribute_not_exists(#seen) AND attribute_not_exists(#before)",
                ExpressionAttributeNames=names | {"#schema": "schema"},
                ExpressionAttributeValues={
                    ":tracking": {"S": tracking},
                    ":expires": {"N": str(int(now.timestamp()) + _KEPT_SECONDS)},
                    ":schema": {"N": str(SCHEMA)},
                    ":one": {"N": "1"},
                },
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return msgspec.structs.replace(_recalled(self._item(sender), hour), repeated=True)
        return _recalled(answer["Attributes"], hour)

    def remember(self, sender: str, tracking: str, *, now: datetime) -> None:
        """Which report the sender has been told of last: "done" and "not yet" are about that one."""
        self._set(sender, "about", {"S": tracking}, now=now)

    def stop(self, sender: str, *, now: datetime) -> None:
        """The sender wants no more notices of any report they have made until now."""
        self._set(sender, "stopped_at", {"N": str(int(now.timestamp()))}, now=now)

    def start(self, sender: str) -> None:
        """The sender wants notices again."""
        self._client.update_item(
            TableName=self._table, Key={"sender": {"S": sender}}, UpdateExpression="REMOVE stopped_at"
        )

    def stopped_at(self, sender: str) -> int | None:
        """Since when (epoch seconds) the sender wants no notices: one read, of that only."""
        answer = self._client.get_item(
            TableName=self._table, Key={"sender": {"S": sender}}, ProjectionExpression="stopped_at", ConsistentRead=True
        )
        found = answer.get("Item", {}).get("stopped_at")
        return int(found["N"]) if found else None

    def _set(self, sender: str, name: str, value: dict[str, str], *, now: datetime) -> None:
        self._client.update_item(
            TableName=self._table,
            Key={"sender": {"S": sender}},
            UpdateExpression="SET #name = :value, expires_at = :expires, #schema = :schema",
            ExpressionAttributeNames={"#name": name, "#schema": "schema"},
            ExpressionAttributeValues={
                ":value": value,
                ":expires": {"N": str(int(now.timestamp()) + _KEPT_SECONDS)},
                ":schema": {"N": str(SCHEMA)},
            },
        )

    def _without_log(self, sender: str, said: Contribution, seen: str) -> Joined:
        tracking = self._item(sender)["open"]["S"]
        lost = msgspec.structs.replace(said, problem="", settled=False)
        self._client.update_item(
            TableName=self._table,
            Key={"sender": {"S": sender}},
            UpdateExpression="SET #seen = :tracking, #log = :lost",
            ExpressionAttributeNames={"#seen": seen, "#log": "log"},
            ExpressionAttributeValues={":tracking": {"S": tracking}, ":lost": {"L": [_kept(lost)]}},
        )
        return Joined(tracking=tracking)

    def tidy(self, sender: str, *, now: datetime) -> None:
        """Drops the ids and counts of periods that are over. Costs a read and a write; called now and then."""
        item = self._item(sender)
        period, hour = int(now.timestamp()) // _PERIOD_SECONDS, int(now.timestamp()) // 3600
        old = [name for name in item if _is_over(name, period, hour)]
        if old:
            self._client.update_item(
                TableName=self._table,
                Key={"sender": {"S": sender}},
                UpdateExpression="REMOVE " + ", ".join(f"#n{index}" for index in range(len(old))),
                ExpressionAttributeNames={f"#n{index}": name for index, name in enumerate(old)},
            )

    def _item(self, sender: str) -> dict[str, Any]:
        answer = self._client.get_item(TableName=self._table, Key={"sender": {"S": sender}}, ConsistentRead=True)
        return dict(answer.get("Item", {}))


def _values(said: Contribution, derived: str, now: datetime) -> dict[str, Any]:
    return {
        ":derived": {"S": derived},
        ":said": {"L": [_kept(said)]},
        ":none": {"L": []},
        ":one": {"N": "1"},
        ":expires": {"N": str(int(now.timestamp()) + _KEPT_SECONDS)},
        ":schema": {"N": str(SCHEMA)},
        ":by": {"S": said.seed},
    }


def _kept(said: Contribution) -> dict[str, str]:
    """What the log keeps of a message: a long text is not kept, and then cannot be retold."""
    if len(said.problem) > _PROBLEM_CHARACTERS:
        said = msgspec.structs.replace(said, problem="", settled=False)
    return {"S": _encode(said).decode()}


def _is_over(name: str, period: int, hour: int) -> bool:
    kind, digits = name[0], name[1:].split(":", 1)[0]
    return digits.isdigit() and ((kind == "m" and int(digits) < period - 1) or (kind == "r" and int(digits) < hour - 1))


def _recalled(item: dict[str, Any], hour: str = "") -> Recalled:
    texts = [element["S"] for element in item["log"]["L"]] if "log" in item else []
    return Recalled(
        open=item.get("open", {}).get("S", ""),
        about=item.get("about", {}).get("S", ""),
        stopped_at=int(item["stopped_at"]["N"]) if "stopped_at" in item else None,
        seen={name.partition(":")[2]: value["S"] for name, value in item.items() if _SEEN.match(name)},
        log=tuple(_decode_said(text) for text in texts),
        rate=int(item.get(hour, {"N": "0"})["N"]),
    )


def _joined(item: dict[str, Any], hour: str) -> Joined:
    texts = [element["S"] for element in item["log"]["L"]] if "log" in item else []
    log: tuple[Contribution, ...] = ()
    if sum(map(len, texts)) <= _LOG_BYTES_LIMIT:
        log = tuple(_decode_said(text) for text in texts)
        # An answer whose meaning depended on the question cannot be retold once another message follows it.
        if not all(said.settled for said in log[1:-1]):
            log = ()
    return Joined(tracking=item["open"]["S"], log=log, rate=int(item.get(hour, {"N": "0"})["N"]))
