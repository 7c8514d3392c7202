# SPDX-License-Identifier: Apache-2.0
"""The bench: simulators behind one socket, as the terminal's tools speak to it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.core import CommandContext, ReadCard
from drivers.id_card.sam_serial import SamSerialReader
from drivers.sim.bench import Bench, bay_from, main
from drivers.transports.local_socket import socket_address
from kiosk.bench_client import BenchClient, BenchRefusedError, BenchUnreachableError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    # Longer than the kernel takes for a socket, as folders of users are.
    deep = tmp_path / "演示 目录" / ("x" * 110)
    deep.mkdir(parents=True)
    return deep


@pytest.fixture
def bench(folder: Path) -> Iterator[BenchClient]:
    hosted = Bench(folder / "s", [bay_from("id_card=sam_reader", folder)])
    assert hosted.start() == {
        "id_card": {"driver": "sam_serial", "url": f"serial:{folder}/id_card?baud=115200"}
    }
    yield BenchClient(folder / "s")
    hosted.stop()
    assert not (folder / "s").exists()


def test_an_action_has_its_effect_before_the_answer(bench: BenchClient) -> None:
    bench.act("id_card", "place", "elder")
    [slot] = bench.slots()
    assert slot.state["card"] == "elder"
    assert "unplug" in slot.actions
    assert bench.act("id_card", "people") == [
        "elder",
        "worker",
        "rare-name",
        "sixties",
        "granted",
        "moved",
        "hmt",
        "foreign-2017",
        "foreign-2023",
    ]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (("id_card", "place", "nobody"), "no such person"),
        (("id_card", "place"), "usage: id_card place PERSON"),
        (("id_card", "fly"), "id_card has no action fly"),
        (("cellar", "place"), "no slot cellar"),
        (("id_card", "fail_next", "everything"), "faults: wrong_checksum"),
        (("id_card", "mode", "sad"), "modes: healthy"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(
    bench: BenchClient, line: tuple[str, ...], answer: str
) -> None:
    with pytest.raises(BenchRefusedError, match=answer) as refused:
        bench.act(*line)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("line", [b"nonsense\n", b"[]\n", b'{"slot": 1}\n', b"\xff\n"])
def test_a_line_that_is_no_request_is_answered_too(bench: BenchClient, line: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        with socket_address(bench.path) as address:
            connection.connect(address)
        connection.sendall(line)
        with connection.makefile("rb") as lines:
            assert json.loads(lines.readline())["ok"] is False


def test_the_socket_is_for_its_owner_only(bench: BenchClient) -> None:
    assert bench.path.stat().st_mode & 0o077 == 0


def test_a_second_bench_is_refused_and_a_dead_one_replaced(
    bench: BenchClient, folder: Path
) -> None:
    second = Bench(bench.path, [])
    with pytest.raises(OSError, match="another bench"):
        second.start()
    stale = folder / "stale"
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead,
        socket_address(stale) as address,
    ):
        dead.bind(address)
    third = Bench(stale, [])
    third.start()
    third.stop()


def test_the_program_tells_its_endpoints_and_stops_when_told(folder: Path) -> None:
    control = folder / "s"
    command = [sys.executable, "-m", "drivers.sim.bench", "--control", str(control)]
    command += ["--slot", "id_card=sam_reader", "--slot", "link=link,to=http://127.0.0.1:9"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        assert set(facts) == {"id_card", "link"}
        client = BenchClient(control)
        client.act("id_card", "place", "hmt")
        reader = SamSerialReader("id_card", url=facts["id_card"]["url"])
        assert reader.read_card(ReadCard(), CommandContext.within(5)).card_type == "J"
        reader.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    with pytest.raises(BenchUnreachableError):
        client.slots()
    assert not os.path.lexists(folder / "id_card")


def test_a_comma_in_a_value_is_written_as_in_a_url(folder: Path) -> None:
    bay = bay_from(f"id_card=sam_reader,link={folder}/a%2Cb=c%25", folder)
    assert bay.simulator.endpoint == f"serial:{folder}/a,b=c%?baud=115200"


@pytest.mark.parametrize(
    "spec", ["", "id_card", "id_card=toaster", "link=link", "id_card=sam_reader,seed=x"]
)
def test_a_wrong_slot_is_one_line_and_exit_2(
    folder: Path, capsys: pytest.CaptureFixture[str], spec: str
) -> None:
    assert main(["--control", str(folder / "s"), "--slot", spec]) == 2
    assert capsys.readouterr().err.startswith(f"bench: --slot {spec}:")
