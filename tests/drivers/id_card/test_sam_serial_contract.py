# SPDX-License-Identifier: Apache-2.0
"""The identity-card reader keeps the contract of all devices, on a real pty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.testing.contract import DeviceContract
from drivers.testing.subject import Subject
from tests.support import stands


class TestSamSerialKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Iterator[Subject]:
        with stands.sam_serial(tmp_path) as subject:
            yield subject
