# SPDX-License-Identifier: Apache-2.0
"""The thread that owns one OpenCV capture from opening to release.

``cv2.VideoCapture`` blocks as long as it likes and may not be touched by two threads. The thread must not
be a daemon: Python would end it in the middle of OpenCV's C++ at exit, which aborts the process. So it
ends by itself in each of these cases: told to, its owner is gone, the program is ending.
"""

from __future__ import annotations

import queue
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, TypeVar

import cv2

_LOOK_AROUND_S: Final = 1.0
"""How often an idle thread looks whether anybody is left to ask it."""

Answer = TypeVar("Answer")
_Work = Callable[[cv2.VideoCapture], None]


class CaptureThread:
    """Opens with ``opening`` and answers one question after the other until ``end``.

    ``opening`` and the questions must not refer to ``owner``: its disappearance ends the thread.
    """

    def __init__(self, opening: Callable[[], cv2.VideoCapture], owner: object) -> None:
        self._opening = opening
        self._owner = weakref.ref(owner)
        self._questions: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="camera-frames")
        self._thread.start()

    def ask(self, question: Callable[[cv2.VideoCapture], Answer | None]) -> Future[Answer | None]:
        """Put a question; the answer is ``None`` when the capture is not open, broken or at its end."""
        answer: Future[Answer | None] = Future()

        def work(capture: cv2.VideoCapture) -> None:
            try:
                answer.set_result(question(capture) if capture.isOpened() else None)
            except cv2.error:
                answer.set_result(None)  # a damaged frame
            except Exception as mistake:  # noqa: BLE001 - it belongs to who asked, and the thread goes on
                answer.set_exception(mistake)

        self._questions.put(work)
        return answer

    def end(self) -> None:
        """Tell it to end once the question of the moment returns; the capture is then released."""
        self._ends.set()
        self._questions.put(None)

    def is_gone_within(self, seconds: float) -> bool:
        """Wait for its end; ``True`` once the capture is released."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            capture = self._opening()
        except cv2.error:
            capture = cv2.VideoCapture()  # a closed one: every answer is None
        while self._works(capture):
            pass
        capture.release()

    def _works(self, capture: cv2.VideoCapture) -> bool:
        """Answer the next question; a function of its own, so that nothing of it outlives it here."""
        try:
            work = self._questions.get(timeout=_LOOK_AROUND_S)
        except queue.Empty:
            return self._owner() is not None and threading.main_thread().is_alive()
        if work is None or self._ends.is_set():
            return False
        work(capture)
        return True
