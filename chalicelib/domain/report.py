"""The report: one value that holds everything known about one citizen's problem, its clocks and its whole history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain import history as chain
from chalicelib.domain.lifecycle import TERMINAL, Action, Role, Status
from chalicelib.domain.place import Place
from chalicelib.domain.proposal import Proposal
from chalicelib.domain.tracking import digest_of

# A report is one item of at most 400 kB.
_CROWDED_BYTES = 200_000
_SHORT_NOTE = 200


class Clock(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One deadline. `since` is when the present run began, `by` the instant it ends. `rung` counts the rungs of the
    ladder climbed in this run; a clock that has stopped climbs no more."""

    since: datetime
    by: datetime
    run: int = 1
    rung: int = 0
    stopped_at: datetime | None = None
    missed: bool = False

    @property
    def running(self) -> bool:
        """Whether the clock still counts."""
        return self.stopped_at is None

    @property
    def was_missed(self) -> bool:
        """Whether it stopped after its end, in this run or in one before (`missed`)."""
        return self.missed or (self.stopped_at is not None and self.stopped_at > self.by)


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """The clocks stand still while the reporter is asked: since then, until then at the latest."""

    since: datetime
    until: datetime


class ExtensionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A new date that an agency asks for, not decided yet."""

    until: datetime
    reason: str
    requested_at: datetime


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One report. Instants are aware UTC. `problem` is masked text; who reported is only in `sealed`, as ciphertext.
    `seq` and `head` are number and hash of the last history entry; `spent` are the
    change ids of erased entries, `flags` what the admin should see ("link", "flood", "same-text"), `known_from` the earlier
    reports of the same sender whose seals hold what was not asked again, `unsealed` those of messages retold from the conversation, whose originals are awaited. `leads` are all that were merged into it, those merged into them before too; `joined` is how many others want to hear of it (counted beside the history); `split_from` is the
    report whose seals tell who reported this one; `begun` is the second report of a split (JSON) until it is stored. `pack` is the version of the city's overrides it was filed under (0: the pack alone). `said_for` says of erased words on finished work which merged report's reporter said them (entry → number), and whose pictures came with them (id → number). `stars` is its reporter's rating (1 to 5), `way` how they want to be told ("email", "sms", "none"; "": as the report came), `erased` says that nothing is known of them any more. `missing` names the required fields not known yet; `held` is seconds each agency has held the report, pauses left
    out."""

    tracking: str
    city: str
    version: int = 1
    status: Status = Status.INCOMPLETE
    channel: str
    origin: str
    attempt: int = 0
    body_hash: str
    sender: str
    received_at: datetime
    active_at: datetime
    complete_at: datetime | None = None
    changed_at: datetime
    lang: str = "id"

    problem: str = ""
    category: str | None = None
    suggested: str | None = None
    proposal: Proposal | None = None
    agency: str | None = None
    unit: str = ""
    place: Place = Place()
    cell: str | None = None
    missing: tuple[str, ...] = ()
    photos: tuple[str, ...] = ()

    private: bool = False
    anonymous: bool = False
    confidential: bool = False
    accused: str | None = None
    emergency: bool = False
    automatic: bool = False
    doubted: bool = False
    answerable: bool = True
    verified: bool = True
    flags: tuple[str, ...] = ()
    known_from: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()

    respond: Clock | None = None
    resolve: Clock | None = None
    classified: bool = False
    pause: Pause | None = None
    paused_seconds: float = 0.0
    extension: ExtensionRequest | None = None
    extended: bool = False
    held: Mapping[str, float] = {}
    held_since: datetime | None = None
    nudged: int = 0

    merged_into: str | None = None
    leads: tuple[str, ...] = ()
    joined: int = 0
    split_from: str | None = None
    key_version: int = 1
    pack: int = 0
    seq: int = 0
    head: str = ""
    spent: tuple[str, ...] = ()
    said_for: Mapping[str, str] = {}
    begun: str = ""
    stars: int | None = None
    way: str = ""
    consent_withdrawn: bool = False
    erased: bool = False
    unsealed: tuple[str, ...] = ()
    sealed: tuple[bytes, ...] = ()
    history: tuple[str, ...] = ()

    @property
    def terminal(self) -> bool:
        """Whether nothing but reopening leads on from here."""
        return self.status in TERMINAL

    @property
    def hidden(self) -> bool:
        """Whether text, place and photos need the reporter's key."""
        return self.private or self.confidential or self.consent_withdrawn

    @property
    def tells_who(self) -> bool:
        """Whether it is known who reported: in its own seals, or in those of the report it was split from."""
        return bool(self.sealed or self.split_from) and not self.erased

    @property
    def reporters(self) -> int:
        """How many reports it stands for: itself, and those merged into it."""
        return 1 + len(self.leads)

    def entries(self) -> list[chain.Entry]:
        """The whole history, decoded, oldest first."""
        return [chain.decode(text) for text in self.history]

    def done_at(self) -> datetime:
        """When the report last became done; when it last changed if that entry is erased."""
        done = (entry.moment for entry in reversed(self.entries()) if entry.event == "validated")
        return next(done, self.changed_at)

    def did(self, action_id: str) -> bool:
        """Whether a change with this id was made: then a repetition of it is a success, not a new change. Also true of
        one whose words have been erased."""
        return action_id in self.spent or any(entry.told.action_id == action_id for entry in self.entries())


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """Who does what, when. `by` is the agency or office acting (never a person's name); `seed` is fresh randomness,
    hex, from which the salts of this change's entries come. `quiet`: the reporter hears of it another way. `follower`: the
    merged report whose reporter does it, where that is not this report's own; kept as `for` in the entry. `via`: the
    counter (a channel) at which the reporter said it, kept as `via`."""

    action: Action
    role: Role
    by: str = ""
    action_id: str
    at: datetime
    seed: str
    quiet: bool = False
    follower: str = ""
    via: str = ""


def record(
    report: Report,
    deed: Deed,
    event: str,
    *,
    status: Status | None = None,
    public: bool = False,
    quiet: bool = False,
    note: str = "",
    data: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Report:
    """The report after one more history entry, with `fields` set and `status` taken. Does not touch `version`."""
    after = status or report.status
    at = max(deed.at, report.changed_at)
    if len(note) > _SHORT_NOTE and chain.size(report.history) > _CROWDED_BYTES:
        note = f"{note[:_SHORT_NOTE]}…"  # a step of the flow always fits, if need be with fewer words
    body = chain.Body(
        role=deed.role,
        action_id=deed.action_id,
        status=after,
        by=deed.by,
        public=public,
        quiet=quiet or deed.quiet,
        note=note,
        data={**(data or {}), **({"for": deed.follower} if deed.follower else {}), **_via(deed)},
    )
    salt = digest_of(deed.seed, str(report.seq + 1)).hex()[:32]
    entry = chain.append(report.seq, report.head, at, event, body, salt)
    history = (*report.history, chain.encode(entry))
    return msgspec.structs.replace(
        report, status=after, changed_at=at, history=history, seq=entry.seq, head=entry.hash, **fields
    )


def _via(deed: Deed) -> dict[str, str]:
    return {"via": deed.via} if deed.via else {}


def next_version(before: Report, after: Report) -> Report:
    """`after` as the next version of `before`: once per change, however many entries it added."""
    return msgspec.structs.replace(after, version=before.version + 1)
