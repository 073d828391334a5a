"""What one message says, and who a report is: what intake works with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from chalicelib.domain.place import Place
from chalicelib.domain.proposal import Proposal

FIELDS = ("problem", "place", "name", "address")


class Contribution(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one message adds to a report, without who says it: `problem` is masked, `filled` names the required fields
    it answers, `words` is all it says, masked. `quiet`: this message gets no answer. `settled` is false when
    that depended on what had been asked: then nobody can retell it from this alone. `flags` are for the admin to see;
    `known_from` are the sender's earlier reports, `unread` a kind of content nobody can read, `public` where everybody
    reads it, `noted` what whoever wrote it down for the reporter has noted (that the consent was read out, …), `pack` the version of the city's overrides it was understood with."""

    message_id: str
    channel: str
    at: datetime
    seed: str
    body_hash: str
    filled: tuple[str, ...] = ()
    problem: str = ""
    words: str = ""
    place: Place | None = None
    cell: str | None = None
    category: str | None = None
    suggested: str | None = None
    proposal: Proposal | None = None
    photos: tuple[str, ...] = ()
    private: bool = False
    anonymous: bool = False
    confidential: bool = False
    emergency: bool = False
    answerable: bool = True
    verified: bool = True
    lang: str = "id"
    marks: tuple[str, ...] = ()
    settled: bool = True
    quiet: bool = False
    given_id: str = ""
    flags: tuple[str, ...] = ()
    known_from: tuple[str, ...] = ()
    unread: str = ""
    public: bool = False
    noted: Mapping[str, str] = {}
    pack: int = 0

    @property
    def action_id(self) -> str:
        """The id of the change this message makes."""
        return self.given_id or f"message:{self.message_id}"


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Where a new report comes from: its number, what that was derived from, and the keyed hash of who sent it."""

    tracking: str
    origin: str
    attempt: int = 0
    sender: str
