# SPDX-License-Identifier: Apache-2.0
"""The signal board keeps the contract of all devices, on real TCP and as RTU on a real pty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.testing.contract import DeviceContract
from drivers.testing.subject import Subject
from tests.support import stands


class TestModbusBoardOnTcpKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Iterator[Subject]:
        with stands.modbus_board(tmp_path) as subject:
            yield subject


class TestModbusBoardOnPtyKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Iterator[Subject]:
        with stands.modbus_board_on_pty(tmp_path) as subject:
            yield subject
