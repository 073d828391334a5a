"""What all tests share: one mock of AWS for the whole session, with the deployed template's resources, emptied between
tests; and a desk that stands in it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

# The same examples in every run, and no verdict on how quick a shared machine is.
hypothesis_settings.register_profile(
    "tanggap",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.load_profile("tanggap")

# Before anything imports botocore: fake credentials, the city's region, no endpoint of this machine's.
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="ap-southeast-3",
    AWS_REGION="ap-southeast-3",
    AWS_ACCOUNT_ID_ENDPOINT_MODE="disabled",
    POWERTOOLS_SERVICE_NAME="tanggap-local",
    POWERTOOLS_LOG_LEVEL="WARNING",
)
for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "SLA_SCALE", "CITY"):
    os.environ.pop(name, None)

ROOT = Path(__file__).parents[1]
PUBLIC_URL = "http://127.0.0.1:8000"
START = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
SECRETS = {
    "core/numbering": "local-only-numbering",
    "core/keys": "local-only-keys",
    "core/session": "local-only-session",
    "inbound/sms/auth_token": "local-only-token",
    "inbound/jaki/secret": "whsec_bG9jYWwtb25seS1qYWtp",
    "inbound/qlue/secret": "whsec_bG9jYWwtb25seS1xbHVl",
    "inbound/open311/api_key": "local-only-open311-one local-only-open311-two",
    "outbound/sms/account_sid": "AC00000000000000000000000000000000",
    "outbound/sms/auth_token": "local-only-token",
    "outbound/sms/from_number": "+6281100001708",
}


@pytest.fixture(scope="session")
def cloud() -> Iterator[Any]:
    """moto, started once. Its keys are all made of one RSA key: making one takes longer than most tests."""
    from functools import cache
    from types import SimpleNamespace

    from moto.kms import utils

    from chalicelib.store import client
    from local.cloud import Cloud

    utils.rsa = SimpleNamespace(generate_private_key=cache(utils.rsa.generate_private_key))  # type: ignore[attr-defined]
    started = Cloud()
    client.reset()
    yield started
    started.stop()


@pytest.fixture
def aws(cloud: Any) -> Any:
    """An empty cloud with the template's resources and the secrets of the tests."""
    from moto.moto_api._internal.models import moto_api_backend

    from chalicelib.store import client
    from local.resources import Resources

    moto_api_backend.reset()
    # New clients, without what a test before has hung on theirs; the session, which has read the services' models, stays.
    client.client.cache_clear()
    template = json.loads((ROOT / ".chalice" / "resources.json").read_text("utf-8"))
    parameters = {"Stage": "local", "City": "jakarta", "PublicUrl": PUBLIC_URL, "MailFrom": "lapor@kota.example"}
    parameters |= {"JwtIssuer": "https://issuer.test", "JwtAudience": "tanggap", "JwksUrl": "https://issuer.test/keys"}
    made = Resources(cloud, template, parameters)
    made.create()
    ssm = cloud.client("ssm")
    for name, value in SECRETS.items():
        ssm.put_parameter(Name=f"/tanggap/local/{name}", Value=value, Type="SecureString", Overwrite=True)
    return made


class Clock:
    """The time that a test's desk sees."""

    def __init__(self) -> None:
        self.instant = START

    def pass_by(self, **spans: float) -> datetime:
        """Moves on by `timedelta(**spans)`."""
        self.instant += timedelta(**spans)
        return self.instant


@pytest.fixture
def clock() -> Clock:
    """A clock that moves only when told to."""
    return Clock()


@pytest.fixture
def settings() -> Any:
    """The settings of the mocked cloud."""
    from chalicelib.settings import read

    return read(
        {
            "STAGE": "local",
            "AWS_REGION": "ap-southeast-3",
            "PUBLIC_URL": PUBLIC_URL,
            "EVENTS_TOPIC_ARN": "arn:aws:sns:ap-southeast-3:123456789012:tanggap-local-report-events",
            "KMS_KEY_ID": "alias/tanggap-local",
            "MAIL_BUCKET": "tanggap-local-mail-123456789012",
            "UPLOADS_BUCKET": "tanggap-local-uploads-123456789012",
            "PHOTOS_BUCKET": "tanggap-local-photos-123456789012",
            "OPEN_DATA_BUCKET": "tanggap-local-open-data-123456789012",
            "OPEN_DATA_URL": "https://open-data.test",
            "PHOTOS_QUEUE_URL": "https://sqs.ap-southeast-3.amazonaws.com/123456789012/tanggap-local-photos",
            "REPLIES_QUEUE_URL": "https://sqs.ap-southeast-3.amazonaws.com/123456789012/tanggap-local-replies",
            "MAIL_FROM": "lapor@kota.example",
            "JWT_ISSUER": "https://issuer.test",
            "JWT_AUDIENCE": "tanggap",
        }
    )


@pytest.fixture
def desk(aws: Any, settings: Any, clock: Clock) -> Any:
    """A desk in the mocked cloud, whose time is the test's."""
    from chalicelib.usecases.desk import Desk

    class TestDesk(Desk):
        def now(self) -> datetime:
            return clock.instant

    return TestDesk(settings)


@pytest.fixture
def calls(desk: Any) -> Callable[[], list[str]]:
    """The AWS operations since it was last asked, in order: `dynamodb.PutItem`, …"""
    from chalicelib.store.client import client

    seen: list[str] = []
    _ = desk.city  # read once, and again after 30 seconds

    def note(model: Any, **_: Any) -> None:
        seen.append(f"{model.service_model.service_name}.{model.name}")

    for service in ("dynamodb", "sns", "kms", "ssm", "s3", "sesv2"):
        client(service, desk.settings.region).meta.events.register_last("before-call", note)

    def since() -> list[str]:
        taken = list(seen)
        seen.clear()
        return taken

    return since
