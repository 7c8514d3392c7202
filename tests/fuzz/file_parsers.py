# SPDX-License-Identifier: Apache-2.0
"""What is read from files."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from central_platform.items import ItemInvalidError, read_items
from kiosk.audit.chain import BEGINNING, NotAnEventError, next_event, parse_line
from kiosk.config import ConfigError, load_settings
from kiosk.platform_client.enrolment import EnrolmentError, load_enrolment
from tests.fuzz.parser import Parser

ROOT = Path(__file__).parents[2]


class _File:
    """What :func:`read_items` uses of a file."""

    name = "a.yaml"

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read_text(self, encoding: str) -> str:
        """Return the text, as a real file would."""
        return self._data.decode(encoding)


class _Folder:
    """What a reader of one file in a folder uses of it."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __truediv__(self, _name: str) -> _Folder:
        return self

    def read_bytes(self) -> bytes:
        """Return the bytes."""
        return self._data

    def read_text(self, encoding: str) -> str:
        """Return the text, as a real file would."""
        return self._data.decode(encoding)


def _item(data: bytes) -> None:
    read_items([_File(data)])  # type: ignore[list-item] # all it uses


def _enrolment(data: bytes) -> None:
    load_enrolment(_Folder(data))  # type: ignore[arg-type] # all it uses


def _settings(data: bytes) -> None:
    load_settings(_Folder(data))  # type: ignore[arg-type] # all it uses


def _event(data: bytes) -> None:
    event = parse_line(data)
    assert event.line() == data + b"\n"


@cache
def _shipped() -> tuple[bytes, ...]:
    items = sorted((ROOT / "central_platform" / "catalogue" / "items").glob("*.yaml"))
    return tuple(item.read_bytes() for item in items)


PARSERS: dict[str, Parser] = {
    "item": Parser(_item, (ItemInvalidError,), _shipped, slow=True),
    "enrolment": Parser(
        _enrolment, (EnrolmentError,), lambda: (b'{"enrolment": {}, "private_key": ""}',)
    ),
    "settings": Parser(
        _settings,
        (ConfigError,),
        lambda: (
            b'data_dir = "d"\n[screen]\ndpi = 96\n[[slot]]\nname = "a"\nrole = "camera"\ndriver = "x"',
        ),
    ),
    "audit_line": Parser(
        _event,
        (NotAnEventError,),
        lambda: (next_event(BEGINNING, 0.0, "a.b", {"item": "x"}).line().rstrip(b"\n"),),
    ),
}
