# SPDX-License-Identifier: Apache-2.0
"""How much A4 lies in a printer: of all its A4 trays together, or not told."""

from __future__ import annotations

import pytest

from drivers.page_printer.ipp_message import Answer
from drivers.page_printer.ipp_supplies import a4_sheets, details

TRAY = "type=sheetFeedAutoRemovableTray;mediafeed=29700;mediaxfeed=21000;maxcapacity=250;level=%s;name=t"
ENVELOPES = (
    "type=sheetFeedAutoNonRemovableTray;mediafeed=24130;mediaxfeed=10477;maxcapacity=25;level=9"
)
BY_HAND = "type=sheetFeedManual;mediafeed=29700;mediaxfeed=21000;maxcapacity=1;level=-2"


def told(*trays: str) -> str:
    return a4_sheets(Answer(0, {"printer-input-tray": trays}))


def test_all_trays_of_a4_are_one_stock() -> None:
    assert told(TRAY % 120, ENVELOPES, TRAY % 30, BY_HAND) == "150/500"


def test_a_printer_without_a4_tells_nothing_of_it() -> None:
    assert told(ENVELOPES) == ""
    assert "a4" not in details(Answer(0, {"printer-input-tray": (ENVELOPES,)}))


@pytest.mark.parametrize("level", ["-1", "-2", "-3", "", "many", "9" * 40])
def test_one_tray_that_does_not_know_makes_the_whole_unknown(level: str) -> None:
    assert told(TRAY % 120, TRAY % level) == ""
