# SPDX-License-Identifier: Apache-2.0
"""What a SAM reader answers, byte for byte as the device-protocols sheet says in §1. No I/O, no threads.

The card's life: absent → lying there → found → selected → read; after a good read a find answers "no
card" until the card is moved, and the appended address stays readable, as with real readers (§1.6).
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum, StrEnum
from functools import reduce
from operator import xor
from typing import Final

from drivers.sim.card_memory import appended_address_block, photo_stand_in, text_block
from drivers.sim.people import SyntheticPerson
from drivers.sim.pty_device import Piece

_PREAMBLE: Final = bytes.fromhex("AAAAAA9669")
_HEADER_SIZE: Final = 7
_SAM_ID: Final = bytes.fromhex("0500 0100 09B83201 05BE1200 ADC5B111")
"""The sheet's own example (§1.5); no reader of ours."""

_FIND, _SELECT, _READ = b"\x20\x01", b"\x20\x02", b"\x30\x01"


class CardState(Enum):
    """Where the card is in its conversation."""

    LYING = "lying"
    FOUND = "found"
    SELECTED = "selected"
    READ = "read"


class Fault(StrEnum):
    """What can be made to go wrong once or several times, on the read command unless it says so."""

    WRONG_CHECKSUM = "wrong_checksum"
    TRUNCATED = "truncated"
    MUTE = "mute"
    GARBAGE = "garbage"
    """Random bytes in place of the answer."""
    NOISE = "noise"
    """Random bytes before the answer."""
    FALSE_PREAMBLE = "false_preamble"
    """A preamble with a length before the answer."""
    FRAGMENTS = "fragments"
    """The answer in small pieces with pauses."""
    READ_FAILED = "read_failed"
    NOT_GENUINE = "not_genuine"
    """SAM and card do not accept each other (31)."""
    CARD_REMOVED = "card_removed"
    """The card leaves while it is read: 41, then no card."""
    CARD_REMOVED_MID_FRAME = "card_removed_mid_frame"
    """The card leaves and the answer breaks off."""
    SELECT_FAILED = "select_failed"
    """On the select command."""
    FIND_GARBLED = "find_garbled"
    """A wrong checksum on the find command."""


class Mode(StrEnum):
    """How the whole reader is, until it is changed."""

    HEALTHY = "healthy"
    MUTE = "mute"
    GARBAGE = "garbage"
    SELF_TEST_FAILED = "self_test_failed"
    NOT_AUTHORISED = "not_authorised"


_COMMAND_OF_FAULT: Final = {Fault.SELECT_FAILED: _SELECT, Fault.FIND_GARBLED: _FIND}

_REPLY_IN_MODE: Final = {Mode.SELF_TEST_FAILED: 0x60, Mode.NOT_AUTHORISED: 0x66}


class SamMachine:
    """The state of one reader; ``seed`` decides noise and the sizes of fragments."""

    def __init__(self, *, seed: int, padding: str = " ") -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._padding = padding
        self._input = bytearray()
        self._faults: dict[bytes, deque[Fault]] = {}
        self.mode = Mode.HEALTHY
        self.person: SyntheticPerson | None = None
        self.card_state = CardState.LYING
        self.reads = 0
        self._replies: Mapping[bytes, Callable[[], bytes]] = {
            b"\x10\xff": self._reset,
            b"\x11\xff": lambda: _reply(0x90),
            b"\x12\xff": lambda: _reply(0x90, _SAM_ID),
            _FIND: self._find,
            _SELECT: self._select,
            _READ: self._read,
            b"\x30\x03": self._read_address,
        }
        self._misbehaviours: Mapping[Fault, Callable[[bytes], list[Piece]]] = {
            Fault.WRONG_CHECKSUM: self._with_wrong_checksum,
            Fault.FIND_GARBLED: self._with_wrong_checksum,
            Fault.TRUNCATED: self._truncated,
            Fault.MUTE: lambda _request: [],
            Fault.GARBAGE: lambda _request: [Piece(self._noise(200))],
            Fault.NOISE: self._after_noise,
            Fault.FALSE_PREAMBLE: self._after_false_preamble,
            Fault.FRAGMENTS: self._in_fragments,
            Fault.READ_FAILED: lambda _request: self._card_trouble(0x41),
            Fault.NOT_GENUINE: lambda _request: self._card_trouble(0x31),
            Fault.SELECT_FAILED: lambda _request: self._card_trouble(0x81),
            Fault.CARD_REMOVED: self._removed,
            Fault.CARD_REMOVED_MID_FRAME: self._removed_mid_frame,
        }

    @property
    def faults_waiting(self) -> int:
        """How many commands will go wrong."""
        return sum(len(waiting) for waiting in self._faults.values())

    def place(self, person: SyntheticPerson) -> None:
        """Put a card on the reader, in place of any other."""
        self.person, self.card_state = person, CardState.LYING

    def lift(self) -> None:
        """Take the card away."""
        self.person, self.card_state = None, CardState.LYING

    def power_on(self) -> None:
        """Forget the conversation, not the card."""
        self._input.clear()
        self.card_state = CardState.LYING

    def expect(self, fault: Fault, times: int) -> None:
        """Let the next ``times`` commands of the fault's kind go wrong."""
        command = _COMMAND_OF_FAULT.get(fault, _READ)
        self._faults.setdefault(command, deque()).extend([fault] * times)

    def forget_faults(self) -> None:
        """Let nothing go wrong any more."""
        self._faults.clear()

    def take(self, data: bytes) -> list[Piece]:
        """Take what the host sent; return what goes back."""
        self._input += data
        pieces: list[Piece] = []
        while (frame := self._next_frame()) is not None:
            pieces += self._answer(frame)
        return pieces

    # --- frames -----------------------------------------------------------------------------------

    def _next_frame(self) -> bytes | None:
        """Cut LEN, body and CHK of one request out of the input."""
        start = self._input.find(_PREAMBLE)
        if start < 0:
            del self._input[: max(0, len(self._input) - len(_PREAMBLE) + 1)]
            return None
        del self._input[:start]
        end = _HEADER_SIZE + int.from_bytes(self._input[5:_HEADER_SIZE], "big")
        if len(self._input) < max(end, _HEADER_SIZE):
            return None
        frame = bytes(self._input[len(_PREAMBLE) : end])
        del self._input[:end]
        return frame

    def _answer(self, frame: bytes) -> list[Piece]:
        if self.mode is not Mode.HEALTHY:
            return self._answer_when_ill()
        if len(frame) < len("LLCPK"):
            return [Piece(_reply(0x11))]
        if reduce(xor, frame, 0):
            # The checksum makes the XOR of all of it zero.
            return [Piece(_reply(0x10))]
        request = frame[2:-1]
        waiting = self._faults.get(request)
        if waiting and self._would_succeed(request):
            return self._misbehaviours[waiting.popleft()](request)
        return [Piece(self._reply_to(request))]

    def _answer_when_ill(self) -> list[Piece]:
        if self.mode is Mode.GARBAGE:
            return [Piece(self._noise(40))]
        status = _REPLY_IN_MODE.get(self.mode)
        return [] if status is None else [Piece(_reply(status))]

    def _would_succeed(self, request: bytes) -> bool:
        """Tell whether a fault has something to spoil: it waits for a read that would work."""
        if request == _READ:
            return self.card_state in {CardState.SELECTED, CardState.READ}
        return request != _SELECT or self.card_state is CardState.FOUND

    def _reply_to(self, request: bytes) -> bytes:
        reply = self._replies.get(request)
        return _reply(0x21) if reply is None else reply()

    # --- good answers -----------------------------------------------------------------------------

    def _reset(self) -> bytes:
        self.card_state = CardState.LYING
        return _reply(0x90)

    def _find(self) -> bytes:
        if self.person is None or self.card_state is CardState.READ:
            return _reply(0x80)
        self.card_state = CardState.FOUND
        return _reply(0x9F, bytes(4))

    def _select(self) -> bytes:
        if self.person is None or self.card_state is not CardState.FOUND:
            return _reply(0x81)
        self.card_state = CardState.SELECTED
        return _reply(0x90, bytes(8))

    def _read(self) -> bytes:
        if self.person is None or self.card_state not in {CardState.SELECTED, CardState.READ}:
            return _reply(0x41)
        self.card_state = CardState.READ
        self.reads += 1
        photo = photo_stand_in(len(self.person.key))
        text = text_block(self.person.card, padding=self._padding)
        lengths = len(text).to_bytes(2, "big") + len(photo).to_bytes(2, "big")
        return _reply(0x90, lengths + text + photo)

    def _read_address(self) -> bytes:
        if self.person is None or self.card_state is not CardState.READ:
            return _reply(0x41)
        if self.person.appended_address is None:
            return _reply(0x91)
        return _reply(0x90, appended_address_block(self.person.appended_address))

    # --- bad answers ------------------------------------------------------------------------------

    def _with_wrong_checksum(self, request: bytes) -> list[Piece]:
        good = self._reply_to(request)
        return [Piece(good[:-1] + bytes([good[-1] ^ 0x5A]))]

    def _truncated(self, request: bytes) -> list[Piece]:
        good = self._reply_to(request)
        return [Piece(good[: self._random.randrange(_HEADER_SIZE + 1, len(good) - 1)])]

    def _after_noise(self, request: bytes) -> list[Piece]:
        return [Piece(self._noise(37) + _PREAMBLE[:2] + self._reply_to(request))]

    def _after_false_preamble(self, request: bytes) -> list[Piece]:
        false = _PREAMBLE + b"\x07\x00" + self._noise(5)
        return [Piece(false + self._reply_to(request))]

    def _in_fragments(self, request: bytes) -> list[Piece]:
        data, pieces = self._reply_to(request), []
        while data:
            size = self._random.choice((1, 2, 3, 64, 300))
            pieces.append(Piece(data[:size], pause_s=0.005))
            data = data[size:]
        return pieces

    def _card_trouble(self, status: int) -> list[Piece]:
        self.card_state = CardState.LYING
        return [Piece(_reply(status))]

    def _removed(self, _request: bytes) -> list[Piece]:
        self.lift()
        return [Piece(_reply(0x41))]

    def _removed_mid_frame(self, request: bytes) -> list[Piece]:
        good = self._reply_to(request)
        self.lift()
        return [Piece(good[: len(good) // 2])]

    def _noise(self, size: int) -> bytes:
        """Return random bytes without a preamble among them."""
        return self._random.randbytes(size).replace(b"\x96", b"\x00")


def _reply(status: int, data: bytes = b"") -> bytes:
    """Frame one reply (§1.2)."""
    body = bytes([0, 0, status]) + data
    covered = (len(body) + 1).to_bytes(2, "big") + body
    return _PREAMBLE + covered + bytes([reduce(xor, covered, 0)])
