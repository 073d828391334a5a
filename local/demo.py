"""`python -m local.demo`: a compressed day of 500 reports against the local run, with agencies acting on them.

Uses the local run that answers on PORT; where none does, it starts one of its own, in which a city hour takes 2.8
seconds, and ends it afterwards. The day runs from 6 in the morning for 24 hours; the offices then have 9 more.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from chalicelib import city as packs
from local.demo_agenda import Agenda
from local.demo_citizens import Citizens
from local.demo_day import HOURS, AreaAt, Planned, plan, read_texts
from local.demo_http import Http, until
from local.demo_listen import Listener
from local.demo_run import NotReadyError, OwnRun
from local.demo_staff import Agencies, Desks, Staff
from local.demo_table import as_text, lines, messages, totals

REPORTS, SEED = 500, 20261121
HOUR = 2.8
"""Real seconds of a city hour in a run of our own."""
AFTER_HOURS = 9
SHORTEST_HOUR, LONGEST_HOUR = 1.0, 10.0
BAR = 40
PATIENCE = 120
"""Seconds that the system has for what is still under way when the day is over."""


def main(arguments: list[str] | None = None) -> int:
    """Run the day. 0 when everything sent was accepted and nothing failed on the server, else 1."""
    parser = argparse.ArgumentParser(prog="python -m local.demo", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reports", type=int, default=REPORTS, help="how many reports (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed, another day (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that our own run is ended
    try:
        with _system() as (url, settings, own):
            code = _day(url, settings, reports=chosen.reports, seed=chosen.seed)
            if code and own is not None:
                print(f"\nthe local run said:\n{own.said()}", file=sys.stderr)
            return code
    except NotReadyError as error:
        print(f"the local run did not start:\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130


@contextmanager
def _system() -> Iterator[tuple[str, dict[str, Any], OwnRun | None]]:
    """The address and settings of the run that answers on PORT, or else of our own."""
    port = int(os.environ.get("PORT") or 8000)
    url = f"http://127.0.0.1:{port}"
    status, settings = Http(url, timeout=3).json("GET", "/_local/settings")
    if status == 200 and isinstance(settings, dict) and "sla_scale" in settings:
        print(f"using the local run at {url} (SLA_SCALE {settings['sla_scale']:g})")
        yield url, settings, None
        return
    wanted = (port, int(os.environ.get("AWS_PORT") or 4566), int(os.environ.get("SMTP_PORT") or 2525))
    with OwnRun({"SLA_SCALE": repr(HOUR / 3600)}, wanted=wanted) as own:
        print(f"started a local run of our own at {own.url}, ready after {own.seconds:.1f} s")
        yield own.url, Http(own.url).json("GET", "/_local/settings")[1], own


def _day(url: str, settings: dict[str, Any], *, reports: int, seed: int) -> int:
    http, texts, city = Http(url), read_texts(), packs.load(settings["city"])
    hour = settings["sla_scale"] * 3600
    if not SHORTEST_HOUR <= hour <= LONGEST_HOUR:
        print(f"its deadlines do not fit a day of a minute (by SLA_SCALE a city hour takes {hour:g} s, here {HOUR} s)")
        hour = HOUR
    planned = plan(texts, _area_names(city), reports=reports, seed=seed)
    with (Path(__file__).with_name("secrets.toml")).open("rb") as file:
        secrets = tomllib.load(file)
    since = datetime.now(UTC) - timedelta(seconds=0.05)
    agenda = Agenda(hour)
    staff = Staff(http, agenda, texts, seed)
    citizens = Citizens(http, url, settings["smtp_port"], secrets, agenda, texts)
    agencies = Agencies(staff, citizens, hour)
    listener = Listener(agencies.take)
    _subscribe(listener, staff, sorted(_offices(city, planned)))
    agenda.began = time.monotonic()
    for each in planned:
        citizens.expect(each)
    Desks(staff, agencies, citizens, texts, _handles(city))
    try:
        _watch(agenda, citizens, staff, http, reports, texts["day"]["starts_at"])
    except KeyboardInterrupt:
        print("\nstopped before the day was over")
    agenda.close()
    code = _closing(http, staff, citizens, agencies.delays, since, hour, agenda.failures, reports)
    listener.close()
    return code


def _area_names(city: Any) -> AreaAt:
    def names(lat: float, lng: float) -> tuple[str, str] | None:
        code = city.area_at(lat, lng)
        if code is None:
            return None
        area = city.areas[code]
        return area.name, city.areas[area.parent].name

    return names


def _offices(city: Any, planned: list[Planned]) -> set[str]:
    """Those that will get reports, and those above them."""
    above = {code for code, agency in city.agencies.items() if agency.kind == "oversight"}
    local = {city.agency_for(each.category, city.area_at(each.lat, each.lng)) for each in planned} - {None}
    return above | local | set(_handles(city).values())


def _handles(city: Any) -> dict[str, str]:
    """The agency of each category, but for those that the kelurahan of the place handles."""
    every = {code: category.agency for code, category in city.categories.items()}
    return {code: agency for code, agency in every.items() if city.agencies[agency].kind != "kelurahan"}


def _subscribe(listener: Listener, staff: Staff, offices: list[str]) -> None:
    statuses = [listener.subscribe(staff.http, staff.signed_in("admin"), office) for office in offices]
    confirmed = until(lambda: len(listener.confirmed) == len(offices), 20)
    print(
        f"{statuses.count(201)} of {len(offices)} offices subscribed to their topics, {len(listener.confirmed)} confirmed"
        + ("" if confirmed else " (the others will not hear of anything)")
    )


def _watch(agenda: Agenda, citizens: Citizens, staff: Staff, http: Http, reports: int, starts_at: int) -> None:
    """The progress bar until the day and the hours after it are over; a line each three hours where nobody watches."""
    terminal, whole, last = sys.stdout.isatty(), HOURS + AFTER_HOURS, -1
    while (now := agenda.now) < whole:
        share = now / whole
        minutes = int((now + starts_at) * 60)
        bar = "#" * int(BAR * share) + "." * (BAR - int(BAR * share))
        day = "" if minutes < 24 * 60 else " +1"
        failed = sum(count for status, count in http.statuses.items() if status >= 500 or not status)
        text = (
            f"[{bar}] {minutes // 60 % 24:02d}.{minutes % 60:02d}{day:3} {citizens.reports:3}/{reports} reports sent, "
            f"{sum(staff.actions.values()):4} actions, {failed} errors"
        )
        if terminal:
            print(f"\r{text}", end="", flush=True)
        elif int(now) // 3 != last:
            last = int(now) // 3
            print(text, flush=True)
        time.sleep(0.2 if terminal else 0.5)
    if terminal:
        print()


def _closing(
    http: Http,
    staff: Staff,
    citizens: Citizens,
    delays: list[float],
    since: datetime,
    hour: float,
    failures: list[str],
    reports: int,
) -> int:
    """Asks the system what became of everything, prints it, and gives the exit code."""
    print("asking the system what became of them", flush=True)
    _settle(http)
    sent_to_citizens, announced, known = messages(http.json("GET", "/_local/outbox")[1], since)
    admin, views = staff.signed_in("admin"), []
    for tracking in sorted(known | set(citizens.keys) | _queued(staff)):
        status, view = http.json("GET", f"/staff/reports/{tracking}", None, admin)
        if status == 200 and datetime.fromisoformat(view["received_at"]) >= since:
            views.append(view)
    found = totals(views, datetime.now(UTC))
    refused = sum(citizens.refused.values())
    errors = sum(count for status, count in http.statuses.items() if status >= 500 or not status)
    rows = [("reports sent", f"{citizens.reports} in {sum(citizens.sent.values())} messages, {refused} not accepted")]
    rows += lines(found, sent_to_citizens, announced, hour)
    if delays:
        rows.append(
            ("  heard by the agency after", f"median {median(delays):.2f} s, longest {max(delays):.1f} s, real time")
        )
    rows += [("staff actions", f"{sum(staff.actions.values())}, refused by a rule {sum(staff.refusals.values())}")]
    rows += [("errors of the server (5xx, no answer)", f"{errors}")]
    print(f"\n{as_text(rows)}")
    for what, count in staff.refusals.most_common(8):
        print(f"  refused {count} x {what}")
    for problem in [*http.problems, *failures[:3]]:
        print(f"  error: {problem}", file=sys.stderr)
    lost = citizens.reports - found.received
    if lost > 0:
        print(f"  {lost} of the reports sent were not found in the system", file=sys.stderr)
    return 1 if errors or refused or failures or lost > 0 or citizens.reports < reports else 0


def _settle(http: Http) -> None:
    """Wait until the system has told everybody of everything: nothing more is sent for three seconds."""
    counts = [-4, -3, -2, -1]

    def still() -> bool:
        counts.append(len(http.json("GET", "/_local/outbox")[1]))
        return len(set(counts[-4:])) == 1

    until(still, PATIENCE, pause=1)


def _queued(staff: Staff) -> set[str]:
    """Reports in the desk's queues, of which perhaps nobody was told."""
    found: set[str] = set()
    for queue in ("incomplete", "waiting", "validation"):
        cursor: str | None = ""
        while cursor is not None:
            path = f"/staff/reports?queue={queue}&limit=200" + (f"&cursor={quote(cursor)}" if cursor else "")
            status, page = staff.http.json("GET", path, None, staff.signed_in("admin"))
            found |= {row["tracking"] for row in page["items"]} if status == 200 else set()
            cursor = page["next"] if status == 200 else None
    return found


if __name__ == "__main__":
    sys.exit(main())
