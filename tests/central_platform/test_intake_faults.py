# SPDX-License-Identifier: Apache-2.0
"""One id, one record, for ever: twins, other hashes, damaged and foreign parts."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import func, select

from central_platform.api.access import access_token
from central_platform.api.files import upload_id
from central_platform.intake import sweep_uploads
from central_platform.listing import listed_submissions
from central_platform.storage.base import Base
from central_platform.storage.models import Alarm, Case, Submission, Upload
from kiosk.platform_client.port import ConflictError, RefusedError
from kiosk.platform_client.v1 import PlatformV1
from kiosk.protocol.envelope import Payload, PlainAttachment, SealedSubmission
from kiosk.protocol.wire import Signed, sha256_hex

TWINS = 16


def count(desk: Any, table: type[Base]) -> int:
    with desk.running.context.database.read() as session:
        return session.scalar(select(func.count()).select_from(table))


def put(desk: Any, sealed: SealedSubmission) -> requests.Response:
    token = access_token(desk.running.context, desk.enrolled.terminal)
    return requests.put(
        f"{desk.running.url}/v1/submissions/{sealed.manifest.id}",
        data=sealed.manifest.canonical(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        timeout=30,
    )


def upload_everything(desk: Any, sealed: SealedSubmission) -> None:
    context = desk.running.context
    for part in sealed.manifest.parts:
        name = upload_id(
            desk.enrolled.terminal, sealed.manifest.id, part.name, part.size, part.sha256
        )
        context.parts.create(name)
        context.parts.append(name, 0, sealed.parts[part.name])


def test_sixteen_parallel_twins_become_one_record_with_one_receipt(desk: Any) -> None:
    sealed = desk.seal(attachments=(PlainAttachment("a.bin", "x/y", bytes(50_000)),))
    upload_everything(desk, sealed)
    with ThreadPoolExecutor(TWINS) as pool:
        answers = list(pool.map(lambda _: put(desk, sealed), range(TWINS)))
    assert [answer.status_code for answer in answers] == [200] * TWINS
    assert len({answer.content for answer in answers}) == 1
    assert (count(desk, Submission), count(desk, Case)) == (1, 1)


def test_sixteen_parallel_deliveries_become_one_record(desk: Any) -> None:
    sealed = desk.seal(attachments=(PlainAttachment("a.bin", "x/y", bytes(300_000)),))
    clients = [
        PlatformV1(desk.enrolled, wall=lambda: desk.clock().timestamp()) for _ in range(TWINS)
    ]

    def deliver(client: PlatformV1) -> Signed:
        try:
            return client.deliver(sealed.manifest, sealed.parts.__getitem__, lambda *_: None)
        finally:
            client.close()

    with ThreadPoolExecutor(TWINS) as pool:
        futures = [pool.submit(deliver, client) for client in clients]
    receipts = [future.result() for future in futures if future.exception() is None]
    # Twins that stop each other's uploads may have to come again; nobody may get another receipt.
    assert receipts
    assert len({receipt.body for receipt in receipts}) == 1
    assert desk.deliver(sealed).body == receipts[0].body
    assert count(desk, Submission) == 1


def test_a_repetition_gets_the_same_receipt_byte_for_byte(desk: Any, hall_clock: Any) -> None:
    sealed = desk.seal()
    first = desk.deliver(sealed)
    hall_clock.go(days=400)
    assert desk.deliver(sealed) == first
    assert count(desk, Submission) == 1


def test_the_same_id_with_another_hash_is_refused_alarmed_and_overwrites_nothing(
    desk: Any, expected_logs: Any
) -> None:
    expected_logs("alarm submission.other_hash")
    sealed = desk.seal(payload=Payload(form={"first": True}))
    desk.deliver(sealed)
    before = listed_submissions(desk.running.context.database)
    other = desk.seal(payload=Payload(form={"second": True}), submission=sealed.manifest.id)
    with pytest.raises(ConflictError) as refused:
        desk.deliver(other)
    assert refused.value.code == "submission.other_hash"
    assert listed_submissions(desk.running.context.database) == before
    with desk.running.context.database.read() as session:
        (alarm,) = session.scalars(select(Alarm)).all()
    assert (alarm.code, alarm.submission) == ("submission.other_hash", sealed.manifest.id)


def test_missing_parts_are_named(desk: Any) -> None:
    sealed = desk.seal(attachments=(PlainAttachment("a.bin", "x/y", b"1"),))
    answer = put(desk, sealed)
    assert answer.status_code == 424
    assert answer.json()["missing"] == ["payload", "a1"]
    assert count(desk, Submission) == 0


def test_a_part_damaged_on_the_platforms_disk_is_asked_for_again(desk: Any) -> None:
    sealed = desk.seal()
    upload_everything(desk, sealed)
    (name,) = desk.running.context.parts.uploads()
    desk.running.context.parts.append(name, 60, b"\x00\x00")
    assert put(desk, sealed).json()["missing"] == ["payload"]
    desk.deliver(sealed)
    assert count(desk, Submission) == 1


def test_what_is_sealed_to_another_key_is_refused_for_good_and_alarmed(
    desk: Any, expected_logs: Any
) -> None:
    expected_logs("alarm submission.key_unknown")
    strange_key = X25519PrivateKey.generate().public_key()
    foreign = SimpleNamespace(
        terminal=desk.enrolled.terminal, sealing_key=strange_key, recovery_key=None
    )
    stranger = replace(desk, enrolled=foreign)
    with pytest.raises(RefusedError) as refused:
        desk.deliver(stranger.seal())
    assert refused.value.code == "submission.key_unknown"
    assert count(desk, Submission) == 0
    assert count(desk, Alarm) == 1


def test_a_part_sealed_for_another_submission_cannot_be_moved_here(
    desk: Any, expected_logs: Any
) -> None:
    expected_logs("alarm submission.unopenable")
    one, other = desk.seal(), desk.seal()
    moved = one.manifest.model_copy(update={"id": other.manifest.id})
    with pytest.raises(RefusedError) as refused:
        desk.client.deliver(moved, one.parts.__getitem__, lambda *_: None)
    assert refused.value.code == "submission.unopenable"


def test_a_manifest_of_somebody_else_is_refused(desk: Any) -> None:
    sealed = desk.seal()
    token = access_token(desk.running.context, desk.enrolled.terminal)
    for change, code in (
        ({"terminal": "T360702-OTHER"}, "submission.other_terminal"),
        ({"id": UUID(int=7)}, "submission.other_id"),
    ):
        answer = requests.put(
            f"{desk.running.url}/v1/submissions/{sealed.manifest.id}",
            data=sealed.manifest.model_copy(update=change).canonical(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            timeout=60,
        )
        assert answer.json()["code"] == code


def test_an_unknown_submission_is_unknown(desk: Any) -> None:
    with pytest.raises(RefusedError) as refused:
        desk.client.case(uuid4())
    assert refused.value.code == "submission.unknown"


def test_left_over_uploads_are_swept_at_start(desk: Any) -> None:
    sealed = desk.seal()
    desk.deliver(sealed)
    context = desk.running.context
    part = sealed.manifest.parts[0]
    name = upload_id(desk.enrolled.terminal, sealed.manifest.id, part.name, part.size, part.sha256)
    context.parts.create(name)
    with context.database.write() as session:
        session.add(
            Upload(
                id=name,
                terminal=desk.enrolled.terminal,
                submission=sealed.manifest.id,
                part=part.name,
                size=part.size,
                sha256=part.sha256,
                created_at=context.now(),
            )
        )
    context.parts.create("0" * 40)
    assert sweep_uploads(context) == 0  # too fresh: another worker may be about to name it
    assert sweep_uploads(context, idle_s=0.0) == 2
    assert context.parts.uploads() == []
    assert count(desk, Upload) == 0


def test_a_body_longer_than_announced_and_a_wrong_hash_are_refused(desk: Any) -> None:
    url = f"{desk.running.url}/v1/files"
    token = access_token(desk.running.context, desk.enrolled.terminal)
    sha = sha256_hex(b"right")

    def create(body: bytes) -> requests.Response:
        values = {"submission": str(uuid4()), "part": "payload", "sha256": sha}
        metadata = ",".join(
            f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items()
        )
        return requests.post(
            url,
            data=body,
            headers={
                "Authorization": f"Bearer {token}",
                "Tus-Resumable": "1.0.0",
                "Upload-Length": "5",
                "Upload-Metadata": metadata,
                "Content-Type": "application/offset+octet-stream",
            },
            timeout=60,
        )

    assert create(b"right").headers["Upload-Offset"] == "5"
    assert create(b"wrong").status_code == 460
    assert create(b"right and more").status_code == 413
    options = requests.options(url, timeout=60)
    assert options.headers["Tus-Version"] == "1.0.0"
    assert options.headers["Tus-Extension"] == "creation,creation-with-upload"
