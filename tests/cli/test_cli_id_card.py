# SPDX-License-Identifier: Apache-2.0
"""``kiosk id-card read``, ``kiosk devices`` and ``kiosk bench`` as they are typed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.sim.bench import Bench, bay_from
from drivers.sim.people import PEOPLE
from drivers.sim.sam_reader import SamReaderSimulator
from kiosk.cli import main


class Typed:
    """One command that was run in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *words: str) -> None:
        started = time.monotonic()
        try:
            main(list(words))
            self.status = 0
        except SystemExit as end:
            self.status = int(end.code or 0)
        self.elapsed_s = time.monotonic() - started
        self.out, self.err = capsys.readouterr()


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[SamReaderSimulator]:
    simulator = SamReaderSimulator("id_card", tmp_path / "port")
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.mark.parametrize("key", PEOPLE)
@pytest.mark.parametrize("fault", ["fragments", "noise", "wrong_checksum"])
def test_every_card_is_read_through_a_bad_line(
    reader: SamReaderSimulator, capsys: pytest.CaptureFixture[str], key: str, fault: str
) -> None:
    person = PEOPLE[key]
    reader.place(key)
    reader.fail_next(fault)
    typed = Typed(capsys, "id-card", "read", "--port", reader.endpoint, "--json", "--unmask")
    assert (typed.status, typed.err) == (0, "")
    told = json.loads(typed.out)
    card = person.card
    assert told["card_type"] == card.card_type.value
    assert told["address"] == (person.appended_address or card.address)
    for name in (
        "name",
        "english_name",
        "sex",
        "ethnicity",
        "nationality",
        "number",
        "issuer",
        "permit_number",
        "long_term",
    ):
        assert told[name] == getattr(card, name), name
    for name in ("birth", "valid_from", "valid_to"):
        day = getattr(card, name)
        assert told[name] == (day.isoformat() if day else None), name


def test_a_person_is_masked_unless_asked_for(
    reader: SamReaderSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    for key, person in PEOPLE.items():
        reader.place(key)
        for words in ([], ["--json"]):
            reader.remove()
            reader.place(key)
            typed = Typed(capsys, "id-card", "read", "--port", reader.endpoint, *words)
            assert typed.status == 0
            card = person.card
            for secret in (
                card.name,
                card.english_name,
                card.number,
                card.address,
                card.permit_number,
                card.birth.isoformat() if card.birth else None,
            ):
                assert secret is None or secret not in typed.out


def test_production_never_unmasks(
    reader: SamReaderSimulator, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "production.toml"
    config.write_text("production = true\n")
    reader.place("elder")
    typed = Typed(
        capsys,
        *("id-card", "read", "--port", reader.endpoint, "--unmask", "--config", str(config)),
    )
    assert (typed.status, typed.out) == (2, "")
    assert "--unmask" in typed.err


@pytest.mark.parametrize(
    ("mode", "fault", "words"),
    [
        ("healthy", "", "no card was placed in time (card.none)"),
        ("healthy", "truncated", "the answers break off (dev.truncated"),
        ("healthy", "garbage", "does not speak the reader's protocol (dev.garbage"),
        ("healthy", "wrong_checksum", "the answers arrive damaged (dev.checksum"),
        ("healthy", "not_genuine", "the card cannot be read (card.unreadable"),
        ("healthy", "card_removed", "taken away while it was read (card.removed"),
        ("mute", "", "the reader does not answer (dev.mute"),
        ("garbage", "", "does not speak the reader's protocol (dev.garbage"),
        ("self_test_failed", "", "failed its self-test (reader.self_test_failed"),
        ("not_authorised", "", "is not authorised (reader.not_authorised"),
    ],
)
def test_a_failure_is_one_clear_line_within_the_timeout(
    reader: SamReaderSimulator,
    capsys: pytest.CaptureFixture[str],
    mode: str,
    fault: str,
    words: str,
) -> None:
    reader.set_mode(mode)
    if fault:
        reader.place("worker")
        reader.fail_next(fault, 99)
    timeout_s = 0.8 if fault == "" and mode == "healthy" else 1.4
    typed = Typed(capsys, "id-card", "read", "--port", reader.endpoint, "--timeout", str(timeout_s))
    assert (typed.status, typed.out) == (1, "")
    assert words in typed.err
    assert typed.err.count("\n") == 1
    assert typed.elapsed_s < timeout_s + 0.3


@pytest.mark.parametrize(
    ("port", "status", "words"),
    [
        ("serial:/dev/does-not-exist", 1, "nothing there"),
        ("/dev/null", 1, "not a serial port"),
        ("usb:1", 2, "not an address"),
    ],
)
def test_a_wrong_port_is_said_so(
    capsys: pytest.CaptureFixture[str], port: str, status: int, words: str
) -> None:
    typed = Typed(capsys, "id-card", "read", "--port", port)
    assert typed.status == status
    assert words in typed.err


def test_a_port_that_the_terminal_holds_is_said_so(
    reader: SamReaderSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    from drivers.core import CommandContext  # noqa: PLC0415 - this test only
    from drivers.id_card.sam_serial import SamSerialReader  # noqa: PLC0415

    holder = SamSerialReader("id_card", url=reader.endpoint)
    holder.open(CommandContext.within(2))
    typed = Typed(capsys, "id-card", "read", "--port", reader.endpoint)
    holder.close()
    assert typed.status == 1
    assert "another program holds the port" in typed.err


SETTINGS = """
[[slot]]
name = "id_card"
role = "id_card"
driver = "sam_serial"
simulated = true
[slot.options]
url = "{url}"
[[slot]]
name = "receipt_printer"
role = "receipt_printer"
driver = "none"
[[slot]]
name = "second_reader"
role = "id_card"
driver = "sam_serial"
[slot.options]
url = "serial:/dev/does-not-exist"
"""


def test_devices_tells_every_slot(
    reader: SamReaderSimulator,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    expected_logs: object,
) -> None:
    assert callable(expected_logs)
    expected_logs("slot=second_reader out of service: no_device")
    config = tmp_path / "terminal.toml"
    config.write_text(SETTINGS.format(url=reader.endpoint))
    typed = Typed(capsys, "devices", "--json", "--config", str(config))
    assert typed.status == 0
    rows = {row["slot"]: row for row in json.loads(typed.out)}
    assert list(rows) == ["id_card", "receipt_printer", "second_reader"]
    first, empty, second = rows.values()
    assert (first["driver"], first["condition"], first["code"]) == ("sam_serial", "online", "")
    assert first["details"]["simulated"] == "true"
    assert empty["condition"] == "not_fitted"
    assert (second["condition"], second["code"], second["recovery"]) == (
        "no_device",
        "dev.not_present",
        "clear",
    )
    told = {"slot", "driver", "condition", "code", "recovery", "details"}
    assert set(first) == told | {"supplies", "counters"}


def test_devices_without_any_and_with_a_wrong_driver(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text("")
    assert json.loads(Typed(capsys, "devices", "--json", "--config", str(config)).out) == []
    config.write_text('[[slot]]\nname = "a"\nrole = "camera"\ndriver = "sam_serial"\n')
    typed = Typed(capsys, "devices", "--config", str(config))
    assert typed.status == 2
    assert "dev.wrong_role" in typed.err


def test_bench_places_a_card_and_lists(
    capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("b")
    hosted = Bench(folder / "bench.sock", [bay_from("id_card=sam_reader", folder)])
    hosted.start()
    where = ("--data-dir", str(folder))
    assert Typed(capsys, "bench", "id_card", "place", "elder", *where).status == 0
    assert '"card": "elder"' in Typed(capsys, "bench", "--list", *where).out
    refused = Typed(capsys, "bench", "id_card", "fly", *where)
    assert (refused.status, refused.err.count("\n")) == (1, 1)
    assert Typed(capsys, "bench", "id_card", *where).status == 2
    hosted.stop()
    gone = Typed(capsys, "bench", "--list", *where)
    assert gone.status == 1
    assert "bench" in gone.err


@pytest.mark.slow
def test_the_installed_command_reads_a_card(reader: SamReaderSimulator) -> None:
    reader.place("rare-name")
    command = [sys.executable, "-m", "kiosk", "id-card", "read", "--port", reader.endpoint]
    ended = subprocess.run(
        [*command, "--json", "--unmask"], capture_output=True, text=True, check=True
    )
    assert json.loads(ended.stdout)["name"] == PEOPLE["rare-name"].card.name


def test_wrong_usage_is_plain_text_on_standard_error() -> None:
    typed = subprocess.run(
        [sys.executable, "-m", "kiosk", "id-card", "read"],
        capture_output=True,
        check=False,
        text=True,
    )
    assert (typed.returncode, typed.stdout) == (2, "")
    assert typed.stderr.splitlines()[-1] == "Error: Missing option '--port'."
