# SPDX-License-Identifier: Apache-2.0
"""The USB reader's driver over pyusb on a played bus, in virtual time, for every layout of pipes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.core import (
    CardError,
    Condition,
    DeviceError,
    IdCard,
    MisconfiguredError,
    NotPresentError,
    NotReadyError,
    ProtocolError,
    ReadCard,
    Verdict,
)
from drivers.host.registry import DRIVERS, build_driver
from drivers.id_card.sam_frame import SamCommand, build_request
from drivers.id_card.sam_usb import SamUsbReader, SamUsbTransport
from drivers.sim.people import PEOPLE
from drivers.sim.sam_machine import Fault, Mode
from drivers.sim.sam_usb_reader import PlayedSamReader, SamUsbSimulator
from drivers.sim.usb_bus import PlayedUsbBus
from drivers.sim.usb_descriptors import (
    BULK_PAIR,
    CLASSIC_FOUR_PIPES,
    FOUR_PIPES_ELSEWHERE,
    HID_ONLY,
    INTERRUPT_PAIR,
    DescriptorSet,
)
from drivers.sim.usb_device import PlayedUsbDevice
from drivers.testing.virtual_wire import VirtualClock

LAYOUTS = {
    "classic": CLASSIC_FOUR_PIPES,
    "elsewhere": FOUR_PIPES_ELSEWHERE,
    "bulk-pair": BULK_PAIR,
    "interrupt-pair": INTERRUPT_PAIR,
}


@dataclass
class Setup:
    clock: VirtualClock
    simulator: SamUsbSimulator
    transport: SamUsbTransport
    reader: SamUsbReader

    @property
    def played(self) -> PlayedSamReader:
        return self.simulator.reader

    def read(self, seconds: float = 20, *, with_photo: bool = False) -> IdCard:
        context = self.clock.context(seconds)
        return self.reader.read_card(ReadCard(with_photo=with_photo), context)

    def failure(self, seconds: float = 20) -> DeviceError:
        started = self.clock.now
        with pytest.raises(DeviceError) as failed:
            self.read(seconds)
        assert self.clock.now - started <= seconds + 0.1
        return failed.value


def set_up(descriptors: DescriptorSet, seed: int = 7) -> Setup:
    clock = VirtualClock()
    bus = PlayedUsbBus(clock=clock, pause=clock.pass_by)
    simulator = SamUsbSimulator(descriptors=descriptors, bus=bus, seed=seed)
    simulator.start()
    transport = SamUsbTransport(simulator.endpoint, backend=bus)
    reader = SamUsbReader("id_card", url=simulator.endpoint, transport=transport)
    return Setup(clock, simulator, transport, reader)


@pytest.fixture(params=LAYOUTS)
def setup(request: pytest.FixtureRequest) -> Setup:
    return set_up(LAYOUTS[request.param])


@pytest.fixture
def classic() -> Setup:
    return set_up(CLASSIC_FOUR_PIPES)


@pytest.mark.parametrize("key", PEOPLE)
def test_every_kind_of_card_is_read(setup: Setup, key: str) -> None:
    person = PEOPLE[key]
    setup.simulator.place(key)
    card = setup.read()
    assert (card.name, card.number) == (person.card.name, person.card.number)
    assert card.address == (person.appended_address or person.card.address)
    assert setup.reader.info.serial == "05.01-20101129-0001228293-0296863149"


def test_the_photo_with_preamble_bytes_in_it_comes_whole(setup: Setup) -> None:
    setup.simulator.place("worker")
    photo = setup.read(with_photo=True).photo_wlt
    assert photo is not None
    assert len(photo) == 1024
    assert bytes.fromhex("AAAAAA9669") in photo


def test_four_pipes_get_head_and_rest_apart(classic: Setup) -> None:
    classic.reader.open(classic.clock.context(5))
    frame = build_request(SamCommand.STATUS)
    assert classic.transport.has_four_pipes
    assert classic.played.written[:2] == [(0x02, frame[:7]), (0x06, frame[7:])]


def test_pipes_at_other_numbers_are_found_and_put_in_order() -> None:
    setup = set_up(FOUR_PIPES_ELSEWHERE)
    setup.reader.open(setup.clock.context(5))
    frame = build_request(SamCommand.STATUS)
    assert setup.played.written[:2] == [(0x01, frame[:7]), (0x04, frame[7:])]


@pytest.mark.parametrize("descriptors", [BULK_PAIR, INTERRUPT_PAIR])
def test_one_pair_gets_whole_frames(descriptors: DescriptorSet) -> None:
    setup = set_up(descriptors)
    setup.reader.open(setup.clock.context(5))
    assert not setup.transport.has_four_pipes
    assert setup.played.written[0] == (setup.played.outs[0], build_request(SamCommand.STATUS))


def test_no_piece_is_longer_than_64_bytes() -> None:
    setup = set_up(BULK_PAIR)
    setup.transport.open(setup.clock.context(5))
    setup.transport.write(bytes(300), setup.clock.context(5))
    assert [len(data) for _address, data in setup.played.written] == [64, 64, 64, 64, 44]


@pytest.mark.parametrize("trick", ["empty_packets", "short_packets"])
def test_empty_and_split_packets_change_nothing(setup: Setup, trick: str) -> None:
    setup.simulator.actions()[trick]()
    setup.simulator.place("rare-name")
    assert setup.read().number == PEOPLE["rare-name"].card.number
    assert setup.played.machine.reads == 1


def test_an_answer_that_ends_with_a_full_packet_is_not_waited_for() -> None:
    # The rest of a find's answer is 8 bytes; on pipes of 8 no short packet ever marks an end.
    small = DescriptorSet(
        CLASSIC_FOUR_PIPES.device,
        CLASSIC_FOUR_PIPES.configuration.replace(b"\x02\x40\x00\x00", b"\x02\x08\x00\x00"),
    )
    setup = set_up(small)
    setup.simulator.place("worker")
    started = setup.clock.now
    setup.read()
    assert setup.clock.now - started < 1.5
    assert setup.played.machine.reads == 1


@pytest.mark.parametrize("which", ["outs", "ins"])
@pytest.mark.parametrize("times", [1, 2])
def test_a_passing_stall_is_cleared(setup: Setup, which: str, times: int) -> None:
    setup.simulator.place("worker")
    for address in getattr(setup.played, which):
        setup.simulator.stall(f"{address:02X}", times)
    assert setup.read().number == PEOPLE["worker"].card.number


@pytest.mark.parametrize("which", ["outs", "ins"])
def test_lasting_stalls_are_an_error_of_their_own_and_pass(setup: Setup, which: str) -> None:
    setup.reader.open(setup.clock.context(5))
    for address in getattr(setup.played, which):
        setup.simulator.stall(f"{address:02X}", 10_000)
    failure = setup.failure()
    assert isinstance(failure, ProtocolError)
    assert failure.code == "dev.stalled"
    status = setup.reader.status(setup.clock.context(1))
    assert (status.condition, status.code) == (Condition.OFFLINE, "dev.stalled")
    setup.played.stalls.clear()
    setup.simulator.place("worker")
    assert setup.read().number == PEOPLE["worker"].card.number


@pytest.mark.parametrize(
    "fault",
    [
        Fault.WRONG_CHECKSUM,
        Fault.TRUNCATED,
        Fault.GARBAGE,
        Fault.READ_FAILED,
        Fault.SELECT_FAILED,
        Fault.FIND_GARBLED,
    ],
)
def test_a_passing_fault_is_repeated_away(setup: Setup, fault: Fault) -> None:
    setup.simulator.place("rare-name")
    setup.simulator.fail_next(fault, 2)
    assert setup.read().number == PEOPLE["rare-name"].card.number
    assert setup.played.machine.faults_waiting == 0


@pytest.mark.parametrize("fault", [Fault.NOISE, Fault.FALSE_PREAMBLE, Fault.FRAGMENTS])
def test_noise_and_fragments_cost_no_repeat(setup: Setup, fault: Fault) -> None:
    setup.simulator.place("rare-name")
    setup.simulator.fail_next(fault)
    assert setup.read().number == PEOPLE["rare-name"].card.number
    assert setup.played.machine.reads == 1


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (Fault.WRONG_CHECKSUM, ProtocolError, "dev.checksum"),
        (Fault.TRUNCATED, ProtocolError, "dev.truncated"),
        (Fault.GARBAGE, ProtocolError, "dev.garbage"),
        (Fault.MUTE, NotReadyError, "dev.mute"),
        (Fault.READ_FAILED, CardError, "card.unreadable"),
        (Fault.CARD_REMOVED, CardError, "card.removed"),
        (Fault.CARD_REMOVED_MID_FRAME, CardError, "card.removed"),
    ],
)
def test_a_lasting_fault_has_its_own_error(
    setup: Setup, fault: Fault, kind: type[DeviceError], code: str
) -> None:
    setup.simulator.place("worker")
    setup.simulator.fail_next(fault, 99)
    failure = setup.failure()
    assert isinstance(failure, kind)
    assert failure.code == code


@pytest.mark.parametrize(
    ("mode", "condition", "code"),
    [
        (Mode.MUTE, Condition.OFFLINE, "dev.mute"),
        (Mode.GARBAGE, Condition.OFFLINE, "dev.garbage"),
        (Mode.SELF_TEST_FAILED, Condition.HARDWARE_ERROR, "reader.self_test_failed"),
    ],
)
def test_an_ill_reader_says_how(setup: Setup, mode: Mode, condition: Condition, code: str) -> None:
    setup.simulator.set_mode(mode)
    status = setup.reader.status(setup.clock.context(5))
    assert (status.condition, status.code) == (condition, code)


def test_what_an_earlier_program_left_in_the_pipes_is_dropped(setup: Setup) -> None:
    setup.transport.open(setup.clock.context(5))
    for address in setup.played.ins:
        for _ in range(5):
            setup.played.put(address, b"\xaa\xaa\xaa\x96\x69\x00\x14stale")
            setup.played.put(address, b"")
    setup.simulator.place("worker")
    assert setup.read().number == PEOPLE["worker"].card.number
    assert setup.played.machine.reads == 1


def test_a_reply_head_with_padding_behind_it_is_read(classic: Setup) -> None:
    classic.transport.open(classic.clock.context(5))
    reply = bytes.fromhex("AAAAAA9669 0004 00009094")
    classic.played.put(0x81, reply[:7] + bytes(57))
    classic.played.put(0x85, reply[7:] + bytes(60))
    got = b""
    while len(got) < len(reply):
        got += classic.transport.read(4096, classic.clock.context(5))
    assert got.startswith(reply)


def test_a_request_cut_short_in_the_middle_does_not_spoil_the_next(classic: Setup) -> None:
    classic.transport.open(classic.clock.context(5))
    classic.transport.write(build_request(SamCommand.FIND_CARD)[:7], classic.clock.context(5))
    assert classic.reader.status(classic.clock.context(5)).condition is Condition.ONLINE


@pytest.mark.parametrize("after", [0, 3, 5])
def test_pulled_out_in_the_middle_is_unplugged_and_heals(setup: Setup, after: int) -> None:
    setup.simulator.place("worker")
    hear, heard = setup.played.hear, 0

    def pull(address: int, data: bytes) -> object:
        nonlocal heard
        heard += 1
        if heard > after:
            setup.simulator.stop()
        return hear(address, data)

    setup.played.hear = pull  # type: ignore[method-assign,assignment] # a tester's hand in between
    failure = setup.failure()
    assert isinstance(failure, NotPresentError)
    assert failure.code in {"dev.unplugged", "dev.closed"}
    setup.played.hear = hear  # type: ignore[method-assign] # taken away again
    assert setup.reader.status(setup.clock.context(2)).code == "dev.not_present"
    setup.simulator.start()
    setup.simulator.place("worker")
    assert setup.read().number == PEOPLE["worker"].card.number
    setup.reader.close()
    assert setup.simulator.bus.open_handles == 0


class _Envelope(PlayedUsbDevice):
    def hear(self, address: int, data: bytes) -> list[object]:  # type: ignore[override] # never asked
        raise AssertionError((address, len(data)))


def test_a_reader_with_an_envelope_of_its_vendor_is_not_spoken_to() -> None:
    clock = VirtualClock()
    bus = PlayedUsbBus(clock=clock, pause=clock.pass_by)
    bus.plug_in(_Envelope(HID_ONLY))
    url = "usb://261A:000C"
    reader = SamUsbReader("id_card", url=url, transport=SamUsbTransport(url, backend=bus))
    status = reader.status(clock.context(2))
    assert (status.condition, status.code) == (Condition.NO_DEVICE, "dev.no_pipes")
    checks = reader.diagnose(clock.context(2))
    assert (checks[0].name, checks[0].verdict, checks[0].recovery) == (
        "port_opens",
        Verdict.FAIL,
        "configure",
    )


def test_the_registry_knows_it_and_a_wrong_url_is_refused_at_once() -> None:
    device = build_driver(DRIVERS["sam_usb"].target, "id_card", {"url": "usb://0400:c35a"})
    assert isinstance(device, SamUsbReader)
    with pytest.raises(MisconfiguredError, match=r"dev\.bad_url"):
        SamUsbReader("id_card", url="serial:/dev/ttyS0")


@given(
    heads=st.lists(st.binary(max_size=64), max_size=8),
    bodies=st.lists(st.binary(max_size=64), max_size=8),
    layout=st.sampled_from(sorted(LAYOUTS)),
)
@settings(max_examples=60, deadline=None)
def test_whatever_comes_out_of_the_pipes_ends_in_time_with_an_error_of_ours(
    heads: list[bytes], bodies: list[bytes], layout: str
) -> None:
    setup = set_up(LAYOUTS[layout])
    setup.played.hear = lambda _address, _data: []  # type: ignore[method-assign,assignment] # it says nothing itself
    setup.transport.open(setup.clock.context(5))
    size = int(setup.played.endpoint(setup.played.ins[0]).wMaxPacketSize)
    for pipe, packets in zip(setup.played.ins, (heads, bodies), strict=False):
        for number, packet in enumerate(packets):
            setup.played.put(pipe, packet[:size], setup.clock.now + 0.01 + number / 20)
    assert setup.failure(3).code in {
        "dev.mute",
        "dev.garbage",
        "dev.truncated",
        "dev.checksum",
        "dev.deadline",
    }
