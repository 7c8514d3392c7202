# SPDX-License-Identifier: Apache-2.0
"""Reads everything back and says what is not as it was written. Changes nothing.

Orphans are no finding: a crash between file and row leaves them, and none was ever acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from offline_cache import rows
from offline_cache.errors import PartError, UnknownEntryError
from offline_cache.model import Entry
from offline_cache.outbox import Outbox
from offline_cache.store import Store

_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    code: str
    """``store.corrupt``, ``local.row_corrupt``, ``local.sequence_gap``, ``local.part_*``,
    ``local.receipt_corrupt``."""
    receipt: str | None = None
    """Local receipt number of the submission; ``None`` when it concerns none."""
    submission: str | None = None
    detail: str = ""


def verify(
    store: Store, outbox: Outbox, receipt_holds: Callable[[Entry], bool] = lambda _entry: True
) -> Iterator[Finding]:
    """Yield every finding: database, rows, sequence, parts, receipts. Raises a ``StoreError``.

    ``receipt_holds`` judges the platform's receipt of an entry that has one: its format is not known here.
    """
    for complaint in store.check():
        yield Finding("store.corrupt", detail=complaint)
    last = 0
    while page := outbox.entries(after=last, limit=_PAGE):
        for entry in page:
            if entry.sequence != last + 1:
                yield Finding("local.sequence_gap", detail=f"{last} → {entry.sequence}")
            last = entry.sequence
            yield from _entry(outbox, entry, receipt_holds)


def _entry(
    outbox: Outbox, entry: Entry, receipt_holds: Callable[[Entry], bool]
) -> Iterator[Finding]:
    named = (entry.receipt, str(entry.id))
    if entry.last_error == rows.ROW_CORRUPT:
        yield Finding(rows.ROW_CORRUPT, *named)
        return
    if entry.receipt_document is not None and not receipt_holds(entry):
        yield Finding("local.receipt_corrupt", *named)
    if entry.purged_at is not None:
        return
    try:
        parts = outbox.parts(entry.id)
    except UnknownEntryError:  # the row is there, the index leads elsewhere
        yield Finding(rows.ROW_CORRUPT, *named)
        return
    for part in parts:
        try:
            outbox.peek_part(entry.id, part.name)
        except PartError as error:
            yield Finding(error.code, *named, detail=part.name)
