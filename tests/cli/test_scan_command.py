# SPDX-License-Identifier: Apache-2.0
"""``kiosk scan``: pictures and slots in, one PDF and the truth about it out."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pypdfium2
import pytest

from drivers.sim.sane_scanner import SaneScannerBench
from kiosk.cli import main
from tests.support.page_figures import corner_error
from tests.support.photographed_pages import photograph
from tests.support.running import running

SIZE = (1000, 750)


@pytest.fixture
def bench() -> Iterator[SaneScannerBench]:
    with running(SaneScannerBench("document_scanner")) as simulator:
        yield simulator


@pytest.fixture
def pictures(tmp_path: Path) -> dict[str, Path]:
    paths = {}
    for scene in ("dark_table", "card", "two_cards", "blank"):
        paths[scene] = tmp_path / f"{scene}.jpg"
        cv2.imwrite(str(paths[scene]), photograph(scene, 1, SIZE).picture)
    return paths


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["scan", *map(str, arguments)])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def rows_of(text: str) -> list[dict[str, Any]]:
    answer = json.loads(text)
    assert list(answer) == ["pages"]
    rows: list[dict[str, Any]] = answer["pages"]
    return rows


def sheets_of(path: Path) -> int:
    document = pypdfium2.PdfDocument(path)
    count = len(document)
    document.close()
    return count


def test_a_picture_becomes_a_pdf_and_its_corners_are_told(
    pictures: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.pdf"
    status, text, _ = run(capsys, "--source", pictures["dark_table"], "--out", out, "--json")
    assert status == 0
    (row,) = rows_of(text)
    truth = photograph("dark_table", 1, SIZE).pages[0]
    assert row["found"] is True
    assert corner_error(np.array(row["corners"]), truth.corners) < 0.01
    assert 0 <= row["rotation"] < 360
    assert isinstance(row["warnings"], list)
    assert sheets_of(out) == 1


def test_several_sources_make_one_pdf_with_cards_in_pairs(
    pictures: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.pdf"
    status, text, _ = run(
        capsys,
        "--source",
        pictures["dark_table"],
        pictures["card"],
        pictures["card"],
        "--source",
        pictures["two_cards"],
        "--out",
        out,
        "--json",
    )
    assert status == 0
    assert [row["format"] for row in rows_of(text)].count("id1") == 4
    assert sheets_of(out) == 3


def test_no_page_is_exit_1_and_no_file(
    pictures: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.pdf"
    status, text, _ = run(capsys, "--source", pictures["blank"], "--out", out, "--json")
    assert status == 1
    (row,) = rows_of(text)
    assert (row["found"], row["corners"], row["warnings"]) == (False, None, [])
    assert not out.exists()


def test_words_for_people_without_json(
    pictures: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.pdf"
    status, text, _ = run(
        capsys, "--source", pictures["dark_table"], pictures["blank"], "--out", out
    )
    assert status == 0
    assert "a4" in text
    assert "no page found" in text


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (None, 2, "neither a slot"),
        (b"", 1, "an empty file"),
        (b"not a picture", 1, "damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(400), 1, "damaged"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(400), 1, "save it as JPEG or PNG"),
    ],
)
def test_what_cannot_be_read_as_a_picture_is_one_plain_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
    code: int,
    words: str,
) -> None:
    path = tmp_path / "x.jpg"
    if content is not None:
        path.write_bytes(content)
    status, text, err = run(capsys, "--source", path, "--out", tmp_path / "out.pdf")
    assert (status, text) == (code, "")
    assert words in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


def slot_config(folder: Path, device: str, driver: str = "overhead_camera") -> Path:
    config = folder / "kiosk.toml"
    config.write_text(
        f'[[slot]]\nname = "table"\nrole = "document_scanner"\ndriver = "{driver}"\n'
        f'options = {{device = "{device}", patience_s = 0.2}}\n',
        "utf-8",
    )
    return config


def test_a_slot_is_scanned_by_its_driver(
    pictures: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.pdf"
    config = slot_config(tmp_path, str(pictures["dark_table"]))
    arguments = ("--source", "table", "--out", out, "--json", "--config", config)
    status, text, _ = run(capsys, *arguments)
    assert status == 0
    (row,) = rows_of(text)
    truth = photograph("dark_table", 1, SIZE).pages[0]
    assert corner_error(np.array(row["corners"]), truth.corners) < 0.01
    assert sheets_of(out) == 1


def test_an_empty_table_at_a_slot_is_exit_1(
    pictures: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = slot_config(tmp_path, str(pictures["blank"]))
    status, text, _ = run(
        capsys, "--source", "table", "--out", tmp_path / "o.pdf", "--json", "--config", config
    )
    assert status == 1
    assert rows_of(text)[0]["found"] is False


def test_an_absent_camera_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    # Whether the outage is also logged depends on what comes first: the answer or the next status.
    caplog.set_level(logging.CRITICAL, logger="hall24.devices")
    config = slot_config(tmp_path, "/dev/video987")
    status, _, err = run(
        capsys, "--source", "table", "--out", tmp_path / "o.pdf", "--config", config
    )
    assert status == 1
    assert err.count("\n") == 1
    assert "nothing there" in err


# --- both sides of a card -----------------------------------------------------------------------------


def sane_config(folder: Path, bench: SaneScannerBench) -> Path:
    config = folder / "scanner.toml"
    config.write_text(
        '[[slot]]\nname = "scanner"\nrole = "document_scanner"\ndriver = "sane"\nsimulated = true\n'
        f'[slot.options]\ndevice = "{bench.endpoint}"\nconfig_dir = "{bench.config_dir}"\n'
        f'program = "{bench.program}"\n'
    )
    return config


def both_photographed(folder: Path) -> tuple[Path, Path]:
    paths = (folder / "front.jpg", folder / "back.jpg")
    for path, backs in zip(paths, (False, True), strict=True):
        cv2.imwrite(str(path), photograph("card", 1, SIZE, backs=backs).picture)
    return paths


def test_front_and_back_become_one_a4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    front, back = both_photographed(tmp_path)
    out = tmp_path / "card.pdf"
    status, text, _ = run(capsys, "--source", front, "--source", back, "--card", out, "--json")
    assert status == 0
    assert [row["format"] for row in rows_of(text)] == ["id1", "id1"]
    assert sheets_of(out) == 1
    assert out.read_bytes().count(b"/Subtype /Image") == 2


def test_the_same_side_twice_is_refused_unless_a_person_knows_better(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    front, _ = both_photographed(tmp_path)
    out = tmp_path / "card.pdf"
    status, _, err = run(capsys, "--source", front, "--source", front, "--card", out)
    assert (status, out.exists()) == (1, False)
    assert "same side" in err
    status, _, _ = run(capsys, "--source", front, front, "--card", out, "--surely-both")
    assert (status, sheets_of(out)) == (0, 1)


def test_one_side_is_half_a_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    front, _ = both_photographed(tmp_path)
    status, _, err = run(capsys, "--source", front, "--card", tmp_path / "card.pdf")
    assert status == 1
    assert "1 sides of a card found, two are needed" in err


@pytest.mark.daemon
def test_a_flatbed_asks_to_turn_the_card_over(
    bench: SaneScannerBench,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Hands:
        """Turns the card over and presses Enter."""

        @staticmethod
        def readline() -> str:
            bench.actions()["lay"]("card_back")
            return "\n"

    bench.actions()["lay"]("card_front")
    monkeypatch.setattr("sys.stdin", Hands)
    out = tmp_path / "card.pdf"
    config = sane_config(tmp_path, bench)
    status, _, err = run(capsys, "--source", "scanner", "--card", out, "--config", config)
    assert (status, sheets_of(out)) == (0, 1)
    assert "turn the card over" in err


@pytest.mark.daemon
def test_a_feeder_that_jams_leaves_the_pages_before_and_exit_1(
    bench: SaneScannerBench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = sane_config(tmp_path, bench)
    out = tmp_path / "stack.pdf"
    wanted = ("--source", "scanner", "--feeder", "--out", out, "--config", config)
    bench.actions()["load"]("3")
    bench.actions()["jam_after"]("2")
    status, _, err = run(capsys, *wanted)
    assert (status, sheets_of(out)) == (1, 2)
    assert "the paper is jammed" in err
    assert "the 2 pages before are kept" in err
    bench.actions()["clear"]()
    bench.actions()["load"]("2")
    status, text, _ = run(capsys, *wanted, "--both-sides", "--json")
    assert (status, sheets_of(out), len(rows_of(text))) == (0, 4, 4)


@pytest.mark.parametrize("options", [(), ("--out", "a.pdf", "--card", "b.pdf")])
def test_one_kind_of_result_is_asked_for(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    status, _, err = run(capsys, "--source", "x.jpg", *options)
    assert status == 2
    assert "--out" in err
