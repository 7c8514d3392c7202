# SPDX-License-Identifier: Apache-2.0
"""What is connected is found from the kernel's names alone, and guessed at with a source."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.discovery.found import Found, Kind
from drivers.discovery.known import guesses
from drivers.discovery.places import Place, device_file, place_of
from drivers.discovery.services import ask_cups, ask_pcsc, ask_sane
from drivers.discovery.sysfs import connected, names
from drivers.discovery.watch import Plugged, PlugWatch
from drivers.host.registry import DRIVERS
from tests.support.fake_machine import FakeMachine

BY_ID = "usb-1a86_USB_Serial-if00-port0"


@pytest.fixture
def machine(tmp_path: Path) -> FakeMachine:
    return FakeMachine(tmp_path / "root")


@pytest.fixture
def hall(machine: FakeMachine) -> FakeMachine:
    """Everything that stands in a hall."""
    machine.usb("1-1", "1d6b:0002", "09/00/00", device_class="09")
    machine.usb("1-1.1", "0400:c35a", "ff/00/00", serial="A1", name="IDR", maker="GW")
    machine.usb_serial("1-1.2", "1a86:7523", "ttyUSB0", serial="S7", by_id=BY_ID)
    machine.usb("1-1.3", "0dd4:0205", "07/01/02", serial="V3", name="VKP80III")
    machine.camera("1-1.4", "32e4:9230", "video0", by_id="usb-Doccamera-video-index0")
    machine.uart("ttyS0")
    machine.uart("ttyS1", kind="0")
    machine.console("tty1")
    return machine


def found(machine: FakeMachine, path: str) -> Found:
    return next(each for each in connected(machine.root) if each.path == path)


def test_everything_is_found_and_nothing_else(hall: FakeMachine) -> None:
    assert [(each.kind.value, each.path) for each in connected(hall.root)] == [
        ("usb", "1-1.1"),
        ("usb", "1-1.2"),
        ("usb", "1-1.3"),
        ("usb", "1-1.4"),
        ("serial", "/dev/ttyS0"),
        ("serial", "/dev/ttyUSB0"),
        ("video", "/dev/video0"),
    ]


def test_a_port_is_told_with_its_lasting_name_and_the_device_it_hangs_on(hall: FakeMachine) -> None:
    assert found(hall, "/dev/ttyUSB0") == Found(
        Kind.SERIAL,
        "/dev/ttyUSB0",
        f"/dev/serial/by-id/{BY_ID}",
        vendor=0x1A86,
        product=0x7523,
        serial="S7",
        port="1-1.2",
        interfaces=("ff/01/02",),
        driver="ch341-uart",
    )
    assert found(hall, "/dev/video0").stable == "/dev/v4l/by-id/usb-Doccamera-video-index0"


def test_looking_opens_no_device_file(hall: FakeMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    whole = Path.open

    def spy(path: Path, *more: Any, **options: Any) -> Any:
        opened.append(str(path.relative_to(hall.root)))
        return whole(path, *more, **options)

    monkeypatch.setattr(Path, "open", spy)
    watch = PlugWatch(lambda _change: None, root=hall.root)
    watch.look()
    connected(hall.root)
    assert opened
    assert [path for path in opened if path.startswith("dev/")] == []


@pytest.mark.parametrize(
    ("path", "driver", "sure"),
    [
        ("1-1.1", "sam_usb", "probably"),
        ("1-1.3", "escpos", "probably"),
        ("/dev/video0", "uvc", "perhaps"),
    ],
)
def test_a_known_device_is_guessed_with_a_source(
    hall: FakeMachine, path: str, driver: str, sure: str
) -> None:
    guess = guesses(found(hall, path))[0]
    assert (guess.driver, guess.sure) == (driver, sure)
    assert guess.source


def test_nothing_is_guessed_of_what_hangs_behind_a_converter(hall: FakeMachine) -> None:
    assert guesses(found(hall, "/dev/ttyUSB0")) == ()


def test_every_known_device_names_a_driver_that_there_is() -> None:
    import yaml  # noqa: PLC0415

    from drivers.discovery.known import DATA  # noqa: PLC0415

    rows = yaml.safe_load(DATA.read_text("utf-8"))
    assert {row["driver"] for row in rows} - {""} <= set(DRIVERS)
    assert all(row["source"] and row["what"] for row in rows)
    assert all(("usb" in row) != ("class" in row) for row in rows)


def place(machine: FakeMachine, stood: str = "", **options: object) -> Place:
    return place_of("slot", options, connected(machine.root), stood=stood)


def test_a_slot_with_a_lasting_name_is_present_or_missing(hall: FakeMachine) -> None:
    url = f"serial:/dev/serial/by-id/{BY_ID}?baud=115200"
    assert place(hall, url=url).verdict == "present"
    assert place(hall, url=url).advice == ""
    hall.pull_out("1-1.2")
    assert place(hall, url=url).verdict == "missing"


def test_a_slot_without_one_is_advised_to_take_it(hall: FakeMachine) -> None:
    assert place(hall, url="serial:/dev/ttyUSB0").advice == f"/dev/serial/by-id/{BY_ID}"
    assert place(hall, device="/dev/video0").advice.startswith("/dev/v4l/by-id/")
    assert place(hall, device=0).verdict == "present"


def test_a_device_that_took_another_name_is_moved(hall: FakeMachine) -> None:
    stood = found(hall, "/dev/ttyUSB0").same_as
    hall.pull_out("1-1.2")
    assert place(hall, stood, url="/dev/ttyUSB0").verdict == "missing"
    hall.usb_serial("1-1.6", "1a86:7523", "ttyUSB3", serial="S7", by_id=BY_ID)
    now = place(hall, stood, url="/dev/ttyUSB0")
    assert (now.verdict, now.found and now.found.path) == ("moved", "/dev/ttyUSB3")
    assert now.advice == f"/dev/serial/by-id/{BY_ID}"


def test_another_device_under_the_old_name_is_not_taken_for_it(hall: FakeMachine) -> None:
    stood = found(hall, "/dev/ttyUSB0").same_as
    hall.pull_out("1-1.2")
    hall.usb_serial("1-1.2", "0403:6001", "ttyUSB0", serial="X")
    assert place(hall, stood, url="/dev/ttyUSB0").verdict == "other_device"


def test_a_usb_device_is_found_by_number_serial_and_socket(hall: FakeMachine) -> None:
    assert place(hall, url="usb://0400:C35A").verdict == "present"
    assert place(hall, url="usb://0400:C35A/A1").verdict == "present"
    assert place(hall, url="usb://0400:C35A/OTHER").verdict == "missing"
    moved = place(hall, url="usb://0400:C35A?port=1-1.9")
    assert (moved.verdict, moved.advice) == ("moved", "usb://0400:C35A/A1")


def test_two_alike_without_a_serial_in_the_url_are_told_apart(hall: FakeMachine) -> None:
    hall.usb("1-1.7", "0400:c35a", "ff/00/00")
    assert place(hall, url="usb://0400:C35A").advice == "usb://0400:C35A/A1"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"url": "tcp://10.0.0.9:9100"}, "network"),
        ({"url": "ipp://localhost:631/printers/a4"}, "network"),
        ({"reader": "ACS"}, "service"),
        ({}, "not_fitted"),
        ({"url": "usb://nonsense"}, "bad_address"),
    ],
)
def test_what_is_not_on_a_wire_here_is_said_not_to_be_looked_for(
    hall: FakeMachine, options: dict[str, object], why: str
) -> None:
    seen = place(hall, **options)
    assert (seen.verdict, seen.why) == ("not_looked_for", why)


def test_a_pseudo_terminal_is_there_without_a_bus(hall: FakeMachine, tmp_path: Path) -> None:
    master, slave = os.openpty()
    link = tmp_path / "id_card"
    link.symlink_to(os.ttyname(slave))
    options = {"url": f"serial:{link}"}
    there = Path(device_file(options)).exists()
    assert place_of("slot", options, connected(hall.root), exists=there).verdict == "present"
    os.close(slave)
    os.close(master)


# --- hot-plug -------------------------------------------------------------------------------------


def test_what_comes_and_goes_is_told_once_by_its_device(hall: FakeMachine) -> None:
    watch = PlugWatch(lambda _change: None, root=hall.root)
    watch.look()
    hall.pull_out("1-1.2")
    gone = watch.look()
    assert [(each.appeared, each.found.identity) for each in gone] == [(False, "1a86:7523")]
    hall.usb_serial("1-1.8", "0403:6001", "ttyUSB0")
    assert [(each.appeared, each.found.port) for each in watch.look()] == [(True, "1-1.8")]
    assert watch.look() == ()


def test_hubs_and_consoles_are_no_news(hall: FakeMachine) -> None:
    watch = PlugWatch(lambda _change: None, root=hall.root)
    watch.look()
    hall.usb("1-2", "05e3:0610", "09/00/00", device_class="09")
    hall.console("tty2")
    assert watch.look() == ()


def test_the_running_watch_tells_on_its_own_thread(
    hall: FakeMachine, eventually: Callable[..., None]
) -> None:
    told: list[Plugged] = []
    looked = threading.Event()

    class Eager(PlugWatch):
        def look(self) -> tuple[Plugged, ...]:
            changes = super().look()
            looked.set()
            return changes

    watch = Eager(told.append, root=hall.root, every_s=0.01)
    watch.start()
    try:
        assert looked.wait(60)
        hall.pull_out("1-1.1")
        eventually(lambda: [each.appeared for each in told] == [False], 60)
    finally:
        watch.stop()
        watch.stop()


STEPS = st.lists(st.tuples(st.sampled_from(["1-1", "1-2", "2-1.4"]), st.booleans()), max_size=12)


@given(steps=STEPS)
def test_every_change_is_told_exactly_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, bool]]
) -> None:
    machine = FakeMachine(tmp_path_factory.mktemp("machine") / "root")
    watch = PlugWatch(lambda _change: None, root=machine.root)
    watch.look()
    plugged: set[str] = set()
    for port, wanted in steps:
        if wanted == (port in plugged):
            assert watch.look() == ()
        elif wanted:
            machine.usb(port, "1234:5678", "ff/00/00")
            plugged.add(port)
            assert [(each.appeared, each.found.port) for each in watch.look()] == [(True, port)]
        else:
            machine.pull_out(port)
            plugged.discard(port)
            assert [(each.appeared, each.found.port) for each in watch.look()] == [(False, port)]
    assert {name.removeprefix("usb/") for name in names(machine.root)} == plugged


def test_a_machine_without_any_of_it_has_nothing(tmp_path: Path) -> None:
    assert connected(tmp_path / "nowhere") == ()
    assert names(tmp_path / "nowhere") == frozenset()


@given(content=st.binary(max_size=300))
def test_whatever_a_device_calls_itself_is_a_short_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    machine = FakeMachine(tmp_path_factory.mktemp("machine") / "root")
    folder = machine.usb("1-1", "1234:5678", name="placeholder")
    (folder / "product").write_bytes(content)
    name = connected(machine.root)[0].name
    assert len(name) <= 200
    assert name.isprintable()


# --- services -------------------------------------------------------------------------------------


def program(folder: Path, body: str) -> str:
    path = folder / "scanimage"
    path.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
    path.chmod(0o700)
    return str(path)


def test_scanners_are_told_by_sane(tmp_path: Path) -> None:
    asked = ask_sane(program(tmp_path, r"printf 'airscan:e0:Kiosk\tKiosk Scan\n'"))
    assert asked.state == "ok"
    assert [(each.path, each.name) for each in asked.found] == [("airscan:e0:Kiosk", "Kiosk Scan")]


@pytest.mark.parametrize(("body", "state"), [("exit 1", "failed"), ("kill -9 $$", "failed")])
def test_a_service_that_fails_says_so(tmp_path: Path, body: str, state: str) -> None:
    assert ask_sane(program(tmp_path, body)).state == state


def test_a_service_that_hangs_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.discovery.services.SANE_S", 0.1)
    assert ask_sane(program(tmp_path, "exec sleep 60")).state == "silent"


def test_absent_services_are_absent() -> None:
    assert ask_sane("no-such-program").state == "absent"
    assert ask_cups("localhost", 9).state == "absent"
    assert ask_pcsc((sys.executable, "-c", "import sys; sys.exit(3)")).state == "absent"


def test_readers_are_told_by_name() -> None:
    asked = ask_pcsc((sys.executable, "-c", """print('["ACS ACR38U 00 00"]')"""))
    assert [each.name for each in asked.found] == ["ACS ACR38U 00 00"]
    assert guesses(asked.found[0])[0].driver == "pcsc"
    assert ask_pcsc((sys.executable, "-c", "print('no json')")).state == "failed"
