# SPDX-License-Identifier: Apache-2.0
"""Frames: byte for byte as published, and found again in whatever a line makes of them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.id_card.sam_frame import (
    PREAMBLE,
    Reply,
    ReplyParser,
    SamCommand,
    build_request,
    checksum,
    decode_sam_id,
)


def frame(status: int, data: bytes = b"") -> bytes:
    covered = (4 + len(data)).to_bytes(2, "big") + bytes([0, 0, status]) + data
    return PREAMBLE + covered + bytes([checksum(covered)])


REPLIES = st.builds(
    Reply,
    status=st.integers(0x10, 255),
    data=st.one_of(st.binary(max_size=40), st.binary(max_size=2310)),
)
NOISE = st.binary(max_size=60).filter(lambda noise: PREAMBLE[3:] not in noise + PREAMBLE[:1])


@pytest.mark.parametrize(
    ("command", "published"),
    [
        (SamCommand.RESET, "AA AA AA 96 69 00 03 10 FF EC"),
        (SamCommand.STATUS, "AA AA AA 96 69 00 03 11 FF ED"),
        (SamCommand.SAM_ID, "AA AA AA 96 69 00 03 12 FF EE"),
        (SamCommand.FIND_CARD, "AA AA AA 96 69 00 03 20 01 22"),
        (SamCommand.SELECT_CARD, "AA AA AA 96 69 00 03 20 02 21"),
        (SamCommand.READ_TEXT_AND_PHOTO, "AA AA AA 96 69 00 03 30 01 32"),
        (SamCommand.READ_APPENDED_ADDRESS, "AA AA AA 96 69 00 03 30 03 30"),
    ],
)
def test_requests_are_the_published_frames(command: SamCommand, published: str) -> None:
    assert build_request(command) == bytes.fromhex(published)


@pytest.mark.parametrize(
    ("published", "reply"),
    [
        ("AA AA AA 96 69 00 04 00 00 90 94", Reply(0x90)),
        ("AA AA AA 96 69 00 04 00 00 60 64", Reply(0x60)),
        ("AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97", Reply(0x9F, bytes(4))),
        ("AA AA AA 96 69 00 04 00 00 80 84", Reply(0x80)),
        ("AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C", Reply(0x90, bytes(8))),
        ("AA AA AA 96 69 00 04 00 00 81 85", Reply(0x81)),
        ("AA AA AA 96 69 00 04 00 00 41 45", Reply(0x41)),
        ("AA AA AA 96 69 00 04 00 00 91 95", Reply(0x91)),
    ],
)
def test_published_replies_are_understood(published: str, reply: Reply) -> None:
    assert ReplyParser().feed(bytes.fromhex(published)) == reply


def test_the_published_sam_id_is_printed_as_its_makers_do() -> None:
    published = "AAAAAA9669001400009005000100 09B8320105BE1200ADC5B11163"
    reply = ReplyParser().feed(bytes.fromhex(published))
    assert reply is not None
    assert decode_sam_id(reply.data) == "05.01-20101129-0001228293-0296863149"
    assert decode_sam_id(b"short") == ""


@given(reply=REPLIES, noise=NOISE, cuts=st.lists(st.integers(0, 2400), max_size=8))
def test_a_reply_is_found_behind_noise_and_across_any_fragments(
    reply: Reply, noise: bytes, cuts: list[int]
) -> None:
    line = noise + frame(reply.status, reply.data)
    edges = [0, *sorted(min(cut, len(line)) for cut in cuts), len(line)]
    parser = ReplyParser()
    found = [parser.feed(line[start:end]) for start, end in itertools.pairwise(edges)]
    assert [answer for answer in found if answer is not None] == [reply]


@given(before=st.binary(max_size=1000), after=st.binary(max_size=1000))
def test_a_frame_inside_the_photo_is_photo(before: bytes, after: bytes) -> None:
    data = before + PREAMBLE + frame(0x80) + after
    parser = ReplyParser()
    line = frame(0x90, data)
    assert parser.feed(line[:-1]) is None
    assert parser.feed(line[-1:]) == Reply(0x90, data)


@given(
    data=st.binary(min_size=1, max_size=400),
    position=st.integers(0, 10_000),
    flip=st.integers(1, 255),
)
def test_a_damaged_frame_is_never_a_reply(data: bytes, position: int, flip: int) -> None:
    line = bytearray(frame(0x90, data))
    at = 7 + position % (len(line) - 7)
    line[at] ^= flip
    parser = ReplyParser()
    assert parser.feed(bytes(line)) is None
    assert parser.damaged


def test_a_small_frame_inside_a_damaged_photo_is_not_taken_for_the_answer() -> None:
    line = bytearray(frame(0x90, bytes(100) + frame(0x80) + bytes(100)))
    line[-1] ^= 0xFF
    parser = ReplyParser()
    assert parser.feed(bytes(line)) is None
    assert parser.rescue() is None
    assert parser.damaged


@pytest.mark.parametrize("length", [0, 1, 3, 2315, 0xFFFF])
def test_a_length_that_cannot_be_means_that_the_preamble_was_noise(length: int) -> None:
    parser = ReplyParser()
    line = PREAMBLE + length.to_bytes(2, "big") + frame(0x9F, bytes(4))
    assert parser.feed(line) == Reply(0x9F, bytes(4))


def test_a_reply_behind_a_false_preamble_with_a_possible_length_is_rescued() -> None:
    parser = ReplyParser()
    assert parser.feed(PREAMBLE + b"\x05\x08" + frame(0x9F, bytes(4))) is None
    assert parser.inside_a_frame
    assert parser.rescue() == Reply(0x9F, bytes(4))


def test_the_malformed_answer_of_bridges_does_not_hide_the_next_one() -> None:
    parser = ReplyParser()
    malformed = bytes.fromhex("AAAAAA9669 0005 050505")
    assert parser.feed(malformed) is None
    assert parser.feed(frame(0x90)) is None
    assert parser.rescue() == Reply(0x90)


@given(st.lists(st.binary(max_size=5000), max_size=12))
def test_endless_garbage_is_not_kept(pieces: list[bytes]) -> None:
    parser = ReplyParser()
    for piece in pieces:
        parser.feed(piece)
    assert len(parser._buffer) <= 16384


def test_a_reply_does_not_show_its_data() -> None:
    assert "secret" not in repr(Reply(0x90, b"secret"))
