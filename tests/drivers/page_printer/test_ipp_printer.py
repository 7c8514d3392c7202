# SPDX-License-Identifier: Apache-2.0
"""The A4 driver against CUPS's own printer, with paper really running out, and against liars on a socket."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core import (
    CommandContext,
    Condition,
    MisconfiguredError,
    PrintDocument,
    PrintOutcome,
    PrintResult,
    Progress,
    ProtocolError,
    Supply,
    Verdict,
)
from drivers.page_printer.ipp import IppPrinter
from drivers.page_printer.ipp_message import Answer, Operation, Tag, decode, request
from drivers.sim.ipp_everywhere_printer import IppEverywherePrinter

PAGE = PrintDocument(pdf=b"%PDF-1.4\n%synthetic\n%%EOF\n", title="proof")


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[IppEverywherePrinter]:
    simulator = IppEverywherePrinter("page_printer", tmp_path / "spool")
    simulator.start()
    yield simulator
    simulator.stop()


def _driver(simulator: IppEverywherePrinter) -> IppPrinter:
    return IppPrinter("page_printer", url=simulator.endpoint)


@pytest.mark.daemon
def test_a_completed_job_is_done_and_the_printer_got_every_byte(
    printer: IppEverywherePrinter,
) -> None:
    outcome = _driver(printer).print_document(PAGE, CommandContext.within(20))
    assert (outcome.result, outcome.code) == (PrintResult.DONE, "")
    assert printer.documents()[-1].read_bytes() == PAGE.pdf


@pytest.mark.daemon
def test_the_printer_tells_what_a_job_took_of_paper_and_toner(
    printer: IppEverywherePrinter, eventually: Callable[..., None]
) -> None:
    driver = _driver(printer)

    def told() -> tuple[str, str]:
        details = driver.status(CommandContext.within(5)).details
        return details.get("a4", ""), details.get("level.toner.black", "")

    assert told() == ("250/250", "80")
    driver.print_document(PAGE, CommandContext.within(20))
    eventually(lambda: told() == ("249/250", "79"), within_s=60)
    printer.actions()["toner_low"]()
    assert driver.status(CommandContext.within(5)).toner is Supply.LOW
    printer.actions()["new_toner"]()
    assert told() == ("249/250", "100")


@pytest.mark.daemon
def test_an_empty_tray_is_said_before_the_job_and_nothing_is_sent(
    printer: IppEverywherePrinter,
) -> None:
    printer.actions()["paper_out"]()
    driver = _driver(printer)
    status = driver.status(CommandContext.within(5))
    assert (status.condition, status.paper) == (Condition.USER_ERROR, Supply.OUT)
    outcome = driver.print_document(PAGE, CommandContext.within(20))
    assert (outcome.result, outcome.code) == (PrintResult.NOT_DONE, "media.out")
    assert printer.documents() == []
    printer.actions()["load_paper"]()
    assert driver.status(CommandContext.within(5)).condition is Condition.ONLINE


@pytest.mark.daemon
def test_paper_that_really_runs_out_is_waited_for_and_the_job_goes_on(
    printer: IppEverywherePrinter,
    eventually: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps: list[Progress] = []
    outcomes: list[PrintOutcome] = []
    plain = CommandContext.within(90)
    context = CommandContext(plain.deadline, on_progress=steps.append)
    driver = IppPrinter("page_printer", url=printer.endpoint, refill_s=60)
    send = driver._port.send

    def empty_the_tray_then_send(
        command: PrintDocument, context: CommandContext, *, began: int
    ) -> Answer:
        printer.actions()["paper_out"]()
        return send(command, context, began=began)

    monkeypatch.setattr(driver._port, "send", empty_the_tray_then_send)
    thread = threading.Thread(target=lambda: outcomes.append(driver.print_document(PAGE, context)))
    thread.start()
    eventually(lambda: any(step.code == "media.out" for step in steps), within_s=60)
    assert outcomes == []
    printer.actions()["load_paper"]()
    thread.join(60)
    assert [outcome.result for outcome in outcomes] == [PrintResult.DONE]


@pytest.mark.daemon
def test_a_frozen_printer_is_mute_and_a_dead_one_is_absent(printer: IppEverywherePrinter) -> None:
    driver = _driver(printer)
    printer.actions()["freeze"]()
    assert driver.status(CommandContext.within(0.4)).code == "dev.mute"
    printer.actions()["thaw"]()
    printer.stop()
    status = driver.status(CommandContext.within(2))
    assert (status.condition, status.code) == (Condition.NO_DEVICE, "dev.not_present")
    assert driver.diagnose(CommandContext.within(2))[0].verdict is Verdict.FAIL


@pytest.mark.daemon
def test_every_step_of_a_healthy_printer_passes_its_diagnosis(
    printer: IppEverywherePrinter,
) -> None:
    checks = _driver(printer).diagnose(CommandContext.within(5))
    assert {check.name: check.verdict for check in checks} == {
        "reachable": Verdict.PASS,
        "takes_pdf": Verdict.PASS,
        "has_a4": Verdict.PASS,
        "ready": Verdict.PASS,
    }


def test_an_answer_lost_after_the_pages_were_sent_is_unknown() -> None:
    with _Liar(answers=[_idle_printer(), b""]) as liar:
        driver = IppPrinter("page_printer", url=f"ipp://127.0.0.1:{liar.port}/ipp/print")
        outcome = driver.print_document(PAGE, CommandContext.within(5))
    assert outcome.result is PrintResult.UNKNOWN


def test_a_web_server_that_is_no_printer_is_a_protocol_error() -> None:
    with _Liar(answers=[b"<html>welcome</html>"]) as liar:
        driver = IppPrinter("page_printer", url=f"ipp://127.0.0.1:{liar.port}/ipp/print")
        with pytest.raises(ProtocolError):
            driver.open(CommandContext.within(5))


def test_an_address_of_another_kind_is_a_misconfiguration() -> None:
    with pytest.raises(MisconfiguredError):
        IppPrinter("page_printer", url="http://printer/")


@given(st.binary(max_size=300))
def test_no_bytes_at_all_raise_anything_but_a_protocol_error(data: bytes) -> None:
    try:
        decode(data)
    except ProtocolError as error:
        assert error.code == "ipp.malformed"  # noqa: PT017 - both ends are fine, others are not


def test_repeated_names_encode_as_one_attribute_of_many_values() -> None:
    body = request(
        Operation.GET_JOB_ATTRIBUTES,
        7,
        [(Tag.KEYWORD, "requested-attributes", "a"), (Tag.KEYWORD, "requested-attributes", "b")],
    )
    assert body.count(b"requested-attributes") == 1
    assert decode(body).attributes["requested-attributes"] == ("a", "b")


def _idle_printer() -> bytes:
    head = struct.pack(">BBHI", 2, 0, 0, 1) + bytes([Tag.PRINTER])
    name = b"printer-state"
    state = bytes([Tag.ENUM]) + struct.pack(">H", len(name)) + name + struct.pack(">Hi", 4, 3)
    return head + state + bytes([Tag.END])


class _Liar:
    """An HTTP end that answers each request with the next body; an empty one hangs up."""

    def __init__(self, answers: list[bytes]) -> None:
        self._answers = answers
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        for answer in self._answers:
            connection, _ = self._socket.accept()
            with connection:
                connection.settimeout(2)
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(65536)
                lines, _, body = head.partition(b"\r\n\r\n")
                length = int(lines.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                while len(body) < length:
                    body += connection.recv(65536)
                if answer:
                    connection.sendall(
                        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b"
                        % (len(answer), answer)
                    )
