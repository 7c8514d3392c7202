# SPDX-License-Identifier: Apache-2.0
"""The A4 printer keeps the contract of all devices, over real HTTP on a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.testing.contract import DeviceContract
from drivers.testing.subject import Subject
from tests.support import stands


class TestIppKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Iterator[Subject]:
        with stands.ipp(tmp_path) as subject:
            yield subject
