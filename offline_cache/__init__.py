# SPDX-License-Identifier: Apache-2.0
"""What must survive: the sealed outbox, its blobs, the sync engine, kept documents.

Knows nobody of ours. Sealing, delivery, receipt checking and numbering are handed in; manifest and parts
are opaque bytes here.
"""

from offline_cache.cache import OfflineCache
from offline_cache.errors import (
    ConflictError,
    DeliveryError,
    LaneClosedError,
    LinkDownError,
    OfflineCacheError,
    OutboxError,
    PartError,
    PoisonError,
    StoreError,
    TransientError,
    UnknownEntryError,
)
from offline_cache.export import (
    EXPORTABLE,
    STICK,
    BundleFormat,
    Exported,
    ExportError,
    Stick,
    StickDisk,
    Written,
    export,
)
from offline_cache.model import (
    ClockReading,
    DeliveryReceipt,
    Entry,
    Happening,
    PartFacts,
    Reservation,
    Sealed,
    State,
)
from offline_cache.outbox import Outbox
from offline_cache.reserve import Reserve, ReservePolicy, Space
from offline_cache.shelf import KeptDocument, Shelf
from offline_cache.store import Store
from offline_cache.sync import (
    STOPPING,
    Attempt,
    Deliver,
    Link,
    LinkState,
    OpenPart,
    Policy,
    SyncEngine,
)
from offline_cache.verify import Finding, verify

__all__ = [
    "EXPORTABLE",
    "STICK",
    "STOPPING",
    "Attempt",
    "BundleFormat",
    "ClockReading",
    "ConflictError",
    "Deliver",
    "DeliveryError",
    "DeliveryReceipt",
    "Entry",
    "ExportError",
    "Exported",
    "Finding",
    "Happening",
    "KeptDocument",
    "LaneClosedError",
    "Link",
    "LinkDownError",
    "LinkState",
    "OfflineCache",
    "OfflineCacheError",
    "OpenPart",
    "Outbox",
    "OutboxError",
    "PartError",
    "PartFacts",
    "PoisonError",
    "Policy",
    "Reservation",
    "Reserve",
    "ReservePolicy",
    "Sealed",
    "Shelf",
    "Space",
    "State",
    "Stick",
    "StickDisk",
    "Store",
    "StoreError",
    "SyncEngine",
    "TransientError",
    "UnknownEntryError",
    "Written",
    "export",
    "verify",
]
