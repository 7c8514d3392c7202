# SPDX-License-Identifier: Apache-2.0
"""USB devices, serial ports and cameras from the kernel's own lists. No device file is opened.

pyserial's ``list_ports`` and pyusb read the same places but only of the running system; ``root`` lets tests
put a whole machine below a folder. A device that goes away while it is read is simply not there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from drivers.discovery.found import Found, Kind

ROOT: Final = Path("/")
_USB: Final = "sys/bus/usb/devices"
_TTY: Final = "sys/class/tty"
_VIDEO: Final = "sys/class/video4linux"
_HUB: Final = "09"
_NO_UART: Final = "0"
"""``type`` of a built-in serial port without hardware behind it."""
_LONGEST: Final = 200
_DEEPEST: Final = 12
"""Levels between a port and its USB device."""


def connected(root: Path = ROOT) -> tuple[Found, ...]:
    """Return all USB devices (hubs left out), serial ports and cameras, in a stable order."""
    return (*_usb_devices(root), *_serial_ports(root), *_cameras(root))


def names(root: Path = ROOT) -> frozenset[str]:
    """Return a name for everything that is connected: three listings, nothing is read. For a watch."""
    usb = {f"usb/{name}" for name in _names(root / _USB) if _is_device(name)}
    tty = {f"tty/{name}" for name in _names(root / _TTY)}
    return frozenset(usb | tty | {f"video/{name}" for name in _names(root / _VIDEO)})


def named(name: str, root: Path = ROOT) -> Found | None:
    """Return what one of :func:`names` stands for; ``None`` for what is of no interest or gone already.

    What hangs on a USB device is ``None``, too: the device itself is told.
    """
    kind, _, own = name.partition("/")
    if kind == "usb":
        return _usb_device(root / _USB / own)
    maker = _serial_port if kind == "tty" else _camera
    found = maker(root, own)
    return None if found is None or found.port else found


def _usb_devices(root: Path) -> Iterator[Found]:
    for name in _names(root / _USB):
        if _is_device(name) and (found := _usb_device(root / _USB / name)) is not None:
            yield found


def _is_device(name: str) -> bool:
    """Tell devices from interfaces (``1-1:1.0``) and root hubs (``usb1``)."""
    return ":" not in name and not name.startswith("usb")


def _usb_device(folder: Path) -> Found | None:
    vendor, product = _hexadecimal(folder / "idVendor"), _hexadecimal(folder / "idProduct")
    if vendor is None or product is None or _text(folder / "bDeviceClass") == _HUB:
        return None
    interfaces = tuple(
        "/".join(
            _text(folder / name / part)
            for part in ("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol")
        )
        for name in _names(folder)
        if name.startswith(f"{folder.name}:")
    )
    maker, product_name = _text(folder / "manufacturer"), _text(folder / "product")
    return Found(
        Kind.USB,
        path=folder.name,
        name=" ".join(filter(None, (maker, product_name))),
        vendor=vendor,
        product=product,
        serial=_text(folder / "serial"),
        port=folder.name,
        interfaces=interfaces,
    )


def _serial_ports(root: Path) -> Iterator[Found]:
    for name in _names(root / _TTY):
        if (found := _serial_port(root, name)) is not None:
            yield found


def _serial_port(root: Path, name: str) -> Found | None:
    folder = root / _TTY / name
    if not (folder / "device").exists() or _text(folder / "type") == _NO_UART:
        return None  # a terminal of the screen, or a port that is only a name
    usb = _usb_above(folder / "device")
    return Found(
        Kind.SERIAL,
        path=f"/dev/{name}",
        stable=_stable(root, "serial", name),
        name=usb.name if usb else "",
        vendor=usb.vendor if usb else None,
        product=usb.product if usb else None,
        serial=usb.serial if usb else "",
        port=usb.port if usb else "",
        interfaces=usb.interfaces if usb else (),
        driver=_driver(folder / "device"),
    )


def _cameras(root: Path) -> Iterator[Found]:
    for name in _names(root / _VIDEO):
        if (found := _camera(root, name)) is not None:
            yield found


def _camera(root: Path, name: str) -> Found | None:
    folder = root / _VIDEO / name
    if _text(folder / "index") not in {"", "0"}:
        return None  # the same camera's node for metadata
    if not folder.exists():
        return None
    usb = _usb_above(folder / "device")
    return Found(
        Kind.VIDEO,
        path=f"/dev/{name}",
        stable=_stable(root, "v4l", name),
        name=_text(folder / "name") or (usb.name if usb else ""),
        vendor=usb.vendor if usb else None,
        product=usb.product if usb else None,
        serial=usb.serial if usb else "",
        port=usb.port if usb else "",
        interfaces=usb.interfaces if usb else (),
        driver=_driver(folder / "device"),
    )


def _usb_above(link: Path) -> Found | None:
    """Return the USB device that a port hangs on."""
    folder = Path(os.path.realpath(link))
    for each in (folder, *folder.parents[:_DEEPEST]):
        if (each / "idVendor").exists():
            return _usb_device(each)
    return None


def _driver(link: Path) -> str:
    return Path(os.path.realpath(link / "driver")).name if (link / "driver").exists() else ""


def _stable(root: Path, area: str, name: str) -> str:
    """Return udev's lasting name of a device file: by serial number, else by socket."""
    for way in ("by-id", "by-path"):
        folder = root / "dev" / area / way
        for link in _names(folder):
            try:
                target = (folder / link).readlink()
            except OSError:
                continue
            if target.name == name:
                return f"/dev/{area}/{way}/{link}"
    return ""


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - names are wanted
    except OSError:
        return []


def _text(path: Path) -> str:
    """Return a small text of the kernel, printable and short; empty where there is none."""
    try:
        with path.open("rb") as source:
            raw = source.read(_LONGEST)
    except OSError:
        return ""
    text = raw.decode("utf-8", "replace").strip()
    return "".join(letter for letter in text if letter.isprintable())


def _hexadecimal(path: Path) -> int | None:
    try:
        return int(_text(path), 16)
    except ValueError:
        return None
