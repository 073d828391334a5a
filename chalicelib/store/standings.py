"""How all open reports stand, from the index `by_open` alone: one query a shard and page, and no report is read."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from chalicelib.domain.overview import Open, Standing
from chalicelib.store import client
from chalicelib.store.items import OPEN_SHARDS

MOST = 200_000
_decode = msgspec.json.Decoder(Standing).decode


class Standings(NamedTuple):
    """All open reports; `cut`: there are more than were read."""

    rows: list[Open]
    cut: bool


class OpenReports:
    """Reads the index `by_open` of the reports table."""

    def __init__(self, table: str, region: str) -> None:
        self._table = table
        self._client = client.client("dynamodb", region)

    def read(self, *, most: int = MOST) -> Standings:
        """Every open report, those whose deadline is nearest first in each shard; at most about `most`."""
        shards = [self._shard(str(shard), most // OPEN_SHARDS) for shard in range(OPEN_SHARDS)]
        return Standings([row for rows, _ in shards for row in rows], any(cut for _, cut in shards))

    def _shard(self, shard: str, most: int) -> tuple[list[Open], bool]:
        rows: list[Open] = []
        start: dict[str, Any] = {}
        while len(rows) < most:
            answer = self._client.query(
                TableName=self._table,
                IndexName="by_open",
                KeyConditionExpression="open_shard = :shard",
                ExpressionAttributeValues={":shard": {"S": shard}},
                ProjectionExpression="tracking, standing",
                Limit=most - len(rows),
                **start,
            )
            rows += [_open(item) for item in answer["Items"] if "standing" in item]
            if "LastEvaluatedKey" not in answer:
                return rows, False
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        return rows, True


def _open(item: dict[str, Any]) -> Open:
    return Open(item["tracking"]["S"], _decode(item["standing"]["S"]))
