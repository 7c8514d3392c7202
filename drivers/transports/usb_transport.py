# SPDX-License-Identifier: Apache-2.0
"""USB devices that carry plain bytes: receipt printers, and with another framing card readers.

Not confirmed on hardware: written from the specification and libusb's documentation, and tested
against played devices only.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

from drivers.core import CommandContext
from drivers.transports.base import Trace, Transport
from drivers.transports.usb_address import parse_usb_url
from drivers.transports.usb_pipes import Pipes

if TYPE_CHECKING:
    from usb.backend import IBackend

    from drivers.transports.usb_port import UsbPort

_AT_ONCE: Final = 1024
"""Bytes handed over in one transfer; a printer that is out of paper takes a part of them."""


class UsbTransport(Transport):
    """One pair of pipes: the first that listens and the first that speaks.

    ``backend`` is pyusb's; ``None`` means libusb. Raises ``ValueError`` for a URL that names no USB
    device. Besides the errors of all transports: ``dev.no_libusb``, ``dev.several``, ``dev.no_pipes``
    (``MisconfiguredError``) and ``dev.stalled`` (``ProtocolError``, after three stalls in a row).
    """

    def __init__(
        self,
        url: str,
        *,
        backend: IBackend | None = None,
        read_timeout_s: float = 1.0,
        trace: Trace | None = None,
        trace_payload: bool = False,
    ) -> None:
        super().__init__(
            url, read_timeout_s=read_timeout_s, trace=trace, trace_payload=trace_payload
        )
        self._address = parse_usb_url(url)
        self._backend = backend
        self._port: UsbPort | None = None
        self._rest = b""

    @property
    def pipes(self) -> Pipes | None:
        """What the descriptors said; ``None`` while closed."""
        return None if self._port is None else self._port.pipes

    def _open(self, context: CommandContext) -> None:
        del context  # finding and claiming do not wait
        # pyusb takes its time to import; serial and TCP devices need none of it.
        from drivers.transports.usb_port import UsbPort  # noqa: PLC0415

        self._rest = b""
        self._port = UsbPort.open(self._address, self._backend)

    def _close(self) -> None:
        port, self._port = self._port, None
        self._rest = b""
        if port is not None:
            port.close()

    def _write_some(self, data: memoryview, wait_s: float) -> int:
        port = self._opened()
        return port.write(port.pipes.outs[0], bytes(data[:_AT_ONCE]), wait_s)

    def _read_some(self, max_bytes: int, wait_s: float) -> bytes:
        data = self._rest or self._read_packet(wait_s)
        self._rest = data[max_bytes:]
        return data[:max_bytes]

    def _read_packet(self, wait_s: float) -> bytes:
        port = self._opened()
        return port.read(port.pipes.ins[0], wait_s)

    def _opened(self) -> UsbPort:
        if self._port is None:
            raise OSError(errno.EBADF, "closed")
        return self._port
