# SPDX-License-Identifier: Apache-2.0
"""The two wires of the simulated printer: a TCP port that serves one connection at a time, and a pty."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Protocol

from drivers.sim.pty_line import PtyLine


class PrinterWire(Protocol):
    """What the simulator needs of a wire; used by one thread."""

    @property
    def endpoint(self) -> str:
        """The URL for the driver, the same after each ``plug_in``."""
        ...

    @property
    def plugged(self) -> bool:
        """Tell whether it can be reached."""
        ...

    def plug_in(self) -> None:
        """Make it reachable; nothing if it is."""
        ...

    def unplug(self) -> None:
        """Make it vanish, connections included."""
        ...

    def hang_up(self) -> None:
        """End the present connection only."""
        ...

    def waits_on(self) -> list[int]:
        """Return the descriptors on which input shows."""
        ...

    def receive(self) -> bytes | None:
        """Return what came, ``b""`` if nothing, ``None`` when the other side hung up."""
        ...

    def send(self, data: bytes) -> None:
        """Send; bytes that nobody takes are lost, as on a real line."""
        ...


class TcpPrinterWire:
    """Port 9100 manners: a second connection waits until the first is closed."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host, self._port = host, port
        self._listener: socket.socket | None = None
        self._peer: socket.socket | None = None

    @property
    def endpoint(self) -> str:
        """The URL."""
        return f"tcp://{self._host}:{self._port}"

    @property
    def plugged(self) -> bool:
        """Tell whether it can be reached."""
        return self._listener is not None

    def plug_in(self) -> None:
        """Listen; a taken port is an ``OSError``."""
        if self._listener is not None:
            return
        self._listener = socket.create_server((self._host, self._port), backlog=4)
        self._listener.setblocking(False)
        self._port = int(self._listener.getsockname()[1])

    def unplug(self) -> None:
        """Close everything."""
        self.hang_up()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def hang_up(self) -> None:
        """Close the connection; the next one may come."""
        if self._peer is not None:
            self._peer.close()
            self._peer = None

    def waits_on(self) -> list[int]:
        """Return what to wait on."""
        waited = self._peer or self._listener
        return [] if waited is None else [waited.fileno()]

    def receive(self) -> bytes | None:
        """Return what came."""
        if self._peer is None:
            self._accept()
            return b""
        try:
            data = self._peer.recv(4096)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self.hang_up()
            return None
        return data

    def _accept(self) -> None:
        if self._listener is None:
            return
        try:
            self._peer, _address = self._listener.accept()
        except OSError:
            return  # it hung up before we looked
        self._peer.setblocking(False)
        self._peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes) -> None:
        """Send what fits now."""
        if self._peer is None:
            return
        try:
            self._peer.send(data)
        except OSError:
            # Nobody listens any more, or nobody reads: a status byte is not worth waiting for.
            return


class PtyPrinterWire:
    """A serial printer under the stable path ``link``."""

    def __init__(self, link: Path) -> None:
        self._line = PtyLine(link)

    @property
    def endpoint(self) -> str:
        """The URL."""
        return f"serial:{self._line.path}?baud=115200"

    @property
    def plugged(self) -> bool:
        """Tell whether it can be reached."""
        return self._line.fd is not None

    def plug_in(self) -> None:
        """Bring the port."""
        self._line.plug_in()

    def unplug(self) -> None:
        """Close everything."""
        self._line.unplug()

    def hang_up(self) -> None:
        """Do nothing: a serial line has no connection that could end."""

    def waits_on(self) -> list[int]:
        """Return what to wait on."""
        return [] if self._line.fd is None else [self._line.fd]

    def receive(self) -> bytes | None:
        """Return what came."""
        return self._line.receive()

    def send(self, data: bytes) -> None:
        """Send what fits now."""
        self._line.send(data)
