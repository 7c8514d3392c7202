# SPDX-License-Identifier: Apache-2.0
"""Brings up what stands behind a glass that already shows its opening and answers touches.

The opening needs no Python while it is shown, so loading goes on beside it in a thread: first the
view-models, then whatever makes the core. The interpreter changes between threads more often meanwhile:
loading the screens asks Python for hundreds of small values, and each would wait for its turn.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from ui.bridge.glass import Glass

if TYPE_CHECKING:
    from ui.bridge.core_to_come import CoreToCome, StartingCore
    from ui.bridge.stop_signals import StopSignals

_TURN_S = 0.0005
"""How long a thread may keep the interpreter from the others during the start."""


class StartUp(QObject):
    """Runs one terminal behind a glass. Main thread; :meth:`run` once.

    ``make`` builds the core, in a thread that ends when the core runs.
    """

    _screens_loaded = Signal()
    _to_end = Signal()

    def __init__(self, glass: Glass, make: Callable[[], StartingCore]) -> None:
        super().__init__()
        self._glass = glass
        self._make = make
        self._coming: CoreToCome | None = None
        self._core: StartingCore | None = None
        self._error: BaseException | None = None
        self._signals: StopSignals | None = None
        self._close: Callable[[], None] = glass.close
        self._thread = threading.Thread(target=self._bring_up, name="start-up")
        self._screens_loaded.connect(self._carry)
        self._to_end.connect(self._end)

    def run(self) -> int:
        """Show the glass, bring up the rest, run until the end; return 0.

        Raises what ``make`` or the core's start raised, after everything has been taken down.
        """
        turn = sys.getswitchinterval()
        sys.setswitchinterval(_TURN_S)
        try:
            self._glass.window.frameSwapped.connect(self._begin)
            self._glass.show()
            self._glass.application.exec()
        finally:
            if self._signals is not None:
                self._signals.restore()
            self._close()
            if self._thread.ident is not None:
                self._thread.join()
            sys.setswitchinterval(turn)
            if self._core is not None:
                self._core.stop()
        if self._error is not None:
            raise self._error
        return 0

    def end(self) -> None:
        """End :meth:`run` from any thread; returns at once."""
        self._to_end.emit()

    @Slot()
    def _begin(self) -> None:
        """Go on with the rest: the opening is on the glass."""
        self._glass.window.frameSwapped.disconnect(self._begin)
        # Until now a signal simply ends the process: nothing has begun that could be left undone.
        from ui.bridge.stop_signals import StopSignals  # noqa: PLC0415 - after the first picture

        self._signals = StopSignals(self._glass.application.quit)
        self._signals.install()
        self._thread.start()

    def _bring_up(self) -> None:
        try:
            # Loaded in this thread and for the first time: the opening did without.
            import ui.bridge.application  # noqa: F401, PLC0415
            from ui.bridge.core_to_come import CoreToCome  # noqa: PLC0415

            self._coming = coming = CoreToCome()
            self._screens_loaded.emit()
            core = self._make()
            coming.arrive(core)
            core.start()
            self._core = core
        except BaseException as error:  # noqa: BLE001 - raised again by run(), on the main thread
            self._error = error
            self._to_end.emit()

    @Slot()
    def _end(self) -> None:
        # A slot of ours, so that it runs on the main thread: Qt's own quit() waits for that thread.
        self._glass.application.quit()

    @Slot()
    def _carry(self) -> None:
        from ui.bridge.application import KioskApplication, report_font  # noqa: PLC0415 - there by now

        if self._coming is None:
            return
        try:
            application = KioskApplication(self._coming, glass=self._glass)
        except Exception as error:  # noqa: BLE001 - raised again by run()
            self._error = error
            self._glass.application.quit()
            return
        self._close = application.close
        report_font(self._glass.font)
