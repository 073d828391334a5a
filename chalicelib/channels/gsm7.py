"""What fits into one SMS. The alphabet itself is where the city's own wordings are checked with it."""

from __future__ import annotations

from chalicelib.city.gsm7 import SEGMENT, fill, fit, has_blocked, plain, septets

__all__ = ["SEGMENT", "fill", "fit", "has_blocked", "plain", "septets"]
