"""Secrets from SSM Parameter Store: one call per group, kept five minutes.

`/tanggap/<stage>/<group>/<channel>/<name>` for the groups `inbound` and `outbound`, `/tanggap/<stage>/core/<name>`
for the city's own keys. Each function may read only the groups it needs.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from typing import Any

from chalicelib.domain.errors import ReportError

KEEP_SECONDS = 300
DEVELOPMENT_MARK = "local-only-"


class SecretError(ReportError):
    """A secret is missing, or a development secret is used outside the local run."""

    code = "secret"


class Secrets:
    """Reads secrets by group. `now` is seconds on a clock that only goes forward."""

    def __init__(self, ssm: Any, stage: str) -> None:
        self._ssm = ssm
        self._stage = stage
        self._groups: dict[str, tuple[dict[str, str], float]] = {}
        self._keys: dict[str, bytes] = {}
        self._channels: dict[tuple[str, str], tuple[dict[str, str], dict[str, str]]] = {}

    def channel(self, group: str, channel: str, now: float) -> Mapping[str, str]:
        """The secrets of one channel by name; empty when it has none."""
        whole = self._group(group, now)
        kept = self._channels.get((group, channel))
        if kept is None or kept[0] is not whole:
            prefix = f"{channel}/"
            own = {name.removeprefix(prefix): value for name, value in whole.items() if name.startswith(prefix)}
            kept = self._channels[(group, channel)] = (whole, own)
        return kept[1]

    def numbering(self, now: float) -> bytes:
        """The secret that tracking numbers are derived with. Never changed once reports exist."""
        return self._core("numbering", now)

    def session(self, now: float) -> bytes:
        """The 32-byte key of the staff's cookies, apart from the master key so that it can be changed at any time: that
        signs everybody out."""
        return hmac.digest(self._core("session", now), b"session", "sha256")

    def client_secret(self, now: float) -> str:
        """The secret of the desk's own OIDC client; empty for a public client, which needs none."""
        return self._group("core", now).get("oidc_client_secret", "")

    def key(self, purpose: str, now: float) -> bytes:
        """A 32-byte key for one purpose, derived from the city's master key."""
        if purpose not in self._keys:
            self._keys[purpose] = hmac.digest(self._core("keys", now), purpose.encode(), "sha256")
        return self._keys[purpose]

    def write(self, group: str, channel: str, name: str, value: str) -> None:
        """Stores a secret of a channel. This process sees it at once, others when what they keep has grown old."""
        self._ssm.put_parameter(
            Name=f"/tanggap/{self._stage}/{group}/{channel}/{name}", Value=value, Type="SecureString", Overwrite=True
        )
        self.forget(group)

    def forget(self, group: str) -> None:
        """Reads a group anew when it is next asked for."""
        self._groups.pop(group, None)

    def _core(self, name: str, now: float) -> bytes:
        value = self._group("core", now).get(name)
        if not value:
            raise SecretError(f"The parameter /tanggap/{self._stage}/core/{name} is missing.")
        return value.encode()

    def _group(self, group: str, now: float) -> dict[str, str]:
        kept, until = self._groups.get(group, ({}, 0.0))
        if now < until:
            return kept
        path = f"/tanggap/{self._stage}/{group}/"
        found: dict[str, str] = {}
        token: dict[str, str] = {}
        while True:
            answer = self._ssm.get_parameters_by_path(Path=path, Recursive=True, WithDecryption=True, **token)
            for parameter in answer["Parameters"]:
                self._refuse_development(parameter["Name"], parameter["Value"])
                found[parameter["Name"].removeprefix(path)] = parameter["Value"]
            if not answer.get("NextToken"):
                break
            token = {"NextToken": answer["NextToken"]}
        self._groups[group] = (found, now + KEEP_SECONDS)
        return found

    def _refuse_development(self, name: str, value: str) -> None:
        if self._stage == "local":
            return
        words = [value, *(_unwrapped(word) for word in value.split())]
        if any(word.startswith(DEVELOPMENT_MARK) for word in words):
            raise SecretError(f"{name} is a development secret: set a real one.")


def _unwrapped(word: str) -> str:
    try:
        return base64.b64decode(word.removeprefix("whsec_"), validate=True).decode()
    except (binascii.Error, ValueError):
        return word
