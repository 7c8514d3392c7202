# SPDX-License-Identifier: Apache-2.0
"""TCP connections: network printers on port 9100, serial servers, simulators."""

from __future__ import annotations

import errno
import os
import select
import socket
from typing import Final

from drivers.core import CommandContext
from drivers.transports.base import SLICE_S, Trace, Transport

CONNECT_TIMEOUT_S: Final = 5.0
"""A host that does not answer at all is called absent after this time."""


class TcpTransport(Transport):
    """One connection; a peer that hangs up is an unplugged device."""

    def __init__(
        self,
        url: str,
        *,
        host: str,
        port: int,
        read_timeout_s: float = 1.0,
        trace: Trace | None = None,
        trace_payload: bool = False,
    ) -> None:
        super().__init__(
            url, read_timeout_s=read_timeout_s, trace=trace, trace_payload=trace_payload
        )
        self.address: Final = (host, port)
        self._socket: socket.socket | None = None

    def _open(self, context: CommandContext) -> None:
        # Name look-up cannot be interrupted; device addresses are numbers or in the hosts file.
        try:
            family, kind, number, _name, address = socket.getaddrinfo(
                *self.address, type=socket.SOCK_STREAM
            )[0]
        except socket.gaierror:
            raise OSError(errno.EHOSTUNREACH, "name") from None
        connection = socket.socket(family, kind, number)
        self._socket = connection
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        result = connection.connect_ex(address)
        until = context.clock() + CONNECT_TIMEOUT_S
        while result == errno.EINPROGRESS:
            context.check()
            if context.clock() >= until:
                raise OSError(errno.ETIMEDOUT, "connect")
            if select.select([], [connection], [], context.remaining_s(SLICE_S))[1]:
                result = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if result:
            raise OSError(result, os.strerror(result))

    def _close(self) -> None:
        connection, self._socket = self._socket, None
        if connection is not None:
            connection.close()

    def _write_some(self, data: memoryview, wait_s: float) -> int:
        connection = self._opened()
        if not select.select([], [connection], [], wait_s)[1]:
            return 0
        return connection.send(data)

    def _read_some(self, max_bytes: int, wait_s: float) -> bytes:
        connection = self._opened()
        if not select.select([connection], [], [], wait_s)[0]:
            return b""
        data = connection.recv(max_bytes)
        if not data:
            raise OSError(errno.ECONNRESET, "peer hung up")
        return data

    def _opened(self) -> socket.socket:
        if self._socket is None:
            raise OSError(errno.EBADF, "closed")
        return self._socket
