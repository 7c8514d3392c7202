# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import subprocess
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.voice.engine import NoVoiceError, Utterance
from kiosk.voice.espeak import Espeak, written

_SCRIPT = """#!/bin/sh
echo "start $*" >> {log}
while read -r line; do echo "said $line" >> {log}; done
"""


@pytest.fixture
def recorder(tmp_path: Path) -> tuple[str, Path]:
    """Return a program that writes down how it was started and what it was given to say, and its log."""
    program, log = tmp_path / "speaker", tmp_path / "log"
    program.write_text(_SCRIPT.format(log=log))
    program.chmod(0o755)
    log.touch()
    return str(program), log


def test_what_follows_is_a_further_line_of_the_same_process(
    recorder: tuple[str, Path], eventually: Callable[..., None]
) -> None:
    program, log = recorder
    engine = Espeak(program)
    engine.say(Utterance("请放身份证"))
    engine.say(Utterance("下一步", append=True))
    eventually(lambda: log.read_text().count("said") == 2)
    engine.close()
    assert log.read_text().splitlines() == [
        "start -v cmn-latn-pinyin -s 160",
        "said qing3 fang4 shen1 fen4 zheng4",
        "said xia4 yi1 bu4",
    ]


def test_another_language_or_rate_is_another_process(
    recorder: tuple[str, Path], eventually: Callable[..., None]
) -> None:
    program, log = recorder
    engine = Espeak(program)
    for words in (Utterance("one", "en"), Utterance("two", "en", slow=True)):
        engine.say(words)
        eventually(lambda words=words: f"said {words.text}" in log.read_text())
    engine.close()
    assert log.read_text().count("start -v en") == 2
    assert "-s 115" in log.read_text()


def test_words_are_never_on_the_command_line(recorder: tuple[str, Path]) -> None:
    engine = Espeak(recorder[0])
    assert "secret" not in " ".join(engine.command(Utterance("secret", "en")))
    engine.close()


def test_to_be_silent_ends_the_process_and_the_next_words_start_another(
    recorder: tuple[str, Path], eventually: Callable[..., None]
) -> None:
    program, log = recorder
    engine = Espeak(program)
    for words in ("one", "two"):
        engine.say(Utterance(words, "en"))
        eventually(lambda words=words: f"said {words}" in log.read_text())
        engine.hush()
    engine.close()
    assert log.read_text().count("start") == 2


def test_a_process_that_died_is_started_again(
    recorder: tuple[str, Path], eventually: Callable[..., None]
) -> None:
    program, log = recorder
    engine = Espeak(program)
    engine.say(Utterance("one", "en"))
    eventually(lambda: "said one" in log.read_text())
    process = engine._process
    assert process is not None
    process.kill()
    process.wait()
    engine.say(Utterance("two", "en"))
    eventually(lambda: "said two" in log.read_text())
    engine.close()
    assert process.stdin is not None
    process.stdin.close()


def test_a_program_that_is_not_here_is_no_voice() -> None:
    with pytest.raises(NoVoiceError):
        Espeak("no-such-speaker")


def test_espeak_ng_makes_sound_of_it(tmp_path: Path) -> None:
    target = tmp_path / "said.wav"
    words = Utterance("请把身份证放在亮灯的地方", slow=True)
    subprocess.run(
        [*Espeak().command(words), "-w", str(target)],
        input=f"{written(words)}\n".encode(),
        check=True,
        capture_output=True,
    )
    with wave.open(str(target)) as sound:
        seconds = sound.getnframes() / sound.getframerate()
        loud = max(sound.readframes(sound.getnframes()))
    assert 2 < seconds < 20
    assert loud > 0
