# SPDX-License-Identifier: Apache-2.0
"""The USB reader keeps the contract of all devices in both framings, on a played bus under real pyusb."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.core import ReadCard
from drivers.id_card.sam_usb import SamUsbReader, SamUsbTransport
from drivers.sim.sam_usb_reader import SamUsbSimulator
from drivers.sim.usb_descriptors import CLASSIC_FOUR_PIPES, INTERRUPT_PAIR, DescriptorSet
from drivers.testing.contract import DeviceContract, Subject


def _subject(descriptors: DescriptorSet) -> Iterator[Subject]:
    simulator = SamUsbSimulator("id_card", descriptors=descriptors)
    simulator.start()
    url = simulator.endpoint
    subject = Subject(
        make=lambda: SamUsbReader(
            "id_card", url=url, transport=SamUsbTransport(url, backend=simulator.bus)
        ),
        simulator=simulator,
        work=ReadCard(),
        make_ready=lambda: simulator.place("worker"),
        talk_nonsense=lambda: simulator.set_mode("garbage"),
        talk_sense=lambda: simulator.set_mode("healthy"),
    )
    yield subject
    subject.device.close()
    assert simulator.bus.open_handles == 0
    simulator.stop()


class TestSamUsbWithFourPipesKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self) -> Iterator[Subject]:
        yield from _subject(CLASSIC_FOUR_PIPES)


@pytest.mark.slow  # the framing is the only difference, and test_sam_usb.py tests that
class TestSamUsbWithOnePairKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self) -> Iterator[Subject]:
        yield from _subject(INTERRUPT_PAIR)
