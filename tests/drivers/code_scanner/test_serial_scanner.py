# SPDX-License-Identifier: Apache-2.0
"""What the scanner driver takes for a code, and what it does with everything else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.code_scanner.serial_scanner import SerialScanner
from drivers.core import (
    CancelledError,
    CodeError,
    CommandContext,
    Condition,
    DeviceError,
    MisconfiguredError,
    NotPresentError,
    ProtocolError,
    ScanCode,
    ScannedCode,
    Verdict,
)
from drivers.sim.code_scanner import CodeScannerSimulator
from drivers.sim.pty_device import Piece
from drivers.testing.virtual_wire import VirtualClock, VirtualWire
from tests.support.patience import patience

NAME = "王苗苗 䶮"


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[CodeScannerSimulator]:
    simulator = CodeScannerSimulator("code_scanner", tmp_path / "port")
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def scanner(simulator: CodeScannerSimulator) -> Iterator[SerialScanner]:
    scanner = SerialScanner("code_scanner", url=simulator.endpoint, profile="syn")
    yield scanner
    scanner.close()


def scan(scanner: SerialScanner, seconds: float = 3.0) -> ScannedCode:
    return scanner.scan_code(ScanCode(), CommandContext.within(seconds))


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_chinese_code_is_read_in_both_encodings(
    scanner: SerialScanner, simulator: CodeScannerSimulator, encoding: str
) -> None:
    simulator.present(NAME, encoding)
    code = scan(scanner)
    assert (code.text, code.data) == (NAME, NAME.encode(encoding))
    assert "王" not in repr(code)


def test_a_code_in_pieces_is_whole(scanner: SerialScanner, simulator: CodeScannerSimulator) -> None:
    simulator.fail_next("split")
    simulator.present("x" * 2048)
    assert len(scan(scanner).data) == 2048


def test_half_a_code_is_no_code_and_the_scanner_looks_again(
    scanner: SerialScanner, simulator: CodeScannerSimulator
) -> None:
    simulator.fail_next("break_off", 2)
    simulator.present("GFM-0042")
    assert scan(scanner).text == "GFM-0042"
    assert simulator.state()["codes_sent"] == 3


def test_three_halves_in_a_row_are_the_lines_fault(
    scanner: SerialScanner, simulator: CodeScannerSimulator
) -> None:
    simulator.fail_next("break_off", 3)
    simulator.present("GFM-0042")
    with pytest.raises(ProtocolError) as error:
        scan(scanner)
    assert error.value.code == "dev.truncated"
    assert scan(scanner).text == "GFM-0042"


def test_zero_bytes_of_a_loose_plug_are_no_part_of_a_code(
    scanner: SerialScanner, simulator: CodeScannerSimulator
) -> None:
    simulator.fail_next("noise")
    simulator.present("GFM-0042")
    assert scan(scanner).data == b"GFM-0042"


@pytest.mark.parametrize(
    ("action", "code"), [("too_long", "code.too_long"), ("binary", "code.not_text")]
)
def test_what_is_no_code_is_told_and_the_next_one_is_read(
    scanner: SerialScanner, simulator: CodeScannerSimulator, action: str, code: str
) -> None:
    simulator.actions()[action]()
    with pytest.raises(CodeError) as error:
        scan(scanner)
    assert error.value.code == code
    simulator.present("GFM-0042")
    assert scan(scanner).text == "GFM-0042"


def test_a_flood_ends_soon_and_passes(
    scanner: SerialScanner, simulator: CodeScannerSimulator
) -> None:
    simulator.fail_next("flood")
    simulator.present("GFM-0042")
    started = time.monotonic()
    with pytest.raises(CodeError):
        scan(scanner)
    with pytest.raises(ProtocolError) as flood:
        scan(scanner)
    assert flood.value.code == "dev.flood"
    assert time.monotonic() - started < patience(2)
    simulator.actions()["calm"]()
    scanner.close()
    assert scan(scanner).text == "GFM-0042"


def test_what_was_shown_before_the_scan_does_not_count(tmp_path: Path) -> None:
    simulator = CodeScannerSimulator("code_scanner", tmp_path / "port", triggered=False)
    simulator.start()
    scanner = SerialScanner("code_scanner", url=simulator.endpoint)
    try:
        scanner.open(CommandContext.within(1))
        simulator.present("of-the-resident-before")
        with pytest.raises(CodeError) as none:
            scan(scanner, 0.5)
        assert none.value.code == "code.none"
        timer = threading.Timer(0.3, simulator.present, ("of-this-resident",))
        timer.start()
        assert scan(scanner).text == "of-this-resident"
        timer.join()
    finally:
        scanner.close()
        simulator.stop()


def test_the_scanner_looks_only_while_it_is_asked_to(
    scanner: SerialScanner,
    simulator: CodeScannerSimulator,
    eventually: Callable[..., None],
) -> None:
    with pytest.raises(CodeError):
        scan(scanner, 0.4)
    eventually(lambda: not simulator.state()["looking"])
    simulator.present("too late")
    assert simulator.state()["codes_sent"] == 0


def test_a_cancel_stops_the_scanner_within_a_tenth_of_a_second(
    scanner: SerialScanner,
    simulator: CodeScannerSimulator,
    eventually: Callable[..., None],
) -> None:
    scanner.open(CommandContext.within(1))
    context = CommandContext.within(20)
    ended: list[float] = []

    def work() -> None:
        with pytest.raises(CancelledError):
            scanner.scan_code(ScanCode(), context)
        ended.append(time.monotonic())

    thread = threading.Thread(target=work)
    thread.start()
    eventually(lambda: simulator.state()["looking"])
    cancelled = time.monotonic()
    context.cancelled.set()
    thread.join()
    assert ended[0] - cancelled < 0.25  # 0.1 s, and a machine that is busy with other tests
    eventually(lambda: not simulator.state()["looking"])


def test_unplugged_in_the_middle_is_told_at_once(
    scanner: SerialScanner, simulator: CodeScannerSimulator
) -> None:
    scanner.open(CommandContext.within(1))
    timer = threading.Timer(0.2, simulator.unplug)
    timer.start()
    with pytest.raises(NotPresentError) as gone:
        scan(scanner, 10)
    timer.join()
    assert gone.value.code == "dev.unplugged"


def test_a_mute_scanner_is_offline_and_one_that_cannot_be_asked_says_so(
    scanner: SerialScanner, simulator: CodeScannerSimulator
) -> None:
    simulator.set_mode("mute")
    status = scanner.status(CommandContext.within(2))
    assert (status.condition, status.code) == (Condition.OFFLINE, "dev.mute")
    plain = SerialScanner("code_scanner", url=simulator.endpoint)
    status = plain.status(CommandContext.within(2))
    assert (status.condition, status.details["checked"]) == (Condition.ONLINE, "port_only")
    verdicts = {check.name: check.verdict for check in plain.diagnose(CommandContext.within(2))}
    assert verdicts["answers"] is Verdict.UNKNOWN
    plain.close()


@pytest.mark.parametrize(
    "options",
    [
        {"profile": "no such"},
        {"start": "not hex"},
        {"terminator": "zz"},
        {"gap_ms": 999_999},
    ],
)
def test_options_that_cannot_work_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(MisconfiguredError) as error:
        SerialScanner("code_scanner", url="serial:/dev/null", **options)  # type: ignore[arg-type] # that is the point
    assert error.value.code == "dev.bad_options"


# --- in virtual time -----------------------------------------------------------------------------


def on_a_wire(answers: list[Piece], **options: str) -> tuple[SerialScanner, VirtualWire]:
    """Make a scanner that sends ``answers`` when it is started."""
    wire = VirtualWire(lambda said: answers if said == b"GO" else [], VirtualClock())
    return SerialScanner(
        "code_scanner", url="virtual:", start="474F", stop="4E4F", transport=wire, **options
    ), wire


def test_silence_ends_a_code_where_there_is_no_terminator() -> None:
    scanner, wire = on_a_wire([Piece(b"GFM"), Piece(b"-0042", 0.1)], terminator="gap")
    code = scanner.scan_code(ScanCode(), wire.context(5))
    assert code.text == "GFM-0042"
    assert wire.written[-1] == b"NO"


@pytest.mark.parametrize(
    ("terminator", "sent", "text"),
    [
        ("crlf", b"a b\r\n", "a b"),
        ("line", b"ab\n", "ab"),
        ("etx", b"ab\x03", "ab"),
        ("7C7C", b"a|b||", "a|b"),
    ],
)
def test_terminators_are_configurable(terminator: str, sent: bytes, text: str) -> None:
    scanner, wire = on_a_wire([Piece(sent)], terminator=terminator)
    assert scanner.scan_code(ScanCode(), wire.context(5)).text == text


def test_the_first_line_of_several_is_not_taken_for_a_code() -> None:
    scanner, wire = on_a_wire([Piece(b"BEGIN:VCARD\r"), Piece(b"N:x\r", 0.01)])
    with pytest.raises(CodeError) as error:
        scanner.scan_code(ScanCode(), wire.context(5))
    assert error.value.code == "code.not_text"


def test_an_acknowledgement_is_no_part_of_a_code() -> None:
    reply = bytes.fromhex("04D00000FF2C")
    scanner, wire = on_a_wire(
        [Piece(reply[:2]), Piece(reply[2:], 0.01), Piece(b"GFM-1\r\n", 1.0)],
        start_reply=reply.hex(),
    )
    assert scanner.scan_code(ScanCode(), wire.context(5)).text == "GFM-1"


def test_a_look_that_the_scanner_gave_up_is_started_anew() -> None:
    clock = VirtualClock()
    starts = []

    def device(said: bytes) -> list[Piece]:
        starts.extend([said] if said == b"GO" else [])
        return [Piece(b"GFM-1\r")] if len(starts) == 3 and said == b"GO" else []

    wire = VirtualWire(device, clock)
    scanner = SerialScanner("code_scanner", url="virtual:", start="474F", transport=wire)
    assert scanner.scan_code(ScanCode(), wire.context(60)).text == "GFM-1"
    assert clock.now < 1000 + 3 * 6


pieces = st.lists(
    st.builds(
        Piece,
        st.binary(max_size=300)
        | st.sampled_from([b"\r", b"\n", b"\x06.", b"REVINF", b"GFM-1\r", b"A" * 2100]),
        st.floats(0, 2),
    ),
    max_size=8,
)


@given(
    answers=pieces,
    terminator=st.sampled_from(["line", "crlf", "gap", "etx"]),
    asked=st.booleans(),
)
def test_whatever_comes_is_a_printable_code_or_one_of_our_errors(
    *, answers: list[Piece], terminator: str, asked: bool
) -> None:
    clock = VirtualClock()
    wire = VirtualWire(lambda _said: answers, clock)
    options = {"question": "51", "answer_start": "41", "answer_end": "06"} if asked else {}
    scanner = SerialScanner(
        "code_scanner", url="virtual:", start="53", terminator=terminator, transport=wire, **options
    )
    try:
        code = scanner.scan_code(ScanCode(), wire.context(30))
    except DeviceError:
        pass
    else:
        assert code.text
        assert len(code.data) <= 2048
        assert code.data in b"".join(piece.data for piece in answers)
    assert clock.now <= 1000 + 30 + 1
