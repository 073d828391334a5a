"""Deliveries: who has been told what. An announcement is claimed before it is sent and marked after, so that a crash in
between may repeat it once, and nothing else does.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.domain.errors import Busy
from chalicelib.store import client

SCHEMA = 1
# Longer than any function may run: a claim older than this belongs to a crash.
LEASE = timedelta(seconds=90)
_KEEP = timedelta(days=400)
# A provider tries for days, and tells the end of it.
_REPORTED_BACK = timedelta(days=30)


class State(StrEnum):
    """Where a delivery stands."""

    CLAIMED = "claimed"
    RELEASED = "released"
    SENT = "sent"
    REFUSED = "refused"


class Deliveries:
    """Claims and marks deliveries of `tracking#seq` to destinations such as `agency:bina-marga` or `reporter`."""

    def __init__(self, table: str, region: str) -> None:
        self._table = table
        self._client = client.client("dynamodb", region)

    def claim(self, tracking: str, seq: int, destination: str, *, now: datetime, claimant: str) -> bool:
        """True: send it now. False: it has been sent, or refused for good. Raises Busy while another claim is fresh."""
        key, epoch = _key(tracking, seq, destination), int(now.timestamp())
        item = self._claimed(
            key,
            epoch,
            claimant,
            condition="attribute_not_exists(#state) OR #state = :released OR (#state = :claimed AND claimant = :me)",
            values={":released": {"S": State.RELEASED}},
        )
        if item is None:
            return True
        if item["state"]["S"] != State.CLAIMED:
            return False
        if int(item["claimed_at"]["N"]) >= epoch - int(LEASE.total_seconds()):
            raise Busy("Another attempt at this delivery is under way.", retry_after=5)
        # What crashed between claim and mark may have gone out: it is repeated once, never a second time.
        item = self._claimed(
            key,
            epoch,
            claimant,
            condition="#state = :claimed AND (claimant = :me OR (claimant = :them AND attribute_not_exists(taken_over)))",
            values={":them": item["claimant"]},
            also=", taken_over = claimant",
        )
        return item is None

    def _claimed(
        self, key: dict[str, Any], epoch: int, claimant: str, *, condition: str, values: dict[str, Any], also: str = ""
    ) -> dict[str, Any] | None:
        """Claims on condition: None when that worked, the item as it is when it did not."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression=(
                    "SET #state = :claimed, claimed_at = :now, claimant = :me, expires_at = :expires, "
                    f"#schema = :schema{also}"
                ),
                ConditionExpression=condition,
                ExpressionAttributeNames={"#state": "state", "#schema": "schema"},
                ExpressionAttributeValues={
                    ":claimed": {"S": State.CLAIMED},
                    ":now": {"N": str(epoch)},
                    ":me": {"S": claimant},
                    ":expires": {"N": str(epoch + int(_KEEP.total_seconds()))},
                    ":schema": {"N": str(SCHEMA)},
                    **values,
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            found = error.response.get("Item")
            return found or dict(
                self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item", {})
            )
        return None

    def mark(self, tracking: str, seq: int, destination: str, state: State, *, now: datetime, reason: str = "") -> None:
        """Records how it went: sent, refused for good (with the reason), or released for another try."""
        self._client.update_item(
            TableName=self._table,
            Key=_key(tracking, seq, destination),
            UpdateExpression="SET #state = :state, marked_at = :now, reason = :reason",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={
                ":state": {"S": state},
                ":now": {"N": str(int(now.timestamp()))},
                ":reason": {"S": reason[:500]},
            },
        )

    def sent_as(
        self, channel: str, provider_id: str, tracking: str, seq: int, destination: str, *, now: datetime
    ) -> None:
        """Notes the provider's own id of what was sent: it may say later that it never arrived."""
        self._client.put_item(
            TableName=self._table,
            Item={
                **_key(_sent(channel, provider_id), seq, destination),
                "of": {"S": tracking},
                "expires_at": {"N": str(int(now.timestamp()) + int(_REPORTED_BACK.total_seconds()))},
                "schema": {"N": str(SCHEMA)},
            },
        )

    def undelivered(self, channel: str, provider_id: str, reason: str, *, now: datetime) -> str:
        """Records that something sent never arrived. Gives the tracking number, "" when nobody knows that id."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="tracking = :sent",
            ExpressionAttributeValues={":sent": {"S": _sent(channel, provider_id)}},
            Limit=1,
        )
        for item in answer["Items"]:
            seq, _, destination = item["destination"]["S"].partition("#")
            self.mark(item["of"]["S"], int(seq), destination, State.REFUSED, now=now, reason=reason)
            return str(item["of"]["S"])
        return ""

    def of(self, tracking: str) -> dict[str, tuple[str, int]]:
        """All deliveries of a report: `seq#destination` → (state, epoch of the last claim). One query."""
        found: dict[str, tuple[str, int]] = {}
        start: dict[str, Any] = {}
        while True:
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="tracking = :tracking",
                ExpressionAttributeValues={":tracking": {"S": tracking}},
                ConsistentRead=True,
                **start,
            )
            for item in answer["Items"]:
                claimed = int(item.get("claimed_at", {"N": "0"})["N"])
                found[item["destination"]["S"]] = (item["state"]["S"], claimed)
            if "LastEvaluatedKey" not in answer:
                return found
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def sort_key(seq: int, destination: str) -> str:
    """The range key of a delivery."""
    return f"{seq}#{destination}"


def _key(tracking: str, seq: int, destination: str) -> dict[str, Any]:
    return {"tracking": {"S": tracking}, "destination": {"S": sort_key(seq, destination)}}


def _sent(channel: str, provider_id: str) -> str:
    """The key of a provider's id: a digest, since WhatsApp's hold the phone (and enough chance not to be guessed)."""
    return f"sent:{channel}:{hashlib.sha256(provider_id.encode()).hexdigest()[:32]}"
