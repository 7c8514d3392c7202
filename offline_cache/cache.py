# SPDX-License-Identifier: Apache-2.0
"""One directory, opened as a whole: store, blobs, outbox, shelf."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from offline_cache.blobs import Blobs
from offline_cache.clock import Clock
from offline_cache.files import DISK, FileSystem
from offline_cache.outbox import Outbox
from offline_cache.reserve import Reserve
from offline_cache.shelf import Shelf
from offline_cache.store import Store

DATABASE: Final = "outbox.sqlite3"
BLOBS: Final = "blobs"


class OfflineCache:
    """Everything that survives, in ``directory``. A context manager, or ``start`` and ``stop``.

    ``reserve`` keeps room back for receipts and exports; without it a full disk stops those as well.
    ``files`` and ``connect`` are where tests put a failing disk and a failing database.
    """

    def __init__(
        self,
        directory: Path,
        *,
        number: Callable[[int, float], str],
        clock: Clock | None = None,
        files: FileSystem = DISK,
        connect: Callable[[Path], sqlite3.Connection] | None = None,
        on_store_change: Callable[[bool, str], None] | None = None,
        reserve: Reserve | None = None,
    ) -> None:
        self._reserve = reserve
        self.store = Store(
            directory / DATABASE,
            connect=connect,
            on_change=on_store_change,
            make_room=reserve.release if reserve else None,
        )
        self.outbox = Outbox(
            self.store,
            Blobs(directory / BLOBS, files),
            number=number,
            clock=clock,
            may_keep=(lambda: reserve.intact) if reserve else None,
        )
        self.shelf = Shelf(self.store)

    def start(self) -> None:
        """Open and bring in line after a crash. Raises a ``StoreError``; nothing stays open then."""
        if self._reserve is not None:
            self._reserve.start()
        self.store.start()
        try:
            self.outbox.open()
        except BaseException:
            self.store.stop()
            raise

    def stop(self) -> None:
        """Finish what was asked and close."""
        self.store.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
