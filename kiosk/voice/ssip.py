# SPDX-License-Identifier: Apache-2.0
"""speech-dispatcher over SSIP, its line protocol.

A client sends a line and gets lines that begin with a number: ``123-more`` until ``123 last``; 2xx is yes. The
text of ``SPEAK`` ends with a line of one dot, and a dot at the beginning of a line is doubled. Source: the
SSIP manual of speech-dispatcher; tried with 0.11.4.

Said and forgotten: ``225`` means queued, and whether sound came out of the machine is not known here.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from kiosk.voice.engine import Language, NoVoiceError, Utterance, VoiceLostError
from kiosk.voice.reading import as_pinyin, one_line

_ANSWER_S: Final = 2.0
_LONGEST_LINE: Final = 4096
_MOST_LINES: Final = 1000
_SLOW: Final = -35
"""Of -100 … 100, where 0 is the engine's usual rate."""
_LANGUAGES: Final[Mapping[Language, str]] = {"zh": "zh", "en": "en"}
_PINYIN: Final = "cmn-latn-pinyin"


def usual_address(environment: Mapping[str, str] = os.environ) -> str:
    """Return where speech-dispatcher listens: what ``SPEECHD_ADDRESS`` says, else the user's own socket."""
    given = environment.get("SPEECHD_ADDRESS", "")
    kind, _, rest = given.partition(":")
    if rest and kind in {"unix_socket", "inet_socket"}:
        return rest
    runtime = environment.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    return str(Path(runtime) / "speech-dispatcher" / "speechd.sock")


class SpeechDispatcher:
    """One connection. ``address`` is the path of a socket, or ``HOST:PORT``.

    Raises :class:`NoVoiceError` when nobody listens there or it is no speech-dispatcher.
    """

    def __init__(self, address: str) -> None:
        self.name = "speech-dispatcher"
        self._language: str = ""
        self._slow: bool | None = None
        try:
            self._socket = _connected(address)
        except (OSError, ValueError) as error:
            raise NoVoiceError from error
        self._lines = self._socket.makefile("rb")
        try:
            self._ask("SET SELF CLIENT_NAME hall24:kiosk:voice")
            module = " ".join(self._ask("GET OUTPUT_MODULE"))
            self._by_pinyin = "espeak" in module
            # What is new replaces what is old; nothing of other programs is cut off.
            self._ask("SET SELF PRIORITY MESSAGE")
        except VoiceLostError as error:
            self.close()
            raise NoVoiceError from error

    def say(self, utterance: Utterance) -> None:
        """Queue the words after what this connection has queued."""
        chinese = utterance.language == "zh"
        pinyin = self._by_pinyin and chinese
        language = _PINYIN if pinyin else _LANGUAGES[utterance.language]
        if language != self._language:
            self._ask(f"SET SELF LANGUAGE {language}")
            self._language = language
        if utterance.slow is not self._slow:
            self._ask(f"SET SELF RATE {_SLOW if utterance.slow else 0}")
            self._slow = utterance.slow
        text = one_line(as_pinyin(utterance.text) if pinyin else utterance.text)
        if not text:
            return
        self._ask("SPEAK")
        self._ask(f".{text}\r\n." if text.startswith(".") else f"{text}\r\n.")

    def hush(self) -> None:
        """Cut off and empty this connection's queue."""
        self._ask("CANCEL SELF")

    def close(self) -> None:
        """Say goodbye; what is queued is cut off."""
        with suppress(OSError):
            self._socket.sendall(b"CANCEL SELF\r\nQUIT\r\n")
        # The file holds the socket open as long as it is open itself.
        with suppress(OSError):
            self._lines.close()
        self._socket.close()

    def _ask(self, line: str) -> list[str]:
        """Send a line and return what comes before the last line of the answer."""
        told: list[str] = []
        try:
            self._socket.sendall(f"{line}\r\n".encode())
            while len(told) < _MOST_LINES:
                answer = self._lines.readline(_LONGEST_LINE).decode("utf-8", "replace").rstrip()
                if answer[3:4] == "-":
                    told.append(answer[4:])
                elif answer.startswith("2") and answer[:3].isdecimal():
                    return told
                else:
                    break
        except (OSError, ValueError) as error:
            raise VoiceLostError from error
        raise VoiceLostError


def _connected(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    if host and port.isdecimal():
        return socket.create_connection((host, int(port)), timeout=_ANSWER_S)
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(_ANSWER_S)
        connection.connect(address)
    except BaseException:
        connection.close()
        raise
    return connection
