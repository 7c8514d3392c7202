# SPDX-License-Identifier: Apache-2.0
"""Joins the outbox, which knows no format, with the bundles that travel on a stick."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from kiosk.platform_client.enrolment import EnrolledTerminal, public_text
from kiosk.protocol.bundle import (
    ACKNOWLEDGEMENT_PURPOSE,
    BUNDLE_PURPOSE,
    INTRODUCTION,
    LIST_NAMES,
    Acknowledgement,
    BundleItem,
    BundleList,
    Refusal,
    bundle_name,
    item_name,
    looks_like_bundle,
    write_item,
)
from kiosk.protocol.envelope import Manifest, seal_part
from kiosk.protocol.messages import RECEIPT_PURPOSE, AuditPlace, EnrolRequest, PlatformReceipt
from kiosk.protocol.wire import Signed
from offline_cache import (
    DeliveryReceipt,
    Entry,
    Outbox,
    State,
    UnknownEntryError,
    Written,
)
from offline_cache.errors import PartCorruptError, TransitionError

_DELIVERED: Final = frozenset({State.RECEIVED, State.SETTLED, State.RESIDENT_MUST_RETURN})


class AcknowledgementError(ValueError):
    """An acknowledgement file cannot be used at all; one plain line, nothing was changed."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What an acknowledgement came to, by local receipt number."""

    bundle: UUID
    received: tuple[str, ...]
    known_already: tuple[str, ...]
    rejected: tuple[str, ...]
    """Receipts in the file that are not signed, or not for what lies here: one line each."""
    refused: tuple[Refusal, ...]
    """What the platform could not take; it stays in the queue."""


class SignedBundles:
    """How this terminal writes bundles. ``audit`` is where its event chain stands, if it has one."""

    def __init__(
        self, enrolled: EnrolledTerminal, now: Callable[[], float], audit: AuditPlace | None
    ) -> None:
        self._enrolled = enrolled
        self._now = now
        self._audit = audit

    def directory(self, bundle: UUID) -> str:
        """Return the name of a bundle's directory."""
        return bundle_name(self._enrolled.terminal, bundle)

    def bundle_of(self, directory: str) -> UUID | None:
        """Return the id of a bundle of this terminal."""
        start = f"hall24-{self._enrolled.terminal}-"
        if not looks_like_bundle(directory) or not directory.startswith(start):
            return None
        try:
            return UUID(directory.removeprefix(start))
        except ValueError:
            return None

    def file(self, entry: Entry) -> str:
        """Return the file name of a submission."""
        return item_name(entry.sequence, entry.id)

    def item(self, entry: Entry, read_part: Callable[[str], bytes]) -> bytes:
        """Return a submission's file. Raises ``PartError``, also for a manifest that is not readable any more."""
        try:
            named = Manifest.model_validate_json(entry.manifest).parts
        except ValueError:
            raise PartCorruptError("manifest") from None
        parts = {part.name: read_part(part.name) for part in named}
        return write_item(entry.manifest, parts, self._enrolled.private_key)

    def lists(self, bundle: UUID, written: Sequence[Written]) -> list[tuple[str, bytes]]:
        """Return the list of the bundle, twice."""
        listed = BundleList(
            bundle=bundle,
            terminal=self._enrolled.terminal,
            made_at=datetime.fromtimestamp(self._now(), UTC),
            items=tuple(
                BundleItem(
                    file=one.file,
                    size=one.size,
                    sha256=one.sha256,
                    id=one.entry.id,
                    receipt=one.entry.receipt,
                    manifest_sha256=one.entry.manifest_sha256,
                )
                for one in written
            ),
            introduction=self._introduction(bundle),
            audit=self._audit,
        )
        signed = Signed.sign(BUNDLE_PURPOSE, listed.canonical(), self._enrolled.private_key)
        return [(name, signed.canonical()) for name in LIST_NAMES]

    def _introduction(self, bundle: UUID) -> str | None:
        """Say which key is ours, sealed: who finds the stick must not be able to take our place."""
        if not self._enrolled.token:
            return None
        request = EnrolRequest(
            token=self._enrolled.token, public_key=public_text(self._enrolled.private_key)
        )
        sealed = seal_part(
            request.canonical(),
            submission=bundle,
            part=INTRODUCTION,
            key=self._enrolled.sealing_key,
        )
        return base64.b64encode(sealed).decode("ascii")


def import_acknowledgement(
    outbox: Outbox, enrolled: EnrolledTerminal, data: bytes, now: float
) -> Acknowledged:
    """Take in the platform's receipts, each as carefully as one over the wire. Twice is no harm.

    Raises :class:`AcknowledgementError` for a file that is damaged, forged or for another terminal, and
    ``StoreError``. A receipt that does not fit changes nothing and is told.
    """
    try:
        signed = Signed.model_validate_json(data)
        body = signed.verified_body(ACKNOWLEDGEMENT_PURPOSE, enrolled.signing_keys)
        told = Acknowledgement.model_validate_json(body)
    except ValueError:
        raise AcknowledgementError(
            "damaged, or not signed by this terminal's platform; nothing was changed"
        ) from None
    if told.terminal != enrolled.terminal:
        raise AcknowledgementError(f"for terminal {told.terminal}, this one is {enrolled.terminal}")
    received: list[str] = []
    known: list[str] = []
    rejected: list[str] = []
    for number, one in enumerate(told.receipts, start=1):
        try:
            entry, fresh = _take(outbox, enrolled, one, now)
        except _RejectedError as error:
            rejected.append(f"receipt {number}: {error}")
        else:
            (received if fresh else known).append(entry.receipt)
    return Acknowledged(
        told.bundle, tuple(received), tuple(known), tuple(rejected), tuple(told.refused)
    )


class _RejectedError(Exception):
    """One receipt cannot be used."""


def _take(
    outbox: Outbox, enrolled: EnrolledTerminal, signed: Signed, now: float
) -> tuple[Entry, bool]:
    try:
        body = signed.verified_body(RECEIPT_PURPOSE, enrolled.signing_keys)
        receipt = PlatformReceipt.model_validate_json(body)
    except ValueError:
        raise _RejectedError("its signature does not fit") from None
    try:
        entry = outbox.entry(receipt.id)
    except UnknownEntryError:
        raise _RejectedError("no such submission here") from None
    named = (receipt.terminal, receipt.manifest_sha256)
    if named != (enrolled.terminal, entry.manifest_sha256):
        raise _RejectedError(f"{entry.receipt}: it is for something else")
    if entry.state in _DELIVERED:
        return entry, False
    try:
        taken = DeliveryReceipt(receipt.case_number, signed.canonical())
        return outbox.record_receipt(receipt.id, taken, now), True
    except TransitionError as error:
        raise _RejectedError(f"{entry.receipt}: {error}") from None
