# SPDX-License-Identifier: Apache-2.0
"""IPP messages (RFC 8010): as much of the encoding as printing one job and following it needs.

Own code, because the libraries for it are asynchronous, cannot print, or bring a dozen packages into a
process that should be small.
"""

from __future__ import annotations

import struct
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
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME = 0x49


class Operation(IntEnum):
    """Operations (RFC 8011 §5.4.15)."""

    PRINT_JOB = 0x0002
    CANCEL_JOB = 0x0008
    GET_JOB_ATTRIBUTES = 0x0009
    GET_PRINTER_ATTRIBUTES = 0x000B


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


def request(
    operation: Operation,
    request_id: int,
    operation_attributes: list[tuple[Tag, str, Value]],
    job_attributes: list[tuple[Tag, str, Value]] | None = None,
) -> bytes:
    """Encode a request; a repeated name is a further value of the same attribute."""
    parts = [_HEADER.pack(*_VERSION, operation, request_id), bytes([Tag.OPERATION])]
    lead: list[tuple[Tag, str, Value]] = [
        (Tag.CHARSET, "attributes-charset", "utf-8"),
        (Tag.LANGUAGE, "attributes-natural-language", "zh-cn"),
    ]
    parts.extend(_encode_group([*lead, *operation_attributes]))
    if job_attributes:
        parts.append(bytes([Tag.JOB]))
        parts.extend(_encode_group(job_attributes))
    parts.append(bytes([Tag.END]))
    return b"".join(parts)


def decode(data: bytes) -> Answer:
    """Decode a response. Raises ``ProtocolError("ipp.malformed")`` and nothing else."""
    try:
        return _decode(data)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise ProtocolError("ipp.malformed") from error


def _encode_group(attributes: list[tuple[Tag, str, Value]]) -> list[bytes]:
    parts = []
    previous = ""
    for tag, name, value in attributes:
        name_bytes = b"" if name == previous else name.encode("utf-8")
        previous = name
        if tag in {Tag.INTEGER, Tag.ENUM}:
            data = struct.pack(">i", value)
        elif tag is Tag.BOOLEAN:
            data = struct.pack(">?", value)
        else:
            data = str(value).encode("utf-8")
        parts.append(bytes([tag]) + _LENGTH.pack(len(name_bytes)) + name_bytes)
        parts.append(_LENGTH.pack(len(data)) + data)
    return parts


def _decode(data: bytes) -> Answer:
    _, _, status, _ = _HEADER.unpack_from(data)
    offset = _HEADER.size
    attributes: dict[str, list[Value]] = {}
    name = ""
    while data[offset] != Tag.END:
        tag = data[offset]
        offset += 1
        if tag < _FIRST_VALUE_TAG:
            continue  # the next group; names do not repeat between those we ask for
        (length,) = _LENGTH.unpack_from(data, offset)
        offset += _LENGTH.size
        if length:
            name = data[offset : offset + length].decode("utf-8")
        offset += length
        (length,) = _LENGTH.unpack_from(data, offset)
        offset += _LENGTH.size
        raw = data[offset : offset + length]
        if len(raw) != length:
            raise IndexError(length)
        offset += length
        if tag not in _OUT_OF_BAND_TAGS:
            attributes.setdefault(name, []).append(_value(tag, raw))
    return Answer(status, {key: tuple(values) for key, values in attributes.items()})


def _value(tag: int, raw: bytes) -> Value:
    if tag in {Tag.INTEGER, Tag.ENUM}:
        (number,) = struct.unpack(">i", raw)
        return int(number)
    if tag == Tag.BOOLEAN:
        return bool(raw[0])
    return raw.decode("utf-8", "replace")
