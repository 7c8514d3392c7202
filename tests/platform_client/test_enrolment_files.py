# SPDX-License-Identifier: Apache-2.0
"""What enrolment leaves on the disk: whole, private, and the same after a fault."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kiosk.platform_client.enrolment import (
    EnrolmentDamagedError,
    NotEnrolledError,
    enrol,
    load_enrolment,
)
from kiosk.platform_client.port import LinkError, RefusedError
from kiosk.platform_client.v1 import PlatformV1
from kiosk.protocol.messages import Heartbeat


def test_what_was_stored_is_what_was_learnt_and_only_its_owner_reads_it(
    platform: Any, enrolled: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "terminal"
    loaded = load_enrolment(folder)
    assert loaded.terminal == enrolled.terminal
    assert loaded.platform_url == platform.url
    assert loaded.profile == enrolled.profile
    assert loaded.seal_root_pem == enrolled.seal_root_pem
    assert loaded.private_key.private_bytes_raw() == enrolled.private_key.private_bytes_raw()
    assert list(loaded.signing_keys) == list(enrolled.signing_keys)
    assert [path.name for path in folder.iterdir()] == ["enrolment.json"]
    assert stat.S_IMODE((folder / "enrolment.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    secret = json.loads((folder / "enrolment.json").read_text())["private_key"]
    assert secret not in repr(loaded)


def test_nothing_stored_is_not_enrolled(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(NotEnrolledError):
            load_enrolment(folder)


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff\xfe", b"cut"])
def test_damage_is_said_and_quotes_no_key(enrolled: Any, tmp_path: Path, damage: bytes) -> None:
    assert enrolled.terminal
    path = tmp_path / "terminal" / "enrolment.json"
    whole = path.read_bytes()
    path.write_bytes(whole[:-40] if damage == b"cut" else damage)
    with pytest.raises(EnrolmentDamagedError) as error:
        load_enrolment(tmp_path / "terminal")
    assert json.loads(whole)["private_key"] not in str(error.value)
    assert error.value.__cause__ is None


def test_no_character_of_the_file_changes_unnoticed(enrolled: Any, tmp_path: Path) -> None:
    path = tmp_path / "terminal" / "enrolment.json"
    whole = path.read_bytes()
    unnoticed = []
    for at in range(0, len(whole), 7):
        other = b"B" if whole[at : at + 1] != b"B" else b"C"
        path.write_bytes(whole[:at] + other + whole[at + 1 :])
        try:
            load_enrolment(tmp_path / "terminal")
        except EnrolmentDamagedError:
            continue
        unnoticed.append(at)
    assert unnoticed == []
    assert enrolled.terminal


def test_a_file_from_before_there_was_a_sum_is_read(enrolled: Any, tmp_path: Path) -> None:
    path = tmp_path / "terminal" / "enrolment.json"
    older = json.loads(path.read_text("utf-8"))
    del older["sha256"]
    path.write_text(json.dumps(older), "utf-8")
    assert load_enrolment(tmp_path / "terminal").terminal == enrolled.terminal


def test_an_answer_lost_after_the_platforms_yes_costs_nothing_but_a_second_try(
    platform: Any, line: Any, tmp_path: Path
) -> None:
    token = platform.enrolment_token()
    line.cut_answers = [b"POST"]
    with pytest.raises(LinkError):
        enrol(line.url, token, tmp_path / "t")
    enrolled = enrol(line.url, token, tmp_path / "t")
    assert enrolled.platform_url == line.url
    with pytest.raises(RefusedError):
        enrol(line.url, token, tmp_path / "other machine")


def test_a_refused_second_enrolment_leaves_the_first(
    platform: Any, enrolled: Any, tmp_path: Path
) -> None:
    with pytest.raises(RefusedError):
        enrol(platform.url, "nonsense", tmp_path / "terminal")
    assert load_enrolment(tmp_path / "terminal").terminal == enrolled.terminal


def test_a_directory_that_cannot_be_written_is_an_os_error(platform: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        enrol(platform.url, platform.enrolment_token(), tmp_path / "file" / "t")


def test_the_stored_address_can_be_overridden(platform: Any, enrolled: Any, line: Any) -> None:
    assert enrolled.platform_url == platform.url
    client = PlatformV1(enrolled, base_url=line.url + "/")
    try:
        client.heartbeat(Heartbeat(software="0.1", queued=0))
    finally:
        client.close()
    assert line.requests == [b"POST", b"POST"]  # the token, the beat


@pytest.mark.slow
def test_the_command_enrols_and_says_plainly_why_not(platform: Any, tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "kiosk", "enrol", *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "KIOSK_DATA_DIR": str(tmp_path / "cli")},
        )

    token = platform.enrolment_token()
    done = run("--platform", platform.url, "--token", token, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["terminal"] == load_enrolment(tmp_path / "cli").terminal
    for arguments, words in (
        (("--platform", platform.url, "--token", "used"), "enrolment.token"),
        (("--platform", "http://127.0.0.1:9", "--token", "x"), "link.refused"),
    ):
        failed = run(*arguments)
        assert failed.returncode == 1
        assert words in failed.stderr
        assert len(failed.stderr.strip().splitlines()) == 1
    assert run().returncode == 2
