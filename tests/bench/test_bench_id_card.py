# SPDX-License-Identifier: Apache-2.0
"""How long a card takes from the reader to the fields, against the time its bytes need on the wire."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import pytest

from drivers.core import CommandContext, IdCard, Progress, ReadCard, Role
from drivers.host import DeviceHost, SlotConfig
from drivers.id_card.sam_serial import SamSerialReader
from drivers.sim.people import PEOPLE
from drivers.sim.pty_line import BYTES_PER_SECOND_AT_115200
from drivers.sim.sam_reader import SamReaderSimulator

# find, select, read, appended address: four requests of 10 bytes and their answers (sheet §1.5).
ANSWERS = {"none": 15 + 19 + 1295 + 11, "appended": 15 + 19 + 1295 + 81}
REQUESTS = 4 * 10
ROUNDS = 9


def wire_time_s(answers: int) -> float:
    return answers / BYTES_PER_SECOND_AT_115200


@pytest.mark.slow
@pytest.mark.parametrize(("key", "kind"), [("worker", "none"), ("moved", "appended")])
def test_card_to_fields_against_the_wire(tmp_path: Path, key: str, kind: str) -> None:
    """Printed as a ratio; what is asserted is that the card was read and that the line was paced."""
    simulator = SamReaderSimulator("id_card", tmp_path / "port", paced=True)
    simulator.start()
    driver = SamSerialReader("id_card", url=simulator.endpoint)
    driver.open(CommandContext.within(3))
    times = []
    for _ in range(ROUNDS):
        simulator.place(key)
        started = time.perf_counter()
        card = driver.read_card(ReadCard(), CommandContext.within(3))
        times.append(time.perf_counter() - started)
        assert card.number == PEOPLE[key].card.number
    driver.close()
    simulator.stop()
    wire = wire_time_s(ANSWERS[kind])
    ratio = statistics.median(times) / wire
    print(  # noqa: T201 - the measurement
        f"\ncard → fields ({kind} address): median {statistics.median(times) * 1000:.1f} ms, "
        f"wire {wire * 1000:.1f} ms, ratio {ratio:.3f}"
    )
    assert min(times) >= wire


@pytest.mark.slow
def test_card_to_fields_through_the_host(tmp_path: Path) -> None:
    """The same through the device process, from the step ``card.reading`` is reported."""
    simulator = SamReaderSimulator("id_card", tmp_path / "port", paced=True)
    simulator.start()
    host = DeviceHost(
        [SlotConfig("id_card", Role.ID_CARD, "sam_serial", {"url": simulator.endpoint})],
        on_status=lambda _slot, _status: None,
    )
    host.start()
    times = []
    for _ in range(ROUNDS + 1):
        simulator.place("worker")
        seen: list[float] = []

        def step(progress: Progress, seen: list[float] = seen) -> None:
            if progress.code == "card.reading":
                seen.append(time.perf_counter())

        job = host.submit("id_card", ReadCard(), deadline_s=5, on_progress=step)
        assert isinstance(job.result(5), IdCard)
        times.append(time.perf_counter() - seen[0])
    host.stop()
    simulator.stop()
    wire = wire_time_s(ANSWERS["none"] - 15)
    print(  # noqa: T201 - the measurement
        f"\ncard found → fields in the core: median {statistics.median(times) * 1000:.1f} ms, "
        f"wire {wire * 1000:.1f} ms, ratio {statistics.median(times) / wire:.3f}"
    )
    assert len(times) == ROUNDS + 1
