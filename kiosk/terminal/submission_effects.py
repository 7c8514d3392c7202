# SPDX-License-Identifier: Apache-2.0
"""Seals and keeps what a resident submits, and tells the session when the platform has it.

Finalizing waits for the disk, so it runs on a thread of its own. Delivery belongs to the sync engine;
here we only listen for the submissions of the running session.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

from kiosk.flows import effects, events
from kiosk.platform_client.delivery import SealFor, receipt_of
from kiosk.protocol.wire import Text
from offline_cache import Entry, OfflineCacheError, Outbox, State

_log = logging.getLogger("hall24.submissions")

_DELIVERED = frozenset({State.RECEIVED, State.SETTLED})
_SET_ASIDE = frozenset({State.QUARANTINED, State.RESIDENT_MUST_RETURN})


@dataclass(frozen=True, slots=True)
class _Wait:
    session: int
    attempts: int
    """How many attempts the session has been told of."""


class SubmissionEffects:
    """Submissions of the running session."""

    def __init__(
        self,
        outbox: Outbox,
        seal_for: SealFor,
        *,
        kick: Callable[[], None],
        post: Callable[[events.Event], None],
    ) -> None:
        self._outbox = outbox
        self._seal_for = seal_for
        self._kick = kick
        self._post = post
        self._lock = threading.Lock()
        self._awaited: dict[UUID, _Wait] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="finalize")

    def stop(self) -> None:
        """Finish what was begun: a submission on its way to the disk is never dropped."""
        self._thread.shutdown(wait=True)

    def submit(self, effect: effects.Submit) -> None:
        """Answer ``Finalized`` once durable, later ``Delivered`` or ``Failed(what="Deliver")``."""
        self._thread.submit(self._finalize, effect)

    def forget(self) -> None:
        """Stop waiting for the deliveries of a session that ended. They go on all the same."""
        with self._lock:
            self._awaited.clear()

    def outbox_changed(self) -> None:
        """Look at what we wait for; called by the outbox on the thread that changed it."""
        with self._lock:
            awaited = tuple(self._awaited)
        for submission in awaited:
            self._look_at(self._outbox.entry(submission))

    def _look_at(self, entry: Entry) -> None:
        with self._lock:
            wait = self._awaited.get(entry.id)
            if wait is None:
                return
            ended = entry.state in _DELIVERED or entry.state in _SET_ASIDE
            if ended:
                del self._awaited[entry.id]
            elif entry.attempts == wait.attempts:
                return
            else:
                self._awaited[entry.id] = _Wait(wait.session, entry.attempts)
        if entry.state in _DELIVERED:
            self._post(
                events.Delivered(
                    session=wait.session,
                    submission=entry.id,
                    case_number=entry.case_number,
                    promised_date=_promised_date(entry),
                    note=_note(entry),
                )
            )
        elif entry.last_error:
            self._post(
                events.Failed(
                    session=wait.session,
                    what="Deliver",
                    code=entry.last_error,
                    about=str(entry.id),
                )
            )

    def _finalize(self, effect: effects.Submit) -> None:
        seal = self._seal_for(
            kind=effect.kind,
            item=effect.item,
            item_version=effect.item_version,
            payload=effect.payload,
            attachments=effect.attachments,
        )
        try:
            entry = self._outbox.finalize(kind=effect.kind, item=effect.item, seal=seal)
        except OfflineCacheError as error:
            self._refuse(effect, error.code)
            return
        except Exception as error:  # noqa: BLE001 - the resident must get an answer
            # Only the type: a message could quote what a resident typed.
            _log.error("finalize failed", extra={"error": type(error).__name__})
            self._refuse(effect, "software.fault")
            return
        with self._lock:
            self._awaited[entry.id] = _Wait(effect.session, 0)
        self._post(
            events.Finalized(
                session=effect.session,
                submission=entry.id,
                receipt=entry.receipt,
                kind=effect.kind,
            )
        )
        # The sync thread may have been quicker than this one.
        self._look_at(self._outbox.entry(entry.id))
        self._kick()

    def _refuse(self, effect: effects.Submit, code: str) -> None:
        self._post(
            events.Failed(session=effect.session, what="Submit", code=code, about=effect.kind)
        )


def _promised_date(entry: Entry) -> str | None:
    receipt = receipt_of(entry)
    return receipt.promised_date.isoformat() if receipt and receipt.promised_date else None


def _note(entry: Entry) -> Text | None:
    receipt = receipt_of(entry)
    return receipt.note if receipt else None
