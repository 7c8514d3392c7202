# SPDX-License-Identifier: Apache-2.0
"""One thing that was found, whatever it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What it is for the operating system."""

    USB = "usb"
    SERIAL = "serial"
    VIDEO = "video"
    PRINTER = "printer"
    """A queue of CUPS."""
    READER = "reader"
    """A smart-card reader that PC/SC knows."""
    SCANNER = "scanner"
    """What SANE knows."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is told of it. Texts are empty and numbers ``None`` where nothing is told.

    ``name`` and ``serial`` come from the device, which may be a resident's telephone: they are shown to the
    technician who asks, and never logged.
    """

    kind: Kind
    path: str = ""
    """As the kernel or the service names it: ``1-1.4``, ``/dev/ttyUSB0``, ``/dev/video0``, ``ipp://…``."""
    stable: str = ""
    """The name that survives replugging: ``/dev/serial/by-id/…``."""
    name: str = ""
    vendor: int | None = None
    product: int | None = None
    serial: str = ""
    port: str = ""
    """The USB socket as the kernel names it, ``1-1.4``."""
    interfaces: tuple[str, ...] = ()
    """USB classes as ``class/subclass/protocol`` in hexadecimal, e.g. ``07/01/02``."""
    driver: str = ""
    """The kernel's driver, e.g. ``ch341-uart``."""

    @property
    def identity(self) -> str:
        """``VID:PID`` in lower-case hexadecimal, empty for what is no USB device."""
        if self.vendor is None or self.product is None:
            return ""
        return f"{self.vendor:04x}:{self.product:04x}"

    @property
    def same_as(self) -> str:
        """What is the same when it is replugged elsewhere: identity and serial number; empty without the latter."""
        return f"{self.identity}/{self.serial}" if self.identity and self.serial else ""
