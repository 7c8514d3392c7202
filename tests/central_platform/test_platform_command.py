# SPDX-License-Identifier: Apache-2.0
"""``central-platform`` as people and scripts run it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from central_platform.listing import listed_submissions
from kiosk.platform_client.enrolment import enrol
from kiosk.platform_client.v1 import PlatformV1
from kiosk.protocol.messages import Heartbeat

COMMAND = [sys.executable, "-m", "central_platform"]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


@contextmanager
def serving(data_dir: Path, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", "--data-dir", str(data_dir), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"], process
    finally:
        process.kill()
        process.communicate()


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.strip().splitlines()
    return line


@pytest.mark.slow
def test_serve_says_where_answers_and_keeps_everything_over_kill_9(
    tmp_path: Path, fresh_platform: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(fresh_platform, data)
    token = run("enrolment-token", CENTRAL_PLATFORM_DATA_DIR=str(data)).stdout.strip()
    with serving(data) as (url, process):
        assert requests.get(f"{url}/v1/health", timeout=60).json()["state"] == "ok"
        enrolled = enrol(url, token, tmp_path / "terminal")
        process.send_signal(signal.SIGKILL)
        process.wait()
    with serving(data) as (url, _):
        client = PlatformV1(enrolled, base_url=url)
        try:
            client.heartbeat(Heartbeat(software="0.1", queued=0))
        finally:
            client.close()


@pytest.mark.slow
def test_serve_ends_quietly_when_told_to(tmp_path: Path, fresh_platform: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(fresh_platform, data)
    for how in (signal.SIGTERM, signal.SIGINT):
        with serving(data) as (_, process):
            process.send_signal(how)
            _, errors = process.communicate(timeout=20)
        assert process.returncode == 0
        assert "Traceback" not in errors


@pytest.mark.slow
def test_a_set_up_that_cannot_work_is_one_line_and_exit_2(
    tmp_path: Path, fresh_platform: Path
) -> None:
    shutil.copytree(fresh_platform, tmp_path / "good")
    good = ("--data-dir", str(tmp_path / "good"))
    (tmp_path / "file").write_text("")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port), *good)
        assert (done.returncode, str(port) in one_line(done)) == (2, True)
    for arguments in (
        ("serve", "--port", "0", "--db", "nonsense", *good),
        ("serve", "--port", "0", "--db", "sqlite:////nowhere/at/all/x.db", *good),
        ("serve", "--port", "0", "--data-dir", str(tmp_path / "file")),
        ("serve", "--port", "0", "--data-dir", "/proc/nothing"),
        ("submissions", "--data-dir", str(tmp_path / "file")),
        ("enrolment-token", "--region", "12", *good),
    ):
        done = run(*arguments)
        assert done.returncode == 2, arguments
        assert one_line(done).startswith("central-platform: ")
        assert done.stdout == ""


@pytest.mark.slow
def test_submissions_are_one_json_document_with_the_agreed_keys(
    tmp_path: Path, fresh_platform: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(fresh_platform, data)
    assert json.loads(run("submissions", "--json", "--data-dir", str(data)).stdout) == []
    token = json.loads(run("enrolment-token", "--json", "--data-dir", str(data)).stdout)
    assert set(token) == {"token", "expires_at"}


def test_the_agreed_keys_of_a_submission_are_all_there(desk: Any) -> None:

    desk.deliver(desk.seal())
    (row,) = listed_submissions(desk.running.context.database)
    assert list(row) == [
        "id",
        "terminal",
        "receipt",
        "case_number",
        "item",
        "state",
        "manifest_sha256",
        "attachments",
        "form",
    ]
    json.dumps(row)


def test_help_is_quick_to_load() -> None:
    heavy = "fastapi", "sqlalchemy", "weasyprint", "pyhanko", "alembic", "cryptography"
    script = (
        "import sys, central_platform.cli; "
        f"sys.exit(','.join(name for name in {heavy!r} if name in sys.modules) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_code_of_a_telephone_is_printed_or_one_line(tmp_path: Path, fresh_platform: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(fresh_platform, data)
    folder = ("--data-dir", str(data))
    told = json.loads(run("code", "--resident", "王苗苗", "--json", *folder).stdout)
    assert set(told) == {"code", "expires_at"}
    nobody = run("code", "--resident", "张三", *folder)
    assert nobody.returncode == 2
    assert "no synthetic resident" in one_line(nobody)
