# SPDX-License-Identifier: Apache-2.0
"""One played USB device: descriptors, pipes with packets that wait, stalls, and a hook for what it says.

No thread of its own: it lives under the lock of the bus that it is plugged into.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Final

from drivers.sim.pty_device import Piece
from drivers.sim.usb_descriptors import DescriptorSet, Setting, fields, settings_of

_IN: Final = 0x80


class PlayedUsbDevice(ABC):
    """Subclasses answer in :meth:`hear`. Its knobs are plain attributes."""

    def __init__(self, descriptors: DescriptorSet, *, seed: int = 1) -> None:
        self.descriptors: Final = descriptors
        self.device: Final[SimpleNamespace] = fields(descriptors.device)
        self.settings: Final[tuple[Setting, ...]] = settings_of(descriptors.configuration)
        self.frozen = False
        """Takes nothing and says nothing, as a device whose firmware hangs."""
        self.kernel_driver: set[int] = set()
        """Interfaces on which the kernel sits."""
        self.configured = True
        self.forbidden = False
        self.stalls: dict[int, int] = {}
        """How many of the next transfers an end point refuses."""
        self.empty_packets = False
        """Puts a packet without bytes before and behind every packet."""
        self.short_packets = False
        """Cuts its answers into packets of any size, where a real one fills them."""
        self.written: list[tuple[int, bytes]] = []
        """Every transfer that it took: end point and bytes."""
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._waiting: dict[int, deque[tuple[float, bytes]]] = {}
        self._halted: set[int] = set()
        self._speaks_at = 0.0

    # --- hooks ------------------------------------------------------------------------------------

    @abstractmethod
    def hear(self, address: int, data: bytes) -> Sequence[tuple[int, Piece]]:
        """Take what came on an OUT end point; return what goes back and on which IN end point."""

    def power_on(self) -> None:
        """Start as after plugging in."""
        self._waiting.clear()
        self._halted.clear()
        self.written.clear()
        self._speaks_at = 0.0

    # --- for the bus ------------------------------------------------------------------------------

    def endpoint(self, address: int) -> SimpleNamespace:
        """Return the descriptor of an end point."""
        for setting in self.settings:
            for endpoint in setting.endpoints:
                if endpoint.bEndpointAddress == address:
                    return endpoint
        raise LookupError(address)

    def refuses(self, address: int) -> bool:
        """Tell whether the end point stalls; it does so until the halt is cleared."""
        if self.stalls.get(address, 0) > 0:
            self.stalls[address] -= 1
            self._halted.add(address)
        return address in self._halted

    def clear_halt(self, address: int) -> None:
        """Let a stalled end point work again."""
        self._halted.discard(address)

    def take(self, address: int, data: bytes, now: float) -> None:
        """Take a transfer and put the answer's packets where they can be fetched at their time."""
        self.written.append((address, data))
        self._speaks_at = max(self._speaks_at, now)
        for target, piece in self.hear(address, data):
            self._speaks_at += piece.pause_s
            for packet in self._packets(target, piece.data):
                self.put(target, packet, self._speaks_at)

    def put(self, address: int, packet: bytes, at: float = 0.0) -> None:
        """Let a packet wait on an IN end point from then on."""
        if not address & _IN:
            raise ValueError("packets wait on IN end points only")
        self._waiting.setdefault(address, deque()).append((at, packet))

    def fetch(self, address: int, now: float) -> bytes | None:
        """Give the next packet that is due, ``None`` if there is none."""
        packets = self._waiting.get(address)
        if not packets or packets[0][0] > now:
            return None
        return packets.popleft()[1]

    def next_due(self, address: int) -> float | None:
        """Tell when the next packet is due."""
        packets = self._waiting.get(address)
        return packets[0][0] if packets else None

    def _packets(self, address: int, data: bytes) -> list[bytes]:
        size = int(self.endpoint(address).wMaxPacketSize)
        packets: list[bytes] = []
        while data:
            cut = self._random.randint(1, size) if self.short_packets else size
            packets.append(data[:cut])
            data = data[cut:]
        if self.empty_packets:
            packets = [one for packet in packets for one in (b"", packet, b"")]
        return packets
