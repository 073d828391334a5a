"""Puts the local run together: the cloud, the resources of the template, app.py, the pump, mail and the HTTP front."""

from __future__ import annotations

import importlib
import json
import logging
import os
import threading
import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from types import ModuleType
from typing import Any

from waitress import wasyncore
from waitress.server import create_server

from chalicelib.store.client import client as aws_client
from local.accounts import enter_systems, invited, systems_in
from local.cloud import AwsServer, Cloud
from local.deliveries import Postman
from local.desk import Desk
from local.events import logical_name
from local.front import Front
from local.identity import Issuer
from local.invoke import answer_invocations
from local.lambdas import Failures, Gate, Lambdas
from local.mail import watch_outgoing
from local.oidc import Oidc
from local.outbox import Outbox
from local.providers import Providers
from local.pump import Pump
from local.resources import Resources
from local.settings import AUDIENCE, HOST, REGION, STAGE, Settings, function_environment
from local.signing import Signer
from local.smtp import Inbound
from local.sns import Sns
from local.sources import from_decorators, from_template, merged, with_invocation
from local.template import load
from local.texts import watch_texts

ROOT = Path(__file__).resolve().parent.parent
SECRETS = Path(__file__).with_name("secrets.toml")
THREADS = 32
INSIDE = ("report-events", "mail", "sms-inbound")


class LocalRun:
    """Everything, started when it is made. `app` is the module with the handlers."""

    def __init__(self, settings: Settings, *, app: str, template: Path) -> None:
        self.settings = settings
        now = datetime.now(UTC)
        self.outbox, self._postman, self._gate = Outbox(), Postman(), Gate()
        signer, self._issuer = Signer(f"{settings.issuer}/sns.pem", now), Issuer(settings.issuer)
        self.cloud = Cloud(before_call=self._gate.breathe)
        self._sns = Sns(
            self.cloud,
            aws_url=settings.aws_url,
            signer=signer,
            postman=self._postman,
            outbox=self.outbox,
            inside=frozenset(f"tanggap-{STAGE}-{name}" for name in INSIDE),
        )
        document = load(template)
        resources = Resources(self.cloud, document, _parameters(settings))
        resources.create()
        outbound = self._put_secrets()
        pool = resources.attribute("UserPool", "Ref") if "UserPool" in document["Resources"] else ""
        environment = _variables(document, resources) | function_environment(settings)
        os.environ.update(environment | {"USER_POOL_ID": pool})
        module = importlib.import_module(app)
        systems = systems_in(SECRETS)
        enter_systems(self.cloud, systems)
        self._oidc = Oidc(
            self._issuer,
            client_id=AUDIENCE,
            public_url=settings.public_url,
            token_url=os.environ["OIDC_TOKEN_URL"],
            invited=lambda: invited(self.cloud, pool),
            systems={client: told["secret"] for client, told in systems.items()},
        )
        self._pump = self._make_pump(module, document, resources)
        watch_outgoing(self.cloud, self.outbox, settings.mail_from)
        watch_texts(self.outbox)
        desk = Desk(
            outbox=self.outbox,
            issuer=self._issuer,
            providers=Providers(self.outbox, outbound),
            certificate=signer.certificate,
            settings=asdict(settings) | {"aws": settings.aws_url},
            run=self._pump.run_now,
            oidc=self._oidc,
            pending=self._pump.pending,
        )
        self._mail = self._make_mail()
        self._aws = AwsServer(settings.aws_port, self._before_moto)
        self._serve(Front(module.app, desk, self._gate))
        self._mail.start()
        self._pump.start()

    def stop(self) -> None:
        """Take nothing more, and stop every part."""
        self._pump.stop(patience=1.0)
        # the listening socket only, and in the thread that waits on it: calls under way are answered
        self._front.trigger.pull_trigger(lambda: wasyncore.dispatcher.close(self._front))
        self._postman.stop()
        self._mail.stop()
        self._aws.stop()

    def _serve(self, front: Front) -> None:
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._front = create_server(
            front,
            host=HOST,
            port=self.settings.port,
            threads=THREADS,
            connection_limit=1000,
            max_request_body_size=64_000_000,  # the front itself says what is too large
            ident=None,
            map={},
        )
        threading.Thread(target=self._front.run, name="front", daemon=True).start()

    def _before_moto(self, environ: dict[str, Any]) -> tuple[str, str, bytes] | None:
        if environ["PATH_INFO"] == "/_local/jwks.json":
            return "200 OK", "application/json", json.dumps(self._issuer.key_set()).encode()
        if environ["PATH_INFO"] == "/_local/oidc/token" and environ["REQUEST_METHOD"] == "POST":
            body = environ["wsgi.input"].read(min(int(environ.get("CONTENT_LENGTH") or 0), 100_000))
            status, told = self._oidc.token(environ.get("HTTP_AUTHORIZATION", ""), body, datetime.now(UTC))
            return f"{status} {HTTPStatus(status).phrase}", "application/json", json.dumps(told).encode()
        return self._sns.answer(environ)

    def _put_secrets(self) -> Mapping[str, Mapping[str, str]]:
        """Write the development secrets to the parameter store; gives those of the outbound channels."""
        with SECRETS.open("rb") as file:
            tables = tomllib.load(file)
        outbound = {
            channel: {name: value.format(url=self.settings.public_url) for name, value in values.items()}
            for channel, values in tables.get("outbound", {}).items()
        }
        named = {f"core/{name}": value for name, value in tables["core"].items()}
        for group, channels in (("inbound", tables["channels"]), ("outbound", outbound)):
            for channel, values in channels.items():
                named |= {f"{group}/{channel}/{name}": value for name, value in values.items()}
        client = self.cloud.client("ssm")
        for name, value in named.items():
            client.put_parameter(Name=f"/tanggap/{STAGE}/{name}", Value=value, Type="SecureString", Overwrite=True)
        return outbound

    def _make_pump(self, module: ModuleType, document: Mapping[str, Any], resources: Resources) -> Pump:
        lambdas = Lambdas(module, self._gate, _timeouts())
        answer_invocations(aws_client("lambda", REGION), STAGE, lambdas.invoke)
        declared = {
            name: resources.resolver.resolve(resource)
            for name, resource in document["Resources"].items()
            if name in {logical_name(f) for f in lambdas.names}
            or resource.get("Type") == "AWS::Lambda::EventInvokeConfig"
        }
        known = {value: "" for kind in _KINDS for made in resources.named(kind).values() for value in made.values()}
        sources = merged(from_template(declared, lambdas.names), from_decorators(module.app.event_sources), known)
        buckets = [made["Ref"] for made in resources.named("AWS::S3::Bucket").values()]
        pump = Pump(
            self.cloud,
            self._sns,
            sources=with_invocation(sources, declared),
            lambdas=lambdas,
            gate=self._gate,
            failures=Failures(self.cloud, next((b for b in buckets if "-failures" in b), None)),
            sla_scale=self.settings.sla_scale,
        )
        for bucket, prefix, queue in resources.notifications():
            pump.forward(bucket, prefix, queue)
        return pump

    def _make_mail(self) -> Inbound:
        bucket, sns, s3 = os.environ.get("MAIL_BUCKET", ""), self.cloud.client("sns"), self.cloud.client("s3")
        topic = sns.create_topic(Name=f"tanggap-{STAGE}-mail")["TopicArn"]

        def tell(notice: str, subject: str = "Amazon SES Email Receipt Notification") -> None:
            sns.publish(TopicArn=topic, Subject=subject, Message=notice)

        def store(key: str, raw: bytes) -> None:
            self._pump.quiet.add(key)
            s3.put_object(Bucket=bucket, Key=key, Body=raw)

        # mail that somebody else puts there: S3's own notice, by the same topic
        self._pump.listen(bucket, "inbound/", lambda event: tell(json.dumps(event), "Amazon S3 Notification"))
        return Inbound(port=self.settings.smtp_port, bucket=bucket, topic_arn=topic, store=store, tell=tell)


_KINDS = ("AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::S3::Bucket")


def _parameters(settings: Settings) -> dict[str, str]:
    """Values for the template's parameters, which are named like the functions' variables."""
    return {name.replace("_", ""): value for name, value in function_environment(settings).items()}


def _variables(document: Mapping[str, Any], resources: Resources) -> dict[str, str]:
    """The environment that the template gives to the functions."""
    parts = [document.get("Globals", {}).get("Function", {})]
    parts += [resource.get("Properties", {}) for resource in document["Resources"].values()]
    variables: dict[str, Any] = {}
    for part in parts:
        environment = part.get("Environment", {})
        variables |= environment.get("Variables", {}) if isinstance(environment, dict) else {}
    return {name: str(resources.resolver.resolve(value)) for name, value in variables.items()}


def _timeouts() -> dict[str, int]:
    """Seconds each function may take, from Chalice's configuration."""
    try:
        config = json.loads((ROOT / ".chalice" / "config.json").read_text("utf-8"))
    except OSError:
        return {}
    functions = config.get("lambda_functions", {})
    return {name: f["lambda_timeout"] for name, f in functions.items() if "lambda_timeout" in f}
