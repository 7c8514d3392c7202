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
from typing import IO, Final

from drivers.core import (
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
    ScannedPage,
    ScannedSheets,
    ScanPage,
    ScanSheets,
    Status,
    UnsupportedError,
    Verdict,
)
from drivers.document_scanner.sheet_pipes import SheetPipes, TooMuchError
from drivers.document_scanner.whole_png import CutShortError, whole_size

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
    e.g. ``Flatbed`` and ``ADF``); without ``source`` its default serves, without ``feeder`` it has none.
    """

    def __init__(
        self,
        slot: str,
        *,
        device: str,
        config_dir: str = "",
        source: str = "",
        feeder: str = "",
        program: str = "scanimage",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(slot)
        self.capabilities = ("scan_page", "scan_sheets") if feeder else ("scan_page",)
        self._device = device
        self._config_dir = config_dir
        self._source = source
        self._feeder = feeder
        self._program = program
        self._clock = clock
        self._child: subprocess.Popen[bytes] | None = None
        self._closings = 0

    @property
    def info(self) -> DeviceInfo:
        """SANE tells nothing but the name before a scan."""
        return DeviceInfo(model=self._device)

    def open(self, context: CommandContext) -> None:
        """Prove that SANE can open the device, without scanning."""
        if self._run(["--dont-scan"], context):
            raise ProtocolError("scan.nonsense")  # it was told to say nothing

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
            self.open(asked)
        except NotPresentError as error:
            return Status(Condition.NO_DEVICE, error.code, error.recovery)
        except (MediaError, HardwareFaultError) as error:
            return Status(Condition.USER_ERROR, error.code, error.recovery)
        except DeviceError as error:
            return Status(Condition.OFFLINE, error.code, error.recovery)
        return Status(Condition.ONLINE)

    def scan_page(self, command: ScanPage, context: CommandContext) -> ScannedPage:
        """Scan one page in colour; see :class:`DocumentScanner`."""
        context.on_progress(Progress("page.scanning"))
        picture = self._run(_options(command.resolution_dpi, self._source), context)
        return _page(picture, command.resolution_dpi)

    def scan_sheets(self, command: ScanSheets, context: CommandContext) -> ScannedSheets:
        """Scan all sheets of the feeder; see :class:`DocumentScanner`."""
        if not self._feeder:
            raise UnsupportedError
        context.on_progress(Progress("page.scanning"))

        def count(number: int) -> None:
            context.on_progress(Progress("page.scanning", number))

        def has_ended() -> bool:
            context.check()
            return child.poll() is not None

        with tempfile.TemporaryDirectory(prefix="hall24-feeder-") as folder:  # pipes, no pictures
            pipes = SheetPipes(Path(folder), command.most, most_bytes=_MAX_PICTURE_BYTES)
            options = [*_options(command.resolution_dpi, self._feeder), *pipes.options]
            try:
                with self._running(options, context, subprocess.DEVNULL) as child:
                    pictures = pipes.collect(has_ended=has_ended, on_sheet=count)
            except TooMuchError:
                raise ProtocolError("scan.too_large") from None
        if child.returncode not in (_GOOD, _NO_DOCS):
            _raise_for(child.returncode, whole_sheets=len(pictures))
        if pipes.unfinished or not pictures:
            _raise_for(child.returncode, whole_sheets=len(pictures))
            # scanimage leaves with status 0 from its handler of signals, too: nobody knows what happened.
            raise ProtocolError("scan.truncated", params={"whole_sheets": len(pictures)})
        is_empty = True if len(pictures) < command.most else None
        pages = tuple(_page(picture, command.resolution_dpi) for picture in pictures)
        return ScannedSheets(pages, feeder_is_empty=is_empty)

    def self_test(self, context: CommandContext) -> Sequence[Check]:
        """SANE knows no self-test; opening is what can be tried without paper."""
        return (self._try_open(context),)

    def diagnose(self, context: CommandContext) -> Sequence[Check]:
        """Is SANE installed, does the device open."""
        if shutil.which(self._program) is None:
            return (Check("sane_installed", Verdict.FAIL, "scan.no_sane", "configure"),)
        return (Check("sane_installed", Verdict.PASS), self._try_open(context))

    def _try_open(self, context: CommandContext) -> Check:
        started = self._clock()
        try:
            self.open(context)
        except DeviceError as error:
            spent = int((self._clock() - started) * 1000)
            return Check("opens", Verdict.FAIL, error.code, error.recovery.value, spent)
        return Check("opens", Verdict.PASS, elapsed_ms=int((self._clock() - started) * 1000))

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


def _options(resolution_dpi: int, source: str) -> list[str]:
    asked = ["--format=png", "--mode=Color", f"--resolution={resolution_dpi}"]
    return (
        [f"--source={source}", *asked] if source else asked
    )  # the source first: it may limit others


def _page(picture: bytes, resolution_dpi: int) -> ScannedPage:
    try:
        width, height = whole_size(picture)
    except CutShortError:
        raise ProtocolError("scan.truncated") from None
    return ScannedPage(picture, width, height, resolution_dpi)


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
