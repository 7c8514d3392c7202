# SPDX-License-Identifier: Apache-2.0
"""A camera above the table (高拍仪): it looks until a page lies still, and gives it straightened.

UVC cameras through OpenCV; pictures live in memory only. No such device was at hand: what has been tried
are recordings and a network camera of our own (:mod:`drivers.sim.mjpeg_camera`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from drivers.camera.camera_frames import CameraFrames
from drivers.camera.feed import CameraFeed
from drivers.camera.picture import Picture
from drivers.core import (
    Check,
    CommandContext,
    Condition,
    DeviceError,
    DeviceInfo,
    DocumentScanner,
    MediaError,
    MisconfiguredError,
    NotPresentError,
    Preview,
    Progress,
    Recovery,
    ScanCard,
    ScannedCard,
    ScannedPage,
    ScannerTraits,
    ScanPage,
    StartPreview,
    Status,
    StopPreview,
    Verdict,
    checked,
)
from drivers.document_scanner.card_copy import (
    card_trouble,
    only_card,
    other_side,
    scanned_card,
    side_trouble,
)
from drivers.document_scanner.page_quality import PageWarning
from drivers.document_scanner.page_scan import (
    PageScan,
    encode_png,
    encode_thumbnail,
    scan_picture,
)
from drivers.document_scanner.page_shape import PageFormat
from drivers.document_scanner.page_sheet import arranged, drawn

_STATUS_S: Final = 1.0
_STILL: Final = 0.008
"""A page that moved less than this part of its diagonal between two looks lies still."""
_LONGEST_PREVIEW_S: Final = 600.0
_PREVIEW_WIDTH: Final = 800
_SPARE_S: Final = 1.5
"""Time kept for encoding before the deadline."""

_REFUSED: Final = {
    PageWarning.BLUR: "media.blurred",
    PageWarning.GLARE: "media.glare",
    PageWarning.TOO_DARK: "media.too_dark",
    PageWarning.CUT_OFF: "media.cut_off",
    PageWarning.COVERED: "media.covered",
}
"""What the resident can put right at once, and the code under which it is asked for."""


_Obstacle = Callable[[Sequence[PageScan]], MediaError | None]
"""Returns what stands in the way of taking what was found."""


class OverheadCamera(DocumentScanner):
    """One overhead camera.

    ``device``: ``"0"`` or ``/dev/video0``, ``http://…`` (motion JPEG), or a recording. ``size``: e.g.
    ``"3264x2448"``; empty for the largest. ``patience_s``: how long to wait for a page that is there, still
    and clear. ``refuses``: a page that is blurred, lost in a reflection, too dark, cut off or covered ends
    in a ``MediaError`` that says so; else it is given with its warnings.
    Raises ``MisconfiguredError`` for a device or a size that can never be one.
    """

    capabilities = (
        "scan_page",
        "scan_card",
        "start_preview",
        "stop_preview",
        "straightens",
        "two_cards",
    )

    def __init__(
        self,
        slot: str,
        *,
        device: str = "0",
        size: str = "",
        patience_s: float = 4.0,
        refuses: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(slot)
        self._frames = CameraFrames(str(device), _size(size))
        self._patience_s = float(patience_s)
        self._refuses = refuses
        self._clock = clock
        self._feed: CameraFeed | None = None
        self._seen_at = 0.0

    @property
    def info(self) -> DeviceInfo:
        """A camera tells nothing but where it is."""
        return DeviceInfo(model=self._frames.device)

    def open(self, context: CommandContext) -> None:
        """Open the camera and prove that a frame comes."""
        if self._running_feed() is None:
            self._frames.open(context)

    def close(self) -> None:
        """End the preview, wipe its pictures, let the camera go."""
        feed, self._feed = self._feed, None
        if feed is not None:
            feed.stop()
        self._frames.close()

    def status(self, context: CommandContext) -> Status:
        """Ask for a frame and throw it away. Whether a page lies below is not looked at."""
        asked = CommandContext.within(context.remaining_s(_STATUS_S), self._clock)
        feed = self._running_feed()
        try:
            if feed is None:
                self._frames.alive(asked)
            elif feed.trouble is not None:
                raise feed.trouble
        except NotPresentError as error:
            return Status(Condition.NO_DEVICE, error.code, error.recovery)
        except DeviceError as error:
            return Status(Condition.OFFLINE, error.code, error.recovery)
        return Status(Condition.ONLINE, details=ScannerTraits(sees=True).as_details())

    def scan_page(self, command: ScanPage, context: CommandContext) -> ScannedPage:
        """Wait for a page that lies still, straighten it, and put two cards on one A4.

        Progress: ``page.looking``, ``page.scanning``. Raises ``MediaError``: ``media.no_documents`` when no
        page was seen in the patience, or what the resident can put right (``media.blurred``, ``.glare``,
        ``.too_dark``, ``.cut_off``, ``.covered``). After cancel, deadline or unplug nothing is kept.
        """
        context.on_progress(Progress("page.looking"))
        scans = self._steady(command, context, _fault)
        if not scans:
            raise MediaError("media.no_documents")
        if self._refuses and (fault := _fault(scans)) is not None:
            raise fault
        context.on_progress(Progress("page.scanning"))
        context.check()
        picture, resolution = _as_one_picture(scans, command.resolution_dpi)
        png = encode_png(picture)
        context.check()
        return ScannedPage(
            png,
            picture.shape[1],
            picture.shape[0],
            resolution,
            tuple(scan.placed() for scan in scans),
            encode_thumbnail(picture),
        )

    def scan_card(self, command: ScanCard, context: CommandContext) -> ScannedCard:
        """Wait for one card that lies still, turned over since ``other`` was taken.

        Progress: ``page.looking``, ``page.scanning``; a patient one also tells what stands in the way. Raises
        ``MediaError`` as :meth:`scan_page` and ``DocumentScanner`` say. After cancel, deadline or unplug
        nothing is kept.
        """
        before = None if command.surely_other else other_side(command)

        def obstacle(scans: Sequence[PageScan]) -> MediaError | None:
            if (trouble := card_trouble(scans)) is not None:
                return trouble
            card = only_card(scans)
            fault = _fault((card,)) if self._refuses else None
            return fault or side_trouble(card.straight.picture, before)

        context.on_progress(Progress("page.looking"))
        scans = self._steady(command, context, obstacle)
        if (trouble := obstacle(scans)) is not None:
            raise trouble
        context.on_progress(Progress("page.scanning"))
        context.check()
        return scanned_card(only_card(scans), command)

    def start_preview(self, command: StartPreview, context: CommandContext) -> Preview:
        """Begin a preview or prolong the running one; see :class:`Camera`.

        While a page is waited for, what was found is outlined in the preview.
        """
        until = context.clock() + min(command.longest_s, _LONGEST_PREVIEW_S)
        feed = self._running_feed()
        if feed is None:
            self.close()
            feed = self._feed = CameraFeed(self._frames, until, context.clock)
            feed.start()
        try:
            feed.until = until
            return feed.preview(_PREVIEW_WIDTH, context)
        except DeviceError:
            self.close()
            raise

    def stop_preview(self, command: StopPreview, context: CommandContext) -> None:
        """End the preview; see :class:`Camera`."""
        del command, context
        self.close()

    def self_test(self, context: CommandContext) -> Sequence[Check]:
        """Cameras know no self-test; a frame is what can be tried."""
        return (checked("gives_frames", lambda: self._picture(context), self._clock),)

    def diagnose(self, context: CommandContext) -> Sequence[Check]:
        """Open it, take a whole frame, and see whether there is light."""
        opens = checked("opens", lambda: self.open(context), self._clock)
        if opens.verdict is not Verdict.PASS:
            return (opens,)
        seen: list[Picture] = []
        frame = checked("gives_frames", lambda: seen.append(self._picture(context)), self._clock)
        if not seen:
            return opens, frame
        brightness = float(np.percentile(seen[0], 95))
        light = (
            Check("has_light", Verdict.PASS)
            if brightness > 60  # noqa: PLR2004 - a lit table of any colour reaches this somewhere
            else Check("has_light", Verdict.UNKNOWN, "camera.dark", "clear")
        )
        return opens, frame, light

    # --- looking ----------------------------------------------------------------------------------

    def _steady(
        self, command: ScanPage | ScanCard, context: CommandContext, obstacle: _Obstacle
    ) -> tuple[PageScan, ...]:
        """Return the first clear look at pages that lie still, or the best one within the patience."""
        left = context.remaining_s() - _SPARE_S
        end = self._clock() + (left if command.patient else min(self._patience_s, left))
        if self._running_feed() is None and not self._frames.is_recording:
            # Opened anew, it has no pictures of before in its buffers: those of the last resident's papers.
            self._frames.close()
        try:
            return self._looked_at_until(end, command, context, obstacle)
        finally:
            if (feed := self._running_feed()) is not None:
                feed.outline(())

    def _looked_at_until(
        self,
        end: float,
        command: ScanPage | ScanCard,
        context: CommandContext,
        obstacle: _Obstacle,
    ) -> tuple[PageScan, ...]:
        best: tuple[PageScan, ...] = ()
        best_rank = (False, 0, 0, 0.0)
        before: tuple[PageScan, ...] = ()
        hint = "page.looking"
        while True:
            context.check()
            picture = self._picture(context)
            now = scan_picture(picture, resolution_dpi=command.resolution_dpi)
            self._outline(now, picture)
            trouble = obstacle(now)
            if command.patient and (news := _hint(now, trouble)) != hint:
                hint = news
                context.on_progress(Progress(hint))
            if now and (not best or _rank(now, trouble) >= best_rank):
                best, best_rank = now, _rank(now, trouble)
            if now and trouble is None and _lies_still(before, now):
                return now
            before = now
            if self._clock() >= end:
                return best

    def _picture(self, context: CommandContext) -> Picture:
        """Return a picture of now, from the preview if one runs."""
        feed = self._running_feed()
        if feed is None:
            return self._frames.fresh(context)
        taken = feed.newer_than(self._seen_at, context)
        self._seen_at = taken.taken_at
        return taken.picture

    def _outline(self, scans: Sequence[PageScan], picture: Picture) -> None:
        feed = self._running_feed()
        if feed is not None:
            size = (picture.shape[1], picture.shape[0])
            feed.outline(
                tuple(
                    tuple((float(x), float(y)) for x, y in scan.found.points / size)
                    for scan in scans
                )
            )

    def _running_feed(self) -> CameraFeed | None:
        feed = self._feed
        return feed if feed is not None and feed.is_running else None


def _size(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    width, cross, height = text.partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise MisconfiguredError("camera.bad_size")
    return int(width), int(height)


def _hint(scans: Sequence[PageScan], trouble: MediaError | None) -> str:
    """Return what the resident can do: what stands in the way, closer, still, or that nothing lies there."""
    if not scans:
        return "page.looking"
    if trouble is not None:
        return trouble.code
    is_far = any(PageWarning.LOW_RESOLUTION in scan.quality.warnings for scan in scans)
    return "page.closer" if is_far else "page.hold_still"


def _fault(scans: Sequence[PageScan]) -> MediaError | None:
    """Return the first thing that spoils one of these pages and can be put right; nothing when they are clear."""
    for scan in scans:
        for warning in scan.quality.warnings:
            if warning in _REFUSED:
                return MediaError(_REFUSED[warning], recovery=Recovery.NONE)
    return None


def _faults(scans: Sequence[PageScan]) -> int:
    return sum(warning in _REFUSED for scan in scans for warning in scan.quality.warnings)


def _rank(scans: Sequence[PageScan], trouble: MediaError | None) -> tuple[bool, int, int, float]:
    sharp = sum(scan.quality.sharpness or 0.0 for scan in scans) / len(scans)
    return trouble is None, -_faults(scans), len(scans), sharp


def _lies_still(before: Sequence[PageScan], now: Sequence[PageScan]) -> bool:
    if len(before) != len(now):
        return False
    for old, new in zip(before, now, strict=True):
        one, other = old.found.points, new.found.points
        diagonal = float(np.linalg.norm(other[2] - other[0]))
        if float(np.abs(one - other).max()) > _STILL * diagonal:
            return False
    return True


def _as_one_picture(scans: Sequence[PageScan], resolution_dpi: int) -> tuple[Picture, int]:
    """Give a page as it is, cards on a sheet of A4; of several pages the largest."""
    cards = [scan.straight for scan in scans if scan.found.format is PageFormat.ID1]
    if cards and len(cards) == len(scans):
        return drawn(arranged(cards[:2])[0], resolution_dpi), resolution_dpi
    largest = max(scans, key=lambda scan: scan.straight.picture.size)
    picture = largest.straight.picture
    per_mm = picture.shape[1] / largest.straight.size_mm[0]
    return picture, round(per_mm * 25.4)
