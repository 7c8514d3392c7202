# SPDX-License-Identifier: Apache-2.0
"""The social security card (社会保障卡): from SELECT to fields. No I/O of its own.

Source: device-protocols sheet §5.1–5.3. Each record is tag, length, value. Records are asked for by
tag, because their numbers in EF06 differ between versions; a card that only knows numbers is read
through and sorted by the tags it gives. What is protected stays protected: cards of the third
generation give three fields freely and everything to readers with a security module only.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from typing import Final, TypeVar

from drivers.core import CardError, SocialCard
from drivers.id_card.sam_text import ETHNICITY_BY_CODE
from drivers.smart_card.apdu import (
    ANY_LENGTH,
    CardAnswer,
    Meaning,
    Transmit,
    ask,
    read_record,
    select_application,
    select_file,
)

AID: Final = "sx1.sh.社会保障".encode("gbk")
NEEDS_CERTIFIED_READER: Final = "card.needs_certified_reader"

_SINCE_2022: Final = {
    0xE816: 0x20087, 0xE817: 0x20089, 0xE818: 0x200CC, 0xE81E: 0x9FB4, 0xE826: 0x9FB5,
    0xE82B: 0x9FB6, 0xE82C: 0x9FB7, 0xE831: 0x215D7, 0xE832: 0x9FB8, 0xE83B: 0x2298F,
    0xE843: 0x9FB9, 0xE854: 0x9FBA, 0xE855: 0x241FE, 0xE864: 0x9FBB,
}  # fmt: skip
"""Characters that GB 18030-2000, as Python has it, puts into the private area; Unicode has them now."""

_HEADER: Final = 2
_MAX_RECORDS: Final = 16
_SEX: Final = {"0": "unknown", "1": "male", "2": "female", "9": "unstated"}
"""GB/T 2261.1."""


@dataclass(frozen=True, slots=True)
class RecordFile:
    """A file of records: its identifier, and the length of each tag's value in the order of records."""

    identifier: int
    probe: int
    """A record that every card has."""
    lengths: Mapping[int, int]

    @property
    def short_identifier(self) -> int:
        """The low five bits, as READ RECORD takes them."""
        return self.identifier & 0x1F


ISSUER_FILE: Final = RecordFile(
    0xEF05, 0x03, {0x01: 16, 0x02: 1, 0x03: 4, 0x04: 12, 0x05: 4, 0x06: 4, 0x07: 9}
)
HOLDER_FILE: Final = RecordFile(
    0xEF06, 0x08, {0x08: 18, 0x09: 30, 0x4E: 20, 0x0A: 1, 0x0B: 1, 0x0C: 3, 0x0D: 4}
)
_FREE_FIRST: Final = (0x03, 0x01, 0x07)
"""What also a card of the third generation gives (§5.3)."""


class _ProtectedError(Exception):
    """The record is there and not for us; never leaves this module."""


class _Way(Enum):
    """How a card wants to be asked, in the order of trying (§5.2)."""

    TAG = "tag"
    TAG_IN_SELECTED_FILE = "tag_in_selected_file"
    NUMBER = "number"
    NUMBER_IN_SELECTED_FILE = "number_in_selected_file"

    @property
    def selects(self) -> bool:
        return self in {_Way.TAG_IN_SELECTED_FILE, _Way.NUMBER_IN_SELECTED_FILE}

    def p2(self, file: RecordFile) -> int:
        """Short file identifier in the upper five bits (0: the selected file), 4 for a record number."""
        by_number = self in {_Way.NUMBER, _Way.NUMBER_IN_SELECTED_FILE}
        return (0 if self.selects else file.short_identifier << 3) | (4 if by_number else 0)


def read_social_card(transmit: Transmit) -> SocialCard:
    """Read all that the card gives freely.

    Raises ``CardError``: ``card.not_social`` (another kind of card), ``card.blocked`` (switched off),
    ``card.unreadable``; ``ProtocolError`` (``card.garbage``); and whatever ``transmit`` raises.
    """
    _select(transmit)
    records: dict[int, bytes] = {}
    note: str | None = None
    issuer = _Records(transmit, ISSUER_FILE)
    try:
        for tag in (*_FREE_FIRST, *ISSUER_FILE.lengths):
            if tag not in records and (value := issuer.read(tag)) is not None:
                records[tag] = value
    except _ProtectedError:
        note = NEEDS_CERTIFIED_READER
    holder = _Records(transmit, HOLDER_FILE)
    try:
        for tag in HOLDER_FILE.lengths:
            if (value := holder.read(tag)) is not None:
                records[tag] = value
    except _ProtectedError:
        note = NEEDS_CERTIFIED_READER
    return _card_of(records, note, issuer.damaged | holder.damaged)


def _select(transmit: Transmit) -> None:
    answer = ask(transmit, select_application(AID))
    match answer.meaning:
        case Meaning.DONE | Meaning.WARNING:
            return
        case Meaning.BLOCKED:
            raise CardError.because("card.blocked", status=answer.status)
        case _:
            raise CardError.because("card.not_social", status=answer.status)


class _Records:
    """One file of the card; finds out by itself how the card wants to be asked."""

    def __init__(self, transmit: Transmit, file: RecordFile) -> None:
        self._transmit = transmit
        self._file = file
        self._way: _Way | None = None
        self._by_tag: dict[int, bytes] = {}
        self.damaged: set[int] = set()
        """Tags whose record came and made no sense."""

    def read(self, tag: int) -> bytes | None:
        """Return a value, ``None`` when there is no such record. Raises ``_ProtectedError``, ``CardError``."""
        if self._way is None:
            self._way = self._find_way()
        if tag in self._by_tag or self._way in {_Way.NUMBER, _Way.NUMBER_IN_SELECTED_FILE}:
            return self._by_tag.get(tag)
        answer = self._ask(tag, self._way, self._file.lengths[tag])
        if answer.meaning is Meaning.PROTECTED:
            raise _ProtectedError
        if not answer.is_good:
            return None
        record = _split(answer.data)
        if record is None or record[0] != tag:
            self.damaged.add(tag)
            return None
        return record[1]

    def _find_way(self) -> _Way:
        """Try one way after the other. Raises ``_ProtectedError``, ``CardError`` (``card.unreadable``)."""
        last = 0
        for way in _Way:
            if way.selects and not self._select_file():
                continue
            if way in {_Way.TAG, _Way.TAG_IN_SELECTED_FILE}:
                probe = self._file.probe
                answer = self._ask(probe, way, self._file.lengths[probe])
                record = _split(answer.data) if answer.is_good else None
                if found := record is not None and record[0] == probe:
                    self._by_tag.update([record])
            else:
                answer = self._read_all(way)
                found = bool(self._by_tag)
            if found:
                return way
            if answer.meaning is Meaning.PROTECTED:
                # Another way in is not looked for.
                raise _ProtectedError
            last = answer.status
        raise CardError.because("card.unreadable", status=last)

    def _select_file(self) -> bool:
        return any(
            ask(self._transmit, select_file(self._file.identifier, p1)).is_good
            for p1 in (0x02, 0x00)
        )

    def _read_all(self, way: _Way) -> CardAnswer:
        """Read record after record and sort them by tag; return the answer that ended it."""
        lengths = list(self._file.lengths.values())
        for number in range(1, _MAX_RECORDS + 1):
            likely = lengths[number - 1] if number <= len(lengths) else ANY_LENGTH - _HEADER
            answer = self._ask(number, way, likely)
            if not answer.is_good:
                break
            if (record := _split(answer.data)) is not None and record[0] in self._file.lengths:
                self._by_tag.setdefault(*record)
        return answer

    def _ask(self, p1: int, way: _Way, length: int) -> CardAnswer:
        """Ask for one record; when the length was not right, once more with the right one."""
        p2 = way.p2(self._file)
        answer = ask(self._transmit, read_record(p1, p2, length + _HEADER))
        if answer.meaning is Meaning.WRONG_LENGTH:
            return ask(self._transmit, read_record(p1, p2, ANY_LENGTH))
        if answer.is_good and _is_cut(answer.data):
            whole = min(_HEADER + answer.data[1], ANY_LENGTH)
            return ask(self._transmit, read_record(p1, p2, whole))
        return answer


def _split(data: bytes) -> tuple[int, bytes] | None:
    """Return tag and value of a whole record."""
    if len(data) < _HEADER or _is_cut(data):
        return None
    return data[0], data[_HEADER : _HEADER + data[1]]


def _is_cut(data: bytes) -> bool:
    return len(data) >= _HEADER and len(data) < _HEADER + data[1]


# --- values -------------------------------------------------------------------------------------


Value = TypeVar("Value")


class _Values:
    """Decodes records and remembers which made no sense. An empty or unwritten value is ``None``."""

    def __init__(self, records: Mapping[int, bytes], damaged: set[int]) -> None:
        self._records = records
        self._damaged = damaged
        self.unreadable: list[str] = []

    def take(self, field: str, decode: Callable[[bytes], Value], *tags: int) -> Value | None:
        """Decode the values of ``tags`` together."""
        if self._damaged.intersection(tags):
            self.unreadable.append(field)
            return None
        raw = b"".join(self._part(tag, is_text=decode in _TEXTS) for tag in tags)
        if not raw:
            return None
        try:
            return decode(raw)
        except (ValueError, KeyError):
            # Nothing of the error may be told: it quotes the person.
            self.unreadable.append(field)
            return None

    def _part(self, tag: int, *, is_text: bool) -> bytes:
        """Return a value without padding; nothing is left of one that was never written."""
        raw = self._records.get(tag, b"")
        if not raw.strip(b"\0") or not raw.strip(b"\xff"):
            return b""
        # In numbers 00 and 20 may be what counts.
        return raw.rstrip(b"\0 ") if is_text else raw


def _card_of(records: Mapping[int, bytes], note: str | None, damaged: set[int]) -> SocialCard:
    values = _Values(records, damaged)
    identification = values.take("identification", _hexadecimal, 0x01)
    card = SocialCard(
        version=values.take("version", _ascii, 0x03),
        note=note,
        card_number=values.take("card_number", _ascii, 0x07),
        identification=identification,
        region=values.take("region", _region_of_identification, 0x01),
        card_class=values.take("card_class", _ascii, 0x02),
        initialiser=values.take("initialiser", _digits, 0x04),
        issued=values.take("issued", _day, 0x05),
        valid_to=values.take("valid_to", _day, 0x06),
        number=values.take("number", _upper_ascii, 0x08),
        name=values.take("name", _name, 0x09, 0x4E),
        sex=values.take("sex", _sex, 0x0A),
        ethnicity=values.take("ethnicity", _ethnicity, 0x0B),
        birthplace=values.take("birthplace", _digits, 0x0C),
        birth=values.take("birth", _day, 0x0D),
    )
    return replace(card, unreadable=tuple(values.unreadable))


def _ascii(raw: bytes) -> str:
    text = raw.decode("ascii").strip()
    if not text.isprintable() or not text:
        raise ValueError
    return text


def _upper_ascii(raw: bytes) -> str:
    return _ascii(raw).upper()


def _sex(raw: bytes) -> str:
    return _SEX[_ascii(raw)]


def _ethnicity(raw: bytes) -> str:
    return ETHNICITY_BY_CODE[_digits(raw)]


def _hexadecimal(raw: bytes) -> str:
    return raw.hex().upper()


def _digits(raw: bytes) -> str:
    """BCD; filled up with F at the end."""
    text = raw.hex().rstrip("f")
    if not text.isdecimal():
        raise ValueError
    return text


def _region_of_identification(raw: bytes) -> str:
    return _digits(raw[:3])


def _day(raw: bytes) -> date:
    return date.fromisoformat(_digits(raw))


def _name(raw: bytes) -> str:
    text = raw.decode("gb18030").translate(_SINCE_2022).strip(" \u3000")
    if not text or any(unicodedata.category(character) == "Cc" for character in text):
        raise ValueError
    return text


_TEXTS: Final[frozenset[Callable[[bytes], str]]] = frozenset({_ascii, _upper_ascii, _sex, _name})
