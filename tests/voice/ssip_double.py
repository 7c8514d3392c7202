# SPDX-License-Identifier: Apache-2.0
"""A speech-dispatcher on a real socket: queues what it is told to say, and can refuse, fall silent, go away."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

_YES = {
    "CLIENT_NAME": "208 OK CLIENT NAME SET",
    "LANGUAGE": "201 OK LANGUAGE SET",
    "PRIORITY": "202 OK PRIORITY SET",
    "RATE": "203 OK RATE SET",
}


class SsipDouble:
    """Serves one client after the other until it is closed."""

    def __init__(self, path: Path, module: str = "espeak-ng") -> None:
        self.path = path
        self.module = module
        self.greets = True
        self.spoken: list[str] = []
        self.queued: list[str] = []
        self.settings: dict[str, str] = {}
        self.cancelled = 0
        self._clients: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve, name="ssip-double")
        self._thread.start()

    def hang_up(self) -> None:
        """End every connection, as when the daemon dies."""
        for client in self._clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Go away."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self.hang_up()
        self._thread.join()
        self._listener.close()
        self.path.unlink()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._clients.append(client)
            with suppress(OSError), client, client.makefile("rwb") as lines:
                self._talk(lines)

    def _talk(self, lines: IO[bytes]) -> None:
        with suppress(OSError, ValueError):
            while line := lines.readline():
                answer = self._answer(line.decode().rstrip("\r\n"), lines)
                lines.write("".join(f"{part}\r\n" for part in answer).encode())
                lines.flush()

    def _answer(self, line: str, lines: IO[bytes]) -> list[str]:
        match line.split(" ", 3):
            case ["SET", "SELF", name, value] if self.greets:
                self.settings[name] = value
                return [_YES[name]]
            case ["GET", "OUTPUT_MODULE"]:
                return [f"251-{self.module}", "251 OK GET RETURNED"]
            case ["SPEAK"]:
                lines.write(b"230 OK RECEIVING DATA\r\n")
                lines.flush()
                said = []
                while (text := lines.readline().decode().rstrip("\r\n")) != ".":
                    said.append(text.removeprefix(".") if text.startswith("..") else text)
                self.spoken.append("\n".join(said))
                self.queued.append("\n".join(said))
                return ["225-7", "225 OK MESSAGE QUEUED"]
            case ["CANCEL", "SELF"]:
                self.cancelled += 1
                self.queued.clear()
                return ["213 OK CANCELED"]
            case ["QUIT"]:
                return ["231 HAPPY HACKING"]
            case _:
                return ["500 ERR INVALID COMMAND"]
