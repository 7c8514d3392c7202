# SPDX-License-Identifier: Apache-2.0
"""Pty, simulator, driver, process and host together: what a resident and a technician would see."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.core import (
    CancelledError,
    CardError,
    Condition,
    IdCard,
    Media,
    NotPresentError,
    Progress,
    ReadCard,
    Role,
    Status,
)
from drivers.host import DeviceHost, HostPolicy, SlotConfig
from drivers.sim.people import PEOPLE
from drivers.sim.sam_reader import SamReaderSimulator
from tests.support.patience import patience
from tests.support.running import running

Eventually = Callable[..., None]


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[SamReaderSimulator]:
    with running(SamReaderSimulator("id_card", tmp_path / "port")) as simulator:
        yield simulator


@pytest.fixture
def host(reader: SamReaderSimulator) -> Iterator[DeviceHost]:
    running = DeviceHost(
        [SlotConfig("id_card", Role.ID_CARD, "sam_serial", {"url": reader.endpoint})],
        on_status=lambda _slot, _status: None,
        policy=HostPolicy(poll_every_s=0.1, poll_absent_every_s=0.1),
        simulated=frozenset({"id_card"}),
    )
    running.start()
    yield running
    running.stop()


def status(host: DeviceHost) -> Status:
    return host.status("id_card")


def test_a_card_is_read_and_missed_when_it_is_left(
    host: DeviceHost, reader: SamReaderSimulator, eventually: Eventually
) -> None:
    steps: list[Progress] = []
    waiting = threading.Event()

    def step(progress: Progress) -> None:
        steps.append(progress)
        waiting.set()

    job = host.submit("id_card", ReadCard(), deadline_s=10, on_progress=step)
    assert waiting.wait(60)
    reader.place("rare-name")
    card = job.result(60)
    assert isinstance(card, IdCard)
    assert card == PEOPLE["rare-name"].card
    assert [progress.code for progress in steps] == ["card.waiting", "card.reading"]
    eventually(lambda: status(host).media is Media.PRESENT)
    reader.remove()
    eventually(lambda: status(host).media is not Media.PRESENT)
    assert host.info("id_card").serial == "05.01-20101129-0001228293-0296863149"
    assert host.info("id_card").simulated


def test_waiting_for_a_card_is_cancelled_at_once(host: DeviceHost) -> None:
    waiting = threading.Event()
    job = host.submit("id_card", ReadCard(), deadline_s=30, on_progress=lambda _: waiting.set())
    assert waiting.wait(60)
    started = time.monotonic()
    job.cancel()
    with pytest.raises(CancelledError):
        job.result(60)
    assert time.monotonic() - started < patience(0.3)


def test_no_card_ends_at_the_deadline(host: DeviceHost, eventually: Eventually) -> None:
    eventually(lambda: status(host).condition is Condition.ONLINE)
    with pytest.raises(CardError) as none:
        host.submit("id_card", ReadCard(), deadline_s=0.5).result(60)
    assert none.value.code == "card.none"


@pytest.mark.expected_logs("out of service: no_device")
def test_an_unplugged_reader_is_missed_and_comes_back(
    host: DeviceHost, reader: SamReaderSimulator, eventually: Eventually
) -> None:
    eventually(lambda: status(host).condition is Condition.ONLINE)
    waiting = threading.Event()
    job = host.submit("id_card", ReadCard(), deadline_s=30, on_progress=lambda _: waiting.set())
    assert waiting.wait(60)
    reader.unplug()
    with pytest.raises(NotPresentError):
        job.result(60)
    eventually(lambda: status(host).condition is Condition.NO_DEVICE)
    process = host.process_id("id_card")
    reader.place("elder")
    reader.replug()
    eventually(lambda: status(host).condition is Condition.ONLINE)
    assert isinstance(host.submit("id_card", ReadCard(), deadline_s=5).result(60), IdCard)
    assert host.process_id("id_card") == process


@pytest.mark.expected_logs("out of service: offline code=dev.process_lost")
def test_a_killed_process_gives_the_port_back_and_reads_again(
    host: DeviceHost, reader: SamReaderSimulator, eventually: Eventually
) -> None:
    eventually(lambda: status(host).condition is Condition.ONLINE)
    started = time.monotonic()
    host.kill("id_card")
    reader.place("elder")
    card = host.submit("id_card", ReadCard(), deadline_s=10).result(60)
    assert isinstance(card, IdCard)
    assert time.monotonic() - started < patience(2)
