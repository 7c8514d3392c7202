# SPDX-License-Identifier: Apache-2.0
"""A machine below a folder: the parts of ``/sys`` and ``/dev`` that discovery reads, as Linux lays them out."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_BUS = "sys/devices/pci0000:00/0000:00:14.0/usb1"


class FakeMachine:
    """Plug things in and pull them out. Device files are names that nobody can open."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("sys/bus/usb/devices", "sys/class/tty", "sys/class/video4linux", "dev"):
            (root / folder).mkdir(parents=True)
        self._links: dict[str, list[Path]] = {}

    def usb(
        self,
        port: str,
        identity: str,
        *interfaces: str,
        serial: str = "",
        name: str = "",
        maker: str = "",
        device_class: str = "00",
    ) -> Path:
        """Plug a USB device into a socket; interfaces as ``07/01/02``."""
        folder = self.root / _BUS / port
        folder.mkdir(parents=True)
        vendor, product = identity.split(":")
        texts = {
            "idVendor": vendor,
            "idProduct": product,
            "bDeviceClass": device_class,
            "serial": serial,
            "product": name,
            "manufacturer": maker,
        }
        for key, text in texts.items():
            if text:
                (folder / key).write_text(f"{text}\n", "utf-8")
        for number, interface in enumerate(interfaces):
            part = folder / f"{port}:1.{number}"
            part.mkdir()
            names = ("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol")
            for key, text in zip(names, interface.split("/"), strict=True):
                (part / key).write_text(f"{text}\n", "ascii")
        self._link(port, self.root / "sys/bus/usb/devices" / port, folder)
        return folder

    def usb_serial(
        self, port: str, identity: str, name: str, *, serial: str = "", by_id: str = ""
    ) -> None:
        """Plug in a converter that becomes ``/dev/NAME``."""
        folder = self.usb(port, identity, "ff/01/02", serial=serial)
        device = folder / f"{port}:1.0" / name
        (device / "tty" / name).mkdir(parents=True)
        drivers = self.root / "sys/bus/usb-serial/drivers/ch341-uart"
        drivers.mkdir(parents=True, exist_ok=True)
        (device / "driver").symlink_to(os.path.relpath(drivers, device))
        (device / "tty" / name / "device").symlink_to("../..")
        self._link(port, self.root / "sys/class/tty" / name, device / "tty" / name)
        self._device_file(port, name, "serial", by_id)

    def camera(self, port: str, identity: str, name: str, *, by_id: str = "") -> None:
        """Plug in a camera that becomes ``/dev/NAME``, and the next number for its metadata."""
        folder = self.usb(port, identity, "0e/01/00", "0e/02/00")
        number = int(name.removeprefix("video"))
        for index, own in enumerate((name, f"video{number + 1}")):
            node = folder / f"{port}:1.0" / "video4linux" / own
            node.mkdir(parents=True)
            (node / "index").write_text(f"{index}\n", "ascii")
            (node / "name").write_text("Doccamera\n", "ascii")
            (node / "device").symlink_to("../..")
            self._link(port, self.root / "sys/class/video4linux" / own, node)
        self._device_file(port, name, "v4l", by_id)

    def uart(self, name: str, kind: str = "4") -> None:
        """Fit a built-in serial port; kind 0 is a port that is only a name."""
        node = self.root / f"sys/devices/platform/serial8250/tty/{name}"
        node.mkdir(parents=True)
        (node / "type").write_text(f"{kind}\n", "ascii")
        (node / "device").symlink_to("../..")
        self._link(name, self.root / "sys/class/tty" / name, node)

    def console(self, name: str) -> None:
        """Add a terminal of the screen: a tty without a device."""
        (self.root / "sys/class/tty" / name).mkdir()

    def pull_out(self, port: str) -> None:
        """Take away what hangs in that socket."""
        for link in self._links.pop(port):
            link.unlink()
        shutil.rmtree(self.root / _BUS / port, ignore_errors=True)

    def _device_file(self, port: str, name: str, area: str, by_id: str) -> None:
        path = self.root / "dev" / name
        os.mkfifo(path, 0)  # who opens it would wait for ever, and has no right to
        self._links[port].append(path)
        if by_id:
            link = self.root / "dev" / area / "by-id" / by_id
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(f"../../{name}")
            self._links[port].append(link)

    def _link(self, port: str, link: Path, target: Path) -> None:
        link.symlink_to(os.path.relpath(target, link.parent))
        self._links.setdefault(port, []).append(link)
