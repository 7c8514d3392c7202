# SPDX-License-Identifier: Apache-2.0
"""The overhead camera keeps the contract of all devices, on a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.testing.contract import DeviceContract
from drivers.testing.subject import Subject
from tests.support import stands


class TestOverheadCameraKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Iterator[Subject]:
        with stands.overhead_camera(tmp_path) as subject:
            yield subject
