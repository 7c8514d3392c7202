# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.voice.engine import Engine, NoVoiceError, Utterance, VoiceLostError
from kiosk.voice.reading import as_pinyin
from kiosk.voice.ssip import SpeechDispatcher
from kiosk.voice.voice import RETRY_S, Voice
from tests.voice.ssip_double import SsipDouble


class Mouth:
    """An engine that notes what it is asked; may be lost, or take its time."""

    def __init__(self, name: str = "mouth") -> None:
        self.name = name
        self.heard: list[str] = []
        self.lost = False
        self.closed = False
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def say(self, utterance: Utterance) -> None:
        if self.lost:
            raise VoiceLostError
        self.heard.append(utterance.text)
        self.may_go_on.wait(60)

    def hush(self) -> None:
        self.heard.append("-")

    def close(self) -> None:
        self.closed = True


class Stage:
    """A voice, its mouths, and what it told."""

    def __init__(self, *mouths: Mouth, clock: Any) -> None:
        self.mouths = list(mouths)
        self.told: list[str] = []
        self.voice = Voice([self._open], self.told.append, clock)

    def _open(self) -> Engine:
        while self.mouths and self.mouths[0].lost:
            self.mouths.pop(0)
        if not self.mouths:
            raise NoVoiceError
        return self.mouths[0]


@pytest.fixture
def stage(clock: Any) -> Iterator[Callable[..., Stage]]:
    made: list[Stage] = []

    def make(*mouths: Mouth) -> Stage:
        made.append(Stage(*mouths, clock=clock))
        made[-1].voice.start()
        return made[-1]

    yield make
    for each in made:
        each.voice.stop()


def test_new_words_cut_off_the_old_and_what_follows_waits(
    stage: Callable[..., Stage], eventually: Callable[..., None]
) -> None:
    mouth = Mouth()
    voice = stage(mouth).voice
    voice.say(Utterance("page"))
    voice_order = ["-", "page", "control"]
    voice.say(Utterance("control", append=True))
    eventually(lambda: mouth.heard == voice_order)
    voice.say(Utterance("next"))
    eventually(lambda: mouth.heard == [*voice_order, "-", "next"])


def test_nobody_waits_for_an_engine_that_takes_its_time(
    stage: Callable[..., Stage], eventually: Callable[..., None]
) -> None:
    mouth = Mouth()
    mouth.may_go_on.clear()
    voice = stage(mouth).voice
    voice.say(Utterance("0"))
    eventually(lambda: "0" in mouth.heard)
    for number in range(1, 200):
        voice.say(Utterance(str(number)))
    assert mouth.heard == ["-", "0"]  # all of them were taken while it still spoke
    mouth.may_go_on.set()
    eventually(lambda: mouth.heard == ["-", "0", "-", "199"])


def test_where_one_engine_is_lost_the_next_says_the_same_words(
    stage: Callable[..., Stage], eventually: Callable[..., None]
) -> None:
    first, second = Mouth("first"), Mouth("second")
    scene = stage(first, second)
    eventually(lambda: scene.told == ["first"])
    first.lost = True
    scene.voice.say(Utterance("important"))
    eventually(lambda: second.heard == ["important"])
    assert scene.told == ["first", "second"]
    assert first.closed


def test_without_an_engine_words_are_dropped_and_it_is_said_once(
    stage: Callable[..., Stage], eventually: Callable[..., None], clock: Any
) -> None:
    scene = stage()
    eventually(lambda: scene.told == [""])
    scene.voice.say(Utterance("nobody hears"))
    mouth = Mouth("late")
    scene.mouths.append(mouth)
    clock.advance(RETRY_S + 1)
    scene.voice.say(Utterance("now somebody does"))
    eventually(lambda: "now somebody does" in mouth.heard)
    assert scene.told == ["", "late"]
    assert "nobody hears" not in mouth.heard


def test_the_end_is_silent_and_leaves_nothing(stage: Callable[..., Stage]) -> None:
    mouth = Mouth()
    scene = stage(mouth)
    scene.voice.say(Utterance("long"))
    scene.voice.stop()
    assert mouth.closed


def test_a_daemon_that_dies_and_comes_back_speaks_again(
    tmp_path: Path, eventually: Callable[..., None], clock: Any
) -> None:
    told: list[str] = []
    path = tmp_path / "speechd.sock"
    double = SsipDouble(path)
    voice = Voice([lambda: SpeechDispatcher(str(path))], told.append, clock)
    voice.start()
    try:
        eventually(lambda: told == ["speech-dispatcher"])
        double.close()
        voice.say(Utterance("lost", "en"))
        eventually(lambda: told == ["speech-dispatcher", ""])
        double = SsipDouble(path)
        clock.advance(RETRY_S + 1)
        voice.say(Utterance("here", "en"))
        eventually(lambda: double.spoken == ["here"])
    finally:
        voice.stop()
        double.close()


def test_pinyin_has_tones_and_pauses_and_leaves_the_rest() -> None:
    assert as_pinyin("您好，12月4日前") == "nin2 hao3 , 12 yue4 4 ri4 qian2"
    assert as_pinyin("重新签名") == "chong2 xin1 qian1 ming2"
