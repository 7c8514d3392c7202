# SPDX-License-Identifier: Apache-2.0
"""``kiosk devices``: supplies without touching a device, new paper noted and audited, discovery that only reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from drivers.discovery import services, sysfs
from drivers.discovery.services import Asked
from kiosk.audit import AuditLog
from kiosk.cli import main
from kiosk.supplies.kept import Stood
from kiosk.supplies.ledger import FILE_NAME, Ledger
from tests.supplies.test_kept_supplies import DAY
from tests.support.fake_machine import FakeMachine

CONFIG = """
[[slot]]
name = "slips"
role = "receipt_printer"
driver = "escpos"
supplies = {roll_m = 80}
[slot.options]
url = "tcp://127.0.0.1:9"

[[slot]]
name = "pages"
role = "page_printer"
driver = "ipp"
[slot.options]
url = "ipp://localhost:631/printers/a4"

[[slot]]
name = "reader"
role = "id_card"
driver = "sam_serial"
[slot.options]
url = "serial:/dev/ttyUSB0"
"""


class Typed:
    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> None:
        config = folder / "terminal.toml"
        config.write_text(CONFIG, "utf-8")
        data = folder / "data"
        data.mkdir(exist_ok=True)
        where = ("--config", str(config), "--data-dir", str(data))
        with pytest.raises(SystemExit) as ended:
            main(["devices", *arguments, *where])
        self.status = ended.value.code
        told = capsys.readouterr()
        self.out, self.err = told.out, told.err

    def json(self) -> Any:
        assert self.status == 0, self.err
        return json.loads(self.out)


def chain(folder: Path) -> list[dict[str, Any]]:
    files = sorted((folder / "data" / "audit").glob("*.jsonl"))
    return [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]


def test_a_new_roll_is_noted_shown_and_audited(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = Typed(
        capsys, tmp_path, "supplies", "--reset", "slips", "--length", "60", "--who", "h1", "--json"
    )
    told = typed.json()
    assert told[0]["slot"] == "slips"
    assert told[0]["supplies"][0] == {
        "kind": "roll",
        "unit": "mm",
        "left": 60_000,
        "capacity": 60_000,
        "origin": "counted",
        "state": None,
        "days_left": None,
        "unknown_because": "too_few_days",
        "sample_days": 0,
    }
    (event,) = chain(tmp_path)
    assert event["event"] == "supplies.filled"
    assert event["fields"] == {"account": "h1", "slot": "slips", "count": 60_000}
    assert not Ledger(tmp_path / "data").read().acts


def test_without_a_length_the_configuration_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = Typed(capsys, tmp_path, "supplies", "--reset", "slips")
    assert "80.0 m" in typed.out
    assert "unknown (too few days of use)" in typed.out


@pytest.mark.expected_logs("audit chain cannot be written")
def test_while_the_terminal_writes_the_chain_the_act_waits_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running = AuditLog(tmp_path / "data" / "audit")
    running.append("terminal.started")
    assert Typed(capsys, tmp_path, "supplies", "--reset", "slips", "--who", "h1").status == 0
    running.close()
    assert [event["event"] for event in chain(tmp_path)] == ["terminal.started"]
    assert [act.account for act in Ledger(tmp_path / "data").read().acts] == ["h1"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--reset", "nowhere"), "no such slot"),
        (("--reset", "pages"), "how much?"),
        (("--reset", "slips", "--sheets", "5"), "takes --length"),
        (("--reset", "reader"), "nothing else holds paper"),
        (("--reset", "slips", "--length", "0"), "0 to 1000"),
        (("--reset", "pages", "--sheets", "-3"), "1 to 10000"),
        (("--length", "80"), "go with --reset"),
        (("--reset", "slips", "--who", "360730199001011234"), "a staff account"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    typed = Typed(capsys, tmp_path, "supplies", *arguments)
    assert typed.status == 2
    assert said in typed.err
    assert typed.err.count("\n") == 1
    assert not (tmp_path / "data" / FILE_NAME).exists()


def test_nothing_kept_is_said_as_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = Typed(capsys, tmp_path, "supplies", "--json").json()
    assert [each["counters"] for each in told] == [{}, {}, {}]
    assert [level["left"] for each in told for level in each["supplies"]] == [None, None]
    assert not (tmp_path / "data" / FILE_NAME).exists()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeMachine:
    """Give a machine with a converter that took another name, and no services."""
    machine = FakeMachine(tmp_path / "root")
    machine.usb_serial("1-1.2", "1a86:7523", "ttyUSB1", serial="S7", by_id="usb-S7")
    machine.usb("1-1.3", "0400:c35a", "ff/00/00", serial="A1")
    monkeypatch.setattr(sysfs.connected, "__defaults__", (machine.root,))
    absent = tuple(Asked(name, "absent") for name in ("cups", "pcsc", "sane"))
    monkeypatch.setattr(services, "ask_all", lambda: absent)
    return machine


@pytest.mark.usefixtures("machine")
def test_discovery_reports_candidates_and_where_the_slots_stand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    Ledger(tmp_path / "data").change([Stood(DAY, 0.0, "reader", "1a86:7523/S7")])
    told = Typed(capsys, tmp_path, "--discover", "--json").json()
    assert told["services"] == {"cups": "absent", "pcsc": "absent", "sane": "absent"}
    probably = {each["path"]: [g["driver"] for g in each["probably"]] for each in told["found"]}
    assert probably == {"1-1.2": [], "1-1.3": ["sam_usb"], "/dev/ttyUSB1": []}
    slots = {each["slot"]: each for each in told["slots"]}
    assert slots["reader"]["verdict"] == "moved"
    assert slots["reader"]["at"] == "/dev/ttyUSB1"
    assert slots["reader"]["advice"] == "/dev/serial/by-id/usb-S7"
    assert slots["slips"]["why"] == "network"
    words = Typed(capsys, tmp_path, "--discover").out
    assert "probably sam_usb: identity-card reader" in words
    assert "moved" in words
