# SPDX-License-Identifier: Apache-2.0
"""A scanner behind SANE, through its own command ``scanimage``.

SANE keeps global state in a process and loads vendor plug-ins into it, so each scan is a child process
that may crash or hang alone. Pictures come through pipes and never touch the disk. The exit status of
``scanimage`` is the SANE status. One page counts only with status 0 and every row of a whole PNG; how the
sheets of a feeder are told is in ``sheet_pipes``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from drivers.core import (
    CARD_DPI_FACTOR,
    Check,
    CommandContext,
    Condition,
    DeadlineError,
    DeviceError,
    DeviceInfo,
    DocumentScanner,
    HardwareFaultError,
    MediaError,
    MisconfiguredError,
    NotPresentError,
    NotReadyError,
    Progress,
    ProtocolError,
    Recovery,
    ScanCard,
    ScannedCard,
    ScannedPage,
    ScannedSheets,
    ScannerTraits,
    ScanPage,
    ScanSheets,
    SheetScanned,
    Status,
    UnsupportedError,
    Verdict,
    checked,
)
from drivers.document_scanner.scanner_options import AS_REPORTED, ScannerOptions, read_options
from drivers.document_scanner.sheet_pipes import SheetPipes, TooMuchError
from drivers.document_scanner.whole_png import CutShortError, whole_size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# SANE_Status of the SANE standard 1.06, §4.2.7.
_GOOD, _CANCELLED, _BUSY, _INVAL, _JAMMED, _NO_DOCS, _COVER_OPEN, _IO_ERROR = 0, 2, 3, 4, 6, 7, 8, 9
_NOT_OPENED: Final = 1
"""``scanimage``'s own status when the device could not be opened at all."""

_KILLED: Final = (-9, -15)
_SLICE_S: Final = 0.05
_STATUS_S: Final = 3.0
_MAX_PICTURE_BYTES: Final = 200 * 1024 * 1024
"""Of one page, and of all sheets of one batch together."""


class SaneScanner(DocumentScanner):
    """One SANE device.

    ``device`` is SANE's name, e.g. ``airscan:e0:KioskScan``; ``config_dir`` a private SANE_CONFIG_DIR that
    lists only the wanted backends (looking for all of them takes seconds). ``source`` and ``feeder`` are the
    device's own names of the place for one page and of the feeder (``scanimage --all-options`` lists them,
    e.g. ``Flatbed`` and ``ADF``). Left as they are, the device's own list of options tells; an empty
    ``feeder`` says that it has none.
    """

    def __init__(
        self,
        slot: str,
        *,
        device: str,
        config_dir: str = "",
        source: str = "",
        feeder: str = AS_REPORTED,
        program: str = "scanimage",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(slot)
        both = ("scan_page", "scan_card")
        self.capabilities = (*both, "scan_sheets") if feeder else both
        self._device = device
        self._config_dir = config_dir
        self._source = source
        self._feeder = feeder
        self._options: ScannerOptions | None = None
        self._program = program
        self._clock = clock
        self._child: subprocess.Popen[bytes] | None = None
        self._closings = 0

    @property
    def info(self) -> DeviceInfo:
        """SANE tells nothing but the name before a scan."""
        return DeviceInfo(model=self._device)

    def open(self, context: CommandContext) -> None:
        """Prove that SANE can open the device, without scanning, and read what it can do."""
        self._learnt(context, anew=True)

    def close(self) -> None:
        """End a scan on its way; it raises ``NotPresentError`` (``dev.closed``) in its own thread."""
        self._closings += 1
        child = self._child
        if child is not None and child.poll() is None:
            child.kill()

    def status(self, context: CommandContext) -> Status:
        """Open the device without scanning. Whether paper lies on the glass SANE cannot tell."""
        asked = CommandContext.within(context.remaining_s(_STATUS_S), self._clock)
        try:
            options = self._learnt(asked, anew=True)
        except NotPresentError as error:
            return Status(Condition.NO_DEVICE, error.code, error.recovery)
        except (MediaError, HardwareFaultError) as error:
            return Status(Condition.USER_ERROR, error.code, error.recovery)
        except DeviceError as error:
            return Status(Condition.OFFLINE, error.code, error.recovery)
        traits = ScannerTraits(
            sees=False,
            has_feeder=bool(self._feeder_of(options)),
            scans_both_sides=bool(self._both_sides_of(options)),
        )
        return Status(Condition.ONLINE, details=traits.as_details())

    def scan_page(self, command: ScanPage, context: CommandContext) -> ScannedPage:
        """Scan one page in colour; see :class:`DocumentScanner`."""
        context.on_progress(Progress("page.scanning"))
        return _page(self._one_picture(command.resolution_dpi, context), command.resolution_dpi)

    def scan_card(self, command: ScanCard, context: CommandContext) -> ScannedCard:
        """Scan the glass and cut the one card out that lies on it; see :class:`DocumentScanner`."""
        context.on_progress(Progress("page.scanning"))
        fine = round(command.resolution_dpi * CARD_DPI_FACTOR)
        png = self._one_picture(fine, context)
        _whole(png)
        # See _decoded.
        from drivers.document_scanner.card_copy import card_on_glass, scanned_card  # noqa: PLC0415

        picture = _decoded(png)
        context.check()
        card = card_on_glass(picture, fine, command.resolution_dpi)
        context.check()
        return scanned_card(card, command)

    def scan_sheets(self, command: ScanSheets, context: CommandContext) -> ScannedSheets:
        """Scan all sheets of the feeder; see :class:`DocumentScanner`."""
        chosen = self._stack_options(command, context)
        context.on_progress(Progress("page.scanning"))
        given = 0

        def give(picture: bytes) -> None:
            nonlocal given
            page = _page(picture, command.resolution_dpi, given)
            given += 1
            context.on_progress(SheetScanned("page.scanning", given, page=page))

        def has_ended() -> bool:
            context.check()
            return child.poll() is not None

        with tempfile.TemporaryDirectory(prefix="hall24-feeder-") as folder:  # pipes, no pictures
            pipes = SheetPipes(Path(folder), command.most, most_bytes=_MAX_PICTURE_BYTES)
            options = [*_options(command.resolution_dpi, *chosen), *pipes.options]
            try:
                with self._running(options, context, subprocess.DEVNULL) as child:
                    pipes.collect(has_ended=has_ended, on_sheet=give)
            except TooMuchError:
                raise ProtocolError("scan.too_large", params={"whole_sheets": given}) from None
        if child.returncode not in (_GOOD, _NO_DOCS):
            _raise_for(child.returncode, whole_sheets=given)
        if pipes.unfinished or not given:
            _raise_for(child.returncode, whole_sheets=given)
            # scanimage leaves with status 0 from its handler of signals, too: nobody knows what happened.
            raise ProtocolError("scan.truncated", params={"whole_sheets": given})
        return ScannedSheets(given, feeder_is_empty=True if given < command.most else None)

    def self_test(self, context: CommandContext) -> Sequence[Check]:
        """SANE knows no self-test; opening is what can be tried without paper."""
        return (self._try_open(context),)

    def diagnose(self, context: CommandContext) -> Sequence[Check]:
        """Is SANE installed, does the device open."""
        if shutil.which(self._program) is None:
            return (Check("sane_installed", Verdict.FAIL, "scan.no_sane", "configure"),)
        return (Check("sane_installed", Verdict.PASS), self._try_open(context))

    def _try_open(self, context: CommandContext) -> Check:
        return checked("opens", lambda: self.open(context), self._clock)

    def _learnt(self, context: CommandContext, *, anew: bool = False) -> ScannerOptions:
        """Return what the device says that it can do; opens it, without scanning."""
        if anew or self._options is None:
            self._options = None
            listed = self._run(["--all-options"], context)
            if b"--" not in listed:
                raise ProtocolError("scan.nonsense")  # every device has some option
            self._options = read_options(listed)
        return self._options

    def _feeder_of(self, options: ScannerOptions) -> str:
        return options.feeder if self._feeder == AS_REPORTED else self._feeder

    def _both_sides_of(self, options: ScannerOptions) -> tuple[str, ...]:
        feeder = self._feeder_of(options)
        return options.both_sides(feeder) if feeder else ()

    def _one_picture(self, resolution_dpi: int, context: CommandContext) -> bytes:
        source = self._source or self._learnt(context).flatbed
        return self._run(_options(resolution_dpi, *_source(source)), context)

    def _stack_options(self, command: ScanSheets, context: CommandContext) -> tuple[str, ...]:
        """Return what makes the device take from its feeder; raises ``UnsupportedError``."""
        if not self._feeder:
            raise UnsupportedError
        if self._feeder != AS_REPORTED and not command.both_sides:
            return _source(self._feeder)
        options = self._learnt(context)
        feeder = self._feeder_of(options)
        chosen = self._both_sides_of(options) if command.both_sides else _source(feeder)
        if not chosen:
            raise UnsupportedError
        return chosen

    def _run(self, options: list[str], context: CommandContext) -> bytes:
        """Run the command to its end and return its output."""
        with self._running(options, context, subprocess.PIPE) as child:
            output = self._collect(child, context)
        _raise_for(child.returncode)
        return output

    @contextmanager
    def _running(
        self, options: list[str], context: CommandContext, output: int
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Start the command; afterwards it has ended, by itself or by force."""
        context.check()
        environment = dict(os.environ)
        if self._config_dir:
            environment["SANE_CONFIG_DIR"] = self._config_dir
        try:
            child = subprocess.Popen(
                [self._program, f"--device-name={self._device}", *options],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
        except OSError as error:
            raise MisconfiguredError("scan.no_sane") from error
        began = self._closings
        self._child = child
        try:
            yield child
        finally:
            if child.poll() is None:
                child.kill()
            child.wait()
            self._child = None
        if self._closings != began and child.returncode in _KILLED:
            raise NotPresentError("dev.closed", recovery=Recovery.RESET)

    def _collect(self, child: subprocess.Popen[bytes], context: CommandContext) -> bytes:
        """Read all output while watching the clock; a thread reads, because the pipe may stay silent."""
        stream = child.stdout
        if stream is None:
            raise ProtocolError("scan.no_output")
        chunks: list[bytes] = []
        reader = threading.Thread(
            target=_read_all, args=(stream, chunks), name="scan-reader", daemon=True
        )
        reader.start()
        try:
            while reader.is_alive():
                context.check()
                reader.join(context.remaining_s(_SLICE_S))
            while child.poll() is None:
                context.pause(_SLICE_S)
        finally:
            if child.poll() is None:
                child.kill()
            reader.join()
            stream.close()
        return b"".join(chunks)


def _read_all(stream: IO[bytes], chunks: list[bytes]) -> None:
    total = 0
    while total < _MAX_PICTURE_BYTES and (chunk := stream.read(65536)):
        chunks.append(chunk)
        total += len(chunk)


def _source(name: str) -> tuple[str, ...]:
    return (f"--source={name}",) if name else ()


def _options(resolution_dpi: int, *chosen: str) -> list[str]:
    # The source first: it may limit the others.
    return [*chosen, "--format=png", "--mode=Color", f"--resolution={resolution_dpi}"]


def _page(picture: bytes, resolution_dpi: int, whole_sheets: int = 0) -> ScannedPage:
    width, height = _whole(picture, whole_sheets)
    return ScannedPage(picture, width, height, resolution_dpi, thumbnail=_thumbnail(picture))


def _whole(picture: bytes, whole_sheets: int = 0) -> tuple[int, int]:
    try:
        return whole_size(picture)
    except CutShortError:
        raise ProtocolError("scan.truncated", params={"whole_sheets": whole_sheets}) from None


def _decoded(png: bytes) -> NDArray[np.uint8]:
    # OpenCV costs memory and time that a process which only watches its scanner does not have.
    from drivers.document_scanner.page_scan import PictureError, decode  # noqa: PLC0415

    try:
        return decode(png)
    except PictureError:
        raise ProtocolError("scan.truncated") from None


def _thumbnail(png: bytes) -> bytes:
    from drivers.document_scanner.page_scan import encode_thumbnail  # noqa: PLC0415 - see above

    return encode_thumbnail(_decoded(png))


def _raise_for(status: int, **params: int) -> None:
    """Raise what the exit status means. The one seam where SANE's statuses become ours."""
    if status == _GOOD:
        return
    if status in _KILLED or status == _CANCELLED:
        raise DeadlineError("scan.ended")
    if status < 0:
        raise ProtocolError("scan.crashed", params={"signal": -status})
    errors: dict[int, DeviceError] = {
        _NOT_OPENED: NotPresentError(),
        _BUSY: NotReadyError("scan.busy"),
        _INVAL: NotPresentError(),
        _JAMMED: MediaError("media.jam", params=params),
        _NO_DOCS: MediaError("media.no_documents", params=params),
        _COVER_OPEN: MediaError("media.cover_open", params=params),
        _IO_ERROR: HardwareFaultError("scan.io_error"),
    }
    raise errors.get(status, ProtocolError("scan.status", params={"status": status}))
