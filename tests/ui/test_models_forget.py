# SPDX-License-Identifier: Apache-2.0
"""When nobody is there, no screen model holds what the last resident saw."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication

from ui.gallery_views import views
from ui.viewmodels.shell import ShellModel


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("empty_hall", ["attract", "out_of_service"])
def test_every_screen_is_forgotten_when_nobody_is_there(empty_hall: str) -> None:
    assert QGuiApplication.instance() is not None
    shell = ShellModel()
    shown = views("zh")
    for view in shown.values():
        shell.show(view)
    last = next(view for view in shown.values() if view.body.screen == empty_hall)
    shell.show(next(view for view in shown.values() if view.body.screen == "form"))
    shell.show(last)
    held = {
        name
        for name, model in shell._screens.items()
        if model._body is not None or any(rows.rowCount() for rows in model._lists.values())
    }
    assert held == {empty_hall}
