# SPDX-License-Identifier: Apache-2.0
"""The platform changes its keys while submissions wait: nothing is lost, nothing is trusted that should not be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner
from uuid_utils.compat import uuid7

from central_platform.cli import app
from central_platform.keys import load_or_create_keys, make_recovery_key, rotate
from central_platform.listing import listed_submissions
from central_platform.testing import RunningPlatform, running_platform
from kiosk.platform_client.enrolment import EnrolledTerminal, enrol, load_enrolment
from kiosk.platform_client.port import AnswerInvalidError, RefusedError
from kiosk.platform_client.v1 import PlatformV1
from kiosk.protocol.envelope import (
    ClockFacts,
    EnvelopeError,
    Payload,
    PlainAttachment,
    SealedSubmission,
    UnknownRecipientError,
    open_part,
    open_submission,
    recipient_id,
    seal_part,
    seal_submission,
)
from kiosk.protocol.key_list import KEYS_PURPOSE, KeyList, SignedKeyList
from kiosk.protocol.wire import SignatureInvalidError, Signed

PART = UUID("01920000-0000-7000-8000-000000000001")


class Place:
    """A platform's data directory that is served, changed and served again, and one terminal of it."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "platform"
        self.home = folder / "terminal"
        with running_platform(self.data) as running:
            self.enrolled = enrol(running.url, running.enrolment_token(), self.home)

    @contextmanager
    def served(self) -> Iterator[tuple[RunningPlatform, PlatformV1]]:
        with running_platform(self.data) as running:
            client = PlatformV1(self.enrolled, running.url)
            try:
                yield running, client
            finally:
                client.close()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def seal(enrolled: EnrolledTerminal) -> SealedSubmission:
    return seal_submission(
        submission=uuid7(),
        terminal=enrolled.terminal,
        sequence=1,
        receipt="L000001",
        kind="application",
        item="old-age-allowance",
        item_version="1",
        clock=ClockFacts(wall=datetime.now(UTC), monotonic_s=1.0, boot_id="boot"),
        payload=Payload(form={"answer": 42}),
        attachments=[PlainAttachment("a.bin", "application/octet-stream", bytes(1_000))],
        key=enrolled.sealing_key,
        recovery=enrolled.recovery_key,
    )


def deliver(client: PlatformV1, sealed: SealedSubmission) -> Signed:
    return client.deliver(sealed.manifest, sealed.parts.__getitem__, lambda *_: None)


def test_both_keys_change_twice_while_submissions_wait(place: Place) -> None:
    queued = [seal(place.enrolled)]
    first = place.enrolled.sealing_key.public_bytes_raw()
    for _ in range(2):
        rotate(place.data, "sealing")
        rotate(place.data, "signing")
    held = load_or_create_keys(place.data)
    with place.served() as (running, client):
        receipt = deliver(client, queued[0])  # sealed to a key of two changes ago
        assert receipt.key_id == held.audience  # signed with one that was not known before
        now = place.enrolled.sealing_key.public_bytes_raw()
        assert now == held.sealing[0].public_key().public_bytes_raw() != first
        later = seal(place.enrolled)
        assert later.manifest.key_id == recipient_id(held.sealing[0].public_key()).hex()
        deliver(client, later)
        assert deliver(client, queued[0]) == receipt
        assert len(listed_submissions(running.context.database)) == 2
    again = load_enrolment(place.home)
    assert again.sealing_key.public_bytes_raw() == now
    assert set(again.signing_keys) == set(held.audiences)


def test_a_new_key_is_learnt_without_a_restart_of_the_terminal(
    place: Place,
) -> None:
    with place.served() as (_, client):
        assert client.refresh_keys()  # enrolment gave keys, this is the first list
    assert place.enrolled.trusted.now.version == 1
    rotate(place.data, "sealing")
    with place.served() as (_, client):
        assert client.refresh_keys()
        assert not client.refresh_keys()  # the same list again is no news
    assert place.enrolled.trusted.now.version == 2


def test_a_revoked_signing_key_is_trusted_no_more_and_its_receipts_are_signed_afresh(
    place: Place,
) -> None:
    sealed = seal(place.enrolled)
    with place.served() as (_, client):
        first = deliver(client, sealed)
    rotate(place.data, "signing")
    with place.served() as (_, client):
        client.refresh_keys()
    keys = place.data / "keys"
    (keys / "signing-0001.pem").rename(keys / "signing-0001.revoked")
    with place.served() as (running, client):
        assert client.refresh_keys()
        assert set(place.enrolled.signing_keys) == load_or_create_keys(place.data).audiences
        again = deliver(client, sealed)
        assert again.key_id != first.key_id
        assert again.raw_body() == first.raw_body()
        assert len(listed_submissions(running.context.database)) == 1


def test_an_older_list_and_a_list_of_strangers_are_refused(place: Place) -> None:
    with place.served() as (running, client):
        client.refresh_keys()
        old = SignedKeyList.model_validate(
            requests.get(f"{running.url}/v1/keys", timeout=60).json()
        )
    rotate(place.data, "sealing")
    with place.served() as (_, client):
        client.refresh_keys()
    newest = place.enrolled.sealing_key.public_bytes_raw()
    assert not place.enrolled.trusted.learn(old)
    stranger = Ed25519PrivateKey.generate()
    told = KeyList.model_validate_json(old.signed[0].raw_body()).model_copy(update={"version": 99})
    forged = SignedKeyList(signed=(Signed.sign(KEYS_PURPOSE, told.canonical(), stranger),))
    with pytest.raises(SignatureInvalidError):
        place.enrolled.trusted.learn(forged)
    named = forged.signed[0].model_copy(update={"key_id": old.signed[0].key_id})
    with pytest.raises(SignatureInvalidError):
        place.enrolled.trusted.learn(SignedKeyList(signed=(named,)))
    assert place.enrolled.sealing_key.public_bytes_raw() == newest


def test_a_platform_with_other_keys_altogether_is_not_ours(place: Place, tmp_path: Path) -> None:
    with running_platform(tmp_path / "other") as other:
        client = PlatformV1(place.enrolled, other.url)
        try:
            with pytest.raises(AnswerInvalidError) as refused:
                client.refresh_keys()
        finally:
            client.close()
    assert refused.value.code == "platform.signature"


def test_a_change_that_was_cut_leaves_the_old_key_and_the_version(place: Place) -> None:
    before = load_or_create_keys(place.data)
    keys = place.data / "keys"
    (keys / "sealing-0001.pem").hardlink_to(keys / "sealing.pem")  # and then the power failed
    after = load_or_create_keys(place.data)
    assert (len(after.sealing), after.version) == (1, before.version)
    rotate(place.data, "sealing")
    whole = load_or_create_keys(place.data)
    assert (len(whole.sealing), whole.version) == (2, before.version + 1)


@pytest.mark.expected_logs("alarm submission.key_unknown")
def test_a_lost_platform_key_sets_aside_and_the_recovery_key_brings_everything_back(
    place: Place, tmp_path: Path
) -> None:
    offline = tmp_path / "offline.pem"
    make_recovery_key(place.data, offline)
    with place.served() as (_, client):
        client.refresh_keys()
    assert place.enrolled.recovery_key is not None
    sealed = seal(place.enrolled)
    sealing = place.data / "keys" / "sealing.pem"
    sealing.write_bytes(
        X25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    with place.served() as (running, client):
        with pytest.raises(RefusedError) as refused:
            deliver(client, sealed)
        assert refused.value.code == "submission.key_unknown"
        assert listed_submissions(running.context.database) == []
    (place.data / "keys" / "sealing-9000.pem").write_bytes(offline.read_bytes())
    with place.served() as (running, client):
        deliver(client, sealed)
        assert len(listed_submissions(running.context.database)) == 1


def test_there_is_one_recovery_key_and_it_is_not_kept_at_the_platform(
    place: Place, tmp_path: Path
) -> None:
    make_recovery_key(place.data, tmp_path / "a.pem")
    private = (tmp_path / "a.pem").read_bytes()
    assert all(path.read_bytes() != private for path in (place.data / "keys").iterdir())
    with pytest.raises(FileExistsError):
        make_recovery_key(place.data, tmp_path / "b.pem")


# --- the envelope's second version --------------------------------------------------------------

OURS, RECOVERY, OTHER = (X25519PrivateKey.generate() for _ in range(3))
SEALED = seal_part(
    b"secret", submission=PART, part="a1", key=OURS.public_key(), recovery=RECOVERY.public_key()
)


@pytest.mark.parametrize("keys", [[OURS], [RECOVERY], [OTHER, RECOVERY], [OURS, RECOVERY]])
def test_either_recipient_opens(keys: list[X25519PrivateKey]) -> None:
    assert open_part(SEALED, submission=PART, part="a1", keys=keys) == b"secret"


def test_nobody_else_opens_and_it_cannot_be_moved() -> None:
    with pytest.raises(UnknownRecipientError):
        open_part(SEALED, submission=PART, part="a1", keys=[OTHER])
    for moved in ({"submission": UUID(int=1), "part": "a1"}, {"submission": PART, "part": "a2"}):
        with pytest.raises(EnvelopeError):
            open_part(SEALED, keys=[OURS], **moved)  # type: ignore[arg-type]  # two shapes of one call


@given(at=st.integers(0, len(SEALED) - 1), bit=st.integers(0, 7))
def test_no_bit_of_it_changes_unnoticed(at: int, bit: int) -> None:
    changed = bytearray(SEALED)
    changed[at] ^= 1 << bit
    with pytest.raises(EnvelopeError):
        open_part(bytes(changed), submission=PART, part="a1", keys=[OURS])


@given(end=st.integers(0, len(SEALED) - 1))
def test_no_part_of_it_opens(end: int) -> None:
    with pytest.raises(EnvelopeError):
        open_part(SEALED[:end], submission=PART, part="a1", keys=[OURS, RECOVERY])


def test_the_first_version_still_opens_beside_the_second() -> None:
    class Known:
        terminal = "T-1"
        sealing_key = OURS.public_key()
        recovery_key: Any = None

    first = seal(Known())  # type: ignore[arg-type]  # all that sealing needs
    assert all(part[4] == 1 for part in first.parts.values())
    assert open_submission(first.manifest, first.parts, [OURS])[0].form == {"answer": 42}
    Known.recovery_key = RECOVERY.public_key()
    second = seal(Known())  # type: ignore[arg-type]  # all that sealing needs
    assert all(part[4] == 2 for part in second.parts.values())
    for key in (OURS, RECOVERY):
        assert open_submission(second.manifest, second.parts, [key])[0].form == {"answer": 42}


def test_the_commands_make_keys_and_say_so_in_one_line(place: Place, tmp_path: Path) -> None:
    run = CliRunner()
    at = ["--data-dir", str(place.data)]
    assert run.invoke(app, ["rotate-key", "sealing", *at]).exit_code == 0
    assert run.invoke(app, ["rotate-key", "signing", *at]).exit_code == 0
    assert run.invoke(app, ["rotate-key", "nothing", *at]).exit_code == 2
    assert run.invoke(app, ["recovery-key", str(tmp_path / "r.pem"), *at]).exit_code == 0
    refused = run.invoke(app, ["recovery-key", str(tmp_path / "r2.pem"), *at])
    assert (refused.exit_code, "already" in refused.output) == (1, True)
    held = load_or_create_keys(place.data)
    assert (len(held.sealing), len(held.all_signing), held.version) == (2, 2, 4)
