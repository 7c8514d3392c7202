# SPDX-License-Identifier: Apache-2.0
"""The receipt printer keeps the contract of all devices, on a real TCP port and a real pty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.testing.contract import DeviceContract
from drivers.testing.subject import Subject
from tests.support import stands


class TestEscPosOnTcpKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Iterator[Subject]:
        with stands.escpos(tmp_path) as subject:
            yield subject


class TestEscPosOnPtyKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Iterator[Subject]:
        with stands.escpos_on_pty(tmp_path) as subject:
            yield subject
