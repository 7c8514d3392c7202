# SPDX-License-Identifier: Apache-2.0
"""Where a device listens and speaks, read from its descriptors and never taken for granted. Pure.

The same vendor and product come with other end points inside (device-protocols sheet §1.1), so an
address that is written down anywhere is wrong on the next machine.
"""

# ruff: noqa: N815 - the names of descriptor fields are those of the USB specification

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

_BULK, _INTERRUPT = 2, 3
_IN: Final = 0x80
_PACKET_MASK: Final = 0x07FF
"""The bits above say how many packets fit in a micro-frame."""

_VENDOR, _PRINTER, _CDC_DATA, _UNSAID = 0xFF, 0x07, 0x0A, 0x00
_CLASSES: Final = (_VENDOR, _PRINTER, _CDC_DATA, _UNSAID)
"""What may carry plain bytes, the likeliest first. Others (HID, smart card, storage, video …) have a
protocol of their own around them and are not spoken to."""
_TWO_WAYS: Final = 2
"""bInterfaceProtocol of a printer that answers."""


class EndpointLike(Protocol):
    """What is read of an end point; the names are those of the USB specification and of pyusb."""

    bEndpointAddress: int
    bmAttributes: int
    wMaxPacketSize: int
    bInterval: int


class InterfaceLike(Protocol):
    """What is read of one alternate setting of an interface."""

    bInterfaceNumber: int
    bAlternateSetting: int
    bInterfaceClass: int
    bInterfaceProtocol: int

    def endpoints(self) -> Iterable[EndpointLike]:
        """Return its end points."""
        ...


@dataclass(frozen=True, slots=True)
class Pipe:
    """One end point that carries bytes in one direction."""

    address: int
    packet_bytes: int
    interrupt: bool = False
    interval: int = 0
    """bInterval: how often an interrupt end point is asked, in the unit of the device's speed."""


@dataclass(frozen=True, slots=True)
class Pipes:
    """One alternate setting of one interface; both directions sorted by end point number."""

    interface: int
    alternate: int
    outs: tuple[Pipe, ...]
    ins: tuple[Pipe, ...]


def choose_pipes(settings: Iterable[InterfaceLike]) -> Pipes | None:
    """Return the setting that carries plain bytes both ways, the likeliest; ``None`` if none does."""
    best: tuple[tuple[int, ...], Pipes] | None = None
    for setting in settings:
        pipes = _pipes_of(setting)
        if setting.bInterfaceClass not in _CLASSES or not pipes.outs or not pipes.ins:
            continue
        rank = (
            _CLASSES.index(setting.bInterfaceClass),
            0 if setting.bInterfaceProtocol == _TWO_WAYS else 1,
            pipes.interface,
            pipes.alternate,
        )
        if best is None or rank < best[0]:
            best = rank, pipes
    return None if best is None else best[1]


def _pipes_of(setting: InterfaceLike) -> Pipes:
    outs: list[Pipe] = []
    ins: list[Pipe] = []
    for endpoint in setting.endpoints():
        kind = endpoint.bmAttributes & 3
        packet_bytes = endpoint.wMaxPacketSize & _PACKET_MASK
        if kind not in {_BULK, _INTERRUPT} or not packet_bytes:
            continue
        pipe = Pipe(endpoint.bEndpointAddress, packet_bytes, kind == _INTERRUPT, endpoint.bInterval)
        (ins if pipe.address & _IN else outs).append(pipe)
    return Pipes(
        setting.bInterfaceNumber,
        setting.bAlternateSetting,
        tuple(sorted(outs, key=_number)),
        tuple(sorted(ins, key=_number)),
    )


def _number(pipe: Pipe) -> int:
    return pipe.address & 0x0F
