"""Tracking numbers: the check character against another implementation, slips of the finger, and tolerant reading."""

from __future__ import annotations

import hashlib
import hmac
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_37_36

from chalicelib.domain.errors import Invalid
from chalicelib.domain.tracking import (
    ALPHABET,
    check_character,
    derive,
    digest_of,
    keyed_digest,
    origin_of,
    parse,
    written,
)
from tests.domain.builders import quick

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECRET = b"a secret of the tests"
bodies = st.text(CROCKFORD, min_size=11, max_size=11)


def number(body: str) -> str:
    return body + mod_37_36.calc_check_digit(body, CROCKFORD)


def test_the_alphabet_is_crockfords() -> None:
    assert ALPHABET == CROCKFORD
    assert set("ILOU").isdisjoint(ALPHABET)


@quick()
@given(bodies)
def test_the_check_character_is_that_of_iso_7064(body: str) -> None:
    assert check_character(body) == mod_37_36.calc_check_digit(body, CROCKFORD)
    assert mod_37_36.is_valid(body + check_character(body), CROCKFORD)


@quick(20)
@given(bodies)
def test_every_single_wrong_character_is_caught(body: str) -> None:
    good = number(body)
    assert parse(good, "JKT") == written("JKT", good)
    for position, right in enumerate(good):
        for wrong in set(CROCKFORD) - {right}:
            with pytest.raises(Invalid) as refused:
                parse(good[:position] + wrong + good[position + 1 :], "JKT")
            assert refused.value.details["slip"] == "check"


def test_nearly_every_swap_of_neighbours_is_caught() -> None:
    chance = random.Random(1)
    swaps = caught = 0
    for _ in range(400):
        good = number("".join(chance.choices(CROCKFORD, k=11)))
        for place in range(11):
            swapped = good[:place] + good[place + 1] + good[place] + good[place + 2 :]
            if swapped != good:
                swaps += 1
                caught += not mod_37_36.is_valid(swapped, CROCKFORD)
                assert (check_character(swapped[:-1]) != swapped[-1]) == (not mod_37_36.is_valid(swapped, CROCKFORD))
    assert caught / swaps > 0.99


# 10A1B0CDEFG with the check character that python-stdnum gives it, and 7K3M92QX4HT likewise
ONES, PLAIN = number("10A1B0CDEFG"), number("7K3M92QX4HT")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("JKT-{0}-{1}-{2}", PLAIN),
        ("jkt-{0}-{1}-{2}", PLAIN.lower()),
        ("JKT{0}{1}{2}", PLAIN),
        ("{0}-{1}-{2}", PLAIN),
        ("{0}{1}{2}", PLAIN),
        ("{0}{1}{2}", PLAIN.lower()),
        ("jkt{0}{1}{2}", PLAIN),
        ("  JKT {0} {1} {2}\n", PLAIN),
        ("JKT\u2013{0}\u2013{1}\u2013{2}", PLAIN),  # an en dash, as phones write it
        ("JKT-{0}-{1}-{2}.", PLAIN),
        ("JKT-{0}-{1}-{2}", ONES.replace("0", "O")),
        ("JKT-{0}-{1}-{2}", ONES.replace("0", "o").lower()),
        ("JKT-{0}-{1}-{2}", ONES.replace("1", "I")),
        ("JKT-{0}-{1}-{2}", ONES.replace("1", "L")),
        ("{0}{1}{2}", ONES.replace("1", "l").replace("0", "O")),
        ("{0}{1}{2}", ONES.replace("1", "i")),
    ],
)
def test_what_people_type_is_understood(typed: str, meant: str) -> None:
    right = PLAIN if meant.upper() == PLAIN else ONES
    assert parse(typed.format(meant[:4], meant[4:8], meant[8:]), "JKT") == written("JKT", right)


def test_a_number_may_begin_like_the_prefix() -> None:
    body = number("JKT92QX4HTA")
    assert parse(body, "JKT") == parse(f"JKT-{body}", "JKT") == written("JKT", body)


def test_a_prefix_may_be_misread_too() -> None:
    assert parse(f"b11 {PLAIN}", "BLI") == parse(f"bli-{PLAIN}", "BLI") == written("BLI", PLAIN)


@pytest.mark.parametrize(
    ("typed", "slip"),
    [
        ("", "length"),
        ("JKT", "length"),
        ("JKT-", "length"),
        (PLAIN[:-1], "length"),
        (f"JKT-{PLAIN[:-1]}", "length"),
        (f"JKT-{PLAIN}7", "length"),
        (f"BDG-{PLAIN}", "length"),
        (f"JKT-JKT-{PLAIN}", "length"),
        ("1" * 10_000, "length"),
        (f"JKT-U{PLAIN[1:]}", "character"),
        (f"JKT-{PLAIN[:-1]}u", "character"),
        (f"JKT-{PLAIN[:5]}É{PLAIN[6:]}", "character"),
        (f"JKT-{PLAIN[:-1]}{'A' if PLAIN[-1] != 'A' else 'B'}", "check"),
        ("JKT-0000-0000-0000", "check"),
    ],
)
def test_a_slip_is_named(typed: str, slip: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(typed, "JKT")
    assert refused.value.details["slip"] == slip
    assert refused.value.details["tracking"]


@quick()
@given(st.text())
def test_anything_else_is_refused_and_nothing_worse(text: str) -> None:
    try:
        again = parse(text, "JKT")
    except Invalid:
        return
    assert parse(again, "JKT") == again


words = st.text(max_size=12)


@quick()
@given(words, words, words)
def test_a_derived_number_is_stable_and_valid(channel: str, sender: str, message: str) -> None:
    first = derive(SECRET, "JKT", channel, sender, message)
    assert first == derive(SECRET, "JKT", channel, sender, message) == parse(first, "JKT")
    assert len(first) == len("JKT-7K3M-92QX-4HTC")


@quick()
@given(st.tuples(words, words, words), st.tuples(words, words, words))
def test_other_origins_have_other_numbers(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assume(one != other)
    assert derive(SECRET, "JKT", *one) != derive(SECRET, "JKT", *other)
    assert origin_of(*one) != origin_of(*other)


def test_attempts_and_secrets_have_other_numbers() -> None:
    args = ("JKT", "sms", "+628123", "SM1")
    numbers = {derive(SECRET, *args, attempt=attempt) for attempt in range(20)}
    numbers.add(derive(b"another secret", *args))
    assert len(numbers) == 21
    assert derive(SECRET, *args, attempt=0) == derive(SECRET, *args)


def test_a_derived_number_is_55_bits_of_the_hmac_and_never_changes() -> None:
    """Numbers already given out must be derived again by every later release."""
    framed = b"3:sms7:+6281233:SM1"
    bits = int.from_bytes(hmac.new(SECRET, framed, hashlib.sha256).digest(), "big") >> (256 - 55)
    body = ""
    for _ in range(11):
        bits, value = divmod(bits, 32)
        body = CROCKFORD[value] + body
    assert derive(SECRET, "JKT", "sms", "+628123", "SM1") == written("JKT", number(body))


def test_parts_are_framed() -> None:
    pairs = [("ab", "c"), ("a", "bc"), ("abc",), ("abc", ""), ("", "abc"), ("ab", "c", "")]
    assert len({digest_of(*parts) for parts in pairs}) == len(pairs)
    assert len({keyed_digest(SECRET, *parts) for parts in pairs}) == len(pairs)
    assert derive(SECRET, "JKT", "ab", "c", "d") != derive(SECRET, "JKT", "a", "bc", "d")


def test_lone_surrogates_do_no_harm() -> None:
    assert parse(derive(SECRET, "JKT", "sms", "\ud800", "\x00"), "JKT")
