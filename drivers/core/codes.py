# SPDX-License-Identifier: Apache-2.0
"""The role of a code scanner, in domain words."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

from drivers.core.device import CommandContext, Device
from drivers.core.roles import Command


@dataclass(frozen=True, slots=True)
class ScanCode(Command):
    """Wait for one code and read it. Result: :class:`ScannedCode`."""

    verb: ClassVar[str] = "scan_code"


@dataclass(frozen=True, slots=True)
class ScannedCode:
    """One code as it was shown. What it says belongs to a resident: ``repr`` shows the kind only."""

    format: str
    """Kind of symbol, e.g. ``QRCode``, ``PDF417``, ``EAN13``; empty where the scanner does not tell."""
    data: bytes = field(repr=False)
    """What the symbol holds, byte for byte. Opaque: nothing is read out of it on the terminal."""
    text: str | None = field(default=None, repr=False)
    """The same as text; ``None`` where the bytes are not printable text."""


class CodeScanner(Device):
    """Reads codes that residents show."""

    @abstractmethod
    def scan_code(self, command: ScanCode, context: CommandContext) -> ScannedCode:
        """Wait for a code until the deadline; what was read before the call does not count.

        Progress: ``code.waiting``. ``text`` of the result is never ``None``. Raises :class:`CodeError`
        (``code.none`` at the deadline, ``code.too_long``, ``code.not_text``), other ``DeviceError``.
        After cancel, deadline, unplug or any error nothing of a code is kept and the scanner is told to
        stop looking.
        """
