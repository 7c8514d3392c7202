# SPDX-License-Identifier: Apache-2.0
"""A scanner behind SANE, through its own command ``scanimage``.

SANE keeps global state in a process and loads vendor plug-ins into it, so each scan is a child process
that may crash or hang alone. The picture comes through a pipe and never touches the disk. The exit
status of ``scanimage`` is the SANE status; a picture counts only with status 0 and a whole PNG.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
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
    ScannedPage,
    ScanPage,
    Status,
    Verdict,
)

# SANE_Status of the SANE standard 1.06, §4.2.7.
_GOOD, _CANCELLED, _BUSY, _INVAL, _JAMMED, _NO_DOCS, _COVER_OPEN, _IO_ERROR = 0, 2, 3, 4, 6, 7, 8, 9
_NOT_OPENED: Final = 1
"""``scanimage``'s own status when the device could not be opened at all."""

_PNG_START: Final = b"\x89PNG\r\n\x1a\n"
_PNG_END: Final = b"IEND\xaeB`\x82"
_PNG_SIZE: Final = struct.Struct(">II")
_SLICE_S: Final = 0.05
_STATUS_S: Final = 3.0
_MAX_PICTURE_BYTES: Final = 200 * 1024 * 1024


class SaneScanner(DocumentScanner):
    """One SANE device.

    ``device`` is SANE's name, e.g. ``airscan:e0:KioskScan``; ``config_dir`` a private SANE_CONFIG_DIR that
    lists only the wanted backends (looking for all of them takes seconds).
    """

    capabilities = ("scan_page",)

    def __init__(
        self,
        slot: str,
        *,
        device: str,
        config_dir: str = "",
        program: str = "scanimage",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(slot)
        self._device = device
        self._config_dir = config_dir
        self._program = program
        self._clock = clock
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def info(self) -> DeviceInfo:
        """SANE tells nothing but the name before a scan."""
        return DeviceInfo(model=self._device)

    def open(self, context: CommandContext) -> None:
        """Prove that SANE can open the device, without scanning."""
        self._run(["--dont-scan"], context)

    def close(self) -> None:
        """End a scan on its way."""
        child = self._child
        if child is not None and child.poll() is None:
            child.kill()

    def status(self, context: CommandContext) -> Status:
        """Open the device without scanning. Whether paper lies on the glass SANE cannot tell."""
        asked = CommandContext.within(context.remaining_s(_STATUS_S), self._clock)
        try:
            self._run(["--dont-scan"], asked)
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
        picture = self._run(
            ["--format=png", "--mode=Color", f"--resolution={command.resolution_dpi}"], context
        )
        if not picture.startswith(_PNG_START) or not picture.endswith(_PNG_END):
            raise ProtocolError("scan.truncated")
        width, height = _PNG_SIZE.unpack_from(picture, 16)
        return ScannedPage(picture, width, height, command.resolution_dpi)

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
        """Run the command and return its output. The one seam where SANE's statuses become ours."""
        context.check()
        environment = dict(os.environ)
        if self._config_dir:
            environment["SANE_CONFIG_DIR"] = self._config_dir
        try:
            child = subprocess.Popen(
                [self._program, f"--device-name={self._device}", *options],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
        except OSError as error:
            raise MisconfiguredError("scan.no_sane") from error
        self._child = child
        try:
            output = self._collect(child, context)
        finally:
            if child.poll() is None:
                child.kill()
            child.wait()
            self._child = None
        _raise_for(child.returncode)
        return output

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


def _raise_for(status: int) -> None:
    if status == _GOOD:
        return
    if status < 0 or status == _CANCELLED:
        raise DeadlineError("scan.ended")
    errors: dict[int, DeviceError] = {
        _NOT_OPENED: NotPresentError(),
        _BUSY: NotReadyError("scan.busy"),
        _INVAL: NotPresentError(),
        _JAMMED: MediaError("media.jam"),
        _NO_DOCS: MediaError("media.no_documents"),
        _COVER_OPEN: MediaError("media.cover_open"),
        _IO_ERROR: HardwareFaultError("scan.io_error"),
    }
    raise errors.get(status, ProtocolError("scan.status", params={"status": status}))
