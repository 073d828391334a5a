"""Media of an SMS provider that keeps them at addresses of its own API (Twilio): fetched with our account there."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime

from ..senders.outcome import SendFailed
from . import Located, same_origin


def locate(reference: str, secrets: Mapping[str, str], base: str, now: datetime) -> Located:
    """The address itself. Our account's credentials go to the provider's own origin only, whatever a message says."""
    if not same_origin(reference, base):
        return Located(reference)
    try:
        pair = f"{secrets['account_sid']}:{secrets['auth_token']}"
    except KeyError as error:
        raise SendFailed(f"the secret {error.args[0]} is not set") from error
    return Located(reference, {"Authorization": "Basic " + b64encode(pair.encode()).decode()}, trusted=True)
