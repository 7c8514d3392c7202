# SPDX-License-Identifier: Apache-2.0
"""``kiosk diag``: a technician asks the whole machine and gets verdicts."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp

from central_platform.testing import RunningPlatform, running_platform
from drivers.sim.sam_reader import SamReaderSimulator
from kiosk.diagnostics.report import read_seal
from kiosk.platform_client.enrolment import enrol
from offline_cache import OfflineCache

pytestmark = [pytest.mark.slow]
KIOSK = Path(sys.executable).parent / "kiosk"


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[RunningPlatform]:
    with running_platform(tmp_path / "platform") as running:
        yield running


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[SamReaderSimulator]:
    simulator = SamReaderSimulator("id_card", tmp_path / "reader")
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def settings(tmp_path: Path, reader: SamReaderSimulator) -> Path:
    place = tmp_path / "settings.toml"
    place.write_text(
        f'data_dir = "{tmp_path / "data"}"\n[[slot]]\nname = "id_card"\nrole = "id_card"\n'
        f'driver = "sam_serial"\nsimulated = true\noptions = {{ url = "{reader.endpoint}" }}\n'
    )
    return place


def diag(settings: Path, *arguments: str) -> tuple[int, str, str]:
    ended = subprocess.run(
        [str(KIOSK), "diag", *arguments, "--config", str(settings)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stdout, ended.stderr


def rows_of(told: str) -> dict[tuple[str, str], dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(told)
    return {(row["slot"], row["check"]): row for row in rows}


def test_a_reader_that_fails_is_named_mended_and_its_past_is_known(
    settings: Path, reader: SamReaderSimulator
) -> None:
    reader.actions()["unplug"]()
    status, told, _ = diag(settings, "id_card", "--json")
    found = rows_of(told)
    assert status == 1
    assert found["id_card", "port_opens"]["verdict"] == "fail"
    assert found["id_card", "antenna"]["verdict"] == "skipped"
    reader.actions()["replug"]()
    status, told, _ = diag(settings, "id_card", "--json", "--history")
    found = rows_of(told)
    assert status == 0
    assert found["id_card", "antenna"]["verdict"] == "pass"
    assert found["id_card", "port_opens"]["runs"] == 1
    status, told, _ = diag(settings, "id_card", "--history")
    assert "(2 runs), before: fail" in told


def test_an_enrolled_terminal_gets_a_signed_report(
    settings: Path, platform: RunningPlatform, tmp_path: Path
) -> None:
    enrolled = enrol(platform.url, platform.enrolment_token(), tmp_path / "data")
    with OfflineCache(tmp_path / "data", number=lambda _sequence, _wall: "1124-0001"):
        pass
    report = tmp_path / "report.pdf"
    status, told, error = diag(settings, "--json", "--report", str(report), "--by", "zhao.tech")
    found = rows_of(told)
    assert status == 0, error
    assert found["network", "log_in"]["verdict"] == "pass"
    assert found["network", "clock"]["verdict"] == "pass"
    assert found["queue", "integrity"]["verdict"] == "pass"
    assert found["terminal", "enrolment"]["verdict"] == "pass"
    document = pypdfium2.PdfDocument(report)
    page = document[0]
    assert "可以对外服务" in page.get_textpage().get_text_range()
    [code] = zxingcpp.read_barcodes(page.render(scale=3).to_pil().convert("L"))
    document.close()
    claims = read_seal(code.text, enrolled.private_key.public_key(), time.time())
    assert (claims["sub"], claims["ready"], claims["simulated"]) == (enrolled.terminal, True, True)


def test_a_terminal_without_a_platform_is_not_fit_and_says_which_step_failed(
    settings: Path, tmp_path: Path
) -> None:
    with running_platform(tmp_path / "platform") as platform:
        enrol(platform.url, platform.enrolment_token(), tmp_path / "data")
    status, told, _ = diag(settings, "network", "--json")
    assert status == 1
    assert rows_of(told)["network", "port"]["reason"] == "link.refused"


def test_a_queue_that_a_running_terminal_holds_is_not_called_broken(
    settings: Path, tmp_path: Path
) -> None:
    with OfflineCache(tmp_path / "data", number=lambda _sequence, _wall: "1124-0001"):
        status, told, _ = diag(settings, "queue", "--json")
    assert status == 0
    assert rows_of(told)["queue", "opens"]["reason"] == "store.in_use"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody"], "no part named nobody"),
        (["--language", "fr"], "zh or en"),
        (["--by", "张三"], "ASCII"),
    ],
)
def test_what_cannot_be_asked_is_one_clear_line(
    settings: Path, arguments: list[str], said: str
) -> None:
    status, _, error = diag(settings, *arguments)
    assert status == 2
    assert said in error
