# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QColor
from PySide6.QtQuick import QQuickWindow
from pytestqt.qtbot import QtBot

from kiosk.cli import main
from ui.gallery.checks import Finding, contrast, look_over
from ui.gallery.tour import Variant, take_tour, variants, view_names
from ui.robot.glass import Sight

PX_PER_MM = 4.0

SOUND = """
import QtQuick
Window {
    width: 600; height: 600; color: "white"
    Rectangle {
        objectName: "act:start"; x: 100; y: 100; width: 200; height: 100; color: "#0B3D91"
        Text { anchors.centerIn: parent; text: "开始办理"; color: "white"; font.pixelSize: 32 }
    }
    Text { x: 100; y: 300; text: "请把身份证放在亮灯的地方"; color: "#12202F"; font.pixelSize: 32 }
    Rectangle {
        x: 100; y: 400; width: 400; height: 60
        gradient: Gradient {
            GradientStop { position: 0; color: "#061F52" }
            GradientStop { position: 1; color: "#0B3D91" }
        }
        Text { text: "天色渐变上的白字"; color: "white"; font.pixelSize: 32 }
    }
    Item {
        y: 500; width: 100; height: 50; clip: true
        Rectangle { objectName: "act:on-another-page"; y: 80; width: 10; height: 10 }
    }
}
"""
BROKEN = """
import QtQuick
Window {{
    width: 600; height: 600; color: "white"
    {}
}}
"""


@pytest.fixture
def seen(
    window_of: Callable[[bytes], QQuickWindow], qtbot: QtBot
) -> Callable[[str], list[Finding]]:
    def look(qml: str) -> list[Finding]:
        window = window_of(qml.encode())
        qtbot.waitUntil(window.isExposed)
        return look_over(window, window.grabWindow(), PX_PER_MM)

    return look


def test_a_sound_screen_has_no_findings(seen: Callable[[str], list[Finding]]) -> None:
    assert seen(SOUND) == []


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("small_target", 'Rectangle { objectName: "act:a"; width: 79; height: 40; color: "red" }'),
        (
            "cut_text",
            'Text { width: 90; elide: Text.ElideRight; text: "请把身份证放好"; font.pixelSize: 32 }',
        ),
        ("cut_text", 'Text { width: 50; text: "请把身份证放好"; font.pixelSize: 32 }'),
        (
            "cut_text",
            (
                "Item { width: 300; height: 30; clip: true;"
                ' Text { y: 10; text: "请把身份证放好"; font.pixelSize: 32 } }'
            ),
        ),
        ("outside", 'Rectangle { objectName: "back"; x: 550; width: 90; height: 90 }'),
        ("outside", 'Text { x: 500; text: "请把身份证放好"; font.pixelSize: 32 }'),
        (
            "overlap",
            (
                'Rectangle { objectName: "act:a"; width: 90; height: 90 }'
                'Rectangle { objectName: "act:b"; x: 80; width: 90; height: 90 }'
            ),
        ),
        (
            "overlap",
            (
                'Text { text: "请把身份证放好"; font.pixelSize: 32 }'
                'Text { y: 20; text: "请把身份证放好"; font.pixelSize: 32 }'
            ),
        ),
        (
            "overlap",
            (
                'Text { text: "请把身份证放好"; font.pixelSize: 32 }'
                'Rectangle { objectName: "act:a"; y: 20; width: 90; height: 90; color: "transparent" }'
            ),
        ),
        ("weak_contrast", 'Text { text: "灰底灰字"; color: "#8A8A8A"; font.pixelSize: 32 }'),
        ("weak_contrast", 'Text { text: "看不见"; color: "white"; font.pixelSize: 32 }'),
    ],
)
def test_what_is_wrong_is_found(seen: Callable[[str], list[Finding]], kind: str, part: str) -> None:
    assert kind in {finding.kind for finding in seen(BROKEN.format(part))}


def test_under_an_overlay_nothing_is_judged(seen: Callable[[str], list[Finding]]) -> None:
    below = 'Rectangle { objectName: "act:a"; width: 9; height: 9 }'
    over = 'Rectangle { objectName: "overlay:exit"; anchors.fill: parent }'
    assert seen(BROKEN.format(below + over)) == []


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast(QColor("black"), QColor("white")) == pytest.approx(21)
    assert contrast(QColor("#FFFFFF"), QColor("#777777")) == pytest.approx(4.48, abs=0.01)


def test_there_are_sixteen_variants_and_every_screen_has_a_view() -> None:
    assert len({variant.name for variant in variants()}) == 16
    assert set(variants(quick=True)) < set(variants())
    screens = {"attract", "home", "item", "identity", "consent", "form", "materials", "promise",
               "review", "working", "receipt", "rating", "goodbye", "trouble", "out_of_service"}  # fmt: skip
    for screen in screens:
        assert view_names(screen), screen


def test_a_tour_leaves_pictures_sheets_an_index_and_findings(tmp_path: Path) -> None:
    ways = (Variant("standard", "portrait", "zh"), Variant("contrast", "landscape", "en"))
    report = take_tour(tmp_path, ("rating", "goodbye"), ways)
    assert report.complaints == []
    for view in ("rating", "goodbye"):
        with Image.open(tmp_path / view / "standard-portrait-zh.png") as picture:
            assert picture.size == (1080, 1920)
        with Image.open(tmp_path / view / "contrast-landscape-en.png") as picture:
            assert picture.size == (1920, 1080)
        assert (tmp_path / view / "sheet.png").stat().st_size > 1000
        assert f"{view}/standard-portrait-zh.png" in (tmp_path / "index.html").read_text("utf-8")
    rows = json.loads((tmp_path / "findings.json").read_text("utf-8"))
    assert len(rows) == len(report.findings)


def test_the_command_draws_one_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["gallery", str(tmp_path), "--screen", "rating", "--quick"])
    assert ended.value.code in (0, None)
    assert "4 pictures of 1 views" in capsys.readouterr().out


def test_an_unknown_screen_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["gallery", str(tmp_path), "--screen", "nothing"])
    assert ended.value.code == 2
    assert "no screen 'nothing'" in capsys.readouterr().err


@pytest.mark.slow
def test_every_view_is_drawn_without_a_warning(tmp_path: Path) -> None:
    ways = variants(quick=True)
    report = take_tour(tmp_path, view_names(), ways)
    assert report.complaints == []
    assert sum(map(len, report.pictures.values())) == len(ways) * len(view_names())


def test_one_look_at_a_full_screen_is_quick(
    window_of: Callable[[bytes], QQuickWindow], qtbot: QtBot
) -> None:
    many = 'Repeater { model: 300; Text { objectName: "key:" + index; text: "好"; y: index } }'
    window = window_of(BROKEN.format(many).encode())
    qtbot.waitUntil(window.isExposed)
    assert len(Sight(window).names) == 300
