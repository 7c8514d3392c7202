# SPDX-License-Identifier: Apache-2.0
"""Commands to a chip card and what its two status bytes mean. No I/O of its own.

Sources: ISO/IEC 7816-4 for the coding; device-protocols sheet §5.1 for the chaining: ``61xx`` is
followed by GET RESPONSE, ``6Cxx`` repeats the command with the length that the card names.

There is no VERIFY here and no way to build one by accident: a wrong PIN locks a resident's card.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from drivers.core import ProtocolError

Transmit = Callable[[bytes], bytes]
"""Sends one command to the card and returns its answer, status bytes included; raises ``DeviceError``."""

ANY_LENGTH: Final = 256
"""Le = 00: as much as there is."""
_MAX_SHORT: Final = 255
_MAX_ROUNDS: Final = 24
"""Commands that one question may cost; a card that always has more is out of order."""
_MAX_ANSWER_BYTES: Final = 4096

_SELECT, _READ_RECORD, _GET_RESPONSE = 0xA4, 0xB2, 0xC0
_MORE, _OTHER_LENGTH = 0x61, 0x6C


class Meaning(StrEnum):
    """What a pair of status bytes says, as far as reading needs it."""

    DONE = "done"
    WARNING = "warning"
    """Data came, with a reservation (62xx, 63xx), e.g. the end of the record was reached early."""
    WRONG_LENGTH = "wrong_length"
    NOT_FOUND = "not_found"
    """No such file, application or record."""
    NOT_THAT_WAY = "not_that_way"
    """The card does not know this command or these parameters; another way may work."""
    PROTECTED = "protected"
    """Only after an authentication that we do not do."""
    BLOCKED = "blocked"
    """The application or the card was switched off."""
    OTHER = "other"


_MEANINGS: Final = {
    0x9000: Meaning.DONE,
    0x6283: Meaning.BLOCKED,
    0x6285: Meaning.BLOCKED,
    0x6700: Meaning.WRONG_LENGTH,
    0x6981: Meaning.NOT_THAT_WAY,  # command incompatible with the file's structure
    0x6986: Meaning.NOT_THAT_WAY,  # no current file
    0x6A81: Meaning.NOT_THAT_WAY,
    0x6A82: Meaning.NOT_FOUND,
    0x6A83: Meaning.NOT_FOUND,
    0x6A86: Meaning.NOT_THAT_WAY,
    0x6A87: Meaning.NOT_THAT_WAY,
    0x6A88: Meaning.NOT_FOUND,
}
_MEANINGS_BY_FIRST: Final = {
    0x62: Meaning.WARNING,
    0x63: Meaning.WARNING,
    0x69: Meaning.PROTECTED,
    0x6B: Meaning.NOT_THAT_WAY,
    0x6D: Meaning.NOT_THAT_WAY,
    0x6E: Meaning.NOT_THAT_WAY,
}


@dataclass(frozen=True, slots=True)
class CardCommand:
    """A short command; ``expected`` is Le in bytes (256 is sent as 00), ``None`` sends none."""

    instruction: int
    p1: int
    p2: int
    data: bytes = b""
    expected: int | None = None

    def __post_init__(self) -> None:
        """Refuse what a short command cannot carry: our mistake, never the card's."""
        if len(self.data) > _MAX_SHORT or not 0 <= (self.expected or 0) <= ANY_LENGTH:
            raise ValueError("not a short command")

    def to_bytes(self) -> bytes:
        """Return the command as it goes to the card (class byte 00)."""
        coded = bytes([0x00, self.instruction, self.p1, self.p2])
        if self.data:
            coded += bytes([len(self.data)]) + self.data
        if self.expected is not None:
            coded += bytes([self.expected % ANY_LENGTH])
        return coded


@dataclass(frozen=True, slots=True)
class CardAnswer:
    """All data of one question and its last status."""

    data: bytes = field(repr=False)
    status: int

    @property
    def meaning(self) -> Meaning:
        """What the status says."""
        return meaning_of(self.status)

    @property
    def is_good(self) -> bool:
        """Whether the data may be looked at."""
        return self.meaning in {Meaning.DONE, Meaning.WARNING}


def meaning_of(status: int) -> Meaning:
    """Return what a status of two bytes means to a reader."""
    return _MEANINGS.get(status) or _MEANINGS_BY_FIRST.get(status >> 8, Meaning.OTHER)


def select_application(aid: bytes) -> CardCommand:
    """Select by name."""
    return CardCommand(_SELECT, 0x04, 0x00, aid)


def select_file(file: int, p1: int) -> CardCommand:
    """Select a file by its identifier; cards differ in ``p1`` (02 or 00, sheet §5.1)."""
    return CardCommand(_SELECT, p1, 0x00, file.to_bytes(2, "big"))


def read_record(p1: int, p2: int, expected: int) -> CardCommand:
    """Read the record that ``p1`` names by number or tag, as ``p2`` says."""
    return CardCommand(_READ_RECORD, p1, p2, expected=expected)


def ask(transmit: Transmit, command: CardCommand) -> CardAnswer:
    """Send a command and collect its whole answer.

    Raises ``ProtocolError`` (``card.garbage``) when the answers are no answers or never end, and
    whatever ``transmit`` raises.
    """
    data = b""
    corrected = False
    for _ in range(_MAX_ROUNDS):
        answer = transmit(command.to_bytes())
        if len(answer) < 2 or len(data) + len(answer) > _MAX_ANSWER_BYTES:  # noqa: PLR2004 - status
            raise ProtocolError("card.garbage", params={"got": len(answer)})
        data += answer[:-2]
        first, second = answer[-2:]
        if first == _MORE:
            command = CardCommand(_GET_RESPONSE, 0, 0, expected=second or ANY_LENGTH)
            corrected = False
        elif first == _OTHER_LENGTH and not corrected:
            command = replace(command, expected=second or ANY_LENGTH)
            corrected = True
        else:
            return CardAnswer(data, first << 8 | second)
    raise ProtocolError("card.garbage", params={"rounds": _MAX_ROUNDS})
