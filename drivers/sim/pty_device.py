# SPDX-License-Identifier: Apache-2.0
"""A simulated device on a pty: the thread, the pacing, freezing, unplugging. What it says is a hook."""

from __future__ import annotations

import os
import queue
import select
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from drivers.sim.pty_line import BYTES_PER_SECOND_AT_115200, PtyLine
from drivers.sim.simulator import ActionError

_PACED_STEP: Final = 32
_ACTION_TIMEOUT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that go out together, after a pause."""

    data: bytes = field(repr=False)
    pause_s: float = 0.0


class PtyDevice(ABC):
    """One thread owns the line and the subclass's state; actions are handed to it by :meth:`do`.

    ``paced`` sends at 115200 baud instead of at once.
    """

    def __init__(self, name: str, link: Path, *, paced: bool = False) -> None:
        self._name = name
        self._line = PtyLine(link)
        self._paced = paced
        self._frozen = False
        self._output: deque[Piece] = deque()
        self._send_at = 0.0
        self._requests: queue.SimpleQueue[tuple[Callable[[], object], Future[object]]] = (
            queue.SimpleQueue()
        )
        self._wake_read, self._wake_write = -1, -1
        self._thread: threading.Thread | None = None
        self._stopping = False

    @property
    def name(self) -> str:
        """The slot."""
        return self._name

    @property
    def endpoint(self) -> str:
        """The URL for the driver."""
        return f"serial:{self._line.path}?baud=115200"

    @property
    def plugged(self) -> bool:
        """Tell whether the port is there."""
        return self._line.fd is not None

    @property
    def frozen(self) -> bool:
        """Tell whether it reacts to nothing."""
        return self._frozen

    # --- hooks ------------------------------------------------------------------------------------

    @abstractmethod
    def on_input(self, data: bytes) -> list[Piece]:
        """Take what the host sent; return what goes back."""

    @abstractmethod
    def on_power_on(self) -> None:
        """Start as after power-on."""

    # --- life -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Plug it in."""
        if self._thread is not None:
            return
        self._stopping = False
        self._wake_read, self._wake_write = os.pipe()
        self._thread = threading.Thread(target=self._run, name=f"sim-{self._name}", daemon=True)
        self._thread.start()
        self.do(self._plug_in)

    def stop(self) -> None:
        """Unplug it and end its thread."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopping = True
        os.write(self._wake_write, b".")
        thread.join()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def freeze(self) -> None:
        """Stop reacting; what the host sends waits."""
        self.do(lambda: setattr(self, "_frozen", True))

    def thaw(self) -> None:
        """React again, to what waited too."""
        self.do(lambda: setattr(self, "_frozen", False))

    def unplug(self) -> None:
        """Let the port vanish."""
        self.do(self._pull_out)

    def replug(self) -> None:
        """Bring the port back under the same name; the device starts as after power-on."""
        self.do(self._plug_in)

    def do(self, change: Callable[[], object]) -> None:
        """Let the owning thread make a change, and wait until it holds."""
        if self._thread is None:
            change()
            return
        done: Future[object] = Future()
        self._requests.put((change, done))
        os.write(self._wake_write, b".")
        done.result(timeout=_ACTION_TIMEOUT_S)

    # --- the owning thread ------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping:
            self._wait()
            self._serve_requests()
            if not self._frozen:
                self._queue(self.on_input(self._line.receive()))
                self._give_output()
        self._pull_out()

    def _wait(self) -> None:
        readers = [self._wake_read]
        if self._line.fd is not None and not self._frozen:
            readers.append(self._line.fd)
        timeout = None
        if self._output and not self._frozen:
            timeout = max(0.0, self._send_at - time.monotonic())
        if self._wake_read in select.select(readers, [], [], timeout)[0]:
            os.read(self._wake_read, 4096)

    def _serve_requests(self) -> None:
        while not self._requests.empty():
            change, done = self._requests.get()
            try:
                done.set_result(change())
            except OSError as failure:
                done.set_exception(ActionError(failure.strerror or "failed"))

    def _queue(self, pieces: list[Piece]) -> None:
        paced = _at_wire_speed(pieces) if self._paced else pieces
        if paced and not self._output:
            self._send_at = time.monotonic() + paced[0].pause_s
        self._output.extend(paced)

    def _give_output(self) -> None:
        while self._output and time.monotonic() >= self._send_at:
            piece = self._output[0]
            sent = self._line.send(piece.data)
            if sent < len(piece.data):
                self._output[0] = Piece(piece.data[sent:])
                self._send_at = time.monotonic() + 0.01
                return
            self._output.popleft()
            if self._output:
                # From the time it was due, not from now: a late wake-up must not slow the line.
                self._send_at += self._output[0].pause_s

    def _plug_in(self) -> None:
        if not self.plugged:
            self.on_power_on()
            self._line.plug_in()

    def _pull_out(self) -> None:
        self._line.unplug()
        self._output.clear()


def _at_wire_speed(pieces: list[Piece]) -> list[Piece]:
    """Cut into small steps; the pause is before the bytes, as a UART hands over what is complete."""
    slow: list[Piece] = []
    for piece in pieces:
        pause_s = piece.pause_s
        for at in range(0, len(piece.data), _PACED_STEP):
            step = piece.data[at : at + _PACED_STEP]
            slow.append(Piece(step, pause_s + len(step) / BYTES_PER_SECOND_AT_115200))
            pause_s = 0.0
    return slow
