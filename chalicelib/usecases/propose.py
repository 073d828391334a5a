"""Proposing: what is worked out of a message for the first stop, only where it can matter: where a point in the city would
let the report go to an agency without a person."""

from __future__ import annotations

from chalicelib.city.model import City
from chalicelib.domain.place import Place
from chalicelib.domain.proposal import Proposal
from chalicelib.triage.screening import screen
from chalicelib.triage.suggestion import suggest_agency, sure_enough

# Danger to life is the report's own `emergency`.
_KEPT = ("abuse", "not_public", "several")


def weighed(
    text: str, place: Place | None, category: str | None, city: City
) -> tuple[Proposal | None, tuple[str, ...]]:
    """The agency that is sure enough to get such a report, if there is one, and the flags that make it wait for a person.
    With a category of the citizen's own (`category`) the standing rule decides, and nothing is worked out here: most reports
    of apps have one, and this takes as long as reading all the rest of a message."""
    if (
        category is not None
        or place is None
        or not (place.has_point and place.in_city)
        or not text
        or not city.policy.auto_dispatch
    ):
        return None, ()
    flags = tuple(flag.name for flag in screen(text, city, place=place) if flag.name in _KEPT)
    found = suggest_agency(text, city, category=None, area=place.area)
    best = found.best
    if best is None or not sure_enough(found, city):
        return None, flags
    likely = city.categories.get(best.category)
    if likely is not None and likely.sensitive:
        return None, flags
    proposal = Proposal(agency=best.agency, category=best.category, confidence=best.confidence, reasons=found.reasons)
    return proposal, flags
