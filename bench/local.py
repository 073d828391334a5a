"""The local run: how soon it is ready, how many webhooks a second it accepts, and how soon an agency hears of one.

The system runs as `python -m local` in a process of its own; the load comes from a third one. The subscriber is an
HTTP server here, put on the agency's topic by the admin's API and confirmed by visiting SubscribeURL.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

from bench.figures import Figure, run_alone
from bench.traffic import app_reports, signed_app
from local.demo_http import Http, until
from local.demo_listen import Listener
from local.demo_run import OwnRun

ROOT = Path(__file__).resolve().parent.parent
READY_BOUND, RATE_BOUND, LATENCY_BOUND = 3.0, 100, 150
CONNECTIONS = 8
AGENCY, CATEGORY = "bina-marga", "jalan"
FLOOR_OF_START = "import boto3, chalice.local, waitress; from moto import mock_aws; mock_aws().start()"


def measure(quick: bool) -> Iterable[Figure]:
    """Start, latency when idle, then load."""
    floor = median(_seconds_of(FLOOR_OF_START) for _ in range(2 if quick else 3))
    starts = []
    for _ in range(0 if quick else 2):
        with OwnRun({}) as run:
            starts.append(run.seconds)
    with OwnRun({}) as run:
        starts.append(run.seconds)
        yield Figure(
            bench="local",
            name="ready after",
            measured=f"{median(starts):.2f} s",
            floor=f"its libraries and an empty moto {floor:.2f} s",
            bound=f"{READY_BOUND:.0f} s",
            met=median(starts) <= READY_BOUND,
        )
        secret = _secrets()["channels"]["jaki"]["secret"]
        yield _latency(run.url, secret, 8 if quick else 20)
        seconds = 2 if quick else 5
        nothing = _load(run.url, secret, 1 if quick else 2, "floor")
        loaded = _load(run.url, secret, seconds, "webhook")
        rate = loaded["right"] / loaded["seconds"]
        yield Figure(
            bench="local",
            name=f"webhooks accepted per second, {CONNECTIONS} connections",
            measured=f"{rate:.0f} /s ({loaded['right']} in {loaded['seconds']:.1f} s, {loaded['wrong']} refused)",
            floor=f"GET of an unknown path {nothing['right'] / nothing['seconds']:.0f} /s",
            bound=f"{RATE_BOUND} /s",
            met=rate >= RATE_BOUND and not loaded["wrong"],
        )


def _latency(url: str, secret: str, rounds: int) -> Figure:
    arrived: dict[str, float] = {}

    def take(_agency: str, event: dict[str, Any], at: float) -> None:
        if event["type"].endswith(".dispatched"):
            arrived.setdefault(event["subject"], at)

    http, listener = Http(url), Listener(take)
    token = http.json("GET", "/_local/token?role=admin")[1]["token"]
    status = listener.subscribe(http, {"Authorization": f"Bearer {token}"}, AGENCY)
    assert status == 201, f"the subscription was answered with {status}"
    assert until(lambda: AGENCY in listener.confirmed, 10), "the subscription was not confirmed"
    took, trips = [], []
    for index, report in zip(range(-3, rounds), app_reports(seed=21), strict=False):
        body, headers = signed_app(report | {"category": CATEGORY}, secret)
        began = time.perf_counter()
        status, answer_body = http.call("POST", "/channels/jaki", body, headers)
        trip = time.perf_counter() - began
        assert status == 200, answer_body
        number = json.loads(answer_body)["tracking"]
        assert until(lambda number=number: number in arrived, 10), "the agency never heard of it"
        if index >= 0:  # the first ones find everything cold
            took.append(1000 * (arrived[number] - began))
            trips.append(1000 * trip)
        time.sleep(0.3)  # idle again
    return Figure(
        bench="local",
        name="webhook to the agency's SNS subscriber, idle",
        measured=f"{median(took):.0f} ms (longest of {len(took)}: {max(took):.0f})",
        floor=f"the webhook's own round trip {median(trips):.0f} ms",
        bound=f"{LATENCY_BOUND} ms",
        met=median(took) <= LATENCY_BOUND,
    )


def _load(url: str, secret: str, seconds: float, kind: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.load", url, secret, str(seconds), str(CONNECTIONS), kind]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=seconds + 60)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _secrets() -> dict[str, Any]:
    with (ROOT / "local" / "secrets.toml").open("rb") as file:
        return tomllib.load(file)


def _seconds_of(statement: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    run_alone(measure)
