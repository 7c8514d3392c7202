# SPDX-License-Identifier: Apache-2.0
"""A camera that sees drawn faces: motion JPEG over HTTP, which the driver reads as any network camera.

It stands in for a USB camera, whose kernel module cannot be played here: USB itself is not part of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import cv2

from drivers.sim.drawn_face import SCENES, draw_scene
from drivers.sim.mjpeg_camera import MjpegCameraSimulator
from drivers.sim.simulator import ActionError, Value

_MOVES: Final = 6
"""So many different frames a scene has; they follow each other in a loop."""


class FaceCameraSimulator(MjpegCameraSimulator):
    """A network camera in front of a wall; see :class:`drivers.sim.simulator.Simulator`.

    Actions, besides those of its base: each of :data:`drivers.sim.drawn_face.SCENES` by its name, and
    ``scene NAME``.
    """

    def __init__(
        self,
        name: str = "camera",
        port: int = 0,
        *,
        fps: float = 20,
        size: tuple[int, int] = (640, 480),
    ) -> None:
        super().__init__(name, port, fps=fps)
        self._size = size
        self._scene = "no_face"
        self._drawn: dict[str, list[bytes]] = {}
        self._drawing = threading.Lock()
        self._shown = self._frames_of(self._scene)
        self._number = 0

    def actions(self) -> Mapping[str, Callable[..., object]]:
        """Name what can be done."""
        scenes: dict[str, Callable[..., object]] = {
            name: (lambda name=name: self.scene(name)) for name in SCENES
        }
        base = super().actions()
        rest = {key: base[key] for key in base if key not in {"show", "clear"}}
        return {**scenes, "scene": self.scene, **rest}

    def state(self) -> Mapping[str, Value]:
        """Tell how it is."""
        return {**super().state(), "scene": self._scene}

    def scene(self, name: str) -> str:
        """Let the camera see this scene. Raises ``ActionError``."""
        if name not in SCENES:
            raise ActionError(f"scenes: {', '.join(SCENES)}")
        frames = self._frames_of(name)
        with self._lock:
            self._scene, self._shown = name, frames
        return name

    def _next_jpeg(self) -> bytes:
        self._number += 1
        return self._shown[self._number % _MOVES]

    def _frames_of(self, name: str) -> list[bytes]:
        with self._drawing:
            if name not in self._drawn:
                self._drawn[name] = [_jpeg(name, number, self._size) for number in range(_MOVES)]
            return self._drawn[name]


def write_recording(folder: Path, scene: str, frames: int = 12) -> str:
    """Write a scene as numbered pictures; return what the driver's ``device`` option takes."""
    for number in range(frames):
        (folder / f"f{number:03d}.jpg").write_bytes(_jpeg(scene, number, (640, 480)))
    return str(folder / "f%03d.jpg")


def _jpeg(name: str, number: int, size: tuple[int, int]) -> bytes:
    picture = draw_scene(SCENES[name], number, *size)
    _done, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])
    return packed.tobytes()
