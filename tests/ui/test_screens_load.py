# SPDX-License-Identifier: Apache-2.0
"""Every screen, every way to look at it: loads in silence, and all that can be done can be pressed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtTest import QTest

from kiosk.flows.views import (
    Action,
    FormPage,
    Home,
    Identity,
    Materials,
    Modes,
    Rating,
    Review,
    View,
)
from kiosk.words import Language
from ui.bridge.scene import area_of
from ui.gallery.checks import look_over
from ui.gallery.stage import Stage
from ui.gallery_views import views
from ui.robot.glass import Sight, middle_of

SIZES = {"portrait": QSize(1080, 1920), "landscape": QSize(1920, 1080)}
PX_PER_MM = 1080 / 268
MODES = {
    "standard": Modes(),
    "elder": Modes(elder=True),
    "contrast": Modes(contrast=True),
    "low": Modes(low=True),
    "elder-low": Modes(elder=True, low=True),
}
NAMES = tuple(views("zh"))
QUICK = [("portrait", "standard", "zh"), ("landscape", "standard", "en")]
ALL = [(o, m, lang) for o, m, lang in product(SIZES, MODES, ("zh", "en"))]
WAYS = [
    pytest.param(*way, id="-".join(way), marks=() if way in QUICK else pytest.mark.slow)
    for way in ALL
]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    assert list(made.messages.warnings) == []
    made.close()


def show(stage: Stage, view: View, size: QSize) -> None:
    stage.window.resize(size)
    stage.shell.show(view)
    stage.window.show()
    for _ in range(8):
        QCoreApplication.processEvents()


def to_press(view: View) -> set[str]:
    """Object names of everything that this view offers now, written down a second time."""
    if view.overlay:
        return {f"act:{action.id}" for action in view.overlay.actions}
    names = {"help", *(f"mode:{mode}" for mode in ("elder", "contrast", "low", "english", "voice"))}
    names |= {"back"} if view.can_back else set()
    names |= {"exit"} if view.can_exit else set()
    match body := view.body:
        case FormPage() if any(field.editing for field in body.fields):
            return names | {"key:1", "key:0", "key:backspace", "key:done"}
        case FormPage():
            names |= {
                f"field:{field.key}"
                for field in body.fields
                if not field.locked and field.widget != "choice"
            }
            names |= {f"choice:{f.key}:{c.value}" for f in body.fields for c in f.choices}
        case Home(query=""):
            names |= {"search"} | {f"situation:{each.code}" for each in body.situations}
            names |= {f"tile:{tile.code}" for tile in body.tiles}
        case Home():
            names |= {"search", "key:done", "key:a"} | {f"tile:{t.code}" for t in body.tiles}
        case Identity(phase="choose"):
            names |= {f"act:way:{way.id}" for way in body.ways if way.available}
        case Materials():
            names |= {f"act:{a.id}" for m in body.materials for a in m.actions if a.enabled}
        case Review():
            names |= {f"act:change:{part.id}" for part in body.sections if part.changeable}
        case Rating():
            names |= {f"act:grade:{grade.value}" for grade in body.grades}
        case _:
            pass
    actions: tuple[Action, ...] = getattr(body, "actions", ())
    return names | {f"act:{action.id}" for action in actions if action.enabled}


def press(stage: Stage, name: str) -> None:
    item = Sight(stage.window).find(name)
    assert item is not None, name
    QTest.mouseClick(
        stage.window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle_of(item)
    )
    QCoreApplication.processEvents()


def in_sight_on_some_page(stage: Stage, wanted: set[str]) -> dict[str, tuple[float, float]]:
    """Turn every page as a resident would; return the sizes of what was seen and could be pressed."""
    seen: dict[str, tuple[float, float]] = {}
    while Sight(stage.window).usable("page:previous"):
        press(stage, "page:previous")
    glass = stage.window.contentItem().boundingRect()
    for _ in range(30):
        sight = Sight(stage.window)
        for name in sight.names:
            if name in wanted and name not in seen and sight.usable(name):
                item = sight.find(name)
                assert item is not None
                assert glass.adjusted(-1, -1, 1, 1).contains(area_of(item)), name
                seen[name] = (item.width(), item.height())
        if not sight.usable("page:next"):
            return seen
        press(stage, "page:next")
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize(("orientation", "mode", "language"), WAYS)
def test_a_screen_loads_in_silence_and_offers_all_it_promises(
    stage: Stage, orientation: str, mode: str, language: Language
) -> None:
    least = (26 if MODES[mode].elder else 20) * PX_PER_MM - 1
    for name, view in views(language, MODES[mode]).items():
        show(stage, view, SIZES[orientation])
        assert Sight(stage.window).screen == view.body.screen, name
        wanted = to_press(view)
        seen = in_sight_on_some_page(stage, wanted)
        assert wanted - set(seen) == set(), name
        small = {key: size for key, size in seen.items() if min(size) < least}
        assert small == {}, name
    assert list(stage.messages.warnings) == []


@pytest.mark.parametrize(
    ("orientation", "mode", "language"),
    [
        pytest.param(*way, id="-".join(way), marks=() if way == QUICK[0] else pytest.mark.slow)
        for way in ALL
        if way[1] != "elder-low"  # both together may fall back to cutting a page through
    ],
)
def test_nothing_is_cut_covered_or_grey_on_grey(
    stage: Stage, orientation: str, mode: str, language: Language
) -> None:
    found = []
    for name, view in views(language, MODES[mode]).items():
        show(stage, view, SIZES[orientation])
        picture = stage.picture()
        found += [
            (name, finding)
            for finding in look_over(stage.window, picture, PX_PER_MM, elder=MODES[mode].elder)
        ]
    assert found == []


@pytest.mark.parametrize("name", NAMES)
def test_a_disabled_action_cannot_be_pressed(stage: Stage, name: str) -> None:
    view = views("zh")[name]
    show(stage, view, SIZES["portrait"])
    writing = any(field.editing for field in getattr(view.body, "fields", ()))
    covered = writing or view.overlay
    actions: tuple[Action, ...] = () if covered else getattr(view.body, "actions", ())
    sight = Sight(stage.window)
    for action in actions:
        assert sight.usable(f"act:{action.id}") == action.enabled
