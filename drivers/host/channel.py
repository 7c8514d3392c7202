# SPDX-License-Identifier: Apache-2.0
"""Pickled messages over a socket pair, with a length in front.

``multiprocessing.connection.Connection`` blocks inside a half-arrived message. The host must not: a
process that is stopped in the middle of sending a scanned page would stop the host's one device
thread, and with it every other device. So the host's end never blocks, in either direction.
"""

from __future__ import annotations

import pickle
import socket
import struct
import threading
from typing import Final

_LENGTH: Final = struct.Struct("!I")
_CHUNK: Final = 1 << 16


class ChannelClosedError(Exception):
    """The other end is gone."""


class HostEnd:
    """The end that never blocks. Used by the device thread only."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._incoming = bytearray()
        self._outgoing = bytearray()

    def fileno(self) -> int:
        """Return the descriptor, for a selector."""
        return self._socket.fileno()

    @property
    def wants_to_write(self) -> bool:
        """Tell whether something waits until the process reads."""
        return bool(self._outgoing)

    def send(self, message: object) -> None:
        """Queue a message and send what goes. Raises :class:`ChannelClosedError`."""
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        self._outgoing += _LENGTH.pack(len(data)) + data
        self.flush()

    def flush(self) -> None:
        """Send what goes without waiting. Raises :class:`ChannelClosedError`."""
        try:
            while self._outgoing:
                sent = self._socket.send(memoryview(self._outgoing)[:_CHUNK])
                del self._outgoing[:sent]
        except BlockingIOError:
            return
        except OSError:
            raise ChannelClosedError from None

    def receive(self) -> list[object]:
        """Return the messages that are complete. Raises :class:`ChannelClosedError` after the last."""
        closed = False
        try:
            while not closed:
                data = self._socket.recv(_CHUNK)
                self._incoming += data
                closed = not data
        except BlockingIOError:
            closed = False
        except OSError:
            closed = True
        messages = self._complete()
        if closed and not messages:
            raise ChannelClosedError
        return messages

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _complete(self) -> list[object]:
        messages: list[object] = []
        while len(self._incoming) >= _LENGTH.size:
            (size,) = _LENGTH.unpack_from(self._incoming)
            end = _LENGTH.size + size
            if len(self._incoming) < end:
                break
            # The sender is our own child process, running our own code.
            messages.append(pickle.loads(memoryview(self._incoming)[_LENGTH.size : end]))  # noqa: S301
            del self._incoming[:end]
        return messages


class ProcessEnd:
    """The end that blocks; several threads may send, one receives."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._sending = threading.Lock()

    def send(self, message: object) -> None:
        """Send a message. Raises :class:`ChannelClosedError`."""
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        try:
            with self._sending:
                self._socket.sendall(_LENGTH.pack(len(data)) + data)
        except OSError:
            raise ChannelClosedError from None

    def receive(self) -> object:
        """Wait for a message. Raises :class:`ChannelClosedError`."""
        (size,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        return pickle.loads(self._exactly(size))  # noqa: S301 - the sender is the host that started us

    def _exactly(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            try:
                piece = self._socket.recv(min(_CHUNK, count - len(data)))
            except OSError:
                piece = b""
            if not piece:
                raise ChannelClosedError
            data += piece
        return bytes(data)
