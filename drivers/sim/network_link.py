# SPDX-License-Identifier: Apache-2.0
"""The network between terminal and platform: a TCP relay that can be cut, slowed and torn."""

from __future__ import annotations

import os
import queue
import selectors
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from drivers.sim.simulator import ActionError, Value

_CHUNK: Final = 16384
_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER with time 0: close sends RST."""
_CONNECT_S: Final = 5.0


class LinkState(StrEnum):
    """How the link is."""

    UP = "up"
    CUT = "cut"
    """Every connection is reset."""
    SILENT = "silent"
    """Connections are accepted and nothing ever passes: the fault that time-outs are for."""


@dataclass(slots=True, eq=False)
class _Side:
    """One socket and what has to go out on it, each chunk not before its time."""

    connection: socket.socket
    waiting: deque[tuple[float, bytes]] = field(default_factory=deque)
    peer: _Side | None = None
    is_answer: bool = False
    """Bytes that go out here come from the platform."""
    said_all: bool = False
    """It sent its end of file."""
    told_end: bool = False
    """We passed the other's end of file on to it."""


class NetworkLink:
    """A relay at ``http://127.0.0.1:PORT`` to ``host:port``.

    See :class:`drivers.sim.simulator.Simulator`. One thread owns every socket.
    """

    def __init__(
        self, name: str, upstream: tuple[str, int], *, port: int = 0, scheme: str = "http"
    ) -> None:
        self._name = name
        self._upstream = upstream
        self._port = port
        self._scheme = scheme
        self._state = LinkState.UP
        self._delay_s = 0.0
        self._bytes_per_s = 0.0
        self._tear_after: int | None = None
        self._relayed = 0
        self._torn = 0
        self._listener: socket.socket | None = None
        self._selector = selectors.DefaultSelector()
        self._sides: set[_Side] = set()
        self._requests: queue.SimpleQueue[tuple[Callable[[], object], Future[object]]] = (
            queue.SimpleQueue()
        )
        self._wake_read, self._wake_write = -1, -1
        self._thread: threading.Thread | None = None
        self._stopping = False

    # --- the simulator protocol -------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The slot."""
        return self._name

    @property
    def endpoint(self) -> str:
        """Where the terminal finds the platform."""
        return f"{self._scheme}://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Listen."""
        if self._thread is not None:
            return
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._listener.setblocking(False)
        self._port = self._listener.getsockname()[1]
        self._wake_read, self._wake_write = os.pipe()
        self._selector = selectors.DefaultSelector()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"sim-{self._name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Drop every connection and stop listening."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopping = True
        os.write(self._wake_write, b".")
        thread.join()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def actions(self) -> Mapping[str, Callable[..., object]]:
        """Name what can be done."""
        return {
            "cut": self.cut,
            "silence": self.silence,
            "restore": self.restore,
            "slow": self.slow,
            "tear_next": self.tear_next,
        }

    def state(self) -> Mapping[str, Value]:
        """Tell how it is."""
        return {
            "state": self._state.value,
            "delay_ms": round(self._delay_s * 1000),
            "bytes_per_s": round(self._bytes_per_s),
            "connections": len(self._sides) // 2,
            "relayed_bytes": self._relayed,
            "torn": self._torn,
        }

    # --- actions ----------------------------------------------------------------------------------

    def cut(self) -> None:
        """Reset what is open and what comes, until ``restore``."""
        self._do(lambda: self._set_state(LinkState.CUT))

    def silence(self) -> None:
        """Let nothing pass, until ``restore``; what waits is lost."""
        self._do(lambda: self._set_state(LinkState.SILENT))

    def restore(self) -> None:
        """Let everything pass at full speed."""

        def mend() -> None:
            self._set_state(LinkState.UP)
            self._delay_s = self._bytes_per_s = 0.0
            self._tear_after = None

        self._do(mend)

    def slow(self, delay_ms: str | int, bytes_per_s: str | int = 0) -> None:
        """Delay every chunk, and let no more than that many bytes a second pass (0: no limit)."""
        try:
            delay_s, rate = float(delay_ms) / 1000, float(bytes_per_s)
        except ValueError:
            raise ActionError("usage: slow DELAY_MS [BYTES_PER_S]") from None
        if delay_s < 0 or rate < 0:
            raise ActionError("neither may be negative")

        def change() -> None:
            self._delay_s, self._bytes_per_s = delay_s, rate

        self._do(change)

    def tear_next(self, after_bytes: str | int = 1) -> None:
        """Reset the next connection whose answer is that long, in the middle of the answer."""
        try:
            after = int(after_bytes)
        except ValueError:
            raise ActionError("usage: tear_next [AFTER_BYTES]") from None
        self._do(lambda: setattr(self, "_tear_after", after))

    # --- the owning thread ------------------------------------------------------------------------

    def _do(self, change: Callable[[], object]) -> None:
        if self._thread is None:
            change()
            return
        done: Future[object] = Future()
        self._requests.put((change, done))
        os.write(self._wake_write, b".")
        done.result(timeout=5)

    def _run(self) -> None:
        listener = self._listener
        if listener is None:  # pragma: no cover - start sets it
            return
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._selector.register(listener, selectors.EVENT_READ)
        while not self._stopping:
            for key, mask in self._selector.select(self._sleep_s()):
                if key.fd == self._wake_read:
                    os.read(self._wake_read, 4096)
                elif key.fileobj is listener:
                    self._accept(listener)
                elif isinstance(key.data, _Side) and key.data in self._sides:
                    self._serve(key.data, mask)
            while not self._requests.empty():
                change, done = self._requests.get()
                done.set_result(change())
            self._send_what_is_due()
        for side in list(self._sides):
            self._drop(side)
        self._selector.close()
        listener.close()

    def _accept(self, listener: socket.socket) -> None:
        try:
            near, _ = listener.accept()
        except OSError:
            return
        if self._state is LinkState.CUT:
            _reset(near)
            return
        try:
            far = socket.create_connection(self._upstream, timeout=_CONNECT_S)
        except OSError:
            # The platform itself is down: the terminal sees what it would see without us.
            _reset(near)
            return
        one, other = _Side(near, is_answer=True), _Side(far)
        one.peer, other.peer = other, one
        for side in (one, other):
            side.connection.setblocking(False)
            side.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sides.add(side)
            self._selector.register(side.connection, selectors.EVENT_READ, side)

    def _serve(self, side: _Side, mask: int) -> None:
        if not mask & selectors.EVENT_READ or side.peer is None:
            return
        try:
            data = side.connection.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            self._tear(side)
            return
        if not data:
            self._selector.unregister(side.connection)
            side.said_all = True
        elif self._state is LinkState.UP:
            side.peer.waiting.append((time.monotonic() + self._delay_s, data))

    def _send_what_is_due(self) -> None:
        for side in list(self._sides):
            if side in self._sides:
                self._send(side)

    def _send(self, side: _Side) -> None:
        now = time.monotonic()
        try:
            while side.waiting and side.waiting[0][0] <= now:
                at, data = side.waiting[0]
                piece = self._allowed(data)
                if side.is_answer and self._tear_after is not None:
                    piece = piece[: max(0, self._tear_after)]
                sent = side.connection.send(piece) if piece else 0
                self._relayed += sent
                self._count_towards_tear(side, sent)
                if side not in self._sides:
                    return
                side.waiting.popleft()
                if sent < len(data):
                    side.waiting.appendleft((at, data[sent:]))
                if side.waiting:
                    at, data = side.waiting[0]
                    side.waiting[0] = (max(at, now + self._pause_for(sent)), data)
            if side.peer is not None and side.peer.said_all and not side.waiting:
                self._pass_end_on(side, side.peer)
        except BlockingIOError:
            side.waiting[0] = (now + 0.01, side.waiting[0][1])
        except OSError:
            self._tear(side)

    def _allowed(self, data: bytes) -> bytes:
        """Return what may pass now: on a limited link a twentieth of a second's bytes."""
        if not self._bytes_per_s:
            return data
        return data[: max(1, round(self._bytes_per_s / 20))]

    def _pause_for(self, sent: int) -> float:
        return sent / self._bytes_per_s if self._bytes_per_s else 0.0

    def _count_towards_tear(self, side: _Side, sent: int) -> None:
        if self._tear_after is None or not side.is_answer:
            return
        self._tear_after -= sent
        if self._tear_after <= 0:
            self._tear_after = None
            self._tear(side)

    def _sleep_s(self) -> float | None:
        times = [side.waiting[0][0] for side in self._sides if side.waiting]
        return max(0.0, min(times) - time.monotonic()) if times else None

    # --- endings ----------------------------------------------------------------------------------

    def _set_state(self, state: LinkState) -> None:
        self._state = state
        for side in list(self._sides):
            if state is LinkState.CUT and side in self._sides:
                self._tear(side)
            side.waiting.clear()

    def _pass_end_on(self, side: _Side, peer: _Side) -> None:
        """Pass on that ``peer`` said all; when both know that of each other, it is over."""
        if not side.told_end:
            side.told_end = True
            side.connection.shutdown(socket.SHUT_WR)
        if peer.told_end:
            self._drop(side)
            self._drop(peer)

    def _tear(self, side: _Side) -> None:
        self._torn += 1
        for each in (side, side.peer):
            if each is not None and each in self._sides:
                self._forget(each)
                _reset(each.connection)

    def _drop(self, side: _Side) -> None:
        if side in self._sides:
            self._forget(side)
            side.connection.close()

    def _forget(self, side: _Side) -> None:
        self._sides.discard(side)
        if side.connection in self._selector.get_map():
            self._selector.unregister(side.connection)


def _reset(connection: socket.socket) -> None:
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    except OSError:
        # It is gone already.
        connection.close()
        return
    connection.close()
