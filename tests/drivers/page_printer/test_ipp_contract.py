# SPDX-License-Identifier: Apache-2.0
"""The A4 printer keeps the contract of all devices, over real HTTP on a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.core import PrintDocument
from drivers.page_printer.ipp import IppPrinter
from drivers.sim.ipp_printer import IppPrinterSimulator
from drivers.testing.contract import DeviceContract, Subject


class TestIppKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self) -> Iterator[Subject]:
        simulator = IppPrinterSimulator()
        simulator.start()
        yield Subject(
            make=lambda: IppPrinter("page_printer", url=simulator.endpoint),
            simulator=simulator,
            work=PrintDocument(pdf=b"%PDF-1.4\n%synthetic\n%%EOF\n", title="proof"),
            make_ready=lambda: None,
            talk_nonsense=simulator.actions()["garbage"],
            talk_sense=simulator.actions()["sense"],
            # A network printer takes jobs of several.
            is_exclusive=False,
        )
        simulator.stop()
