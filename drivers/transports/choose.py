# SPDX-License-Identifier: Apache-2.0
"""From a URL in the configuration to a transport."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from drivers.core import MisconfiguredError
from drivers.transports.base import Trace, Transport
from drivers.transports.serial_transport import SerialTransport
from drivers.transports.tcp_transport import TcpTransport
from drivers.transports.usb_transport import UsbTransport

_BAUD: Final = 115200
"""Of card readers (sheet §1.1), and of most others that are told nothing else."""


def open_transport(
    url: str,
    *,
    read_timeout_s: float = 1.0,
    trace: Trace | None = None,
    trace_payload: bool = False,
) -> Transport:
    """Build the transport that ``url`` names; no I/O happens before its ``open``.

    ``serial:/dev/ttyS0?baud=115200``, a plain path, ``tcp://host:port``, ``socket://host:port`` and
    ``usb://VID:PID[/SERIAL][?port=1-1.4]`` are understood. Raises ``MisconfiguredError`` (``dev.bad_url``).
    """
    try:
        parts = urlsplit(url)
        if parts.scheme in {"serial", ""} and parts.path:
            # A path may hold what means something in a URL, such as # and %.
            path, _, baud = url.removeprefix("serial:").partition("?baud=")
            return SerialTransport(
                url,
                path=path,
                baud=int(baud or _BAUD),
                read_timeout_s=read_timeout_s,
                trace=trace,
                trace_payload=trace_payload,
            )
        if parts.scheme in {"tcp", "socket"} and parts.hostname and parts.port:
            return TcpTransport(
                url,
                host=parts.hostname,
                port=parts.port,
                read_timeout_s=read_timeout_s,
                trace=trace,
                trace_payload=trace_payload,
            )
        if parts.scheme == "usb":
            return UsbTransport(
                url, read_timeout_s=read_timeout_s, trace=trace, trace_payload=trace_payload
            )
    except ValueError:
        raise MisconfiguredError("dev.bad_url") from None
    raise MisconfiguredError("dev.bad_url")
