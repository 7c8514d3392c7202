# SPDX-License-Identifier: Apache-2.0
"""Frames between host and SAM: requests to bytes, bytes to replies. No I/O.

Source: device-protocols sheet §1.2-1.5::

    request : AA AA AA 96 69 | LEN_H LEN_L | CMD PARA [DATA...]       | CHK
    reply   : AA AA AA 96 69 | LEN_H LEN_L | SW1 SW2 SW3 [DATA...]    | CHK

LEN counts what follows it, CHK included; CHK is the XOR of everything from LEN_H to the last data
byte. Only SW3 is judged: some readers put the card's own state in SW1 and SW2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum
from functools import reduce
from operator import xor
from typing import Final

PREAMBLE: Final = bytes.fromhex("AAAAAA9669")
HEADER_SIZE: Final = len(PREAMBLE) + 2
MIN_REPLY_LEN: Final = 4
"""SW1 SW2 SW3 CHK."""
MAX_REPLY_LEN: Final = 2314
"""Text, photo and two fingerprints."""
_LOWEST_STATUS: Final = 0x10
"""Below are codes of host libraries; a bridge that sends one sends a malformed frame (§1.4)."""
_BUFFER_LIMIT: Final = 16384


class SamCommand(Enum):
    """CMD and PARA of the commands that are used (§1.3)."""

    RESET = b"\x10\xff"
    STATUS = b"\x11\xff"
    SAM_ID = b"\x12\xff"
    FIND_CARD = b"\x20\x01"
    SELECT_CARD = b"\x20\x02"
    READ_TEXT_AND_PHOTO = b"\x30\x01"
    READ_APPENDED_ADDRESS = b"\x30\x03"


class SamStatus(IntEnum):
    """SW3 (§1.4)."""

    FRAME_CHECKSUM = 0x10
    FRAME_LENGTH = 0x11
    COMMAND_ERROR = 0x21
    NOT_PERMITTED = 0x23
    UNRECOGNISED = 0x24
    CARD_REFUSED_SAM = 0x31
    SAM_REFUSED_CARD = 0x32
    INFORMATION_UNVERIFIED = 0x33
    NO_CARD_YET = 0x34
    UNKNOWN_CARD_TYPE = 0x40
    READ_FAILED = 0x41
    RANDOM_FAILED = 0x47
    SELF_TEST_FAILED = 0x60
    NOT_AUTHORISED = 0x66
    NO_CARD = 0x80
    SELECT_FAILED = 0x81
    SUCCESS = 0x90
    NO_SUCH_ITEM = 0x91
    CARD_FOUND = 0x9F


def checksum(covered: bytes) -> int:
    """Return the XOR of LEN and body."""
    return reduce(xor, covered, 0)


def build_request(command: SamCommand, data: bytes = b"") -> bytes:
    """Return the whole frame of a command."""
    body = command.value + data
    covered = (len(body) + 1).to_bytes(2, "big") + body
    return PREAMBLE + covered + bytes([checksum(covered)])


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply whose checksum was right; ``data`` may be a person's, so ``repr`` hides it."""

    status: int
    data: bytes = field(default=b"", repr=False)


class ReplyParser:
    """Finds the one reply to the one request that was sent, in whatever comes.

    Noise before the frame is skipped, fragments are joined, LEN out of range means that the preamble
    was noise, and preamble bytes inside a frame are data. A frame with a wrong checksum sets
    ``damaged``; what then counts is :meth:`rescue`, which is to be called once the wire is silent.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.noise = 0
        """Bytes dropped because they belong to no frame."""
        self.damaged = False
        """A complete frame had a wrong checksum."""

    @property
    def inside_a_frame(self) -> bool:
        """Tell whether a frame began, be it with half a preamble, and is not complete."""
        return bool(self._buffer) and (
            self._buffer.startswith(PREAMBLE) or PREAMBLE.startswith(self._buffer)
        )

    def feed(self, data: bytes) -> Reply | None:
        """Take what came; return the reply once it is complete and whole."""
        self._buffer += data
        if len(self._buffer) > _BUFFER_LIMIT:
            self._drop(len(self._buffer) - _BUFFER_LIMIT)
        while not self.damaged and self._align():
            end = self._frame_end(0)
            if end is None:
                self._drop(1)
            elif end > len(self._buffer):
                return None
            else:
                reply = self._reply_at(0, end)
                if reply is not None:
                    self._buffer.clear()
                    return reply
                self.damaged = True
        return None

    def rescue(self) -> Reply | None:
        """Return a whole frame that ends where the silence began, if what stood before was noise.

        A reader speaks only when asked, so its reply is the last thing on the wire; that tells a reply
        behind a false preamble from a frame-like piece of a damaged photo.
        """
        start = self._buffer.find(PREAMBLE, 1)
        while start >= 0:
            if self._frame_end(start) == len(self._buffer):
                reply = self._reply_at(start, len(self._buffer))
                if reply is not None:
                    self._buffer.clear()
                    return reply
            start = self._buffer.find(PREAMBLE, start + 1)
        return None

    def _align(self) -> bool:
        """Bring a preamble and its LEN to the front; false while there is none."""
        start = self._buffer.find(PREAMBLE)
        if start < 0:
            # The last bytes may be the beginning of a preamble.
            kept = len(PREAMBLE) - 1
            while kept and not self._buffer.endswith(PREAMBLE[:kept]):
                kept -= 1
            self._drop(len(self._buffer) - kept)
            return False
        self._drop(start)
        return len(self._buffer) >= HEADER_SIZE

    def _frame_end(self, start: int) -> int | None:
        """Return where the frame ends; ``None`` when its LEN cannot be."""
        length_at = start + len(PREAMBLE)
        length = int.from_bytes(self._buffer[length_at : length_at + 2], "big")
        if not MIN_REPLY_LEN <= length <= MAX_REPLY_LEN:
            return None
        return start + HEADER_SIZE + length

    def _reply_at(self, start: int, end: int) -> Reply | None:
        covered = bytes(self._buffer[start + len(PREAMBLE) : end - 1])
        if checksum(covered) != self._buffer[end - 1] or covered[4] < _LOWEST_STATUS:
            return None
        return Reply(status=covered[4], data=covered[5:])

    def _drop(self, count: int) -> None:
        self.noise += count
        del self._buffer[:count]


def decode_sam_id(data: bytes) -> str:
    """Return the printed form of the 16 bytes of a SAM id (§1.5); "" when they are not 16."""
    if len(data) != len("0123456789abcdef"):
        return ""
    numbers = [
        int.from_bytes(data[at : at + size], "little")
        for at, size in ((0, 2), (2, 2), (4, 4), (8, 4), (12, 4))
    ]
    return "{:02d}.{:02d}-{}-{:010d}-{:010d}".format(*numbers)
