# SPDX-License-Identifier: Apache-2.0
"""The chip of a social security card, command by command (device-protocols sheet §5). No I/O, no threads.

Version 1 knows records by number only and answers like a T=0 card: 61xx with data to fetch, 6Cxx for a
wrong length. Version 2 knows both ways and files by short identifier. Version 3 gives three records of
EF05 freely and refuses the rest with 6982. VERIFY is refused and counted: no driver may ever try.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from drivers.core import CardType, SocialCard
from drivers.id_card.citizen_number import check_character
from drivers.id_card.sam_text import ETHNICITY_BY_CODE
from drivers.sim.people import PEOPLE, SyntheticPerson

AID: Final = bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF")
BANK_AID: Final = bytes.fromhex("A0000003330101")

OK: Final = b"\x90\x00"
_NO_FILE, _NO_RECORD, _LOCKED = b"\x6a\x82", b"\x6a\x83", b"\x69\x82"
_WRONG_PARAMETERS, _UNKNOWN, _WRONG_LENGTH = b"\x6a\x86", b"\x6d\x00", b"\x67\x00"
_NO_CURRENT_FILE: Final = b"\x69\x86"
_BY_NUMBER: Final = 4
_EF05, _EF06 = 0xEF05, 0xEF06
_FREE_IN_VERSION_3: Final = frozenset({0x01, 0x03, 0x07})
_NAME_BYTES, _EXTENSION_BYTES = 30, 20


class ChipFault(StrEnum):
    """What can go wrong once or several times, on the next command of any kind."""

    GARBAGE = "garbage"
    """Random bytes for an answer."""
    SHORT = "short"
    """One byte for an answer."""
    ENDLESS = "endless"
    """Always more to fetch."""
    MUTE = "mute"
    """No answer; the card stays mute until it is placed anew."""
    PULLED = "pulled"
    """The card leaves the reader instead of answering."""


@dataclass(frozen=True, slots=True)
class SyntheticSocialCard:
    """What is written on a card; ``damaged`` records are written as noise."""

    card: SocialCard
    raw: Mapping[int, bytes] = field(default_factory=lambda: MappingProxyType({}))
    """Values by tag that replace what the fields say."""


def social_card_of(person: SyntheticPerson, version: str = "2.00") -> SocialCard:
    """Return the card that ``person`` has; identification and card number are made up."""
    card = person.card
    return SocialCard(
        version=version,
        card_number=f"S{int(card.number[6:14]):08d}" if card.number else None,
        identification="360700D156000005" + "00" * 4 + (card.number or "")[6:14],
        region="360700",
        card_class="1",
        initialiser="910000036070000000000001",
        issued=date(2020, 3, 20),
        valid_to=date(2030, 3, 20),
        number=card.number,
        name=card.name,
        sex=card.sex,
        ethnicity=card.ethnicity,
        birthplace="360702",
        birth=card.birth,
    )


def _long_name() -> SyntheticPerson:
    digits = "36070219880229005"
    worker = PEOPLE["worker"].card
    return SyntheticPerson(
        "long-name",
        type(worker)(
            card_type=CardType.RESIDENT,
            name="阿卜杜样例·买买提测试𬱖·艾合麦提演示䶮",
            sex="male",
            ethnicity="维吾尔",
            birth=date(1988, 2, 29),
            number=digits + check_character(digits),
        ),
    )


HOLDERS: Final[Mapping[str, SyntheticPerson]] = MappingProxyType(
    {
        **{
            key: person
            for key, person in PEOPLE.items()
            if person.card.card_type is CardType.RESIDENT
        },
        "long-name": _long_name(),
    }
)
"""Whose cards there are; nobody of them exists."""

VERSIONS: Final = ("1.00", "2.00", "3.00")


class SocialCardChip:
    """One chip, powered. ``seed`` decides the noise."""

    def __init__(self, written: SyntheticSocialCard, *, seed: int = 1, protocol: str = "") -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._version = written.card.version or ""
        self._files = _files_of(written)
        self._selected: int | None = None
        self.is_in_application = False
        self._waiting = b""
        self._endless = False
        # How the chip wants to be asked; by default as its generation does.
        by_version = "number" if self._version.startswith("1") else "both"
        self._protocol = protocol or by_version
        self.faults: list[tuple[ChipFault, int]] = []
        self.commands = 0
        self.verify_tries = 0
        self.is_bank_card = False

    def power_on(self) -> None:
        """Forget the conversation."""
        self._selected, self.is_in_application, self._waiting = None, False, b""

    def expect(self, fault: ChipFault, after: int = 0) -> None:
        """Let the command after ``after`` more go wrong."""
        self.faults.append((fault, self.commands + after))

    def take_fault(self) -> ChipFault | None:
        """Return the fault that is due now and forget it."""
        for index, (fault, at) in enumerate(self.faults):
            if self.commands >= at:
                del self.faults[index]
                return fault
        return None

    def answer(self, command: bytes) -> bytes | None:
        """Return the answer, ``None`` for silence; raises :class:`PulledError`."""
        fault = self.take_fault()
        self.commands += 1
        match fault:
            case ChipFault.GARBAGE:
                return self._random.randbytes(self._random.randint(2, 60))
            case ChipFault.SHORT:
                return b"\x90"
            case ChipFault.ENDLESS:
                self._endless = True
            case ChipFault.MUTE:
                return None
            case ChipFault.PULLED:
                raise PulledError
        if self._endless:
            return b"\x00\x61\x10"
        return self._carry_out(command)

    def _carry_out(self, command: bytes) -> bytes:
        if len(command) < 4:  # noqa: PLR2004 - the header
            return _WRONG_LENGTH
        instruction, p1, p2 = command[1:4]
        if instruction != 0xC0:  # noqa: PLR2004 - GET RESPONSE
            self._waiting = b""
        handlers: Mapping[int, Callable[[], bytes]] = {
            0xA4: lambda: self._select(p1, command[5:]),
            0xB2: lambda: self._read(p1, p2, command[4] if len(command) > 4 else 0),  # noqa: PLR2004
            0xC0: lambda: self._fetch(command[4] if len(command) > 4 else 0),  # noqa: PLR2004
            0x20: self._verify,
        }
        handler = handlers.get(instruction)
        return _UNKNOWN if handler is None or command[0] != 0 else handler()

    def _verify(self) -> bytes:
        self.verify_tries += 1
        return b"\x63\xc2"

    def _select(self, p1: int, wanted: bytes) -> bytes:
        if p1 == 0x04:  # noqa: PLR2004 - by name
            known = BANK_AID if self.is_bank_card else AID
            if not wanted or not known.startswith(wanted[: len(known)]):
                return _NO_FILE
            self.is_in_application, self._selected = not self.is_bank_card, None
            return self._with_more(b"\x6f\x11\x84\x0f" + known)
        file = int.from_bytes(wanted[:2], "big")
        # The oldest cards want P1 00, newer ones 02 (§5.1).
        if p1 != (0x00 if self._version.startswith("1") else 0x02):
            return _WRONG_PARAMETERS
        if not self.is_in_application or file not in self._files:
            return _NO_FILE
        self._selected = file
        return OK

    def _read(self, p1: int, p2: int, expected: int) -> bytes:
        short, by_number = p2 >> 3, bool(p2 & 0x04)
        if refusal := self._refusal_of_way(short, p2 & 0x07):
            return refusal
        file = 0xEF00 | short if short else (self._selected or 0)
        if file not in self._files:
            return _NO_FILE if short else _NO_CURRENT_FILE
        self._selected = file
        tags = list(self._files[file])
        by_name = dict(enumerate(tags, start=1)) if by_number else {tag: tag for tag in tags}
        tag = by_name.get(p1)
        return _NO_RECORD if tag is None else self._record(file, tag, expected)

    def _refusal_of_way(self, short: int, mode: int) -> bytes:
        """Return the status for a way of asking that this chip does not know, else nothing."""
        if not self.is_in_application:
            return _NO_CURRENT_FILE
        refused_mode = {"number": {0}, "tag": {_BY_NUMBER}}.get(self._protocol, set())
        is_known = mode in {0, _BY_NUMBER} - refused_mode
        return (
            b"" if is_known and not (short and self._protocol == "selected") else _WRONG_PARAMETERS
        )

    def _record(self, file: int, tag: int, expected: int) -> bytes:
        if self._version.startswith("3") and not (file == _EF05 and tag in _FREE_IN_VERSION_3):
            return _LOCKED
        value = self._files[file][tag]
        record = bytes([tag, len(value)]) + value
        if expected not in {0, len(record)}:
            return bytes([0x6C, len(record)])
        return record + OK if expected else self._with_more(record)

    def _with_more(self, data: bytes) -> bytes:
        if self._version.startswith("2"):
            return data + OK
        self._waiting = data
        return bytes([0x61, len(data)])

    def _fetch(self, expected: int) -> bytes:
        if not self._waiting:
            return _NO_CURRENT_FILE
        # In two pieces, so that a reader has to collect.
        half = max(1, len(self._waiting) // 2)
        wanted = min(expected or 256, len(self._waiting), half if len(self._waiting) > 20 else 256)  # noqa: PLR2004
        piece, self._waiting = self._waiting[:wanted], self._waiting[wanted:]
        return piece + (bytes([0x61, len(self._waiting)]) if self._waiting else OK)


class PulledError(Exception):
    """The card left the reader."""


def _files_of(written: SyntheticSocialCard) -> dict[int, dict[int, bytes]]:
    card = written.card
    name, extension = _split_name(card.name or "")
    code = {known: number for number, known in ETHNICITY_BY_CODE.items()}
    sex = {"male": "1", "female": "2", "unknown": "0", "unstated": "9"}
    issuer = {
        0x01: bytes.fromhex(card.identification or "00" * 16),
        0x02: (card.card_class or "\0").encode("ascii"),
        0x03: (card.version or "").encode("ascii").ljust(4, b"\0"),
        0x04: bytes.fromhex(card.initialiser or "00" * 12),
        0x05: _day(card.issued),
        0x06: _day(card.valid_to),
        0x07: (card.card_number or "").encode("ascii").ljust(9, b"\0"),
    }
    holder = {
        0x08: (card.number or "").encode("ascii").ljust(18, b"\0"),
        0x09: name,
        0x4E: extension,
        0x0A: sex.get(card.sex or "", "0").encode("ascii"),
        0x0B: bytes.fromhex(code.get(card.ethnicity or "", "00")),
        0x0C: bytes.fromhex(card.birthplace or "000000"),
        0x0D: _day(card.birth),
    }
    if (card.version or "").startswith("1"):
        del holder[0x4E]
    return {
        _EF05: {tag: written.raw.get(tag, value) for tag, value in issuer.items()},
        _EF06: {tag: written.raw.get(tag, value) for tag, value in holder.items()},
    }


def _split_name(name: str) -> tuple[bytes, bytes]:
    """Cut where a character ends; both parts are filled with 00."""
    first = b""
    characters = [character.encode("gb18030") for character in name]
    while characters and len(first) + len(characters[0]) <= _NAME_BYTES:
        first += characters.pop(0)
    return first.ljust(_NAME_BYTES, b"\0"), b"".join(characters).ljust(_EXTENSION_BYTES, b"\0")


def _day(day: date | None) -> bytes:
    return bytes.fromhex(f"{day:%Y%m%d}") if day else bytes(4)
