# SPDX-License-Identifier: Apache-2.0
"""What a command counts: what came out, what failed, and never that nobody came."""

from __future__ import annotations

import pytest

from drivers.core import (
    CancelledError,
    CapturedFace,
    CaptureFace,
    CardError,
    CardType,
    CodeError,
    Command,
    DeadlineError,
    IdCard,
    MediaError,
    NotPresentError,
    NotReadyError,
    PrintDocument,
    PrintOutcome,
    PrintReceipt,
    PrintResult,
    ProcessLostError,
    ReadCard,
    ScanCard,
    ScanCode,
    ScannedCard,
    ScannedPage,
    ScannedSheets,
    ScanPage,
    ScanSheets,
    SetLight,
)
from kiosk.supplies.paper_watch import Consumable
from kiosk.supplies.tally import Counter, tally_of

DONE, NOT_DONE, UNKNOWN = PrintResult.DONE, PrintResult.NOT_DONE, PrintResult.UNKNOWN
PAGE = ScannedPage(b"png")


@pytest.mark.parametrize(
    ("command", "ended", "counts"),
    [
        (PrintReceipt(), PrintOutcome(DONE, paper_mm=151.6), {"slips": 1, "paper_mm": 152}),
        (PrintReceipt(), PrintOutcome(NOT_DONE, "media.out"), {"slips_failed": 1}),
        (
            PrintReceipt(),
            PrintOutcome(UNKNOWN, "dev.mute", paper_mm=90.0),
            {"slips_uncertain": 1, "paper_mm": 90},
        ),
        (PrintReceipt(), ProcessLostError(), {"slips_uncertain": 1}),
        (PrintReceipt(), NotPresentError(), {"slips_failed": 1}),
        (PrintReceipt(), CancelledError(), {}),
        (PrintDocument(), PrintOutcome(DONE, pages=3), {"documents": 1, "sheets": 3}),
        (PrintDocument(), PrintOutcome(DONE), {"documents": 1, "sheets": 1}),
        (PrintDocument(), PrintOutcome(DONE, pages=0), {"documents": 1, "sheets": 1}),
        (PrintDocument(), PrintOutcome(NOT_DONE, "media.jam", pages=0), {"documents_failed": 1}),
        (
            PrintDocument(),
            PrintOutcome(UNKNOWN, "media.jam", pages=2),
            {"documents_uncertain": 1, "sheets": 2},
        ),
        (PrintDocument(), DeadlineError(), {"documents_uncertain": 1}),
        (ReadCard(), IdCard(CardType.RESIDENT), {"cards": 1}),
        (ReadCard(), CardError("card.unreadable"), {"cards_failed": 1}),
        (ReadCard(), CardError("card.none"), {}),
        (ReadCard(), NotReadyError("dev.not_begun"), {}),
        (ScanCode(), CodeError("code.none"), {}),
        (CaptureFace(), CapturedFace(b""), {"faces": 1}),
        (ScanPage(), PAGE, {"pages": 1}),
        (ScanPage(), MediaError("media.no_documents"), {}),
        (ScanPage(), MediaError("media.jam"), {"scans_failed": 1}),
        (ScanSheets(), ScannedSheets(3), {"pages": 3}),
        (
            ScanSheets(),
            MediaError("media.jam", params={"whole_sheets": 2}),
            {"pages": 2, "scans_failed": 1},
        ),
        (ScanCard(), ScannedCard(b""), {"pages": 1}),
        (ScanCard(), MediaError("media.no_card"), {}),
        (SetLight(), True, {}),
    ],
)
def test_each_ending_counts_once_for_what_it_was(
    command: Command, ended: object, counts: dict[str, int]
) -> None:
    assert tally_of(command, ended).counts == {Counter(name): n for name, n in counts.items()}


def test_paper_is_used_up_by_slips_that_may_have_come_out() -> None:
    used = tally_of(PrintReceipt(), PrintOutcome(UNKNOWN, paper_mm=90.0)).used
    assert used == {Consumable.ROLL: 90.0}
    assert not tally_of(PrintReceipt(), PrintOutcome(NOT_DONE)).used


def test_sheets_are_used_up_by_documents() -> None:
    assert tally_of(PrintDocument(), PrintOutcome(DONE, pages=2)).used == {Consumable.SHEETS: 2.0}
