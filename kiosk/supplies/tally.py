# SPDX-License-Identifier: Apache-2.0
"""What one command counts: from the command and how it ended. Pure; nothing of what was read or printed.

A wish that nobody came to (no card within the time, no code, an empty table) and one that was cancelled are
no failures of the device and are not counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from drivers.core import (
    CancelledError,
    CaptureFace,
    Command,
    DeadlineError,
    DeviceError,
    PrintDocument,
    PrintOutcome,
    PrintReceipt,
    PrintResult,
    ProcessLostError,
    ReadCard,
    ReadSocialCard,
    ScanCard,
    ScanCode,
    ScannedSheets,
    ScanPage,
    ScanSheets,
)
from kiosk.supplies.paper_watch import Consumable


class Counter(StrEnum):
    """What is counted of a slot, since the terminal was set up."""

    OPENS = "opens"
    """Times it came into service."""
    RESTARTS = "restarts"
    """Times its process was lost and started again."""
    SLIPS = "slips"
    """Slips that the printer confirmed."""
    SLIPS_FAILED = "slips_failed"
    SLIPS_UNCERTAIN = "slips_uncertain"
    """Slips of which nobody knows whether they came out."""
    PAPER_MM = "paper_mm"
    """Millimetres of paper fed, feed to the knife included, slips that may have come out as well."""
    DOCUMENTS = "documents"
    DOCUMENTS_FAILED = "documents_failed"
    DOCUMENTS_UNCERTAIN = "documents_uncertain"
    SHEETS = "sheets"
    """A4 sheets, one for each side that the printer counted; where it does not count (or says none), one for each
    document that came out."""
    CARDS = "cards"
    CARDS_FAILED = "cards_failed"
    PAGES = "pages"
    """Pages scanned."""
    SCANS_FAILED = "scans_failed"
    CODES = "codes"
    CODES_FAILED = "codes_failed"
    FACES = "faces"
    FACES_FAILED = "faces_failed"


@dataclass(frozen=True, slots=True)
class Tally:
    """What a command adds."""

    counts: Mapping[Counter, int] = field(default_factory=lambda: MappingProxyType({}))
    used: Mapping[Consumable, float] = field(default_factory=lambda: MappingProxyType({}))


NOTHING: Final = Tally()
_NOBODY_CAME: Final = frozenset(
    {"card.none", "code.none", "media.no_documents", "media.no_card", "dev.not_begun"}
)
_READINGS: Final[Mapping[type[Command], tuple[Counter, Counter]]] = {
    ReadCard: (Counter.CARDS, Counter.CARDS_FAILED),
    ReadSocialCard: (Counter.CARDS, Counter.CARDS_FAILED),
    ScanCode: (Counter.CODES, Counter.CODES_FAILED),
    CaptureFace: (Counter.FACES, Counter.FACES_FAILED),
    ScanPage: (Counter.PAGES, Counter.SCANS_FAILED),
    ScanCard: (Counter.PAGES, Counter.SCANS_FAILED),
    ScanSheets: (Counter.PAGES, Counter.SCANS_FAILED),
}


def tally_of(command: Command, ended: object) -> Tally:
    """Return what counts. ``ended`` is the command's result, or the ``DeviceError`` it ended with."""
    if isinstance(ended, CancelledError):
        return NOTHING
    match command:
        case PrintReceipt():
            return _slip(_outcome(ended))
        case PrintDocument():
            return _document(_outcome(ended))
    counters = _READINGS.get(type(command))
    if counters is None:
        return NOTHING
    good, bad = counters
    if isinstance(ended, DeviceError):
        # Sheets that went through before a jam are worn and scanned.
        whole = (
            {good: int(ended.params["whole_sheets"])} if ended.params.get("whole_sheets") else {}
        )
        return Tally(whole if _is_no_failure(ended) else {**whole, bad: 1})
    return Tally({good: ended.count if isinstance(ended, ScannedSheets) else 1})


def _outcome(ended: object) -> PrintOutcome:
    match ended:
        case PrintOutcome():
            return ended
        case ProcessLostError(code=code) | DeadlineError(code=code):
            return PrintOutcome(PrintResult.UNKNOWN, code)
        case DeviceError(code=code):
            return PrintOutcome(PrintResult.NOT_DONE, code)
    return PrintOutcome(PrintResult.UNKNOWN)


def _is_no_failure(error: DeviceError) -> bool:
    # A deadline that passed while nobody came is no failure either.
    return isinstance(error, DeadlineError) or error.code in _NOBODY_CAME


def _slip(outcome: PrintOutcome) -> Tally:
    counter = {
        PrintResult.DONE: Counter.SLIPS,
        PrintResult.NOT_DONE: Counter.SLIPS_FAILED,
        PrintResult.UNKNOWN: Counter.SLIPS_UNCERTAIN,
    }[outcome.result]
    fed = outcome.paper_mm or 0.0
    if fed <= 0:
        return Tally({counter: 1})
    return Tally({counter: 1, Counter.PAPER_MM: round(fed)}, {Consumable.ROLL: fed})


def _document(outcome: PrintOutcome) -> Tally:
    if outcome.result is PrintResult.DONE:
        sheets = outcome.pages or 1
        counts = {Counter.DOCUMENTS: 1, Counter.SHEETS: sheets}
    else:
        sheets = outcome.pages or 0
        unknown = outcome.result is PrintResult.UNKNOWN
        counts = {Counter.DOCUMENTS_UNCERTAIN if unknown else Counter.DOCUMENTS_FAILED: 1}
        if sheets:
            counts[Counter.SHEETS] = sheets
    return Tally(counts, {Consumable.SHEETS: float(sheets)} if sheets else {})
