# SPDX-License-Identifier: Apache-2.0
"""What the flow wants scanned as a command of the device, and what came as an event of the flow."""

from __future__ import annotations

from drivers.core import (
    Command,
    Progress,
    ScanCard,
    ScannedCard,
    ScannedPage,
    ScannedSheets,
    ScanPage,
    ScanSheets,
    SheetScanned,
)
from kiosk.flows import effects, events


def scan_command(what: effects.OnePage | effects.Stack | effects.OneCardSide) -> Command:
    """Return the command for it; a camera waits for what it is to see."""
    match what:
        case effects.Stack(most=most, both_sides=both_sides):
            return ScanSheets(most=most, both_sides=both_sides)
        case effects.OneCardSide(side=side, other=other, surely_other=surely_other):
            return ScanCard(side, other=other, surely_other=surely_other, patient=True)
        case effects.OnePage():
            return ScanPage(patient=True)


def scan_step(effect: effects.ScanMaterial, step: Progress) -> events.Event:
    """Return what a step tells: a page out of the feeder, or a hint."""
    if isinstance(step, SheetScanned):
        page = step.page
        return events.SheetScanned(effect.session, effect.material, page.png, page.thumbnail)
    return events.ScanProgress(effect.session, effect.material, step.code)


def scan_event(effect: effects.ScanMaterial, result: object) -> events.Event:
    """Return what the end tells. Raises ``TypeError`` for what no scanner returns."""
    session, material = effect.session, effect.material
    match result:
        case ScannedPage(png=png, thumbnail=thumbnail):
            return events.PageScanned(session, material, png, thumbnail)
        case ScannedSheets(feeder_is_empty=is_empty):
            return events.StackScanned(session, material, all_taken=is_empty is True)
        case ScannedCard(png=png, thumbnail=thumbnail, pdf=pdf):
            return events.CardSideScanned(session, material, png, thumbnail, pdf)
        case _:
            raise TypeError(type(result).__name__)
