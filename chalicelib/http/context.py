"""The desk that the HTTP views work at, and the keys staff tokens are checked with. `app.py` sets them at start."""

from __future__ import annotations

from chalicelib.http.sign_in import KeySet
from chalicelib.usecases.desk import Desk

_desk: list[Desk] = []
_keys: list[KeySet] = []


def open_desk(desk: Desk, keys: KeySet | None = None) -> None:
    """Makes `desk` the one of this process."""
    _desk[:] = [desk]
    _keys[:] = [keys or KeySet(desk.settings.jwks_url)]


def desk() -> Desk:
    """The desk of this process."""
    return _desk[0]


def key_set() -> KeySet:
    """The issuer's keys."""
    return _keys[0]
