# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.audit import AuditLog
from kiosk.cli import main


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    log = AuditLog(tmp_path / "audit", wall=lambda: 1.79e9)
    log.append("terminal.started", software="0.1.0")
    log.append("session.wiped", code="exit")
    log.close()
    return tmp_path


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["audit", *arguments])
    return int(ended.value.code or 0)


def test_verify_says_intact_and_where_the_chain_stands(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("verify", "--data-dir", str(data_dir), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["intact"], told["events"], told["findings"]) == (True, 2, [])
    assert run("verify", "--data-dir", str(data_dir), "--checkpoint", told["checkpoint"]) == 0
    assert "2 events, intact" in capsys.readouterr().out


def test_verify_ends_with_1_and_names_the_line_when_it_was_touched(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (path,) = (data_dir / "audit").glob("events-*.jsonl")
    path.write_bytes(path.read_bytes().replace(b'"exit"', b'"idle"'))
    assert run("verify", "--data-dir", str(data_dir)) == 1
    said = capsys.readouterr()
    assert said.out == "events-000001.jsonl:2: changed\n"
    assert said.err == "kiosk: the event chain is not intact: 1 finding\n"
    assert run("verify", "--data-dir", str(data_dir), "--json") == 1
    assert json.loads(capsys.readouterr().out)["findings"] == [
        {"kind": "changed", "file": "events-000001.jsonl", "line": 2, "sequence": 2}
    ]


def test_export_prints_every_event(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("export", "--data-dir", str(data_dir), "--json") == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events] == ["terminal.started", "session.wiped"]
    assert run("export", "--data-dir", str(data_dir)) == 0
    assert "session.wiped" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["verify", "export"])
def test_without_a_chain_it_fails_in_one_line(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command, "--data-dir", str(tmp_path)) == 1
    assert capsys.readouterr().err == f"kiosk: {tmp_path}/audit: there is no event chain\n"


def test_a_checkpoint_of_another_form_is_wrong_usage(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("verify", "--data-dir", str(data_dir), "--checkpoint", "5") == 2
    assert capsys.readouterr().err.count("\n") == 1
