# SPDX-License-Identifier: Apache-2.0
"""What is plugged in or pulled out is told, with the slot it belongs to, and nothing of whose it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from drivers.core import Condition, Status
from kiosk.config import SlotSettings
from kiosk.flows.events import PlugChanged
from kiosk.terminal.plug_reports import PlugReports
from tests.support.fake_machine import FakeMachine

WAIT_S = 60.0
BY_ID = "usb-1a86_USB_Serial-if00-port0"
SLOT = SlotSettings(
    name="reader",
    role="id_card",
    driver="sam_serial",
    options={"url": f"serial:/dev/serial/by-id/{BY_ID}"},
)


class Hall:
    """A machine with one reader, and everybody who is told."""

    def __init__(self, folder: Path) -> None:
        self.machine = FakeMachine(folder / "root")
        self.machine.usb_serial("1-1.2", "1a86:7523", "ttyUSB0", serial="S7", by_id=BY_ID)
        self.stood: dict[str, str] = {}
        self.audit: list[tuple[str, dict[str, Any]]] = []
        self.posted: list[PlugChanged] = []
        self.reports = PlugReports(
            [SLOT],
            memory=self,
            audit=lambda event, **fields: self.audit.append((event, fields)),
            post=self.posted.append,
            wall=lambda: 5.0,
            root=self.machine.root,
            every_s=0.01,
        )

    def stands(self, slot: str, same_as: str) -> None:
        self.stood[slot] = same_as

    @contextmanager
    def watched(self) -> Iterator[None]:
        self.reports.start()
        try:
            yield
        finally:
            self.reports.stop()


@pytest.fixture
def hall(tmp_path: Path) -> Hall:
    return Hall(tmp_path)


def test_a_slot_that_works_is_remembered_and_its_device_known_when_it_goes(
    hall: Hall, eventually: Callable[..., None]
) -> None:
    with hall.watched():
        hall.reports.heard("reader", Status(Condition.STARTING))
        hall.reports.heard("reader", Status(Condition.ONLINE))
        eventually(lambda: hall.stood == {"reader": "1a86:7523/S7"}, WAIT_S)
        hall.machine.pull_out("1-1.2")
        eventually(lambda: hall.posted, WAIT_S)
    assert hall.posted == [PlugChanged(appeared=False, code="1a86:7523", role="id_card", at=5.0)]
    assert hall.audit == [("device.pulled_out", {"slot": "reader", "code": "1a86:7523"})]


def test_a_telephone_is_told_by_its_numbers_only(
    hall: Hall, eventually: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with hall.watched():
        hall.reports.heard("reader", Status(Condition.ONLINE))
        eventually(lambda: hall.stood, WAIT_S)  # the first look is over
        hall.machine.usb("1-2", "05ac:12a8", "06/01/01", serial="SECRET9", name="Somebody's phone")
        eventually(lambda: hall.posted, WAIT_S)
    assert hall.posted == [PlugChanged(appeared=True, code="05ac:12a8", role="", at=5.0)]
    told = f"{hall.audit}{caplog.text}{[record.__dict__ for record in caplog.records]}"
    assert "05ac:12a8" in told
    assert "SECRET9" not in told
    assert "Somebody" not in told
