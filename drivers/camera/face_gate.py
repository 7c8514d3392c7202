# SPDX-License-Identifier: Apache-2.0
"""Is this picture good enough for a check of a face? One hint if not: the one thing to change first.

Pure: a picture goes in, a verdict comes out, nothing is kept. It finds faces; it does not know whose they
are or whether somebody is really there (:mod:`drivers.camera.face_adapters` says who might).

Lengths are shares of the picture's shorter side, and sharpness is measured on a face brought to one size, so the
rules hold for every resolution. Their numbers come from drawn faces; a site may have to adjust them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera.picture import Picture

_SEARCH_SIDE: Final = 256
"""Pictures are brought to this shorter side to look for faces: the cascades need 24 pixels."""
_FACE_PX: Final = 200
"""Faces are brought to this width before sharpness and eyes are looked at."""
_LEAST_SEARCHED: Final = 0.12
_BESIDE: Final = 0.45
"""A face of less than this share of the largest is somebody far behind, not a second person."""
_AGREE: Final = 0.5
_EYES_FROM, _EYES_TO = 0.15, 0.6
"""Where in a face eyes are, from its top."""
_BURNT: Final = 250
_CELL: Final = 8


class FaceHint(StrEnum):
    """What the person could change, or ``OK``."""

    OK = "ok"
    NO_FACE = "no_face"
    MANY_FACES = "many_faces"
    TOO_SMALL = "too_small"
    OFF_CENTRE = "off_centre"
    BLURRED = "blurred"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    EYES_CLOSED = "eyes_closed"

    @property
    def code(self) -> str:
        """The code of progress, errors and words: ``face.too_small`` …."""
        return f"face.{self.value}"


@dataclass(frozen=True, slots=True)
class Box:
    """A face, in pixels of the picture."""

    x: int
    y: int
    width: int
    height: int

    def overlap(self, other: Box) -> float:
        """Return intersection over union."""
        across = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        down = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        common = max(0, across) * max(0, down)
        return common / (self.width * self.height + other.width * other.height - common)

    def scaled(self, by: float) -> Box:
        """Return the same place in a picture ``by`` times as large."""
        return Box(*(round(each * by) for each in (self.x, self.y, self.width, self.height)))


@dataclass(frozen=True, slots=True)
class FaceVerdict:
    """What was seen. ``sharpness`` and ``brightness`` are ``None`` when there was no single face."""

    hint: FaceHint
    face: Box | None = None
    sharpness: float | None = None
    brightness: float | None = None
    eyes_open: bool | None = None

    @property
    def is_good(self) -> bool:
        """Tell whether the picture may be used."""
        return self.hint is FaceHint.OK


@dataclass(frozen=True, slots=True)
class GateRules:
    """What is good enough."""

    least_face: float = 0.3
    """Width of the face, as a share of the picture's shorter side."""
    least_face_px: int = 110
    most_aside: float = 0.16
    """Distance of the face's middle from the picture's, across, as a share of the shorter side."""
    most_up_or_down: float = 0.2
    darkest_face: float = 70.0
    brightest_face: float = 222.0
    most_burnt: float = 0.2
    """Share of the face that is white without any drawing."""
    darkest_room: float = 40.0
    """Mean of a picture in which no face can be found for lack of light."""
    brightest_room: float = 235.0
    least_sharpness: float = 0.09
    """Slope of the steepest edges, with the contrast of the face as 1 and its width as 200 pixels."""


class FaceDetector(Protocol):
    """Finds faces. Not thread-safe."""

    @property
    def name(self) -> str:
        """Of the method, for staff."""
        ...

    def find(self, picture: Picture) -> Sequence[Box]:
        """Return the faces in a picture (BGR), the largest first."""
        ...


class CascadeDetector:
    """What OpenCV ships: two cascades for frontal faces that have to agree. Found upright and frontal only."""

    name: Final = "haar"

    def __init__(self) -> None:
        self._first = load_cascade("haarcascade_frontalface_default.xml")
        self._second = load_cascade("haarcascade_frontalface_alt2.xml")

    def find(self, picture: Picture) -> Sequence[Box]:
        """Return the faces, the largest first."""
        height, width = picture.shape[:2]
        scale = min(1.0, _SEARCH_SIDE / min(height, width))
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)
        if scale < 1.0:
            size = (round(width * scale), round(height * scale))
            grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        least = round(min(grey.shape) * _LEAST_SEARCHED)
        found = [
            Box(*map(int, each))
            for each in self._first.detectMultiScale(grey, 1.15, 5, minSize=(least, least))
        ]
        agreed = [box for box in found if self._agrees(grey, box)]
        agreed.sort(key=lambda box: box.width, reverse=True)
        return [box.scaled(1 / scale) for box in agreed]

    def _agrees(self, grey: NDArray[np.uint8], box: Box) -> bool:
        """Ask the other cascade about that place only."""
        margin = box.width // 4
        left, top = max(0, box.x - margin), max(0, box.y - margin)
        part = grey[top : box.y + box.height + margin, left : box.x + box.width + margin]
        least = round(box.width * 0.6)
        return any(
            box.overlap(Box(int(x) + left, int(y) + top, int(w), int(h))) >= _AGREE
            for x, y, w, h in self._second.detectMultiScale(part, 1.1, 2, minSize=(least, least))
        )


class FaceGate:
    """Applies the rules. Loading takes some 50 ms; not thread-safe."""

    def __init__(
        self, detector: FaceDetector | None = None, rules: GateRules = GateRules()
    ) -> None:
        self._detector = detector or CascadeDetector()
        self._eyes = load_cascade("haarcascade_eye.xml")
        self._rules = rules

    @property
    def detector_name(self) -> str:
        """How faces are found, for staff."""
        return self._detector.name

    def examine(self, picture: Picture) -> FaceVerdict:
        """Return the verdict on one picture (BGR, at least 64 pixels each way)."""
        faces = self._detector.find(picture)
        if not faces:
            return FaceVerdict(self._why_nobody(picture))
        face = faces[0]
        if sum(each.width >= face.width * _BESIDE for each in faces) > 1:
            return FaceVerdict(FaceHint.MANY_FACES)
        near = _normal_face(picture, face)
        sharpness, brightness = _sharpness(near), float(near.mean())
        # One is enough: glasses may hide the other, and some people have one only.
        eyes = len(self._eyes.detectMultiScale(_eye_band(near), 1.1, 2, minSize=(28, 28))) > 0
        hint = self._hint(picture, face, near, sharpness, eyes_open=eyes)
        return FaceVerdict(hint, face, sharpness, brightness, eyes)

    def _why_nobody(self, picture: Picture) -> FaceHint:
        mean = float(picture.mean())
        if mean < self._rules.darkest_room:
            return FaceHint.TOO_DARK
        if mean > self._rules.brightest_room:
            return FaceHint.TOO_BRIGHT
        return FaceHint.NO_FACE

    def _hint(
        self,
        picture: Picture,
        face: Box,
        near: NDArray[np.uint8],
        sharpness: float,
        *,
        eyes_open: bool,
    ) -> FaceHint:
        """Return the first thing to change: where to stand, then the light, then keeping still."""
        height, width = picture.shape[:2]
        side = min(height, width)
        rules = self._rules
        aside = abs(face.x + face.width / 2 - width / 2) / side
        up_or_down = abs(face.y + face.height / 2 - height / 2) / side
        brightness = float(near.mean())
        troubles = (
            (FaceHint.OFF_CENTRE, aside > rules.most_aside or up_or_down > rules.most_up_or_down),
            (
                FaceHint.TOO_SMALL,
                face.width < max(rules.least_face * side, rules.least_face_px),
            ),
            (FaceHint.TOO_DARK, brightness < rules.darkest_face),
            (
                FaceHint.TOO_BRIGHT,
                brightness > rules.brightest_face or _burnt_share(near) > rules.most_burnt,
            ),
            (FaceHint.BLURRED, sharpness < rules.least_sharpness),
            (FaceHint.EYES_CLOSED, not eyes_open),
        )
        return next((hint for hint, is_so in troubles if is_so), FaceHint.OK)


def load_cascade(name: str) -> cv2.CascadeClassifier:
    """Return a cascade that OpenCV 4 ships. Raises ``FileNotFoundError`` (OpenCV 5 has none)."""
    path = Path(getattr(getattr(cv2, "data", None), "haarcascades", "")) / name
    if not path.is_file():
        raise FileNotFoundError(name)
    return cv2.CascadeClassifier(str(path))


def head_and_shoulders(face: Box, width: int, height: int) -> Box:
    """Return what of a picture belongs to the person: the face with half of it around, inside the picture."""
    left, top = max(0, face.x - face.width // 2), max(0, face.y - face.height // 2)
    right = min(width, face.x + face.width + face.width // 2)
    bottom = min(height, face.y + face.height + face.height // 2)
    return Box(left, top, right - left, bottom - top)


def _normal_face(picture: Picture, face: Box) -> NDArray[np.uint8]:
    """Return the face, grey, brought to one size."""
    top, left = max(0, face.y), max(0, face.x)
    part = picture[top : face.y + face.height, left : face.x + face.width]
    grey = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)
    how = cv2.INTER_AREA if face.width > _FACE_PX else cv2.INTER_LINEAR
    return cv2.resize(grey, (_FACE_PX, _FACE_PX), interpolation=how).astype(np.uint8)


def _eye_band(near: NDArray[np.uint8]) -> NDArray[np.uint8]:
    band = near[round(_EYES_FROM * _FACE_PX) : round(_EYES_TO * _FACE_PX)]
    return cv2.GaussianBlur(band, (0, 0), 1.0).astype(np.uint8)


def _sharpness(near: NDArray[np.uint8]) -> float:
    """Return how steep the steepest hundredth of edges is, against the contrast of the face.

    A high percentile, because most of a face is smooth; smoothed first, because grain is no edge.
    """
    smooth = cv2.GaussianBlur(near.astype(np.float32), (0, 0), 1.2)
    slope = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)) / 8
    contrast = float(np.percentile(smooth, 98) - np.percentile(smooth, 2))
    return float(np.percentile(slope, 99)) / max(contrast, 1.0)


def _burnt_share(near: NDArray[np.uint8]) -> float:
    return float((near >= _BURNT).mean())
