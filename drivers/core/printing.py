# SPDX-License-Identifier: Apache-2.0
"""The roles of printers, in domain words: slips and A4 pages, and the three truths about paper."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from drivers.core.device import CommandContext, Device
from drivers.core.errors import UnsupportedError
from drivers.core.roles import Command
from drivers.core.status import Media


@dataclass(frozen=True, slots=True)
class PrintReceipt(Command):
    """Print one slip. Result: :class:`PrintOutcome`."""

    verb: ClassVar[str] = "print_receipt"
    receipt: Receipt = field(default_factory=lambda: Receipt(title=""))


@dataclass(frozen=True, slots=True)
class ClearMouth(Command):
    """Let the slip at a presenter's mouth be taken, or draw it in. Result: :class:`Media`."""

    verb: ClassVar[str] = "clear_mouth"
    after_s: float = 0.0
    """How long the resident gets to take it, in seconds."""
    eject: bool = False
    """Let it go (it may fall) instead of drawing it in."""


@dataclass(frozen=True, slots=True)
class PrintDocument(Command):
    """Print one PDF on A4. Result: :class:`PrintOutcome`."""

    verb: ClassVar[str] = "print_document"
    pdf: bytes = field(default=b"", repr=False)
    title: str = ""
    """Job name; must not hold personal data (it appears in printer queues and logs)."""
    copies: int = 1


class PrintResult(StrEnum):
    """The three truths about paper."""

    DONE = "DONE"
    """The printer confirmed, after the last byte, that the page is out."""
    NOT_DONE = "NOT_DONE"
    """Certain that nothing useful came out: safe to print again."""
    UNKNOWN = "UNKNOWN"
    """Something may have come out. Never retried on its own; a person is asked."""


@dataclass(frozen=True, slots=True)
class PrintOutcome:
    """How a print job ended."""

    result: PrintResult
    code: str = ""
    """Empty for a clean DONE; a warning (``media.low``) or the trouble otherwise."""
    pages: int | None = None
    """Sides that the printer counted as printed; ``None`` where it does not count."""
    paper_mm: float | None = field(default=None, compare=False)
    """Of a slip: the length of paper that was fed, or may have been; ``None`` where none was or nobody knows.
    What was used up makes no other outcome of it, so it is not compared."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A slip as data; the printer's profile decides how it looks. The same model as ``kiosk receipt print`` reads."""

    title: str
    rows: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = field(default=(), repr=False)
    qr: str | None = field(default=None, repr=False)
    number: str | None = None
    """The big number: case number or local receipt number."""


class ReceiptPrinter(Device):
    """Prints slips."""

    @abstractmethod
    def print_receipt(self, command: PrintReceipt, context: CommandContext) -> PrintOutcome:
        """Print one slip and cut it; never raises ``DeviceError`` after the first byte was sent.

        Paper out, open cover or a defect known *before* the first byte: ``NOT_DONE``. DONE only after the
        printer confirmed its state after the cut. Trouble or silence in between: ``UNKNOWN`` unless the
        printer proves that nothing came out. A cancel after the first byte is not obeyed.
        """

    def clear_mouth(self, command: ClearMouth, context: CommandContext) -> Media:
        """Wait until the slip is taken, at most ``command.after_s``; then draw it in (or let it go).

        Returns ``NOT_PRESENT`` (taken, let go, or nothing lay there), ``RETRACTED``, or ``UNKNOWN`` where
        the printer may have drawn it in by itself. Progress: ``media.taken``, ``media.retracted``. Raises
        ``UnsupportedError`` for a model that cannot tell or has no such command, ``MediaError``
        (``media.exit_blocked``, ``media.jam``) when it does not go. After a cancel or deadline the slip
        lies where it lay.
        """
        del command, context  # most printers have no mouth that holds a slip
        raise UnsupportedError


class PagePrinter(Device):
    """Prints A4 pages."""

    @abstractmethod
    def print_document(self, command: PrintDocument, context: CommandContext) -> PrintOutcome:
        """Print and follow the job to its end state; only a completed job is DONE.

        A cancel or deadline cancels the job at the printer; if the printer confirms that no page came
        out the outcome is ``NOT_DONE``, otherwise ``UNKNOWN``.
        """
