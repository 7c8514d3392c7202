# SPDX-License-Identifier: Apache-2.0
"""The smart-card reader keeps the contract of all devices, behind the real pcscd."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.testing.contract import DeviceContract
from drivers.testing.subject import Subject
from tests.support import stands

pytestmark = pytest.mark.daemon


class TestPcscKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Iterator[Subject]:
        with stands.pcsc(tmp_path) as subject:
            yield subject
