# SPDX-License-Identifier: Apache-2.0
"""The sealed queue: what a resident was promised is here until the platform's receipt is.

Commit first, receipt second: :meth:`Outbox.finalize` returns only when everything is durable. From then
on a submission changes state only along ``model.TRANSITIONS``; nothing is ever deleted, and a payload is
purged only after the platform's verified receipt (:meth:`Outbox.settle`). The purge rule: the caller that
verified the receipt decides how long the sealed payload stays in case the platform asks for it again
(``sync.Policy.keep_received_s``); metadata, receipt and history stay for good.

All methods may be called from any thread and block for a few milliseconds of disk. Each may raise a
``StoreError``; those that name a submission raise ``UnknownEntryError`` when there is none.
"""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from offline_cache import queries, rows
from offline_cache.blobs import Blobs, Sweep, sha256_hex
from offline_cache.clock import Clock, SystemClock
from offline_cache.errors import (
    PartCorruptError,
    PartMissingError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
    TransitionError,
)
from offline_cache.model import (
    UNDELIVERED,
    DeliveryReceipt,
    Entry,
    Happening,
    PartFacts,
    Reservation,
    Sealed,
    State,
)
from offline_cache.opening import disk_error
from offline_cache.store import Store

_log = logging.getLogger("hall24.outbox")

_KEEP_CONTACT_S: Final = 60.0
_MOVED_S: Final = 2.0
_MARKABLE: Final = frozenset({State.RESEND_ASKED, State.RESIDENT_MUST_RETURN})


class Outbox:
    """The queue of one terminal.

    ``number(sequence, wall)`` makes the local receipt number; it must differ for every sequence.
    ``may_keep()`` says whether there is room that new work may use.
    """

    def __init__(
        self,
        store: Store,
        blobs: Blobs | Path,
        *,
        number: Callable[[int, float], str],
        clock: Clock | None = None,
        new_id: Callable[[], UUID] = uuid7,
        may_keep: Callable[[], bool] | None = None,
    ) -> None:
        self._store = store
        self._blobs = Blobs(blobs) if isinstance(blobs, Path) else blobs
        self._number = number
        self._clock = clock or SystemClock()
        self._new_id = new_id
        self._may_keep = may_keep or _always
        self._finalizing = threading.Lock()
        self._last_sequence: int | None = None
        self._server_offset_s: float | None = None
        self._last_contact_at: float | None = None
        self._contact_kept_s = -_KEEP_CONTACT_S
        self._listeners: list[Callable[[], None]] = []

    def open(self) -> Sweep:
        """Bring everything in line after a crash; call once, after the store started.

        Interrupted deliveries wait again; blobs without a row go to ``orphans``. Raises a ``StoreError``.
        """
        try:
            self._blobs.prepare()
            recovered = self._store.call(queries.recover)
            found = self._blobs.sweep(
                lambda sha256: (
                    sha256 in recovered.needed
                    or self._store.call(lambda c: queries.blob_needed(c, sha256))
                )
            )
        except OSError as error:
            raise disk_error(error, self._store.path.parent) from None
        self._server_offset_s = recovered.server_offset_s
        self._last_contact_at = recovered.last_contact_at
        if found != Sweep():
            _log.warning(
                "outbox swept",
                extra={
                    "orphaned": found.orphaned,
                    "adopted": found.adopted,
                    "unfinished": found.unfinished,
                    "purged": found.purged,
                },
            )
        return found

    # --- new submissions ------------------------------------------------------------------------

    def finalize(self, *, kind: str, item: str, seal: Callable[[Reservation], Sealed]) -> Entry:
        """Reserve the next number, seal, store durably; return only then.

        One at a time: the sequence has no gaps, so a number whose sealing or storing failed is given
        again. Raises whatever ``seal`` raises, ``SealedInvalidError``, or a :class:`StoreError`
        (``store.full`` …); then nothing is stored. ``StoreUnavailableError`` is raised only when the store,
        reopened, does not have the submission, or could not be reopened.
        """
        with self._finalizing:
            if not self._may_keep():
                raise StoreFullError(f"{self._store.path}: what is left is kept for receipts")
            sequence = self._next_sequence()
            clock = replace(self._clock.read(), server_offset_s=self._server_offset_s)
            reservation = Reservation(
                id=self._new_id(),
                sequence=sequence,
                receipt=self._number(sequence, clock.wall),
                kind=kind,
                item=item,
                clock=clock,
            )
            sealed = seal(reservation)
            entry = rows.frozen_entry(reservation, sealed)
            self._keep(entry, rows.hashed(sealed.parts), sealed.parts)
            self._last_sequence = sequence
        return self._announced(entry)

    def _keep(self, entry: Entry, facts: tuple[PartFacts, ...], parts: Mapping[str, bytes]) -> None:
        large = [(f.sha256, parts[f.name]) for f in facts if f.size > rows.INLINE_LIMIT]
        try:
            self._blobs.put(large)
        except OSError as error:
            raise self._disk_failed(error) from None
        try:
            self._store.call(
                lambda connection: rows.insert(connection, entry, facts, parts), new_work=True
            )
        except StoreUnavailableError:
            self._last_sequence = None
            # The failed commit may be on the disk all the same. If so, it is a submission like any
            # other; to report failure now would make the resident submit it twice.
            if not self._store.call(lambda connection: queries.exists(connection, entry.id)):
                self._take_back(large)
                raise
        except BaseException:
            self._take_back(large)
            raise

    def _next_sequence(self) -> int:
        if self._last_sequence is None:
            self._last_sequence = self._store.call(queries.last_sequence)
        return self._last_sequence + 1

    def _disk_failed(self, error: OSError) -> StoreError:
        ours = disk_error(error, self._store.path.parent)
        if isinstance(ours, StoreFullError):
            self._store.refuse(ours.code)
        else:
            with suppress(StoreError):  # the first failure is the one to report
                self._store.distrust()
        return ours

    def _take_back(self, large: list[tuple[str, bytes]]) -> None:
        with suppress(StoreError):  # the sweep at the next start finds them
            names = [sha256 for sha256, _ in large]
            self._remove_blobs(self._store.call(lambda c: queries.unneeded(c, names)))

    # --- looking --------------------------------------------------------------------------------

    def entries(
        self, states: Collection[State] | None = None, *, after: int = 0, limit: int = -1
    ) -> list[Entry]:
        """Return submissions by sequence, from the one after ``after``; all of them with ``limit=-1``."""
        return self._store.call(lambda c: queries.select(c, states, after, limit))

    def entry(self, submission: UUID) -> Entry:
        """Return one submission."""
        return self._store.call(lambda c: queries.find(c, submission))

    def by_receipt(self, receipt: str) -> Entry:
        """Return the submission of a local receipt number, exactly as it was printed."""
        return self._store.call(lambda c: queries.by_receipt(c, receipt))

    def history(self, submission: UUID) -> list[Happening]:
        """Return what happened to a submission, oldest first; retries are counted, not listed."""
        return self._store.call(lambda c: queries.history(c, submission))

    def parts(self, submission: UUID) -> tuple[PartFacts, ...]:
        """Return name, size and hash of every part, also of purged ones."""
        return self._store.call(lambda c: queries.parts(c, submission))

    def read_part(self, submission: UUID, name: str) -> bytes:
        """Return the sealed bytes of a part, hash verified.

        Bytes that are damaged or gone quarantine the submission and raise ``PartCorruptError`` or
        ``PartMissingError``; a purged payload raises ``PartPurgedError``.
        """
        try:
            return self.peek_part(submission, name)
        except (PartCorruptError, PartMissingError) as error:
            if self.entry(submission).state in UNDELIVERED:
                self.quarantine(submission, error.code)
            raise

    def peek_part(self, submission: UUID, name: str) -> bytes:
        """Do as :meth:`read_part`, but change nothing."""
        sha256, inline = self._store.call(lambda c: queries.locate_part(c, submission, name))
        if inline is None:
            try:
                return self._blobs.read(sha256)
            except OSError as error:
                if error.errno == errno.EIO:  # the medium lost this one; the others lie elsewhere
                    raise PartCorruptError(name) from None
                raise disk_error(error, self._store.path.parent) from None
        if sha256_hex(inline) != sha256:
            raise PartCorruptError(name)
        return inline

    def counts(self) -> dict[State, int]:
        """Return how many submissions are in each state."""
        return self._store.call(queries.counts)

    def waiting(self) -> int:
        """Return how many submissions the platform has not confirmed, quarantined ones aside."""
        return self._store.call(queries.undelivered)

    def occupied(self) -> int:
        """Return how many bytes the sealed payloads take that lie here."""
        return self._store.call(queries.occupied)

    def next_due(self, now: float) -> float | None:
        """Return the wall time when a delivery may begin, ``now`` for at once; ``None`` when nothing waits."""
        return self._store.call(lambda c: queries.next_due(c, now))

    # --- delivery -------------------------------------------------------------------------------

    def claim_next(self, now: float, *, after: int = 0) -> Entry | None:
        """Take the first waiting submission that is due into ``sending``; ``None`` when there is none.

        ``after`` skips sequences up to it. Damaged rows on the way are quarantined, not returned.
        """
        return self._store.call(lambda c: queries.claim(c, now, after))

    def return_claims(self) -> None:
        """Let every ``sending`` submission wait again: a delivery ended, but its end could not be stored."""
        self._store.call(queries.return_claims)

    def record_attempt(
        self, submission: UUID, *, code: str, now: float, next_attempt_at: float | None
    ) -> Entry:
        """Write down that a delivery failed with ``code``; the submission waits again, as it did before."""
        return self._announced(
            self._store.call(
                lambda c: queries.record_attempt(c, submission, code, now, next_attempt_at)
            )
        )

    def record_receipt(self, submission: UUID, receipt: DeliveryReceipt, now: float) -> Entry:
        """Store the platform's receipt. The caller verified that it names this id and hash."""
        return self._announced(
            self._store.call(lambda c: queries.record_receipt(c, submission, receipt, now))
        )

    def record_export(self, submission: UUID, bundle: str, now: float) -> Entry:
        """Write down that a submission lies whole in a bundle. It stays in the queue until its receipt came."""
        return self._announced(
            self._store.call(lambda c: queries.record_export(c, submission, bundle, now))
        )

    def settle(self, submission: UUID, now: float) -> Entry:
        """Purge the payload of a received submission; metadata, receipt and history stay.

        Raises ``ReceiptMissingError`` without a stored receipt, ``TransitionError`` from other states.
        """
        entry, free = self._store.call(lambda c: queries.settle(c, submission, now))
        self._remove_blobs(free)
        return self._announced(entry)

    # --- setting aside, asking again ------------------------------------------------------------

    def quarantine(self, submission: UUID, code: str) -> Entry:
        """Set a submission aside with a reason; one that is aside already keeps its first reason."""
        return self._move(submission, State.QUARANTINED, code)

    def release(self, submission: UUID) -> Entry:
        """Put a quarantined submission back into the queue, due at once: a person decided so."""
        return self._move(submission, State.QUEUED, None)

    def mark(self, submission: UUID, state: State, code: str) -> Entry:
        """Write down what the platform asks: ``resend_asked`` or ``resident_must_return``.

        ``resend_asked`` needs the payload: it raises ``PartPurgedError`` when that is gone.
        """
        if state not in _MARKABLE:
            raise TransitionError(f"{state} is not the platform's to ask")
        return self._move(submission, state, code)

    def note(self, submission: UUID, code: str) -> Entry:
        """Write a line into a submission's history; its state stays as it is."""
        now = self._clock.read().wall
        return self._announced(self._store.call(lambda c: queries.note(c, submission, code, now)))

    def hurry(self, submission: UUID | None = None) -> None:
        """Make everything that waits, or one submission, due now: the link came back, or staff said so."""
        self._store.call(lambda c: queries.hurry(c, submission))

    @property
    def server_offset_s(self) -> float | None:
        """Platform time minus ours as it was last heard, in this run or an earlier one."""
        return self._server_offset_s

    @property
    def last_contact_at(self) -> float | None:
        """When the platform last answered, in its own time."""
        return self._last_contact_at

    def remember_contact(self, offset_s: float, at: float) -> None:
        """Keep how far the platform's clock is from ours, and when it said so, in its own seconds.

        The offset is written into every later submission. It comes with every heartbeat and goes to the disk
        only when it moved, or once a minute.
        """
        moved = self._server_offset_s is None or abs(offset_s - self._server_offset_s) > _MOVED_S
        self._server_offset_s, self._last_contact_at = offset_s, at
        now_s = self._clock.read().monotonic_s
        if moved or now_s - self._contact_kept_s >= _KEEP_CONTACT_S:
            self._store.call(lambda c: queries.keep_contact(c, offset_s, at))
            self._contact_kept_s = now_s

    def oldest_waiting_s(self) -> int | None:
        """Return how long the first undelivered submission has waited; ``None`` when none waits.

        In seconds of this boot where it was made in this boot; else by wall clocks, each put right by what
        was known of the platform's time then. A clock that jumped in between can make it 0, never less.
        """
        first = self.entries(UNDELIVERED, limit=1)
        if not first:
            return None
        then, now = first[0].clock, self._clock.read()
        if then.boot_id == now.boot_id:
            waited_s = now.monotonic_s - then.monotonic_s
        else:
            offset_s = self._server_offset_s or 0.0
            waited_s = now.wall + offset_s - then.wall - (then.server_offset_s or 0.0)
        return max(0, int(waited_s))

    def orphans(self) -> list[str]:
        """Return the names of blobs that no submission names; they are kept for a person to look at."""
        return self._blobs.orphans()

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call ``listener()`` after every change, on the thread that made it; it must not block."""
        self._listeners.append(listener)

    # --- inside ---------------------------------------------------------------------------------

    def _move(self, submission: UUID, state: State, code: str | None) -> Entry:
        now = self._clock.read().wall
        return self._announced(
            self._store.call(lambda c: queries.move(c, submission, state, code, now))
        )

    def _announced(self, entry: Entry) -> Entry:
        for listener in tuple(self._listeners):
            listener()
        return entry

    def _remove_blobs(self, names: Sequence[str]) -> None:
        """Remove files that no row needs; what fails now is done by the next sweep."""
        try:
            self._blobs.remove(names)
        except OSError as error:
            _log.warning("blob not removed", extra={"errno": error.errno})


def _always() -> bool:
    return True
