# SPDX-License-Identifier: Apache-2.0
"""``kiosk scan --card``: front and back of a card, from pictures or scanners, on one A4."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from drivers.camera.picture import Picture
from drivers.core import CardSide, PlacedPage, ScanCard
from drivers.document_scanner.card_copy import both_on_a4, side_trouble
from drivers.document_scanner.page_scan import (
    PageScan,
    PictureError,
    decode,
    encode_png,
    scan_file,
)
from drivers.document_scanner.page_shape import PageFormat
from kiosk.cli.failures import WRONG_USAGE, CommandFailed
from kiosk.cli.scan_slot import scanner_at
from kiosk.config import SlotSettings

_SIDES: Final = (CardSide.FRONT, CardSide.BACK)


def scans_of(path: Path, resolution: int) -> tuple[PageScan, ...]:
    """Return the pages of a picture file. Raises :class:`CommandFailed` for what is none."""
    try:
        return scan_file(path.read_bytes(), resolution_dpi=resolution)
    except OSError as error:
        raise CommandFailed(
            f"{path}: neither a slot of the configuration nor a readable picture", WRONG_USAGE
        ) from error
    except PictureError as error:
        raise CommandFailed(f"{path}: {error}") from error


def both_sides_of(
    sources: list[SlotSettings | Path], resolution: int, *, surely_both: bool
) -> tuple[list[tuple[str, PlacedPage]], bytes]:
    """Return where the sides lay, and the sheet of both: the first one found above.

    A single slot gives both sides, one after the other. Raises :class:`CommandFailed` unless there are
    exactly two, and for two that look like one unless ``surely_both``.
    """
    if len(sources) == 1 and isinstance(sources[0], SlotSettings):
        sources = sources * 2
    sides: list[Picture] = []
    placed: list[tuple[str, PlacedPage]] = []
    for number, source in enumerate(sources):
        if isinstance(source, SlotSettings):
            if number and source == sources[number - 1]:
                sys.stderr.write("turn the card over, then press Enter\n")
                sys.stdin.readline()
            side, place = _from_slot(source, sides, resolution, surely_both=surely_both)
            sides.append(side)
            placed.append((source.name, place))
            continue
        cards = [
            scan for scan in scans_of(source, resolution) if scan.found.format is PageFormat.ID1
        ]
        sides += [scan.straight.picture for scan in cards]
        placed += [(str(source), scan.placed()) for scan in cards]
    if len(sides) != len(_SIDES):
        raise CommandFailed(f"{len(sides)} sides of a card found, two are needed")
    if not surely_both and side_trouble(sides[1], sides[0]) is not None:
        raise CommandFailed("both look like the same side (--surely-both takes them all the same)")
    return placed, both_on_a4(sides[0], sides[1])


def _from_slot(
    slot: SlotSettings, sides: list[Picture], resolution: int, *, surely_both: bool
) -> tuple[Picture, PlacedPage]:
    command = ScanCard(
        _SIDES[min(len(sides), 1)],
        other=encode_png(sides[0]) if sides else b"",
        surely_other=surely_both,
        resolution_dpi=resolution,
        patient=True,
    )
    with scanner_at(slot) as scanner:
        side = scanner.card_side(command)
    return decode(side.png), side.placed or PlacedPage(())
