# SPDX-License-Identifier: Apache-2.0
"""espeak-ng as a process of its own, fed line by line: what it says next is the next line.

To be silent at once the process is killed; the next words start another (some 20 ms).
"""

from __future__ import annotations

import shutil
import subprocess
from contextlib import suppress
from typing import Final

from kiosk.voice.engine import Language, NoVoiceError, Utterance, VoiceLostError
from kiosk.voice.reading import as_pinyin, one_line

_VOICES: Final[dict[Language, str]] = {"zh": "cmn-latn-pinyin", "en": "en"}
_WORDS_A_MINUTE: Final = 160
_SLOW_WORDS_A_MINUTE: Final = 115


class Espeak:
    """One voice at one rate is one process. Raises :class:`NoVoiceError` when the program is not here."""

    def __init__(self, program: str = "espeak-ng") -> None:
        self.name = "espeak-ng"
        found = shutil.which(program)
        if found is None:
            raise NoVoiceError
        self._program = found
        self._process: subprocess.Popen[bytes] | None = None
        self._command: list[str] = []

    def command(self, utterance: Utterance) -> list[str]:
        """Return the command that says such words, given to it as lines on its standard input."""
        rate = _SLOW_WORDS_A_MINUTE if utterance.slow else _WORDS_A_MINUTE
        return [self._program, "-v", _VOICES[utterance.language], "-s", str(rate)]

    def say(self, utterance: Utterance) -> None:
        """Give the words to the process that speaks so, or to a new one."""
        command = self.command(utterance)
        running = self._process is not None and self._process.poll() is None
        if not running or command != self._command:
            self.hush()
            self._start(command)
        process = self._process
        if process is None or process.stdin is None:
            raise VoiceLostError
        try:
            process.stdin.write(f"{written(utterance)}\n".encode())
            process.stdin.flush()
        except OSError as error:
            raise VoiceLostError from error

    def hush(self) -> None:
        """Kill the process: what it has not said is not said."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        if process.stdin is not None:
            with suppress(OSError):  # what was not read yet cannot be flushed any more
                process.stdin.close()

    def close(self) -> None:
        """Be silent and let go."""
        self.hush()

    def _start(self, command: list[str]) -> None:
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise VoiceLostError from error
        self._command = command


def written(utterance: Utterance) -> str:
    """Return the one line that this voice reads."""
    chinese = utterance.language == "zh"
    return one_line(as_pinyin(utterance.text) if chinese else utterance.text)
