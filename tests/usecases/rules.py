"""Plays the rules of the use cases on a report, without store or clock."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.city.model import City
from chalicelib.domain.lifecycle import Role
from chalicelib.domain.report import Report, next_version
from chalicelib.usecases import decide, sweep
from chalicelib.usecases.act import ACTIONS
from tests.domain.builders import CITY, SEED, deed, fresh, h

OTHER = "JKT-0000-0000-0001"
BY = {
    "accept": "agency", "disposition": "agency", "extend": "agency", "return": "agency", "resolve": "agency",
    "answer": "reporter", "withdraw": "reporter", "reopen": "reporter", "confirm": "reporter",
    "rate": "reporter", "withdraw-consent": "reporter", "dispute": "reporter", "validate": "validator", "refuse": "validator",
}  # fmt: skip
WISH: dict[str, dict[str, Any]] = {
    "dispatch": {"agency": "lingkungan-hidup"},
    "disposition": {"unit": "Seksi Jalan"},
    "note": {"note": "dicatat"},
    "return": {"reason": "bukan wewenang kami"},
    "resolve": {"note": "sudah ditambal"},
    "ask": {"question": "di sisi mana?"},
    "answer": {"text": "sisi barat"},
    "extend": {"until": "2026-12-10", "reason": "menunggu aspal"},
    "refuse-extension": {"reason": "tidak perlu"},
    "refuse": {"reason": "belum rata"},
    "reject": {"reason": "bukan urusan publik"},
    "merge": {"into": OTHER},
    "correct": {"landmark": "dekat pos polisi"},
    "redact": {"problem": "jalan rusak"},
    "split": {"problem": "lampu jalan mati"},
    "rate": {"stars": 4},
}


def do(report: Report, at: float, action: str, where: City = CITY, role: str = "", by: str = "", **wish: Any) -> Report:
    """The report after this action at T0 + `at` hours, by whoever usually does it; once the next version of it."""
    wanted, apply = ACTIONS[deed(action, "admin").action]
    role = role or BY.get(action, "admin")
    if role == "agency" and not by:
        by = report.agency or ""
    asked = msgspec.convert({**WISH.get(action, {}), **wish}, wanted)
    name = f"{action}:{role}:{at}:{report.version}"
    return next_version(report, apply(report, deed(action, role, at, by, name), asked, where))


def lead(report: Report, follower: Report, at: float) -> Report:
    """The leader of a merge."""
    done = deed("lead", Role.ADMIN, at, action_id=f"lead:{at}:{report.version}")
    return next_version(report, decide.lead(report, done, follower, CITY))


def swept(report: Report, at: float, where: City = CITY) -> Report:
    """After one step of the sweep; the same report if nothing is due."""
    return sweep.step(report, h(at), where, seed=SEED) or report


def swept_fully(report: Report, at: float, where: City = CITY) -> Report:
    """After as many sweeps as something is due at that moment (each takes one step)."""
    for _ in range(40):
        after = sweep.step(report, h(at), where, seed=SEED)
        if after is None:
            return report
        report = after
    raise AssertionError("the sweep finds no end")


def accepted(at: float = 1) -> Report:
    """With Bina Marga since T0, taken up."""
    return do(fresh(), at, "accept")


def resolved(at: float = 20) -> Report:
    """Said to be done."""
    return do(accepted(), at, "resolve")


def done(at: float = 21) -> Report:
    """Validated."""
    return do(resolved(), at, "validate")
