"""The runs the examiner looks at: one as it comes, and two in which time is compressed. They end with the last test of
this folder.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.clients import LATE, Server, Subscriber
from tests.acceptance.scenes import Scenes


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What has to wait for clocks comes after what was there first, so that the clocks run while that is looked at, and
    before the many tests of the channels and of the desk, which take so long that even the week of the resolve clock would be
    over. The open city's pages come last: what all others have sent in stands in its figures and its data."""

    def place(item: pytest.Item) -> int:
        if "test_deadlines" in item.nodeid:
            return 1
        if "test_city_" in item.nodeid and "test_city_apps" not in item.nodeid:
            return 4 if "test_a_flood_" in item.nodeid else 3
        return 2 if "test_channel_" in item.nodeid or "test_desk_" in item.nodeid else 0

    here = [index for index, item in enumerate(items) if "tests/acceptance" in str(item.path)]
    for index, item in zip(here, sorted((items[index] for index in here), key=place), strict=True):
        items[index] = item


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if LATE:
        terminalreporter.section("later than on a quiet machine")
        for line in LATE:
            terminalreporter.line(line)


def _run(**environment: str) -> Iterator[Server]:
    server = Server(**environment)
    yield server
    code = server.stop()
    assert code == 0, f"ended with {code}: {server.said()}"
    assert "Traceback" not in server.said(), server.said()


@pytest.fixture(scope="package")
def city() -> Iterator[Server]:
    """`python -m local`, with real clocks, and with every call in its log: nobody's identity may be there."""
    yield from _run(LOG_LEVEL="INFO")


@pytest.fixture(scope="package")
def hasty() -> Iterator[Server]:
    """SLA_SCALE=0.0005: six hours are 10.8 seconds."""
    yield from _run(SLA_SCALE="0.0005")


@pytest.fixture(scope="package")
def hastiest() -> Iterator[Server]:
    """SLA_SCALE=0.0001: six hours are 2.2 seconds, a day 8.6."""
    yield from _run(SLA_SCALE="0.0001")


@pytest.fixture(scope="package")
def every() -> Iterator[Server]:
    """As `city`, with the paid channel switched on too: for the tests of the channels, which count what one channel was sent."""
    server = Server(LOG_LEVEL="INFO", CHANNELS_ON="x")
    yield server
    assert server.stop() == 0
    # a provider's failure that was asked for may be logged with its stack; an exception nobody caught begins a line
    unhandled = [line for line in server.lines if line.startswith("Traceback")]
    assert not unhandled, server.said()[-8000:]


@pytest.fixture(scope="package")
def scenes(hasty: Server, hastiest: Server) -> Scenes:
    """Reports laid down at the very beginning and left alone, for the tests of the deadlines at the end."""
    return Scenes(hasty, hastiest)


@pytest.fixture(scope="package", autouse=True)
def _clocks_start_early(request: pytest.FixtureRequest) -> None:
    """Whoever runs the tests of the deadlines has the scenes laid down before anything else."""
    if any("test_deadlines" in item.nodeid for item in request.session.items):
        request.getfixturevalue("scenes")


@pytest.fixture(scope="package")
def subscriber(city: Server) -> Iterator[Subscriber]:
    """Bina Marga's own endpoint, subscribed by the admin and confirmed."""
    endpoint = Subscriber(certificate_hosts={f"127.0.0.1:{city.port}", f"127.0.0.1:{city.aws_port}"})
    answer = city.staff("POST", "/agencies/bina-marga/subscriptions", {"protocol": "http", "endpoint": endpoint.url})
    assert answer.status == 201, (answer.status, answer.text)
    assert endpoint.confirmed.get(timeout=60).endswith(":tanggap-local-agency-bina-marga")
    yield endpoint
    endpoint.close()
