# SPDX-License-Identifier: Apache-2.0
"""Whether somebody is really there, and whether two pictures show the same person: adapters.

Both need certified products, so nothing of the kind is built in. Each adapter has a name and a declared
assurance, which go with every result; the defaults say in both what they are not and answer ``None``
(nobody looked), which must never be taken for a yes.

Detection may use YuNet and comparison SFace where the operator has put their model files on the machine
(they are not shipped). SFace is a comparison without any certificate, so its assurance is ``NONE`` too:
a hint for staff, not a proof. With real model files neither has been tried here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np

from drivers.camera.face_gate import Box, CascadeDetector, FaceDetector
from drivers.camera.picture import Picture
from drivers.core import MisconfiguredError

_SURE: Final = 0.8
_OVERLAP: Final = 0.3
_SAME_COSINE: Final = 0.363
"""The threshold that OpenCV's documentation of SFace gives for the cosine distance."""


class Assurance(StrEnum):
    """What may be concluded from an adapter's answer."""

    NONE = "none"
    DECLARED_BY_VENDOR = "declared_by_vendor"
    CERTIFIED = "certified"


class LivenessAdapter(Protocol):
    """Judges whether a living person was in front of the camera."""

    @property
    def name(self) -> str:
        """Its words are ``face.adapter.NAME``."""
        ...

    @property
    def assurance(self) -> Assurance:
        """What may be concluded."""
        ...

    def judge(self, pictures: Sequence[Picture]) -> bool | None:
        """Judge pictures of one face in their order; ``None``: not judged."""
        ...


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison says; ``None``: not compared."""

    same: bool | None = None
    score: float | None = None


class ComparisonAdapter(Protocol):
    """Compares the faces of two pictures."""

    @property
    def name(self) -> str:
        """Its words are ``face.adapter.NAME``."""
        ...

    @property
    def assurance(self) -> Assurance:
        """What may be concluded."""
        ...

    def compare(self, one: Picture, other: Picture) -> Comparison:
        """Compare two pictures of one face each."""
        ...


class NoLivenessDetection:
    """The default. It is no liveness detection: it looks at nothing and answers ``None``."""

    name: Final = "no_liveness_detection"
    assurance: Final = Assurance.NONE

    def judge(self, pictures: Sequence[Picture]) -> bool | None:
        """Judge nothing."""
        del pictures
        return None


class NoFaceComparison:
    """The default. It is no biometric comparison: it looks at nothing and answers ``None``."""

    name: Final = "no_face_comparison"
    assurance: Final = Assurance.NONE

    def compare(self, one: Picture, other: Picture) -> Comparison:
        """Compare nothing."""
        del one, other
        return Comparison()


class YuNetDetector:
    """Finds faces with the operator's YuNet model. Raises ``MisconfiguredError`` for a file that is none."""

    name: Final = "yunet"

    def __init__(self, model: Path) -> None:
        _require(model)
        try:
            self._detector = cv2.FaceDetectorYN.create(str(model), "", (320, 320), _SURE, _OVERLAP)
        except cv2.error:
            raise MisconfiguredError("camera.model_missing") from None

    def find(self, picture: Picture) -> Sequence[Box]:
        """Return the faces, the largest first."""
        found = [Box(*(round(float(each)) for each in row[:4])) for row in self.rows(picture)]
        return sorted(found, key=lambda box: box.width, reverse=True)

    def rows(self, picture: Picture) -> Sequence[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
        """Return the model's own rows: box, landmarks, score."""
        height, width = picture.shape[:2]
        self._detector.setInputSize((width, height))
        found: Sequence[object] = self._detector.detect(picture)
        faces = found[1]  # None where there is none, whatever OpenCV's types say
        return [row.astype(np.float32) for row in faces] if isinstance(faces, np.ndarray) else []


class SFaceComparison:
    """Compares with the operator's YuNet and SFace models. A hint without certificate, so ``NONE``."""

    name: Final = "sface_comparison"
    assurance: Final = Assurance.NONE

    def __init__(self, detector: YuNetDetector, model: Path) -> None:
        _require(model)
        self._detector = detector
        try:
            self._recogniser = cv2.FaceRecognizerSF.create(str(model), "")
        except cv2.error:
            raise MisconfiguredError("camera.model_missing") from None

    def compare(self, one: Picture, other: Picture) -> Comparison:
        """Compare; ``None`` unless each picture shows exactly one face."""
        features = []
        for picture in (one, other):
            rows = self._detector.rows(picture)
            if len(rows) != 1:
                return Comparison()
            features.append(
                self._recogniser.feature(self._recogniser.alignCrop(picture, rows[0])).copy()
            )
        score = self._recogniser.match(features[0], features[1], cv2.FaceRecognizerSF_FR_COSINE)
        return Comparison(score >= _SAME_COSINE, score)


def detector_from(model: str) -> FaceDetector:
    """Return YuNet for a model file, the cascades for none. Raises ``MisconfiguredError``."""
    if model:
        return YuNetDetector(Path(model))
    try:
        return CascadeDetector()
    except FileNotFoundError:
        raise MisconfiguredError("camera.model_missing") from None


def _require(model: Path) -> None:
    if not model.is_file():
        raise MisconfiguredError("camera.model_missing")
