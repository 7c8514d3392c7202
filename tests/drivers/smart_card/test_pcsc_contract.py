# SPDX-License-Identifier: Apache-2.0
"""The smart-card reader keeps the contract of all devices, behind the real pcscd."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from drivers.core import CommandContext, Media, ReadSocialCard
from drivers.sim.social_card import SocialCardSimulator
from drivers.smart_card.pcsc import PcscReader
from drivers.testing.contract import DeviceContract, Subject

pytestmark = pytest.mark.daemon


class TestPcscKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self) -> Iterator[Subject]:
        simulator = SocialCardSimulator("smart_card")
        simulator.start()

        def make() -> PcscReader:
            return PcscReader("smart_card", reader="Virtual PCD", socket=simulator.socket)

        def talk_nonsense() -> None:
            simulator.place_mute()
            watching = make()
            end, pause = time.monotonic() + 3, threading.Event()
            while not watching.status(CommandContext.within(1)).code and time.monotonic() < end:
                pause.wait(0.05)
            assert watching.status(CommandContext.within(1)).media is Media.PRESENT
            watching.close()

        yield Subject(
            make=make,
            simulator=simulator,
            work=ReadSocialCard(),
            make_ready=lambda: simulator.place("worker"),
            talk_nonsense=talk_nonsense,
            talk_sense=lambda: simulator.place("worker"),
            # The service shares its readers; only the card belongs to one.
            is_exclusive=False,
        )
        simulator.stop()
