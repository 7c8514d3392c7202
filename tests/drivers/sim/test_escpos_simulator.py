# SPDX-License-Identifier: Apache-2.0
"""The simulated printer behaves as the real thing: commands, real-time answers, paper, knife."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from drivers.core import Receipt
from drivers.receipt_printer.glyphs import GlyphDrawer
from drivers.receipt_printer.profiles import PROFILES
from drivers.receipt_printer.rendering import render
from drivers.sim.escpos_commands import Heard, Interpreter
from drivers.sim.escpos_machine import PrinterMachine
from drivers.sim.escpos_paper import HEAD_TO_CUTTER
from drivers.sim.escpos_printer import EscPosPrinterSimulator
from drivers.sim.receipt_text import PICTURE, decode_receipt
from drivers.sim.simulator import ActionError, Simulator

Wait = Callable[..., None]
JOB = render(
    Receipt(title="回执", rows=(("姓名", "王苗苗"),), qr="x"), PROFILES["epson"], GlyphDrawer()
).data


def take_all(interpreter: Interpreter, buffer: bytearray) -> list[Heard]:
    found = []
    while (heard := interpreter.take(buffer)) is not None:
        found.append(heard)
    return found


def run(machine: PrinterMachine) -> None:
    while machine.work() is not None:
        pass


@given(st.binary(max_size=200), st.lists(st.integers(1, 40), max_size=20))
def test_cutting_the_stream_anywhere_changes_nothing(data: bytes, sizes: list[int]) -> None:
    whole = take_all(Interpreter(), bytearray(data))
    interpreter, buffer, found, rest = Interpreter(), bytearray(), [], data
    for size in [*sizes, len(data)]:
        buffer += rest[:size]
        rest = rest[size:]
        found += take_all(interpreter, buffer)
    assert found == whole


@given(st.binary(max_size=300))
def test_no_byte_is_lost_or_made_up(data: bytes) -> None:
    buffer = bytearray(data)
    heard = b"".join(one.raw for one in take_all(Interpreter(), buffer))
    assert heard + bytes(buffer) == data


@given(st.binary(max_size=300))
def test_rubbish_never_breaks_the_printer(data: bytes) -> None:
    machine = PrinterMachine()
    machine.receive(data)
    run(machine)
    assert isinstance(decode_receipt(data), str)


def test_chinese_text_needs_chinese_mode() -> None:
    text = "王苗苗".encode("gbk")
    assert decode_receipt(b"\x1b@\x1c&" + text + b"\x1c.\n") == "王苗苗"
    assert "王" not in decode_receipt(b"\x1b@" + text + b"\n")
    assert "\ufffd" in decode_receipt(b"\x1b@" + text + b"\n")


def test_drawn_characters_and_pictures_leave_a_mark_in_the_text() -> None:
    inline = b"\x1b*\x21\x18\x00" + b"\xff" * 72
    picture = b"\x1dv0\x00\x01\x00\x08\x00" + b"\xff" * 8
    assert decode_receipt(b"A" + inline + b"B\n" + picture) == f"A{PICTURE}B\n{PICTURE}"


def test_real_time_commands_are_answered_within_a_picture() -> None:
    machine = PrinterMachine()
    picture = b"\x1dv0\x00\x04\x00\x01\x00" + b"\x10\x04\x01\x00"
    assert machine.receive(picture) == b"\x12"
    # A clear inside a picture drops what waits: why drivers have to keep such bytes out.
    machine.receive(b"AB\n\x10\x05\x02")
    assert machine.waiting_bytes == 0


def test_off_line_the_buffer_waits_and_a_new_roll_prints_it() -> None:
    machine = PrinterMachine()
    machine.end_paper_after(0)
    machine.receive(JOB)
    run(machine)
    assert machine.slips == machine.slips.__class__()
    assert machine.receive(b"\x10\x04\x01\x10\x04\x02\x10\x04\x04") == b"\x1a\x32\x7e"
    machine.new_roll()
    run(machine)
    assert len(machine.slips) == 1


def test_paper_ends_in_the_middle_of_a_slip() -> None:
    machine = PrinterMachine()
    machine.end_paper_after(15)
    machine.receive(JOB)
    run(machine)
    assert machine.hanging().marks
    assert machine.hanging().dots == 15 * 8 + HEAD_TO_CUTTER
    assert not machine.hanging().finished


def test_the_knife_is_behind_the_head() -> None:
    machine = PrinterMachine()
    machine.receive(b"A\n\x1dV\x00B\n\x1dVB\x00")
    run(machine)
    first, second = machine.slips
    # GS V 0 does not feed: the line just printed is still inside and comes out with the next slip.
    assert first.marks == ()
    assert [mark.text for mark in second.marks] == ["A", "B"]


def test_centred_and_enlarged_text_stands_where_it_should() -> None:
    machine = PrinterMachine()
    machine.receive(b"\x1ba\x01\x1d!\x11AB\n\x1dVB\x00")
    run(machine)
    first, last = machine.slips[0].marks
    assert (first.x, first.width, first.height) == (264, 24, 48)
    assert (last.x, last.width) == (288, 24)


def test_ordered_status_is_answered_in_its_turn() -> None:
    machine = PrinterMachine()
    assert machine.receive(b"A\n\x1dr\x01") == b""
    answers = b""
    while (done := machine.work()) is not None:
        answers += done[1]
    assert answers == b"\x00"


# --- on the wire --------------------------------------------------------------------------------------


@pytest.fixture
def simulator() -> Iterator[EscPosPrinterSimulator]:
    made = EscPosPrinterSimulator.on_tcp()
    made.start()
    made.speed("0")
    yield made
    made.stop()


def connect(simulator: EscPosPrinterSimulator) -> socket.socket:
    parts = urlsplit(simulator.endpoint)
    return socket.create_connection((parts.hostname, parts.port), timeout=2)


def test_it_is_a_simulator_as_the_bench_knows_them(simulator: EscPosPrinterSimulator) -> None:
    known: Simulator = simulator
    assert {"paper_out", "paper_out_after", "load_paper", "save", "jobs"} <= set(known.actions())
    assert known.state()["plugged"] is True
    known.start()


def test_a_finished_slip_is_saved_as_picture_and_bytes(
    simulator: EscPosPrinterSimulator, tmp_path: Path, eventually: Wait
) -> None:
    with pytest.raises(ActionError, match="no slip"):
        simulator.save(tmp_path)
    with connect(simulator) as line:
        line.sendall(JOB)
        eventually(simulator.jobs)
    paths = simulator.save(tmp_path / "out")
    assert Path(paths["bin"]).read_bytes() == JOB
    picture = Image.open(paths["png"])
    assert picture.width == 640
    assert len(picture.getcolors() or []) == 2
    assert simulator.jobs()[0]["finished"] is True


def test_a_second_connection_waits_for_the_first(simulator: EscPosPrinterSimulator) -> None:
    with connect(simulator) as first, connect(simulator) as second:
        first.sendall(b"\x10\x04\x01")
        assert first.recv(1) == b"\x12"
        second.sendall(b"\x10\x04\x01")
        second.settimeout(0.1)
        with pytest.raises(TimeoutError):
            second.recv(1)
        first.close()
        second.settimeout(2)
        assert second.recv(1) == b"\x12"


def test_frozen_it_answers_nothing_and_thawed_it_answers_all(
    simulator: EscPosPrinterSimulator,
) -> None:
    with connect(simulator) as line:
        simulator.actions()["freeze"]()
        line.sendall(b"\x10\x04\x04")
        line.settimeout(0.1)
        with pytest.raises(TimeoutError):
            line.recv(1)
        simulator.actions()["thaw"]()
        line.settimeout(2)
        assert line.recv(1) == b"\x12"


def test_paced_it_answers_while_it_prints(simulator: EscPosPrinterSimulator) -> None:
    simulator.speed("10")
    with connect(simulator) as line:
        line.sendall(b"A\n" * 50 + b"\x10\x04\x01")
        assert line.recv(1) == b"\x12"
    assert simulator.state()["waiting_bytes"] != 0


@pytest.mark.parametrize("action", ["paper_out_after", "speed", "delay", "disconnect_after"])
@pytest.mark.parametrize("wrong", ["much", "-1", "nan", "1e99"])
def test_wrong_arguments_are_refused(
    simulator: EscPosPrinterSimulator, action: str, wrong: str
) -> None:
    with pytest.raises(ActionError):
        simulator.actions()[action](wrong)


def test_a_taken_port_is_said_so(simulator: EscPosPrinterSimulator) -> None:
    port = urlsplit(simulator.endpoint).port
    assert port
    other = EscPosPrinterSimulator.on_tcp(port=port)
    with pytest.raises(ActionError, match="in use"):
        other.start()
    other.stop()


def test_stopping_twice_and_starting_again_is_allowed(simulator: EscPosPrinterSimulator) -> None:
    endpoint = simulator.endpoint
    simulator.stop()
    simulator.stop()
    simulator.start()
    assert simulator.endpoint == endpoint
    with connect(simulator) as line:
        line.sendall(b"\x10\x04\x01")
        assert line.recv(1) == b"\x12"
