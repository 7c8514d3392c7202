# SPDX-License-Identifier: Apache-2.0
"""Keeps in contact with the platform: heartbeat, link state, time offset, catalogue, kept documents.

One thread, never in the way of a session. Between beats it waits on a condition that :meth:`Contact.beat_now`
wakes, so that a link that came back is noticed when somebody asks, not only by the clock.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from kiosk.flows import events
from kiosk.platform_client.link_reason import LinkReason, link_reason
from kiosk.platform_client.port import Platform, PlatformError
from kiosk.protocol.catalogue import Catalogue
from kiosk.protocol.messages import Heartbeat, HeartbeatAnswer
from kiosk.protocol.wire import SignatureInvalidError, Signed
from kiosk.terminal.kept_documents import KeptDocuments
from kiosk.terminal.shelf import CONFIRM_EVERY_S, Shelf
from offline_cache import StoreError

_log = logging.getLogger("hall24.contact")

BEAT_S = 5.0
CATALOGUE_EVERY_BEATS = 12
_SHELF_NAME = "catalogue"


class Contact:
    """Owns the contact thread.

    ``on_link(online)`` and ``on_contact(offset_s, at)``, platform time minus ours and the hall's time of the
    answer, are called on that thread. ``last_contact_at`` and ``skew_s`` are what an earlier run remembered.
    ``on_answer`` gets each heartbeat's answer there, too.
    ``shelf`` is ``None`` while the disk takes nothing: then the catalogue lives in memory only.
    """

    def __init__(
        self,
        platform: Platform,
        shelf: Shelf | None,
        *,
        open_catalogue: Callable[[Signed], bytes],
        beat: Callable[[], Heartbeat],
        post: Callable[[events.Event], None],
        on_link: Callable[[bool], None],
        on_contact: Callable[[float, float], None],
        wall: Callable[[], float],
        hall_time: Callable[[], float],
        last_contact_at: float | None = None,
        skew_s: float | None = None,
        on_answer: Callable[[HeartbeatAnswer], None] = lambda _: None,
        every_s: float = BEAT_S,
    ) -> None:
        self._platform = platform
        self._shelf = shelf
        self._open_catalogue = open_catalogue
        self._beat = beat
        self._post = post
        self._on_link = on_link
        self._on_contact = on_contact
        self._on_answer = on_answer
        self._wall = wall
        self._hall_time = hall_time
        self._last_contact_at = last_contact_at
        self._skew_s = skew_s
        self._every_s = every_s
        self._wake = threading.Event()
        self._stopping = False
        self._online: bool | None = None
        self._reason = LinkReason.STARTING
        self._etag: str | None = None
        self._catalogue: Catalogue | None = None
        self._confirmed_at = 0.0
        self._beats = 0
        self._documents = KeptDocuments(platform, shelf, post)
        self._thread = threading.Thread(target=self._run, name="contact", daemon=True)

    def start(self) -> None:
        """Show what is on the shelf, then start beating."""
        self._thread.start()

    def stop(self, timeout_s: float = 8.0) -> None:
        """End the thread after the running call."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def beat_now(self) -> None:
        """Beat at once: somebody noticed that the link changed."""
        self._wake.set()

    @property
    def outage(self) -> str:
        """Why the platform could not be reached the last time, one word; empty when it could."""
        return "" if self._online in {None, True} else self._reason.value

    def _run(self) -> None:
        self._show_shelf()
        self._documents.show()
        while not self._stopping:
            self._wake.clear()
            self._beat_once()
            self._wake.wait(self._every_s)

    def _beat_once(self) -> None:
        try:
            beat = self._beat()
        except Exception as error:  # noqa: BLE001 - the thread outlives every mistake of ours
            # Nothing was heard, so nothing is said of the link.
            _log.error("heartbeat not made", extra={"error": type(error).__name__})
            return
        try:
            answer = self._platform.heartbeat(beat)
            self._skew_s = answer.now.timestamp() - self._wall()
            self._on_contact(self._skew_s, answer.now.timestamp())
            self._last_contact_at = self._hall_time()
            self._on_answer(answer)
            if self._etag is None or self._beats % CATALOGUE_EVERY_BEATS == 0:
                self._refresh_catalogue()
                self._platform.refresh_keys()
                self._documents.refresh(self._hall_time())
            self._beats += 1
        except PlatformError as error:
            self._tell(online=False, code=error.code, beat=beat)
        except Exception as error:  # noqa: BLE001 - contact must go on whatever comes back
            _log.error("contact failed", extra={"error": type(error).__name__})
            self._tell(online=False, code="software.fault", beat=beat)
        else:
            self._tell(online=True, code="", beat=beat)

    def _tell(self, *, online: bool, code: str, beat: Heartbeat) -> None:
        reason = link_reason(code, self._skew_s)
        if (online, reason) != (self._online, self._reason):
            _log.info("link", extra={"online": online, "code": code, "reason": reason.value})
        self._reason = reason
        if online != self._online:
            self._online = online
            self._on_link(online)
        self._post(
            events.LinkChanged(
                online=online,
                code=code,
                waiting=beat.queued,
                reason=reason.value,
                oldest_s=beat.oldest_queued_s,
                set_aside=beat.set_aside,
                last_contact_at=self._last_contact_at,
                skew_s=self._skew_s,
            )
        )

    def _refresh_catalogue(self) -> None:
        fetched = self._platform.catalogue(self._etag)
        now = self._hall_time()
        if fetched is not None:
            self._etag, signed, self._catalogue = fetched
            self._keep(lambda shelf, etag: shelf.put(_SHELF_NAME, etag, signed.canonical(), now))
        elif abs(now - self._confirmed_at) > CONFIRM_EVERY_S:
            self._keep(lambda shelf, etag: shelf.confirm(_SHELF_NAME, etag, now))
        else:
            self._show(now)
            return
        self._confirmed_at = now
        self._show(now)

    def _show(self, now: float) -> None:
        if self._catalogue is not None:
            self._post(events.CatalogueLoaded(catalogue=self._catalogue, as_of=now, fresh=True))

    def _keep(self, change: Callable[[Shelf, str], None]) -> None:
        if self._shelf is not None and self._etag is not None:
            with suppress(StoreError):  # the store says so itself; the platform was still reached
                change(self._shelf, self._etag)

    def _show_shelf(self) -> None:
        try:
            kept = self._shelf.get(_SHELF_NAME) if self._shelf is not None else None
        except StoreError:  # the store says so itself; the platform has the catalogue
            return
        if kept is None:
            return
        try:
            signed = Signed.model_validate_json(kept.body)
            catalogue = Catalogue.model_validate_json(self._open_catalogue(signed))
        except (SignatureInvalidError, ValueError):
            _log.warning("kept catalogue does not verify, waiting for the platform")
            return
        self._etag, self._catalogue = kept.etag, catalogue
        self._post(events.CatalogueLoaded(catalogue=catalogue, as_of=kept.fetched_at, fresh=False))
