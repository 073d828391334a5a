"""The local issuer of staff tokens: what Cognito is in AWS."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from local.settings import AUDIENCE

ROLES = frozenset({"admin", "agency", "counter", "validator", "analyst"})
VALID = timedelta(hours=12)


class UnknownRole(ValueError):
    """No such role; the message names those there are."""


class Issuer:
    """Issues RS256 tokens with a key made for this run."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._id = uuid.uuid4().hex

    def token(self, asked: Mapping[str, str], now: datetime) -> str:
        """A token with the claims asked for: `role`, and `agency`, `unit`, `area`, `sub`, `name`, `email` when given.
        Raises UnknownRole."""
        role = asked.get("role", "")
        if role not in ROLES:
            raise UnknownRole(f"role must be one of {', '.join(sorted(ROLES))}")
        account = asked.get("unit") or asked.get("agency") or role
        claims: dict[str, Any] = {
            "aud": AUDIENCE,
            "sub": asked.get("sub") or f"local-{account}",
            "role": role,
            "name": asked.get("name") or f"{role} {account}",
            "email": asked.get("email") or f"{account}@kota.example",
        }
        claims |= {name: asked[name] for name in ("agency", "unit", "area") if asked.get(name)}
        return self.signed(claims, now, VALID)

    def signed(self, claims: Mapping[str, Any], now: datetime, valid: timedelta) -> str:
        """A token of this issuer with these claims."""
        times = {"iat": int(now.timestamp()), "exp": int((now + valid).timestamp())}
        told = {"iss": self.issuer, **claims, **times}
        return jwt.encode(told, self._key, algorithm="RS256", headers={"kid": self._id})

    def key_set(self) -> dict[str, Any]:
        """The public key as a JSON Web Key Set."""
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [key | {"kid": self._id, "use": "sig", "alg": "RS256", "key_ops": ["verify"]}]}
