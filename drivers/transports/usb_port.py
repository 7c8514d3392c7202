# SPDX-License-Identifier: Apache-2.0
"""The one seam to pyusb: find a device, claim its interface, move packets.

Everything foreign becomes an ``OSError`` with a number that ``drivers.transports.base`` knows, or one
of our errors: ``dev.no_libusb``, ``dev.several`` (two alike and no serial number in the URL),
``dev.no_pipes`` (nothing there carries plain bytes both ways), ``dev.stalled``.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import usb.backend
import usb.core
import usb.util

from drivers.core import MisconfiguredError, ProtocolError
from drivers.transports.usb_address import UsbAddress
from drivers.transports.usb_pipes import Pipe, Pipes, choose_pipes

STALLS: Final = 3
"""So many in a row, each cleared, are no passing trouble."""
_PASSING: Final = frozenset({errno.ETIMEDOUT, errno.EAGAIN, errno.EINTR})
_EMPTY_PACKETS: Final = 8
"""So many packets without bytes are passed over in one read."""
_LEAST_BULK_MS: Final = 3
_LEAST_INTERRUPT_MS: Final = 12
"""A packet that waits in the device is fetched in the next turn of the bus; asking for a shorter time
would miss it. For libusb, 0 is for ever."""


class UsbPort:
    """An opened device. Used under its transport's lock."""

    def __init__(self, device: Any, pipes: Pipes, *, borrowed: bool) -> None:  # noqa: ANN401 - untyped
        self._device = device
        self.pipes: Final = pipes
        self._borrowed = borrowed
        self._stalls = 0

    @classmethod
    def open(cls, address: UsbAddress, backend: usb.backend.IBackend | None = None) -> UsbPort:
        """Find and claim. Raises ``OSError`` (absent, forbidden, taken) and the errors of the module.

        A kernel driver that sits on the interface (usblp on printers) is sent away until :meth:`close`.
        """
        with _mapped():
            device = _find(address, backend)
            try:
                return cls._claim(device)
            except BaseException:
                usb.util.dispose_resources(device)
                raise

    @classmethod
    def _claim(cls, device: Any) -> UsbPort:  # noqa: ANN401 - untyped
        try:
            configuration = device.get_active_configuration()
        except usb.core.USBError as failure:
            if failure.errno in {errno.EACCES, errno.ENODEV, errno.EBUSY}:
                raise
            # It was never configured; setting it again where it is would reset the device.
            device.set_configuration()
            configuration = device.get_active_configuration()
        settings = tuple(configuration)
        pipes = choose_pipes(settings)
        if pipes is None:
            raise MisconfiguredError("dev.no_pipes")
        borrowed = _send_kernel_driver_away(device, pipes.interface)
        try:
            usb.util.claim_interface(device, pipes.interface)
            alike = [one for one in settings if one.bInterfaceNumber == pipes.interface]
            if len(alike) > 1:
                device.set_interface_altsetting(pipes.interface, pipes.alternate)
        except usb.core.USBError:
            if borrowed:
                _bring_kernel_driver_back(device, pipes.interface)
            raise
        return cls(device, pipes, borrowed=borrowed)

    def close(self) -> None:
        """Release everything; a device that is gone is released, too."""
        try:
            usb.util.release_interface(self._device, self.pipes.interface)
            if self._borrowed:
                _bring_kernel_driver_back(self._device, self.pipes.interface)
        except usb.core.USBError:
            # It was pulled out: nothing to give back.
            self._borrowed = False
        finally:
            usb.util.dispose_resources(self._device)

    def write(self, pipe: Pipe, data: bytes, wait_s: float) -> int:
        """Return how many bytes the device took within the time, maybe 0. Raises ``OSError``."""
        with _mapped():
            try:
                taken = int(self._device.write(pipe.address, data, _milliseconds(pipe, wait_s)))
            except usb.core.USBError as failure:
                self._pass_over(pipe, failure)
                return 0
            self._stalls = 0
            return taken

    def read(self, pipe: Pipe, wait_s: float) -> bytes:
        """Return one packet, ``b""`` when none came in time. Raises ``OSError``.

        A packet at a time: a longer transfer would wait for a short packet behind an answer whose
        length is a multiple of the packet size.
        """
        with _mapped():
            for _ in range(_EMPTY_PACKETS):
                try:
                    packet = self._device.read(
                        pipe.address, pipe.packet_bytes, _milliseconds(pipe, wait_s)
                    )
                except usb.core.USBError as failure:
                    self._pass_over(pipe, failure)
                    return b""
                self._stalls = 0
                if packet:
                    return bytes(packet)
        return b""

    def _pass_over(self, pipe: Pipe, failure: usb.core.USBError) -> None:
        """Return for what may pass: silence, and a stall after clearing it. Raise for the rest."""
        if isinstance(failure, usb.core.USBTimeoutError) or failure.errno in _PASSING:
            return
        if failure.errno == errno.EOVERFLOW:
            raise ProtocolError("dev.garbage")
        if failure.errno != errno.EPIPE:
            raise failure
        self._stalls += 1
        self._device.clear_halt(pipe.address)
        if self._stalls >= STALLS:
            self._stalls = 0
            raise ProtocolError("dev.stalled")


def _milliseconds(pipe: Pipe, wait_s: float) -> int:
    least = max(_LEAST_INTERRUPT_MS, 2 * pipe.interval) if pipe.interrupt else _LEAST_BULK_MS
    return max(min(least, 50), round(wait_s * 1000))


def _find(address: UsbAddress, backend: usb.backend.IBackend | None) -> Any:  # noqa: ANN401 - untyped
    alike = usb.core.find(
        find_all=True, backend=backend, idVendor=address.vendor, idProduct=address.product
    )
    found = [device for device in alike if _is_meant(device, address)]
    if not found:
        raise OSError(errno.ENODEV, "absent")
    if len(found) > 1:
        raise MisconfiguredError("dev.several", params={"count": len(found)})
    return found[0]


def _is_meant(device: Any, address: UsbAddress) -> bool:  # noqa: ANN401 - untyped
    if address.port is not None:
        ports = ".".join(map(str, device.port_numbers or ()))
        return f"{device.bus}-{ports}" == address.port
    if address.serial is None:
        return True
    try:
        return bool(usb.util.get_string(device, device.iSerialNumber) == address.serial)
    except UnicodeDecodeError:
        return False
    except ValueError:
        # pyusb's word for "could not be read", most often for want of the right to.
        raise OSError(errno.EACCES, "serial number") from None
    finally:
        # Asking opened it; it would stay open until collected.
        usb.util.dispose_resources(device)


def _send_kernel_driver_away(device: Any, interface: int) -> bool:  # noqa: ANN401 - untyped
    try:
        if not device.is_kernel_driver_active(interface):
            return False
        device.detach_kernel_driver(interface)
    except NotImplementedError:
        return False
    return True


def _bring_kernel_driver_back(device: Any, interface: int) -> None:  # noqa: ANN401 - untyped
    try:
        device.attach_kernel_driver(interface)
    except (NotImplementedError, usb.core.USBError):
        # The next plug-in brings it back.
        return


@contextmanager
def _mapped() -> Iterator[None]:
    """Turn what is no ``OSError`` into one of our errors; give every ``OSError`` a number."""
    try:
        yield
    except usb.core.NoBackendError:
        raise MisconfiguredError("dev.no_libusb") from None
    except usb.core.USBError as failure:
        raise OSError(failure.errno or errno.EIO, "usb") from None
    except (ValueError, IndexError, NotImplementedError):
        # Descriptors that contradict themselves, as a device that is being pulled out may give.
        raise OSError(errno.EIO, "usb") from None
