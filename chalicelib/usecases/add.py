"""Adding: more words or photos by the key, as a message on the report's own channel would bring them."""

from __future__ import annotations

import msgspec

from chalicelib.channels.message import Message
from chalicelib.domain.errors import Invalid, TooLarge
from chalicelib.domain.intake import is_full, join
from chalicelib.domain.lifecycle import Action, lead_to
from chalicelib.domain.pictures import PENDING, UPLOAD, id_of
from chalicelib.domain.proof import ever_pictured
from chalicelib.domain.report import Deed, Report, record
from chalicelib.outbound.sealing import Sealed, seal_of
from chalicelib.triage.recognition import mask_known
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.follow_up import perhaps, photo_ids
from chalicelib.usecases.understand import Understanding, screened, spoken
from chalicelib.usecases.uploads import claim_shown


class Add(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """More about it: words, ids of uploads, or both."""

    text: str = ""
    photos: tuple[str, ...] = ()


def added_by(desk: Desk, report: Report, wish: Add, deed: Deed) -> Report:
    """The report with what its reporter adds; before an agency has it that may be what was missing. Of a merged report's
    reporter (`deed.follower`): a remark on the one that leads. Raises Invalid on `text` or `photos`, TooLarge when it is
    full."""
    lead_to(Action.ADD, report.status, deed.role)
    perhaps(wish.text, "text")
    photo_ids(wish.photos)
    if not wish.text.strip() and not wish.photos:
        raise Invalid("Nothing was added.", details={"text": "or photos: one is required", "photos": "or text"})
    if known := {*map(id_of, report.photos), *ever_pictured(report)}.intersection(wish.photos):
        raise Invalid(
            "A photo is there already.", details={"photos": f"on this report: {', '.join(sorted(known)[:5])}"}
        )
    if is_full(report):
        raise TooLarge("This report takes no more.", details={"text": "please begin a new report"})
    key = desk.secrets.key("recognition", desk.ticks())
    understood = _understood(desk, report, wish, deed, key)
    after = _remarked(desk, report, understood, deed, key) if deed.follower else _joined(desk, report, understood, key)
    if wish.photos:
        claim_shown(desk, wish.photos, report.tracking)
    return after


def _understood(desk: Desk, report: Report, wish: Add, deed: Deed, key: bytes) -> Understanding:
    message = Message(
        channel=report.channel,
        id=deed.action_id,
        sender="",
        text=wish.text,
        photos=tuple(f"{UPLOAD}{photo}" for photo in dict.fromkeys(wish.photos)),
        conversational=True,
        answerable=False,  # who they are stands in the report: nothing here says it anew
        raw=wish.text.encode(),
    )
    understood = spoken(
        message,
        desk.city,
        now=deed.at,
        seed=deed.seed,
        key=key,
        asked=report.missing,
        known_place=report.place,
        lang=report.lang,
    )
    return msgspec.structs.replace(understood, said=msgspec.structs.replace(understood.said, given_id=deed.action_id))


def _joined(desk: Desk, report: Report, understood: Understanding, key: bytes) -> Report:
    said = msgspec.structs.replace(
        understood.said,
        words=mask_known(understood.said.words, key, report.marks),
        problem=mask_known(understood.said.problem, key, report.marks),
    )
    after = screened(join(report, said, desk.city), key)
    sealed = desk.sealer.seal(understood.secret, report.tracking, desk.ticks())
    return msgspec.structs.replace(after, sealed=(*report.sealed, sealed), version=report.version)


def _remarked(desk: Desk, report: Report, understood: Understanding, deed: Deed, key: bytes) -> Report:
    said, follower = understood.said, desk.reports.get(deed.follower)
    words = mask_known(mask_known(said.words or said.problem, key, follower.marks), key, report.marks)
    secret = understood.secret
    bare = Sealed(photos=secret.photos, text=secret.text, raw=secret.raw)
    sealed = desk.sealer.seal(bare, report.tracking, desk.ticks())
    return record(
        report,
        deed,
        "message_added",
        note=words,
        quiet=True,
        data={
            "channel": follower.channel,
            "seal": seal_of(sealed),
            **({"pictures": list(said.photos)} if said.photos else {}),
        },
        photos=(*report.photos, *(f"{PENDING}{photo}" for photo in said.photos)),
        emergency=report.emergency or said.emergency,
        sealed=(*report.sealed, sealed),
    )
