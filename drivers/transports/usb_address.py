# SPDX-License-Identifier: Apache-2.0
"""Which USB device a URL means: ``usb://VID:PID[/SERIAL][?port=BUS-PORT.PORT]``. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

_IDENTITY: Final = re.compile(r"([0-9A-Fa-f]{1,4}):([0-9A-Fa-f]{1,4})")
_SOCKET: Final = re.compile(r"\d+-\d+(\.\d+)*")


@dataclass(frozen=True, slots=True)
class UsbAddress:
    """Vendor and product; ``serial`` or ``port`` where two alike are fitted, else ``None``.

    ``port`` names the socket as the kernel does, e.g. ``1-1.4``: for devices without a serial number.
    """

    vendor: int
    product: int
    serial: str | None = None
    port: str | None = None


def parse_usb_url(url: str) -> UsbAddress:
    """Return what ``url`` names. Raises ``ValueError`` when it names no USB device."""
    parts = urlsplit(url)
    identity = _IDENTITY.fullmatch(parts.netloc)
    port = parse_qs(parts.query).get("port", [None])[0]
    serial = unquote(parts.path.removeprefix("/")) or None
    strange = serial is not None and not serial.isprintable()
    if parts.scheme != "usb" or identity is None or strange:
        raise ValueError("not usb://VID:PID")
    if port is not None and not _SOCKET.fullmatch(port):
        raise ValueError("not a USB port")
    return UsbAddress(int(identity[1], 16), int(identity[2], 16), serial, port)
