"""`python -m local` as a program: ready soon, plain about a port in use, and ending cleanly."""

from __future__ import annotations

import os
import signal
import socket
import time

import pytest

from tests.acceptance.clients import Server, free_port, in_time, launch


def test_ready_within_three_seconds_and_says_where(city: Server, hasty: Server, hastiest: Server) -> None:
    busy = max(
        1.0, os.getloadavg()[0] / (os.cpu_count() or 1)
    )  # the limit is for a machine that has nothing else to do
    assert min(server.seconds_to_ready for server in (city, hasty, hastiest)) < 3 * busy
    assert f"ready {city.url}" in city.said()
    assert f"http://127.0.0.1:{city.aws_port}" in city.said()


@pytest.mark.parametrize("taken", ["PORT", "AWS_PORT", "SMTP_PORT"])
def test_a_port_in_use_is_said_plainly(taken: str) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        ports = {name: str(free_port()) for name in ("PORT", "AWS_PORT", "SMTP_PORT")} | {taken: port}
        process = launch(ports)
        said, _ = process.communicate(timeout=60)
    assert process.returncode not in (0, None)
    assert port in said
    assert taken in said
    assert "Traceback" not in said
    assert "ready" not in said


@pytest.mark.parametrize(
    "setting",
    [
        {"PORT": "x"},
        {"PORT": "99999"},
        {"SLA_SCALE": "fast"},
        {"SLA_SCALE": "0"},
        {"SLA_SCALE": "-1"},
        {"CITY": "atlantis"},
        {"CITY": "../../etc"},
    ],
)
def test_a_wrong_setting_is_said_plainly(setting: dict[str, str]) -> None:
    process = launch({"PORT": str(free_port()), "AWS_PORT": str(free_port()), "SMTP_PORT": str(free_port()), **setting})
    try:
        said, _ = process.communicate(timeout=60)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    assert process.returncode not in (0, None)
    assert next(iter(setting)) in said or next(iter(setting.values())) in said
    assert "Traceback" not in said


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_cleanly_even_at_work(sign: signal.Signals) -> None:
    server = Server()
    for _ in range(5):
        server.report()
    began = time.monotonic()
    server.process.send_signal(sign)
    assert server.process.wait(60) == 0
    in_time(time.monotonic() - began, 5, "the end")
    assert server.stop() == 0
    assert "Traceback" not in server.said()
    for port in (server.port, server.aws_port, server.smtp_port):
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind(("127.0.0.1", port))


def test_the_loopback_only(city: Server) -> None:
    addresses = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    for address in addresses:
        if not address.startswith("127."):
            with socket.socket() as probe:
                probe.settimeout(2)
                assert probe.connect_ex((address, city.port)) != 0
