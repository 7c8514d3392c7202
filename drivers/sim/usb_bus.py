# SPDX-License-Identifier: Apache-2.0
"""A USB bus in memory: a back end of pyusb on which played devices are plugged in and pulled out.

The driver's own pyusb code runs on it unchanged; what is replaced is libusb. Time is a monotonic clock
or, with ``pause``, a made-up one.
"""

from __future__ import annotations

import array
import errno
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Final

import usb.backend
import usb.core

from drivers.sim.usb_descriptors import Setting, fields
from drivers.sim.usb_device import PlayedUsbDevice

_BUS: Final = 1
_FULL_SPEED: Final = 2
_GET_DESCRIPTOR, _STRING = 6, 3
_ENGLISH: Final = b"\x09\x04"


@dataclass(slots=True)
class _Plug:
    """A device in a socket; a new one each time it is plugged in, as the kernel numbers them."""

    played: PlayedUsbDevice
    address: int
    socket: int
    present: bool = True
    claimed: dict[int, int] = field(default_factory=dict)
    """Interface → number of the handle that has it."""
    detached: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Handle:
    plug: _Plug
    number: int


class PlayedUsbBus(usb.backend.IBackend):  # type: ignore[misc] # pyusb has no types
    """Where played devices are. Calls come from any thread; each waits at most its own time-out."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] | None = None,
    ) -> None:
        self._changed = threading.Condition()
        self._clock = clock
        self._pause = pause
        self._plugs: list[_Plug] = []
        self._addresses = 0
        self._handles = 0
        self.open_handles = 0
        """Handles that somebody holds; 0 when every driver let go."""

    # --- for the tester ---------------------------------------------------------------------------

    def plug_in(self, played: PlayedUsbDevice, socket: int = 1) -> None:
        """Plug a device into a socket; nothing if it is in."""
        with self._changed:
            if self._plug_of(played) is None:
                self._addresses += 1
                played.power_on()
                self._plugs.append(_Plug(played, self._addresses, socket))
                self._changed.notify_all()

    def pull_out(self, played: PlayedUsbDevice) -> None:
        """Take a device away, also from under a transfer."""
        with self._changed:
            plug = self._plug_of(played)
            if plug is not None:
                plug.present = False
                self._plugs.remove(plug)
                self._changed.notify_all()

    def has(self, played: PlayedUsbDevice) -> bool:
        """Tell whether it is plugged in."""
        with self._changed:
            return self._plug_of(played) is not None

    def do(self, change: Callable[[], object]) -> None:
        """Change something about a device while no transfer runs."""
        with self._changed:
            change()
            self._changed.notify_all()

    def _plug_of(self, played: PlayedUsbDevice) -> _Plug | None:
        return next((plug for plug in self._plugs if plug.played is played), None)

    # --- finding and describing -------------------------------------------------------------------

    def enumerate_devices(self) -> Iterator[_Plug]:
        """List what is plugged in."""
        with self._changed:
            return iter(tuple(self._plugs))

    def get_parent(self, dev: _Plug) -> None:
        """Tell nothing of hubs."""
        del dev

    def get_device_descriptor(self, dev: _Plug) -> SimpleNamespace:
        """Describe the device and where it is."""
        found = fields(dev.played.descriptors.device)
        found.bus, found.address, found.speed = _BUS, dev.address, _FULL_SPEED
        found.port_number, found.port_numbers = dev.socket, (dev.socket,)
        return found

    def get_configuration_descriptor(self, dev: _Plug, config: int) -> SimpleNamespace:
        """Describe the one configuration."""
        if config:
            raise IndexError(config)
        return fields(dev.played.descriptors.configuration)

    def get_interface_descriptor(
        self, dev: _Plug, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        """Describe one setting; ``intf`` and ``alt`` count, they are not numbers of the descriptor."""
        del config
        return _setting(dev, intf, alt).interface

    def get_endpoint_descriptor(
        self, dev: _Plug, ep: int, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        """Describe one end point."""
        del config
        return _setting(dev, intf, alt).endpoints[ep]

    # --- opening and claiming ---------------------------------------------------------------------

    def open_device(self, dev: _Plug) -> _Handle:
        """Open."""
        with self._changed:
            _present(dev)
            if dev.played.forbidden:
                raise _error(errno.EACCES)
            self._handles += 1
            self.open_handles += 1
            return _Handle(dev, self._handles)

    def close_device(self, dev_handle: _Handle) -> None:
        """Close; what it claimed is free."""
        with self._changed:
            self.open_handles -= 1
            claimed = dev_handle.plug.claimed
            for interface in [key for key, owner in claimed.items() if owner == dev_handle.number]:
                del claimed[interface]

    def set_configuration(self, dev_handle: _Handle, config_value: int) -> None:
        """Configure."""
        with self._changed:
            _present(dev_handle.plug)
            dev_handle.plug.played.configured = bool(config_value)

    def get_configuration(self, dev_handle: _Handle) -> int:
        """Return the configuration's value, 0 when it has none."""
        with self._changed:
            _present(dev_handle.plug)
            return 1 if dev_handle.plug.played.configured else 0

    def claim_interface(self, dev_handle: _Handle, intf: int) -> None:
        """Claim; refused while another handle or the kernel has it."""
        with self._changed:
            plug = dev_handle.plug
            _present(plug)
            if self._kernel_has(plug, intf):
                raise _error(errno.EBUSY)
            if plug.claimed.setdefault(intf, dev_handle.number) != dev_handle.number:
                raise _error(errno.EBUSY)

    def release_interface(self, dev_handle: _Handle, intf: int) -> None:
        """Give it back."""
        with self._changed:
            _present(dev_handle.plug)
            dev_handle.plug.claimed.pop(intf, None)

    def set_interface_altsetting(self, dev_handle: _Handle, intf: int, altsetting: int) -> None:
        """Choose a setting."""
        with self._changed:
            _present(dev_handle.plug)
            numbers = [
                (one.interface.bInterfaceNumber, one.interface.bAlternateSetting)
                for one in dev_handle.plug.played.settings
            ]
            if (intf, altsetting) not in numbers:
                raise _error(errno.ENOENT)

    def is_kernel_driver_active(self, dev_handle: _Handle, intf: int) -> bool:
        """Tell whether the kernel has it."""
        with self._changed:
            _present(dev_handle.plug)
            return self._kernel_has(dev_handle.plug, intf)

    def detach_kernel_driver(self, dev_handle: _Handle, intf: int) -> None:
        """Take it from the kernel; refused while another program got there first."""
        with self._changed:
            if dev_handle.plug.claimed.get(intf, dev_handle.number) != dev_handle.number:
                raise _error(errno.EBUSY)
            dev_handle.plug.detached.add(intf)

    def attach_kernel_driver(self, dev_handle: _Handle, intf: int) -> None:
        """Give it back to the kernel."""
        with self._changed:
            dev_handle.plug.detached.discard(intf)

    @staticmethod
    def _kernel_has(plug: _Plug, intf: int) -> bool:
        return intf in plug.played.kernel_driver and intf not in plug.detached

    # --- transfers --------------------------------------------------------------------------------

    def ctrl_transfer(  # noqa: PLR0917 - pyusb's signature
        self,
        dev_handle: _Handle,
        bmRequestType: int,  # noqa: N803 - pyusb's name
        bRequest: int,  # noqa: N803
        wValue: int,  # noqa: N803
        wIndex: int,  # noqa: N803
        data: array.array[int],
        timeout: int,
    ) -> int:
        """Answer requests for strings; stall every other."""
        del bmRequestType, wIndex, timeout
        with self._changed:
            _present(dev_handle.plug)
            if bRequest != _GET_DESCRIPTOR or wValue >> 8 != _STRING:
                raise _error(errno.EPIPE)
            strings = dev_handle.plug.played.descriptors.strings
            index = wValue & 0xFF
            if index > len(strings):
                raise _error(errno.EPIPE)
            body = strings[index - 1].encode("utf-16-le") if index else _ENGLISH
            answer = bytes((len(body) + 2, _STRING)) + body
            data[: len(answer)] = array.array("B", answer)
            return len(answer)

    def bulk_write(
        self, dev_handle: _Handle, ep: int, intf: int, data: array.array[int], timeout: int
    ) -> int:
        """Let the device take a transfer whole; one that takes nothing lets the time pass."""
        with self._changed:
            played = self._ready(dev_handle, ep, intf)
            until = self._clock() + timeout / 1000
            while played.frozen:
                self._wait(until)
                _present(dev_handle.plug)
            played.take(ep, data.tobytes(), self._clock())
            self._changed.notify_all()
            return len(data)

    def bulk_read(
        self, dev_handle: _Handle, ep: int, intf: int, buff: array.array[int], timeout: int
    ) -> int:
        """Fetch one packet; a buffer that is too small for it is an overflow."""
        with self._changed:
            played = self._ready(dev_handle, ep, intf)
            until = self._clock() + timeout / 1000
            while True:
                packet = None if played.frozen else played.fetch(ep, self._clock())
                if packet is not None:
                    break
                due = played.next_due(ep)
                self._wait(until, due if due is not None and not played.frozen else until)
                _present(dev_handle.plug)
            if len(packet) > len(buff):
                raise _error(errno.EOVERFLOW)
            buff[: len(packet)] = array.array("B", packet)
            return len(packet)

    intr_write = bulk_write
    intr_read = bulk_read

    def clear_halt(self, dev_handle: _Handle, ep: int) -> None:
        """End a stall."""
        with self._changed:
            _present(dev_handle.plug)
            dev_handle.plug.played.clear_halt(ep)

    def _ready(self, handle: _Handle, ep: int, intf: int) -> PlayedUsbDevice:
        _present(handle.plug)
        if handle.plug.claimed.get(intf) != handle.number:
            raise _error(errno.EBUSY)
        played = handle.plug.played
        if played.refuses(ep):
            raise _error(errno.EPIPE)
        return played

    def _wait(self, until: float, due: float | None = None) -> None:
        """Wait for a change; raise the time-out when the time is over."""
        now = self._clock()
        if now >= until:
            raise usb.core.USBTimeoutError("played time-out", errno=errno.ETIMEDOUT)
        seconds = max(0.0, min(until, due if due is not None else until) - now)
        if self._pause is None:
            self._changed.wait(seconds)
        else:
            self._pause(seconds)


def _setting(plug: _Plug, intf: int, alt: int) -> Setting:
    numbers = sorted({one.interface.bInterfaceNumber for one in plug.played.settings})
    alike = [one for one in plug.played.settings if one.interface.bInterfaceNumber == numbers[intf]]
    return alike[alt]


def _present(plug: _Plug) -> None:
    if not plug.present:
        raise _error(errno.ENODEV)


def _error(number: int) -> usb.core.USBError:
    return usb.core.USBError("played trouble", errno=number)
