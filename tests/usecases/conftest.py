"""What the tests of use cases share."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def published(desk: Any) -> list[dict[str, Any]]:
    """What SNS was given, in order; the agency's topic is there already."""
    from chalicelib.store.client import client

    client("sns", desk.settings.region).create_topic(Name="tanggap-local-agency-bina-marga")

    seen: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        seen.append(params)

    client("sns", desk.settings.region).meta.events.register("provide-client-params.sns.Publish", note)
    return seen
