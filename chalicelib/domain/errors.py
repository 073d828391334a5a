"""What can go wrong, said in the field's words. No HTTP here: `http/errors.py` maps each one to a status, once.

ReportError
├── Malformed            cannot be read at all (broken JSON, broken form)         → 400
├── Unauthenticated      no or bad credentials                                    → 401
│   └── BadSignature     a webhook's signature is missing, wrong or too old
├── NotYours             known, but not allowed to see or do this                 → 403
├── Unknown              no such report, channel, agency …                        → 404
├── NotAllowedNow        the report's status does not permit this action          → 409
├── Conflict             somebody else changed it meanwhile                       → 409
├── SwitchedOff          a channel that is no longer in use                       → 410
├── TooLarge                                                                      → 413
├── WrongContentType                                                              → 415
├── Invalid              understood, but not acceptable; names every field        → 422
└── Busy                 try again shortly                                        → 429
"""

from __future__ import annotations

from collections.abc import Mapping


class ReportError(Exception):
    """Base of all errors this product raises on purpose. `code` is stable, `message` is for people."""

    code = "error"

    def __init__(self, message: str, *, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, object] = dict(details or {})


class Malformed(ReportError):
    """The request cannot be read."""

    code = "malformed"


class Unauthenticated(ReportError):
    """Credentials are missing or wrong."""

    code = "unauthenticated"


class BadSignature(Unauthenticated):
    """The signature is missing, malformed, wrong, or older than the tolerance."""

    code = "bad_signature"


class NotYours(ReportError):
    """Known, but this person or agency may not see or do it."""

    code = "not_yours"


class Unknown(ReportError):
    """There is no such thing."""

    code = "unknown"


class NotAllowedNow(ReportError):
    """The report's status does not permit this action; `details.status` says which status that is."""

    code = "not_allowed_now"


class Conflict(ReportError):
    """Somebody else changed the report meanwhile; `details` say what it looks like now."""

    code = "conflict"


class SwitchedOff(ReportError):
    """The channel is not in use any more; `details.instead` says where to go."""

    code = "switched_off"


class TooLarge(ReportError):
    """More bytes than are taken."""

    code = "too_large"


class WrongContentType(ReportError):
    """A content type this address does not read."""

    code = "wrong_content_type"


class Invalid(ReportError):
    """Understood but not acceptable: `details` maps each wrong field to the reason."""

    code = "invalid"


class Busy(ReportError):
    """Another attempt is under way, or a limit is reached: try again after `retry_after` seconds."""

    code = "busy"

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after
