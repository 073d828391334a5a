"""Conversations: one item per sender, one update per message, which says at once whether the message was seen before
and which report it belongs to. Attribute names carry the period of 8 days in which a message id was seen, so that old
ones can go; that is why this table is spoken to directly and not through a model.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from chalicelib.domain.intake import Contribution
from chalicelib.store import client

SCHEMA = 1
_PERIOD_SECONDS = 8 * 86400
_LOG_BYTES_LIMIT = 60_000
_PROBLEM_CHARACTERS = 1_000
_CROWDED = 200
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
        ":expires": {"N": str(int(now.timestamp()) + 3 * _PERIOD_SECONDS)},
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


def _joined(item: dict[str, Any], hour: str) -> Joined:
    texts = [element["S"] for element in item["log"]["L"]] if "log" in item else []
    log: tuple[Contribution, ...] = ()
    if sum(map(len, texts)) <= _LOG_BYTES_LIMIT:
        log = tuple(_decode_said(text) for text in texts)
        # An answer whose meaning depended on the question cannot be retold once another message follows it.
        if not all(said.settled for said in log[1:-1]):
            log = ()
    return Joined(tracking=item["open"]["S"], log=log, rate=int(item.get(hour, {"N": "0"})["N"]))
