# SPDX-License-Identifier: Apache-2.0
"""``kiosk run``: what is wrong is one line, also when the picture came first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.config import ScreenSettings
from kiosk.screen_size import ScreenSize, glance
from kiosk.words import all_words
from kiosk.words.opening import opening_words

ROOT = Path(__file__).parents[2]


def kiosk_run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from kiosk.cli import main; main()", "run", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_settings_that_cannot_work_are_told_in_one_line(tmp_path: Path) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text("[screen]\nwidth_px = 'wide'\n", "utf-8")
    ended = kiosk_run("--config", config, "--data-dir", tmp_path / "data")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"kiosk: {config}: screen.width_px:")
    assert len(ended.stderr.splitlines()) == 1


def test_a_terminal_that_nobody_enrolled_says_so(tmp_path: Path) -> None:
    ended = kiosk_run("--data-dir", tmp_path / "data")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("kiosk: ")
    assert len(ended.stderr.splitlines()) == 1


def test_wrong_usage_and_help() -> None:
    assert kiosk_run("--sideways").returncode == 2
    told = kiosk_run("--help")
    assert told.returncode == 0
    assert all(option in told.stdout for option in ("--windowed", "--config", "--data-dir"))


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("[screen]\nwidth_px = 1920\nheight_px = 1080\ndpi = 96", ScreenSize(1920, 1080, 96.0)),
        ("[screen]\nwidth_px = 800", ScreenSize(width_px=800)),
        ("", ScreenSize()),
        ("[screen", ScreenSize()),
        ("screen = 3", ScreenSize()),
        ("[screen]\nwidth_px = -5", ScreenSize()),
        ("[screen]\nwidth_px = [1]", ScreenSize()),
        ("[screen]\ndpi = inf", ScreenSize()),
        ("[screen]\ndpi = nan", ScreenSize()),
    ],
)
def test_a_glance_at_the_settings_never_fails(tmp_path: Path, text: str, size: ScreenSize) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(text, "utf-8")
    assert glance(config) == size


def test_a_glance_and_the_settings_agree_where_nothing_is_said(tmp_path: Path) -> None:
    assert glance(None) == glance(tmp_path / "absent.toml") == ScreenSettings().size


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_first_words_are_those_of_the_other_files(language: str) -> None:
    words = opening_words(language)
    assert {"attract.open", "opening.headline", "opening.invitation"} <= words.keys()
    for key, sentence in words.items():
        place = key if key in all_words() else f"ui.{key}"
        assert all_words()[place][language] == sentence
