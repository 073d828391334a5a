"""Followers: the reporters of merged reports. What changes on the report that leads goes to each of them by a message of its
own on the replies queue, so that hundreds are no more work for one run than one is, and nobody's provider holds up another's
message. And what they still say goes to the report that leads.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.channels.message import Message
from chalicelib.domain import announcements
from chalicelib.domain.history import Entry
from chalicelib.domain.intake import is_full
from chalicelib.domain.lifecycle import Action, Role, Status, lead_to
from chalicelib.domain.pictures import PENDING
from chalicelib.domain.report import Deed, Report, record
from chalicelib.outbound.sealing import Sealed, seal_of
from chalicelib.triage.recognition import mask_known
from chalicelib.usecases.act import changed
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.merging import HALF_FOR, leader_of
from chalicelib.usecases.notices import NOBODY
from chalicelib.usecases.understand import Understanding

# How many merged reports are looked at for one whose reporter can be asked.
_MOST_ASKED = 20


class Follow(msgspec.Struct, frozen=True, kw_only=True):
    """A message on the replies queue: that the reporter of `follower` hears of an entry of the report that leads."""

    tracking: str
    seq: int
    follower: str


def destination_of(follower: str) -> str:
    """What the delivery to a merged report's reporter is claimed as."""
    return f"{announcements.REPORTER}:{follower}"


def to_tell(desk: Desk, report: Report, entry: Entry) -> list[str]:
    """The merged reports whose reporters are to hear of an entry."""
    asked = announcements.asked_instead(report, entry)[:_MOST_ASKED]
    for follower in asked:
        if can_hear(desk.reports.get(follower), report):
            return [follower]
    return announcements.told_followers(report, entry)


def can_hear(follower: Report, leader: Report) -> bool:
    """Whether a merged report still follows that one, and its reporter can be told anything."""
    follows = follower.status is Status.MERGED and follower.merged_into in (leader.tracking, *leader.leads)
    can = follower.answerable and follower.tells_who and follower.way != NOBODY
    return follows and follower.tracking in leader.leads and can


def is_on_its_way(follower: Report, leader: Report, now: datetime) -> bool:
    """Whether it is being merged at this very moment: the report that leads says so already."""
    joined = next(
        (each.moment for each in reversed(leader.entries()) if each.told.data.get("follower") == follower.tracking),
        None,
    )
    return not follower.terminal and joined is not None and now - joined < HALF_FOR


def fan_out(desk: Desk, report: Report, entry: Entry) -> int:
    """Puts a message on the queue for each of them. They may get there twice: each delivery is claimed by itself."""
    told = to_tell(desk, report, entry)
    desk.answers.put_all(
        msgspec.json.encode({"follow": Follow(tracking=report.tracking, seq=entry.seq, follower=follower)}).decode()
        for follower in told
    )
    return len(told)


def said_to_leader(desk: Desk, message: Message, understood: Understanding, follower: Report) -> Report | None:
    """The report that leads, with what the reporter of a merged one still says: a note and photos for whoever has it. Who
    says it stays with their own report. None when there is none that takes it."""
    leader = leader_of(desk, follower)
    if leader.terminal or is_full(leader) or leader.tracking == follower.tracking:
        return None
    said, key = understood.said, desk.secrets.key("recognition", desk.ticks())
    deed = Deed(
        action=Action.ADD,
        role=Role.REPORTER,
        action_id=said.action_id,
        at=said.at,
        seed=said.seed,
        follower=follower.tracking,
    )
    secret = understood.secret
    # No name, no address and no way to them: those of the leading report's own reporter must stay what they are.
    bare = Sealed(photos=secret.photos, text=secret.text, raw=secret.raw, stored=secret.stored)

    def heard(report: Report) -> Report:
        lead_to(Action.ADD, report.status, Role.REPORTER)
        words = mask_known(mask_known(said.words or said.problem, key, follower.marks), key, report.marks)
        photos = tuple(f"{PENDING}{photo}" for photo in said.photos)
        sealed = desk.sealer.seal(bare, report.tracking, desk.ticks())
        pictures = {"pictures": list(said.photos)} if photos else {}
        return record(
            report,
            deed,
            "message_added",
            note=words,
            quiet=True,
            data={"channel": said.channel, "seal": seal_of(sealed), **pictures},  # so that it can be erased
            photos=(*report.photos, *photos),
            emergency=report.emergency or said.emergency,
            sealed=(*report.sealed, sealed),
        )

    return changed(desk, leader.tracking, Action.NOTE, deed.action_id, heard)
