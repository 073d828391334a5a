"""Texts in parts: any order, repetitions, references used again, time running out, and what lies in the table meanwhile."""

from __future__ import annotations

from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.channels.message import Message, Part
from chalicelib.channels.payload import fingerprint
from chalicelib.store.client import client
from chalicelib.usecases.hear import hear
from chalicelib.usecases.parts import flush, gather

SENDER = "+6281200000171"
TEXTS = ("Jalan berlubang ", "di depan halte Bendungan Hilir, ", "sudah tiga minggu.")


def part(number: int, text: str = "", *, ref: str = "7", total: int = 3, id: str = "", sender: str = SENDER) -> Message:
    return Message(
        channel="sms-vonage",
        id=id or f"{ref}-{number}",
        sender=sender,
        phone=sender,
        text=text or TEXTS[number - 1],
        conversational=True,
        part=Part(ref=ref, number=number, total=total),
        raw=f"raw {number}".encode(),
    )


def flushed(desk: Any) -> list[Message]:
    taken: list[Message] = []
    flush(desk, desk.now(), taken.append)
    return taken


def items(desk: Any) -> list[dict[str, Any]]:
    dynamodb = client("dynamodb", desk.settings.region)
    return list(dynamodb.scan(TableName=desk.settings.table("conversations"))["Items"])


def test_part_2_before_part_1(desk: Any) -> None:
    """Expected: nothing until the last part has come; then one message in the order of the parts."""
    assert gather(desk, part(2)) is None
    assert gather(desk, part(3)) is None
    whole = gather(desk, part(1))
    assert whole is not None
    assert whole.text == "".join(TEXTS)
    assert (whole.part, whole.sender, whole.phone) == (None, SENDER, SENDER)
    assert whole.raw == b"raw 1\nraw 2\nraw 3"


_REFS = count()


@settings(max_examples=25)
@given(order=st.permutations([1, 2, 3]), repeated=st.lists(st.sampled_from([1, 2, 3]), max_size=4))
def test_any_order_with_repetitions_gives_the_same_message(desk: Any, order: list[int], repeated: list[int]) -> None:
    ref = f"r{next(_REFS)}"
    got = [gather(desk, part(number, id=f"m-{number}", ref=ref)) for number in (*order, *repeated)]
    assert got[:2] == [None, None]
    whole = got[2]
    assert whole is not None
    assert (whole.text, whole.id) == ("".join(TEXTS), "parts:" + fingerprint("m-1", "m-2", "m-3"))
    assert got[3:] == [whole] * len(repeated), "should the first attempt have failed, the whole comes again"


def test_a_part_repeated_before_the_others_come_is_harmless(desk: Any) -> None:
    assert gather(desk, part(1)) is None
    assert gather(desk, part(1, "other words under the same id")) is None
    assert gather(desk, part(2)) is None
    whole = gather(desk, part(3))
    assert whole is not None
    assert whole.text == "".join(TEXTS), "what came first stays"


def test_an_emoji_split_between_parts_comes_out_whole(desk: Any) -> None:
    assert gather(desk, part(2, "\udf0a tinggi", total=2)) is None
    whole = gather(desk, part(1, "banjir \ud83c", total=2))
    assert whole is not None
    assert whole.text == "banjir 🌊 tinggi"


def test_half_an_emoji_whose_other_half_never_comes_is_left_out(desk: Any, clock: Any) -> None:
    gather(desk, part(1, "banjir \ud83c", total=2))
    clock.pass_by(minutes=11)
    (message,) = flushed(desk)
    assert message.text == "banjir  …"
    message.text.encode()


@pytest.mark.parametrize(
    ("came", "text"),
    [
        ((1, 3), "satu … tiga"),
        ((1,), "satu …"),
        ((2,), "… dua …"),
        ((3,), "… tiga"),
        ((1, 2), "satudua …"),
        ((2, 3), "… duatiga"),
    ],
)
def test_after_ten_minutes_what_has_come_goes_on(desk: Any, clock: Any, came: tuple[int, ...], text: str) -> None:
    for number in came:
        gather(desk, part(number, ("satu", "dua", "tiga")[number - 1]))
    clock.pass_by(minutes=9)
    assert flushed(desk) == []
    clock.pass_by(minutes=1)
    (message,) = flushed(desk)
    assert message.text == text
    assert flushed(desk) == [], "once"


def test_the_time_runs_from_the_first_part(desk: Any, clock: Any) -> None:
    gather(desk, part(1))
    clock.pass_by(minutes=9)
    gather(desk, part(2))
    clock.pass_by(minutes=1)
    assert len(flushed(desk)) == 1


def test_a_part_after_the_flush_is_a_message_by_itself(desk: Any, clock: Any) -> None:
    gather(desk, part(1))
    gather(desk, part(3))
    clock.pass_by(minutes=10)
    assert len(flushed(desk)) == 1
    clock.pass_by(minutes=1)
    for _ in range(2):  # and once more when it is repeated
        late = gather(desk, part(2))
        assert late is not None
        assert (late.id, late.text, late.part) == ("7-2", TEXTS[1], None)
    assert flushed(desk) == []


def test_a_repeated_part_after_the_flush_tells_nothing_new(desk: Any, clock: Any) -> None:
    gather(desk, part(1))
    clock.pass_by(minutes=10)
    (first,) = flushed(desk)
    assert gather(desk, part(1)) is None
    again = flushed(desk)  # the set is looked at once more: the same message, which is known by its id
    assert [each.id for each in again] in ([], [first.id])


def test_a_reference_used_again_by_a_complete_text_is_another_text(desk: Any) -> None:
    for round_ in ("a", "b", "c"):
        assert gather(desk, part(2, id=f"{round_}2", total=2)) is None
        whole = gather(desk, part(1, id=f"{round_}1", total=2))
        assert whole is not None
        assert whole.text == TEXTS[0] + TEXTS[1]
    ids = {gather(desk, part(1, id=f"{round_}1", total=2)).id for round_ in "abc"}  # type: ignore[union-attr]
    assert len(ids) == 3


def test_a_reference_used_again_while_the_first_text_lacks_parts(desk: Any) -> None:
    """Expected: the second text comes out whole, the first as far as it has come, at the next sweep."""
    assert gather(desk, part(1, "pertama ", id="a1", total=2)) is None
    assert gather(desk, part(1, "kedua ", id="b1", total=2)) is None
    whole = gather(desk, part(2, "lengkap", id="b2", total=2))
    assert whole is not None
    assert whole.text == "kedua lengkap"
    assert "pertama  …" in [each.text for each in flushed(desk)]


def test_a_reference_used_again_days_after_a_flush(desk: Any, clock: Any) -> None:
    gather(desk, part(1, id="a1", total=2))
    clock.pass_by(minutes=10)
    assert len(flushed(desk)) == 1
    clock.pass_by(days=2)
    assert gather(desk, part(2, id="b2", total=2)) is None
    whole = gather(desk, part(1, id="b1", total=2))
    assert whole is not None
    assert whole.text == TEXTS[0] + TEXTS[1]


def test_senders_channels_and_lengths_do_not_mix(desk: Any) -> None:
    assert gather(desk, part(1, total=2)) is None
    assert gather(desk, part(2, total=2, sender="+6281200000172")) is None
    assert gather(desk, part(2, total=3)) is None
    assert gather(desk, msgspec.structs.replace(part(2, total=2), channel="sms")) is None


def test_the_table_holds_no_words_and_no_number(desk: Any) -> None:
    gather(desk, part(1))
    (item,) = items(desk)
    assert item["sender"]["S"].startswith("parts#")
    for secret in (TEXTS[0].strip(), SENDER, SENDER[1:], "raw 1"):
        assert secret not in repr(item)
        assert secret.encode() not in item["p1"]["B"]
    kept = int(item["expires_at"]["N"]) - desk.now().timestamp()
    assert 7 * 86400 < kept < 30 * 86400


def test_a_part_costs_one_write_and_the_sweep_one_query(desk: Any, calls: Any) -> None:
    gather(desk, part(1))
    calls()
    gather(desk, part(2))
    assert calls() == ["dynamodb.UpdateItem"]
    flush(desk, desk.now(), lambda _: None)
    assert calls() == ["dynamodb.Query"]


def test_a_set_is_not_lost_when_taking_it_fails(desk: Any, clock: Any) -> None:
    gather(desk, part(1, total=2))
    gather(desk, part(1, total=2, sender="+6281200000172"))
    clock.pass_by(minutes=10)

    def take(message: Message) -> None:
        if message.sender == SENDER:
            raise RuntimeError

    done = flush(desk, desk.now(), take)
    assert (done.taken, done.failed) == (1, 1)
    assert flushed(desk) == [], "it does not hold up what comes next"
    clock.pass_by(minutes=10)
    (message,) = flushed(desk)
    assert message.sender == SENDER


def test_an_attempt_that_ended_after_the_last_part_is_made_good_by_the_sweep(desk: Any, clock: Any) -> None:
    gather(desk, part(1, total=2))
    whole = gather(desk, part(2, total=2))
    clock.pass_by(minutes=10)
    assert flushed(desk) == [whole]


def test_a_message_that_is_no_part_passes(desk: Any) -> None:
    message = msgspec.structs.replace(part(1), part=None)
    assert gather(desk, message) is message


def test_a_part_longer_than_any_text_message_goes_by_itself(desk: Any) -> None:
    long = gather(desk, part(1, "x" * 1_001))
    assert long is not None
    assert long.part is None


def test_many_parts(desk: Any) -> None:
    numbers = list(range(60, 0, -1))  # of 255 at most; each takes longer than the one before
    texts = {number: f"{number:0153d}" for number in numbers}
    got = [gather(desk, part(number, texts[number], total=60)) for number in numbers]
    assert got[-1] is not None
    assert got[-1].text == "".join(texts[number] for number in sorted(numbers))


def test_a_long_text_becomes_one_report_however_often_it_comes(desk: Any, clock: Any) -> None:
    words = ("Lampu jalan mati ", "di Jl. Kemang Raya, Bangka. ", "Nama Sekar, alamat Jl. Melati 4")
    reports = set()
    for number in (3, 1, 2, 2, 1):
        whole = gather(desk, part(number, words[number - 1]))
        if whole is not None:
            heard = hear(desk, whole, seed="00" * 16)
            assert heard.report is not None
            reports.add((heard.report.tracking, heard.new))
    clock.pass_by(minutes=10)
    flush(desk, desk.now(), lambda each: reports.add((hear(desk, each, seed="00" * 16).report.tracking, False)))  # type: ignore[union-attr]
    assert len({tracking for tracking, _ in reports}) == 1
    assert [new for _, new in reports].count(True) == 1
