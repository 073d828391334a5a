"""The routes under /_local: the outbox, tokens, keys, the stand-ins of providers, and running a schedule at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from local.front import Answer, as_json, problem
from local.identity import Issuer, UnknownRole
from local.lambdas import FunctionError
from local.oidc import Oidc
from local.oidc import answer as sign_in
from local.outbox import Outbox
from local.providers import Providers

SCHEDULES = ("sweep", "reconcile", "publish", "watch_channels")
INDEX = """The local run of Tanggap. These addresses exist only here:

GET    /_local/outbox               what was sent, newest first (?tracking= &channel= &to= &limit=)
DELETE /_local/outbox               forget it
GET    /_local/token                ?role=admin|agency|counter|validator|analyst [&agency=bina-marga] [&area=] [&sub=]
                                    or ?user=<id>, a user of the sign-in below
GET    /_local/jwks.json            the keys those tokens are checked with
GET    /_local/oidc/authorize       the sign-in of /desk: one user per role (straight in: /desk/sign-in?login_hint=admin)
POST   /_local/oidc/token           grant_type=client_credentials with an id and secret of local/secrets.toml [clients]
GET    /_local/oidc/.well-known/openid-configuration
GET    /_local/sns.pem              the certificate SNS messages are checked with
POST   /_local/run/sweep            run the sweep at once
POST   /_local/run/reconcile        run the reconciliation at once (JSON body: {"days": 1})
POST   /_local/run/publish          close the tree of what has changed and write the open data at once
POST   /_local/run/watch_channels   look for silent channels at once
GET    /_local/pending              what waits for a function at this moment, by function: {} when all is done
GET    /_local/settings             what this run was started with
ANY    /_local/providers/<name>/... plays a provider's API (local/fakes); POST .../_fail and PUT .../_media/<id> prepare it
POST   /_local/providers/apps/<id>  plays a city app's webhook
"""

Run = Callable[[str, dict[str, Any] | None], Any]


class Desk:
    """Answers the /_local routes."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        issuer: Issuer,
        providers: Providers,
        certificate: bytes,
        settings: Mapping[str, Any],
        run: Run,
        oidc: Oidc,
        pending: Callable[[], Mapping[str, int]],
    ) -> None:
        self._outbox = outbox
        self._issuer = issuer
        self._providers = providers
        self._certificate = certificate
        self._settings = settings
        self._run = run
        self._oidc = oidc
        self._pending = pending

    def __call__(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = urlsplit(path)
        query = dict(parse_qsl(parts.query))
        match method, parts.path.removeprefix("/_local").strip("/").split("/"):
            case "GET" | "HEAD", [""]:
                return 200, [("Content-Type", "text/plain; charset=utf-8")], INDEX.encode()
            case "GET", ["outbox"]:
                return as_json(self._outbox.newest(query))
            case "DELETE", ["outbox"]:
                self._outbox.clear()
                return 204, [], b""
            case "GET", ["token"]:
                return self._token(query)
            case _, ["oidc", *rest]:
                told = sign_in(
                    self._oidc, method, rest, query, headers.get("authorization", ""), body, datetime.now(UTC)
                )
                if told is not None:
                    return told
            case "GET", ["jwks.json"]:
                return as_json(self._issuer.key_set())
            case "GET", ["sns.pem"]:
                return 200, [("Content-Type", "application/x-pem-file")], self._certificate
            case "GET", ["pending"]:
                return as_json(self._pending())
            case "GET", ["settings"]:
                return as_json(self._settings)
            case "POST", ["run", schedule] if schedule in SCHEDULES:
                return self._run_now(schedule, body)
            case "POST", ["providers", "apps", channel]:
                status, answer = self._providers.app(unquote(channel), headers, body, datetime.now(UTC))
                return as_json(answer, status)
            case _, ["providers", name, *rest]:
                return self._providers.call(name, method, tuple(map(unquote, rest)), query, headers, body)
        return problem(404, "unknown", "There is nothing at this address; see /_local/")

    def _token(self, query: Mapping[str, str]) -> Answer:
        user = self._oidc.user(query["user"]) if query.get("user") else None
        if user is not None:
            query = {name: str(value) for name, value in user.claims.items()}
        try:
            return as_json({"token": self._issuer.token(query, datetime.now(UTC))})
        except UnknownRole as error:
            return problem(422, "invalid", str(error))

    def _run_now(self, schedule: str, body: bytes) -> Answer:
        try:
            event = json.loads(body) if body.strip() else None
        except ValueError:
            return problem(400, "malformed", "the body is not JSON")
        if event is not None and not isinstance(event, dict):
            return problem(400, "malformed", "the body must be a JSON object")
        try:
            return as_json({"ran": schedule, "result": self._run(schedule, event)})
        except AttributeError:
            return problem(404, "unknown", f"app.py has no {schedule}")
        except FunctionError as error:
            return problem(500, "error", str(error))
