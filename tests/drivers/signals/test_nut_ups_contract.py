# SPDX-License-Identifier: Apache-2.0
"""The UPS keeps the contract of all devices, behind the real upsd and dummy-ups."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.testing.contract import DeviceContract
from drivers.testing.subject import Subject
from tests.support import stands


@pytest.mark.daemon
@pytest.mark.slow
class TestNutUpsKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Iterator[Subject]:
        with stands.nut_ups(tmp_path) as subject:
            yield subject
