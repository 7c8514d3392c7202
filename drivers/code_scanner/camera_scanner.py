# SPDX-License-Identifier: Apache-2.0
"""A camera that looks for codes, for machines without a scanner of their own.

It streams only while somebody is to show a code, so its lamp tells the truth. A picture lives for one look
and is overwritten; what else it shows (hands, faces) is not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from drivers.camera.camera_frames import CameraFrames
from drivers.code_scanner.code_text import MAX_CODE_BYTES
from drivers.code_scanner.image_codes import chosen_formats, read_frame
from drivers.core import (
    Check,
    CodeError,
    CodeScanner,
    CommandContext,
    Condition,
    DeadlineError,
    DeviceError,
    DeviceInfo,
    NotReadyError,
    Progress,
    Recovery,
    ScanCode,
    ScannedCode,
    Status,
    Verdict,
    checked,
    condition_after,
)

STALLED_S: Final = 1.0
"""No picture for so long: the camera hangs."""
_MOST_LOOKS_A_SECOND: Final = 15.0
"""Nobody holds a telephone so short a time that more would help, and the screen needs the processor."""


class CameraScanner(CodeScanner):
    """The camera at ``device``: ``0``, ``/dev/video0``, ``/dev/v4l/by-id/…``, ``http://…`` or a recording.

    ``formats`` are the kinds of symbols to look for, names as in ``ScannedCode.format``, with commas between.
    ``width`` and ``height`` are asked of a USB camera, which takes the nearest it has.

    ``scan_code`` ends within 100 ms of a cancel. A frame with two different codes is passed over: nobody
    knows which is meant. ``status`` does not start a USB camera: then ``details`` say
    ``checked: node_only``. Error codes besides the common ones: ``code.none``, ``code.too_long``,
    ``code.not_text``, ``code.unknown_format``, ``camera.no_frames``, ``camera.stalled``,
    ``camera.not_a_camera``.
    """

    capabilities = ("scan_code",)

    def __init__(
        self,
        slot: str,
        *,
        device: str | int = "0",
        formats: str = "QRCode",
        width: int = 1280,
        height: int = 720,
        model: str = "",
    ) -> None:
        super().__init__(slot)
        if min(width, height) < 1:
            raise ValueError("sizes are at least one pixel")
        self._frames = CameraFrames(str(device), (width, height))
        self._formats = tuple(name.strip() for name in formats.split(",") if name.strip())
        chosen_formats(self._formats)
        self._info = DeviceInfo(model=model, simulated=self._frames.is_recording)

    @property
    def info(self) -> DeviceInfo:
        """The model is the configuration's; a recording says that it is none."""
        return self._info

    def open(self, context: CommandContext) -> None:
        """Prove that a picture comes, and stop streaming again. Raises ``DeviceError``."""
        try:
            self._frames.alive(context)
        finally:
            self._frames.close()

    def close(self) -> None:
        """Let the camera go; ends a scan that runs."""
        self._frames.close()

    def status(self, context: CommandContext) -> Status:
        """Tell how the camera is; see the class for what is not tried while nobody uses it."""
        try:
            if self._frames.is_node:
                self._frames.find(context)
                how = "node_only"
            else:
                self.open(context)
                how = "pictures"
        except DeviceError as trouble:
            return Status(condition_after(trouble), code=trouble.code, recovery=trouble.recovery)
        return Status(Condition.ONLINE, details={"checked": how})

    def scan_code(self, command: ScanCode, context: CommandContext) -> ScannedCode:
        """Wait for a code until the deadline; see :class:`CodeScanner`."""
        del command
        context.check()
        context.on_progress(Progress("code.waiting"))
        found: ScannedCode | None = None
        try:
            while found is None:
                found = self._one_look(context)
        except DeadlineError:
            raise CodeError("code.none") from None
        self._frames.close()
        return found

    def self_test(self, context: CommandContext) -> Sequence[Check]:
        """Take a picture."""
        return [checked("picture", lambda: self.open(context), context.clock)]

    def diagnose(self, context: CommandContext) -> Sequence[Check]:
        """Go from the place of the camera to a picture."""
        there = checked("camera_there", lambda: self._frames.find(context), context.clock)
        if there.verdict is not Verdict.PASS:
            return [there, Check("picture", Verdict.SKIPPED)]
        return [there, checked("picture", lambda: self.open(context), context.clock)]

    def _one_look(self, context: CommandContext) -> ScannedCode | None:
        """Take one picture and return its code, if there is one and no other beside it.

        After any error the camera is let go, or told to end where it hangs: nobody waits for that.
        """
        started = context.clock()
        patience = CommandContext(
            min(context.deadline, started + STALLED_S), context.clock, context.cancelled
        )
        try:
            picture = self._frames.fresh(patience)
        except DeadlineError:
            context.check()
            raise NotReadyError("camera.stalled", recovery=Recovery.RESET) from None
        try:
            code = _only_code(read_frame(picture, self._formats))
            picture[:] = 0
            if code is None:
                context.pause(max(0.0, started + 1 / _MOST_LOOKS_A_SECOND - context.clock()))
        except DeviceError:
            picture[:] = 0
            self._frames.close()
            raise
        return code


def _only_code(codes: Sequence[ScannedCode]) -> ScannedCode | None:
    """Return the one that is shown; ``None`` for none, or when nobody knows which is meant."""
    found = {code.data: code for code in codes}
    if len(found) != 1:
        return None
    [code] = found.values()
    if len(code.data) > MAX_CODE_BYTES:
        raise CodeError.because("code.too_long", most=MAX_CODE_BYTES)
    if code.text is None:
        raise CodeError("code.not_text")
    return code
