# SPDX-License-Identifier: Apache-2.0
"""A network camera of our own: motion JPEG over HTTP, with a table below it and everything a tester can do.

It stands in for a camera above a table, since no USB camera can be played on a machine without its kernel
module: the driver reads it through OpenCV like any other, but USB itself is not part of it.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.sim.simulator import ActionError, Value

_FPS: Final = 15.0
_BOUNDARY: Final = b"frame"
_HEAD: Final = (
    b"HTTP/1.0 200 OK\r\nConnection: close\r\nCache-Control: no-store\r\n"
    b"Content-Type: multipart/x-mixed-replace; boundary=" + _BOUNDARY + b"\r\n\r\n"
)
_NONSENSE: Final = b"\x00\xff no picture \x13" * 500
_SEND_LIMIT: Final = 4 * 1024 * 1024


class MjpegCameraSimulator:
    """See :class:`drivers.sim.simulator.Simulator`. One thread owns the sockets.

    Actions: ``show`` (a picture file lies below), ``clear`` (the bare table), ``freeze``, ``thaw``,
    ``unplug``, ``replug``, ``garbage``, ``sense``.
    """

    def __init__(self, name: str = "document_scanner", port: int = 0, *, fps: float = _FPS) -> None:
        self._name = name
        self._port = port
        self._period_s = 1 / fps
        self._jpeg = _packed(bare_table())
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._peers: dict[socket.socket, bytearray | None] = {}
        """What waits to be sent to each; ``None`` until it has asked."""
        self._is_frozen = False
        self._is_garbage = False
        self._sent = 0
        self._wake_read, self._wake_write = -1, -1
        self._thread: threading.Thread | None = None
        self._stopping = False

    @property
    def name(self) -> str:
        """The slot."""
        return self._name

    @property
    def endpoint(self) -> str:
        """What the driver's ``device`` option takes; known after ``start``."""
        return f"http://127.0.0.1:{self._port}/table.mjpg"

    def start(self) -> None:
        """Switch it on."""
        if self._thread is not None:
            return
        self._stopping = False
        self._wake_read, self._wake_write = os.pipe()
        self.replug()
        self._thread = threading.Thread(target=self._run, name=f"sim-{self._name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Switch it off and end its thread."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopping = True
        self._wake()
        thread.join()
        self.unplug()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def actions(self) -> Mapping[str, Callable[..., object]]:
        """Name what can be done."""
        return {
            "show": self.show,
            "clear": self.clear,
            "freeze": lambda: setattr(self, "_is_frozen", True),
            "thaw": lambda: setattr(self, "_is_frozen", False),
            "unplug": self.unplug,
            "replug": self.replug,
            "garbage": lambda: self._talk(nonsense=True),
            "sense": lambda: self._talk(nonsense=False),
        }

    def state(self) -> Mapping[str, Value]:
        """Tell how it is."""
        with self._lock:
            return {
                "plugged": self._listener is not None,
                "frozen": self._is_frozen,
                "garbage": self._is_garbage,
                "watchers": len(self._peers),
                "frames_sent": self._sent,
            }

    # --- actions ----------------------------------------------------------------------------------

    def show(self, path: str) -> None:
        """Let the camera see this picture. Raises ``ActionError``."""
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise ActionError(f"cannot read {path}") from error
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
        if picture is None:
            raise ActionError(f"{path} is no picture")
        self.show_picture(np.asarray(picture, dtype=np.uint8))

    def show_picture(self, picture: NDArray[np.uint8]) -> None:
        """Let the camera see this picture (BGR)."""
        packed = _packed(picture)
        with self._lock:
            self._jpeg = packed

    def clear(self) -> None:
        """Take everything off the table."""
        self.show_picture(bare_table())

    def unplug(self) -> None:
        """Make it vanish, connections included."""
        with self._lock:
            if self._listener is not None:
                self._listener.close()
                self._listener = None
            for peer in self._peers:
                peer.close()
            self._peers.clear()

    def replug(self) -> None:
        """Make it reachable at the same address."""
        with self._lock:
            if self._listener is not None:
                return
            self._listener = socket.create_server(("127.0.0.1", self._port), backlog=4)
            self._listener.setblocking(False)
            self._port = int(self._listener.getsockname()[1])

    def _talk(self, *, nonsense: bool) -> None:
        with self._lock:
            self._is_garbage = nonsense
            for peer in self._peers:
                peer.close()
            self._peers.clear()

    # --- the owning thread ------------------------------------------------------------------------

    def _wake(self) -> None:
        os.write(self._wake_write, b".")

    def _run(self) -> None:
        next_frame = time.monotonic()
        while not self._stopping:
            wait_s = max(0.0, next_frame - time.monotonic())
            if select.select([self._wake_read], [], [], wait_s)[0]:
                os.read(self._wake_read, 64)
                continue
            next_frame = max(next_frame + self._period_s, time.monotonic())
            with self._lock:
                self._jpeg = self._next_jpeg()
                self._accept()
                for peer in list(self._peers):
                    self._serve(peer)

    def _next_jpeg(self) -> bytes:
        """Return what is sent next; things on a table do not move."""
        return self._jpeg

    def _accept(self) -> None:
        if self._listener is None:
            return
        while True:
            try:
                peer, _address = self._listener.accept()
            except BlockingIOError:
                return
            peer.setblocking(False)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._peers[peer] = None

    def _serve(self, peer: socket.socket) -> None:
        if self._is_frozen:
            return
        try:
            if self._has_hung_up(peer):
                self._forget(peer)
                return
            waiting = self._peers[peer]
            if waiting is None:
                return
            if not self._is_garbage and len(waiting) < _SEND_LIMIT:
                head = b"--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
                waiting += head % (_BOUNDARY, len(self._jpeg)) + self._jpeg + b"\r\n"
                self._sent += 1
            while waiting:
                del waiting[: peer.send(waiting)]
        except BlockingIOError:
            return
        except OSError:
            self._forget(peer)
            return
        if self._is_garbage:
            self._forget(peer)

    def _has_hung_up(self, peer: socket.socket) -> bool:
        """Hear what it says: its first words are its request and start the answer."""
        try:
            heard = peer.recv(65536)
        except BlockingIOError:
            return False
        if heard and self._peers[peer] is None:
            self._peers[peer] = bytearray(_NONSENSE if self._is_garbage else _HEAD)
        return not heard

    def _forget(self, peer: socket.socket) -> None:
        peer.close()
        self._peers.pop(peer, None)


def bare_table(size: tuple[int, int] = (1280, 960)) -> NDArray[np.uint8]:
    """Draw an empty grey table."""
    width, height = size
    shade = np.linspace(95, 130, width, dtype=np.float32)[None, :, None]
    grain = np.random.default_rng(1).normal(0, 2, (height, width, 1)).astype(np.float32)
    return np.repeat(np.clip(shade + grain, 0, 255), 3, axis=2).astype(np.uint8)


def _packed(picture: NDArray[np.uint8]) -> bytes:
    done, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])
    if not done:
        raise ActionError("the picture cannot be encoded")
    return packed.tobytes()
