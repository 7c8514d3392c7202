# SPDX-License-Identifier: Apache-2.0
"""``kiosk receipt print`` as a person or a script calls it: a process, its output, its exit status."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.sim.escpos_printer import EscPosPrinterSimulator
from drivers.sim.receipt_text import decode_receipt
from kiosk.cli import main
from tests.support.patience import patience

SLIP = {
    "title": "受理回执",
    "rows": [["姓名", "王𬱖"], ["件数", 2]],
    "notes": ["请保管好这张小票。"],
    "qr": "https://example.invalid/1",
    "number": "1121-4821-0007-3",
}


@pytest.fixture
def slip(tmp_path: Path) -> Path:
    path = tmp_path / "slip.json"
    path.write_text(json.dumps(SLIP, ensure_ascii=False), "utf-8")
    return path


@pytest.fixture
def simulator() -> Iterator[EscPosPrinterSimulator]:
    made = EscPosPrinterSimulator.on_tcp()
    made.start()
    made.speed(0)
    yield made
    made.stop()


def call(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Run the command in this process; return status, output, errors."""
    with pytest.raises(SystemExit) as ended:
        main(["receipt", "print", *map(str, arguments)])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def test_a_confirmed_slip_is_done(
    slip: Path, simulator: EscPosPrinterSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = call(capsys, slip, "--to", simulator.endpoint, "--model", "epson")
    assert (status, json.loads(out), err) == (0, {"result": "DONE", "code": ""}, "")
    text = simulator.text()
    for part in ("受理回执", "1121-4821-0007-3", "王\ufffc", "件数  2", "[QR] https://example"):
        assert part in text


@pytest.mark.parametrize(
    ("action", "result", "code"),
    [
        ("paper_out", "NOT_DONE", "media.out"),
        ("cover_open", "NOT_DONE", "media.cover_open"),
        ("cutter_stuck", "NOT_DONE", "media.cutter"),
        ("cutter_error", "UNKNOWN", "media.cutter"),
        ("mute", "NOT_DONE", "dev.mute"),
        ("unplug", "NOT_DONE", "dev.not_present"),
    ],
)
def test_each_trouble_has_its_result_code_and_exit_status_within_ten_seconds(
    slip: Path,
    simulator: EscPosPrinterSimulator,
    capsys: pytest.CaptureFixture[str],
    *,
    action: str,
    result: str,
    code: str,
) -> None:
    simulator.actions()[action]()
    started = time.monotonic()
    status, out, _err = call(capsys, slip, "--to", simulator.endpoint)
    assert (status, json.loads(out)) == (1, {"result": result, "code": code})
    assert time.monotonic() - started < patience(10)


@pytest.mark.slow
def test_a_printer_that_falls_silent_in_the_middle_is_unknown_within_ten_seconds(
    slip: Path, simulator: EscPosPrinterSimulator, eventually: Callable[..., None]
) -> None:
    simulator.speed(30)
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk", "receipt", "print", slip, "--to", simulator.endpoint],
        stdout=subprocess.PIPE,
        text=True,
    )
    eventually(lambda: simulator.state()["waiting_bytes"])
    simulator.actions()["mute"]()
    out, _ = process.communicate(timeout=60)
    assert time.monotonic() - started < patience(10)
    assert json.loads(out) == {"result": "UNKNOWN", "code": "dev.mute"}
    assert process.returncode == 1


@pytest.mark.slow
def test_a_listener_that_never_reads_is_not_a_printer(slip: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        started = time.monotonic()
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "kiosk",
                "receipt",
                "print",
                slip,
                "--to",
                f"tcp://127.0.0.1:{port}",
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert json.loads(done.stdout) == {"result": "NOT_DONE", "code": "dev.mute"}
    assert time.monotonic() - started < patience(10)


# --- files ------------------------------------------------------------------------------------------


def test_to_a_file_every_byte_is_on_the_disk_or_none(
    slip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "receipt.bin"
    target.write_bytes(b"old")
    status, out, _ = call(capsys, slip, "--to", target)
    assert (status, json.loads(out)) == (0, {"result": "DONE", "code": "file"})
    assert "受理回执" in decode_receipt(target.read_bytes())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["receipt.bin", "slip.json"]


@pytest.mark.parametrize(
    ("target", "result", "code"),
    [
        ("/dev/full", "NOT_DONE", "file.full"),
        ("/dev/null", "UNKNOWN", "file.unconfirmed"),
        ("/nowhere/receipt.bin", "NOT_DONE", "file.unwritable"),
        ("/", "NOT_DONE", "file.unwritable"),
    ],
)
def test_what_a_path_cannot_confirm_is_not_done(
    slip: Path, capsys: pytest.CaptureFixture[str], target: str, result: str, code: str
) -> None:
    status, out, _ = call(capsys, slip, "--to", target)
    assert (status, json.loads(out)) == (1, {"result": result, "code": code})


def test_a_pipe_that_nobody_reads_ends_at_once(
    slip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    _, out, _ = call(capsys, slip, "--to", pipe)
    assert json.loads(out) == {"result": "NOT_DONE", "code": "dev.not_present"}


# --- wrong usage --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "line 1 column 2"),
        (b"\xff{", "not JSON in UTF-8"),
        (b"[" * 100_000, "not JSON in UTF-8"),
        (b"[]", "an object"),
        (b"{}", "title is missing"),
        (b'{"title": 1.5}', "title has to be text"),
        (b'{"title": "a", "rows": [["x"]]}', "rows[0] has to be [label, value]"),
        (b'{"title": "a", "rows": [["x", null]]}', "rows[0][1] has to be text"),
        (b'{"title": "a", "rows": "x"}', "rows has to be a list"),
        (b'{"title": "a", "notes": [true]}', "notes[0] has to be text"),
        (b'{"title": "a", "titel": "b"}', "unknown key 'titel'"),
    ],
)
def test_a_wrong_slip_is_one_clear_line_and_exit_status_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, says: str
) -> None:
    path = tmp_path / "wrong.json"
    path.write_bytes(content)
    status, out, err = call(capsys, path, "--to", tmp_path / "out")
    assert (status, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--to", "tcp://127.0.0.1"], "not an address"),
        (["--to", "ipp://127.0.0.1/x"], "tcp://HOST:PORT"),
        (["--to", "tcp://127.0.0.1:9", "--model", "laser"], "known are epson"),
        (["--to", "receipt.bin", "--model", "laser"], "known are epson"),
    ],
)
def test_a_wrong_address_or_model_is_wrong_usage(
    slip: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    status, out, err = call(capsys, slip, *arguments)
    assert (status, out) == (2, "")
    assert says in err


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = call(capsys, tmp_path / "none.json", "--to", tmp_path / "out")
    assert status == 2
    assert "none.json: No such file" in err


def test_a_code_that_no_paper_holds_is_not_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "long.json"
    path.write_text(json.dumps({"title": "a", "qr": "x" * 3000}))
    status, out, _ = call(capsys, path, "--to", tmp_path / "out")
    assert (status, json.loads(out)) == (1, {"result": "NOT_DONE", "code": "receipt.qr_too_long"})
