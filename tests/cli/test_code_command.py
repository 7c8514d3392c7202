# SPDX-License-Identifier: Apache-2.0
"""``kiosk code scan`` tells what a picture or a scanner shows, in the promised form."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
from PIL import Image

from drivers.sim.code_scanner import CodeScannerSimulator
from kiosk.cli import main


def run(*arguments: str) -> int:
    try:
        main(["code", "scan", *arguments])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[CodeScannerSimulator]:
    simulator = CodeScannerSimulator("code_scanner", tmp_path / "port")
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def config(simulator: CodeScannerSimulator, tmp_path: Path) -> str:
    path = tmp_path / "terminal.toml"
    path.write_text(
        f"""
[[slot]]
name = "code_scanner"
role = "code_scanner"
driver = "serial_scanner"
options = {{ url = "{simulator.endpoint}", profile = "syn" }}

[[slot]]
name = "broken"
role = "code_scanner"
driver = "serial_scanner"
options = {{ url = "{simulator.endpoint}", profile = "none such" }}
""",
        "utf-8",
    )
    return str(path)


def test_a_picture_gives_format_text_and_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "code.png"
    segno.make_qr("王苗苗".encode("gbk")).save(str(picture), scale=5)
    assert run("--image", str(picture), "--json") == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "format": "QRCode",
            "text": "王苗苗",
            "bytes_base64": base64.b64encode("王苗苗".encode("gbk")).decode(),
        }
    ]


def test_nothing_found_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "blank.png"
    Image.new("L", (80, 80), 255).save(picture)
    assert run("--image", str(picture), "--json") == 1
    told = capsys.readouterr()
    assert json.loads(told.out) == []
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ([], 2),
        (["--image", "a", "--slot", "b"], 2),
        (["--image", "/does/not/exist"], 2),
        (["--image", __file__], 1),
        (["--slot", "nowhere"], 2),
    ],
)
def test_wrong_use_is_one_line(
    arguments: list[str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == status
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)


def test_a_scanner_gives_the_code_that_is_shown(
    simulator: CodeScannerSimulator, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    simulator.present("赣通码 0042", "gb18030")
    assert run("--slot", "code_scanner", "--config", config, "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["text"] == "赣通码 0042"


@pytest.mark.parametrize(
    ("slot", "action", "status", "words"),
    [
        ("code_scanner", "remove", 1, "no code was shown in time"),
        ("code_scanner", "unplug", 1, "nothing there"),
        ("code_scanner", "mute", 1, "the scanner does not answer"),
        ("broken", "remove", 2, "the slot's options do not fit its driver"),
    ],
)
def test_a_scan_that_fails_is_one_plain_line(
    simulator: CodeScannerSimulator,
    config: str,
    capsys: pytest.CaptureFixture[str],
    *,
    slot: str,
    action: str,
    status: int,
    words: str,
) -> None:
    simulator.actions()[action]()
    assert run("--slot", slot, "--timeout", "0.6", "--config", config) == status
    told = capsys.readouterr()
    assert told.out == ""
    assert words in told.err
    assert told.err.count("\n") == 1
