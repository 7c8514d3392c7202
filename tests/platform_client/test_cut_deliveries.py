# SPDX-License-Identifier: Apache-2.0
"""Deliveries over a line that breaks: nothing twice, nothing lost, little sent again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central_platform.listing import listed_submissions
from kiosk.platform_client.port import AnswerInvalidError, LinkError, RefusedError
from kiosk.protocol.wire import sha256_hex

CHUNK = 64 * 1024


def records(platform: Any) -> list[dict[str, Any]]:
    return listed_submissions(platform.context.database)


def deliver_until_done(client: Any, sealed: Any, cuts: int) -> Any:
    for _ in range(cuts + 1):
        try:
            return client.deliver(sealed.manifest, sealed.parts.__getitem__, lambda *_: None)
        except LinkError:
            continue
    pytest.fail("not delivered although the line is whole again")


def test_progress_grows_and_ends_complete(client: Any, seal: Any) -> None:
    sealed = seal(200_000, 10)
    seen: list[tuple[int, int]] = []
    client.deliver(
        sealed.manifest, sealed.parts.__getitem__, lambda done, total: seen.append((done, total))
    )
    total = sum(part.size for part in sealed.manifest.parts)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (total, total)


def test_an_upload_cut_in_the_middle_goes_on_where_it_stopped(
    client: Any, line: Any, platform: Any, seal: Any
) -> None:
    sealed = seal(600_000)
    line.cut_patches = [None, None, 40_000]
    deliver_until_done(client, sealed, 1)
    assert len(records(platform)) == 1
    assert b"HEAD" in line.requests
    part = sealed.manifest.parts[1]
    # Heads of some ten requests, and at most one chunk again.
    assert line.patched <= part.size + CHUNK + 10_000


def test_an_upload_cut_at_every_chunk_still_arrives_and_resends_at_most_a_chunk_a_cut(
    client: Any, line: Any, platform: Any, seal: Any
) -> None:
    sealed = seal(400_000)
    line.cut_patches = [30_000, None] * 8
    deliver_until_done(client, sealed, 8)
    assert len(records(platform)) == 1
    assert line.patched <= sealed.manifest.parts[1].size + 8 * CHUNK


def test_without_progress_the_pause_is_left_to_the_caller(
    client: Any, line: Any, seal: Any
) -> None:
    sealed = seal(200_000)
    line.cut_patches = [0] * 5
    with pytest.raises(LinkError) as error:
        client.deliver(sealed.manifest, sealed.parts.__getitem__, lambda *_: None)
    assert error.value.code == "link.cut"
    assert len(line.cut_patches) == 4


def test_an_answer_cut_after_the_commit_gives_the_same_receipt_on_retry(
    client: Any, line: Any, platform: Any, seal: Any
) -> None:
    sealed = seal(1000)
    line.cut_answers = [b"PUT"]
    with pytest.raises(LinkError) as error:
        client.deliver(sealed.manifest, sealed.parts.__getitem__, lambda *_: None)
    assert error.value.code == "link.cut"
    (stored,) = records(platform)
    sent = len(line.requests)
    receipt = client.deliver(sealed.manifest, _must_not_open, lambda *_: None)
    assert records(platform) == [stored]
    assert line.requests[sent:] == [b"PUT"]  # one small request, nothing sent again
    again = client.deliver(sealed.manifest, _must_not_open, lambda *_: None)
    assert again == receipt


@settings(
    max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    cuts=st.lists(st.none() | st.integers(0, CHUNK), max_size=6),
    answers=st.lists(st.sampled_from([b"PUT", b"HEAD"]), max_size=2),
)
@pytest.mark.slow
def test_whatever_is_cut_there_is_one_record(  # noqa: PLR0917 - fixtures and examples
    client: Any, line: Any, platform: Any, seal: Any, cuts: Any, answers: Any
) -> None:
    sealed = seal(150_000)
    before = len(records(platform))
    line.cut_patches, line.cut_answers = list(cuts), list(answers)
    deliver_until_done(client, sealed, len(cuts) + len(answers))
    assert len(records(platform)) == before + 1
    line.cut_patches, line.cut_answers = [], []


def test_a_part_that_is_not_what_was_sealed_does_not_leave_the_terminal(
    client: Any, line: Any, seal: Any
) -> None:
    sealed = seal(1000)
    changed = {name: data[:-1] + b"\x00" for name, data in sealed.parts.items()}
    with pytest.raises(RefusedError) as error:
        client.deliver(sealed.manifest, changed.__getitem__, lambda *_: None)
    assert error.value.code == "submission.part_damaged"
    assert b"PATCH" not in line.requests


def test_a_receipt_of_a_platform_that_is_not_ours_is_no_receipt(
    client: Any, enrolled: Any, seal: Any
) -> None:
    enrolled.signing_keys.clear()
    enrolled.signing_keys["0" * 16] = enrolled.private_key.public_key()
    sealed = seal()
    with pytest.raises((AnswerInvalidError, RefusedError)):
        client.deliver(sealed.manifest, sealed.parts.__getitem__, lambda *_: None)


def test_a_catalogue_signed_by_nobody_we_know_is_refused(client: Any, enrolled: Any) -> None:
    assert client.catalogue(None) is not None  # with a token in hand …
    enrolled.signing_keys.clear()  # … trust ends
    with pytest.raises(AnswerInvalidError) as error:
        client.catalogue(None)
    assert error.value.code == "platform.signature"


def test_a_platform_that_goes_away_and_comes_back_needs_no_new_client(
    client: Any, line: Any, platform: Any, seal: Any
) -> None:
    sealed = seal(10)
    line.cut_answers = [b"PUT", b"POST"]
    deliver_until_done(client, sealed, 3)
    assert records(platform)[0]["manifest_sha256"] == sealed.manifest.sha256
    assert sha256_hex(sealed.manifest.canonical()) == sealed.manifest.sha256


def _must_not_open(part: str) -> bytes:
    pytest.fail(f"{part} was opened again although everything had arrived")
