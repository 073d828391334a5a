"""Conversations: one item per sender, one update per message, which says at once whether the message was seen before
and which report it belongs to. Attribute names carry the period of 8 days in which a message id was seen, so that old
ones can go; that is why this table is spoken to directly and not through a model.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from chalicelib.domain.contribution import Contribution
from chalicelib.store import client
from chalicelib.store.memory import NO_REPORT, UNTOLD, Joined, Recalled, joined, kept, recalled

SCHEMA = 1
_PERIOD_SECONDS = 8 * 86400
# A returning sender is known for this long.
_KEPT_SECONDS = 180 * 86400
_CROWDED = 200


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
                return self._without_log(sender, names["#seen"])
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            item = error.response.get("Item") or self._item(sender)
            if item.get("by", {}).get("S") == said.seed:  # our own update took effect, its answer was lost on the way
                return joined(item, names["#hour"])
            seen = item.get(names["#seen"]) or item.get(names["#before"]) or {"S": derived}
            return Joined(tracking=seen["S"], repeated=True)
        if len(answer["Attributes"]) > _CROWDED:
            self.tidy(sender, now=now)
        return joined(answer["Attributes"], names["#hour"])

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
                ConditionExpression="attribute_not_exists(#open) OR #open = :closed",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={
                    ":derived": {"S": derived},
                    ":closed": {"S": closed},
                    ":said": {"L": [kept(said)]},
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return self._without_log(sender, names["#seen"])
        return Joined(tracking=derived, log=(said,))

    def recall(self, sender: str) -> Recalled:
        """What is known of the sender: one read."""
        return recalled(self._item(sender))

    def note(self, sender: str, message_id: str, tracking: str, *, now: datetime, command: bool = False) -> Recalled:
        """Notes a message that belongs to that report (NO_REPORT: to none), once: one update. What is known of the sender
        comes back, `repeated` when the message was noted before. Commands are counted by themselves."""
        period = int(now.timestamp()) // _PERIOD_SECONDS
        hour = f"r{int(now.timestamp()) // 3600}"
        names = {"#seen": f"m{period}:{message_id}", "#before": f"m{period - 1}:{message_id}", "#hour": hour}
        names["#commands"] = f"c{hour[1:]}"
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key={"sender": {"S": sender}},
                UpdateExpression=(
                    "SET #seen = :tracking, expires_at = :expires, #schema = :schema ADD #hour :one, #commands :counted"
                ),
                ConditionExpression="attribute_not_exists(#seen) AND attribute_not_exists(#before)",
                ExpressionAttributeNames=names | {"#schema": "schema"},
                ExpressionAttributeValues={
                    ":tracking": {"S": tracking},
                    ":expires": {"N": str(int(now.timestamp()) + _KEPT_SECONDS)},
                    ":schema": {"N": str(SCHEMA)},
                    ":one": {"N": "1"},
                    ":counted": {"N": "1" if command else "0"},
                },
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationException":  # the item is full: a flood of messages
                self.tidy(sender, now=now)
                return recalled(self._item(sender), hour)
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return msgspec.structs.replace(recalled(self._item(sender), hour), repeated=True)
        return recalled(answer["Attributes"], hour)

    def remember(self, sender: str, tracking: str, *, now: datetime) -> None:
        """Which report the sender was last told is done: "done" and "not yet" are about that one."""
        self._set(sender, "about", {"S": tracking}, now=now)

    def asked(self, sender: str, tracking: str, *, now: datetime) -> None:
        """Which report of theirs the sender has last asked about."""
        self._set(sender, "asked", {"S": tracking}, now=now)

    def untold(self, sender: str, tracking: str) -> None:
        """Somebody else has changed the report that the sender writes about: memory does not tell it any more (what was
        said goes from it), and it is read. Nothing when they write about another one by now."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"sender": {"S": sender}},
                UpdateExpression="SET #log = :untold",
                ConditionExpression="#open = :tracking",
                ExpressionAttributeNames={"#log": "log", "#open": "open"},
                ExpressionAttributeValues={":untold": {"L": [{"S": UNTOLD}]}, ":tracking": {"S": tracking}},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

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

    def forget(self, sender: str, tracking: str) -> None:
        """Remembers nothing of that report any more: what was said of it, which messages belonged to it, that it is open, was
        asked about or told. One read, and one write where there is something."""
        item = self._item(sender)
        gone = [name for name, value in item.items() if value == {"S": tracking} and name != "sender"]
        if "open" in gone:
            gone.append("log")
        if not gone:
            return
        self._client.update_item(
            TableName=self._table,
            Key={"sender": {"S": sender}},
            UpdateExpression="REMOVE " + ", ".join(f"#n{index}" for index in range(len(gone))),
            ExpressionAttributeNames={f"#n{index}": name for index, name in enumerate(gone)},
        )

    def _without_log(self, sender: str, seen: str) -> Joined:
        tracking = self._item(sender).get("open", {"S": NO_REPORT})["S"]
        self._client.update_item(
            TableName=self._table,
            Key={"sender": {"S": sender}},
            UpdateExpression="SET #seen = :tracking, #log = :lost",
            ExpressionAttributeNames={"#seen": seen, "#log": "log"},
            ExpressionAttributeValues={":tracking": {"S": tracking}, ":lost": {"L": [{"S": UNTOLD}]}},
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
        ":said": {"L": [kept(said)]},
        ":none": {"L": []},
        ":one": {"N": "1"},
        ":expires": {"N": str(int(now.timestamp()) + _KEPT_SECONDS)},
        ":schema": {"N": str(SCHEMA)},
        ":by": {"S": said.seed},
    }


def _is_over(name: str, period: int, hour: int) -> bool:
    kind, digits = name[0], name[1:].split(":", 1)[0]
    return digits.isdigit() and (
        (kind == "m" and int(digits) < period - 1) or (kind in "rc" and int(digits) < hour - 1)
    )
