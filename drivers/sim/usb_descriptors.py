# SPDX-License-Identifier: Apache-2.0
"""Descriptor sets as a device sends them, byte for byte, and their reading.

They are made up from what the device-protocols sheet says of the layouts (§1.1, §7.3) and from the USB
specification; none was read out of a device. Strings are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Final

_DEVICE, _CONFIGURATION, _INTERFACE, _ENDPOINT = 1, 2, 4, 5
_DEVICE_SIZE: Final = 18

_NAMES: Final[dict[int, tuple[tuple[str, int], ...]]] = {
    _DEVICE: (
        ("bLength", 1),
        ("bDescriptorType", 1),
        ("bcdUSB", 2),
        ("bDeviceClass", 1),
        ("bDeviceSubClass", 1),
        ("bDeviceProtocol", 1),
        ("bMaxPacketSize0", 1),
        ("idVendor", 2),
        ("idProduct", 2),
        ("bcdDevice", 2),
        ("iManufacturer", 1),
        ("iProduct", 1),
        ("iSerialNumber", 1),
        ("bNumConfigurations", 1),
    ),
    _CONFIGURATION: (
        ("bLength", 1),
        ("bDescriptorType", 1),
        ("wTotalLength", 2),
        ("bNumInterfaces", 1),
        ("bConfigurationValue", 1),
        ("iConfiguration", 1),
        ("bmAttributes", 1),
        ("bMaxPower", 1),
    ),
    _INTERFACE: (
        ("bLength", 1),
        ("bDescriptorType", 1),
        ("bInterfaceNumber", 1),
        ("bAlternateSetting", 1),
        ("bNumEndpoints", 1),
        ("bInterfaceClass", 1),
        ("bInterfaceSubClass", 1),
        ("bInterfaceProtocol", 1),
        ("iInterface", 1),
    ),
    _ENDPOINT: (
        ("bLength", 1),
        ("bDescriptorType", 1),
        ("bEndpointAddress", 1),
        ("bmAttributes", 1),
        ("wMaxPacketSize", 2),
        ("bInterval", 1),
    ),
}


@dataclass(frozen=True, slots=True)
class DescriptorSet:
    """What one device tells of itself: device and configuration descriptor, strings from index 1."""

    device: bytes
    configuration: bytes
    strings: tuple[str, ...] = ()

    @classmethod
    def from_hex(cls, text: str, *strings: str) -> DescriptorSet:
        """Take the device descriptor and, behind it, the whole configuration."""
        data = bytes.fromhex(text)
        return cls(data[:_DEVICE_SIZE], data[_DEVICE_SIZE:], strings)

    @property
    def identity(self) -> str:
        """Return ``VID:PID`` as in a URL."""
        device = fields(self.device)
        return f"{device.idVendor:04X}:{device.idProduct:04X}"


@dataclass(frozen=True, slots=True)
class Setting:
    """One alternate setting with its end points, as read from the bytes."""

    interface: SimpleNamespace
    endpoints: tuple[SimpleNamespace, ...]


def fields(descriptor: bytes) -> SimpleNamespace:
    """Return a descriptor's fields under the names of the specification."""
    found, at = {}, 0
    for name, size in _NAMES[descriptor[1]]:
        found[name] = int.from_bytes(descriptor[at : at + size], "little")
        at += size
    return SimpleNamespace(
        **found, extra_descriptors=list(descriptor[at:]), bRefresh=0, bSynchAddress=0
    )


def settings_of(configuration: bytes) -> tuple[Setting, ...]:
    """Walk through a configuration; class-specific descriptors are stepped over."""
    found: list[tuple[SimpleNamespace, list[SimpleNamespace]]] = []
    at = configuration[0]
    while at < len(configuration):
        piece = configuration[at : at + configuration[at]]
        if piece[1] == _INTERFACE:
            found.append((fields(piece), []))
        elif piece[1] == _ENDPOINT:
            found[-1][1].append(fields(piece))
        at += configuration[at]
    return tuple(Setting(interface, tuple(endpoints)) for interface, endpoints in found)


CLASSIC_FOUR_PIPES: Final = DescriptorSet.from_hex(
    "12 01 10 01 00 00 00 40 00 04 5A C3 00 01 01 02 00 01"
    "09 02 2E 00 01 01 00 80 32"
    "09 04 00 00 04 FF 00 00 00"
    "07 05 02 02 40 00 00  07 05 06 02 40 00 00  07 05 81 02 40 00 00  07 05 85 02 40 00 00",
    "Hall24 test bench",
    "Played SAM reader, four pipes",
)
"""0400:C35A as published: OUT 02 and 06, IN 81 and 85, all bulk."""

FOUR_PIPES_ELSEWHERE: Final = DescriptorSet.from_hex(
    "12 01 00 02 00 00 00 40 1A 26 12 00 00 01 01 02 00 01"
    "09 02 2E 00 01 01 00 80 32"
    "09 04 00 00 04 FF 00 00 00"
    "07 05 87 02 40 00 00  07 05 04 02 40 00 00  07 05 83 02 40 00 00  07 05 01 02 40 00 00",
    "Hall24 test bench",
    "Played SAM reader, four pipes elsewhere",
)
"""Four pipes at other numbers, listed in disorder: OUT 01 and 04, IN 83 and 87."""

BULK_PAIR: Final = DescriptorSet.from_hex(
    "12 01 10 01 FF 00 00 40 00 04 5A C3 10 01 01 02 03 01"
    "09 02 20 00 01 01 00 80 32"
    "09 04 00 00 02 FF 00 00 00"
    "07 05 03 02 40 00 00  07 05 82 02 40 00 00",
    "Hall24 test bench",
    "Played SAM reader, one pair",
    "H24-0001",
)
"""The same identity as the classic, but one bulk pair, and a serial number."""

INTERRUPT_PAIR: Final = DescriptorSet.from_hex(
    "12 01 10 01 00 00 00 08 1A 26 11 00 00 01 01 02 03 01"
    "09 02 39 00 02 01 00 80 32"
    "09 04 00 00 01 03 01 01 00  09 21 11 01 00 01 22 3F 00  07 05 81 03 08 00 0A"
    "09 04 01 00 02 FF 00 00 00"
    "07 05 02 03 20 00 01  07 05 82 03 20 00 01",
    "Hall24 test bench",
    "Played SAM reader with keys, interrupt pair",
    "H24-0002",
)
"""A composite: a keyboard (HID, not to be touched) and a pair of 32-byte interrupt pipes."""

HID_ONLY: Final = DescriptorSet.from_hex(
    "12 01 10 01 00 00 00 40 1A 26 0C 00 00 01 01 02 00 01"
    "09 02 29 00 01 01 00 80 32"
    "09 04 00 00 02 03 00 00 00  09 21 11 01 00 01 22 1B 00"
    "07 05 81 03 40 00 01  07 05 01 03 40 00 01",
    "Hall24 test bench",
    "Played HID reader",
)
"""A reader with an envelope of its vendor's: not spoken to."""

PRINTER: Final = DescriptorSet.from_hex(
    "12 01 00 02 00 00 00 40 D4 0D 05 02 00 01 01 02 03 01"
    "09 02 30 00 01 01 00 C0 01"
    "09 04 00 00 01 07 01 01 00  07 05 02 02 40 00 00"
    "09 04 00 01 02 07 01 02 00  07 05 02 02 40 00 00  07 05 81 02 40 00 00",
    "Hall24 test bench",
    "Played receipt printer",
    "H24-0003",
)
"""A printer class interface: setting 0 only listens, setting 1 answers too."""
