# SPDX-License-Identifier: Apache-2.0
"""Joins the outbox, which knows neither format nor platform, with the envelope and the platform client."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.platform_client.enrolment import EnrolledTerminal
from kiosk.platform_client.port import (
    AnswerInvalidError,
    BusyError,
    ConflictError,
    LinkError,
    Platform,
    PlatformError,
    RefusedError,
    UnauthorizedError,
)
from kiosk.protocol.envelope import (
    ClockFacts,
    Kind,
    Manifest,
    Payload,
    PlainAttachment,
    seal_submission,
)
from kiosk.protocol.messages import RECEIPT_PURPOSE, PlatformReceipt
from kiosk.protocol.wire import Signed
from offline_cache import errors
from offline_cache.model import ClockReading, DeliveryReceipt, Entry, Reservation, Sealed
from offline_cache.sync import Deliver, OpenPart

_PASSING: Final = frozenset({"file.checksum", "file.unknown", "file.offset"})
"""Refusals of one upload, not of the submission: bytes damaged on the way, an upload that expired."""

_NO_REASON: Final = "platform.http_"
"""A refusal without a reason of the protocol, such as a route missing over there: it speaks of no submission,
and must not set the whole queue aside."""
_CLOSED: Final = frozenset({"platform.http_403"})
_WORDS: Final[tuple[tuple[type[PlatformError], type[errors.DeliveryError]], ...]] = (
    (LinkError, errors.LinkDownError),
    (UnauthorizedError, errors.LaneClosedError),
    (ConflictError, errors.ConflictError),
    (RefusedError, errors.PoisonError),
)
"""The first that fits; what fits none is tried again."""

Seal = Callable[[Reservation], Sealed]


class SealFor(Protocol):
    """Prepares the sealing of one submission; nothing is sealed before its number is reserved."""

    def __call__(
        self,
        *,
        kind: Kind,
        item: str,
        item_version: str,
        payload: Payload,
        attachments: Sequence[PlainAttachment],
    ) -> Seal:
        """Return what ``Outbox.finalize`` calls."""


def seal_for(enrolled: EnrolledTerminal) -> SealFor:
    """Return how this terminal seals: to the key of the platform it is enrolled at."""

    def prepare(
        *,
        kind: Kind,
        item: str,
        item_version: str,
        payload: Payload,
        attachments: Sequence[PlainAttachment],
    ) -> Seal:
        def seal(reservation: Reservation) -> Sealed:
            sealed = seal_submission(
                submission=reservation.id,
                terminal=enrolled.terminal,
                sequence=reservation.sequence,
                receipt=reservation.receipt,
                kind=kind,
                item=item,
                item_version=item_version,
                clock=_facts(reservation.clock),
                payload=payload,
                attachments=attachments,
                key=enrolled.sealing_key,
                recovery=enrolled.recovery_key,
            )
            return Sealed(sealed.manifest.canonical(), sealed.manifest.sha256, sealed.parts)

        return seal

    return prepare


def make_deliverer(
    platform: Platform, on_progress: Callable[[Entry, int, int], None] | None = None
) -> Deliver:
    """Return the ``deliver`` that a sync engine calls: ``platform``'s, with its errors in the outbox's words.

    ``on_progress(entry, bytes_done, bytes_total)`` is called on the sync thread.
    """

    def deliver(entry: Entry, open_part: OpenPart) -> DeliveryReceipt:
        manifest = _manifest(entry)
        try:
            signed = platform.deliver(
                manifest,
                open_part,
                lambda done, total: on_progress(entry, done, total) if on_progress else None,
            )
            receipt = _receipt(signed, manifest)
        except PlatformError as error:
            raise _in_our_words(error) from None
        return DeliveryReceipt(receipt.case_number, signed.canonical())

    return deliver


def receipt_of(entry: Entry) -> PlatformReceipt | None:
    """Return the platform's receipt of a delivered submission; it was verified before it was stored.

    ``None`` while there is none, or when the stored document is damaged.
    """
    if entry.receipt_document is None:
        return None
    try:
        signed = Signed.model_validate_json(entry.receipt_document)
        return PlatformReceipt.model_validate_json(signed.raw_body())
    except ValueError:
        return None


def receipt_holds(entry: Entry, keys: dict[str, Ed25519PublicKey]) -> bool:
    """Tell whether the stored receipt is still what the platform signed for this very submission.

    One signed with a key of an earlier enrolment cannot be judged any more and passes.
    """
    try:
        signed = Signed.model_validate_json(entry.receipt_document or b"")
        if signed.key_id not in keys:
            return True
        body = signed.verified_body(RECEIPT_PURPOSE, keys)
        receipt = PlatformReceipt.model_validate_json(body)
    except ValueError:
        return False
    told = (receipt.id, receipt.manifest_sha256, receipt.case_number)
    return told == (entry.id, entry.manifest_sha256, entry.case_number)


def _facts(clock: ClockReading) -> ClockFacts:
    return ClockFacts(
        wall=datetime.fromtimestamp(clock.wall, UTC),
        monotonic_s=clock.monotonic_s,
        boot_id=clock.boot_id,
        server_offset_s=clock.server_offset_s,
    )


def _manifest(entry: Entry) -> Manifest:
    """Read the manifest back; what is sent must hash to what was stored."""
    try:
        manifest = Manifest.model_validate_json(entry.manifest)
    except ValueError:
        raise errors.PoisonError("local.manifest") from None
    if manifest.id != entry.id or manifest.sha256 != entry.manifest_sha256:
        raise errors.PoisonError("local.manifest")
    return manifest


def _receipt(signed: Signed, manifest: Manifest) -> PlatformReceipt:
    """Look once more whether the receipt, whose signature the port verified, is this submission's."""
    try:
        receipt = PlatformReceipt.model_validate_json(signed.raw_body())
    except ValueError:
        raise AnswerInvalidError("platform.answer_invalid", "not a receipt") from None
    named = (signed.purpose, receipt.id, receipt.terminal, receipt.manifest_sha256)
    if named != (RECEIPT_PURPOSE, manifest.id, manifest.terminal, manifest.sha256):
        raise AnswerInvalidError("platform.answer_invalid", "receipt of something else")
    return receipt


def _in_our_words(error: PlatformError) -> errors.DeliveryError:
    if isinstance(error, BusyError):
        return errors.TransientError(error.code, error.retry_after_s)
    if error.code in _CLOSED:
        return errors.LaneClosedError(error.code)
    if error.code in _PASSING or error.code.startswith(_NO_REASON):
        return errors.TransientError(error.code)
    for theirs, ours in _WORDS:
        if isinstance(error, theirs):
            return ours(error.code)
    if error.code == "submission.part_damaged":
        return errors.PoisonError(error.code)
    return errors.TransientError(error.code)
