# SPDX-License-Identifier: Apache-2.0
"""The role of a document scanner, in domain words: a page, a stack of sheets, both sides of a card."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Final, Self

from drivers.core.device import CommandContext, Device, Progress
from drivers.core.errors import UnsupportedError
from drivers.core.roles import Command
from drivers.core.status import Status

CARD_DPI_FACTOR: Final = 1.5
"""Cards are small print: they get more pixels per inch than pages."""


@dataclass(frozen=True, slots=True)
class ScanPage(Command):
    """Scan one page. Result: :class:`ScannedPage`."""

    verb: ClassVar[str] = "scan_page"
    resolution_dpi: int = 200
    patient: bool = False
    """A camera waits for a clear page until the deadline; progress tells what stands in the way."""


@dataclass(frozen=True, slots=True)
class ScanSheets(Command):
    """Scan all sheets in the feeder, ``most`` pages at the utmost. Result: :class:`ScannedSheets`."""

    verb: ClassVar[str] = "scan_sheets"
    resolution_dpi: int = 200
    most: int = 30
    both_sides: bool = False
    """Each sheet gives two pages, front and back."""


class CardSide(StrEnum):
    """Which side of a card is asked for. Nothing on the card is read to check that it is this one."""

    FRONT = "front"
    """The one with the portrait (人像面)."""
    BACK = "back"
    """The one with the emblem (国徽面)."""


@dataclass(frozen=True, slots=True)
class ScanCard(Command):
    """Scan one side of a card of ID-1 size. Result: :class:`ScannedCard`."""

    verb: ClassVar[str] = "scan_card"
    side: CardSide = CardSide.FRONT
    other: bytes = field(default=b"", repr=False)
    """The picture of the other side as it was returned; then the result holds both on one sheet."""
    surely_other: bool = False
    """A person says that it is the other side, however alike the two look: they are not compared."""
    resolution_dpi: int = 200
    """Of pages; cards are taken half as fine again."""
    patient: bool = False
    """As with :class:`ScanPage`; a camera also waits until the card has been turned over."""


@dataclass(frozen=True, slots=True)
class PlacedPage:
    """Where a page or card lay in the picture of a camera above the table."""

    corners: tuple[tuple[float, float], ...]
    """Its own top-left, top-right, bottom-right, bottom-left, in pixels of the camera's picture."""
    rotation_deg: float = 0.0
    """How far it lay turned, clockwise, [0, 360)."""
    format: str = "other"
    """``"a4"``, ``"id1"`` (a card) or ``"other"``."""
    warnings: tuple[str, ...] = ()
    """What makes it hard to read: ``blur``, ``glare``, ``too_dark``, ``cut_off``, ``covered``, ``low_resolution``."""


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """One page as the scanner gave it."""

    png: bytes = field(repr=False)
    width_px: int = 0
    height_px: int = 0
    resolution_dpi: int = 0
    pages: tuple[PlacedPage, ...] = ()
    """What a camera found and straightened: one page, or two cards, which then lie on one A4. Empty for
    scanners that see nothing but the page."""
    thumbnail: bytes = field(default=b"", repr=False)
    """A JPEG of a few kilobytes to recognise the page by; empty where the picture cannot be decoded."""


@dataclass(frozen=True, slots=True)
class SheetScanned(Progress):
    """A sheet of the feeder came whole: ``done`` counts the pages, ``page`` is the newest."""

    page: ScannedPage = field(default_factory=lambda: ScannedPage(b""), repr=False)


@dataclass(frozen=True, slots=True)
class ScannedSheets:
    """The feeder's sheets have come, each with its :class:`SheetScanned` in the order in which it went through."""

    count: int
    """How many pages there were; at least one."""
    feeder_is_empty: bool | None = None
    """The feeder said so. None: as many came as were asked for, and there may be more."""


@dataclass(frozen=True, slots=True)
class ScannedCard:
    """One side of a card, flat and upright as far as its print tells."""

    png: bytes = field(repr=False)
    thumbnail: bytes = field(default=b"", repr=False)
    """A small JPEG."""
    placed: PlacedPage | None = None
    """Where it lay in the picture."""
    pdf: bytes = field(default=b"", repr=False)
    """Both sides on one A4 in true size, front above; empty as long as the other side is missing."""


_STARTS: Final = "starts"
_BY_ITSELF: Final = "by itself"
_WHEN_TOLD: Final = "when told"
_FEEDER: Final = "feeder"
_ONE_SIDE: Final = "one side"
_BOTH_SIDES: Final = "both sides"


@dataclass(frozen=True, slots=True)
class ScannerTraits:
    """What a scanner tells of its kind in the details of its status."""

    sees: bool = True
    """It sees when something is laid down and takes it then; others take what lies there when told."""
    has_feeder: bool = False
    scans_both_sides: bool = False
    """Of the sheets in the feeder, in one go."""

    @classmethod
    def of(cls, status: Status | None) -> Self:
        """Read them from a status; one that says nothing is taken for a camera's."""
        details = status.details if status is not None else {}
        feeder = details.get(_FEEDER, "")
        return cls(
            sees=details.get(_STARTS) != _WHEN_TOLD,
            has_feeder=feeder in (_ONE_SIDE, _BOTH_SIDES),
            scans_both_sides=feeder == _BOTH_SIDES,
        )

    def as_details(self) -> Mapping[str, str]:
        """Write them for a status, in words for staff."""
        details = {_STARTS: _BY_ITSELF if self.sees else _WHEN_TOLD}
        if self.has_feeder:
            details[_FEEDER] = _BOTH_SIDES if self.scans_both_sides else _ONE_SIDE
        return details


class DocumentScanner(Device):
    """Scans paper. One that is a camera has ``start_preview`` and ``stop_preview``, too, as a ``Camera`` has."""

    @abstractmethod
    def scan_page(self, command: ScanPage, context: CommandContext) -> ScannedPage:
        """Scan one page; raises :class:`MediaError` (``media.no_documents``, ``media.jam``, ``media.cover_open``).

        After cancel, deadline or unplug no picture is returned: a truncated image is never a result.
        """

    def scan_sheets(self, command: ScanSheets, context: CommandContext) -> ScannedSheets:
        """Scan all sheets of the feeder; errors as with ``scan_page``, and ``dev.unsupported`` without a feeder.

        Each page is given as soon as it is whole, as progress :class:`SheetScanned`. Whatever ends it early
        (jam, cover, cancel, deadline, unplugging) is raised, and the pages given until then are good:
        sheets that went through do not go back by themselves. ``whole_sheets`` of the error counts them.
        An empty feeder is ``media.no_documents``.
        """
        del command, context
        raise UnsupportedError

    def scan_card(self, command: ScanCard, context: CommandContext) -> ScannedCard:
        """Scan one side of a card, cut out, straight, at about 300 pixels per inch.

        Raises :class:`MediaError`: ``media.no_card`` where no card of ID-1 size is seen, ``media.many_cards``,
        ``media.same_side`` when it looks like ``other`` again, and what a camera refuses of pages. After
        cancel, deadline or unplug nothing is kept or returned.
        """
        del command, context
        raise UnsupportedError
