# SPDX-License-Identifier: Apache-2.0
"""Configured slots against what is connected: there, missing, moved, or another device in its place. Pure.

A slot that is configured by a lasting name (``/dev/serial/by-id/…``, ``usb://VID:PID/SERIAL``) cannot move; one
that is configured by ``/dev/ttyUSB0`` can, and is told by the identity that stood there when it last worked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from drivers.discovery.found import Found, Kind
from drivers.transports.usb_address import UsbAddress, parse_usb_url

Verdict = Literal["present", "missing", "moved", "other_device", "not_looked_for"]
_LASTING: Final = ("/dev/serial/by-", "/dev/v4l/by-")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one slot's device stands. ``found`` is what is there, or where it is now."""

    slot: str
    verdict: Verdict
    address: str
    """What the configuration says."""
    found: Found | None = None
    advice: str = ""
    """A lasting name to configure instead, where the present one is not."""
    why: str = ""
    """Why it was not looked for: ``network``, ``not_fitted``, ``service``."""


def place_of(
    slot: str,
    options: Mapping[str, object],
    connected: Sequence[Found],
    *,
    stood: str = "",
    exists: bool = False,
) -> Place:
    """Return where a slot's device stands.

    ``stood`` is :attr:`Found.same_as` of what was at that place when the slot last worked. ``exists`` tells
    whether a device file of that name is there, for ports that no bus tells of (a pseudo terminal).
    """
    address = _address(options)
    path = _device_file(address)
    if address.startswith("usb://"):
        return _usb(slot, address, connected)
    if path:
        return _file(slot, address, path, connected, stood, exists=exists)
    why = "network" if address else "service" if options else "not_fitted"
    return Place(slot, "not_looked_for", address, why=why)


def _file(
    slot: str, address: str, path: str, connected: Sequence[Found], stood: str, *, exists: bool
) -> Place:
    files = [each for each in connected if each.kind is not Kind.USB]
    at = next((each for each in files if path in {each.path, each.stable}), None)
    if at is not None and (not stood or at.same_as == stood):
        return Place(slot, "present", address, at, "" if path.startswith(_LASTING) else at.stable)
    now = next((each for each in files if stood and each.same_as == stood), None)
    if now is not None:
        return Place(slot, "moved", address, now, now.stable)
    if at is not None:
        return Place(slot, "other_device", address, at)
    return Place(slot, "present" if exists else "missing", address)


def place_at_service(place: Place, driver: str, reader: str, known: Sequence[Found]) -> Place:
    """Return the place of a slot that a service serves; ``known`` is what that service told.

    ``driver`` is of the slot, ``reader`` its option of that name (the beginning of a name, empty: any).
    """
    match driver:
        case "pcsc":
            at = next((each for each in known if each.path.startswith(reader)), None)
            name = reader or "any reader"
        case "sane" | "ipp":
            at = next((each for each in known if each.path == place.address), None)
            name = place.address
        case _:
            return place
    return Place(place.slot, "present" if at else "missing", name, at)


def device_file(options: Mapping[str, object]) -> str:
    """Return the device file that a slot is configured with; empty for networks, services and USB addresses."""
    address = _address(options)
    return "" if address.startswith("usb://") else _device_file(address)


def _address(options: Mapping[str, object]) -> str:
    for name in ("url", "device"):
        value = options.get(name)
        if isinstance(value, int) or (isinstance(value, str) and value):
            return str(value)
    return ""


def _device_file(address: str) -> str:
    if address.isdigit():
        return f"/dev/video{address}"
    if urlsplit(address).scheme in {"serial", ""}:
        path = address.removeprefix("serial:").partition("?baud=")[0]
        return path if path.startswith("/") else ""
    return ""


def _usb(slot: str, address: str, connected: Sequence[Found]) -> Place:
    try:
        wanted = parse_usb_url(address)
    except ValueError:
        return Place(slot, "not_looked_for", address, why="bad_address")
    alike = [
        each
        for each in connected
        if each.kind is Kind.USB
        and (each.vendor, each.product) == (wanted.vendor, wanted.product)
        and wanted.serial in {None, each.serial}
    ]
    at = next((each for each in alike if wanted.port in {None, each.port}), None)
    if at is not None:
        lasting = wanted.serial or wanted.port or len(alike) == 1
        return Place(slot, "present", address, at, "" if lasting else _usb_url(wanted, at))
    if alike:
        return Place(slot, "moved", address, alike[0], _usb_url(wanted, alike[0]))
    return Place(slot, "missing", address)


def _usb_url(wanted: UsbAddress, found: Found) -> str:
    name = f"usb://{wanted.vendor:04X}:{wanted.product:04X}"
    return f"{name}/{found.serial}" if found.serial else f"{name}?port={found.port}"
