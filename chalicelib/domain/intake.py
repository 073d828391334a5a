"""How messages become a report: the first one begins it, later ones join it, and it is complete when the policy's
required fields are known. Pure, and the same for a fresh report, one read from the store, and one rebuilt from the
conversation's own log: that is what saves the read.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.city.model import City
from chalicelib.domain import deadlines, history
from chalicelib.domain.contribution import Contribution, Identity
from chalicelib.domain.errors import TooLarge
from chalicelib.domain.first_stop import first_stop_of, proposed
from chalicelib.domain.lifecycle import WITH_AGENCY, Action, Role, Status, lead_to
from chalicelib.domain.pictures import PENDING
from chalicelib.domain.place import Place
from chalicelib.domain.report import Deed, Report, record

FULL_BYTES = 100_000
_NOWHERE = Place()


def begin(identity: Identity, said: Contribution, city: City) -> Report:
    """The report that this message begins, as complete as it is, already with its agency where a first stop says so."""
    report = Report(
        tracking=identity.tracking,
        city=city.code,
        pack=said.pack,
        channel=said.channel,
        origin=identity.origin,
        attempt=identity.attempt,
        body_hash=said.body_hash,
        sender=identity.sender,
        received_at=said.at,
        active_at=said.at,
        changed_at=said.at,
        answerable=said.answerable,
        verified=said.verified,
        known_from=said.known_from,
        lang=said.lang,
        missing=city.required_of(said.channel),
    )
    report = _with(report, said, city)
    complete = not report.missing
    if complete:
        report = clocks(report, said.at, city)
    report = record(
        report,
        _deed(said, Action.ADD),
        "received",
        status=Status.WAITING if complete else Status.INCOMPLETE,
        public=True,
        quiet=said.quiet,
        data=_about(report, said),
    )
    return first_stop(report, said, city) if complete else report


def join(
    report: Report, said: Contribution, city: City, *, event: str = "", data: dict[str, object] | None = None
) -> Report:
    """The report with one more message of its reporter (or, as another `event`, an earlier one in other words). Before an agency has it the message changes the report;
    afterwards it is a note to the agency. It may complete the report, and it answers a question that was asked. Raises
    NotAllowedNow when the report has ended, TooLarge when it is full: then the message begins another one."""
    lead_to(Action.ADD, report.status, Role.REPORTER)
    if is_full(report):
        raise TooLarge("This report takes no more messages.", details={"text": "please begin a new report"})
    was_incomplete = report.status is Status.INCOMPLETE
    if report.status in WITH_AGENCY or report.status is Status.AWAITING_VALIDATION:
        after = _wishes(report, said)
    else:
        after = _with(report, said, city)
        category = city.categories.get(after.category or "")
        if category is not None:
            after = deadlines.classified(after, said.at, category.hours)
    after = deadlines.resumed(after, said.at)
    event = event or ("answered" if report.pause else "message_added")
    after = record(
        after,
        _deed(said, Action.ADD),
        event,
        # The agency reads what was said; before it has the report, the problem itself holds it.
        note=(said.words or said.problem) if report.agency or report.pause else said.problem,
        quiet=said.quiet or _only_pictures(said),
        data={"filled": list(said.filled), **_about(after, said), **(data or {})},
    )
    if was_incomplete and not after.missing:
        after = completed(after, said, _deed(said, Action.COMPLETE), city)
    return msgspec.structs.replace(after, version=report.version + 1)


def completed(report: Report, said: Contribution, deed: Deed, city: City) -> Report:
    """The report that lacks nothing any more: its clocks run, its reporter is told, and it goes where a first stop says."""
    after = clocks(report, said.at, city)
    after = record(
        after,
        deed,
        "completed",
        status=Status.WAITING,
        public=True,
        quiet=said.quiet,
        data=_about(after, said),
    )
    return first_stop(after, said, city)


def _only_pictures(said: Contribution) -> bool:
    """Whether a message adds pictures and nothing else: an album comes as many, and what is missing was asked already."""
    return bool(said.photos) and not (said.filled or said.words or said.problem)


def _wishes(report: Report, said: Contribution) -> Report:
    """What a message still changes once an agency has the report: photos, and who may see what."""
    return msgspec.structs.replace(
        report,
        active_at=said.at,
        answerable=report.answerable,
        photos=_photos(report, said),
        private=report.private or said.private,
        anonymous=report.anonymous or said.anonymous,
        confidential=report.confidential or said.confidential,
        flags=tuple(dict.fromkeys((*report.flags, *said.flags))),
        marks=tuple(dict.fromkeys((*report.marks, *said.marks))),
    )


def is_full(report: Report) -> bool:
    """Whether a report has come near what one item holds (400 kB) and takes no more messages; every step of the flow still
    fits."""
    size = history.size(report.history) + len(report.problem.encode()) + sum(map(len, report.sealed))
    return size > FULL_BYTES


def note_difference(report: Report, said: Contribution) -> Report:
    """The report after the provider sent the same message id with another body: kept in history, changes nothing."""
    deed = Deed(
        action=Action.ADD,
        role=Role.REPORTER,
        action_id=f"differs:{said.message_id}:{said.body_hash[:16]}",
        at=said.at,
        seed=said.seed,
    )
    after = record(report, deed, "duplicate_differs", data={"body_hash": said.body_hash})
    return msgspec.structs.replace(after, version=report.version + 1)


def first_stop(report: Report, said: Contribution, city: City) -> Report:
    """The report sent on by the city's standing rules, or as it is, waiting for the admin: so does one that is about an
    office, which no rule knows."""
    if report.accused is not None:
        return report
    agency, data = first_stop_of(report, city), dict[str, object]()
    if agency is None and (proposal := proposed(report, city)) is not None:
        agency = proposal.agency
        data = {"confidence": proposal.confidence, "reasons": [list(reason) for reason in proposal.reasons]}
        if (category := city.categories.get(proposal.category)) is not None:
            report = deadlines.classified(report, said.at, category.hours)
            report = msgspec.structs.replace(report, category=category.code)
            data["category"] = category.code
    if agency is None:
        return report
    deed = Deed(
        action=Action.DISPATCH, role=Role.SYSTEM, action_id=f"{said.action_id}:rule", at=said.at, seed=said.seed
    )
    return record(
        report,
        deed,
        "dispatched",
        status=Status.COORDINATION,
        public=True,
        quiet=True,
        data={"agency": agency, "automatic": True, **data},
        agency=agency,
        held_since=said.at,
        automatic=True,
    )


def _with(report: Report, said: Contribution, city: City) -> Report:
    place = _place(report.place, said.place)
    filled = set(said.filled) | ({"place"} if place.is_enough else set())
    category = report.category or said.category
    suggested = report.suggested or said.suggested
    # A report stands under the rules of the day on which its category was known: those of today are for what is new.
    known, code = report.category or report.suggested, category or suggested
    likely = city.categories.get(code or "") if code != known else None
    return msgspec.structs.replace(
        report,
        active_at=said.at,
        answerable=report.answerable,
        problem="\n".join(text for text in (report.problem, said.problem) if text),
        place=place,
        cell=said.cell or report.cell,
        category=category,
        suggested=suggested,
        proposal=report.proposal or said.proposal,
        missing=tuple(field for field in report.missing if field not in filled),
        photos=_photos(report, said),
        private=report.private or said.private,
        anonymous=report.anonymous or said.anonymous,
        confidential=report.confidential or said.confidential or bool(likely and likely.sensitive),
        emergency=report.emergency or said.emergency,
        flags=tuple(dict.fromkeys((*report.flags, *said.flags))),
        marks=tuple(dict.fromkeys((*report.marks, *said.marks))),
    )


def _place(known: Place, told: Place | None) -> Place:
    if told is None or known == _NOWHERE or (known.from_photo and told.is_enough):
        return told or known  # what is said of the place counts more than where a picture was taken
    return Place(
        lat=told.lat if told.has_point else known.lat,
        lng=told.lng if told.has_point else known.lng,
        address=told.address or known.address,
        landmark=", ".join(dict.fromkeys(text for text in (known.landmark, told.landmark) if text)),
        area=told.area or known.area,
        in_city=told.in_city if told.has_point else known.in_city,
        same_as_reporter=told.same_as_reporter or (known.same_as_reporter and not told.address),
        from_photo=known.from_photo,
    )


def _photos(report: Report, said: Contribution) -> tuple[str, ...]:
    return (*report.photos, *(f"{PENDING}{photo}" for photo in said.photos))


def clocks(report: Report, at: datetime, city: City) -> Report:
    """The report at the moment it is complete: both clocks run."""
    category = city.categories.get(report.category or "")
    return deadlines.started(report, at, city.policy, category.hours if category else None)


def asked_for(report: Report) -> dict[str, object]:
    """What the reporter has to be asked: the missing fields, and which part of the place when the rest is known."""
    if not report.missing:
        return {}
    half_known = "place" in report.missing and report.place.landmark and not report.place.area
    return {"missing": list(report.missing), **({"part": "kelurahan"} if half_known else {})}


def _about(report: Report, said: Contribution) -> dict[str, object]:
    about: dict[str, object] = {"channel": said.channel}
    if report.respond and report.resolve and report.complete_at == said.at:
        # Hashed with the entry: nobody can date a deadline otherwise afterwards, a changed policy neither.
        about |= {"respond_by": report.respond.by, "resolve_by": report.resolve.by}
    about |= asked_for(report)
    if said.emergency:
        about["emergency"] = True
    if not (said.filled or said.words or said.problem or said.photos):
        about["empty"] = True
    if said.photos:
        about["pictures"] = list(said.photos)
    if said.public:
        about["in_public"] = True
    if said.unread:
        about["unread"] = said.unread
    if said.noted:
        about["noted"] = dict(said.noted)
    return about


def _deed(said: Contribution, action: Action) -> Deed:
    return Deed(action=action, role=Role.REPORTER, action_id=said.action_id, at=said.at, seed=said.seed)
