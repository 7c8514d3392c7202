# SPDX-License-Identifier: Apache-2.0
"""Pictures of many sheets out of one ``scanimage --batch``, without a file of any of them.

``scanimage`` writes sheet n to ``n.part`` and renames that to ``n`` once the sheet is whole and good. Here
``n.part`` is a named pipe made beforehand, so the picture goes through memory only, whatever becomes of
this process; the rename tells what ``scanimage`` itself thinks of the sheet. The exit status alone cannot:
it is 0 or 7 after the last sheet, depending on the version, and 0 when a signal ended it in the middle.
"""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from pathlib import Path
from typing import Final

_PART: Final = ".part"
_READ_BYTES: Final = 1 << 16
_SLICE_MS: Final = 50


class TooMuchError(Exception):
    """More bytes came than any picture has."""


class SheetPipes:
    """The pipes of one batch of at most ``most`` sheets in ``folder``, which the caller removes."""

    def __init__(self, folder: Path, most: int, *, most_bytes: int) -> None:
        self._folder = folder
        self._most = most
        self._left_bytes = most_bytes
        self.unfinished = False
        """A sheet was begun and did not become whole."""
        for number in range(1, most + 1):
            os.mkfifo(self._path(number).with_suffix(_PART), 0o600)

    @property
    def options(self) -> tuple[str, ...]:
        """What ``scanimage`` has to be told."""
        return f"--batch={self._folder}/%d", "--batch-start=1", f"--batch-count={self._most}"

    def collect(self, *, has_ended: Callable[[], bool], on_sheet: Callable[[bytes], None]) -> None:
        """Give the picture of each sheet as soon as it is whole, in order, until ``scanimage`` has ended.

        ``has_ended`` is asked every 50 ms and may raise, as ``on_sheet`` may; then everything is closed.
        Raises :class:`TooMuchError`.
        """
        for number in range(1, self._most + 1):
            picture = self._one(number, has_ended)
            if picture is None:
                break
            whole = self._path(number)
            while not whole.exists() and not has_ended():  # the rename follows the closing
                select.select((), (), (), _SLICE_MS / 1000 / 10)
            if not whole.exists():
                self.unfinished = True
                break
            on_sheet(picture)
        while not has_ended():
            select.select((), (), (), _SLICE_MS / 1000)

    def _path(self, number: int) -> Path:
        return self._folder / str(number)

    def _one(self, number: int, has_ended: Callable[[], bool]) -> bytes | None:
        """Return what came through the pipe, or None if ``scanimage`` ended without opening it."""
        pipe = os.open(self._path(number).with_suffix(_PART), os.O_RDONLY | os.O_NONBLOCK)
        try:
            picture = bytearray()
            poll = select.poll()
            poll.register(pipe, select.POLLIN)
            while True:
                ended = (
                    has_ended()
                )  # before the look, so that nothing written before the end is lost
                if poll.poll(0 if ended else _SLICE_MS):
                    data = os.read(pipe, _READ_BYTES)
                    if not data:  # Linux says this only after a writer came and went
                        return bytes(picture)
                    picture += data
                    self._left_bytes -= len(data)
                    if self._left_bytes < 0:
                        raise TooMuchError
                elif ended:
                    return bytes(picture) if picture else None
        finally:
            os.close(pipe)
