"""The table `desk`: small things of the people at work (members, overrides, journal, look-ups, prints of proofs), each a
JSON text under a kind and an id. Every use has a thin store of its own on this."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from chalicelib.store import client

_FAILED = "ConditionalCheckFailedException"
_WRITE, _READ, _TRIES = 25, 100, 8


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One item. `id` orders the items of a kind, `body` is JSON, `version` counts its writes from 1. After `expires_at`
    DynamoDB may delete it: whoever reads looks at it as well."""

    kind: str
    id: str
    body: str
    version: int = 1
    expires_at: datetime | None = None

    def told(self, kind: type[Any]) -> Any:
        """The body as a value of that type."""
        return msgspec.json.decode(self.body, type=kind)


class DeskTable:
    """Reads and writes items."""

    def __init__(self, table: str, region: str) -> None:
        self._table = table
        self._client = client.client("dynamodb", region)

    def get(self, kind: str, id: str) -> Item | None:
        """The item, as it is now; None when there is none. One read."""
        answer = self._client.get_item(TableName=self._table, Key=_key(kind, id), ConsistentRead=True)
        return _item(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Iterable[tuple[str, str]]) -> list[Item]:
        """Those of the items (kind, id) that there are, in no order. One call for each hundred. Raises TimeoutError when
        the table does not give all of them in eight calls."""
        wanted = [_key(*key) for key in dict.fromkeys(keys)]
        found: list[Item] = []
        for start in range(0, len(wanted), _READ):
            asked: dict[str, Any] = {self._table: {"Keys": wanted[start : start + _READ], "ConsistentRead": True}}
            for _ in range(_TRIES):
                answer = self._client.batch_get_item(RequestItems=asked)
                found += [_item(each) for each in answer["Responses"].get(self._table, ())]
                asked = answer.get("UnprocessedKeys") or {}
                if not asked:
                    break
            else:
                raise TimeoutError("the table did not give everything")
        return found

    def put(
        self,
        kind: str,
        id: str,
        body: object,
        *,
        if_absent: bool = False,
        if_version: int | None = None,
        newer: int | None = None,
        version: int | None = None,
        expires_at: datetime | None = None,
    ) -> bool:
        """Writes the item. False when there is one already (`if_absent`), another version than `if_version`, or one that is
        as new as `newer`, the version it gets (if not `version`): then nothing is written. Only with one of these does the
        version of an item mean anything."""
        given = version if version is not None else newer if newer is not None else (if_version or 0) + 1
        item = Item(kind=kind, id=id, body=_text(body), version=given, expires_at=expires_at)
        condition: dict[str, Any] = {}
        if if_absent:
            condition = {"ConditionExpression": "attribute_not_exists(kind)"}
        elif if_version is not None:
            condition = {
                "ConditionExpression": "version = :version",
                "ExpressionAttributeValues": {":version": {"N": str(if_version)}},
            }
        elif newer is not None:
            condition = {
                "ConditionExpression": "attribute_not_exists(kind) OR version < :version",
                "ExpressionAttributeValues": {":version": {"N": str(newer)}},
            }
        try:
            self._client.put_item(TableName=self._table, Item=_wire(item), **condition)
        except ClientError as error:
            if error.response["Error"]["Code"] == _FAILED:
                return False
            raise
        return True

    def put_unless_later(self, kind: str, id: str, body: object, version: int) -> bool:
        """Writes the item as that version, unless a later one is there already: then False, and nothing is written."""
        item = Item(kind=kind, id=id, body=_text(body), version=version)
        try:
            self._client.put_item(
                TableName=self._table,
                Item=_wire(item),
                ConditionExpression="attribute_not_exists(kind) OR version <= :version",
                ExpressionAttributeValues={":version": {"N": str(version)}},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == _FAILED:
                return False
            raise
        return True

    def query(
        self,
        kind: str,
        *,
        limit: int,
        newest_first: bool = False,
        after: str = "",
        begins: str = "",
        consistent: bool = False,
    ) -> list[Item]:
        """Up to `limit` items of a kind in the order of their ids, or the other way round; only those beyond the id `after`,
        or whose id begins with `begins`. `consistent`: with all that was written before."""
        condition, values = "kind = :kind", {":kind": {"S": kind}}
        if begins:
            condition, values = condition + " AND begins_with(id, :begins)", values | {":begins": {"S": begins}}
        found: list[Item] = []
        start: dict[str, Any] = {"ExclusiveStartKey": _key(kind, after)} if after else {}
        while len(found) < limit:
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                Limit=limit - len(found),
                ScanIndexForward=not newest_first,
                ConsistentRead=consistent,
                **start,
            )
            found += [_item(each) for each in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                break
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        return found

    def delete(self, kind: str, id: str, *, if_version: int) -> bool:
        """Takes an item of that version away. False when there is another version of it."""
        try:
            self._client.delete_item(
                TableName=self._table,
                Key=_key(kind, id),
                ConditionExpression="attribute_not_exists(kind) OR version = :version",
                ExpressionAttributeValues={":version": {"N": str(if_version)}},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == _FAILED:
                return False
            raise
        return True

    def put_many(self, items: Sequence[Item]) -> None:
        """Writes items, over what was there. One call for each twenty-five. Raises TimeoutError when the table does not take
        all of them in eight calls: writing them again is harmless."""
        self._write([{"PutRequest": {"Item": _wire(item)}} for item in items])

    def delete_many(self, keys: Iterable[tuple[str, str]]) -> None:
        """Takes items (kind, id) away, there or not. Calls and errors as `put_many`."""
        self._write([{"DeleteRequest": {"Key": _key(*key)}} for key in dict.fromkeys(keys)])

    def _write(self, requests: Sequence[dict[str, Any]]) -> None:
        for start in range(0, len(requests), _WRITE):
            asked: dict[str, Any] = {self._table: requests[start : start + _WRITE]}
            for _ in range(_TRIES):
                asked = self._client.batch_write_item(RequestItems=asked).get("UnprocessedItems") or {}
                if not asked:
                    break
            else:
                raise TimeoutError("the table did not take everything")


def _text(body: object) -> str:
    return body if isinstance(body, str) else msgspec.json.encode(body).decode()


def _key(kind: str, id: str) -> dict[str, Any]:
    return {"kind": {"S": kind}, "id": {"S": id}}


def _wire(item: Item) -> dict[str, Any]:
    wire = _key(item.kind, item.id) | {"body": {"S": item.body}, "version": {"N": str(item.version)}}
    if item.expires_at is not None:
        wire["expires_at"] = {"N": str(int(item.expires_at.timestamp()))}
    return wire


def _item(wire: dict[str, Any]) -> Item:
    until = wire.get("expires_at")
    return Item(
        kind=wire["kind"]["S"],
        id=wire["id"]["S"],
        body=wire["body"]["S"],
        version=int(wire["version"]["N"]),
        expires_at=client.instant(float(until["N"])) if until else None,
    )
