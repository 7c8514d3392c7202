# SPDX-License-Identifier: Apache-2.0
"""A serial line made of a pty, under a stable name, that can be unplugged and plugged in again."""

from __future__ import annotations

import os
import tty
from pathlib import Path

BYTES_PER_SECOND_AT_115200 = 11520
"""8N1: ten bits a byte."""


class PtyLine:
    """The device's end of a line whose other end is the symbolic link ``path``.

    Used by one thread. Not plugged in after construction.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._device_fd: int | None = None
        self._host_fd: int | None = None

    @property
    def fd(self) -> int | None:
        """The device's descriptor, to wait on; ``None`` while unplugged."""
        return self._device_fd

    def plug_in(self) -> None:
        """Make a new pty and let the link point at it."""
        if self._device_fd is not None:
            return
        device_fd, host_fd = os.openpty()
        # Raw before anybody opens it: otherwise the kernel echoes and cooks. We keep the host's end
        # open, so that a driver that closes the port is not an end-of-file for the device.
        tty.setraw(device_fd)
        tty.setraw(host_fd)
        os.set_blocking(device_fd, False)
        self._device_fd, self._host_fd = device_fd, host_fd
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(f".{self.path.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(host_fd))
        fresh.replace(self.path)

    def unplug(self) -> None:
        """Let the port vanish under whoever has it open."""
        self.path.unlink(missing_ok=True)
        for fd in (self._host_fd, self._device_fd):
            if fd is not None:
                os.close(fd)
        self._device_fd = self._host_fd = None

    def receive(self) -> bytes:
        """Return what the host sent, ``b""`` when nothing waits."""
        if self._device_fd is None:
            return b""
        try:
            return os.read(self._device_fd, 4096)
        except (BlockingIOError, OSError):
            return b""

    def send(self, data: bytes) -> int:
        """Send what fits; return how many bytes; a full line takes none, like a host that sleeps."""
        if self._device_fd is None:
            return len(data)
        try:
            return os.write(self._device_fd, data)
        except BlockingIOError:
            return 0
