# SPDX-License-Identifier: Apache-2.0
"""A bad cable: a second way to a simulated device on which everything comes in single bytes."""

from __future__ import annotations

import os
import select
import socket
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from drivers.sim.pty_line import PtyLine

PAUSE_S: Final = 0.0003
"""Between two pieces. A pty or socket hands each over on its own, so the reader wakes for each."""

_SLICE_S: Final = 0.02


@contextmanager
def slow_wire(endpoint: str, folder: Path, *, piece: int = 1) -> Iterator[str]:
    """Yield another URL of the device at ``endpoint``; both directions come in pieces of ``piece`` bytes.

    ``serial:PATH…`` gets a pty of its own in ``folder``, every URL with host and port a relay.
    """
    with ExitStack() as at_the_end:
        cable = _Cable(piece, at_the_end)
        if endpoint.startswith("serial:"):
            yield cable.from_pty(endpoint, PtyLine(folder / "slow"))
        else:
            yield cable.from_socket(endpoint)


class _Cable:
    """The threads that carry the bytes; they end before what they read from is closed."""

    def __init__(self, piece: int, at_the_end: ExitStack) -> None:
        self._piece = piece
        self._at_the_end = at_the_end
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    def from_pty(self, endpoint: str, line: PtyLine) -> str:
        path, mark, options = endpoint.removeprefix("serial:").partition("?")
        device = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self._at_the_end.callback(os.close, device)
        tty.setraw(device)
        line.plug_in()
        self._at_the_end.callback(line.unplug)
        self._at_the_end.callback(self._stop)
        self._carry(lambda: line.fd or -1, lambda size: os.read(line.fd or -1, size), _to(device))
        self._carry(lambda: device, lambda size: os.read(device, size), line.send)
        return f"serial:{line.path}{mark}{options}"

    def from_socket(self, endpoint: str) -> str:
        parts = urlsplit(endpoint)
        upstream = (parts.hostname or "127.0.0.1", parts.port or 0)
        listener = self._at_the_end.enter_context(socket.create_server(("127.0.0.1", 0)))
        listener.settimeout(_SLICE_S)
        self._at_the_end.callback(self._stop)

        def serve() -> None:
            while not self._stopped.is_set():
                with suppress(OSError):
                    near, _ = listener.accept()
                    self._start(partial(self._relay, near, upstream))

        self._start(serve)
        return urlunsplit(parts._replace(netloc=f"127.0.0.1:{listener.getsockname()[1]}"))

    def _relay(self, near: socket.socket, upstream: tuple[str, int]) -> None:
        with near, suppress(OSError), socket.create_connection(upstream) as far:
            for wire in (near, far):
                wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ways = [
                self._carry(source.fileno, source.recv, target.sendall, (near, far))
                for source, target in ((near, far), (far, near))
            ]
            for way in ways:
                way.join()

    def _carry(
        self,
        fd: Callable[[], int],
        read: Callable[[int], bytes],
        write: Callable[[bytes], object],
        both: tuple[socket.socket, ...] = (),
    ) -> threading.Thread:
        """Carry bytes one way until either end is gone or the cable is thrown away."""

        def serve() -> None:
            with suppress(OSError, ValueError):
                while not self._stopped.is_set():
                    if not select.select([fd()], [], [], _SLICE_S)[0]:
                        continue
                    data = read(4096)
                    if not data:
                        break
                    self._hand_over(data, write)
            for wire in both:
                with suppress(OSError):
                    wire.shutdown(socket.SHUT_RDWR)

        return self._start(serve)

    def _hand_over(self, data: bytes, write: Callable[[bytes], object]) -> None:
        for at in range(0, len(data), self._piece):
            write(data[at : at + self._piece])
            if self._stopped.wait(PAUSE_S):
                return

    def _start(self, serve: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=serve, name="slow-wire", daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def _stop(self) -> None:
        self._stopped.set()
        while self._threads:
            self._threads.pop().join()


def _to(fd: int) -> Callable[[bytes], object]:
    return lambda data: os.write(fd, data)
