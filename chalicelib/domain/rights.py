"""A reporter's rights over what is theirs: what is closed to them and why, how long their word on finished work counts, and
the report without anything of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec

from chalicelib.city.model import Policy
from chalicelib.domain import deadlines, history
from chalicelib.domain.errors import NotAllowedNow
from chalicelib.domain.history import Entry
from chalicelib.domain.lifecycle import Action, Role, Status
from chalicelib.domain.open_photos import open_photos
from chalicelib.domain.pictures import KEPT, id_of
from chalicelib.domain.report import Deed, Report, record

ERASED, CONSENT_WITHDRAWN = "erased", "consent_withdrawn"
_WITHOUT_A_REPORTER = frozenset({Action.ADD, Action.ANSWER, Action.NOTIFY, Action.WITHDRAW_CONSENT})
_WITHOUT_CONSENT = frozenset({Action.NOTIFY, Action.WITHDRAW_CONSENT})
# Of what a reporter said: that it happened is everybody's to know, and stays so when the words are erased.
_SEEN = frozenset({"received", "completed", "confirmed", "disputed", "reopened", "withdrawn", "stepped_back"})
# Whether the work is done is asked of each reporter by themselves.
_VOICES = frozenset({"confirmed", "disputed", "reopened", "stepped_back"})
_HEARD = frozenset({Role.REPORTER, Role.COUNTER})
_SAID = frozenset({"answered", "message_added", "message_edited", "message_deleted", "rated"})
# What the reporter told, by themselves or at a counter. A counter's own remarks are the staff's.
_AT_A_COUNTER = frozenset({"answered", "completed", "received", "message_added"})


def closed(report: Report) -> frozenset[Action]:
    """What the reporter can do no more, whatever the status says: nobody is left to be told, or may be."""
    if report.erased:
        return _WITHOUT_A_REPORTER
    return _WITHOUT_CONSENT if report.consent_withdrawn else frozenset()


def still_open(report: Report, action: Action) -> None:
    """Raises NotAllowedNow, with the `reason`, for what is closed to the reporter."""
    if action in closed(report):
        reason = ERASED if report.erased else CONSENT_WITHDRAWN
        said = "Your data was erased from this report." if report.erased else "You have withdrawn your consent."
        raise NotAllowedNow(said, details={"status": report.status, "reason": reason})


def word_until(report: Report, policy: Policy) -> datetime | None:
    """Until when the reporter has the last word on a report that is done; None for any other."""
    return report.done_at() + timedelta(days=policy.reopen_days) if report.status is Status.DONE else None


def in_time(report: Report, at: datetime, policy: Policy, message: str) -> None:
    """Raises NotAllowedNow with `until` when the days in which a reporter has the last word are over."""
    until = word_until(report, policy)
    if until is not None and at > until:
        raise NotAllowedNow(message, details={"status": report.status, "until": until.isoformat()})


def due_for_erasure(report: Report, now: datetime, policy: Policy) -> bool:
    """Whether it has been closed, and unchanged, for as long as the policy keeps who reported (0 days: for ever)."""
    kept = timedelta(days=policy.identity_retention_days)
    return bool(kept) and report.terminal and not report.erased and now - report.changed_at >= kept


def only_theirs(entry: Entry) -> bool:
    """Whether an entry is the reporter's own word that nobody else is shown: they themselves see what they have said."""
    told = entry.told
    own = not (told.data.get("for") or everybody_sees(entry)) and told.role in _HEARD
    return own and (entry.event in _SAID or _tells(entry))


def everybody_sees(entry: Entry) -> bool:
    """Whether an entry is one of those that everybody sees: of one that was erased, whether it always is."""
    return entry.told.public if entry.body is not None else entry.event in _SEEN


def own_entries(report: Report) -> list[Entry]:
    """The entries that hold words of the report's own reporter; not what those of merged reports said of this one."""
    return [entry for entry in report.entries() if not entry.told.data.get("for") and _tells(entry)]


def entries_for(report: Report, follower: str) -> list[Entry]:
    """The entries that hold what the reporter of that merged report said of this one: words, pictures, or what lies in a seal."""
    said = (entry for entry in report.entries() if entry.told.data.get("for") == follower)
    return [entry for entry in said if _tells(entry) or entry.told.data.get("seal") or entry.told.data.get("pictures")]


def seals_of(entries: Collection[Entry]) -> set[str]:
    """Which seals of the report these entries came with."""
    return {str(entry.told.data["seal"]) for entry in entries if entry.told.data.get("seal")}


def seals_of_followers(report: Report) -> set[str]:
    """Which seals of the report hold what the reporters of merged reports said of it."""
    return seals_of([entry for entry in report.entries() if entry.told.data.get("for")])


def seals_of_others(report: Report) -> set[str]:
    """Those, and which hold what other systems said of it: what its own reporter has not said."""
    return seals_of_followers(report) | seals_of([each for each in report.entries() if each.told.data.get("source")])


def pictures_of(entries: Collection[Entry]) -> set[str]:
    """The ids of the pictures these entries brought."""
    return {str(photo) for entry in entries for photo in entry.told.data.get("pictures", ())}


def own_pictures(report: Report) -> set[str]:
    """The ids of the pictures that came from the report's own reporter."""
    entries = [entry for entry in report.entries() if not entry.told.data.get("for")]
    taken = (entry.told.data.get("taken", ()) for entry in entries if entry.event == "split_off")
    return pictures_of([each for each in entries if each.told.role in _HEARD]) | {
        str(id) for ids in taken for id in ids
    }


def without_words(report: Report, seqs: Collection[int]) -> Report:
    """The report with the words of these entries gone: digests and hashes stay, so that the chain holds, and the ids of the
    changes, so that none is made twice, and whose word it was where that still counts."""
    known = report.entries()
    gone = [entry for entry in known if entry.seq in seqs and entry.body is not None]
    if not gone:
        return report
    texts = tuple(
        history.encode(history.erase(entry)) if entry.seq in seqs else text
        for entry, text in zip(known, report.history, strict=True)
    )
    spent = [entry.told.action_id for entry in gone if entry.told.action_id]
    voices = {str(entry.seq): str(entry.told.data.get("for", "")) for entry in gone if entry.event in _VOICES}
    said_for = {**report.said_for, **{seq: who for seq, who in voices.items() if who}}
    for entry in gone:
        if who := entry.told.data.get("for"):
            said_for |= dict.fromkeys(pictures_of([entry]), str(who))
    return msgspec.structs.replace(report, history=texts, spent=(*report.spent, *spent), said_for=said_for)


def nothing_left(report: Report, sealed: Collection[bytes]) -> bool:
    """Whether nothing of the reporter is in it (any more). `sealed` are the parts that are not of merged reports' reporters."""
    return report.erased and not (sealed or report.marks or report.known_from or own_entries(report))


def anonymous(report: Report, deed: Deed, *, sender: str, why: str, others: tuple[bytes, ...] = ()) -> Report:
    """The report without anything of its reporter; `sender` is nobody's, `others` are the sealed parts of merged reports'
    reporters, who have not asked for it. The problem, already masked, stays with what is
    public; of what only the key showed, words, pictures and the exact place go as well. `why` is "asked" or "retention"."""
    gone, own = own_entries(report), own_pictures(report)
    # What nobody has looked at yet has lost its source with the seal; what everybody was not shown is not kept for nobody.
    unseen = own.difference(open_photos(report))
    kept = tuple(each for each in report.photos if each.startswith(KEPT) or id_of(each) not in unseen)
    report = deadlines.resumed(without_words(report, {entry.seq for entry in gone}), deed.at)
    report = msgspec.structs.replace(
        report,
        sealed=others,
        unsealed=(),
        marks=(),
        known_from=(),
        sender=sender,
        body_hash="",
        photos=kept,
        way="",
        answerable=False,
        erased=True,
    )
    if report.hidden:
        report = _bare(report, own)
    data: dict[str, object] = {"why": why, **({"entries": [entry.seq for entry in gone]} if gone else {})}
    return record(report, deed, "erased", public=True, quiet=True, data=data)


def _bare(report: Report, own: Collection[str]) -> Report:
    """Without what only the key showed: of the place the area is left, for whoever is at work there."""
    place = msgspec.structs.replace(
        report.place, lat=None, lng=None, address="", landmark="", same_as_reporter=False, from_photo=False
    )
    photos = tuple(photo for photo in report.photos if id_of(photo) not in own)
    return msgspec.structs.replace(report, problem="", proposal=None, place=place, cell=None, photos=photos)


def _tells(entry: Entry) -> bool:
    told = entry.told
    by_them = told.role == Role.REPORTER or (told.role == Role.COUNTER and entry.event in _AT_A_COUNTER)
    return by_them and bool(told.note or told.data.get("before"))
