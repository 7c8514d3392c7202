# SPDX-License-Identifier: Apache-2.0
"""The reader's driver against the simulated SAM, in virtual time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from drivers.core import (
    CancelledError,
    CardError,
    Condition,
    DeviceError,
    HardwareFaultError,
    IdCard,
    Media,
    MisconfiguredError,
    NotReadyError,
    Progress,
    ProtocolError,
    ReadCard,
    Recovery,
    Verdict,
)
from drivers.id_card.sam_frame import PREAMBLE, SamCommand, SamStatus, build_request, checksum
from drivers.id_card.sam_serial import SamSerialReader
from drivers.sim.people import PEOPLE
from drivers.sim.pty_device import Piece
from drivers.sim.sam_machine import Fault, Mode, SamMachine
from drivers.testing.virtual_wire import VirtualClock, VirtualWire


@dataclass
class Setup:
    machine: SamMachine
    wire: VirtualWire
    reader: SamSerialReader
    clock: VirtualClock

    def read(self, seconds: float = 20, *, with_photo: bool = False) -> IdCard:
        return self.reader.read_card(ReadCard(with_photo=with_photo), self.wire.context(seconds))

    def failure(self, seconds: float = 20) -> DeviceError:
        started = self.clock.now
        with pytest.raises(DeviceError) as failed:
            self.read(seconds)
        assert self.clock.now - started <= seconds + 0.1
        return failed.value


@pytest.fixture
def setup() -> Setup:
    clock = VirtualClock()
    machine = SamMachine(seed=7)
    wire = VirtualWire(machine.take, clock)
    return Setup(machine, wire, SamSerialReader("id_card", url="virtual", transport=wire), clock)


@pytest.mark.parametrize("key", PEOPLE)
def test_every_kind_of_card_is_read(setup: Setup, key: str) -> None:
    person = PEOPLE[key]
    setup.machine.place(person)
    card = setup.read()
    assert card.name == person.card.name
    assert card.number == person.card.number
    assert card.address == (person.appended_address or person.card.address)
    assert card.photo_wlt is None


def test_the_photo_comes_only_when_asked_for(setup: Setup) -> None:
    setup.machine.place(PEOPLE["worker"])
    photo = setup.read(with_photo=True).photo_wlt
    assert photo is not None
    assert len(photo) == 1024
    assert bytes.fromhex("AAAAAA9669") in photo


def test_the_conversation_is_the_one_of_the_sheet(setup: Setup) -> None:
    setup.machine.place(PEOPLE["worker"])
    setup.read()
    order = [
        SamCommand.STATUS,
        SamCommand.SAM_ID,
        SamCommand.FIND_CARD,
        SamCommand.SELECT_CARD,
        SamCommand.READ_TEXT_AND_PHOTO,
        SamCommand.READ_APPENDED_ADDRESS,
    ]
    assert setup.wire.written == [build_request(command) for command in order]
    assert setup.reader.info.serial == "05.01-20101129-0001228293-0296863149"


def test_a_missing_card_is_asked_for_every_300_ms_until_the_deadline(setup: Setup) -> None:
    assert setup.failure(3).code == "card.none"
    finds = setup.wire.written.count(build_request(SamCommand.FIND_CARD))
    assert 8 <= finds <= 10


def test_progress_says_waiting_then_reading(setup: Setup) -> None:
    setup.machine.place(PEOPLE["worker"])
    seen: list[Progress] = []
    context = setup.wire.context(5)
    object.__setattr__(context, "on_progress", seen.append)
    setup.reader.read_card(ReadCard(), context)
    assert [progress.code for progress in seen] == ["card.waiting", "card.reading"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault.WRONG_CHECKSUM,
        Fault.TRUNCATED,
        Fault.GARBAGE,
        Fault.READ_FAILED,
        Fault.NOT_GENUINE,
        Fault.SELECT_FAILED,
        Fault.FIND_GARBLED,
    ],
)
@pytest.mark.parametrize("times", [1, 2])
def test_a_passing_fault_is_repeated_away(setup: Setup, fault: Fault, times: int) -> None:
    setup.machine.place(PEOPLE["rare-name"])
    setup.machine.expect(fault, times)
    assert setup.read().number == PEOPLE["rare-name"].card.number
    assert setup.machine.faults_waiting == 0


@pytest.mark.parametrize("fault", [Fault.NOISE, Fault.FALSE_PREAMBLE, Fault.FRAGMENTS])
def test_noise_and_fragments_cost_no_repeat(setup: Setup, fault: Fault) -> None:
    setup.machine.place(PEOPLE["rare-name"])
    setup.machine.expect(fault, 1)
    assert setup.read().number == PEOPLE["rare-name"].card.number
    assert setup.machine.reads == 1


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (Fault.WRONG_CHECKSUM, ProtocolError, "dev.checksum"),
        (Fault.TRUNCATED, ProtocolError, "dev.truncated"),
        (Fault.GARBAGE, ProtocolError, "dev.garbage"),
        (Fault.MUTE, NotReadyError, "dev.mute"),
        (Fault.READ_FAILED, CardError, "card.unreadable"),
        (Fault.NOT_GENUINE, CardError, "card.unreadable"),
        (Fault.SELECT_FAILED, CardError, "card.unreadable"),
        (Fault.CARD_REMOVED, CardError, "card.removed"),
        (Fault.CARD_REMOVED_MID_FRAME, CardError, "card.removed"),
    ],
)
def test_a_lasting_fault_has_its_own_error(
    setup: Setup, fault: Fault, kind: type[DeviceError], code: str
) -> None:
    setup.machine.place(PEOPLE["worker"])
    setup.machine.expect(fault, 99)
    failure = setup.failure()
    assert isinstance(failure, kind)
    assert failure.code == code


@pytest.mark.parametrize("fault", [Fault.TRUNCATED, Fault.GARBAGE, Fault.WRONG_CHECKSUM])
def test_a_short_deadline_still_tells_what_was_wrong(setup: Setup, fault: Fault) -> None:
    setup.machine.place(PEOPLE["worker"])
    setup.machine.expect(fault, 99)
    assert (
        setup.failure(2).code
        == {
            Fault.TRUNCATED: "dev.truncated",
            Fault.GARBAGE: "dev.garbage",
            Fault.WRONG_CHECKSUM: "dev.checksum",
        }[fault]
    )


@pytest.mark.parametrize(
    ("mode", "error", "condition"),
    [
        (Mode.MUTE, NotReadyError("dev.mute", recovery=Recovery.RESET), Condition.OFFLINE),
        (Mode.GARBAGE, ProtocolError("dev.garbage"), Condition.OFFLINE),
        (
            Mode.SELF_TEST_FAILED,
            HardwareFaultError("reader.self_test_failed"),
            Condition.HARDWARE_ERROR,
        ),
        (
            Mode.NOT_AUTHORISED,
            HardwareFaultError("reader.not_authorised"),
            Condition.HARDWARE_ERROR,
        ),
    ],
)
def test_an_ill_reader_says_how(
    setup: Setup, mode: Mode, error: DeviceError, condition: Condition
) -> None:
    setup.machine.mode = mode
    failure = setup.failure(5)
    assert (type(failure), failure.code, failure.recovery) == (
        type(error),
        error.code,
        error.recovery,
    )
    status = setup.reader.status(setup.wire.context(5))
    assert (status.condition, status.code, status.recovery) == (
        condition,
        error.code,
        error.recovery,
    )


def test_a_healed_reader_reads_again(setup: Setup) -> None:
    setup.machine.mode = Mode.MUTE
    setup.failure(5)
    setup.machine.mode = Mode.HEALTHY
    setup.machine.place(PEOPLE["worker"])
    assert setup.read().card_type == "resident"


def test_a_card_left_behind_is_known_until_it_is_taken(setup: Setup) -> None:
    assert setup.reader.status(setup.wire.context(1)).media is Media.UNKNOWN
    setup.machine.place(PEOPLE["worker"])
    setup.read()
    assert setup.reader.status(setup.wire.context(1)).media is Media.PRESENT
    setup.machine.lift()
    assert setup.reader.status(setup.wire.context(1)).media is Media.NOT_PRESENT
    assert setup.reader.status(setup.wire.context(1)).media is Media.UNKNOWN


def test_a_cancel_ends_the_waiting(setup: Setup) -> None:
    context = setup.wire.context(60)
    setup.reader.open(context)
    context.cancelled.set()
    with pytest.raises(CancelledError):
        setup.reader.read_card(ReadCard(), context)


def test_an_answer_that_comes_after_its_question_was_cut_short_answers_no_other(
    setup: Setup,
) -> None:
    setup.machine.place(PEOPLE["worker"])

    def slow_status(data: bytes) -> list[Piece]:
        pieces = setup.machine.take(data)
        if data == build_request(SamCommand.STATUS):
            return [replace(piece, pause_s=0.4) for piece in pieces]
        return pieces

    wire = VirtualWire(slow_status, setup.clock)
    reader = SamSerialReader("id_card", url="virtual", transport=wire)
    reader.open(wire.context(5))
    for _ in range(3):
        cut_short = wire.context(0.1)
        assert reader.status(cut_short).condition is not Condition.ONLINE
        setup.machine.place(PEOPLE["worker"])
        card = reader.read_card(ReadCard(), wire.context(10))
        assert card.number == PEOPLE["worker"].card.number


def test_answers_left_by_a_process_that_was_killed_are_passed_over(setup: Setup) -> None:
    setup.machine.place(PEOPLE["elder"])
    setup.read()
    left = setup.machine.take(build_request(SamCommand.READ_TEXT_AND_PHOTO))
    setup.machine.place(PEOPLE["worker"])

    def with_leftovers(data: bytes) -> list[Piece]:
        pieces = [*left, *setup.machine.take(data)]
        left.clear()
        return pieces

    wire = VirtualWire(with_leftovers, setup.clock)
    reader = SamSerialReader("id_card", url="virtual", transport=wire)
    card = reader.read_card(ReadCard(), wire.context(10))
    assert card.number == PEOPLE["worker"].card.number
    assert reader.info.serial == "05.01-20101129-0001228293-0296863149"


def test_diagnose_goes_from_cable_to_antenna(setup: Setup) -> None:
    context = setup.wire.context(10)
    names = [(check.name, check.verdict) for check in setup.reader.diagnose(context)]
    assert names == [
        ("port_opens", Verdict.PASS),
        ("sam_status", Verdict.PASS),
        ("sam_id", Verdict.PASS),
        ("antenna", Verdict.PASS),
    ]
    setup.machine.mode = Mode.SELF_TEST_FAILED
    verdicts = [check.verdict for check in setup.reader.diagnose(setup.wire.context(10))]
    assert verdicts == [Verdict.PASS, Verdict.FAIL, Verdict.SKIPPED, Verdict.SKIPPED]
    [check] = setup.reader.self_test(setup.wire.context(10))
    assert (check.verdict, check.reason, check.recovery) == (
        Verdict.FAIL,
        "reader.self_test_failed",
        "service",
    )


def test_reset_restarts_the_sam(setup: Setup) -> None:
    setup.reader.reset(setup.wire.context(5))
    assert build_request(SamCommand.RESET) in setup.wire.written
    setup.machine.mode = Mode.MUTE
    with pytest.raises(NotReadyError):
        setup.reader.reset(setup.wire.context(10))


def test_a_reader_that_knows_only_the_card_commands_is_a_reader(setup: Setup) -> None:
    bare = VirtualWire(
        lambda data: setup.machine.take(data) if data[7] in {0x20, 0x30} else [], setup.clock
    )
    reader = SamSerialReader("id_card", url="virtual", transport=bare)
    setup.machine.place(PEOPLE["worker"])
    assert reader.read_card(ReadCard(), bare.context(10)).name == PEOPLE["worker"].card.name
    assert reader.info.serial == ""


def reply(status: SamStatus, data: bytes = b"") -> Piece:
    covered = (4 + len(data)).to_bytes(2, "big") + bytes([0, 0, status]) + data
    return Piece(PREAMBLE + covered + bytes([checksum(covered)]))


@pytest.mark.parametrize("size", [0, 4, 8, 16, 70])
def test_readers_differ_in_how_many_bytes_find_and_select_answer_with(
    setup: Setup, size: int
) -> None:
    told = {
        SamCommand.FIND_CARD: SamStatus.CARD_FOUND,
        SamCommand.SELECT_CARD: SamStatus.SUCCESS,
    }

    def talkative(data: bytes) -> list[Piece]:
        pieces = setup.machine.take(data)
        for command, status in told.items():
            if data == build_request(command):
                return [reply(status, bytes(size))]
        return pieces

    wire = VirtualWire(talkative, setup.clock)
    reader = SamSerialReader("id_card", url="virtual", transport=wire)
    setup.machine.place(PEOPLE["worker"])
    card = reader.read_card(ReadCard(), wire.context(10))
    assert card.number == PEOPLE["worker"].card.number


@pytest.mark.parametrize("bytes_left", [1, 3, 5, 9])
@pytest.mark.parametrize("command", list(SamCommand)[1:])
def test_an_answer_cut_off_after_its_first_bytes_is_asked_for_again(
    setup: Setup, command: SamCommand, bytes_left: int
) -> None:
    cuts = [bytes_left]

    def breaking_off(data: bytes) -> list[Piece]:
        pieces = setup.machine.take(data)
        if data == build_request(command) and cuts:
            return [Piece(b"".join(piece.data for piece in pieces)[: cuts.pop()])]
        return pieces

    wire = VirtualWire(breaking_off, setup.clock)
    reader = SamSerialReader("id_card", url="virtual", transport=wire)
    setup.machine.place(PEOPLE["worker"])
    card = reader.read_card(ReadCard(), wire.context(10))
    assert card.number == PEOPLE["worker"].card.number
    assert not cuts


def test_a_url_that_means_nothing_is_refused_at_once() -> None:
    with pytest.raises(MisconfiguredError):
        SamSerialReader("id_card", url="usb:none")
