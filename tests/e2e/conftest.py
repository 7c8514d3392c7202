# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from terminal_rig import PlatformProcess, Rig, rig

from kiosk.config import SessionSettings, SlotSettings


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[PlatformProcess]:
    process = PlatformProcess(tmp_path / "platform")
    process.start()
    yield process
    process.stop()


@pytest.fixture
def make_rig(tmp_path: Path, platform: PlatformProcess) -> Iterator[Callable[..., Rig]]:
    """``make_rig(session=SessionSettings(…), slots=(fitted(…),))``: a running terminal."""
    with ExitStack() as stack:

        def make(
            session: SessionSettings | None = None, slots: tuple[SlotSettings, ...] = ()
        ) -> Rig:
            return stack.enter_context(rig(tmp_path, platform, session=session, slots=slots))

        yield make
