"""What the figures know of a report: the rules' own steps are played, and what follows is said beside them."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from chalicelib.domain import history
from chalicelib.domain.errors import Invalid, ReportError
from chalicelib.domain.facts import Facts, _paused, disputed, facts_of
from chalicelib.domain.lifecycle import Action
from chalicelib.domain.place import cell_of
from chalicelib.domain.report import Report, next_version, record
from chalicelib.domain.rights import entries_for, without_words
from chalicelib.usecases.act import ACTIONS
from tests.domain.builders import CITY, POINT, deed, fresh, h, told, waiting
from tests.usecases.rules import accepted, do, lead, resolved, swept, swept_fully
from tests.usecases.test_rules_random import begun, one_step


def facts(report: Report) -> Facts:
    return facts_of(report, CITY)


def play(report: Report, *steps: Any) -> Report:
    """The report after steps, each (hours, action) or (hours, action, wish)."""
    for at, action, *wish in steps:
        report = do(report, at, action, **(wish[0] if wish else {}))
    return report


def of_another(report: Report, at: float, event: str) -> Report:
    """What the reporter of a report that was merged into this one says."""
    said = msgspec.structs.replace(deed("dispute", "reporter", at), follower="JKT-OTHER")
    return record(report, said, event, public=True)


def erased(report: Report, *events: str) -> Report:
    """Without what these entries said."""
    texts = [
        history.encode(history.erase(entry)) if entry.event in events else text
        for entry, text in zip(report.entries(), report.history, strict=True)
    ]
    return msgspec.structs.replace(report, history=tuple(texts))


def done(at: float = 24) -> Report:
    return do(resolved(), at, "validate")


def test_a_new_report() -> None:
    told_of = facts(fresh())
    assert (told_of.day, told_of.received_at, told_of.channel) == ("2026-11-21", h(0), "jaki")
    assert (told_of.category, told_of.agency, told_of.area) == ("jalan", "bina-marga", "31.71.01.1001")
    assert (told_of.status, told_of.state, told_of.complete_at) == ("coordination", "open", h(0))
    assert not any([told_of.on_time, told_of.late, told_of.disputed, told_of.done, told_of.listed, told_of.cell])
    assert told_of.respond_hours is told_of.resolve_hours is told_of.done_at is told_of.stars is None


def test_the_day_is_the_city_s() -> None:
    assert facts(fresh(15.9)).day == "2026-11-21"  # 23.54 in Jakarta
    assert facts(fresh(16.1)).day == "2026-11-22"


def test_what_is_not_known_is_empty() -> None:
    told_of = facts(waiting())
    assert (told_of.category, told_of.agency, told_of.area, told_of.cell) == ("", "", "", "")
    assert facts(msgspec.structs.replace(waiting(), suggested="sampah")).category == "sampah"


def test_a_report_has_a_cell_once_everybody_may_list_it() -> None:
    import h3

    report = fresh(cell=cell_of(POINT))
    assert (facts(report).listed, facts(report).cell) == (False, "")
    report = do(report, 1, "accept")
    assert facts(report).cell == h3.latlng_to_cell(-6.1754, 106.8272, 8)
    hidden = msgspec.structs.replace(report, private=True)
    assert (facts(hidden).cell, facts(hidden).hidden, facts(hidden).listed) == ("", True, False)


def test_done_in_time() -> None:
    told_of = facts(done())
    assert (told_of.on_time, told_of.late, told_of.done, told_of.state) == (True, False, True, "done")
    assert (told_of.respond_hours, told_of.resolve_hours, told_of.done_at) == (1, 20, h(24))


@pytest.mark.parametrize(
    ("report", "on_time", "late"),
    [
        # the validator's own time is nobody's delay: the clock stopped when the agency said "done"
        (do(resolved(167), 400, "validate"), True, False),
        # no sweep has noticed, but the clock has stopped after its end
        (do(resolved(169), 170, "validate"), False, True),
        # the sweep has noticed, and a later date does not take that back
        (play(swept_fully(do(fresh(), 1, "accept"), 169), (170, "extend", {"until": "2026-12-10"}),
              (171, "approve-extension"), (172, "resolve"), (173, "validate")), False, True),
        # a late answer to the first clock is not late work
        (play(swept_fully(fresh(), 10), (11, "accept"), (20, "resolve"), (24, "validate")), True, False),
        (play(do(fresh(), 1, "accept"), (100, "extend", {"until": "2026-12-10"}), (101, "approve-extension"),
              (200, "resolve"), (210, "validate")), True, False),
        # still open, and late
        (swept_fully(do(fresh(), 1, "accept"), 169), False, True),
        # said to be done too late, not looked at yet
        (resolved(169), False, True),
        (resolved(), False, False),
    ],
)  # fmt: skip
def test_on_time_or_late(report: Report, on_time: bool, late: bool) -> None:
    assert (facts(report).on_time, facts(report).late) == (on_time, late)


def test_pauses_are_out_of_the_hours() -> None:
    report = play(fresh(), (1, "ask"), (4, "answer"), (5, "accept"), (6, "ask"), (10, "answer"), (30, "resolve"))
    told_of = facts(do(report, 31, "validate"))
    assert (told_of.respond_hours, told_of.resolve_hours) == (2, 23)


def test_a_pause_that_is_on_when_the_agency_takes_it_up_is_out_too() -> None:
    assert facts(play(fresh(), (1, "ask"), (4, "accept"))).respond_hours == 1


def test_a_pause_ends_by_itself() -> None:
    report = swept(do(fresh(), 1, "ask"), 1 + 120)
    assert facts(do(report, 123, "accept")).respond_hours == 3


def test_the_first_agency_that_takes_it_up_responds() -> None:
    report = play(fresh(), (1, "accept"), (3, "return"), (4, "dispatch"), (9, "accept"))
    assert (facts(report).respond_hours, facts(report).rerouted) == (1, 1)


def test_work_that_nobody_took_up_first_is_a_response_all_the_same() -> None:
    assert facts(play(fresh(), (5, "resolve"))).respond_hours == 5


@pytest.mark.parametrize(
    ("agencies", "times"),
    [([], 0), (["lingkungan-hidup"], 1), (["lingkungan-hidup", "bina-marga"], 2), (["inspektorat", "bina-marga"], 2)],
)
def test_rerouted(agencies: list[str], times: int) -> None:
    report = play(fresh(), *((number, "dispatch", {"agency": each}) for number, each in enumerate(agencies, 1)))
    assert facts(report).rerouted == times


def test_back_to_the_same_agency_is_no_rerouting() -> None:
    assert facts(play(fresh(), (1, "return"), (2, "dispatch", {"agency": "bina-marga"}))).rerouted == 0


def test_extended_and_follow_up_refused() -> None:
    report = play(resolved(), (21, "refuse"))
    assert (facts(report).status, facts(report).state, facts(report).late) == ("follow_up_refused", "open", False)
    report = play(report, (22, "extend"), (23, "approve-extension"), (40, "resolve"), (41, "validate"))
    assert (facts(report).extended, facts(report).on_time, facts(report).resolve_hours) == (True, True, 40)


@pytest.mark.parametrize(
    ("wish", "code"), [({"reason_code": "hoax"}, "hoax"), ({"reason": "bukan urusan publik"}, "")]
)  # fmt: skip
def test_rejected_and_why(wish: dict[str, str], code: str) -> None:
    from chalicelib.city.model import Reason

    city = msgspec.structs.replace(CITY, reasons={"reject": {"hoax": Reason(label={}, told={})}})
    report = do(waiting(), 1, "reject", city, **{"reason": "", **wish})
    told_of = facts_of(report, city)
    assert (told_of.status, told_of.reason, told_of.state, told_of.on_time, told_of.late) == (
        "rejected", code, "other", False, False,
    )  # fmt: skip
    assert facts_of(msgspec.structs.replace(report, private=True), city).reason == ""


def test_withdrawn_is_neither_late_nor_done() -> None:
    told_of = facts(play(swept_fully(do(fresh(), 1, "accept"), 169), (170, "withdraw")))
    assert (told_of.status, told_of.late, told_of.on_time, told_of.done_at) == ("withdrawn", False, False, None)


def test_a_merged_report_has_only_been_received() -> None:
    report = play(fresh(), (1, "dispatch"), (2, "accept"), (3, "ask"), (4, "answer"), (5, "merge"))
    told_of = facts(report)
    assert (told_of.status, told_of.rerouted, told_of.respond_hours, told_of.complete_at) == ("merged", 0, None, None)
    assert not any([told_of.late, told_of.extended, told_of.disputed])


def test_stars_are_told_but_not_those_of_a_hidden_report() -> None:
    report = msgspec.structs.replace(done(), stars=5)
    assert facts(report).stars == 5
    assert facts(msgspec.structs.replace(report, confidential=True)).stars is None


DISPUTES: list[tuple[str, Report, bool]] = [
    ("nobody disputes", done(), False),
    ("reopened", do(done(), 30, "reopen"), True),
    ("disputed when done: reopened", do(done(), 30, "dispute"), True),
    ("disputed before the validator looks", do(resolved(), 21, "dispute"), True),
    ("a validator's word settles nothing", play(resolved(), (21, "dispute"), (22, "validate")), True),
    ("the reporter confirms", play(resolved(), (21, "dispute"), (22, "confirm")), False),
    ("and confirms after the validator", play(resolved(), (21, "dispute"), (22, "validate"), (23, "confirm")), False),
    ("work again, not accepted yet", play(resolved(), (21, "dispute"), (22, "refuse"), (30, "resolve")), True),
    ("work again, accepted", play(resolved(), (21, "dispute"), (22, "refuse"), (30, "resolve"), (31, "validate")), False),
    ("disputed again before it is accepted",
     play(resolved(), (21, "dispute"), (22, "refuse"), (30, "resolve"), (31, "dispute"), (32, "validate")), True),
    ("reopened, work again, accepted", play(done(), (30, "reopen"), (40, "resolve"), (41, "validate")), False),
    ("reopened, work again, refused, taken up", play(done(), (30, "reopen"), (40, "resolve"), (41, "refuse"), (42, "accept")), True),
    ("reopened twice", play(done(), (30, "reopen"), (40, "resolve"), (41, "validate"), (50, "reopen")), True),
    ("rejected", play(done(), (30, "reopen"), (31, "reject")), False),
    ("withdrawn", play(done(), (30, "reopen"), (31, "withdraw")), False),
    ("merged", play(done(), (30, "reopen"), (31, "merge")), False),
    ("another reporter's dispute is not settled by one's own word",
     play(of_another(resolved(), 21, "disputed"), (22, "confirm")), True),
    ("but by theirs", of_another(of_another(resolved(), 21, "disputed"), 22, "confirmed"), False),
    ("and by work", play(of_another(resolved(), 21, "disputed"), (22, "refuse"), (23, "resolve"), (24, "validate")), False),
    ("a dispute that was erased still is one", erased(do(resolved(), 21, "dispute"), "disputed"), True),
]  # fmt: skip


@pytest.mark.parametrize(("what", "report", "against"), DISPUTES, ids=[each[0] for each in DISPUTES])
def test_disputed(what: str, report: Report, against: bool) -> None:
    assert disputed(report) is against
    assert facts(report).disputed is against
    assert (facts(report).state == "disputed") is against
    if against:
        assert not facts(report).on_time
        assert not facts(report).done
        assert facts(report).resolve_hours is None


def test_reopened_is_counted_and_measured_from_the_first_day_on() -> None:
    told_of = facts(play(done(), (30, "reopen"), (40, "resolve"), (41, "validate")))
    assert (told_of.reopened, told_of.on_time, told_of.resolve_hours, told_of.done_at) == (1, True, 40, h(41))


def test_late_once_is_late_for_ever() -> None:
    report = play(swept_fully(do(fresh(), 1, "accept"), 169), (170, "resolve"), (171, "validate"), (180, "reopen"))
    told_of = facts(play(report, (190, "resolve"), (191, "validate")))
    assert (told_of.late, told_of.on_time, told_of.reopened) == (True, False, 1)


def test_the_report_that_leads_is_its_own() -> None:
    leader = lead(do(fresh(), 1, "accept"), fresh(2), 3)
    assert facts(leader).status == "in_progress"


def test_what_was_erased_breaks_nothing() -> None:
    report = play(fresh(), (1, "dispatch"), (2, "accept"), (3, "ask"), (4, "answer"), (20, "resolve"), (21, "validate"))
    report = play(report, (22, "reopen"), (23, "return"), (24, "dispatch", {"agency": "lingkungan-hidup"}))
    nothing = erased(report, *{entry.event for entry in report.entries()})
    told_of = facts(nothing)
    assert (facts(report).rerouted, told_of.rerouted, told_of.disputed, told_of.reopened) == (1, 0, True, 1)
    assert facts(erased(report, "asked")).respond_hours == facts(report).respond_hours


def test_random_lives() -> None:
    """Whatever happens: a report is in one state, what the history says of pauses is what the clocks say, and the facts are the
    same in JSON and whoever asks."""
    for life in range(150):
        chance = random.Random(life)
        report, at = begun(chance), 0.0
        for _ in range(20):
            at += chance.choice([0.5, 3, 30])
            try:
                _, report = one_step(report, at, chance)
            except (ReportError, msgspec.ValidationError):
                continue
            told_of = facts(report)
            assert msgspec.json.decode(msgspec.json.encode(told_of), type=Facts) == told_of
            assert not (told_of.on_time and told_of.late)
            assert not (told_of.on_time and told_of.disputed)
            if told_of.done:
                assert told_of.on_time != told_of.late
                assert told_of.resolve_hours is not None
            if told_of.status not in ("rejected", "withdrawn", "merged", "abandoned"):
                said = [entry.event for entry in report.entries()]
                assert told_of.disputed <= bool({"disputed", "reopened"} & {*said})
            if report.pause is None:
                stood = _paused(report.entries(), h(at + 1e6)).total_seconds()
                assert abs(stood - report.paused_seconds) < 0.01, [entry.event for entry in report.entries()]
            facts(erased(report, *{entry.event for entry in report.entries()}))


def test_only_the_report_is_asked() -> None:
    assert facts(fresh(**{"problem": "Jalan berlubang"})) == facts(fresh(**{"problem": "Lain"}))
    assert told().problem not in msgspec.json.encode(facts(fresh())).decode()


OTHER = "JKT-0000-0000-0009"


def by_another(report: Report, at: float, action: str, **wish: Any) -> Report:
    """An action of a merged report's reporter."""
    wanted, apply = ACTIONS[Action(action)]
    said = msgspec.structs.replace(deed(action, "reporter", at, "", f"{action}:{at}"), follower=OTHER)
    return next_version(report, apply(report, said, msgspec.convert(wish, wanted), CITY))


def forgotten(report: Report) -> Report:
    return without_words(report, {entry.seq for entry in entries_for(report, OTHER)})


def test_whose_word_it_was_is_known_when_the_words_are_erased() -> None:
    report = by_another(msgspec.structs.replace(resolved(), leads=(OTHER,)), 24, "dispute", reason="Belum, kata Budi")
    settled = do(by_another(report, 25, "confirm"), 26, "validate")
    assert facts(forgotten(settled)).disputed is facts(settled).disputed is False
    confirmed = do(report, 25, "confirm")  # by the leading report's own reporter: settles nothing of the other's
    assert disputed(forgotten(confirmed))
    assert not disputed(by_another(forgotten(confirmed), 27, "confirm"))
    redacted = do(confirmed, 26, "redact", entries=[report.seq])
    assert disputed(redacted)


def test_an_end_that_was_missed_stays_missed_when_it_is_reopened() -> None:
    report = accepted()
    late = (report.resolve.by - h(0)).total_seconds() / 3600 + 0.01  # no sweep came by
    report = play(report, (late, "resolve"), (late + 1, "validate"), (late + 2, "reopen"), (late + 3, "accept"))
    assert facts(report).late
    report = play(report, (late + 4, "resolve"), (late + 5, "validate"), (late + 6, "reopen"))
    assert facts(report).late


def test_what_the_clocks_did_is_not_redacted() -> None:
    report = swept_fully(accepted(), 24 * 30)
    seq = next(entry.seq for entry in report.entries() if entry.event == "escalated")
    with pytest.raises(Invalid) as refused:
        do(report, 24 * 31, "redact", entries=[seq])
    assert set(refused.value.details) == {"entries"}
