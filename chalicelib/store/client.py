"""One botocore session and one client per service for the whole process: a client costs 50 ms and a TLS connection."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from pynamodb.models import Model

# Short timeouts and a bounded number of tries: a webhook has 15 s, and what fails is retried from outside.
_CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    max_pool_connections=10,
    parameter_validation=False,
    retries={"total_max_attempts": 3, "mode": "standard"},
)


@lru_cache(maxsize=1)
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


@lru_cache(maxsize=16)
def client(service: str, region: str) -> Any:
    """The process's client for a service."""
    return _session().create_client(service, region_name=region, config=_CONFIG)


@lru_cache(maxsize=2)
def upload_client(region: str, url: str) -> Any:
    """A client of S3 that signs uploads, and calls nothing: `url` is where whoever uploads reaches S3."""
    signing = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    return _session().create_client("s3", region_name=region, endpoint_url=url or None, config=signing)


def connect(model: type[Model], table: str, region: str) -> None:
    """Points a PynamoDB model at its table through the shared client, instead of a client of its own."""
    model.Meta.table_name = table
    model.Meta.region = region
    model._connection = None
    model._get_connection().connection._client = client("dynamodb", region)


def reset() -> None:
    """Forgets every client (a test's mock has gone, or a process was forked)."""
    client.cache_clear()
    upload_client.cache_clear()
    _session.cache_clear()


def instant(epoch: float) -> datetime:
    """An aware UTC instant from seconds, as TTL attributes have them."""
    return datetime.fromtimestamp(epoch, UTC)
