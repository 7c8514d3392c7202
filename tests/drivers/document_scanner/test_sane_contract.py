# SPDX-License-Identifier: Apache-2.0
"""The SANE scanner keeps the contract of all devices, with the real scanimage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.testing.contract import DeviceContract
from drivers.testing.subject import Subject
from tests.support import stands


@pytest.mark.daemon
class TestSaneKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Iterator[Subject]:
        with stands.sane(tmp_path) as subject:
            yield subject
