# SPDX-License-Identifier: Apache-2.0
"""A host with troublesome devices in real processes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from drivers.core import Condition, Role, Status
from drivers.host import DeviceHost, DriverEntry, HostPolicy, SlotConfig

REGISTRY = {
    "troublesome": DriverEntry("drivers.testing.troublesome:TroublesomeDevice", Role.SIGNALS),
    "missing": DriverEntry("drivers.no_such_module:Nothing", Role.SIGNALS),
    "id_card": DriverEntry("drivers.id_card.sam_serial:SamSerialReader", Role.ID_CARD),
}
QUICK = HostPolicy(
    ping_every_s=0.1,
    silence_s=0.6,
    overrun_s=0.3,
    poll_every_s=0.2,
    poll_absent_every_s=0.1,
    backoff_first_s=0.05,
    stop_s=1.0,
)


@dataclass
class Heard:
    """Every status that was published, and a way to wait for one."""

    all: list[tuple[str, Status]] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, slot: str, status: Status) -> None:
        with self._changed:
            self.all.append((slot, status))
            self._changed.notify_all()

    def of(self, slot: str) -> list[Status]:
        return [status for name, status in self.all if name == slot]

    def wait(
        self, slot: str, condition: Condition, *, after: int = 0, timeout_s: float = 10.0
    ) -> Status:
        """Wait for that condition with a sequence number above ``after``."""

        def found() -> Status | None:
            for status in self.of(slot):
                if status.condition is condition and status.sequence > after:
                    return status
            return None

        with self._changed:
            status = self._changed.wait_for(found, timeout_s)
        assert status is not None, f"never {condition}: {self.of(slot)}"
        return status


MakeHost = Callable[..., tuple[DeviceHost, Heard]]


@pytest.fixture
def make_host() -> Iterator[MakeHost]:
    started: list[DeviceHost] = []

    def make(
        *slots: SlotConfig, policy: HostPolicy = QUICK, simulated: frozenset[str] = frozenset()
    ) -> tuple[DeviceHost, Heard]:
        heard = Heard()
        host = DeviceHost(
            slots, on_status=heard, policy=policy, registry=REGISTRY, simulated=simulated
        )
        started.append(host)
        host.start()
        return host, heard

    yield make
    for host in started:
        host.stop()
