# SPDX-License-Identifier: Apache-2.0
"""How long a slip takes from the command to the knife, as a ratio to python-escpos printing plain text.

python-escpos knows nothing of the paper when it returns, so both are timed to the moment the slip is cut.
The printer moves paper at 150 mm/s in both cases; the slip of python-escpos has the same lines.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from drivers.core import CommandContext, PrintReceipt, PrintResult, Receipt
from drivers.receipt_printer.escpos import EscPosPrinter
from drivers.sim.escpos_printer import EscPosPrinterSimulator

pytestmark = pytest.mark.slow
ROUNDS = 5
SLIP = Receipt(
    title="办件回执",
    number="1121-4821-0007-3",
    rows=(("事项", "高龄津贴申领"), ("办理人", "王*苗"), ("承诺办结", "12月4日（周五）前")),
    notes=("可凭编号打电话查询。",),
    qr="hall24/1 1121-4821-0007-3",
)
Wait = Callable[..., None]


@pytest.fixture
def simulator() -> Iterator[EscPosPrinterSimulator]:
    made = EscPosPrinterSimulator.on_tcp()
    made.start()
    made.speed(150)
    yield made
    made.stop()


def test_a_confirmed_slip_takes_about_as_long_as_an_unconfirmed_text(
    simulator: EscPosPrinterSimulator,
    eventually: Wait,
    record_testsuite_property: Callable[..., None],
) -> None:
    ours, length = _ours(simulator)
    theirs, their_length = _theirs(simulator, eventually)
    per_mm = (ours / length) / (theirs / their_length)
    figures = {
        "ours_s": round(ours, 3),
        "ours_mm": round(length),
        "escpos_s": round(theirs, 3),
        "escpos_mm": round(their_length),
        "ratio_per_mm": round(per_mm, 2),
    }
    record_testsuite_property("receipt", json.dumps(figures))
    assert per_mm <= 1.5, figures


def _ours(simulator: EscPosPrinterSimulator) -> tuple[float, float]:
    printer = EscPosPrinter("receipt_printer", url=simulator.endpoint, model="epson")
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        outcome = printer.print_receipt(PrintReceipt(SLIP), CommandContext.within(30))
        times.append(time.perf_counter() - started)
        assert outcome.result is PrintResult.DONE
    printer.close()
    return sorted(times)[ROUNDS // 2], float(simulator.jobs()[-1]["length_mm"] or 0)


def _theirs(simulator: EscPosPrinterSimulator, eventually: Wait) -> tuple[float, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own, at import
        from escpos.printer import Network  # noqa: PLC0415

    parts = urlsplit(simulator.endpoint)
    times = []
    for _ in range(ROUNDS):
        before = len(simulator.jobs())
        started = time.perf_counter()
        printer = Network(parts.hostname, port=parts.port, timeout=5, profile="TM-T20II")
        printer.set(align="center", double_width=True, double_height=True)
        printer.text(f"{SLIP.title}\n{SLIP.number}\n")
        printer.set(align="left", double_width=False, double_height=False)
        for label, value in SLIP.rows:
            printer.text(f"{label}  {value}\n")
        printer.text("\n".join(SLIP.notes) + "\n")
        printer.qr(SLIP.qr, native=True, size=8)
        printer.cut()
        eventually(lambda before=before: len(simulator.jobs()) > before)
        times.append(time.perf_counter() - started)
        printer.close()
    return sorted(times)[ROUNDS // 2], float(simulator.jobs()[-1]["length_mm"] or 0)
