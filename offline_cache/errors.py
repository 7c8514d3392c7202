# SPDX-License-Identifier: Apache-2.0
"""Everything that can go wrong in this room.

::

    OfflineCacheError
    ├── StoreError                  the database as a whole
    │   ├── StoreInUseError         another process holds it                      store.in_use
    │   ├── StoreFullError          no room; nothing was stored                   store.full
    │   ├── StoreTimeoutError       not done in time; nothing was stored          store.timeout
    │   ├── StoreUnavailableError   the disk failed; the store stopped accepting  store.failed
    │   ├── StoreClosedError        not started, or stopped                       store.closed
    │   ├── StoreCorruptError       it is not what we wrote                       store.corrupt
    │   └── StoreVersionError       written by newer software, or SQLite too old  store.version
    ├── OutboxError                 one submission
    │   ├── UnknownEntryError       no such id                                    outbox.unknown
    │   ├── TransitionError         the states do not allow it                    outbox.transition
    │   ├── SealedInvalidError      what ``seal`` returned cannot be kept         outbox.sealed_invalid
    │   ├── ReceiptMissingError     no verified receipt, so no purge              outbox.receipt_missing
    │   └── PartError
    │       ├── PartCorruptError    the bytes are not those that were sealed      local.part_corrupt
    │       ├── PartMissingError    the file is gone                              local.part_missing
    │       └── PartPurgedError     purged after its receipt                      local.part_purged
    └── DeliveryError               raised by the injected ``deliver``; code is the deliverer's
        ├── TransientError          try again later, this submission only
        │   └── LinkDownError       nobody answered: no other submission would fare better
        ├── LaneClosedError         this terminal is refused (401, 403): all wait
        ├── PoisonError             this submission is refused for ever
        └── ConflictError           same id stored with another hash: an alarm

``code`` is stable. No message carries personal data.
"""

from __future__ import annotations


class OfflineCacheError(Exception):
    """Base."""

    code = "offline_cache"

    def __init__(self, detail: str = "") -> None:
        self.detail = detail
        super().__init__(detail or self.code)


# --- store --------------------------------------------------------------------------------------


class StoreError(OfflineCacheError):
    """The database as a whole."""

    code = "store.failed"


class StoreInUseError(StoreError):
    """Another process (the running terminal, or a command) holds the store."""

    code = "store.in_use"


class StoreFullError(StoreError):
    """No room on the disk. The change was rolled back: nothing of it is stored."""

    code = "store.full"


class StoreTimeoutError(StoreError):
    """The store did not get to it in time. The change was withdrawn: nothing of it is stored."""

    code = "store.timeout"


class StoreUnavailableError(StoreError):
    """The disk reported an error. The store stopped accepting until it was reopened and verified."""

    code = "store.failed"


class StoreClosedError(StoreError):
    """Not started yet, or stopped already."""

    code = "store.closed"


class StoreCorruptError(StoreError):
    """The file is not what we wrote; it is left untouched for salvage."""

    code = "store.corrupt"


class StoreVersionError(StoreError):
    """The file was written by newer software, or this SQLite is too old to be trusted."""

    code = "store.version"


# --- outbox -------------------------------------------------------------------------------------


class OutboxError(OfflineCacheError):
    """One submission."""

    code = "outbox"


class UnknownEntryError(OutboxError):
    """There is no submission of that id."""

    code = "outbox.unknown"


class TransitionError(OutboxError):
    """The table of transitions does not allow this change."""

    code = "outbox.transition"


class SealedInvalidError(OutboxError):
    """What ``seal`` returned cannot be kept: hash and bytes differ, or a part has no usable name."""

    code = "outbox.sealed_invalid"


class ReceiptMissingError(OutboxError):
    """A payload is purged only after a verified receipt; there is none."""

    code = "outbox.receipt_missing"


class PartError(OutboxError):
    """One part of one submission."""

    code = "local.part"


class PartCorruptError(PartError):
    """The bytes on disk are not those that were sealed."""

    code = "local.part_corrupt"


class PartMissingError(PartError):
    """The part's file is gone."""

    code = "local.part_missing"


class PartPurgedError(PartError):
    """The part was purged after its receipt."""

    code = "local.part_purged"


# --- delivery -----------------------------------------------------------------------------------


class DeliveryError(OfflineCacheError):
    """What the injected ``deliver`` raises; ``code`` is its own stable code, e.g. ``link.refused``."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


class TransientError(DeliveryError):
    """Try this submission again later; ``retry_after_s`` is the platform's wish, ``None`` for none."""

    def __init__(self, code: str, retry_after_s: float | None = None) -> None:
        super().__init__(code)
        self.retry_after_s = retry_after_s


class LinkDownError(TransientError):
    """Nobody answered. No other submission would fare better, so the lane waits, not only this one."""


class LaneClosedError(DeliveryError):
    """The platform refuses this terminal (401, 403): everything waits, nothing is dropped."""


class PoisonError(DeliveryError):
    """The platform refuses this submission for ever: it is set aside, the others go on."""


class ConflictError(DeliveryError):
    """The platform holds the same id with another hash: it is set aside and somebody is told."""
