"""Members of the staff, in the table `desk`, by the `sub` of their tokens. The record governs role, office and whether the
account is active, at every request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from chalicelib.domain.errors import Busy, Unknown
from chalicelib.domain.lifecycle import Role
from chalicelib.store.desk_table import DeskTable

KIND = "member"
ENDED_KEPT = timedelta(hours=12)
"""As long as a session can live: after that it is over by itself."""
ENDED_MOST = 100
NAME_MOST, EMAIL_MOST = 100, 254
_TRIES = 8


class Member(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One account. `agency` and `unit` are codes of offices, `unit` one under `agency`. `version` counts what an admin
    changed. `ended` are sessions that were signed out of; no session begun before `ended_before` counts. `system`: an
    agency's own system, which signs in with client credentials (`sub` is its client id)."""

    sub: str
    name: str = ""
    email: str = ""
    role: Role
    agency: str | None = None
    unit: str | None = None
    active: bool = True
    invited_at: datetime | None = None
    last_sign_in: datetime | None = None
    ended: dict[str, datetime] = {}
    ended_before: datetime | None = None
    version: int = 1
    system: bool = False

    @property
    def office(self) -> str | None:
        """The most particular office the member belongs to."""
        return self.unit or self.agency

    def has_ended(self, sid: str, begun: datetime) -> bool:
        """Whether that session was ended, alone or with all others."""
        return sid in self.ended or (self.ended_before is not None and begun <= self.ended_before)

    def without_session(self, sid: str, now: datetime) -> Member:
        """As it is when that session has ended. Who ends very many within half a day ends all of them."""
        kept = {known: at for known, at in self.ended.items() if now - at < ENDED_KEPT} | {sid: now}
        if len(kept) > ENDED_MOST:
            return msgspec.structs.replace(self, ended={}, ended_before=now)
        return msgspec.structs.replace(self, ended=kept)


class Members:
    """Reads and writes members."""

    def __init__(self, table: DeskTable) -> None:
        self._table = table

    def get(self, sub: str) -> Member | None:
        """The member as it is now; None when there is no record. One read."""
        item = self._table.get(KIND, sub) if sub else None
        return item.told(Member) if item else None

    def add(self, member: Member) -> bool:
        """Writes a new member; False when there is one already."""
        return self._table.put(KIND, member.sub, member, if_absent=True)

    def change(self, sub: str, change: Callable[[Member], Member]) -> Member:
        """Writes what `change` makes of the member, on fresh state whenever somebody was quicker; what it raises goes
        through. Raises Unknown when there is none, Busy when there is no end of others."""
        for _ in range(_TRIES):
            item = self._table.get(KIND, sub) if sub else None
            if item is None:
                raise Unknown("There is no such member.", details={"member": sub})
            before: Member = item.told(Member)
            after = change(before)
            if after == before or self._table.put(KIND, sub, after, if_version=item.version):
                return after
        raise Busy("This account is being changed. Please try again.")

    def page(self, *, limit: int, after: str = "") -> list[Member]:
        """Up to `limit` members beyond the one whose sub is `after`, in the order of their subs."""
        return [item.told(Member) for item in self._table.query(KIND, limit=limit, after=after)]
