# SPDX-License-Identifier: Apache-2.0
"""Status bytes: each bit has one meaning, and a byte of another form has none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core import MisconfiguredError, ProtocolError
from drivers.receipt_printer.dle_eot import (
    Sign,
    decode,
    decode_ordered,
    is_ordered_answer,
    may_pass,
    query,
    trouble,
)
from drivers.receipt_printer.profiles import PROFILES, profile_named

EPSON = PROFILES["epson"]
CASHINO = PROFILES["cashino"]
PYRAMID = PROFILES["pyramid"]


@pytest.mark.parametrize(
    ("number", "answer", "signs"),
    [
        (1, 0x12, set()),
        (1, 0x1A, {Sign.OFFLINE}),
        (1, 0x32, {Sign.WAITING}),
        (2, 0x16, {Sign.COVER_OPEN}),
        (2, 0x32, {Sign.PAPER_END}),
        (2, 0x52, {Sign.ERROR}),
        (3, 0x1A, {Sign.CUTTER}),
        (3, 0x32, {Sign.UNRECOVERABLE}),
        (3, 0x52, {Sign.RECOVERABLE}),
        (4, 0x12, set()),
        (4, 0x1E, {Sign.PAPER_LOW}),
        (4, 0x72, {Sign.PAPER_END}),
        (4, 0x7E, {Sign.PAPER_LOW, Sign.PAPER_END}),
        (4, 0x16, {Sign.PAPER_LOW}),
        (4, 0x32, {Sign.PAPER_END}),
    ],
)
def test_each_documented_byte_is_understood(number: int, answer: int, signs: set[Sign]) -> None:
    assert decode(number, answer, EPSON) == signs


@given(st.integers(1, 4), st.integers(0, 255), st.sampled_from(sorted(PROFILES)))
def test_a_byte_is_either_of_the_models_form_or_refused(
    number: int, answer: int, model: str
) -> None:
    profile = PROFILES[model]
    if profile.accepts(answer):
        assert decode(number, answer, profile) <= set(Sign)
    else:
        with pytest.raises(ProtocolError, match=r"dev\.protocol"):
            decode(number, answer, profile)


@given(st.integers(1, 4), st.integers(0, 255))
def test_more_bits_never_mean_less_trouble(number: int, answer: int) -> None:
    if EPSON.accepts(answer):
        assert decode(number, 0x12, EPSON) <= decode(number, answer, EPSON)


def test_forms_differ_by_model() -> None:
    assert decode(1, 0x92, CASHINO) == frozenset()
    with pytest.raises(ProtocolError):
        decode(1, 0x92, EPSON)
    assert decode(4, 0x0C, PYRAMID) == {Sign.PAPER_LOW}
    assert Sign.PAPER_END in decode(4, 0x6C, PYRAMID)
    with pytest.raises(ProtocolError):
        decode(4, 0x12, PYRAMID)


def test_there_are_four_queries() -> None:
    assert query(4) == b"\x10\x04\x04"
    with pytest.raises(ValueError, match="no DLE EOT"):
        decode(5, 0x12, EPSON)


@pytest.mark.parametrize(
    ("signs", "code"),
    [
        ({Sign.OFFLINE, Sign.COVER_OPEN, Sign.PAPER_END}, "media.cover_open"),
        ({Sign.OFFLINE, Sign.PAPER_END, Sign.PAPER_LOW}, "media.out"),
        ({Sign.OFFLINE, Sign.ERROR, Sign.CUTTER}, "media.cutter"),
        ({Sign.UNRECOVERABLE}, "dev.hardware"),
        ({Sign.OFFLINE}, "dev.not_ready"),
        ({Sign.PAPER_LOW}, ""),
        ({Sign.FEEDING}, ""),
        (set(), ""),
    ],
)
def test_the_most_helpful_trouble_is_named(signs: set[Sign], code: str) -> None:
    assert trouble(frozenset(signs)) == code


def test_only_what_needs_nobody_is_waited_for() -> None:
    assert may_pass(frozenset({Sign.OFFLINE}))
    assert may_pass(frozenset({Sign.OFFLINE, Sign.RECOVERABLE, Sign.ERROR}))
    assert not may_pass(frozenset({Sign.OFFLINE, Sign.ERROR}))
    for sign in (Sign.COVER_OPEN, Sign.PAPER_END, Sign.CUTTER, Sign.UNRECOVERABLE):
        assert not may_pass(frozenset({Sign.OFFLINE, sign}))


@given(st.integers(0, 255))
def test_an_ordered_answer_is_never_taken_for_a_real_time_one(answer: int) -> None:
    assert not (is_ordered_answer(answer) and EPSON.accepts(answer))


def test_ordered_answers_tell_of_paper() -> None:
    assert decode_ordered(0x00) == frozenset()
    assert decode_ordered(0x03) == {Sign.PAPER_LOW}
    assert decode_ordered(0x0F) == {Sign.PAPER_LOW, Sign.PAPER_END}


def test_an_unknown_model_is_a_mistake_in_the_configuration() -> None:
    with pytest.raises(MisconfiguredError, match=r"dev\.unknown_model"):
        profile_named("laser")
