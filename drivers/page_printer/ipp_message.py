# SPDX-License-Identifier: Apache-2.0
"""IPP messages (RFC 8010), both ways: as much as printing one job, following it, and playing a printer needs.

Own code, because the libraries for it are asynchronous, cannot print, or bring a dozen packages into a
process that should be small.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from drivers.core import ProtocolError

Value = int | bool | str
Attributes = dict[str, tuple[Value, ...]]

_VERSION = (2, 0)
_HEADER = struct.Struct(">BBHI")
_LENGTH = struct.Struct(">H")
_OUT_OF_BAND_TAGS = range(0x10, 0x20)
_FIRST_VALUE_TAG = 0x10


class Tag(IntEnum):
    """Delimiter and value tags (RFC 8010 §3.5)."""

    OPERATION = 0x01
    JOB = 0x02
    END = 0x03
    PRINTER = 0x04
    UNSUPPORTED = 0x05
    NO_VALUE = 0x13
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    OCTETS = 0x30
    RANGE = 0x33
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME = 0x49


class Operation(IntEnum):
    """Operations (RFC 8011 §5.4.15)."""

    PRINT_JOB = 0x0002
    VALIDATE_JOB = 0x0004
    CANCEL_JOB = 0x0008
    GET_JOB_ATTRIBUTES = 0x0009
    GET_JOBS = 0x000A
    GET_PRINTER_ATTRIBUTES = 0x000B
    CUPS_GET_PRINTERS = 0x4002
    """Of CUPS: all queues."""
    PAUSE_PRINTER = 0x0010
    RESUME_PRINTER = 0x0011


class Code(IntEnum):
    """Status codes (RFC 8011 appendix B) that are told apart here."""

    OK = 0x0000
    BAD_REQUEST = 0x0400
    FORBIDDEN = 0x0401
    NOT_AUTHENTICATED = 0x0402
    NOT_AUTHORIZED = 0x0403
    NOT_POSSIBLE = 0x0404
    NOT_FOUND = 0x0406
    DOCUMENT_FORMAT_NOT_SUPPORTED = 0x040A
    ATTRIBUTES_NOT_SUPPORTED = 0x040B
    OPERATION_NOT_SUPPORTED = 0x0501
    NOT_ACCEPTING_JOBS = 0x0506
    BUSY = 0x0507


class JobState(IntEnum):
    """Job states (RFC 8011 §5.3.7)."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


class PrinterState(IntEnum):
    """Printer states (RFC 8011 §5.4.11)."""

    IDLE = 3
    PROCESSING = 4
    STOPPED = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """A decoded response: status code and the attributes of all groups."""

    status: int
    attributes: Attributes
    without_value: frozenset[str] = frozenset()
    """Names that were answered with "no value" or "unknown": known to the printer, empty now."""

    @property
    def ok(self) -> bool:
        """Tell whether the status is one of the successful ones (RFC 8011 appendix B)."""
        return self.status <= 0x00FF  # noqa: PLR2004 - the range of success

    def keywords(self, name: str) -> frozenset[str]:
        """Return the keywords of an attribute, without ``none``."""
        return frozenset(str(value) for value in self.attributes.get(name, ())) - {"none"}

    def number(self, name: str) -> int | None:
        """Return an integer or enum attribute, ``None`` when it was not reported."""
        values = self.attributes.get(name, ())
        return int(values[0]) if values and isinstance(values[0], int) else None

    def text(self, name: str) -> str:
        """Return a text attribute, empty when it was not reported."""
        values = self.attributes.get(name, ())
        return str(values[0]) if values else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """Return all values of a text attribute, in their order."""
        return tuple(str(value) for value in self.attributes.get(name, ()))

    def numbers(self, name: str) -> tuple[int, ...]:
        """Return all values of an integer attribute, in their order."""
        return tuple(v for v in self.attributes.get(name, ()) if isinstance(v, int))


@dataclass(frozen=True, slots=True)
class Question:
    """A decoded request, as a printer gets it."""

    operation: int
    request_id: int
    attributes: Attributes
    document: bytes
    """What follows the attributes."""

    def text(self, name: str) -> str:
        """Return an attribute's first value as text, empty when there is none."""
        values = self.attributes.get(name, ())
        return str(values[0]) if values else ""

    def number(self, name: str, otherwise: int = 0) -> int:
        """Return an integer attribute."""
        values = self.attributes.get(name, ())
        return int(values[0]) if values and isinstance(values[0], int) else otherwise


Attribute = tuple[Tag, str, Value]


def request(
    operation: Operation,
    request_id: int,
    operation_attributes: Sequence[Attribute],
    job_attributes: Sequence[Attribute] = (),
) -> bytes:
    """Encode a request; a repeated name is a further value of the same attribute."""
    groups = [(Tag.OPERATION, [*_lead("zh-cn"), *operation_attributes])]
    if job_attributes:
        groups.append((Tag.JOB, [*job_attributes]))
    return _encode(operation, request_id, groups)


def response(
    code: int, request_id: int, groups: Sequence[tuple[Tag, Sequence[Attribute]]] = ()
) -> bytes:
    """Encode an answer, as a printer does. The value of an attribute tagged ``NO_VALUE`` is not sent."""
    return _encode(code, request_id, [(Tag.OPERATION, _lead("en")), *groups])


def decode(data: bytes) -> Answer:
    """Decode a response. Raises ``ProtocolError("ipp.malformed")`` and nothing else."""
    code, _, attributes, without_value, _ = _decode_or_refuse(data)
    return Answer(code, attributes, without_value)


def decode_question(data: bytes) -> Question:
    """Decode a request. Raises ``ProtocolError("ipp.malformed")`` and nothing else."""
    operation, request_id, attributes, _, end = _decode_or_refuse(data)
    return Question(operation, request_id, attributes, data[end:])


def _lead(language: str) -> list[Attribute]:
    return [
        (Tag.CHARSET, "attributes-charset", "utf-8"),
        (Tag.LANGUAGE, "attributes-natural-language", language),
    ]


def _encode(code: int, request_id: int, groups: Sequence[tuple[Tag, Sequence[Attribute]]]) -> bytes:
    parts = [_HEADER.pack(*_VERSION, code, request_id)]
    for delimiter, attributes in groups:
        parts.append(bytes([delimiter]))
        parts.extend(_encode_group(attributes))
    parts.append(bytes([Tag.END]))
    return b"".join(parts)


def _encode_group(attributes: Sequence[Attribute]) -> list[bytes]:
    parts = []
    previous = ""
    for tag, name, value in attributes:
        name_bytes = b"" if name == previous else name.encode("utf-8")
        previous = name
        if tag in {Tag.INTEGER, Tag.ENUM}:
            data = struct.pack(">i", value)
        elif tag is Tag.BOOLEAN:
            data = struct.pack(">?", value)
        elif tag is Tag.NO_VALUE:
            data = b""
        else:
            data = str(value).encode("utf-8")
        parts.append(bytes([tag]) + _LENGTH.pack(len(name_bytes)) + name_bytes)
        parts.append(_LENGTH.pack(len(data)) + data)
    return parts


def _decode_or_refuse(data: bytes) -> tuple[int, int, Attributes, frozenset[str], int]:
    try:
        return _decode(data)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise ProtocolError("ipp.malformed") from error


def _decode(data: bytes) -> tuple[int, int, Attributes, frozenset[str], int]:
    """Return code, request id, attributes, names without a value, and where the attributes end."""
    _, _, code, request_id = _HEADER.unpack_from(data)
    offset = _HEADER.size
    attributes: dict[str, list[Value]] = {}
    without_value: set[str] = set()
    name = ""
    while data[offset] != Tag.END:
        tag = data[offset]
        offset += 1
        if tag < _FIRST_VALUE_TAG:
            continue  # the next group; names do not repeat between those we ask for
        name_bytes, offset = _field(data, offset)
        name = name_bytes.decode("utf-8") or name
        raw, offset = _field(data, offset)
        if tag in _OUT_OF_BAND_TAGS:
            without_value.add(name)
        else:
            attributes.setdefault(name, []).append(_value(tag, raw))
    values = {key: tuple(found) for key, found in attributes.items()}
    return code, request_id, values, frozenset(without_value), offset + 1


def _field(data: bytes, offset: int) -> tuple[bytes, int]:
    """Return what stands behind a length, and where the next begins."""
    (length,) = _LENGTH.unpack_from(data, offset)
    start = offset + _LENGTH.size
    raw = data[start : start + length]
    if len(raw) != length:
        raise IndexError(length)
    return raw, start + length


def _value(tag: int, raw: bytes) -> Value:
    if tag in {Tag.INTEGER, Tag.ENUM}:
        (number,) = struct.unpack(">i", raw)
        return int(number)
    if tag == Tag.BOOLEAN:
        return bool(raw[0])
    return raw.decode("utf-8", "replace")
