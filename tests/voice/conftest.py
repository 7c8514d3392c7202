# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.voice.ssip_double import SsipDouble


@pytest.fixture
def speechd(tmp_path: Path) -> Iterator[SsipDouble]:
    double = SsipDouble(tmp_path / "speechd.sock")
    yield double
    double.close()
