# SPDX-License-Identifier: Apache-2.0
"""The UPS keeps the contract of all devices, behind the real upsd and dummy-ups."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.core import ReadPower
from drivers.signals.nut_ups import NutUps
from drivers.sim.nut_ups import UPS, NutDummyUps
from drivers.testing.contract import DeviceContract, Subject


@pytest.mark.daemon
@pytest.mark.slow
class TestNutUpsKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self) -> Iterator[Subject]:
        simulator = NutDummyUps("ups")
        simulator.start()
        yield Subject(
            make=lambda: NutUps("ups", url=simulator.endpoint, ups=UPS),
            simulator=simulator,
            work=ReadPower(),
            make_ready=lambda: None,
            talk_nonsense=simulator.babble,
            talk_sense=simulator.calm,
            is_exclusive=False,
        )
        simulator.stop()
