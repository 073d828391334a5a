"""The table `followers`: who joined a public report, and who wants to hear of new ones around a place. Nobody is named in it:
`who` is a keyed digest, `to` is sealed.

| kind            | id               | holds                                                        |
|-----------------|------------------|--------------------------------------------------------------|
| `join#<number>` | who              | `Wish`: one person's wish to hear of that report             |
| `mine#<who>`    | `join#<number>`  | that there is one                                            |
| `mine#<who>`    | `alert#<id>`     | `Wish`: one person's wish to hear of new reports             |
| `alert#<key>`   | `<who>.<id>`     | `Around`: that there is one, under each key of its place     |
| `token#<digest>`| `-`              | `Name`: what the link in a mail is for; never the link       |
| `stopped#<who>` | of               | that they have stopped it: not asked again for a while       |
| `stopped#<inbox>` | `*`            | that whoever reads that inbox wants to be asked nothing      |
| `asked#<inbox>#<day>` | `00` …     | the confirmation that was sent there                         |
| `sent#<who>#<day>` | `00` … `09`   | the report told in that alert: no more than ten a day        |
| `told#<number>` | `alerts`         | that everybody around was told of that report                |
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from chalicelib.domain.around import Around, keys_of
from chalicelib.store import client
from chalicelib.store.desk_table import DeskTable, Item

JOIN, ALERT = "join", "alert"
UNCONFIRMED, KEPT = timedelta(hours=48), timedelta(days=400)
_ANYTHING = "*"
_COUNTED = 5


class Name(msgspec.Struct, frozen=True, kw_only=True):
    """Which wish: `what` is JOIN or ALERT, `of` the tracking number or the alert's id, `who` the person's digest."""

    what: str
    of: str
    who: str


class Wish(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One person's wish. `way` is a channel's id, `to` the sealed contact in base64, `nonce` what the person's links are
    derived from; not `active` until confirmed. `since` is when it became what it is. An alert has a place (`around`). `inbox`
    is the digest by which confirmations to an address are counted, "" for no address."""

    what: str
    of: str
    who: str
    way: str
    to: str
    nonce: str
    since: datetime
    lang: str = "id"
    active: bool = False
    around: Around | None = None
    inbox: str = ""

    @property
    def name(self) -> Name:
        """Which one it is."""
        return Name(what=self.what, of=self.of, who=self.who)


class Followers:
    """Reads and writes wishes."""

    def __init__(self, items: DeskTable, table: str, reports: str, region: str) -> None:
        self._items = items
        self._table, self._reports = table, reports
        self._client = client.client("dynamodb", region)

    def get(self, name: Name, *, now: datetime) -> Wish | None:
        """The wish; None when there is none (any more). One read."""
        item = self._items.get(*_key(name))
        return _wish(item, now)

    def ask(self, wish: Wish, digest: str, *, now: datetime) -> None:
        """Keeps a wish that waits to be confirmed, and the digest of the link that confirms it: not over one that counts."""
        until = now + UNCONFIRMED
        if self._fresh(wish, 1, until):
            self._items.put(f"token#{digest}", "-", wish.name, expires_at=until)

    def named(self, digest: str, *, now: datetime) -> Name | None:
        """What the link with that digest is for."""
        item = self._items.get(f"token#{digest}", "-")
        if item is None or (item.expires_at is not None and item.expires_at <= now):
            return None
        name: Name = item.told(Name)
        return name

    def activate(self, wish: Wish, digest: str, *, now: datetime, since: datetime | None = None) -> bool:
        """Makes a wish count, from `since` (now), and keeps its link as long. A join is counted on its report. False when it
        counted already."""
        active = msgspec.structs.replace(wish, active=True, since=since or now)
        until = now + KEPT
        self._items.put(f"token#{digest}", "-", wish.name, expires_at=until)
        if wish.around is not None:
            self._items.put_many(
                [
                    Item(kind=f"alert#{key}", id=f"{wish.who}.{wish.of}", body=_json(wish.around), expires_at=until)
                    for key in keys_of(wish.around)
                ]
            )
            return self._fresh(active, 2, until)
        self._items.put(f"mine#{wish.who}", f"{JOIN}#{wish.of}", {}, expires_at=until)
        new = self._fresh(active, 2, until)
        self._count(wish.of)
        return new

    def end(self, wish: Wish, digest: str, *, now: datetime, quiet_for: timedelta) -> None:
        """Erases a wish and its link; for `quiet_for` only a digest says that it was there. No `digest`: the link
        stays, for what it leads to now. Harmless when it is gone."""
        if wish.around is not None:
            own = f"{wish.who}.{wish.of}"
            gone = [*((f"alert#{key}", own) for key in keys_of(wish.around)), _key(wish.name)]
            self._items.delete_many(gone)
        elif wish.active:
            self._items.delete_many([_key(wish.name), (f"mine#{wish.who}", f"{JOIN}#{wish.of}")])
            self._count(wish.of)
        else:
            self._items.delete_many([_key(wish.name)])
        if digest:
            self._items.delete_many([(f"token#{digest}", "-")])
        if quiet_for:
            self._items.put(f"stopped#{wish.who}", wish.of, {}, expires_at=now + quiet_for)

    def move(self, wish: Wish, to: str, digest: str, *, now: datetime, since: datetime) -> None:
        """The join of a report that was merged, as one of the report that leads too. The old one stays until it is ended."""
        self.activate(msgspec.structs.replace(wish, of=to, active=False), digest, now=now, since=since)

    def joiners(self, tracking: str, *, limit: int, after: str = "") -> list[Wish]:
        """Up to `limit` people who want to hear of a report, those unconfirmed too, in the order of their digests."""
        found = self._items.query(f"{JOIN}#{tracking}", limit=limit, after=after, consistent=True)
        return [item.told(Wish) for item in found]

    def around(self, key: str, *, limit: int, after: str = "") -> list[tuple[str, Around]]:
        """Up to `limit` alerts under one key: (id, what is wanted)."""
        found = self._items.query(f"alert#{key}", limit=limit, after=after)
        return [(item.id, item.told(Around)) for item in found]

    def of_person(self, who: str, *, limit: int = 100) -> list[Name]:
        """What one person wants to hear of."""
        found = (item.id.partition("#") for item in self._items.query(f"mine#{who}", limit=limit))
        return [Name(what=what, of=of, who=who) for what, _, of in found]

    def active_of(self, who: str, what: str, *, now: datetime, limit: int = 100) -> set[str]:
        """What one person hears of already, of one kind: not what somebody only asked for in their name."""
        found = self._items.query(f"mine#{who}", limit=limit, begins=f"{what}#", consistent=True)
        there = (item for item in found if item.expires_at is None or item.expires_at > now)
        return {item.id.partition("#")[2] for item in there if what == JOIN or item.told(Wish).active}

    def has_stopped(self, who: str, of: str, *, now: datetime) -> bool:
        """Whether they have stopped this a short while ago."""
        item = self._items.get(f"stopped#{who}", of)
        return item is not None and (item.expires_at is None or item.expires_at > now)

    def wants_nothing(self, inbox: str, *, now: datetime) -> bool:
        """Whether the reader of an inbox was asked what they never wished for, and wants to be asked nothing more."""
        return bool(inbox) and self.has_stopped(inbox, _ANYTHING, now=now)

    def leave_alone(self, inbox: str, *, now: datetime) -> None:
        """Nothing more is asked there."""
        self._items.put(f"stopped#{inbox}", _ANYTHING, {}, expires_at=now + KEPT)

    def welcome(self, inbox: str) -> None:
        """Its reader wished for something themselves: they may be asked again."""
        self._items.delete_many([(f"stopped#{inbox}", _ANYTHING)])

    def may_ask(self, inbox: str, of: str, day: str, most: int, *, now: datetime) -> bool:
        """Whether one more message that nobody may have wished for may go there on that day: at most `most`, whoever asks at
        the same time. The same one twice is one."""
        return self._turn(f"asked#{inbox}#{day}", of, most, now)

    def take_turn(self, who: str, day: str, of: str, most: int, *, now: datetime) -> bool:
        """Whether one more alert may go to that person on that day: at most `most`, whoever asks at the same time."""
        return self._turn(f"sent#{who}#{day}", of, most, now)

    def _turn(self, kind: str, of: str, most: int, now: datetime) -> bool:
        for _ in range(most + 1):
            taken = self._items.query(kind, limit=most, consistent=True)
            if any(item.told(str) == of for item in taken):
                return True
            if len(taken) >= most:
                return False
            body = msgspec.json.encode(of).decode()
            if self._items.put(kind, f"{len(taken):02}", body, if_absent=True, expires_at=now + timedelta(days=2)):
                return True
        return False

    def all_told(self, tracking: str) -> bool:
        """Whether everybody around a report has been told of it."""
        return self._items.get(f"told#{tracking}", "alerts") is not None

    def note_all_told(self, tracking: str, *, until: datetime) -> None:
        """That they have."""
        self._items.put(f"told#{tracking}", "alerts", {}, expires_at=until)

    def _fresh(self, wish: Wish, version: int, until: datetime) -> bool:
        """Writes a wish in place of an unconfirmed one (version 1; one that counts has 2). False when it counts already."""
        kind, id = _key(wish.name)
        return self._items.put(kind, id, wish, newer=2, version=version, expires_at=until)

    def _count(self, tracking: str) -> None:
        """Counts the joins of a report anew, and notes the number on it, beside its version and its history. Counted, not
        added up: after a crash the next one puts it right. Counted again behind each write, until it is the same: of two
        at once the one who writes last has seen what the other did."""
        joined = self._joined(tracking)
        for _ in range(_COUNTED):
            self._note(tracking, joined)
            noted, joined = joined, self._joined(tracking)
            if joined == noted:
                return

    def _joined(self, tracking: str) -> int:
        joined = 0
        start: dict[str, object] = {}
        while True:
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="kind = :kind",
                FilterExpression="version = :active",
                ExpressionAttributeValues={":kind": {"S": f"{JOIN}#{tracking}"}, ":active": {"N": "2"}},
                Select="COUNT",
                ConsistentRead=True,
                **start,
            )
            joined += int(answer["Count"])
            if "LastEvaluatedKey" not in answer:
                return joined
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _note(self, tracking: str, joined: int) -> None:
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.update_item(
                TableName=self._reports,
                Key={"tracking": {"S": tracking}},
                UpdateExpression="SET joined = :joined",
                ConditionExpression="attribute_exists(tracking)",
                ExpressionAttributeValues={":joined": {"N": str(joined)}},
            )


def _wish(item: Item | None, now: datetime) -> Wish | None:
    if item is None or (item.expires_at is not None and item.expires_at <= now):
        return None
    wish: Wish = item.told(Wish)
    return wish


def _key(name: Name) -> tuple[str, str]:
    return (f"{JOIN}#{name.of}", name.who) if name.what == JOIN else (f"mine#{name.who}", f"{ALERT}#{name.of}")


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
