"""`python -m local.demo`: a compressed day of 1,000 reports against the local run, with agencies acting on them.

Uses the local run that answers on PORT, and leaves about half of the work there, so that every desk has something to be
looked at. Where none answers it starts one of its own, in which deadlines fit the day and the offices work everything off,
and ends it afterwards. The day runs from 6 in the morning for 24 hours; the offices then have 6 more.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from chalicelib import city as packs
from local.demo_agencies import Agencies, UnitAt
from local.demo_agenda import Agenda
from local.demo_camera import Camera
from local.demo_cases import with_cases
from local.demo_citizens import Citizens
from local.demo_day import HOURS, AreaAt, Planned, plan, read_texts
from local.demo_desks import Desks
from local.demo_http import Http, until
from local.demo_listen import Listener
from local.demo_queues import as_lines, left_over
from local.demo_run import NotReadyError, OwnRun
from local.demo_staff import HALF_DONE, WORKED_OFF, Habits, Staff
from local.demo_table import as_text, lines, messages, totals

REPORTS, REPORTS_ALONE, SEED = 1_000, 500, 20261121
"""How many reports by default: on a run that is open, and on one of our own, whose deadlines are kept in earnest."""
SHORTEST, LONGEST, REPORTS_A_SECOND = 1.5, 5.5, 180
"""Of a city hour, in real seconds: so long that two cores keep up with the reports of the day."""
PICTURES = 220
"""Of finished work, at most: each costs the local run about 0.15 s."""
AFTER_HOURS = 6
SHORTEST_HOUR, LONGEST_HOUR = 0.4, 10.0
BAR = 40
PATIENCE = 120
"""Seconds that the system has for what is still under way when the day is over."""
_QUIET = 3
_QUEUES = ("incomplete", "waiting", "validation")


def main(arguments: list[str] | None = None) -> int:
    """Run the day. 0 when everything sent was accepted and nothing failed on the server, else 1."""
    parser = argparse.ArgumentParser(prog="python -m local.demo", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--reports", type=int, help=f"how many reports (default: {REPORTS}; without an open run {REPORTS_ALONE})"
    )
    parser.add_argument("--seed", type=int, default=SEED, help="another seed, another day (default: %(default)s)")
    parser.add_argument("--hour", type=float, help="real seconds of a city hour (default: by the reports)")
    chosen = parser.parse_args(arguments)
    chosen.hour = chosen.hour or min(LONGEST, max(SHORTEST, (chosen.reports or REPORTS_ALONE) / REPORTS_A_SECOND))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that our own run is ended
    try:
        with _system(chosen.hour) as (url, settings, own):
            habits, usual = (WORKED_OFF, REPORTS_ALONE) if own else (HALF_DONE, REPORTS)
            day = Day(url, settings, habits, reports=chosen.reports or usual, seed=chosen.seed)
            code = day.run(_hour_in(settings, chosen.hour))
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
def _system(hour: float) -> Iterator[tuple[str, dict[str, Any], OwnRun | None]]:
    """The address and settings of the run that answers on PORT, or else of our own."""
    port = int(os.environ.get("PORT") or 8000)
    url = f"http://127.0.0.1:{port}"
    status, settings = Http(url, timeout=3).json("GET", "/_local/settings")
    if status == 200 and isinstance(settings, dict) and "sla_scale" in settings:
        print(f"using the local run at {url} (SLA_SCALE {settings['sla_scale']:g}); about half is left to be looked at")
        yield url, settings, None
        return
    wanted = (port, int(os.environ.get("AWS_PORT") or 4566), int(os.environ.get("SMTP_PORT") or 2525))
    with OwnRun({"SLA_SCALE": repr(hour / 3600)}, wanted=wanted) as own:
        print(f"started a local run of our own at {own.url}, ready after {own.seconds:.1f} s")
        yield own.url, Http(own.url).json("GET", "/_local/settings")[1], own


def _hour_in(settings: Mapping[str, Any], wanted: float) -> float:
    """Real seconds of a city hour: as the run's deadlines have it, where that fits a day of minutes."""
    hour = float(settings["sla_scale"] * 3600)
    return hour if SHORTEST_HOUR <= hour <= LONGEST_HOUR else wanted


class Day:
    """The day's people and offices, and what they tell each other."""

    def __init__(self, url: str, settings: dict[str, Any], habits: Habits, *, reports: int, seed: int) -> None:
        self._http, self._settings, self._habits = Http(url), settings, habits
        self._url, self._reports, self._seed = url, reports, seed
        self._texts, self._city = read_texts(), packs.load(settings["city"])

    def run(self, hour: float) -> int:
        """The exit code."""
        city, texts, seed = self._city, self._texts, self._seed
        area_at = _area_names(city)
        planned = plan(texts, area_at, reports=self._reports, seed=seed)
        planned = with_cases(planned, texts, area_at, seed=seed)
        with (Path(__file__).with_name("secrets.toml")).open("rb") as file:
            secrets = tomllib.load(file)
        self._since = datetime.now(UTC) - timedelta(seconds=0.05)
        agenda = self._agenda = Agenda(hour)
        staff = self._staff = Staff(self._http, agenda, texts, self._habits, seed)
        camera = self._camera = Camera(self._http, timezone=city.timezone, seed=seed, most=PICTURES)
        citizens = Citizens(self._http, self._url, self._settings["smtp_port"], secrets, agenda, texts, camera)
        self._citizens = citizens
        agencies = self._agencies = Agencies(staff, citizens, camera, _units(city), hour)
        listener = Listener(agencies.take)
        self._offices = sorted(_offices(city, planned))
        _subscribe(listener, staff, self._offices)
        agenda.began = time.monotonic()
        for each in planned:
            citizens.expect(each)
        Desks(staff, agencies, citizens, camera, texts, _handles(city))
        try:
            self._watch(texts["day"]["starts_at"])
        except KeyboardInterrupt:
            print("\nstopped before the day was over")
        agenda.close()
        code = self._closing()
        listener.close()
        return code

    def _watch(self, starts_at: int) -> None:
        """The progress bar until the day and the hours after it are over; a line each three hours where nobody watches."""
        terminal, whole, last = sys.stdout.isatty(), HOURS + AFTER_HOURS, -1
        while (now := self._agenda.now) < whole or self._citizens.reports < self._reports:
            share = min(1.0, now / whole)
            minutes = int((now + starts_at) * 60)
            bar = "#" * int(BAR * share) + "." * (BAR - int(BAR * share))
            day = "" if minutes < 24 * 60 else " +1"
            text = (
                f"[{bar}] {minutes // 60 % 24:02d}.{minutes % 60:02d}{day:3} {self._citizens.reports:4}/{self._reports} "
                f"reports sent, {sum(self._staff.actions.values()):4} actions, {self._errors()} errors"
            )
            if terminal:
                print(f"\r{text}", end="", flush=True)
            elif int(now) // 3 != last:
                last = int(now) // 3
                print(text, flush=True)
            time.sleep(0.2 if terminal else 0.5)
        if terminal:
            print()

    def _awaited(self) -> bool:
        """Whether a picture of finished work has not been looked at yet."""
        for tracking in list(self._camera.shown):
            view = self._staff.view(tracking) or {}
            if any(picture["state"] == "pending" for picture in view.get("pictures", ())):
                return True
            self._camera.shown.discard(tracking)
        return False

    def _errors(self) -> int:
        return sum(count for status, count in self._http.statuses.items() if status >= 500 or not status)

    def _closing(self) -> int:
        """Asks the system what became of everything, prints it, and gives the exit code."""
        print("asking the system what became of them", flush=True)
        _settle(self._http)
        if self._habits is HALF_DONE:  # what is counted below is to be seen afterwards
            until(lambda: not self._awaited(), PATIENCE, pause=2)
        http, staff, citizens, since = self._http, self._staff, self._citizens, self._since
        sent_to_citizens, announced, known = messages(http.json("GET", "/_local/outbox")[1], since)
        queues = [*_QUEUES, *(f"agency#{office}" for office in self._offices)]  # of some nobody was told yet
        queued = {row["tracking"] for name in queues for row in staff.queue(name)}
        found = [staff.view(tracking) for tracking in sorted(known | set(citizens.keys) | queued)]
        views = [view for view in found if view and datetime.fromisoformat(view["received_at"]) >= since]
        counted, refused = totals(views, datetime.now(UTC)), sum(citizens.refused.values())
        rows = [
            ("reports sent", f"{citizens.reports} in {sum(citizens.sent.values())} messages, {refused} not accepted"),
            *lines(counted, sent_to_citizens, announced, self._agenda.hour),
            ("pictures uploaded", ", ".join(f"{count} {what}" for what, count in sorted(self._camera.taken.items()))),
        ]
        if delays := self._agencies.delays:
            heard = f"median {median(delays):.2f} s, longest {max(delays):.1f} s, real time"
            rows.append(("  heard by the agency after", heard))
        acted, broken = sum(staff.actions.values()), sum(staff.refusals.values())
        rows += [("staff actions", f"{acted}, refused by a rule {broken}")]
        rows += [("errors of the server (5xx, no answer)", f"{self._errors()}")]
        print(f"\n{as_text(rows)}")
        for what, count in staff.refusals.most_common(8):
            print(f"  refused {count} x {what}")
        if self._habits is HALF_DONE:
            units = {code for code, office in self._city.agencies.items() if office.parent in self._city.agencies}
            print("", *as_lines(left_over(staff, views, units), self._url), sep="\n")
        return self._code(counted.received - staff.actions["split"], refused)

    def _code(self, received: int, refused: int) -> int:
        """1 when anything sent was not accepted, not found again or answered with an error; each is said."""
        camera, failures, reports = self._camera, self._agenda.failures, self._citizens.reports
        pictures = [f"{count} x a picture was refused by {where}" for where, count in camera.refused.items()]
        for problem in [*self._http.problems, *pictures, *failures[:3]]:
            print(f"  error: {problem}", file=sys.stderr)
        if received < reports:
            print(f"  {reports - received} of the reports sent were not found in the system", file=sys.stderr)
        fine = not (self._errors() or refused or failures or pictures) and self._reports <= reports <= received
        return 0 if fine else 1


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


def _units(city: Any) -> UnitAt:
    """The sub-unit of an agency for an area: of those right below it, the one whose own area holds that one."""

    def unit_at(agency: str, area: str | None) -> str | None:
        for code, office in city.agencies.items():
            if area and office.parent == agency and office.area and f"{area}.".startswith(f"{office.area}."):
                return str(code)
        return None

    return unit_at


def _settle(http: Http) -> None:
    """Wait until the system has told everybody of everything: next to nothing is sent for three seconds (where deadlines go
    on, somebody is reminded now and then)."""
    counts = [-400, -300, -200, -100]

    def still() -> bool:
        counts.append(len(http.json("GET", "/_local/outbox")[1]))
        return counts[-1] - counts[-4] <= _QUIET

    until(still, PATIENCE, pause=1)


if __name__ == "__main__":
    sys.exit(main())
