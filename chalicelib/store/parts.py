"""Parts of long texts that wait for the others: an item per set in the table `conversations`, one update per part. What the
parts say is ciphertext here. A set that waits stands in the sparse index `by_flush`, in the order in which time runs out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from chalicelib.store import client

SCHEMA = 1
# Longer than any provider repeats a message: a repeated part finds its set.
KEPT = timedelta(days=9)
FLUSHED, SUPERSEDED = "flushed", "superseded"
_WAITING = "parts"
_PAGE = 200


class Set(msgspec.Struct, frozen=True, kw_only=True):
    """What a set holds: sealed parts by number, since when, and whether it is closed ("" while it is not)."""

    parts: Mapping[int, bytes]
    began: int
    closed: str = ""


class Refused(msgspec.Struct, frozen=True):
    """A part that does not belong to the set: its place is taken by another message, or the set is closed."""

    taken: bool
    set: Set


class Parts:
    """Reads and writes sets of parts; `key` is a keyed hash that names one set."""

    def __init__(self, table: str, region: str) -> None:
        self._table = table
        self._client = client.client("dynamodb", region)

    def put(
        self, key: str, number: int, message_id: str, sealed: bytes, *, now: datetime, until: datetime
    ) -> Set | Refused | None:
        """Adds a part, once: the same part again changes nothing. None when the set has no room for it."""
        names = {"#part": f"p{number}", "#id": f"i{number}", "#flush": "flush", "#schema": "schema"}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key={"sender": {"S": key}},
                UpdateExpression=(
                    "SET #part = if_not_exists(#part, :sealed), #id = :id, #flush = :waiting, "
                    "flush_at = if_not_exists(flush_at, :until), began = if_not_exists(began, :now), "
                    "expires_at = :expires, #schema = :schema"
                ),
                ConditionExpression="#id = :id OR (attribute_not_exists(#id) AND attribute_not_exists(closed))",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={
                    ":sealed": {"B": sealed},
                    ":id": {"S": message_id},
                    ":waiting": {"S": _WAITING},
                    ":until": _seconds(until),
                    ":now": _seconds(now),
                    ":expires": _seconds(now + KEPT),
                    ":schema": {"N": str(SCHEMA)},
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ValidationException":  # the item is full
                return None
            if code != "ConditionalCheckFailedException":
                raise
            item = error.response.get("Item") or self._item(key)
            return Refused(names["#id"] in item, _set(item))
        return _set(answer["Attributes"])

    def supersede(self, key: str, *, now: datetime) -> None:
        """Closes a set whose sender has begun another one under the same reference; it is flushed at once."""
        self._close(key, SUPERSEDED, flush_at=now)

    def due(self, now: datetime, *, limit: int = _PAGE) -> list[str]:
        """The keys of the sets whose time has run out, the longest waiting first: one query."""
        answer = self._client.query(
            TableName=self._table,
            IndexName="by_flush",
            KeyConditionExpression="#flush = :waiting AND flush_at <= :now",
            ExpressionAttributeNames={"#flush": "flush"},
            ExpressionAttributeValues={":waiting": {"S": _WAITING}, ":now": _seconds(now)},
            Limit=limit,
        )
        return [item["sender"]["S"] for item in answer["Items"]]

    def flush(self, key: str, *, again_at: datetime) -> Set | None:
        """Closes a set and gives what it holds at that moment; None when it no longer waits. Until it is settled it comes up
        again at `again_at`."""
        item = self._close(key, FLUSHED, flush_at=again_at)
        return _set(item) if item else None

    def settle(self, key: str) -> None:
        """The set has become a message: it waits no longer, and is kept for repeated parts to find."""
        self._client.update_item(
            TableName=self._table,
            Key={"sender": {"S": key}},
            UpdateExpression="REMOVE #flush",
            ExpressionAttributeNames={"#flush": "flush"},
        )

    def _close(self, key: str, how: str, *, flush_at: datetime) -> dict[str, Any] | None:
        kept = "closed = if_not_exists(closed, :how)" if how == FLUSHED else "closed = :how"
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key={"sender": {"S": key}},
                UpdateExpression=f"SET {kept}, flush_at = :at",
                ConditionExpression="attribute_exists(#condition)",
                # a set that has been settled may still be superseded
                ExpressionAttributeNames={"#condition": "flush" if how == FLUSHED else "began"},
                ExpressionAttributeValues={":how": {"S": how}, ":at": _seconds(flush_at)},
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return None
        return dict(answer["Attributes"])

    def _item(self, key: str) -> dict[str, Any]:
        answer = self._client.get_item(TableName=self._table, Key={"sender": {"S": key}}, ConsistentRead=True)
        return dict(answer.get("Item", {}))


def _set(item: Mapping[str, Any]) -> Set:
    return Set(
        parts={int(name[1:]): bytes(each["B"]) for name, each in item.items() if name[0] == "p" and name[1:].isdigit()},
        began=int(item.get("began", {"N": "0"})["N"]),
        closed=item.get("closed", {"S": ""})["S"],
    )


def _seconds(instant: datetime) -> dict[str, str]:
    return {"N": str(int(instant.timestamp()))}
