# SPDX-License-Identifier: Apache-2.0
"""``kiosk demo --headless``: what a newcomer sees of Hall24 on a machine without a display."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from drivers.sim.people import PEOPLE
from drivers.sim.receipt_text import decode_receipt
from kiosk.documents.seals import verify_seal

pytestmark = [pytest.mark.daemon, pytest.mark.slow, pytest.mark.timeout(240)]

KIOSK = Path(sys.executable).with_name("kiosk")


def _demo(out: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DISPLAY", "WAYLAND_DISPLAY"}
    }
    return subprocess.run(
        [str(KIOSK), "demo", "--out", str(out), *arguments],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        env=environment,
    )


def test_a_whole_visit_leaves_its_pictures_and_papers_and_nothing_of_the_resident(
    tmp_path: Path,
) -> None:
    out = tmp_path / "演示 out"
    ended = _demo(out)
    assert ended.returncode == 0, ended.stderr
    told = json.loads((out / "visit.json").read_text("utf-8"))
    assert told["item"] == "social-insurance-proof"
    assert told["case_number"]
    screens = [step["screen"] for step in told["steps"]]
    for screen in ("attract", "item", "identity", "consent", "review", "receipt", "goodbye"):
        assert screen in screens
        assert list((out / "screens").glob(f"*-{screen}.png"))
    slip = decode_receipt((out / "receipt.bin").read_bytes())
    assert told["case_number"] in slip
    assert "社保参保证明" in slip
    root = (out / "platform" / "keys" / "seal-root.crt").read_text("ascii")
    assert verify_seal((out / "proof.pdf").read_bytes(), root).pages >= 1
    assert _traces(out / "terminal") == []
    assert _traces(out / "terminal.log") == []


def test_the_allowance_on_a_wide_screen_reaches_its_end(tmp_path: Path) -> None:
    ended = _demo(tmp_path / "out", "--item", "old-age-allowance", "--landscape")
    assert ended.returncode == 0, ended.stderr
    told = json.loads((tmp_path / "out" / "visit.json").read_text("utf-8"))
    assert told["item"] == "old-age-allowance"
    assert told["state"] == "received"


def test_a_certificate_is_printed_by_keys_alone(tmp_path: Path) -> None:
    ended = _demo(tmp_path / "out", "--headless", "--keys")
    assert ended.returncode == 0, ended.stderr
    told = json.loads((tmp_path / "out" / "visit.json").read_text("utf-8"))
    assert told["item"] == "social-insurance-proof"
    assert told["case_number"]
    assert (tmp_path / "out" / "proof.pdf").stat().st_size > 1000


def test_a_folder_with_other_things_is_not_emptied(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    ended = _demo(tmp_path)
    assert ended.returncode == 2
    assert (tmp_path / "letter.txt").read_text() == "mine"


@pytest.mark.parametrize("place", ["letter.txt", "letter.txt/out", "/proc/none/out"])
def test_a_place_that_cannot_be_a_folder_is_one_line(tmp_path: Path, place: str) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    ended = _demo(tmp_path / place)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "unexpected" not in ended.stderr


def test_the_data_may_be_elsewhere_and_folders_as_deep_as_they_like(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, data = tmp_path / ('a,b=c#d %20?"𬱖' + "x" * 110), tmp_path / ("数据" * 30)
    monkeypatch.setenv("KIOSK_DATA_DIR", str(data))
    ended = _demo(out)
    assert ended.returncode == 0, ended.stderr
    assert (out / "visit.json").exists()
    assert not (out / "terminal").exists()
    assert (data / "outbox.sqlite3").exists()
    assert _traces(data) == []


def test_a_card_that_nobody_has_is_wrong_usage(tmp_path: Path) -> None:
    ended = _demo(tmp_path / "out", "--person", "nobody")
    assert ended.returncode == 2
    assert "elder" in ended.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("number", "until"),
    [
        (signal.SIGTERM, "platform.log"),
        (signal.SIGHUP, "terminal.toml"),
        (signal.SIGINT, "terminal.toml"),
        (signal.SIGKILL, "platform.log"),
        (signal.SIGKILL, "screens/02-home.png"),
        (signal.SIGTERM, "screens/02-home.png"),
    ],
)
def test_however_and_whenever_it_ends_nothing_of_it_runs_on(
    tmp_path: Path, number: signal.Signals, until: str
) -> None:
    out = tmp_path / "out"
    with (tmp_path / "errors").open("w+") as errors:
        demo = subprocess.Popen(
            [str(KIOSK), "demo", "--headless", "--out", str(out)],
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        assert _comes_true((out / until).exists)
        demo.send_signal(number)
        assert demo.wait(20) != 0
        errors.seek(0)
        assert "Traceback" not in (said := errors.read())
        assert said.count("\n") <= 1
    assert _comes_true(lambda: _running(out) == [])


def _comes_true(holds: Callable[[], bool], seconds: float = 30.0) -> bool:
    ends = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > ends:
            return False
        threading.Event().wait(0.05)
    return True


def _running(out: Path) -> list[str]:
    """Return the processes that were started with a path in that folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            command = entry.read_bytes().decode(errors="replace")
            if str(out) in command:
                found.append(command.replace("\0", " "))
    return found


def _traces(place: Path) -> list[str]:
    card = PEOPLE["elder"].card
    words = [card.name or "", card.number or "", (card.address or "")[-12:]]
    needles = [word.encode(code) for word in words for code in ("utf-8", "utf-16-le", "gbk")]
    files = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
    return [path.name for path in files if any(n in path.read_bytes() for n in needles)]
