# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kiosk.platform_client.delivery import make_deliverer, receipt_of, seal_for
from kiosk.platform_client.port import (
    AnswerInvalidError,
    BusyError,
    ConflictError,
    LinkError,
    PlatformError,
    RefusedError,
    UnauthorizedError,
)
from kiosk.protocol.envelope import Manifest, Payload, PlainAttachment, open_submission
from kiosk.protocol.messages import RECEIPT_PURPOSE, PlatformReceipt
from kiosk.protocol.wire import Signed
from offline_cache import ClockReading, Entry, Reservation, Sealed, State, errors

ID = UUID("01920000-0000-7000-8000-000000000001")
SIGNING = Ed25519PrivateKey.generate()
SEALING = X25519PrivateKey.generate()


def reservation() -> Reservation:
    clock = ClockReading(wall=1_700_000_000.25, monotonic_s=3.5, boot_id="b", server_offset_s=-2.0)
    return Reservation(ID, 7, "1121-0001-0007-1", "application", "old-age-allowance", clock)


def sealed() -> Sealed:
    enrolled: Any = SimpleNamespace(
        terminal="T-0001", sealing_key=SEALING.public_key(), recovery_key=None
    )
    seal = seal_for(enrolled)(
        kind="application",
        item="old-age-allowance",
        item_version="3",
        payload=Payload(form={"n": 1}),
        attachments=(PlainAttachment("a.png", "image/png", b"picture"),),
    )
    return seal(reservation())


def entry(of: Sealed, **changes: Any) -> Entry:
    facts: dict[str, Any] = {
        "id": ID,
        "sequence": 7,
        "kind": "application",
        "item": "old-age-allowance",
        "receipt": "1121-0001-0007-1",
        "state": State.SENDING,
        "manifest": of.manifest,
        "manifest_sha256": of.manifest_sha256,
        "size": 1,
        "clock": reservation().clock,
    }
    return Entry(**{**facts, **changes})


def receipt(manifest: Manifest, **changes: Any) -> Signed:
    facts: dict[str, Any] = {
        "id": manifest.id,
        "terminal": manifest.terminal,
        "manifest_sha256": manifest.sha256,
        "case_number": "CASE-1",
        "received_at": datetime(2026, 11, 21, tzinfo=UTC),
    }
    document = PlatformReceipt(**{**facts, **changes})
    return Signed.sign(RECEIPT_PURPOSE, document.canonical(), SIGNING)


def deliverer(answer: Callable[[Manifest, Any], Signed], **options: Any) -> Any:
    def deliver(manifest: Manifest, open_part: Any, on_progress: Any) -> Signed:
        on_progress(1, 2)
        return answer(manifest, open_part)

    return make_deliverer(SimpleNamespace(deliver=deliver), **options)  # type: ignore[arg-type]  # deliver is all that is used


def never(_name: str) -> bytes:
    raise AssertionError


def test_what_is_sealed_opens_at_the_platform_and_carries_every_fact() -> None:
    made = sealed()
    manifest = Manifest.model_validate_json(made.manifest)
    assert manifest.sha256 == made.manifest_sha256
    assert (manifest.id, manifest.sequence, manifest.receipt) == (ID, 7, "1121-0001-0007-1")
    assert (manifest.item, manifest.item_version, manifest.terminal) == (
        "old-age-allowance",
        "3",
        "T-0001",
    )
    assert manifest.clock.wall.timestamp() == 1_700_000_000.25
    assert (manifest.clock.boot_id, manifest.clock.server_offset_s) == ("b", -2.0)
    payload, plain = open_submission(manifest, made.parts, [SEALING])
    assert payload.form == {"n": 1}
    assert plain == {"a1": b"picture"}


def test_a_verified_receipt_comes_back_with_its_number_and_document() -> None:
    made = sealed()
    seen: list[tuple[int, int]] = []

    def answer(manifest: Manifest, open_part: Any) -> Signed:
        assert {p.name: open_part(p.name) for p in manifest.parts} == dict(made.parts)
        return receipt(manifest)

    deliver = deliverer(answer, on_progress=lambda _entry, done, total: seen.append((done, total)))
    got = deliver(entry(made), made.parts.__getitem__)
    assert got.case_number == "CASE-1"
    assert seen == [(1, 2)]
    kept = receipt_of(entry(made, receipt_document=got.document))
    assert kept is not None
    assert kept.case_number == "CASE-1"
    assert receipt_of(entry(made)) is None
    assert receipt_of(entry(made, receipt_document=b"damaged")) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"id": UUID(int=5)},
        {"terminal": "T-0002"},
        {"manifest_sha256": "0" * 64},
    ],
)
def test_a_receipt_of_something_else_is_no_receipt(changes: dict[str, Any]) -> None:
    deliver = deliverer(lambda manifest, _open: receipt(manifest, **changes))
    with pytest.raises(errors.TransientError, match=r"platform\.answer_invalid"):
        deliver(entry(sealed()), never)


def test_a_signed_document_of_another_purpose_is_no_receipt() -> None:
    def answer(manifest: Manifest, _open: Any) -> Signed:
        return Signed.sign("hall24.catalogue/1", receipt(manifest).raw_body(), SIGNING)

    with pytest.raises(errors.TransientError):
        deliverer(answer)(entry(sealed()), never)


@pytest.mark.parametrize(
    ("theirs", "ours", "code"),
    [
        (LinkError("link.captive"), errors.LinkDownError, "link.captive"),
        (BusyError(30.0), errors.TransientError, "platform.busy"),
        (UnauthorizedError("platform.unauthorized"), errors.LaneClosedError, None),
        (ConflictError("submission.other_hash"), errors.ConflictError, None),
        (RefusedError("submission.unopenable"), errors.PoisonError, None),
        (RefusedError("file.too_long"), errors.PoisonError, None),
        (RefusedError("file.checksum"), errors.TransientError, None),
        (RefusedError("file.unknown"), errors.TransientError, None),
        (RefusedError("platform.http_403"), errors.LaneClosedError, None),
        (RefusedError("platform.http_404"), errors.TransientError, None),
        (AnswerInvalidError("platform.answer_invalid"), errors.TransientError, None),
        (AnswerInvalidError("submission.part_damaged"), errors.PoisonError, None),
        (PlatformError("something.new"), errors.TransientError, None),
    ],
)
def test_every_error_of_the_port_has_one_meaning_for_the_outbox(
    theirs: PlatformError, ours: type[errors.DeliveryError], code: str | None
) -> None:
    def answer(_manifest: Manifest, _open: Any) -> Signed:
        raise theirs

    with pytest.raises(errors.DeliveryError) as caught:
        deliverer(answer)(entry(sealed()), never)
    assert type(caught.value) is ours
    assert caught.value.code == (code or theirs.code)
    if isinstance(theirs, BusyError):
        assert isinstance(caught.value, errors.TransientError)
        assert caught.value.retry_after_s == 30.0


@pytest.mark.parametrize(
    "changes", [{"manifest": b"{}"}, {"manifest_sha256": "0" * 64}, {"id": UUID(int=9)}]
)
def test_a_manifest_that_is_not_what_was_stored_is_never_sent(changes: dict[str, Any]) -> None:
    deliver = deliverer(lambda manifest, _open: receipt(manifest))
    with pytest.raises(errors.PoisonError, match=r"local\.manifest"):
        deliver(entry(sealed(), **changes), never)
