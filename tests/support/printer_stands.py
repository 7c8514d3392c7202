# SPDX-License-Identifier: Apache-2.0
"""The stands of the printers; see :mod:`tests.support.stands`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from drivers.core import PrintDocument, PrintReceipt, Receipt
from drivers.sim.escpos_presenter import SimulatedPresenter
from drivers.sim.escpos_printer import EscPosPrinterSimulator
from drivers.sim.ipp_printer import IppPrinterSimulator
from drivers.testing.subject import DoesNotApply, Subject
from tests.support.stand_parts import ONE_WIRE_IS_HOSTED, SEVERAL, Options, slowly


@contextmanager
def escpos(folder: Path, *, on_pty: bool = False) -> Iterator[Subject]:
    """On TCP, or on a pty."""
    if on_pty:
        simulator = EscPosPrinterSimulator.on_pty("receipt_printer", folder / "port")
    else:
        simulator = EscPosPrinterSimulator.on_tcp()
    simulator.start()

    def options() -> Options:
        return {"url": simulator.endpoint, "model": "epson"}

    yield Subject(
        driver="escpos",
        simulator=simulator,
        options=options,
        work=PrintReceipt(Receipt(title="受理回执", number="A17")),
        make_ready=lambda: None,
        talk_nonsense=simulator.actions()["garbage"],
        talk_sense=simulator.actions()["unmute"],
        slow=slowly("escpos", options, folder, piece=16),
        exclusive=True if on_pty else DoesNotApply(SEVERAL),
        hosted=DoesNotApply(ONE_WIRE_IS_HOSTED) if on_pty else True,
    )
    simulator.stop()


@contextmanager
def escpos_presenter(folder: Path) -> Iterator[Subject]:
    """On TCP, with a mouth that holds the slip."""
    del folder
    simulator = EscPosPrinterSimulator("receipt_printer", presenter=SimulatedPresenter())
    simulator.start()
    yield Subject(
        driver="escpos",
        simulator=simulator,
        options=lambda: {"url": simulator.endpoint, "model": "custom-vkp80"},
        work=PrintReceipt(Receipt(title="受理回执", number="A17")),
        make_ready=lambda: None,
        talk_nonsense=simulator.actions()["garbage"],
        talk_sense=simulator.actions()["unmute"],
        slow=DoesNotApply(ONE_WIRE_IS_HOSTED),
        exclusive=DoesNotApply(SEVERAL),
        hosted=DoesNotApply(ONE_WIRE_IS_HOSTED),
    )
    simulator.stop()


def escpos_on_pty(folder: Path) -> AbstractContextManager[Subject]:
    """On a pty."""
    return escpos(folder, on_pty=True)


@contextmanager
def ipp(folder: Path) -> Iterator[Subject]:
    """Over HTTP."""
    simulator = IppPrinterSimulator(sheet_s=0.02)
    simulator.start()

    def options() -> Options:
        # A fault in the middle of a job is waited for, in tests not for long.
        return {"url": simulator.endpoint, "refill_s": 0.5}

    yield Subject(
        driver="ipp",
        simulator=simulator,
        options=options,
        work=PrintDocument(pdf=b"%PDF-1.4\n%synthetic\n%%EOF\n", title="proof"),
        make_ready=lambda: None,
        talk_nonsense=simulator.actions()["garbage"],
        talk_sense=simulator.actions()["sense"],
        slow=slowly("ipp", options, folder),
        exclusive=DoesNotApply("a network printer takes jobs of several"),
    )
    simulator.stop()
