# SPDX-License-Identifier: Apache-2.0
"""Lamps, beeper and sensors of the board, and what each fault of it means."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.core import (
    Beep,
    CancelledError,
    CommandContext,
    Condition,
    DeviceError,
    MisconfiguredError,
    ReadPower,
    Recovery,
    Role,
    SelfTest,
    SetLight,
    UnsupportedError,
    Verdict,
)
from drivers.host.process import perform
from drivers.signals.modbus_board import ModbusBoard
from drivers.signals.modbus_line import Framing, ModbusLine
from drivers.sim.modbus_board import BEEPER, INPUTS, LIGHTS, ModbusBoardSimulator
from drivers.sim.pty_device import Piece
from drivers.testing.virtual_wire import VirtualClock, VirtualWire


@pytest.fixture(params=["tcp", "rtu"])
def simulator(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ModbusBoardSimulator]:
    link = tmp_path / "port" if request.param == "rtu" else None
    simulator = ModbusBoardSimulator("signals", link=link)
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def board(simulator: ModbusBoardSimulator) -> Iterator[ModbusBoard]:
    board = ModbusBoard(
        "signals", url=simulator.endpoint, lights=LIGHTS, inputs=INPUTS, beeper=BEEPER
    )
    yield board
    board.close()


def within(seconds: float = 3.0) -> CommandContext:
    return CommandContext.within(seconds)


def lit(simulator: ModbusBoardSimulator) -> list[int]:
    return [at for at, on in enumerate(simulator.outputs()) if on]


def test_one_lamp_at_a_time(board: ModbusBoard, simulator: ModbusBoardSimulator) -> None:
    assert board.set_light(SetLight(Role.CODE_SCANNER), within())
    assert lit(simulator) == [2]
    assert board.set_light(SetLight(Role.PAGE_PRINTER), within())
    assert lit(simulator) == [5]
    assert not board.set_light(SetLight(None), within())
    assert lit(simulator) == []


def test_a_slot_without_a_lamp_leaves_all_dark(
    board: ModbusBoard, simulator: ModbusBoardSimulator
) -> None:
    board.set_light(SetLight(Role.ID_CARD), within())
    assert not board.set_light(SetLight(Role.CAMERA), within())
    assert lit(simulator) == []


def test_a_board_that_lost_its_power_gets_its_lamp_back(
    board: ModbusBoard, simulator: ModbusBoardSimulator
) -> None:
    board.set_light(SetLight(Role.ID_CARD), within())
    simulator.power_cycle()
    board.status(within())  # the line broke; this may be what notices it
    assert board.status(within()).details["light"] == "id_card"
    assert lit(simulator) == [0]


def test_a_lamp_wanted_while_the_board_was_away_is_lit_when_it_is_back(
    board: ModbusBoard, simulator: ModbusBoardSimulator
) -> None:
    simulator.actions()["unplug"]()
    with pytest.raises(DeviceError):
        board.set_light(SetLight(Role.ID_CARD), within(1))
    simulator.actions()["replug"]()
    assert board.status(within()).condition is Condition.ONLINE
    assert lit(simulator) == [0]


def test_the_beeper_sounds_and_is_silent_again(
    board: ModbusBoard, simulator: ModbusBoardSimulator, eventually: Callable[..., None]
) -> None:
    thread = threading.Thread(target=board.beep, args=(Beep(0.4), within()))
    thread.start()
    eventually(lambda: lit(simulator) == [BEEPER])
    thread.join()
    assert lit(simulator) == []


def test_a_cancelled_beep_is_silent_at_once(
    board: ModbusBoard, simulator: ModbusBoardSimulator
) -> None:
    context = within(10)
    timer = threading.Timer(0.2, context.cancelled.set)
    timer.start()
    with pytest.raises(CancelledError):
        board.beep(Beep(2), context)
    timer.join()
    assert lit(simulator) == []


def test_a_beeper_left_on_by_a_cut_line_is_silenced_by_the_next_status(
    board: ModbusBoard, simulator: ModbusBoardSimulator
) -> None:
    timer = threading.Timer(0.2, simulator.actions()["unplug"])
    timer.start()
    with pytest.raises(DeviceError):
        board.beep(Beep(0.5), within())
    timer.join()
    simulator.actions()["replug"]()
    assert board.status(within()).condition is Condition.ONLINE
    assert lit(simulator) == []


def test_sensors_are_told_in_words(board: ModbusBoard, simulator: ModbusBoardSimulator) -> None:
    calm = board.status(within())
    assert dict(calm.details) == {
        "light": "none",
        "presence": "nobody",
        "door": "closed",
        "tamper": "quiet",
    }
    simulator.actions()["come"]()
    simulator.actions()["open_door"]()
    opened = board.status(within())
    assert (opened.details["presence"], opened.details["door"]) == ("somebody", "open")
    assert (opened.condition, opened.code) == (Condition.ONLINE, "signals.door_open")
    simulator.actions()["tamper"]()
    touched = board.status(within())
    assert (touched.condition, touched.code) == (Condition.FRAUD_ATTEMPT, "signals.tamper")
    assert touched.recovery is Recovery.SERVICE
    verdicts = {check.name: check.verdict for check in board.diagnose(within())}
    assert verdicts["tamper"] is verdicts["door"] is Verdict.FAIL
    assert verdicts["presence"] is Verdict.PASS


def test_contacts_that_open_are_turned_round(simulator: ModbusBoardSimulator) -> None:
    board = ModbusBoard("signals", url=simulator.endpoint, inputs="door=1", inverted="door")
    assert board.status(within()).details["door"] == "open"
    simulator.set_input(1, "1")
    assert board.status(within()).details["door"] == "closed"
    board.close()


@pytest.mark.parametrize(
    "fault", ["silent", "damaged", "cut", "other_unit", "other_answer", "busy"]
)
def test_one_wrong_answer_is_asked_again(
    board: ModbusBoard, simulator: ModbusBoardSimulator, fault: str
) -> None:
    board.open(within())
    simulator.fail_next(fault)
    assert board.set_light(SetLight(Role.ID_CARD), within())
    assert lit(simulator) == [0]


@pytest.mark.parametrize(
    ("fault", "code", "condition"),
    [
        ("silent", "dev.mute", Condition.OFFLINE),
        ("damaged", "dev.garbage", Condition.OFFLINE),
        ("other_answer", "dev.wrong_answer", Condition.OFFLINE),
        ("busy", "modbus.busy", Condition.OFFLINE),
        ("broken", "modbus.failed", Condition.HARDWARE_ERROR),
    ],
)
def test_wrong_answers_that_go_on_have_their_own_codes(
    board: ModbusBoard,
    simulator: ModbusBoardSimulator,
    *,
    fault: str,
    code: str,
    condition: Condition,
) -> None:
    board.open(within())
    # A defect that the board itself reports is not asked for again.
    simulator.fail_next(fault, 1 if fault == "broken" else 2)
    status = board.status(within())
    assert (status.code, status.condition) == (code, condition)
    assert board.status(within()).condition is Condition.ONLINE


def test_a_relay_that_sticks_is_a_defect(
    board: ModbusBoard, simulator: ModbusBoardSimulator
) -> None:
    board.open(within())
    simulator.actions()["stick"]()
    with pytest.raises(DeviceError) as stuck:
        board.set_light(SetLight(Role.ID_CARD), within())
    assert stuck.value.code == "signals.stuck"
    checks = perform(board, SelfTest(), within())
    assert isinstance(checks, tuple)
    assert {check.verdict for check in checks} == {Verdict.FAIL}
    simulator.actions()["loosen"]()
    assert {check.verdict for check in board.self_test(within())} == {Verdict.PASS}
    assert lit(simulator) == [0]


def test_a_map_that_the_board_does_not_have_is_a_matter_of_configuration(
    simulator: ModbusBoardSimulator,
) -> None:
    board = ModbusBoard("signals", url=simulator.endpoint, lights="id_card=99")
    status = board.status(within())
    assert (status.code, status.recovery) == ("modbus.refused", Recovery.CONFIGURE)
    board.close()


def test_a_verb_that_is_not_wired_is_unsupported(simulator: ModbusBoardSimulator) -> None:
    board = ModbusBoard("signals", url=simulator.endpoint, inputs="door=1")
    for command in (SetLight(Role.ID_CARD), Beep(), ReadPower()):
        with pytest.raises(UnsupportedError):
            perform(board, command, within())
    assert board.capabilities == ("sensor:door",)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"lights": "id_card"},
        {"lights": "id_card=x"},
        {"lights": "id_card=70000"},
        {"lights": "id_card=²"},
        {"lights": "lamp=1"},
        {"lights": "id_card=1,camera=1"},
        {"lights": "id_card=1,camera=500"},
        {"lights": "id_card=1", "beeper": 1},
        {"lights": "id_card=1", "unit": 0},
        {"lights": "id_card=1", "unit": "one"},
        {"lights": "id_card=1", "framing": "ascii"},
        {"inputs": "window=1"},
        {"inputs": "door=1", "inverted": "tamper"},
    ],
)
def test_options_that_cannot_work_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(MisconfiguredError) as error:
        ModbusBoard("signals", url="tcp://127.0.0.1:502", **options)  # type: ignore[arg-type] # that is the point
    assert error.value.code == "dev.bad_options"


frames = st.binary(max_size=80) | st.builds(
    lambda unit, body: bytes([0, 1, 0, 0, 0, len(body) + 1, unit]) + body,
    st.integers(0, 3),
    st.binary(max_size=12) | st.sampled_from([b"\x01\x01\x05", b"\x81\x02", b"\x05\0\0\xff\0"]),
)


@settings(max_examples=200)
@given(
    framing=st.sampled_from(Framing),
    answers=st.lists(st.builds(Piece, frames, st.floats(0, 0.5)), max_size=6),
    writes=st.booleans(),
)
def test_whatever_a_board_answers_is_bits_or_one_of_our_errors(
    *, framing: Framing, answers: list[Piece], writes: bool
) -> None:
    clock = VirtualClock()
    wire = VirtualWire(lambda _said: answers, clock)
    context = wire.context(10)
    wire.open(context)
    line = ModbusLine(wire, framing=framing, unit=1)
    try:
        if writes:
            line.write_coil(0, context, on=True)
        else:
            assert len(line.read_inputs(0, 3, context)) == 3
    except DeviceError:
        pass
    assert clock.now < 1000 + 4
