"""Pictures: one item each, by id. Who has claimed an upload, and what was found when the picture was looked at.

Claiming and looking come in either order: each is one update of its own attributes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from chalicelib.store import client

SCHEMA = 1
UNCLAIMED = timedelta(hours=24)


class Photo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One picture. `state` is "" until it has been looked at, then "ready", "refused" (`reason`) or "undecodable"; while it
    is looked at, "looking", and `looks` is how often that was begun without coming to an end.
    `sha256` is the original's, `phash` 64 bits as 16 hex digits, `taken_at` ISO 8601, `bytes` the original's size.
    `signs` is what speaks for and against it as proof (JSON)."""

    id: str
    tracking: str = ""
    claimed_by: str = ""
    state: str = ""
    reason: str = ""
    sha256: str = ""
    phash: str = ""
    kind: str = ""
    taken_at: str = ""
    lat: float | None = None
    lng: float | None = None
    width: int = 0
    height: int = 0
    bytes: int = 0
    looks: int = 0
    signs: str = ""


_OWN = {"id", "tracking", "claimed_by"}
_UNSETTLED, _SETTLED = ("looking", "left"), ("ready", "refused", "undecodable")


class _NotSoError(Exception):
    """The condition of a write did not hold."""


class Photos:
    """Reads and writes pictures' items."""

    def __init__(self, table: str, region: str) -> None:
        self._table = table
        self._client = client.client("dynamodb", region)

    def get(self, photo: str) -> Photo | None:
        """The picture; None when nothing is known of it."""
        item = self._client.get_item(TableName=self._table, Key=_key(photo), ConsistentRead=True).get("Item")
        return _photo(item) if item else None

    def claim(self, photo: str, claimers: Sequence[str], *, now: datetime) -> Photo | None:
        """The picture, which belongs to the first of `claimers` from now on if it belonged to nobody; None when it is
        somebody's who is not among them."""
        names = {f":c{index}": {"S": claimer} for index, claimer in enumerate(claimers)}
        try:
            return self._update(
                photo,
                "SET claimed_by = if_not_exists(claimed_by, :c0), claimed_at = if_not_exists(claimed_at, :now) "
                "REMOVE expires_at",
                {":now": {"N": str(int(now.timestamp()))}, **names},
                condition=f"attribute_not_exists(claimed_by) OR claimed_by IN ({', '.join(names)})",
            )
        except _NotSoError:
            return None

    def belongs(self, photo: str, tracking: str) -> Photo:
        """The picture, which belongs to that report now: whoever looks at it later tells the report."""
        return self._update(photo, "SET tracking = :tracking REMOVE expires_at", {":tracking": {"S": tracking}})

    def found(self, photo: Photo, *, now: datetime) -> Photo:
        """Records what was found by looking, and gives the picture as it is now. One that nobody has claimed yet is
        forgotten after 24 hours."""
        told = {name: value for name, value in msgspec.to_builtins(photo).items() if name not in _OWN and value != ""}
        names = {f"#{name}": name for name in told}
        values = {f":{name}": {"N": str(v)} if isinstance(v, int | float) else {"S": v} for name, v in told.items()}
        sets = ", ".join(f"#{name} = :{name}" for name in told)
        # Merely checked: not if its report has looked at it meanwhile, whose finding is the better one.
        only = "attribute_not_exists(tracking)" if photo.state == "checked" else ""
        if photo.state in _UNSETTLED:  # what is being looked at may have been settled by another one meanwhile
            only = "attribute_not_exists(#state) OR NOT #state IN (:s0, :s1, :s2)"
            values |= {f":s{index}": {"S": state} for index, state in enumerate(_SETTLED)}
        try:
            after = self._update(photo.id, f"SET {sets}", values, names=names, condition=only)
        except _NotSoError:
            return self.get(photo.id) or photo
        if after.claimed_by or after.tracking:
            return after
        until = {":until": {"N": str(int((now + UNCLAIMED).timestamp()))}}
        unclaimed = "attribute_not_exists(claimed_by) AND attribute_not_exists(tracking)"
        try:
            return self._update(photo.id, "SET expires_at = :until", until, condition=unclaimed)
        except _NotSoError:  # claimed this very moment
            return self.get(photo.id) or after

    def forget(self, photo: str) -> None:
        """Where and when it was taken, and by what it would be found again, is not known any more; nothing happens to a picture
        that is not known."""
        try:
            self._update(
                photo, "SET forgotten = :yes REMOVE lat, lng, taken_at, sha256, phash", {":yes": {"N": "1"}},
                condition="attribute_exists(photo)",
            )  # fmt: skip
        except _NotSoError:
            return

    def _update(
        self,
        photo: str,
        expression: str,
        values: dict[str, Any],
        *,
        condition: str = "",
        names: dict[str, str] | None = None,
    ) -> Photo:
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(photo),
                UpdateExpression=expression.replace("SET ", "SET #schema = :schema, ", 1),
                ExpressionAttributeNames={"#schema": "schema", **(names or {})},
                ExpressionAttributeValues={":schema": {"N": str(SCHEMA)}, **values},
                ReturnValues="ALL_NEW",
                **({"ConditionExpression": condition} if condition else {}),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            raise _NotSoError from error
        return _photo(answer["Attributes"])


def _key(photo: str) -> dict[str, Any]:
    return {"photo": {"S": photo}}


def _photo(item: dict[str, Any]) -> Photo:
    told = {name: float(value["N"]) if "N" in value else value["S"] for name, value in item.items()}
    told |= {"id": told.pop("photo")}
    return msgspec.convert(told, Photo, strict=False)
