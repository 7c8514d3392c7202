# SPDX-License-Identifier: Apache-2.0
"""A camera that looks at the person: a USB video camera, a network camera, or a recording.

It streams only while a preview or a capture runs, so its lamp tells the truth. Pictures live in this
process and in the preview's shared memory, nowhere else, and are overwritten when they are done with.

No USB camera has been tried here (the machines that built this have none); network cameras and recordings
go through the same code from the first frame on.
"""

from __future__ import annotations

import errno
import threading
from collections import Counter
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from drivers.camera.camera_frames import CameraFrames
from drivers.camera.clean_memory import overwrite_freed_memory
from drivers.camera.face_adapters import (
    Comparison,
    ComparisonAdapter,
    LivenessAdapter,
    NoFaceComparison,
    NoLivenessDetection,
    detector_from,
)
from drivers.camera.face_gate import FaceGate, FaceHint, FaceVerdict, head_and_shoulders
from drivers.camera.feed import CameraFeed, TakenPicture
from drivers.camera.frame_ring import FrameWriter
from drivers.camera.picture import Picture
from drivers.camera.v4l2_node import ask_node
from drivers.core import (
    Camera,
    CapturedFace,
    CaptureFace,
    Check,
    CommandContext,
    Condition,
    DeadlineError,
    DeviceError,
    DeviceInfo,
    FaceError,
    HardwareFaultError,
    MisconfiguredError,
    NotPresentError,
    Preview,
    Progress,
    Recovery,
    StartPreview,
    Status,
    StopPreview,
    Verdict,
    checked,
    condition_after,
)

GOOD_IN_A_ROW: Final = 3
"""So many good pictures one after another: the person stands still and means it."""
EXAMINE_EVERY_S: Final = 0.12
_LONGEST_PREVIEW_S: Final = 600.0
_JPEG_QUALITY: Final = 92


class UvcCamera(Camera):
    """The camera at ``device``: ``0``, ``/dev/video0``, ``/dev/v4l/by-id/…``, ``http://…`` or a recording.

    ``width`` and ``height`` are asked of a USB camera, which takes the nearest it has; the preview is no
    wider than ``preview_width`` pixels. ``face_model`` is the operator's YuNet file; without it the cascades
    that OpenCV ships look for faces. ``liveness`` and ``comparison`` take the place of the defaults, which are none;
    ``details`` of the status name both.

    ``status`` does not start a USB camera: then ``details`` say ``checked: node_only``. Error codes besides
    the common ones: ``face.*``, ``camera.no_frames``, ``camera.stalled``, ``camera.not_a_camera``,
    ``camera.model_missing``, ``camera.no_memory``.
    """

    capabilities = ("start_preview", "stop_preview", "capture_face")

    def __init__(
        self,
        slot: str,
        *,
        device: str | int = "0",
        width: int = 1280,
        height: int = 720,
        preview_width: int = 640,
        face_model: str = "",
        liveness: LivenessAdapter | None = None,
        comparison: ComparisonAdapter | None = None,
    ) -> None:
        super().__init__(slot)
        if min(width, height, preview_width) < 1:
            raise ValueError("sizes are at least one pixel")
        self._frames = CameraFrames(str(device), (width, height))
        self._preview_width = preview_width
        self._face_model = face_model
        self._liveness = liveness or NoLivenessDetection()
        self._comparison = comparison or NoFaceComparison()
        self._gate: FaceGate | None = None
        self._lock = threading.Lock()
        self._feed: CameraFeed | None = None
        self._info = DeviceInfo(simulated=self._frames.is_recording)

    @property
    def info(self) -> DeviceInfo:
        """The model is what the kernel calls it, once asked; a recording says that it is none."""
        return self._info

    def open(self, context: CommandContext) -> None:
        """Prove that a picture comes, and stop streaming again. Raises ``DeviceError``."""
        if self._running_feed() is not None:
            return
        self._find(context)
        try:
            self._frames.alive(context)
        finally:
            self._frames.close()

    def close(self) -> None:
        """End preview and capture, wipe, let the camera go."""
        with self._lock:
            feed, self._feed = self._feed, None
        if feed is not None:
            feed.stop()
        self._frames.close()

    def status(self, context: CommandContext) -> Status:
        """Tell how the camera is; see the class for what is not tried while nobody uses it."""
        feed = self._running_feed()
        try:
            if feed is not None:
                if feed.trouble is not None:
                    raise feed.trouble
                checked = "pictures"
            elif self._frames.is_node:
                self._find(context)
                checked = "node_only"
            else:
                self.open(context)
                checked = "pictures"
        except DeviceError as trouble:
            return Status(condition_after(trouble), code=trouble.code, recovery=trouble.recovery)
        is_shown = feed is not None and feed.ring is not None
        return Status(
            Condition.ONLINE,
            details={
                "checked": checked,
                "preview": "on" if is_shown else "off",
                "liveness_by": self._liveness.name,
                "comparison_by": self._comparison.name,
            },
        )

    # --- verbs ------------------------------------------------------------------------------------

    def start_preview(self, command: StartPreview, context: CommandContext) -> Preview:
        """Begin a preview or prolong the running one; see :class:`Camera`."""
        until = context.clock() + min(command.longest_s, _LONGEST_PREVIEW_S)
        feed = self._running_feed()
        if feed is None:
            feed = self._start_feed(until, context)
        try:
            feed.until = until
            return feed.preview(self._preview_width, context)
        except DeviceError:
            self.close()
            raise

    def stop_preview(self, command: StopPreview, context: CommandContext) -> None:
        """End the preview; see :class:`Camera`."""
        del command, context
        self.close()

    def capture_face(self, command: CaptureFace, context: CommandContext) -> CapturedFace:
        """Wait for good pictures of one face; see :class:`Camera`."""
        gate = self._loaded_gate()
        context.on_progress(Progress("face.waiting"))
        feed = self._running_feed()
        is_own = feed is None
        if feed is None:
            feed = self._start_feed(context.deadline, context)
        feed.until = max(feed.until, context.deadline)
        good: list[tuple[FaceVerdict, Picture]] = []
        try:
            self._look(feed, gate, good, context)
            return self._captured(good, command)
        finally:
            for _verdict, picture in good:
                picture[:] = 0
            if is_own:
                self.close()

    def self_test(self, context: CommandContext) -> Sequence[Check]:
        """Take a picture."""
        return [checked("picture", lambda: self._prove(context), context.clock)]

    def diagnose(self, context: CommandContext) -> Sequence[Check]:
        """Go from the place of the camera to a picture to the finding of faces."""
        there = checked("camera_there", lambda: self._find(context), context.clock)
        if there.verdict is not Verdict.PASS:
            skipped = (
                Check(name, Verdict.SKIPPED) for name in ("picture", "face_gate", "kept_from_swap")
            )
            return [there, *skipped]
        picture = checked("picture", lambda: self._prove(context), context.clock)
        gate = checked("face_gate", self._loaded_gate, context.clock)
        return [there, picture, gate, _swap_check()]

    # --- pieces of the verbs ----------------------------------------------------------------------

    def _look(
        self,
        feed: CameraFeed,
        gate: FaceGate,
        good: list[tuple[FaceVerdict, Picture]],
        context: CommandContext,
    ) -> None:
        """Examine pictures until enough good ones came in a row; they are left in ``good``."""
        seen: Counter[FaceHint] = Counter()
        last_hint: FaceHint | None = None
        last_time = 0.0
        while len(good) < GOOD_IN_A_ROW:
            try:
                taken: TakenPicture = feed.newer_than(last_time + EXAMINE_EVERY_S, context)
            except DeadlineError:
                _raise_hint(seen)
                raise
            last_time = taken.taken_at
            verdict = gate.examine(taken.picture)
            seen[verdict.hint] += 1
            if verdict.hint is not last_hint:
                last_hint = verdict.hint
                context.on_progress(Progress(verdict.hint.code))
            if verdict.is_good:
                good.append((verdict, taken.picture))
                continue
            for _verdict, picture in [*good, (verdict, taken.picture)]:
                picture[:] = 0
            good.clear()
        context.check()

    def _captured(
        self, good: list[tuple[FaceVerdict, Picture]], command: CaptureFace
    ) -> CapturedFace:
        """Make the result of the sharpest."""
        alive = self._liveness.judge([picture for _verdict, picture in good])
        verdict, picture = max(good, key=lambda each: each[0].sharpness or 0.0)
        height, width = picture.shape[:2]
        face = verdict.face
        if face is None:  # pragma: no cover - a good verdict has one
            raise FaceError
        part = head_and_shoulders(face, width, height)
        head = picture[part.y : part.y + part.height, part.x : part.x + part.width]
        compared = self._compared(head, command.reference)
        return CapturedFace(
            _packed(head) if command.with_picture else b"",
            part.width,
            part.height,
            liveness_by=self._liveness.name,
            liveness_assurance=self._liveness.assurance.value,
            alive=alive,
            comparison_by=self._comparison.name,
            comparison_assurance=self._comparison.assurance.value,
            same=compared.same,
        )

    def _compared(self, head: Picture, reference: bytes) -> Comparison:
        """Compare with the reference; one that is missing or no picture leaves it at "not compared"."""
        packed = np.frombuffer(reference, np.uint8)
        other = cv2.imdecode(packed, cv2.IMREAD_COLOR) if reference else None
        if other is None:
            return Comparison()
        known = np.asarray(other, dtype=np.uint8)
        compared = self._comparison.compare(head, known)
        known[:] = 0
        return compared

    def _running_feed(self) -> CameraFeed | None:
        with self._lock:
            return self._feed if self._feed is not None and self._feed.is_running else None

    def _start_feed(self, until: float, context: CommandContext) -> CameraFeed:
        """Begin to stream. Whatever ran before is ended first."""
        context.check()
        self.close()
        overwrite_freed_memory()
        feed = CameraFeed(self._frames, until, context.clock)
        with self._lock:
            self._feed = feed
            feed.start()
        return feed

    def _loaded_gate(self) -> FaceGate:
        """Return the gate; loaded on first use, since a preview alone does not need it."""
        if self._gate is None:
            # One core is enough for a face, and the screen needs the other.
            cv2.setNumThreads(1)
            self._gate = FaceGate(detector_from(self._face_model))
        return self._gate

    def _find(self, context: CommandContext) -> None:
        """Tell that a camera is there, without starting it. Raises ``DeviceError``."""
        self._frames.find(context)
        if not self._frames.is_node:
            return
        try:
            node = ask_node(self._frames.device)
        except OSError as failure:
            if failure.errno in {errno.ENOTTY, errno.EINVAL}:
                raise MisconfiguredError("camera.not_a_camera") from None
            raise NotPresentError from None
        self._info = DeviceInfo(model=node.name)
        if not node.gives_pictures:
            raise MisconfiguredError("camera.not_a_camera")

    def _prove(self, context: CommandContext) -> None:
        feed = self._running_feed()
        if feed is None:
            self.open(context)
        else:
            feed.newer_than(context.clock(), context).picture[:] = 0


def _packed(head: Picture) -> bytes:
    done, packed = cv2.imencode(".jpg", head, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not done:  # pragma: no cover - OpenCV encodes every picture of bytes
        raise HardwareFaultError("camera.no_frames", recovery=Recovery.SOFTWARE)
    jpeg = packed.tobytes()
    packed[:] = 0
    return jpeg


def _raise_hint(seen: Counter[FaceHint]) -> None:
    """Raise what stood in the way most of the time; nothing when no picture was bad."""
    bad = Counter({hint: count for hint, count in seen.items() if hint is not FaceHint.OK})
    if bad:
        raise FaceError(bad.most_common(1)[0][0].code)


def _swap_check() -> Check:
    """Tell whether pictures are kept from swap here: the limit on locked memory may forbid it."""
    ring = FrameWriter(640, 480)
    is_locked = ring.is_locked
    ring.close()
    if is_locked:
        return Check("kept_from_swap", Verdict.PASS)
    return Check("kept_from_swap", Verdict.UNKNOWN, "camera.not_locked")
