"""Where a complete report goes first: to an agency without waiting, or to the admin."""

from __future__ import annotations

from chalicelib.city.model import City
from chalicelib.domain.proposal import Proposal
from chalicelib.domain.report import Report

# Flags (triage/screening.py) with which no report goes by the standing rule; and those of senders, for which a category of
# their own is needed.
_DOUBTS = frozenset({"abuse", "not_public", "several"})
_UNWANTED = frozenset({"flood", "link"})


def first_stop_of(report: Report, city: City) -> str | None:
    """The agency a complete report goes to without waiting for a person, None when it waits for the admin. A report
    from somebody unverified, or one kept confidential from its own area, always waits unless the category names its
    agency; so does one whose place is only where a picture was taken."""
    channel = city.channels.get(report.channel)
    stop = city.policy.first_stop.get(channel.group if channel else "", "admin")
    category = city.categories.get(report.category or "")
    if not report.verified or report.place.from_photo:
        return None
    if stop == "kelurahan" and report.place.area and not report.confidential:
        return city.agency_of(report.place.area)
    if category is None:
        return None
    agency = city.agency_for(category.code, report.place.area)
    if stop == "agency":
        return agency
    known_point = report.place.has_point and report.place.in_city
    if not (city.policy.auto_dispatch and known_point) or _DOUBTS.intersection(report.flags):
        return None
    # What the citizen chose, and words that surely speak of another agency: a person decides.
    return None if report.proposal is not None and report.proposal.agency != agency else agency


def proposed(report: Report, city: City) -> Proposal | None:
    """The proposal that sends a complete report without a category to an agency at once: where the standing rule would with
    one, nothing about it is sensitive or in doubt, and the agency is still there."""
    proposal, likely = report.proposal, city.categories.get(report.suggested or "")
    known_point = report.place.has_point and report.place.in_city and not report.place.from_photo
    if proposal is None or report.category is not None or not (city.policy.auto_dispatch and known_point):
        return None
    channel = city.channels.get(report.channel)
    if city.policy.first_stop.get(channel.group if channel else "", "admin") == "kelurahan" or not report.verified:
        return None
    if report.confidential or report.emergency or (likely is not None and likely.sensitive):
        return None
    if (_DOUBTS | _UNWANTED).intersection(report.flags) or proposal.agency not in city.agencies:
        return None
    return proposal
