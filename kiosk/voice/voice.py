# SPDX-License-Identifier: Apache-2.0
"""The thread that speaks.

Nobody waits for it: words are put down and taken up in turn. What is new cuts off what is being said, unless it
asks to follow. When the engine is lost, the next one is tried; when there is none, words are dropped and a new
attempt is made at most every half minute.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from kiosk.voice.engine import Engine, NoVoiceError, Utterance, VoiceError

RETRY_S: Final = 30.0
_MOST_WAITING: Final = 16
_log = logging.getLogger("hall24.voice")

OpenEngine = Callable[[], Engine]
"""Opens an engine or raises :class:`NoVoiceError`."""


class Voice:
    """Speaks through the first of ``engines`` that can be opened.

    ``on_change`` is called on the voice's thread with the engine's name, empty for none: once at the start and
    whenever it changes. ``stop`` joins the thread and leaves nothing running.
    """

    def __init__(
        self,
        engines: Sequence[OpenEngine],
        on_change: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engines = tuple(engines)
        self._on_change = on_change
        self._clock = clock
        self._changed = threading.Condition()
        self._waiting: deque[Utterance] = deque(maxlen=_MOST_WAITING)
        self._cut_off = False
        self._ending = False
        self._engine: Engine | None = None
        self._told: str | None = None
        self._tried_at: float | None = None
        self._thread = threading.Thread(target=self._run, name="voice", daemon=True)

    def start(self) -> None:
        """Look for an engine and wait for words; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Be silent for good. Without effect before ``start``."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join()

    def say(self, utterance: Utterance) -> None:
        """Say it now, or after what is being said; from any thread, returns at once."""
        with self._changed:
            if not utterance.append:
                self._waiting.clear()
                self._cut_off = True
            self._waiting.append(utterance)
            self._changed.notify()

    def hush(self) -> None:
        """Be silent; from any thread, returns at once."""
        with self._changed:
            self._waiting.clear()
            self._cut_off = True
            self._changed.notify()

    def _run(self) -> None:
        self._find()
        while self._next():
            pass
        self._drop()

    def _next(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._ending or self._cut_off or self._waiting)
            if self._ending:
                return False
            cut_off, self._cut_off = self._cut_off, False
            utterance = self._waiting.popleft() if self._waiting else None
        if cut_off and self._engine is not None and not self._with_engine(lambda e: e.hush()):
            self._find()
        if utterance is not None:
            if self._engine is None and self._may_try():
                self._find()
            if self._engine is not None and not self._with_engine(lambda e: e.say(utterance)):
                self._find()
                if self._engine is not None:
                    self._with_engine(lambda e: e.say(utterance))
        return True

    def _with_engine(self, act: Callable[[Engine], None]) -> bool:
        """Do it; an engine that fails is dropped."""
        if self._engine is None:
            return False
        try:
            act(self._engine)
        except VoiceError as error:
            _log.info("voice", extra={"code": error.code})
            self._drop()
            return False
        return True

    def _may_try(self) -> bool:
        return self._tried_at is None or self._clock() - self._tried_at >= RETRY_S

    def _find(self) -> None:
        self._tried_at = self._clock()
        for open_engine in self._engines:
            try:
                self._engine = open_engine()
            except NoVoiceError:
                continue
            break
        name = self._engine.name if self._engine else ""
        if name != self._told:
            self._told = name
            _log.info("voice", extra={"code": "" if name else NoVoiceError.code, "kind": name})
            self._on_change(name)

    def _drop(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()
