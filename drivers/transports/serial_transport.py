# SPDX-License-Identifier: Apache-2.0
"""Serial ports through pyserial, ptys included.

pyserial configures and locks the port; waiting is done with ``select`` on its descriptor because
its own blocking calls cannot be cut into slices without reconfiguring the port each time. Modem
lines are not touched: a pty answers them with ENOTTY.
"""

from __future__ import annotations

import errno
import select
import termios
from typing import Final

import serial

from drivers.core import CommandContext
from drivers.transports.base import Trace, Transport


class SerialTransport(Transport):
    """8 data bits, no parity, 1 stop bit, no flow control, locked against other programs."""

    def __init__(
        self,
        url: str,
        *,
        path: str,
        baud: int = 115200,
        read_timeout_s: float = 1.0,
        trace: Trace | None = None,
        trace_payload: bool = False,
    ) -> None:
        super().__init__(
            url, read_timeout_s=read_timeout_s, trace=trace, trace_payload=trace_payload
        )
        self.path: Final = path
        self.baud: Final = baud
        self._port: serial.Serial | None = None

    def _open(self, context: CommandContext) -> None:
        del context  # opening a port does not wait
        try:
            # Time-outs of 0: our own select does the waiting, so both calls return at once.
            self._port = serial.Serial(
                self.path, self.baud, timeout=0, write_timeout=0, exclusive=True
            )
        except serial.SerialException as failure:
            raise OSError(failure.errno or _number_behind(failure), "open") from None
        except (termios.error, ValueError, OverflowError):
            raise OSError(errno.EINVAL, "open") from None

    def _close(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            port.close()

    def _write_some(self, data: memoryview, wait_s: float) -> int:
        port = self._opened()
        if not select.select([], [port.fileno()], [], wait_s)[1]:
            return 0
        return port.write(bytes(data)) or 0

    def _read_some(self, max_bytes: int, wait_s: float) -> bytes:
        port = self._opened()
        if not select.select([port.fileno()], [], [], wait_s)[0]:
            return b""
        # Raises SerialException, an OSError, when readable and yet without data: unplugged.
        return port.read(max_bytes)

    def _opened(self) -> serial.Serial:
        if self._port is None:
            raise OSError(errno.EBADF, "closed")
        return self._port


def _number_behind(failure: serial.SerialException) -> int:
    """Return the number of the ``termios.error`` that pyserial turned into text."""
    cause = failure.__context__
    if isinstance(cause, termios.error) and cause.args and isinstance(cause.args[0], int):
        return cause.args[0]
    return errno.ENOTTY
