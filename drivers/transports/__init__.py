# SPDX-License-Identifier: Apache-2.0
"""Ways to carry bytes to a device: serial, TCP and USB behind one blocking, cancellable interface.

``open_transport(url)`` chooses by the URL. Everything below speaks ``drivers.core`` errors only.
"""

from drivers.transports.base import TraceEvent, Transport
from drivers.transports.choose import open_transport
from drivers.transports.serial_transport import SerialTransport
from drivers.transports.tcp_transport import TcpTransport
from drivers.transports.usb_transport import UsbTransport

__all__ = [
    "SerialTransport",
    "TcpTransport",
    "TraceEvent",
    "Transport",
    "UsbTransport",
    "open_transport",
]
