"""What follows from every change of a report, behind everybody's back: the figures, the next tree, alerts. Everything is
worked out from the report as it is now, so that repeated, late and shuffled events change nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from chalicelib.domain.errors import Unknown
from chalicelib.domain.facts import Facts, facts_of
from chalicelib.domain.report import Report
from chalicelib.observability import logger
from chalicelib.store.figures import Figures
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.watch import read_event

_AT_ONCE = 100


class Recounted(NamedTuple):
    """How many reports were looked at, how many days had other facts, and how many reports failed."""

    reports: int
    days: int
    failed: int = 0


def take(desk: Desk, records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Takes a batch of the queue (SQS records, each a CloudEvent): every report in it once. Gives the message ids to be
    delivered again: those of a report of which a step failed, all of them where the figures could not be made."""
    asked: dict[str, list[str]] = {}
    failed: list[str] = []
    for record in records:
        try:
            asked.setdefault(str(read_event(record["body"])["tracking"]), []).append(record["messageId"])
        except Exception:
            logger().exception("an event was not understood", extra={"message_id": record["messageId"]})
            failed.append(record["messageId"])
    reports: list[Report] = []
    known: list[tuple[Report, Facts]] = []
    for tracking, messages in asked.items():
        try:
            reports.append(desk.reports.get(tracking))
            known.append((reports[-1], facts_of(reports[-1], desk.city)))
        except Unknown:
            logger().warning("an event without report", extra={"tracking": tracking})
        except Exception:
            logger().exception("a report was not tallied", extra={"tracking": tracking})
            failed += messages
    whole = _done("the figures", lambda: _tallied(desk, known))
    for report in reports:
        if not _followed(desk, report) and whole:
            failed += [each for each in asked[report.tracking] if each not in failed]
    return failed if whole else [*failed, *(each for ids in asked.values() for each in ids if each not in failed)]


def _followed(desk: Desk, report: Report) -> bool:
    """What follows from the change beside the figures; one step does not keep the other from being taken. Whether all was
    done."""
    from chalicelib.usecases.alerts import look
    from chalicelib.usecases.archive import note_change

    return all(
        [
            _done("the next tree", lambda: note_change(desk, report), report.tracking),
            _done("alerts", lambda: look(desk, report), report.tracking),
        ]
    )


def _done(what: str, step: Callable[[], object], tracking: str = "") -> bool:
    try:
        step()
    except Exception:  # delivered again; the rest of the batch must not wait for it
        logger().exception("what follows from a change failed", extra={"step": what, "tracking": tracking})
        return False
    return True


def _tallied(desk: Desk, known: Iterable[tuple[Report, Facts]]) -> None:
    """Keeps the facts, then makes the figures of their days: all of them, for whoever kept the same facts before may have
    ended before the figures were made."""
    many = list(known)
    if not many:
        return
    days = {facts.day for _, facts in many}
    kept, now = Figures(desk.tally_items), desk.now()
    _note(desk, kept, many)
    kept.mark_changed(days, desk.city.local_day(now), now)
    kept.roll_up(days, now)


def _note(desk: Desk, kept: Figures, many: Sequence[tuple[Report, Facts]]) -> set[str]:
    """Keeps the facts; the days of those that changed. Where a report that leads is hidden now, or not any more, what is
    published of its followers names it otherwise: their days are marked, and before its own facts tell that it is done."""
    before = kept.known([facts for report, facts in many if report.leads])
    led = [
        number
        for report, facts in many
        if report.leads and facts.hidden != (facts.tracking in before and before[facts.tracking].hidden)
        for number in report.leads
    ]
    now = desk.now()
    for start in range(0, len(led), _AT_ONCE):
        followers = desk.listings.reports(led[start : start + _AT_ONCE])
        days = {desk.city.local_day(follower.received_at).isoformat() for follower in followers}
        kept.mark_changed(days, desk.city.local_day(now), now)
    return kept.note(facts for _, facts in many)


def recount(desk: Desk, days: Iterable[date]) -> Recounted:
    """Works out anew the facts of all reports whose last change was on these days (city time), and all figures that they are
    in; what of it stands in no tree yet is noted for the next one. A report changed last on exactly one day: over all days since the beginning, this makes the whole table anew."""
    from chalicelib.usecases.archive import note_missed

    looked_at = failed = 0
    kept, now = Figures(desk.tally_items), desk.now()
    received: set[str] = set()
    changed: set[str] = set()
    for day in days:
        known: list[tuple[Report, Facts]] = []
        for tracking in desk.reports.changed_on(day):
            looked_at += 1
            try:
                report = desk.reports.get(tracking)
                known.append((report, facts_of(report, desk.city)))
                note_missed(desk, report)
            except Exception:  # one report must not keep the others from being counted
                failed += 1
                logger().exception("a report was not recounted", extra={"tracking": tracking})
        for start in range(0, len(known), _AT_ONCE):
            changed |= _note(desk, kept, known[start : start + _AT_ONCE])
        received |= {facts.day for _, facts in known}
    if changed:
        kept.mark_changed(changed, desk.city.local_day(now), now)
    kept.roll_up(received, now, anew=True)
    return Recounted(looked_at, len(changed), failed)


def recount_between(desk: Desk, first: str, last: str) -> Recounted:
    """The same for all days from one to another, both of them (ISO 8601)."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    done = recount(desk, [start + timedelta(days=each) for each in range((end - start).days + 1)])
    logger().info("recounted", extra=done._asdict())
    return done


def days_back(desk: Desk, days: int) -> list[date]:
    """Today and so many days before, in the city's time, the newest last."""
    today = desk.city.local_day(desk.now())
    return [today - timedelta(days=back) for back in range(days, -1, -1)]
