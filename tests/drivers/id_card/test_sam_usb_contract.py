# SPDX-License-Identifier: Apache-2.0
"""The USB reader keeps the contract of all devices in both framings, on a played bus under real pyusb."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.testing.contract import DeviceContract
from drivers.testing.subject import Subject
from tests.support import stands


class TestSamUsbWithFourPipesKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Iterator[Subject]:
        with stands.sam_usb(tmp_path) as subject:
            yield subject


@pytest.mark.slow  # the framing is the only difference, and test_sam_usb.py tests that
class TestSamUsbWithOnePairKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Iterator[Subject]:
        with stands.sam_usb_pair(tmp_path) as subject:
            yield subject
