# SPDX-License-Identifier: Apache-2.0
"""Adapters say what they are not, and never more than they have."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.camera.face_adapters import (
    Assurance,
    NoFaceComparison,
    NoLivenessDetection,
    SFaceComparison,
    YuNetDetector,
    detector_from,
)
from drivers.core import MisconfiguredError
from drivers.sim.drawn_face import SCENES, draw_scene
from kiosk.words import say


def test_the_defaults_answer_nothing_and_say_so_in_name_and_text() -> None:
    face = draw_scene(SCENES["face"])
    liveness, comparison = NoLivenessDetection(), NoFaceComparison()
    assert liveness.judge([face, face]) is None
    assert comparison.compare(face, face).same is None
    assert {liveness.assurance, comparison.assurance} == {Assurance.NONE}
    assert liveness.name == "no_liveness_detection"
    assert comparison.name == "no_face_comparison"
    assert "不" in say(f"face.adapter.{liveness.name}")
    assert "not" in say(f"face.adapter.{comparison.name}", "en")


def test_an_uncertified_comparison_proves_nothing() -> None:
    assert SFaceComparison.assurance is Assurance.NONE
    assert "未经认证" in say(f"face.adapter.{SFaceComparison.name}")


def test_without_a_model_the_cascades_look() -> None:
    assert detector_from("").name == "haar"


@pytest.mark.parametrize("content", [None, b"", b"no model at all"])
def test_a_model_file_that_is_none_is_a_wrong_configuration(
    tmp_path: Path, content: bytes | None
) -> None:
    model = tmp_path / "model.onnx"
    if content is not None:
        model.write_bytes(content)
    with pytest.raises(MisconfiguredError) as wrong:
        YuNetDetector(model)
    assert wrong.value.code == "camera.model_missing"


@pytest.mark.parametrize("assurance", Assurance)
def test_every_assurance_has_words(assurance: Assurance) -> None:
    assert say(f"face.assurance.{assurance.value}")
