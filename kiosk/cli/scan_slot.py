# SPDX-License-Identifier: Apache-2.0
"""A configured scanner for ``kiosk scan``: its driver in a process of its own, as at the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from drivers.core import (
    Command,
    DeviceError,
    MediaError,
    Progress,
    Role,
    ScanCard,
    ScannedCard,
    ScannedPage,
    ScannedSheets,
    ScanPage,
    ScanSheets,
    SheetScanned,
)
from drivers.host import DeviceHost, SlotConfig
from kiosk.cli.failures import WRONG_USAGE, CommandFailed
from kiosk.config import SlotSettings

_DEADLINE_S: Final = 60.0
_A_PAGE_S: Final = 10.0
_WORDS: Final = {
    "media.no_documents": "no page found",
    "media.no_card": "no card found",
    "media.many_cards": "more than one card found",
    "media.same_side": "the card was not turned over (--surely-both takes it all the same)",
    "media.jam": "the paper is jammed",
    "media.cover_open": "the cover is open",
    "dev.not_present": "nothing there",
    "dev.unplugged": "the scanner was unplugged",
    "dev.unsupported": "it cannot do that",
    "dev.deadline": "not finished in time",
}


@dataclass(frozen=True, slots=True)
class Stack:
    """What came out of a feeder, and why it ended early, if it did."""

    pages: tuple[ScannedPage, ...]
    trouble: str = ""
    """A line for the person at the command line; empty when all came."""


@dataclass(frozen=True, slots=True)
class Scanner:
    """A running driver. Every verb raises :class:`CommandFailed` with one line."""

    name: str
    host: DeviceHost

    def page(self, resolution: int) -> ScannedPage | None:
        """Return one page, ``None`` where none lies there."""
        try:
            page = self._done(ScanPage(resolution), _DEADLINE_S)
        except MediaError as error:
            if error.code == "media.no_documents":
                return None
            raise CommandFailed(self._line(error)) from error
        except DeviceError as error:
            raise CommandFailed(self._line(error)) from error
        if not isinstance(page, ScannedPage):
            raise TypeError(page)
        return page

    def card_side(self, command: ScanCard) -> ScannedCard:
        """Return one side of a card."""
        try:
            side = self._done(command, _DEADLINE_S)
        except DeviceError as error:
            raise CommandFailed(self._line(error)) from error
        if not isinstance(side, ScannedCard):
            raise TypeError(side)
        return side

    def sheets(self, resolution: int, most: int, *, both_sides: bool) -> Stack:
        """Return what came out of the feeder; with nothing at all it fails."""
        pages: list[ScannedPage] = []

        def step(progress: Progress) -> None:
            if isinstance(progress, SheetScanned):
                pages.append(progress.page)

        command = ScanSheets(resolution, most, both_sides)
        try:
            ended = self._done(command, _DEADLINE_S + most * _A_PAGE_S, step)
        except DeviceError as error:
            if not pages:
                raise CommandFailed(self._line(error)) from error
            return Stack(
                tuple(pages), f"{self._line(error)}; the {len(pages)} pages before are kept"
            )
        if isinstance(ended, ScannedSheets) and ended.feeder_is_empty is None:
            return Stack(tuple(pages), f"{self.name}: {most} pages taken, there may be more")
        return Stack(tuple(pages))

    def _done(
        self,
        command: Command,
        deadline_s: float,
        step: Callable[[Progress], None] | None = None,
    ) -> object:
        job = self.host.submit(self.name, command, deadline_s=deadline_s, on_progress=step)
        return job.result(deadline_s + 5)

    def _line(self, error: DeviceError) -> str:
        return f"{self.name}: {_WORDS.get(error.code, 'it was not scanned')} ({error})"


@contextmanager
def scanner_at(slot: SlotSettings) -> Iterator[Scanner]:
    """Run the slot's driver. Raises :class:`CommandFailed` for a slot that is no scanner."""
    if slot.role != "document_scanner" or slot.driver == "none":
        raise CommandFailed(f"{slot.name}: not a document scanner", WRONG_USAGE)
    host = DeviceHost(
        [SlotConfig(slot.name, Role(slot.role), slot.driver, slot.options)],
        on_status=lambda _slot, _status: None,
    )
    host.start()
    try:
        yield Scanner(slot.name, host)
    finally:
        host.stop()
