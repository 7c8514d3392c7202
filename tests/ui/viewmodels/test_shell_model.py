# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from PySide6.QtTest import QSignalSpy

from kiosk.flows.intents import Intent, SetMode, Sign
from kiosk.words import all_words
from ui.gallery_views import views
from ui.viewmodels.shell import ShellModel
from ui.viewmodels.words import ui_words


@pytest.fixture
def shell() -> ShellModel:
    return ShellModel(now=lambda: datetime(2026, 11, 20, 2, 14, tzinfo=UTC))


def sent(shell: ShellModel) -> list[Intent]:
    intents: list[Intent] = []
    shell.intent.connect(intents.append)
    return intents


def test_before_the_first_view_there_is_nothing(shell: ShellModel) -> None:
    assert shell.screen == ""
    assert shell.overlay == ""
    assert shell.clock == "02:14"


def test_the_same_view_again_is_no_change(shell: ShellModel) -> None:
    view = views("zh")["form-contact"]
    shell.show(view)
    spy = QSignalSpy(shell.changed)
    shell.show(views("zh")["form-contact"])
    assert spy.count() == 0
    shell.show(views("en")["form-contact"])
    assert spy.count() == 1


def test_the_screen_is_filled_before_its_name_changes(shell: ShellModel) -> None:
    headings = []
    shell.changed.connect(lambda: headings.append(shell.consent.heading))
    shell.show(views("zh")["consent"])
    assert headings == ["同意查询您的社保信息"]


def test_an_overlay_counts_only_when_it_is_the_idle_one(shell: ShellModel) -> None:
    shell.show(views("zh")["overlay-idle"])
    assert (shell.overlay, shell.overlaySeconds) == ("idle", 32)
    shell.show(views("zh")["overlay-help"])
    assert (shell.overlay, shell.overlaySeconds) == ("help", -1)
    assert shell.overlayRows.count == 3


def test_the_clock_speaks_only_when_the_minute_changes() -> None:
    times = iter([(2, 14), (2, 14), (2, 15)])
    shell = ShellModel(now=lambda: datetime(2026, 11, 20, *next(times), tzinfo=UTC))
    spy = QSignalSpy(shell.clockChanged)
    shell.tick()
    assert spy.count() == 0
    shell.tick()
    assert (spy.count(), shell.clock) == (1, "02:15")


def test_a_signature_is_decoded(shell: ShellModel) -> None:
    intents = sent(shell)
    png = b"\x89PNG\r\n\x1a\n-"
    shell.sign("data:image/png;base64," + base64.b64encode(png).decode(), 2)
    assert intents == [Sign(png, 2)]


@pytest.mark.parametrize("url", ["", "data:image/jpeg;base64,AAAA", "data:image/png;base64,A*A"])
def test_what_is_no_png_is_not_taken(shell: ShellModel, url: str) -> None:
    intents = sent(shell)
    with pytest.raises(ValueError, match="signature"):
        shell.sign(url, 1)
    assert intents == []


def test_only_known_modes_exist(shell: ShellModel) -> None:
    intents = sent(shell)
    for mode in ("elder", "contrast", "low", "voice", "english"):
        shell.setMode(mode, True)
    assert [i.mode for i in intents if isinstance(i, SetMode)] == [
        "elder",
        "contrast",
        "low",
        "voice",
        "english",
    ]
    with pytest.raises(ValueError, match="no such mode"):
        shell.setMode("loud", True)


def test_both_languages_have_every_label() -> None:
    assert ui_words("zh").keys() == ui_words("en").keys()
    assert all(ui_words("zh").values())
    assert set(ui_words("zh")) == {key[3:] for key in all_words() if key.startswith("ui.")}
