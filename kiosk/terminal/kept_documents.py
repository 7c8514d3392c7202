# SPDX-License-Identifier: Apache-2.0
"""What everybody may read, kept for the time without a link: policies, life events, notices, the service map.

Each document lies on the shelf with the platform's name of its version (ETag) and the time of the answer, and
every reader is told of when it is. ``CONTENT`` of the protocol lists them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from kiosk.flows.events import ContentLoaded
from kiosk.platform_client.port import RefusedError
from kiosk.protocol.services import CONTENT, ContentName
from kiosk.protocol.wire import WireModel
from kiosk.terminal.shelf import CONFIRM_EVERY_S, Shelf
from offline_cache import StoreError

_log = logging.getLogger("hall24.contact")

_PREFIX: Final = "content/"


class Source(Protocol):
    """The platform, as far as this needs it."""

    def content(self, name: ContentName, etag: str | None) -> tuple[str, bytes] | None:
        """Return (etag, JSON), or ``None`` when ``etag`` is still current."""


class KeptDocuments:
    """``show`` what is kept, then ``refresh`` now and then; both belong to the contact thread.

    ``shelf`` is ``None`` while the disk takes nothing: then the documents live in memory only.
    """

    def __init__(
        self, source: Source, shelf: Shelf | None, post: Callable[[ContentLoaded], None]
    ) -> None:
        self._source = source
        self._shelf = shelf
        self._post = post
        self._held: dict[ContentName, tuple[str, WireModel]] = {}
        self._confirmed_at: dict[ContentName, float] = {}

    def show(self) -> None:
        """Post what lies on the shelf, with its date. What cannot be read is fetched again."""
        for name, model in CONTENT.items():
            try:
                kept = self._shelf.get(_PREFIX + name) if self._shelf is not None else None
                if kept is None:
                    continue
                document = model.model_validate_json(kept.body)
            except StoreError:  # the store says so itself
                return
            except ValueError:  # written by other software
                _log.info("kept document not readable", extra={"kind": name})
                continue
            self._held[name] = kept.etag, document
            self._post(ContentLoaded(name, document, as_of=kept.fetched_at, fresh=False))

    def refresh(self, now: float) -> None:
        """Ask for each document unless the one that is held is current; ``now`` is the hall's time.

        Raises a ``PlatformError`` when the platform cannot be reached; what was held stays.
        """
        for name, model in CONTENT.items():
            etag = self._held[name][0] if name in self._held else None
            try:
                fetched = self._source.content(name, etag)
            except RefusedError:  # a platform that does not have it
                continue
            if fetched is not None:
                self._take(name, model, fetched, now)
            elif etag:
                self._confirm(name, etag, now)
            if name in self._held:
                self._post(ContentLoaded(name, self._held[name][1], as_of=now, fresh=True))

    def _take(
        self, name: ContentName, model: type[WireModel], fetched: tuple[str, bytes], now: float
    ) -> None:
        etag, body = fetched
        self._held[name] = etag, model.model_validate_json(body)
        self._confirmed_at[name] = now
        self._keep(lambda shelf: shelf.put(_PREFIX + name, etag, body, now))

    def _confirm(self, name: ContentName, etag: str, now: float) -> None:
        if abs(now - self._confirmed_at.get(name, 0.0)) > CONFIRM_EVERY_S:
            self._confirmed_at[name] = now
            self._keep(lambda shelf: shelf.confirm(_PREFIX + name, etag, now))

    def _keep(self, change: Callable[[Shelf], None]) -> None:
        if self._shelf is not None:
            with suppress(StoreError):  # the store says so itself
                change(self._shelf)
