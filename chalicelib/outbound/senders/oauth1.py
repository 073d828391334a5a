"""OAuth 1.0a (RFC 5849): a request signed with HMAC-SHA1 for our app and our account at the provider."""

from __future__ import annotations

import hmac
import os
from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlsplit

from .outcome import SendFailed

_SECRETS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")


def authorization(
    method: str,
    url: str,
    secrets: Mapping[str, str],
    *,
    now: datetime,
    nonce: str | None = None,
    form: Iterable[tuple[str, str]] = (),
) -> str:
    """The Authorization header of a request. `form` are the fields of a form body; any other body is not signed. Raises
    SendFailed when a secret it needs is not there yet."""
    missing = [name for name in _SECRETS if not secrets.get(name)]
    if missing:
        raise SendFailed(f"the secret {missing[0]} is not set")
    proof = {
        "oauth_consumer_key": secrets["consumer_key"],
        "oauth_nonce": nonce or os.urandom(16).hex(),
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(int(now.timestamp())),
        "oauth_token": secrets["access_token"],
        "oauth_version": "1.0",
    }
    parameters = [*proof.items(), *parse_qsl(urlsplit(url).query, keep_blank_values=True), *form]
    proof["oauth_signature"] = signature(
        method, url, parameters, secrets["consumer_secret"], secrets["access_token_secret"]
    )
    return "OAuth " + ", ".join(f'{_escaped(name)}="{_escaped(value)}"' for name, value in sorted(proof.items()))


def signature(
    method: str, url: str, parameters: Iterable[tuple[str, str]], consumer_secret: str, token_secret: str
) -> str:
    """The signature of a request with these parameters (the proof's, the query's, the form's)."""
    pairs = sorted((_escaped(name), _escaped(value)) for name, value in parameters)
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    base = f"{method.upper()}&{_escaped(_base_address(url))}&{_escaped(joined)}"
    key = f"{_escaped(consumer_secret)}&{_escaped(token_secret)}"
    return b64encode(hmac.digest(key.encode(), base.encode(), "sha1")).decode()


def _base_address(url: str) -> str:
    """Scheme, host and path in their plain form: lower case, without the default port, query and fragment."""
    parts = urlsplit(url)
    scheme, host, port = parts.scheme.lower(), (parts.hostname or ""), parts.port
    usual = {"http": 80, "https": 443}.get(scheme)
    return f"{scheme}://{host}{f':{port}' if port and port != usual else ''}{parts.path or '/'}"


def _escaped(text: str) -> str:
    return quote(text, safe="~")
