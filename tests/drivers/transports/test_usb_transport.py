# SPDX-License-Identifier: Apache-2.0
"""USB devices are found by what they say of themselves, and every trouble of the bus has its error."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
import usb.core
from hypothesis import given
from hypothesis import strategies as st

from drivers.core import (
    CancelledError,
    CommandContext,
    DeadlineError,
    DeviceError,
    MisconfiguredError,
    NotPresentError,
    NotReadyError,
    ProtocolError,
)
from drivers.sim.pty_device import Piece
from drivers.sim.usb_bus import PlayedUsbBus
from drivers.sim.usb_descriptors import (
    BULK_PAIR,
    CLASSIC_FOUR_PIPES,
    HID_ONLY,
    INTERRUPT_PAIR,
    PRINTER,
    DescriptorSet,
)
from drivers.sim.usb_device import PlayedUsbDevice
from drivers.transports import UsbTransport, open_transport
from drivers.transports.usb_address import UsbAddress, parse_usb_url
from drivers.transports.usb_pipes import Pipe, Pipes, choose_pipes
from tests.support.patience import patience


class Echo(PlayedUsbDevice):
    """Sends back what it hears."""

    def hear(self, address: int, data: bytes) -> Sequence[tuple[int, Piece]]:
        del address
        return [(self.ins[0], Piece(data))]

    @property
    def ins(self) -> list[int]:
        return [
            endpoint.bEndpointAddress
            for setting in self.settings
            for endpoint in setting.endpoints
            if endpoint.bEndpointAddress & 0x80 and setting.interface.bInterfaceClass != 3
        ]


@dataclass
class Bench:
    bus: PlayedUsbBus
    device: Echo
    url: str

    def transport(self, url: str = "") -> UsbTransport:
        return UsbTransport(url or self.url, backend=self.bus, read_timeout_s=0.2)

    def opened(self) -> UsbTransport:
        transport = self.transport()
        transport.open(within(2))
        return transport

    def refusal(self, url: str = "") -> DeviceError:
        transport = self.transport(url)
        with pytest.raises(DeviceError) as failed:
            transport.open(within(2))
        assert not transport.is_open
        assert self.bus.open_handles == 0
        return failed.value


def within(seconds: float) -> CommandContext:
    return CommandContext.within(seconds)


def bench_with(descriptors: DescriptorSet) -> Bench:
    bus, device = PlayedUsbBus(), Echo(descriptors)
    bus.plug_in(device)
    return Bench(bus, device, f"usb://{descriptors.identity}")


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = bench_with(PRINTER)
    yield made
    assert made.bus.open_handles == 0


# --- addresses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("usb://0400:C35A", UsbAddress(0x0400, 0xC35A)),
        ("usb://dd4:205", UsbAddress(0x0DD4, 0x0205)),
        ("usb://0400:c35a/H24-0001", UsbAddress(0x0400, 0xC35A, "H24-0001")),
        ("usb://0400:c35a/A%2FB%201", UsbAddress(0x0400, 0xC35A, "A/B 1")),
        ("usb://0400:c35a?port=1-1.4", UsbAddress(0x0400, 0xC35A, port="1-1.4")),
    ],
)
def test_a_url_names_vendor_product_and_one_of_two_alike(url: str, address: UsbAddress) -> None:
    assert parse_usb_url(url) == address
    assert isinstance(open_transport(url), UsbTransport)


@pytest.mark.parametrize(
    "url",
    [
        "usb:",
        "usb:none",
        "usb://",
        "usb://0400",
        "usb://0400:c35a1",
        "usb://04g0:c35a",
        "usb://0400:c35a?port=left",
        "usb://0400:c35a/%00",
        "serial://0400:c35a",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(MisconfiguredError, match=r"dev\.bad_url"):
        open_transport(url)


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_a_value_error(rest: str) -> None:
    try:
        address = parse_usb_url(f"usb://{rest}")
    except ValueError:
        return
    assert 0 <= address.vendor <= 0xFFFF
    assert 0 <= address.product <= 0xFFFF


# --- pipes from descriptors ---------------------------------------------------------------------------


def test_the_printer_setting_that_answers_is_taken(bench: Bench) -> None:
    transport = bench.opened()
    assert transport.pipes == Pipes(0, 1, (Pipe(0x02, 64),), (Pipe(0x81, 64),))
    transport.close()


def test_in_a_composite_the_keyboard_is_left_alone() -> None:
    bench = bench_with(INTERRUPT_PAIR)
    transport = bench.opened()
    assert transport.pipes == Pipes(1, 0, (Pipe(0x02, 32, True, 1),), (Pipe(0x82, 32, True, 1),))
    transport.close()


def test_nothing_for_plain_bytes_is_a_mistake_in_the_configuration() -> None:
    refusal = bench_with(HID_ONLY).refusal()
    assert isinstance(refusal, MisconfiguredError)
    assert refusal.code == "dev.no_pipes"


@dataclass
class _Endpoint:
    bEndpointAddress: int  # noqa: N815 - the specification's names
    bmAttributes: int  # noqa: N815
    wMaxPacketSize: int  # noqa: N815
    bInterval: int  # noqa: N815


@dataclass
class _Setting:
    bInterfaceNumber: int  # noqa: N815
    bAlternateSetting: int  # noqa: N815
    bInterfaceClass: int  # noqa: N815
    bInterfaceProtocol: int  # noqa: N815
    inside: list[_Endpoint]

    def endpoints(self) -> list[_Endpoint]:
        return self.inside


_BYTE = st.integers(0, 255)
_ENDPOINTS = st.builds(_Endpoint, _BYTE, _BYTE, st.integers(0, 65535), _BYTE)
_SETTINGS = st.builds(
    _Setting,
    _BYTE,
    _BYTE,
    st.sampled_from([0, 3, 7, 8, 10, 11, 255]),
    _BYTE,
    st.lists(_ENDPOINTS, max_size=6),
)


@given(st.lists(_SETTINGS, max_size=5))
def test_whatever_a_device_describes_only_byte_pipes_both_ways_are_chosen(
    settings: list[_Setting],
) -> None:
    pipes = choose_pipes(settings)
    if pipes is None:
        return
    assert pipes.outs
    assert pipes.ins
    assert all(not pipe.address & 0x80 for pipe in pipes.outs)
    assert all(pipe.address & 0x80 for pipe in pipes.ins)
    assert all(1 <= pipe.packet_bytes <= 2047 for pipe in pipes.outs + pipes.ins)
    classes = {
        one.bInterfaceClass
        for one in settings
        if (one.bInterfaceNumber, one.bAlternateSetting) == (pipes.interface, pipes.alternate)
    }
    assert classes - {3, 8, 11}


# --- opening ------------------------------------------------------------------------------------------


def test_absent_is_not_present(bench: Bench) -> None:
    bench.bus.pull_out(bench.device)
    refusal = bench.refusal()
    assert isinstance(refusal, NotPresentError)
    assert refusal.code == "dev.not_present"


def test_without_the_right_it_says_so(bench: Bench) -> None:
    bench.device.forbidden = True
    assert bench.refusal().code == "dev.no_permission"
    # The serial number cannot be read either; that is no other device.
    assert bench.refusal(f"{bench.url}/H24-0003").code == "dev.no_permission"


def test_a_second_program_is_refused(bench: Bench) -> None:
    first, second = bench.opened(), bench.transport()
    with pytest.raises(NotReadyError, match=r"dev\.port_taken"):
        second.open(within(2))
    first.close()
    second.open(within(2))
    second.close()


def test_of_two_alike_the_serial_number_or_the_socket_tells_which(bench: Bench) -> None:
    twin = Echo(DescriptorSet(PRINTER.device, PRINTER.configuration, ("a", "b", "H24-0009")))
    bench.bus.plug_in(twin, socket=4)
    refusal = bench.refusal()
    assert (refusal.code, refusal.params) == ("dev.several", {"count": 2})
    for url in (f"{bench.url}/H24-0009", f"{bench.url}?port=1-4"):
        transport = bench.transport(url)
        transport.open(within(2))
        transport.write(b"here", within(2))
        transport.close()
    assert [data for _address, data in twin.written] == [b"here", b"here"]
    assert bench.device.written == []
    assert bench.refusal(f"{bench.url}/H24-0007").code == "dev.not_present"


def test_a_device_without_strings_is_found_without_a_serial_number() -> None:
    bench = bench_with(DescriptorSet(CLASSIC_FOUR_PIPES.device, CLASSIC_FOUR_PIPES.configuration))
    bench.opened().close()
    assert bench.refusal(f"{bench.url}/X").code == "dev.not_present"


def test_the_kernel_gets_its_printer_back(bench: Bench) -> None:
    bench.device.kernel_driver.add(0)
    transport = bench.opened()
    transport.write(b"x", within(2))
    transport.close()
    handle = bench.bus.open_device(next(iter(bench.bus.enumerate_devices())))
    assert bench.bus.is_kernel_driver_active(handle, 0)
    bench.bus.close_device(handle)


def test_a_device_that_nobody_configured_is_configured(bench: Bench) -> None:
    bench.device.configured = False
    bench.opened().close()
    assert bench.device.configured


def test_without_libusb_the_configuration_cannot_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(**_wanted: object) -> object:
        raise usb.core.NoBackendError("No backend available")

    monkeypatch.setattr(usb.core, "find", none)
    with pytest.raises(MisconfiguredError, match=r"dev\.no_libusb"):
        UsbTransport("usb://0400:C35A").open(within(1))


def test_descriptors_that_contradict_themselves_are_no_device(bench: Bench) -> None:
    lying = PRINTER.configuration.replace(
        bytes.fromhex("09040000 01"), bytes.fromhex("09040000 05")
    )
    bench.bus.pull_out(bench.device)
    bench.bus.plug_in(Echo(DescriptorSet(PRINTER.device, lying)))
    assert isinstance(bench.refusal(), NotPresentError)


# --- bytes --------------------------------------------------------------------------------------------


def test_bytes_of_every_value_pass_both_ways(bench: Bench) -> None:
    transport = bench.opened()
    every = bytes(range(256)) * 9
    transport.write(every, within(2))
    assert transport.bytes_sent == len(every)
    assert transport.read_exactly(len(every), within(2)) == every
    transport.close()


def test_no_more_is_returned_than_asked_for_and_nothing_is_lost(bench: Bench) -> None:
    transport = bench.opened()
    transport.write(b"0123456789", within(2))
    assert transport.read(3, within(2)) == b"012"
    assert transport.read_exactly(7, within(2)) == b"3456789"
    transport.write(b"stale", within(2))
    assert transport.read(1, within(2)) == b"s"
    transport.drain()
    assert transport.read(9, within(2)) == b""
    transport.close()


def test_empty_packets_end_no_drain(bench: Bench) -> None:
    transport = bench.opened()
    for packet in (b"", b"old", b"", b"older", b""):
        bench.device.put(0x81, packet)
    assert transport.drain() == 8
    transport.close()


@pytest.mark.parametrize("address", [0x02, 0x81])
def test_a_stall_is_cleared_twice_and_then_an_error_that_closes_nothing(
    bench: Bench, address: int
) -> None:
    transport = bench.opened()
    bench.device.stalls[address] = 2
    transport.write(b"x", within(2))
    assert transport.read_exactly(1, within(2)) == b"x"
    bench.device.stalls[address] = 3
    with pytest.raises(ProtocolError, match=r"dev\.stalled"):
        _echo(transport, b"y")
    assert transport.is_open
    transport.close()


def _echo(transport: UsbTransport, data: bytes) -> bytes:
    transport.write(data, within(2))
    return transport.read_exactly(len(data), within(2))


def test_a_packet_that_is_too_large_is_garbage(bench: Bench) -> None:
    transport = bench.opened()
    bench.device.put(0x81, bytes(65))
    with pytest.raises(ProtocolError, match=r"dev\.garbage"):
        transport.read(100, within(2))
    transport.close()


# --- ends ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["read", "write"])
@pytest.mark.parametrize("end", ["cancel", "unplug", "close", "deadline"])
def test_a_blocked_verb_ends_within_100_ms(bench: Bench, verb: str, end: str) -> None:
    transport = bench.opened()
    bench.bus.do(lambda: setattr(bench.device, "frozen", True))
    context = within(0.2 if end == "deadline" else 20)
    ends = {
        "cancel": (context.cancelled.set, CancelledError),
        "unplug": (lambda: bench.bus.pull_out(bench.device), NotPresentError),
        "close": (transport.close, NotPresentError),
        "deadline": (lambda: None, DeadlineError),
    }
    act, error = ends[end]
    ended_at: list[float] = [time.monotonic() + 0.2]

    def strike() -> None:
        ended_at[0] = time.monotonic()
        act()

    timer = threading.Timer(0.2, strike)
    timer.start()
    with pytest.raises(error):
        transport.write(b"x", context) if verb == "write" else transport.read(
            1, context, timeout_s=20
        )
    timer.join()
    assert time.monotonic() - ended_at[0] < patience(
        0.1 + 0.15
    )  # a machine that does other things too
    transport.close()
    assert transport.bytes_sent == 0


def test_unplugged_and_back_needs_no_new_transport() -> None:
    bench = bench_with(BULK_PAIR)
    transport = bench.opened()
    bench.bus.pull_out(bench.device)
    with pytest.raises(NotPresentError, match=r"dev\.unplugged"):
        transport.write(b"x", within(2))
    assert not transport.is_open
    bench.bus.plug_in(bench.device)
    transport.open(within(2))
    transport.write(b"x", within(2))
    assert transport.read_exactly(1, within(2)) == b"x"
    transport.close()
    assert bench.bus.open_handles == 0
