# SPDX-License-Identifier: Apache-2.0
"""The face gate on drawn pictures: one hint each, at every size of picture, and no face where none is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.camera.face_gate import Box, FaceGate, FaceHint, GateRules, head_and_shoulders
from drivers.sim.drawn_face import SCENES, DrawnFace, Scene, draw_scene
from kiosk.words import knows, say

EXPECTED = {
    "face": FaceHint.OK,
    "no_face": FaceHint.NO_FACE,
    "two_faces": FaceHint.MANY_FACES,
    "far": FaceHint.TOO_SMALL,
    "aside": FaceHint.OFF_CENTRE,
    "blurred": FaceHint.BLURRED,
    "dark": FaceHint.TOO_DARK,
    "bright": FaceHint.TOO_BRIGHT,
    "eyes_closed": FaceHint.EYES_CLOSED,
}
SIZES = [
    pytest.param((640, 480), id="640x480"),
    pytest.param((1280, 720), id="1280x720", marks=pytest.mark.slow),
    pytest.param((720, 1280), id="720x1280", marks=pytest.mark.slow),
]


@pytest.fixture(scope="module")
def gate() -> FaceGate:
    return FaceGate()


def test_every_hint_has_a_scene() -> None:
    assert set(EXPECTED) == set(SCENES)
    assert set(EXPECTED.values()) == set(FaceHint)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SCENES)
def test_each_scene_gives_its_hint(gate: FaceGate, name: str, size: tuple[int, int]) -> None:
    hints = {gate.examine(draw_scene(SCENES[name], number, *size)).hint for number in range(3)}
    assert hints == {EXPECTED[name]}


def test_a_good_verdict_tells_where_the_face_is(gate: FaceGate) -> None:
    verdict = gate.examine(draw_scene(SCENES["face"]))
    assert verdict.is_good
    assert verdict.face is not None
    middle = verdict.face.x + verdict.face.width / 2, verdict.face.y + verdict.face.height / 2
    assert middle == pytest.approx((320, 240), abs=20)


@pytest.mark.parametrize("size", [0.8, 1.0, 1.2])
def test_faces_near_and_less_near_are_good(gate: FaceGate, size: float) -> None:
    assert gate.examine(draw_scene(Scene((DrawnFace(size=size),)))).is_good


def test_somebody_far_behind_is_not_a_second_person(gate: FaceGate) -> None:
    scene = Scene((DrawnFace(size=1.1), DrawnFace(x=0.52, y=-0.2, size=0.4)))
    assert gate.examine(draw_scene(scene)).is_good


def test_the_rules_decide_and_can_be_set() -> None:
    strict = FaceGate(rules=GateRules(least_face=0.9))
    assert strict.examine(draw_scene(SCENES["face"])).hint is FaceHint.TOO_SMALL


@settings(max_examples=25)
@given(level=st.integers(0, 255), noise=st.integers(0, 60), seed=st.integers(0, 99))
def test_nobody_is_found_in_noise(gate: FaceGate, level: int, noise: int, seed: int) -> None:
    grain = np.random.default_rng(seed).normal(level, noise, (240, 320, 3))
    verdict = gate.examine(np.clip(grain, 0, 255).astype(np.uint8))
    assert verdict.face is None
    assert verdict.hint in {FaceHint.NO_FACE, FaceHint.TOO_DARK, FaceHint.TOO_BRIGHT}


@given(
    face=st.builds(
        Box, st.integers(0, 600), st.integers(0, 400), st.integers(20, 500), st.integers(20, 500)
    )
)
def test_what_is_cut_out_lies_in_the_picture_and_holds_the_face(face: Box) -> None:
    part = head_and_shoulders(face, 640, 480)
    assert part.x >= 0
    assert part.y >= 0
    assert part.x + part.width <= 640
    assert part.y + part.height <= 480
    assert part.x <= face.x
    assert part.x + part.width >= min(640, face.x + face.width)


@pytest.mark.parametrize("hint", FaceHint)
def test_every_hint_is_said_and_shown_in_both_languages(hint: FaceHint) -> None:
    assert knows(hint.code)
    assert len(say(hint.code)) <= 20
    assert say(f"{hint.code}.say", "en").endswith(".")
    assert say(f"{hint.code}.say").endswith("。")
