# SPDX-License-Identifier: Apache-2.0
"""Faces made of ellipses, which a cascade takes for faces and nobody takes for a person.

Each scene is one thing that the face gate has to tell from the others. All of it is repeatable: a frame
depends on scene, number and size only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

_WALL: Final[Colour] = (172, 168, 158)
_HAIR: Final[Colour] = (42, 36, 32)
_SKIN: Final[Colour] = (150, 182, 222)
_COAT: Final[Colour] = (120, 84, 60)
_NOISE: Final = 3.0
"""Standard deviation, as a small sensor in a lit room."""


@dataclass(frozen=True, slots=True)
class DrawnFace:
    """Where a face is, as shares of the picture's shorter side, and how its eyes are."""

    x: float = 0.0
    """From the middle, to the right."""
    y: float = 0.0
    size: float = 1.0
    """1: the head fills about half of it."""
    eyes_open: bool = True


@dataclass(frozen=True, slots=True)
class Scene:
    """What is in front of the camera."""

    faces: tuple[DrawnFace, ...] = (DrawnFace(),)
    gain: float = 1.0
    offset: float = 0.0
    blur: float = 0.0
    """Sigma, as a share of the shorter side."""


SCENES: Final[Mapping[str, Scene]] = MappingProxyType(
    {
        "face": Scene(),
        "no_face": Scene(faces=()),
        "two_faces": Scene(
            faces=(DrawnFace(x=-0.25, size=0.68), DrawnFace(x=0.25, y=0.04, size=0.68))
        ),
        "far": Scene(faces=(DrawnFace(size=0.42),)),
        "aside": Scene(faces=(DrawnFace(x=0.26),)),
        "blurred": Scene(blur=0.014),
        "dark": Scene(gain=0.16),
        "bright": Scene(gain=1.25, offset=75),
        "eyes_closed": Scene(faces=(DrawnFace(eyes_open=False),)),
    }
)
"""By the name of the bench's action."""


def draw_scene(scene: Scene, number: int = 0, width: int = 640, height: int = 480) -> Picture:
    """Return frame ``number`` of a scene (BGR): people never stand quite still, sensors never are quiet."""
    random = np.random.default_rng(number + 1)
    picture: Picture = np.full((height, width, 3), _WALL, np.uint8)
    cv2.line(picture, (0, int(height * 0.93)), (width, int(height * 0.9)), (140, 134, 126), 3)
    for face in scene.faces:
        _draw_face(picture, face, random.uniform(-0.006, 0.006, 2))
    if scene.blur:
        picture = cv2.GaussianBlur(picture, (0, 0), scene.blur * min(height, width)).astype(
            np.uint8
        )
    # One row of noise for the whole picture, shifted by random amounts: as good here and ten times as fast.
    noise = random.normal(0, _NOISE, picture.size // 8).astype(np.float32)
    grain = np.concatenate([np.roll(noise, int(random.integers(noise.size))) for _ in range(8)])
    lit = picture.astype(np.float32) * scene.gain + scene.offset + grain.reshape(picture.shape)
    clipped: Picture = np.clip(lit, 0, 255).astype(np.uint8)
    return clipped


def _draw_face(picture: Picture, face: DrawnFace, sway: NDArray[np.float64]) -> None:
    height, width = picture.shape[:2]
    side = min(height, width)
    unit = side / 480 * face.size
    middle_x = width / 2 + (face.x + sway[0]) * side
    middle_y = height / 2 + (face.y + sway[1]) * side

    def spot(x: float, y: float, across: float, down: float, colour: Colour) -> None:
        centre = (round(middle_x + x * unit), round(middle_y + y * unit))
        axes = (max(1, round(across * unit)), max(1, round(down * unit)))
        cv2.ellipse(picture, centre, axes, 0, 0, 360, colour, -1, cv2.LINE_AA)

    spot(0, 225, 150, 110, _COAT)
    spot(0, 110, 34, 50, (138, 168, 206))
    spot(0, -30, 100, 125, _HAIR)
    spot(0, 0, 85, 110, _SKIN)
    for side in (-1, 1):
        _draw_eye(spot, side * 35, is_open=face.eyes_open)
    spot(0, 15, 10, 20, (132, 162, 202))
    spot(0, 32, 14, 6, (112, 138, 178))
    spot(0, 60, 30, 9, (92, 92, 172))


def _draw_eye(
    spot: Callable[[float, float, float, float, Colour], None], x: float, *, is_open: bool
) -> None:
    spot(x, -45, 20, 5, (52, 52, 62))
    if is_open:
        spot(x, -25, 18, 10, (238, 240, 240))
        spot(x, -25, 8, 8, (38, 30, 22))
    else:
        spot(x, -22, 17, 2, (92, 112, 142))
